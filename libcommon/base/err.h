/* Errors are values: NULL is success. Whoever returns one says whose mistake it was by its code
 * (errors.def); whoever handles it logs it, once. Libraries never log.
 *
 * An error lives in a list of its thread until err_reset, which the worker calls between units of
 * work; so nobody frees one, and a dropped error leaks nothing. */
#pragma once

#include "base/str.h"

enum err_class { ERR_CLASS_TRANSIENT, ERR_CLASS_CONFLICT, ERR_CLASS_REJECT, ERR_CLASS_BUG };

enum err_code {
#define ERR(name, class, status, type, title) ERR_##name,
#include "base/errors.def"
#undef ERR
    ERR_COUNT
};

struct err {
    enum err_code code;
    const char *detail;  /* for the outside: what was tried and why it failed; no personal data */
    const char *field;   /* the field or place it is about, or NULL */
    const char *rule;    /* a stable word for this refusal ("objid_exists", "CSIP71"), or NULL */
    const char *private; /* for the log only, or NULL */
    const struct err *cause;
};

#define MUST_USE __attribute__((warn_unused_result))

MUST_USE struct err *err_new(enum err_code code, const char *detail, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
/* About one field, by its path ("delivery.bytes") or place ("METS.xml line 12"). */
MUST_USE struct err *err_field(enum err_code code, const char *field, const char *detail, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
/* Refused by a named rule. */
MUST_USE struct err *err_rule(enum err_code code, const char *rule, const char *detail, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
/* The same code with what was tried in front; keeps field and rule. NULL stays NULL. */
MUST_USE struct err *err_wrap(struct err *cause, const char *detail, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds what only the log may see. NULL stays NULL. */
MUST_USE struct err *err_private(struct err *e, const char *text, ...)
    __attribute__((format(printf, 2, 3)));
/* As err_new with strerror(errno) behind the detail. */
MUST_USE struct err *err_errno(enum err_code code, const char *detail, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

enum err_class err_class(const struct err *e);
int err_status(const struct err *e);        /* HTTP status */
const char *err_type(const struct err *e);  /* problem type, the last part of its URI */
const char *err_title(const struct err *e); /* in words, the same for each error of the type */
const char *err_name(enum err_code code);

void err_reset(void); /* forgets every error of this thread */
/* For a loop that meets many and keeps none: forgets those of this thread made since the mark. */
const struct err *err_mark(void);
void err_forget(const struct err *mark);

#define ERR_BUG_AT(...) err_new(ERR_BUG, __VA_ARGS__)

/* Returns early with the error; the only macro that hides control flow. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        struct err *try_ = (expression);                                                           \
        if (try_ != NULL)                                                                          \
            return try_;                                                                           \
    } while (0)
