/* The ends of a PDF, and its claim to be PDF/A. */
#include "format/pdf.h"

#include "base/base.h"

enum {
    HEADER_WITHIN = 1024, /* as PDF's readers do (ISO 32000-1, annex H, note 13) */
    END_WITHIN = 1024,
    VALUE_WITHIN = 32 /* from a name to its value */
};

static struct str after(struct str text, struct str mark)
{
    const char *at = text.len >= mark.len ? memmem(text.ptr, text.len, mark.ptr, mark.len) : NULL;
    return at == NULL ? (struct str){0}
                      : str_slice(text, (size_t)(at - text.ptr) + mark.len, text.len);
}

static struct str after_last(struct str text, struct str mark)
{
    struct str found = {0};
    for (struct str rest = after(text, mark); rest.ptr != NULL; rest = after(rest, mark))
        found = rest;
    return found;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

/* --- the claim
 * ---------------------------------------------------------------------------------------------- */

/* pdfaid:part="1" or <pdfaid:part>1</pdfaid:part>. */
static char value_of(struct str text, struct str name)
{
    struct str value = str_slice(after(text, name), 0, VALUE_WITHIN);
    bool begun = false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (begun && !is_space(c))
            return c;
        begun = begun || c == '>' || c == '"' || c == '\'';
    }
    return 0;
}

static void look_for(struct pdf_claim *claim, struct str text)
{
    if (memmem(text.ptr, text.len, "pdfaid:", 7) == NULL)
        return;
    if (claim->part == 0)
        claim->part = value_of(text, S("pdfaid:part"));
    if (claim->conformance == 0)
        claim->conformance = value_of(text, S("pdfaid:conformance"));
    claim->claims = claim->part != 0 || claim->conformance != 0;
}

void pdf_claim_add(struct pdf_claim *claim, struct str bytes)
{
    char seam[2 * sizeof claim->kept];
    size_t kept = claim->kept_length;
    size_t begin = bytes.len < sizeof claim->kept ? bytes.len : sizeof claim->kept;
    if (bytes.len == 0)
        return;
    memcpy(seam, claim->kept, kept);
    memcpy(seam + kept, bytes.ptr, begin);
    look_for(claim, (struct str){seam, kept + begin});
    look_for(claim, bytes);
    size_t length = kept + begin < sizeof claim->kept ? kept + begin : sizeof claim->kept;
    struct str last = bytes.len >= sizeof claim->kept
                          ? str_slice(bytes, bytes.len - sizeof claim->kept, bytes.len)
                          : (struct str){seam + kept + begin - length, length};
    memmove(claim->kept, last.ptr, last.len);
    claim->kept_length = last.len;
}

bool pdf_claim_is_known(const struct pdf_claim *claim)
{
    static const char *const levels[] = {"AB", "ABU", "ABU", "EF"};
    if (claim->part < '1' || claim->part > '4')
        return false;
    if (claim->conformance == 0)
        return claim->part == '4';
    return strchr(levels[claim->part - '1'], claim->conformance) != NULL;
}

/* --- the ends
 * -----------------------------------------------------------------------------------------------
 */

/* "%PDF-1.4" */
static bool has_header(struct str head)
{
    struct str version = after(str_slice(head, 0, HEADER_WITHIN), S("%PDF-"));
    return version.len >= 3 && version.ptr[0] >= '1' && version.ptr[0] <= '9' &&
           version.ptr[1] == '.' && version.ptr[2] >= '0' && version.ptr[2] <= '9';
}

/* The number behind startxref. */
static bool read_offset(struct str text, uint64_t *out)
{
    size_t begin = 0;
    while (begin < text.len && is_space(text.ptr[begin]))
        begin++;
    size_t end = begin;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    return str_to_u64(str_slice(text, begin, end), UINT64_MAX, out);
}

/* What can be seen of the file from this place on. */
static struct str seen_from(const struct format_view *view, uint64_t length, uint64_t offset)
{
    uint64_t tail = length - view->tail.len;
    if (offset >= tail && offset <= length)
        return str_slice(view->tail, (size_t)(offset - tail), view->tail.len);
    return offset < view->head.len ? str_slice(view->head, (size_t)offset, view->head.len)
                                   : (struct str){0};
}

/* /Encrypt as a name of its own, in what comes before a stream's bytes. */
static bool has_encrypt(struct str text)
{
    const char *stream = memmem(text.ptr, text.len, "stream", 6);
    if (stream != NULL)
        text = str_slice(text, 0, (size_t)(stream - text.ptr));
    for (struct str rest = after(text, S("/Encrypt")); rest.ptr != NULL;
         rest = after(rest, S("/Encrypt")))
        if (rest.len > 0 && (is_space(rest.ptr[0]) || rest.ptr[0] == '<'))
            return true;
    return false;
}

/* A table of references says "trailer" before its dictionary; a stream of them begins with it. */
static bool table_has_encrypt(struct str table)
{
    if (!str_starts(table, S("xref")))
        return table.len > 0 && has_encrypt(table);
    struct str trailer = after(table, S("trailer"));
    const char *end = trailer.len > 0 ? memmem(trailer.ptr, trailer.len, "startxref", 9) : NULL;
    if (end != NULL)
        trailer = str_slice(trailer, 0, (size_t)(end - trailer.ptr));
    return trailer.len > 0 && has_encrypt(trailer);
}

struct pdf_look pdf_look_at(const struct format_view *view, uint64_t length)
{
    struct pdf_look look = {.is_pdf = has_header(view->head)};
    uint64_t offset = 0;
    struct str start = after_last(view->tail, S("startxref"));
    struct str trailer = after_last(view->tail, S("trailer"));
    struct str last = str_slice(
        view->tail, view->tail.len > END_WITHIN ? view->tail.len - END_WITHIN : 0, view->tail.len);
    if (!look.is_pdf)
        return look;
    if (after(last, S("%%EOF")).ptr == NULL)
        look.torn = "no %%EOF at its end";
    else if (start.ptr == NULL || !read_offset(start, &offset))
        look.torn = "no startxref at its end";
    else if (offset == 0 || offset >= length)
        look.torn = "startxref points out of the file";
    look.encrypted = (look.torn == NULL && table_has_encrypt(seen_from(view, length, offset))) ||
                     (trailer.len > 0 && has_encrypt(trailer));
    return look;
}
