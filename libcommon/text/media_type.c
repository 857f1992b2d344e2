/* Media types by magic bytes. */
#include "text/media_type.h"

#include "base/base.h"

struct sign {
    struct str sign; /* the file begins with it, or its name ends with it */
    struct str type;
};

static const struct sign beginnings[] = {
    {S("%PDF-"), S("application/pdf")},
    {S("II*\0"), S("image/tiff")},
    {S("MM\0*"), S("image/tiff")},
    {S("\xff\xd8\xff"), S("image/jpeg")},
    {S("\x89PNG\r\n\x1a\n"), S("image/png")},
    {S("GIF8"), S("image/gif")},
    {S("{\\rtf"), S("application/rtf")},
    {S("PK\x03\x04"), S("application/zip")},
    {S("<?xml"), S("application/xml")},
    {S("\xef\xbb\xbf<?xml"), S("application/xml")},
    {S("<!DOCTYPE html"), S("text/html")},
    {S("<!doctype html"), S("text/html")},
    {S("<html"), S("text/html")},
    {S("\xd0\xcf\x11\xe0"), S("application/msword")},
};

static const struct sign endings[] = {
    {S(".xml"), S("application/xml")},
    {S(".html"), S("text/html")},
    {S(".htm"), S("text/html")},
};

struct str media_type_of(struct str path, struct str bytes)
{
    for (size_t i = 0; i < COUNT(beginnings); i++)
        if (str_starts(bytes, beginnings[i].sign))
            return beginnings[i].type;
    for (size_t i = 0; i < COUNT(endings); i++)
        if (path.len >= endings[i].sign.len &&
            str_equal_nocase(str_slice(path, path.len - endings[i].sign.len, path.len),
                             endings[i].sign))
            return endings[i].type;
    /* A beginning may be cut inside a character. */
    for (size_t cut = 0; cut < 4 && cut <= bytes.len; cut++)
        if (str_is_utf8(str_slice(bytes, 0, bytes.len - cut)))
            return S("text/plain");
    return S("application/octet-stream");
}
