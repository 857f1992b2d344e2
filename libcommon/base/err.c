/* Error values and the table of their meanings. */
#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    enum err_class class;
    int status;
    const char *type;
    const char *title;
} codes[ERR_COUNT] = {
#define ERR(name, class, status, type, title) {#name, ERR_CLASS_##class, status, type, title},
#include "base/errors.def"
#undef ERR
};

struct kept {
    struct kept *older;
    struct err e;
};

static _Thread_local struct kept *newest;

/* One allocation: the error and its texts behind each other. */
static struct err *keep(enum err_code code, const char *field, const char *rule, const char *format,
                        va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t detail_size = length > 0 ? (size_t)length + 1 : 1;
    size_t field_size = field != NULL ? strlen(field) + 1 : 0;
    size_t rule_size = rule != NULL ? strlen(rule) + 1 : 0;
    struct kept *kept = must_calloc(1, sizeof(struct kept) + detail_size + field_size + rule_size);
    char *detail = (char *)(kept + 1);
    vsnprintf(detail, detail_size, format, arguments);
    char *field_copy = detail + detail_size;
    char *rule_copy = field_copy + field_size;
    if (field != NULL)
        memcpy(field_copy, field, field_size);
    if (rule != NULL)
        memcpy(rule_copy, rule, rule_size);
    kept->e = (struct err){.code = code,
                           .detail = detail,
                           .field = field != NULL ? field_copy : NULL,
                           .rule = rule != NULL ? rule_copy : NULL};
    kept->older = newest;
    newest = kept;
    return &kept->e;
}

#define KEEP(code, field, rule, last)                                                              \
    ({                                                                                             \
        va_list arguments_;                                                                        \
        va_start(arguments_, last);                                                                \
        struct err *kept_ = keep(code, field, rule, last, arguments_);                             \
        va_end(arguments_);                                                                        \
        kept_;                                                                                     \
    })

struct err *err_new(enum err_code code, const char *detail, ...)
{
    return KEEP(code, NULL, NULL, detail);
}

struct err *err_field(enum err_code code, const char *field, const char *detail, ...)
{
    return KEEP(code, field, NULL, detail);
}

struct err *err_rule(enum err_code code, const char *rule, const char *detail, ...)
{
    return KEEP(code, NULL, rule, detail);
}

struct err *err_wrap(struct err *cause, const char *detail, ...)
{
    if (cause == NULL)
        return NULL;
    struct err *front = KEEP(cause->code, NULL, NULL, detail);
    struct err *whole = err_new(cause->code, "%s: %s", front->detail, cause->detail);
    whole->field = cause->field;
    whole->rule = cause->rule;
    whole->private = cause->private;
    whole->cause = cause;
    return whole;
}

struct err *err_private(struct err *e, const char *text, ...)
{
    if (e != NULL)
        e->private = KEEP(e->code, NULL, NULL, text)->detail;
    return e;
}

struct err *err_errno(enum err_code code, const char *detail, ...)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): glibc's is thread-safe for known errors */
    const char *reason = strerror(errno);
    return err_new(code, "%s: %s", KEEP(code, NULL, NULL, detail)->detail, reason);
}

enum err_class err_class(const struct err *e)
{
    return codes[e->code].class;
}

int err_status(const struct err *e)
{
    return codes[e->code].status;
}

const char *err_type(const struct err *e)
{
    return codes[e->code].type;
}

const char *err_title(const struct err *e)
{
    return codes[e->code].title;
}

const char *err_name(enum err_code code)
{
    return codes[code].name;
}

const struct err *err_mark(void)
{
    return newest != NULL ? &newest->e : NULL;
}

void err_forget(const struct err *mark)
{
    while (newest != NULL && &newest->e != mark) {
        struct kept *kept = newest;
        newest = kept->older;
        free(kept);
    }
}

void err_reset(void)
{
    err_forget(NULL);
}
