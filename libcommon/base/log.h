/* One JSON line on standard error where an event is handled. Libraries do not log; they return.
 *
 *   log_info("delivery stored", kv("bytes", bytes), kv("package", id));
 *
 * A value's type decides its form; a type with no case here (struct personnummer, struct file_key)
 * does not compile. The thread's context (log_context) is added to every line. */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/uuid.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_pair {
    const char *key;
    enum { LOG_STR, LOG_I64, LOG_U64, LOG_UUID, LOG_BOOL } type;
    struct str text;
    int64_t number;
    uint64_t count;
    struct uuid id;
};

static inline struct log_pair log_pair_cstr(const char *key, const char *value)
{
    return (struct log_pair){.key = key, .type = LOG_STR, .text = str_from(value)};
}
static inline struct log_pair log_pair_str(const char *key, struct str value)
{
    return (struct log_pair){.key = key, .type = LOG_STR, .text = value};
}
static inline struct log_pair log_pair_i64(const char *key, int64_t value)
{
    return (struct log_pair){.key = key, .type = LOG_I64, .number = value};
}
static inline struct log_pair log_pair_u64(const char *key, uint64_t value)
{
    return (struct log_pair){.key = key, .type = LOG_U64, .count = value};
}
static inline struct log_pair log_pair_uuid(const char *key, struct uuid value)
{
    return (struct log_pair){.key = key, .type = LOG_UUID, .id = value};
}
static inline struct log_pair log_pair_bool(const char *key, bool value)
{
    return (struct log_pair){.key = key, .type = LOG_BOOL, .number = value};
}

#define kv(key, value)                                                                             \
    _Generic((value), const char *                                                                 \
             : log_pair_cstr, char *                                                               \
             : log_pair_cstr, struct str                                                           \
             : log_pair_str, int                                                                   \
             : log_pair_i64, int64_t                                                               \
             : log_pair_i64, unsigned                                                              \
             : log_pair_u64, uint64_t                                                              \
             : log_pair_u64, struct uuid                                                           \
             : log_pair_uuid, bool                                                                 \
             : log_pair_bool)(key, value)

#define LOG_PAIRS(...)            (const struct log_pair[]){{.key = NULL}, ##__VA_ARGS__, {.key = NULL}} + 1
#define log_debug(message, ...)   log_line(LOG_DEBUG, message, NULL, LOG_PAIRS(__VA_ARGS__))
#define log_info(message, ...)    log_line(LOG_INFO, message, NULL, LOG_PAIRS(__VA_ARGS__))
#define log_warning(message, ...) log_line(LOG_WARNING, message, NULL, LOG_PAIRS(__VA_ARGS__))
/* With the error's public and private parts. */
#define log_error(message, e, ...) log_line(LOG_ERROR, message, e, LOG_PAIRS(__VA_ARGS__))

/* `pairs` ends with a NULL key. */
void log_line(enum log_level level, const char *message, const struct err *e,
              const struct log_pair *pairs);
void log_open(const char *service, enum log_level least);
/* Added to every line of this thread until set again: the trace id (32 hex digits) and what the
 * work is about. */
void log_context(struct str trace, struct uuid subject);
