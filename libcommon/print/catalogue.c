/* The catalogue once more, with language. */
#include "print/catalogue.h"

#include "base/base.h"

/* Where the word stands last; pdf.len when it does not. */
static size_t find_last(struct str pdf, struct str word)
{
    for (size_t at = pdf.len >= word.len ? pdf.len - word.len + 1 : 0; at-- > 0;)
        if (memcmp(pdf.ptr + at, word.ptr, word.len) == 0)
            return at;
    return pdf.len;
}

/* The number that follows the word, at its last place. */
static bool number_after(struct str pdf, struct str word, int64_t *out)
{
    struct str rest = str_slice(pdf, find_last(pdf, word) + word.len, pdf.len);
    size_t length = 0;
    rest = str_trim(rest);
    while (length < rest.len && rest.ptr[length] >= '0' && rest.ptr[length] <= '9')
        length++;
    return str_to_i64(str_slice(rest, 0, length), 0, INT64_MAX, out);
}

/* What stands between << and >> of that object, which holds no object inside. */
static bool object_body(struct str pdf, int64_t number, struct str *out)
{
    char head[40];
    snprintf(head, sizeof head, "\n%lld 0 obj\n<<", (long long)number);
    size_t from = find_last(pdf, str_from(head));
    if (from == pdf.len)
        return false;
    struct str rest = str_slice(pdf, from + strlen(head), pdf.len);
    struct str end = S("\n>>\nendobj");
    for (size_t at = 0; at + end.len <= rest.len; at++)
        if (memcmp(rest.ptr + at, end.ptr, end.len) == 0) {
            *out = str_slice(rest, 0, at);
            return true;
        }
    return false;
}

struct err *catalogue_tell(struct str language, struct buf *pdf)
{
    int64_t root = 0;
    int64_t size = 0;
    int64_t previous = 0;
    int64_t info = 0;
    struct str body = {0};
    if (!number_after(buf_str(pdf), S("/Root"), &root) ||
        !number_after(buf_str(pdf), S("/Size"), &size) ||
        !number_after(buf_str(pdf), S("/Info"), &info) ||
        !number_after(buf_str(pdf), S("startxref"), &previous) ||
        !object_body(buf_str(pdf), root, &body))
        return ERR_BUG_AT("a PDF of another form than cairo's");
    autobuf struct buf update = buf_new(pdf->limit);
    buf_byte(&update, '\n');
    size_t object = pdf->len + update.len;
    buf_format(&update, "%lld 0 obj\n<<", (long long)root);
    buf_put(&update, body);
    buf_put(&update, S("\n   /Lang ("));
    buf_put(&update, language);
    buf_put(&update, S(")\n   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n"));
    size_t table = pdf->len + update.len;
    buf_format(&update,
               "xref\n%lld 1\n%010zu 00000 n \ntrailer\n<< /Size %lld /Root %lld 0 R /Info %lld 0 "
               "R /Prev %lld >>\nstartxref\n%zu\n%%%%EOF\n",
               (long long)root, object, (long long)size, (long long)root, (long long)info,
               (long long)previous, table);
    buf_put(pdf, buf_str(&update));
    return buf_done(pdf, "the document");
}
