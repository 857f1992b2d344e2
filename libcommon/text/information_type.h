/* Information types as data: what a kind of records is called, which of its fields are shown and
 * searched, which law it lives under. One file each in schemas/information-types; the format is
 * told in the README.md there. Adding a type is adding a file. */
#pragma once

#include "base/field.h"

/* A field as people meet it: a column of the record (record_fields), or a place in its content. */
struct information_field {
    struct str name;  /* in answers and searches; unique in the type */
    struct str field; /* the record's column, or absent: */
    struct str path;  /* the element or cell of the content, for showing one record */
    struct str type;  /* information_field_types */
    struct str sv;
    struct str en;
    bool searchable;
    bool facet; /* counted and chosen from; only columns with few values */
    bool shown; /* in lists; all are shown with the record itself */
};

/* A kind of record inside the type (record.category). */
struct information_category {
    struct str name;
    struct str sv;
    struct str en;
};

struct information_type {
    struct str name; /* record.type, and the file's name without .json */
    struct str sv;
    struct str en;
    struct str information; /* which law: the words of permission_informations */
    struct strs readers;    /* that make such records */
    struct strs access;     /* record columns that decide who may see one, beside the tenant */
    bool about_person;      /* a record without a person is a finding */
    bool text_search;       /* record.text is kept and searched */
    struct str secrecy;     /* legal ground (sekretessgrund) */
    int32_t secrecy_years;  /* at most, from secrecy_from */
    struct str secrecy_from;
    struct str retention;    /* legal ground (bevarande, gallring) */
    int32_t retention_years; /* at least, from retention_from; 0: kept for ever */
    struct str retention_from;
    struct json_text fields_list;
    struct json_text categories_list;
    /* The two lists above, read. */
    const struct information_field *fields;
    size_t field_count;
    const struct information_category *categories;
    size_t category_count;
};

struct information_types {
    const struct information_type *at; /* by name */
    size_t count;
};

/* "text" words; "name" of a person or unit; "code"; "time"; "flag" true or false; "file". */
extern const char *const information_field_types[];

enum { INFORMATION_TYPES_MAX = 100, INFORMATION_TYPE_SIZE_MAX = 1024 * 1024 };

/* Reads one file's text; errors name the field by its path. All lives in the arena. */
MUST_USE struct err *information_type_read(struct str json, struct arena *arena,
                                           struct information_type *out);
/* Reads every *.json of the folder; each must bear its file's name. Made at start, for the life of
 * the process. */
MUST_USE struct err *information_types_load(const char *folder, struct arena *arena,
                                            struct information_types *out);

/* NULL when there is none. */
const struct information_type *information_type_named(const struct information_types *types,
                                                      struct str name);
const struct information_field *information_field_named(const struct information_type *type,
                                                        struct str name);
const struct information_category *information_category_named(const struct information_type *type,
                                                              struct str name);
