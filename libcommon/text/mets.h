/* METS documents (METS 1.12, https://www.loc.gov/standards/mets/) as E-ARK packages use them, read
 * in one pass and in memory that does not grow with the number of files:
 *
 *   automets struct mets *m = mets_open(input, schema);
 *   struct mets_event event;
 *   do {
 *       TRY(mets_next(m, &event));
 *       struct mets_reference r;
 *       if (mets_reference(&event, &r)) …            // a file that the document points at
 *   } while (event.node != NULL);
 *
 * Each element of METS gives an event when it opens and one when it closes. Limits and refusals are
 * those of text/xml.h; a document whose root is not mets is ERR_INVALID, rule "mets_root". What
 * stands inside mdWrap and xmlData is passed over. Values are as the document has them, not
 * trimmed; checking them is the caller's (validate/). */
#pragma once

#include "text/xml.h"

enum mets_element {
    METS_NONE,
    METS_OTHER, /* an element of METS that mets_elements.def does not name */
#define METS_ELEMENT(name, parent, xml, place) METS_##name,
#include "text/mets_elements.def"
#undef METS_ELEMENT
    METS_ELEMENTS
};

enum mets_attribute {
    METS_AT_NONE,
#define METS_ATTRIBUTE(name, namespace, xml, place) METS_AT_##name,
#include "text/mets_attributes.def"
#undef METS_ATTRIBUTE
    METS_ATTRIBUTES
};

/* An element that is open, or closes now. */
struct mets_node {
    enum mets_element element;
    int64_t line;
    uint32_t level; /* div in div: 1 for the first; groups likewise; 1 for all else */
    const struct mets_node *parent;
    struct str at[METS_ATTRIBUTES]; /* absent when it is not there */
    struct str text;                /* of name, note and altRecordID, when it closes; else absent */
    uint32_t children[METS_ELEMENTS]; /* how many have been opened so far */
};

struct mets_event {
    const struct mets_node *node; /* NULL: the document is over. Lives until the next mets_next */
    bool closes;
};

struct mets;

#define automets __attribute__((cleanup(mets_drop)))

enum { METS_TEXT_MAX = 64 * 1024 };

/* `schema` may be NULL, and outlives the reader. */
struct mets *mets_open(struct xml_input input, const struct xml_schema *schema);
struct mets *mets_open_str(struct str bytes, const struct xml_schema *schema);
void mets_close(struct mets *m);
void mets_drop(struct mets **m);
MUST_USE struct err *mets_next(struct mets *m, struct mets_event *out);
/* What the schema says so far: see xml_problems. */
const struct xml_problem *mets_problems(const struct mets *m, size_t *out_kept, uint64_t *out_all);

const char *mets_place(enum mets_element element);              /* "mets/dmdSec/mdRef" */
const char *mets_attribute_name(enum mets_attribute attribute); /* "@xlink:href" */

/* Does an mptr name another package, by a locator of METS that is no URL: URN, OTHER and so on? */
bool mets_points_elsewhere(const struct mets_node *node);

/* A file outside the document that it points at: FLocat, mdRef, or mptr unless it points elsewhere.
 */
struct mets_reference {
    enum mets_element element; /* LOCATION, *_REF or MPTR */
    int64_t line;
    struct str href; /* see text/href.h */
    struct str id;   /* of the file, the section or the div that holds it */
    struct str use;  /* of the file group, a file's only */
    struct str size; /* what is stated, as it is written */
    struct str checksum;
    struct str checksum_type;
    struct str mimetype;
    struct str created;
    struct str owner_id;
};

/* Is the event the opening of a reference? */
bool mets_reference(const struct mets_event *event, struct mets_reference *out);
