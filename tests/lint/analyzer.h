/* Included before each file that clang-tidy reads: its analyzer takes no notice of returns_nonnull,
 * and without this walks paths on which a new error is a success and what it should have filled in
 * is not there. */
#pragma once

#include "base/err.h"

static inline struct err *analyzer_error(struct err *e)
{
    if (e == NULL)
        __builtin_unreachable();
    return e;
}

#define err_new(...)   analyzer_error(err_new(__VA_ARGS__))
#define err_field(...) analyzer_error(err_field(__VA_ARGS__))
#define err_rule(...)  analyzer_error(err_rule(__VA_ARGS__))
#define err_errno(...) analyzer_error(err_errno(__VA_ARGS__))
