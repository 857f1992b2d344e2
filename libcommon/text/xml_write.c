/* XML out. The parser is text/xml.c; nothing here needs libxml2. */
#include "text/xml_write.h"

#include "base/base.h"

struct xml_writer xml_write_begin(struct buf *out)
{
    buf_put(out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    return (struct xml_writer){.out = out};
}

bool xml_can_carry(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return false;
        /* U+FFFE and U+FFFF are EF BF BE and EF BF BF */
        if (c == 0xEF && i + 2 < text.len && (unsigned char)text.ptr[i + 1] == 0xBF &&
            (unsigned char)text.ptr[i + 2] >= 0xBE)
            return false;
    }
    return str_is_utf8(text);
}

bool xml_is_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr(" \t\r\n", text.ptr[i]) == NULL || text.ptr[i] == '\0')
            return false;
    return true;
}

/* What must stand for `c`, or absent when it stands for itself. White space that a parser would
 * normalise (CR anywhere, TAB and LF in attributes: XML 1.0 §2.11 and §3.3.3) is written as a
 * reference. '>' is escaped everywhere, so that "]]>" never appears. */
static struct str escape_of(char c, bool in_attribute)
{
    switch (c) {
    case '<':
        return S("&lt;");
    case '>':
        return S("&gt;");
    case '&':
        return S("&amp;");
    case '\r':
        return S("&#13;");
    case '"':
        return in_attribute ? S("&quot;") : (struct str){0};
    case '\t':
        return in_attribute ? S("&#9;") : (struct str){0};
    case '\n':
        return in_attribute ? S("&#10;") : (struct str){0};
    default:
        return (struct str){0};
    }
}

static void put_escaped(struct xml_writer *w, struct str text, bool in_attribute)
{
    if (!xml_can_carry(text)) {
        w->bad_character = true;
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        struct str escape = escape_of(text.ptr[i], in_attribute);
        if (escape.ptr == NULL)
            continue;
        buf_put(w->out, str_slice(text, from, i));
        buf_put(w->out, escape);
        from = i + 1;
    }
    buf_put(w->out, str_slice(text, from, text.len));
}

static void put_name(struct xml_writer *w, struct str prefix, struct str name)
{
    buf_put(w->out, prefix);
    if (prefix.len > 0)
        buf_byte(w->out, ':');
    buf_put(w->out, name);
}

/* Writes the start tags that have waited for content. */
static void write_pending(struct xml_writer *w)
{
    size_t next = 0;
    for (; w->written < w->depth; w->written++) {
        const struct xml_write_element *e = &w->open[w->written];
        buf_byte(w->out, '<');
        put_name(w, e->prefix, e->name);
        for (; next < e->attributes; next++) {
            const struct xml_write_attribute *a = &w->attributes[next];
            buf_byte(w->out, ' ');
            put_name(w, a->prefix, a->name);
            buf_put(w->out, S("=\""));
            put_escaped(w, a->value, true);
            buf_byte(w->out, '"');
        }
        buf_byte(w->out, '>');
    }
    w->attribute_count = 0;
}

void xml_write_open(struct xml_writer *w, struct str prefix, struct str name)
{
    if (w->depth == XML_WRITER_DEPTH || w->too_deep) {
        w->too_deep = true;
        return;
    }
    w->open[w->depth++] = (struct xml_write_element){prefix, name, w->attribute_count};
}

void xml_write_attribute(struct xml_writer *w, struct str prefix, struct str name, struct str value)
{
    if (w->attribute_count == XML_WRITER_ATTRIBUTES || w->too_deep) {
        w->too_deep = true;
        return;
    }
    assert(w->written < w->depth);
    w->attributes[w->attribute_count++] = (struct xml_write_attribute){prefix, name, value};
    w->open[w->depth - 1].attributes = w->attribute_count;
}

void xml_write_text(struct xml_writer *w, struct str text)
{
    if (text.len == 0)
        return;
    write_pending(w);
    put_escaped(w, text, false);
}

void xml_write_base64(struct xml_writer *w, struct str bytes)
{
    if (bytes.len == 0)
        return;
    write_pending(w);
    buf_base64(w->out, bytes);
}

void xml_write_close(struct xml_writer *w)
{
    if (w->too_deep)
        return;
    assert(w->depth > 0);
    const struct xml_write_element *e = &w->open[--w->depth];
    if (w->written > w->depth) {
        buf_put(w->out, S("</"));
        put_name(w, e->prefix, e->name);
        buf_byte(w->out, '>');
        w->written = w->depth;
        return;
    }
    /* Never written: its attributes go with it. */
    w->attribute_count = w->depth > w->written ? w->open[w->depth - 1].attributes : 0;
}

void xml_write_leaf(struct xml_writer *w, struct str prefix, struct str name, struct str text)
{
    if (xml_is_blank(text))
        return;
    xml_write_open(w, prefix, name);
    xml_write_text(w, text);
    xml_write_close(w);
}

struct err *xml_write_done(const struct xml_writer *w, const char *what)
{
    if (w->too_deep)
        return err_new(ERR_TOO_LARGE,
                       "%s is nested deeper than %d elements or has too many attributes", what,
                       XML_WRITER_DEPTH);
    if (w->bad_character)
        return err_new(ERR_CORRUPT, "%s holds a character that XML cannot carry", what);
    return buf_done(w->out, what);
}
