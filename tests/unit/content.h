/* What the tests of libcommon/content share: a file judged, its faults as one line of words. */
#pragma once

#include "base/base.h"
#include "content/content.h"
#include "unit.h"

static const char *const content_words[CONTENT_RULES] = {
#define CONTENT_RULE(word, requirement, number, level, en, sv, mend_en, mend_sv)                   \
    [CONTENT_##word] = #word,
#include "content/rules.def"
#undef CONTENT_RULE
};

static inline void content_note(void *state, const struct content_fault *fault)
{
    buf_format(state, "%s ", content_words[fault->rule]);
}

/* "dicom_prefix " and so on, in the order they were found. */
static inline void content_judge(enum content_kind kind, struct str bytes, struct buf *out)
{
    struct source source = source_from_str(&bytes);
    buf_clear(out);
    buf_put(out, S("")); /* so that there is a text */
    assert_null(content_check(kind, &source, NULL, &(struct content_report){content_note, out}));
}

/* `text` with `put` in the place of the first `cut`, which must be there. */
static inline void content_change(struct str text, const char *cut, const char *put,
                                  struct buf *out)
{
    const char *at = memmem(text.ptr, text.len, cut, strlen(cut));
    assert_non_null(at);
    size_t before = (size_t)(at - text.ptr);
    buf_clear(out);
    buf_put(out, str_slice(text, 0, before));
    buf_put(out, str_from(put));
    buf_put(out, str_slice(text, before + strlen(cut), text.len));
}

/* A change of a document and what is told then, as content_judge tells it. */
struct fault_case {
    const char *cut; /* absent: the whole is clean */
    const char *put;
    const char *told;
};

/* `judge` tells of a document as content_judge does. */
static inline void judge_cases_by(void (*judge)(enum content_kind, struct str, struct buf *),
                                  const char *clean, enum content_kind kind,
                                  const struct fault_case *cases, size_t count)
{
    autobuf struct buf told = buf_new(1 << 16);
    judge(kind, str_from(clean), &told);
    assert_string_equal(told.ptr, "");
    for (size_t i = 0; i < count; i++) {
        autobuf struct buf changed = buf_new(1 << 16);
        content_change(str_from(clean), cases[i].cut, cases[i].put, &changed);
        judge(kind, buf_str(&changed), &told);
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s -> %s: told %sand not %s", cases[i].cut, cases[i].put, told.ptr,
                     cases[i].told);
    }
}

static inline void judge_cases(const char *clean, enum content_kind kind,
                               const struct fault_case *cases, size_t count)
{
    judge_cases_by(content_judge, clean, kind, cases, count);
}

/* A file of ../shared, absent when it is not there. */
static inline struct str content_shared(const char *path, struct arena *arena)
{
    const char *full = arena_format(arena, "../shared/%s", path).ptr;
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        printf("left out: %s is not there\n", full);
        return (struct str){0};
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = arena_alloc(arena, size + 1, 1);
    assert_int_equal(size, fread(bytes, 1, size, file));
    fclose(file);
    return (struct str){bytes, size};
}
