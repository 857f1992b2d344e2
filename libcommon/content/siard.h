/* What the files of the SIARD reader share. SIARD is eCH-0165, versions 1.0 to 2.2: a ZIP with
 * header/metadata.xml, and content/SCHEMA/TABLE/TABLE.xml and .xsd, and files of large objects. */
#pragma once

#include "base/arena.h"
#include "content/grammar.h"
#include "text/xml_facets.h"
#include "vault/entries.h"

#define SIARD_METADATA "header/metadata.xml"

enum siard_version { SIARD_1_0 = 1, SIARD_2_0 = 2, SIARD_2_1 = 4, SIARD_2_2 = 8 };

enum {
    SIARD_FILES = 2000000, /* in the ZIP, 40 bytes each */
    SIARD_TABLES = 100000,
    SIARD_COLUMNS = 1000000, /* of all tables */
    SIARD_KEYS = 1000000,
    SIARD_MEMORY = 256 * 1024 * 1024, /* of what is kept of metadata … */
    SIARD_SPARE = 1024 * 1024,        /* … of which so much is never asked for */
    SIARD_NAME_KEPT = 1024,           /* bytes of the name of a schema, table or column */
    SIARD_REFERENCE_MAX = 4096,       /* bytes of a path */
    SIARD_FIELD_DEPTH = 16,           /* of fields in fields */
    SIARD_FIELD_FOLDERS = 4096,       /* bytes of the folders of a column's fields … */
    SIARD_FIELD_FOLDERS_MOST = 16,    /* … and their number: each is tried */
};

struct siard_table {
    struct str path; /* "content/schema0/table0" */
    struct str name; /* "table0" */
    int64_t line;    /* in metadata.xml */
    uint64_t rows;
    size_t first_column;
    size_t columns;
};

struct siard_column {
    bool needed;              /* nullable is false */
    bool characters;          /* lengths count characters */
    enum grammar_value value; /* of its cells, as far as its type is a plain one */
    struct str lob_folder;
    bool fields_known; /* metadata tells of fields in its cells … */
    struct str fields; /* … and these are their folders, each with a line's end behind it */
};

/* A file in the ZIP; its path is known by its hash only. */
struct siard_file {
    uint64_t hash;
    uint64_t offset;
    uint64_t stored_length;
    uint64_t length;
    uint32_t crc32;
    bool deflated;
    bool mentioned;
    bool read; /* to its end: another cell that refers to it costs nothing */
};

struct siard {
    const struct source *source;
    const struct content_report *report;
    const struct content_around *around; /* NULL: the file is alone */
    enum content_kind declared;
    struct arena *arena;
    struct entry_reader *reader; /* of documents */
    struct entry_reader *lobs;   /* of what they refer to */

    struct siard_file *files; /* by hash */
    size_t file_count;
    size_t file_capacity;

    enum siard_version version; /* 0: not known */
    struct str lob_folder;      /* of the archive */
    struct siard_table *tables;
    size_t table_count;
    struct siard_column *columns;
    size_t column_count;
    bool outside;    /* large objects outside of the file were told of, unseen … */
    bool undigested; /* or seen, and their digests not compared */
    bool in_fields;  /* … and some of fields in cells; what is unmentioned is then not known */
    bool not_whole;  /* metadata was not read to its end, or was too much */
};

/* --- siard.c */

/* NULL when there is none. It is then mentioned. */
struct siard_file *siard_find(struct siard *s, struct str path);
struct entry siard_entry(const struct siard_file *file);
void siard_fault(const struct siard *s, enum content_rule rule, struct str inside, struct str found,
                 struct str expected);
/* An error of the ZIP's bytes as a fault of this file inside: NULL. Others are given back. */
MUST_USE struct err *siard_damaged(const struct siard *s, struct str inside, struct err *e);
/* For xml_input: an entry that is open. */
MUST_USE struct err *siard_read(void *state, void *out, size_t capacity, size_t *out_length);

/* --- siard_metadata.c: header/metadata.xml, into tables and columns */
MUST_USE struct err *siard_metadata(struct siard *s);
/* Is there room for one more among at most `most`? */
bool siard_has_room(const struct siard *s, size_t count, size_t most);
void siard_metadata_fault(const struct siard *s, enum content_rule rule, int64_t line,
                          struct str found);

/* --- siard_values.c: values as the schemas of metadata have them, by the names of their types
 * there */
