/* Settings from the environment, one table row each: the same table reads, checks and documents
 * them. */
#pragma once

#include "base/field.h"

struct setting {
    const char *env; /* the variable's name */
    struct field
        field; /* where the value goes, its type and range; REQUIRED when there is no fallback */
    const char *fallback;
    const char *doc;
    bool secret; /* never shown */
};

#define SETTING(env_, type_, member, fallback_, doc_, ...)                                         \
    {                                                                                              \
        .env = (env_), .field = FIELD(type_, member, __VA_ARGS__), .fallback = (fallback_),        \
        .doc = (doc_)                                                                              \
    }
#define SETTINGS_END                                                                               \
    {                                                                                              \
        .env = NULL                                                                                \
    }

/* Reads every setting; the error names the variable. Values live in `arena`. */
MUST_USE struct err *config_read(const struct setting *settings, struct arena *arena, void *out);
/* One line for each: name, default, meaning (for --print-config). */
void config_document(const struct setting *settings, struct buf *out);
