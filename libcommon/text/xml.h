/* XML 1.0 as a stream: one element after another, in memory that does not grow with the document.
 *
 *   autoxml struct xml *x = xml_open(input, NULL);
 *   enum xml_event event;
 *   TRY(xml_next(x, &event));                       // XML_OPEN of the root
 *   if (xml_is(x, METS, "mets")) id = xml_attribute(x, NO_NAMESPACE, "OBJID");
 *
 * What could harm the reader is refused: a DOCTYPE (rule "xml_doctype"), and with it every entity
 * but the five that XML itself names; no file and no address that a document mentions is ever
 * opened. What is too deep, too many or too long is ERR_TOO_LARGE, rule "xml_limit"; what is no
 * well-formed XML (namespaces too) is ERR_CORRUPT, rule "xml_wellformed". After an error the reader
 * is spent: xml_next gives the same error again.
 *
 * Every string lives until the next xml_next of the same reader, unless an arena was given. A
 * reader belongs to one thread; a schema may be shared by all. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct xml;
struct xml_schema;

#define autoxml        __attribute__((cleanup(xml_drop)))
#define NO_NAMESPACE   NULL
#define XML_SCHEMA_XSI "http://www.w3.org/2001/XMLSchema-instance"

/* Where the bytes come from, in order. */
struct xml_input {
    /* Fills at most `capacity` bytes; *out_length 0 is the end. */
    struct err *(*read)(void *state, void *out, size_t capacity, size_t *out_length);
    void *state;
};

/* Zero means the default. */
struct xml_options {
    const struct xml_schema *schema; /* NULL: no schema */
    uint32_t depth;                  /* elements inside each other: 256 */
    uint32_t attributes;             /* of one element: 256 */
    uint32_t token;                  /* bytes of one tag, comment or instruction: 1 MiB */
    uint64_t elements;               /* of the document: 32 million */
};

struct xml *xml_open(struct xml_input input, const struct xml_options *options);
/* A document in memory; `bytes` outlives the reader. */
struct xml *xml_open_str(struct str bytes, const struct xml_options *options);
void xml_close(struct xml *x);
void xml_drop(struct xml **x);

enum xml_event {
    XML_OPEN,  /* a start tag; of an empty element too */
    XML_CLOSE, /* its end */
    XML_TEXT,  /* characters, CDATA; one text may come in several pieces */
    XML_END    /* the document is over */
};

MUST_USE struct err *xml_next(struct xml *x, enum xml_event *out);

/* About the element of the last XML_OPEN or XML_CLOSE. */
bool xml_is(const struct xml *x, const char *namespace, const char *name);
struct str xml_name(const struct xml *x);
struct str xml_namespace(const struct xml *x); /* absent: none */
/* Absent when it is not there; only after XML_OPEN. */
struct str xml_attribute(const struct xml *x, const char *namespace, const char *name);

struct xml_attribute {
    struct str namespace; /* absent: none */
    struct str name;
    struct str value;
};
/* All of them, in the order of the document, without the declarations of namespaces. */
const struct xml_attribute *xml_attributes(const struct xml *x, size_t *out_count);

/* The characters of the last XML_TEXT. */
struct str xml_characters(const struct xml *x);

/* Cuts "line 12: " off the detail of a refusal: where it was; 0 when it begins otherwise. */
int64_t xml_cut_line(struct str *detail);
int64_t
xml_line(const struct xml *x); /* of the last event; a tag of several lines counts as its last */
uint32_t xml_depth(const struct xml *x); /* the root's is 1 */

/* After XML_OPEN: reads to the element's end and gives all characters in it, those of its children
 * too. */
MUST_USE struct err *xml_text(struct xml *x, struct arena *arena, size_t limit, struct str *out);
/* After XML_OPEN: reads past the element's end. */
MUST_USE struct err *xml_skip(struct xml *x);

/* --- schemas
 * ---------------------------------------------------------------------------------------- */

/* Compiles the schema in the file `path`. What it includes and imports is looked for in the same
 * folder by its file name alone (so "http://www.loc.gov/standards/xlink/xlink.xsd" is xlink.xsd
 * there), and nowhere else. Made before threads, freed at the end. ERR_BUG when the schema itself
 * is wrong: it is ours. */
MUST_USE struct err *xml_schema_open(const char *path, struct xml_schema **out);
void xml_schema_close(struct xml_schema *schema);

/* Where a document breaks its schema. Reading goes on. */
struct xml_problem {
    int64_t line;
    struct str message; /* names without their namespace; may quote the document */
};
/* What was found so far; at most 1,000 are kept, the rest are counted. They live as long as the
 * reader. Streaming validation checks neither that IDs are unique nor that references lead
 * anywhere. */
enum { XML_PROBLEMS_KEPT = 1000 };
const struct xml_problem *xml_problems(const struct xml *x, size_t *out_kept, uint64_t *out_all);