bool siard_is_folder(struct str text);     /* fsName */
bool siard_is_digest_1_0(struct str text); /* digestType of 1.0 */
bool siard_is_digest_2_0(struct str text); /* messageDigestType of 2.0 */
bool siard_is_type(struct str text);       /* predefinedTypeType of 2.1 and 2.2 together */
bool siard_is_type_2_0(struct str text);   /* builtinTypeType of 2.0 */

/* --- siard_keys.c: columns, and the keys that name them, as metadata is read */
struct siard_column_name {
    struct str schema;
    struct str table;
    struct str column;
};
struct siard_key;
struct siard_keys {
    const struct siard *s;
    uint64_t *columns; /* by hash */
    size_t column_count;
    size_t column_capacity;
    struct siard_key *keys;
    size_t key_count;
    size_t key_capacity;
};
/* False when there is no room for more. */
MUST_USE bool siard_keys_add_column(struct siard_keys *k, const struct siard_column_name *name);
MUST_USE bool siard_keys_add_key(struct siard_keys *k, const struct siard_column_name *name,
                                 int64_t line);
/* A key that names no column is a fault; when all are told. */
void siard_keys_check(struct siard_keys *k);
void siard_keys_free(struct siard_keys *k);

/* --- siard_schema.c: what a table's schema says of its cells */
enum { SIARD_TYPES = 255 }; /* of a schema, with no type, which is 0 */
struct siard_cell {
    bool needed;
    bool faceted; /* its type, or one that this is made of, has facets that are judged */
    uint8_t type;
    enum grammar_value value; /* ANY: not known; SIMPLE: text of any kind */
};
struct siard_cells {
    struct siard_cell *at; /* of each column that metadata tells of */
    size_t count;
    size_t highest; /* N of the last cN */
    bool is_schema;
    bool whole;                      /* it was read to its end: what is here holds */
    bool qualified;                  /* rows and cells are of the namespace too */
    bool namespace_known;            /* it was not too long */
    char namespace[SIARD_NAME_KEPT]; /* of the table */
    size_t namespace_length;         /* 0: none */
    uint8_t bases[SIARD_TYPES];      /* what each type is made of; 0: nothing that is known */
    struct xml_facets *facets;
};
/* N of cN; 0: it is no such name. */
size_t siard_column_of(struct str name);
/* At the beginning of the document. `at` and `count` are the caller's, and all that `facets` comes
 * to be; the rest is zero. */
MUST_USE struct err *siard_schema_read(struct xml *xml, struct siard_cells *cells);
/* Does a text that is of the cell's kind meet its types' facets? Else the one that it does not meet
 * is put to out_expected. */
bool siard_cell_fits(const struct siard_cells *cells, const struct siard_cell *cell,
                     struct str text, struct buf *out_expected);

/* --- siard_table.c: a table and its schema */
MUST_USE struct err *siard_table_check(struct siard *s, const struct siard_table *table);

/* --- siard_lob.c: what a cell refers to. `file` is its attribute; nested: in a field of a cell. */
struct siard_reference {
    const struct siard_table *table;
    const struct siard_column *column;
    struct str inside; /* the table's document, and where in it */
    int64_t line;
    bool nested;
    struct str file;
    struct str length; /* absent when it is not stated */
    struct str digest;
    struct str digest_type;
};
MUST_USE struct err *siard_lob_check(struct siard *s, const struct siard_reference *reference);

/* --- siard_outside.c: those outside of the SIARD file. Folders as they are stated, with slashes;
 * absent where none is. */
struct siard_way {
    struct str archive;
    struct str column;
    struct str field;
    struct str file;
};
struct siard_outside {
    enum content_presence found;
    struct content_other file;
    struct buf path; /* where it should be; the caller's */
};
MUST_USE struct err *siard_outside_find(const struct siard *s, const struct siard_way *way,
                                        struct siard_outside *out);

/* --- siard_fields.c: folders of a column's fields, as metadata is read */
struct siard_fields {
    size_t depth;
    size_t ends[SIARD_FIELD_DEPTH]; /* of the folder that holds at each depth, in `path` */
    char path[SIARD_FIELD_FOLDERS];
    char all[SIARD_FIELD_FOLDERS];
    size_t all_length;
    size_t count;
    bool there;
    bool many; /* too many or too deep to be kept */
};
void siard_fields_begin(struct siard_fields *f);
void siard_field_open(struct siard_fields *f);
void siard_field_close(struct siard_fields *f);
void siard_field_folder(struct siard_fields *f, struct str folder);
struct str siard_fields_all(const struct siard_fields *f);
