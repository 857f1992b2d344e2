/* What the files of the package rules share. */
#pragma once

#include "base/buf.h"
#include "content/identities.h"
#include "content/inside.h"
#include "content/package.h"

enum spec { SPEC_NONE, SPEC_SIARD, SPEC_EHEALTH };

/* A representation: what its own METS and the root's say of it, and what lies in it. */
struct representation {
    struct str name;
    struct str mets; /* its own; absent: none of a type that is judged */
    int64_t line;
    enum spec spec;
    struct str other;          /* OTHERCONTENTINFORMATIONTYPE by its own METS … */
    struct str group_other;    /* … and by the root's file group that points at it */
    int64_t group_line;        /* 0: none does */
    bool mapped;               /* a division of the root METS points at its METS */
    bool has_data;             /* a file in its data folder … */
    bool has_siard;            /* … and one named .siard */
    bool has_map;              /* its METS has the structural map of eHealth1, with … */
    size_t patients;           /* … so many divisions of patients */
    struct identities folders; /* of patients */
};

/* What is counted in the METS file that is being read. */
struct package_document {
    struct str mets;
    enum spec spec;
    bool is_root;
    bool second; /* eHealth1 2.0, which has another structural map than 1.0 */
    struct representation *representation; /* NULL: of the root, or of one too many */
    size_t typed_groups;                   /* file groups of the package's type */
    size_t located;                        /* files that say to be the database */
    size_t descriptions;                   /* dmdSec of the root … */
    size_t described;                      /* … that refer into metadata/descriptive … */
    size_t other_described;                /* … as metadata of type OTHER */
    bool agreement;                        /* the header names it … */
    bool organisation;                     /* … and who created the data */
    size_t maps;                           /* of eHealth1, with so many divisions of each kind: */
    size_t data;
    size_t patients;
    size_t cases;
};

struct patients;

struct content_package {
    struct arena *arena;
    struct content_report report;
    enum spec spec;
    int64_t line; /* of the root METS */
    struct package_document now;
    size_t documents;                       /* METS files of representations */
    struct representation *representations; /* one for each time one is told of, until settled */
    size_t count;
    size_t capacity;
    bool settled;
    bool too_many;
    struct buf last_folder; /* of a patient: its files stand together */
    bool has_data;          /* a file in the data folder of some representation */
    bool has_documentation;
    bool documented; /* the same, or in a representation's */
    bool has_description;
    struct patients *patients; /* of eHealth1, or NULL */
};

void package_fault(const struct content_package *p, enum content_rule rule, struct str path,
                   int64_t line, struct str found, struct str expected);
/* Where the href of an element leads in the package; absent when nowhere. In the arena. */
enum { PACKAGE_HREF_MEMORY = 64 * 1024 };
struct str package_leads(const struct content_package *p, const struct mets_node *node,
                         struct arena *arena);
/* "rep1" of a path in "representations/rep1/", and what lies below that; absent when it is none. */
struct str package_representation(struct str path, struct str *out_below);
enum { PACKAGE_NAME_MAX = 255 };
/* Another thing told of this representation; NULL when there are too many. Until the next. */
struct representation *package_tell(struct content_package *p, struct str name);
/* One of each name, sorted; after the last METS file. */
void package_settle(struct content_package *p);
/* NULL when there is none. Settles. */
struct representation *package_told(struct content_package *p, struct str name);
/* Is the value one of these, with no regard to case? */
bool package_is_among(struct str value, const char *const *values);

/* package_patients.c: folders of patients, then the lists that should name them, then the question.
 */
enum { PATIENTS_LIST_MAX = 256 << 20 /* bytes of all lists */ };
struct patients *patients_new(void);
void patients_free(struct patients *s);
void patients_folder(struct patients *s, struct str folder);
void patients_list(struct patients *s, struct str piece);
void patients_list_end(struct patients *s);
void patients_unknown(struct patients *s); /* nothing is told of names */
/* False once for each folder that no list names. True of all where there is no list. */
bool patients_is_named(struct patients *s, struct str folder);
/* Is one of the lists no text, or are they too large? */
bool patients_is_unread(const struct patients *s);

/* Each spec: an element of a METS file of its type, and the end of the package. */
extern const char *const siard_forms[]; /* what OTHERCONTENTINFORMATIONTYPE may be */
void siard_see(struct content_package *p, const struct mets_event *event);
void siard_end(const struct content_package *p);
void ehealth_see(struct content_package *p, const struct mets_event *event);
void ehealth_file(struct content_package *p, struct representation *representation, struct str path,
                  struct str below_data);
void ehealth_end(const struct content_package *p);
