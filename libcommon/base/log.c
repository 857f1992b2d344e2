/* Log lines. One write(2) each, so that lines of threads and processes never mix. */
#include "base/log.h"
#include "base/base.h"

#include <pthread.h>
#include <unistd.h>

enum { LINE_LIMIT = 8192 };

static const char *const level_names[] = {"debug", "info", "warning", "error"};

/* Set once before threads start. */
static const char *service_name = "r7e";
static enum log_level least_level = LOG_INFO;

static _Thread_local char trace_id[33];
static _Thread_local struct uuid subject_id;

void log_open(const char *service, enum log_level least)
{
    service_name = service;
    least_level = least;
}

void log_context(struct str trace, struct uuid subject)
{
    size_t length = trace.len < sizeof trace_id - 1 ? trace.len : sizeof trace_id - 1;
    if (length > 0)
        memcpy(trace_id, trace.ptr, length);
    trace_id[length] = '\0';
    subject_id = subject;
}

/* JSON string without the JSON library, which stands above base. Control bytes become spaces. */
static void quote(struct str text, struct buf *out)
{
    buf_byte(out, '"');
    bool good = str_is_utf8(text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            buf_byte(out, '\\');
        bool plain = (unsigned char)c >= 0x20 && c != 0x7f && (good || (unsigned char)c < 0x80);
        buf_byte(out, plain ? c : ' ');
    }
    buf_byte(out, '"');
}

static void member(const char *key, struct str value, struct buf *out)
{
    if (value.len == 0)
        return;
    buf_format(out, ",\"%s\":", key);
    quote(value, out);
}

static void pair(const struct log_pair *p, struct buf *out)
{
    switch (p->type) {
    case LOG_STR:
        member(p->key, p->text, out);
        return;
    case LOG_I64:
        buf_format(out, ",\"%s\":%lld", p->key, (long long)p->number);
        return;
    case LOG_U64:
        buf_format(out, ",\"%s\":%llu", p->key, (unsigned long long)p->count);
        return;
    case LOG_UUID:
        buf_format(out, ",\"%s\":\"%s\"", p->key, uuid_text(p->id).text);
        return;
    case LOG_BOOL:
        buf_format(out, ",\"%s\":%s", p->key, p->number != 0 ? "true" : "false");
        return;
    }
}

void log_line(enum log_level level, const char *message, const struct err *e,
              const struct log_pair *pairs)
{
    if (level < least_level)
        return;
    autobuf struct buf line = buf_new(LINE_LIMIT);
    char now[INSTANT_TEXT];
    instant_print(clock_now(), now);
    buf_format(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"service\":\"%s\",\"message\":", now,
               level_names[level], service_name);
    quote(str_from(message), &line);
    member("trace", str_from(trace_id), &line);
    if (!uuid_is_nil(subject_id))
        buf_format(&line, ",\"subject\":\"%s\"", uuid_text(subject_id).text);
    for (; pairs->key != NULL; pairs++)
        pair(pairs, &line);
    if (e != NULL) {
        member("error", str_from(err_name(e->code)), &line);
        member("detail", str_from(e->detail), &line);
        member("field", str_from(e->field), &line);
        member("rule", str_from(e->rule), &line);
        member("private", str_from(e->private), &line);
    }
    line.failed = false; /* a line over the limit is cut, never lost */
    line.limit += 3;
    buf_put(&line, S("}\n"));
    ssize_t written = write(STDERR_FILENO, line.ptr, line.len);
    (void)written; /* there is nowhere left to say that the log is gone */
}
