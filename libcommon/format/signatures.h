/* What the two signature files say, compiled; nobody outside this folder includes it. */
#pragma once

#include "format/index.h"
#include "text/xml.h"

struct known_format {
    struct format format; /* first: what callers see */
    uint64_t id;
    uint64_t *over; /* ids of the formats that it has priority over */
    size_t over_count;
    uint64_t *signature_ids;
    size_t signature_id_count;
    struct str *extensions;
    size_t extension_count;
    bool in_container; /* a container signature leads to it */
};

/* Which formats a signature leads to. */
struct named_signature {
    uint64_t id;
    size_t *formats; /* their places in the list */
    size_t count;
};

struct inner_file {
    struct str path;
    bool any; /* no signatures: it is enough that it is there */
    struct signature *signatures;
    size_t count;
};

struct container_signature {
    uint64_t id;
    enum format_inside inside;
    struct inner_file *files;
    size_t file_count;
    size_t *formats;
    size_t format_count;
};

struct trigger {
    enum format_inside inside;
    size_t format;
};

struct format_signatures {
    struct arena *arena;
    struct str version;
    struct str containers_version;
    struct known_format *formats;
    size_t format_count;
    struct signature *signatures;
    struct named_signature *names; /* beside them */
    size_t signature_count;
    struct index index;
    struct container_signature *containers;
    size_t container_count;
    struct trigger *triggers;
    size_t trigger_count;
};

/* Where in a signature file the reader stands. */
struct signature_reader {
    struct format_signatures *into;
    struct xml *xml;
    const char *path;
    char where[512];
};
/* "FILE:LINE", until it is asked again. */
const char *reader_where(struct signature_reader *r);
MUST_USE struct err *reader_refuse(struct signature_reader *r, const char *what);
/* What an element may hold. A list of them ends with a NULL name. */
struct element {
    const char *name;
    struct err *(*read)(struct signature_reader *r, void *into); /* up to the element's end */
};
/* Reads the children of the element that was opened, up to its end; those that are not in the list
 * are passed over. Names count without their namespace, of which older files have others. */
MUST_USE struct err *reader_children(struct signature_reader *r, const struct element *elements,
                                     void *into);
/* Of the element that was opened; what is absent leaves *out alone. */
MUST_USE struct err *reader_number(struct signature_reader *r, const char *attribute,
                                   uint64_t *out);
/* As a number that must be there. */
MUST_USE struct err *reader_id(struct signature_reader *r, const char *attribute, uint64_t *out);
/* A copy; absent when it is not there. */
struct str reader_attribute(struct signature_reader *r, const char *attribute);
MUST_USE struct err *reader_text(struct signature_reader *r, struct str *out);
/* What stands in an "InternalSignature"; into a struct signature. */
extern const struct element signature_elements[];

/* The format of this PUID, by its place; false: there is none. */
bool signatures_find(const struct format_signatures *s, struct str puid, size_t *out);

/* The roots of the two files; they read into r->into. */
extern const struct element signature_file[];
extern const struct element container_file[];
