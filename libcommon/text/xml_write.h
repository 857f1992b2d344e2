/* Writes XML 1.0 (fifth edition) into a struct buf: elements, attributes and text, escaped so that
 * a parser gives back exactly what was written. An element appears with its first content: one that
 * gets no text and no child is never written, because the national contracts allow no empty
 * elements.
 *
 * Failing is remembered, as in the buffer: write many, check once with xml_write_done. Names are
 * ours, or checked by the parser they came from; they are not copied and must outlive their
 * element. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { XML_WRITER_DEPTH = 64, XML_WRITER_ATTRIBUTES = 32 };

struct xml_writer {
    struct buf *out;
    struct xml_write_element {
        struct str prefix; /* absent: a name without a prefix */
        struct str name;
        size_t
            attributes; /* how many of the pending attributes belong to it and to those above it */
    } open[XML_WRITER_DEPTH];
    size_t depth;   /* elements open */
    size_t written; /* how many of them have their start tag in the buffer */
    struct xml_write_attribute {
        struct str prefix;
        struct str name;
        struct str value;
    } attributes[XML_WRITER_ATTRIBUTES]; /* of elements not yet written */
    size_t attribute_count;
    bool bad_character; /* some text held what XML cannot carry */
    bool too_deep;      /* elements or attributes over the limits */
};

struct xml_writer xml_write_begin(struct buf *out); /* writes the XML declaration, in UTF-8 */
void xml_write_open(struct xml_writer *w, struct str prefix, struct str name);
/* Of the element opened last, before it has content; the value must live until it has. */
void xml_write_attribute(struct xml_writer *w, struct str prefix, struct str name,
                         struct str value);
void xml_write_text(struct xml_writer *w, struct str text); /* empty text is no content */
void xml_write_base64(struct xml_writer *w, struct str bytes);
void xml_write_close(struct xml_writer *w);
/* An element with text; nothing at all when the text is absent or only white space. */
void xml_write_leaf(struct xml_writer *w, struct str prefix, struct str name, struct str text);

/* TOO_LARGE when it did not fit or was nested too deep, CORRUPT when a text cannot be carried;
 * `what` is what was written, in words. */
MUST_USE struct err *xml_write_done(const struct xml_writer *w, const char *what);

/* May XML 1.0 carry these bytes: UTF-8, no control characters but TAB, LF and CR, no U+FFFE and
 * U+FFFF? */
bool xml_can_carry(struct str text);
bool xml_is_blank(struct str text); /* nothing but XML white space, or nothing */
