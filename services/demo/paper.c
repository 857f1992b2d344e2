/* Small valid documents: PDF 1.4, TIFF 6.0, baseline JPEG. */
#include "demo.h"

void utf8_to_windows_1252(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x80) {
            buf_byte(out, (char)c);
            continue;
        }
        assert((c == 0xc2 || c == 0xc3) &&
               i + 1 < text.len); /* U+00A0 to U+00FF are the same there */
        unsigned char low = (unsigned char)text.ptr[++i];
        buf_byte(out, (char)((c & 3) << 6 | (low & 0x3f)));
    }
}

/* A PDF string: parentheses and backslashes escaped. */
static void pdf_string(struct str line, struct buf *out)
{
    buf_byte(out, '(');
    for (size_t i = 0; i < line.len; i++) {
        if (strchr("()\\", line.ptr[i]) != NULL)
            buf_byte(out, '\\');
        utf8_to_windows_1252(str_slice(line, i, i + ((unsigned char)line.ptr[i] < 0x80 ? 1 : 2)),
                             out);
        i += (unsigned char)line.ptr[i] >= 0x80;
    }
    buf_byte(out, ')');
}

static void pdf_page(const char *text, struct buf *out)
{
    struct str rest = str_from(text);
    struct str line;
    buf_put(out, S("BT /F1 11 Tf 14 TL 56 780 Td\n"));
    while (str_cut(&rest, '\n', &line)) {
        pdf_string(line, out);
        buf_put(out, S(" Tj T*\n"));
    }
    buf_put(out, S("ET\n"));
}

void paper_pdf(const char *text, struct buf *out)
{
    enum { OBJECTS = 5 };
    size_t start = out->len;
    size_t at[OBJECTS];
    autobuf struct buf page = buf_new(64 * 1024);
    pdf_page(text, &page);
    buf_put(out, S("%PDF-1.4\n%\xe5\xe4\xf6\xc5\n"));
    static const char *const objects[OBJECTS - 1] = {
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 4 0 "
        "R>>>>>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"};
    for (size_t i = 0; i < OBJECTS - 1; i++) {
        at[i] = out->len - start;
        buf_format(out, "%zu 0 obj%s endobj\n", i + 1, objects[i]);
    }
    at[OBJECTS - 1] = out->len - start;
    buf_format(out, "5 0 obj<</Length %zu>>stream\n", page.len);
    buf_put(out, buf_str(&page));
    buf_put(out, S("endstream endobj\n"));
    size_t table = out->len - start;
    buf_format(out, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS + 1);
    for (size_t i = 0; i < OBJECTS; i++)
        buf_format(out, "%010zu 00000 n \n", at[i]);
    buf_format(out, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", OBJECTS + 1,
               table);
}

static void little(struct buf *out, unsigned value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        buf_byte(out, (char)(value >> (8 * i)));
}

void paper_tiff(struct buf *out)
{
    enum { SIDE = 128, ROW = SIDE / 8, TAGS = 9, SHORT = 3, LONG = 4 };
    static const struct {
        unsigned tag, type, value;
    } tags[TAGS] = {{256, SHORT, SIDE},
                    {257, SHORT, SIDE},
                    {258, SHORT, 1},
                    {259, SHORT, 1}, /* not compressed */
                    {262, SHORT, 0}, /* white is zero */
                    {273, LONG, 8 + 2 + TAGS * 12 + 4},
                    {277, SHORT, 1},
                    {278, SHORT, SIDE},
                    {279, LONG, SIDE * ROW}};
    buf_put(out, S("II*\0\x08\0\0\0"));
    little(out, TAGS, 2);
    for (size_t i = 0; i < TAGS; i++) {
        little(out, tags[i].tag, 2);
        little(out, tags[i].type, 2);
        little(out, 1, 4);
        little(out, tags[i].value, 4);
    }
    little(out, 0, 4); /* no further page */
    for (size_t row = 0; row < SIDE; row++)
        for (size_t i = 0; i < ROW; i++)
            buf_byte(out, row % 16 == 8 && i > 1 && i + 2 < ROW ? '\xff' : '\0');
}

/* Eight by eight blocks of 64 pixels, each "no difference to the block before" and "all the same":
 * two zero bits by the two one-code Huffman tables. */
void paper_jpeg(struct buf *out)
{
    static const char header[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\1\0H\0H\0\0"
                                 "\xff\xdb\0\x43\0"; /* one table of 64 quantizers */
    static const char frame[] = "\xff\xc0\0\x0b\x08\0\x40\0\x40\1\1\x11\0";
    static const char scan[] = "\xff\xda\0\x08\1\1\0\0\x3f\0";
    buf_put(out, (struct str){header, sizeof header - 1});
    for (size_t i = 0; i < 64; i++)
        buf_byte(out, 1);
    buf_put(out, (struct str){frame, sizeof frame - 1});
    for (unsigned table = 0; table <= 0x10;
         table += 0x10) { /* DC, then AC: one code of one bit, for 0 */
        buf_put(out, S("\xff\xc4\0\x14"));
        buf_byte(out, (char)table);
        buf_byte(out, 1);
        for (size_t i = 0; i < 15 + 1; i++)
            buf_byte(out, 0);
    }
    buf_put(out, (struct str){scan, sizeof scan - 1});
    for (size_t i = 0; i < 64 * 2 / 8; i++)
        buf_byte(out, 0);
    buf_put(out, S("\xff\xd9"));
}
