/* What is inside files: does a database archive hold the rows it promises, is an image's header
 * whole. Pure: the same bytes give the same faults. Which file is read how is told by its path and
 * by the content information type that METS states for its package or representation. */
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "vault/source.h"

enum content_kind {
#define KIND(name) CONTENT_##name,
#include "content/kinds.def"
#undef KIND
    CONTENT_KINDS
};

/* What METS states of a package or of a representation; absent when it states nothing. */
struct content_stated {
    struct str type;  /* CONTENTINFORMATIONTYPE */
    struct str other; /* OTHERCONTENTINFORMATIONTYPE */
    bool aip;         /* the package is an AIP */
};

/* `path` lies below the package's root folder. */
enum content_kind content_kind_of(const struct content_stated *stated, struct str path);
/* Is it read here and there rather than from its beginning to its end? Then its source should give
 * any place as fast as the next one. */
bool content_is_scattered(enum content_kind kind);

enum content_rule {
#define CONTENT_RULE(word, requirement, number, level, en, sv, mend_en, mend_sv) CONTENT_##word,
#include "content/rules.def"
#undef CONTENT_RULE
    CONTENT_RULES
};

/* One place where a rule is broken. Texts live as long as the call that gets them. */
struct content_fault {
    enum content_rule rule;
    int64_t line; /* 0: none */
    struct str id;
    struct str inside; /* path of a file inside the file; absent: it is about the file itself */
    struct str found;
    struct str expected;
};

struct content_report {
    void (*add)(void *state, const struct content_fault *fault);
    void *state;
};

/* The package around the file: what else lies there, by paths in the container. */
enum content_presence {
    CONTENT_IS_UNKNOWN,
    CONTENT_IS_ABSENT,
    CONTENT_IS_THERE,
};
struct content_other {
    uint64_t length;
    bool stated; /* METS states a digest, which is compared where the file is read */
    uint8_t algorithm;
    uint8_t digest[8]; /* how it begins: of a file that is what METS says, enough to tell */
};
struct content_around {
    struct str path; /* of the file itself */
    /* The file of this path; *out is written when it is there. An error: it could not be told. */
    struct err *(*find)(void *state, struct str path, struct content_other *out,
                        enum content_presence *out_presence);
    void *state;
};

/* `around` may be NULL: the file is judged alone. What is wrong with the file is reported; an error
 * is that its bytes could not be had. */
MUST_USE struct err *content_check(enum content_kind kind, const struct source *file,
                                   const struct content_around *around,
                                   const struct content_report *report);
