/* What the fuzz targets of content readers share. */
#pragma once

#include "base/base.h"
#include "content/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_content_note(void *state, const struct content_fault *fault)
{
    (void)state;
    assert(fault->rule < CONTENT_RULES);
}

static inline int fuzz_content(enum content_kind kind, const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct source source = source_from_str(&bytes);
    struct err *e =
        content_check(kind, &source, NULL, &(struct content_report){fuzz_content_note, NULL});
    assert(e == NULL); /* the bytes can be had, and what is wrong with them is a fault */
    err_reset();
    return 0;
}
