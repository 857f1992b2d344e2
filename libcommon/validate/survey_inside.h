/* What the files of the survey share. */
#pragma once

#include "text/bag.h"
#include "validate/content_types.h"
#include "validate/expect.h"
#include "validate/id_set.h"
#include "validate/inside.h"
#include "validate/lookup.h"
#include "validate/shape.h"
#include "validate/survey.h"

enum {
    METS_MOST = 10001, /* the root's and SHAPE_REPRESENTATIONS */
    BAG_MANIFESTS_MAX = 64,
    LISTS_MOST = 1000,
    SCANS_MOST = METS_MOST + BAG_MANIFESTS_MAX + LISTS_MOST +
                 4 /* bagit.txt, bag-info.txt, fetch.txt, FGS's own */
};

/* A file that was scanned to be read here. */
struct survey_scan {
    uint64_t place;
    struct scan_result result;
};

/* The bag around the package, when there is one. */
struct bag {
    bool there;
    struct str root;   /* its folder; empty: the container's top */
    struct str folder; /* the same with '/' at its end, or empty */
    struct bag_declaration declaration;
    bool below_data;                     /* the package is in a folder of data/, not data/ itself */
    struct str names[BAG_MANIFESTS_MAX]; /* of its manifests, in the container's order */
    size_t name_count;
    uint32_t manifests; /* of the payload */
    bool payload;       /* there is a folder data */
    bool counted;       /* Payload-Oxum was stated, and with it: */
    uint64_t bytes;
    uint64_t files;
    uint64_t seen_bytes; /* in data/ */
    uint64_t seen_files;
};

/* Where a package names its patients. */
struct lists {
    struct str *names;
    size_t count; /* LISTS_MOST at most */
    size_t capacity;
    bool too_many; /* nothing is told of them */
};

struct surveying {
    struct survey *s;
    const struct terms *terms; /* NULL: no agreement is asked */
    struct shape *shape;
    struct lookup *lookup;
    struct expectations *expected;
    struct content_types *types;
    struct content_package *content;
    struct inside_telling telling;
    struct bag bag;
    enum said_by by;       /* METS or FGS: who describes the package */
    bool bare;             /* with no folder around the description */
    struct str folder;     /* name of the folder around it; absent: it has none of its own */
    struct str *documents; /* METS files to judge, relative to the root folder: its own first */
    size_t document_count; /* METS_MOST at most */
    size_t document_capacity;
    struct id_set known_documents;
    struct lists lists;
    struct scanner *scanner; /* NULL: nothing is scanned */
    struct survey_scan *scans;
    size_t scan_count; /* SCANS_MOST at most */
    size_t scan_capacity;
    size_t scan_next; /* in the join */
    bool withheld;    /* one is infected: nobody reads it, and what it says is not known */
    bool unread; /* a METS file could not be read to its end, or is not there: it may say more */
    struct arena *walk; /* of one item */
    struct buf around;  /* the folder that the join was told of last */
    struct id_set both; /* paths that are file and folder, and told */
    struct buf said;    /* packed expectations of one file */
    struct buf rows;    /* of the manifest, on their way */
    uint64_t written;
};

/* survey_file.c: a file of the package, from its beginning; below the root folder. It is scanned
 * before, when it is opened for the first time. NULL in *out: there is none, or it is infected. */
MUST_USE struct err *survey_open_file(struct surveying *y, struct str path,
                                      struct entry_reader **out);
/* Before the join; in it, of each file in its order: what the scan said is told, of one that was
 * scanned here, and noted in its row. `path` is that of findings. */
void survey_scans_sort(struct surveying *y);
void survey_tell_scan(struct surveying *y, uint64_t place, struct str path,
                      struct manifest_row *row);
/* Every entry of the listing, until an error. `entry` lives until the next. */
MUST_USE struct err *survey_walk(struct surveying *y,
                                 void see(struct surveying *y, const struct entry *entry,
                                          uint64_t place));
void survey_add_document(struct surveying *y, struct str path);
bool survey_is_root(const struct surveying *y, struct str mets);

/* survey_patients.c: before the join; nothing, where the package is of another type. */
MUST_USE struct err *survey_patients(struct surveying *y);

/* survey_join.c: every row of the manifest, cut into parts. */
MUST_USE struct err *survey_join(struct surveying *y);

/* survey_form.c: what kind of package is it? Sets the root folder and the first documents, and
 * judges the folders. */
MUST_USE struct err *survey_recognise(struct surveying *y);

/* survey_bag.c. The lookup's root is the bag's folder. */
MUST_USE struct err *survey_bag(struct surveying *y);
/* A file, and what the manifests say of it: how many of the payload's list it, and whether one does
 * so twice. */
void survey_bag_file(struct surveying *y, const struct entry *entry, uint32_t manifests,
                     bool twice);
void survey_bag_end(struct surveying *y);
