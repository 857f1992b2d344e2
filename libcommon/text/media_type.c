/* Media types by first bytes and by name. */
#include "text/media_type.h"

#include "base/base.h"

/* A row fits when its bytes stand at their place (or it has none) and the name ends so (or it names
 * no end); the first that fits is taken. A compressed format gains nothing from deflate. */
static const struct {
    size_t at;
    struct str magic;
    struct str ending;
    struct media media;
} kinds[] = {
    {0, {"%PDF-", 5}, {NULL, 0}, {"application/pdf", false}},
    {0, {"II*\0", 4}, {NULL, 0}, {"image/tiff", false}},
    {0, {"MM\0*", 4}, {NULL, 0}, {"image/tiff", false}},
    {0, {"\xff\xd8\xff", 3}, {NULL, 0}, {"image/jpeg", true}},
    {0, {"\x89PNG\r\n\x1a\n", 8}, {NULL, 0}, {"image/png", true}},
    {0, {"GIF8", 4}, {NULL, 0}, {"image/gif", true}},
    {0, {"\0\0\0\x0cjP  ", 8}, {NULL, 0}, {"image/jp2", true}},
    {4, {"ftyp", 4}, {NULL, 0}, {"video/mp4", true}},
    {0, {"ID3", 3}, {NULL, 0}, {"audio/mpeg", true}},
    {0, {"fLaC", 4}, {NULL, 0}, {"audio/flac", true}},
    {8, {"WAVEfmt ", 8}, {NULL, 0}, {"audio/vnd.wave", false}},
    {128, {"DICM", 4}, {NULL, 0}, {"application/dicom", false}},
    {0, {"{\\rtf", 5}, {NULL, 0}, {"application/rtf", false}},
    {0, {"\x1f\x8b", 2}, {NULL, 0}, {"application/gzip", true}},
    {0, {"7z\xbc\xaf\x27\x1c", 6}, {NULL, 0}, {"application/x-7z-compressed", true}},
    {0,
     {"PK\x03\x04", 4},
     {".docx", 5},
     {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", true}},
    {0,
     {"PK\x03\x04", 4},
     {".xlsx", 5},
     {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true}},
    {0, {"PK\x03\x04", 4}, {".odt", 4}, {"application/vnd.oasis.opendocument.text", true}},
    {0, {"PK\x03\x04", 4}, {NULL, 0}, {"application/zip", true}},
    {0, {"<?xml", 5}, {NULL, 0}, {"application/xml", false}},
    {0, {"\xef\xbb\xbf<?xml", 8}, {NULL, 0}, {"application/xml", false}},
    {0, {NULL, 0}, {".xml", 4}, {"application/xml", false}},
    {0, {NULL, 0}, {".xsd", 4}, {"application/xml", false}},
    {0, {NULL, 0}, {".json", 5}, {"application/json", false}},
    {0, {NULL, 0}, {".csv", 4}, {"text/csv", false}},
    {0, {NULL, 0}, {".html", 5}, {"text/html", false}},
    {0, {NULL, 0}, {".htm", 4}, {"text/html", false}},
    {0, {NULL, 0}, {".md", 3}, {"text/markdown", false}},
    {0, {NULL, 0}, {".txt", 4}, {"text/plain", false}},
    {0, {NULL, 0}, {".eml", 4}, {"message/rfc822", false}},
};

static bool ends_with(struct str name, struct str ending)
{
    return name.len >= ending.len &&
           str_equal_nocase(str_slice(name, name.len - ending.len, name.len), ending);
}

struct media media_of(struct str name, struct str first_bytes)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct str there = str_slice(first_bytes, kinds[i].at, kinds[i].at + kinds[i].magic.len);
        bool bytes_fit = kinds[i].magic.ptr == NULL || str_equal(there, kinds[i].magic);
        bool name_fits = kinds[i].ending.ptr == NULL || ends_with(name, kinds[i].ending);
        if (bytes_fit && name_fits)
            return kinds[i].media;
    }
    return (struct media){"application/octet-stream", false};
}
