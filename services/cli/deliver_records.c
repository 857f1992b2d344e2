/* r7 deliver --records: each file is one record, or each line of a .jsonl file; sent one by one, in
 * order, as a source system that writes what happens would do. */
#include "base/base.h"
#include "base/digest.h"
#include "deliver.h"
#include "walk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNACKNOWLEDGED_MAX = 1000, RECORD_MAX = 1024 * 1024, LINES_MAX = 1024 * 1024 * 1024 };

struct sending {
    const char *agreement;
    const struct age_recipient *recipient; /* NULL: in clear */
    struct str topic;
    struct bus_producer *producer;
    bool acknowledged[UNACKNOWLEDGED_MAX];
    size_t waiting;
    uint64_t records;
    struct buf content;
    struct buf sealed;
};

/* Waits until the brokers have all that was queued. */
static struct err *settle(struct sending *s)
{
    TRY(bus_flush(s->producer, 30000, NULL));
    for (size_t i = 0; i < s->waiting; i++) {
        if (!s->acknowledged[i])
            return err_new(ERR_BROKER_LOST,
                           "topic %.*s did not take a record: is it this certificate's?",
                           STR_ARG(s->topic));
        s->acknowledged[i] = false;
    }
    s->records += s->waiting;
    s->waiting = 0;
    return NULL;
}

/* Named by its bytes, encrypted or not: sent again it is the same record. */
static struct err *send_record(struct sending *s, struct str content, struct str type)
{
    const struct sha256_text digest = sha256_text(sha256_of(content));
    struct str value = content;
    if (content.len == 0 || content.len > RECORD_MAX)
        return err_new(ERR_TOO_LARGE, "a record has 1 to %d bytes, and this one has %zu",
                       RECORD_MAX, content.len);
    if (s->recipient != NULL) {
        buf_clear(&s->sealed);
        TRY(deliver_seal(s->recipient, content, &s->sealed));
        value = buf_str(&s->sealed);
    }
    const struct bus_message message = {.topic = s->topic,
                                        .key = str_from(digest.text),
                                        .value = value,
                                        .headers = {{S("ce_specversion"), S("1.0")},
                                                    {S("ce_id"), str_from(digest.text)},
                                                    {S("ce_source"), S("urn:r7e:r7-deliver")},
                                                    {S("ce_type"), S("se.r7e.delivery.record.v1")},
                                                    {S("ce_agreement"), str_from(s->agreement)},
                                                    {S("content-type"), type}},
                                        .header_count = 6};
    TRY(bus_produce(s->producer, &message, &s->acknowledged[s->waiting]));
    s->waiting++;
    return s->waiting == UNACKNOWLEDGED_MAX ? settle(s) : NULL;
}

static struct err *send_lines(struct sending *s, struct str text)
{
    for (struct str line = {0}; str_cut(&text, '\n', &line);)
        if (str_trim(line).len > 0)
            TRY(send_record(s, str_trim(line), S("application/json")));
    return NULL;
}

static struct err *send_file(void *state, int descriptor, struct str path)
{
    struct sending *s = state;
    buf_clear(&s->content);
    TRY(cli_read(descriptor, &s->content));
    struct str content = buf_str(&s->content);
    if (str_ends(path, S(".xml")))
        return send_record(s, content, S("application/xml"));
    if (str_ends(path, S(".json")))
        return send_record(s, content, S("application/json"));
    if (str_ends(path, S(".jsonl")))
        return send_lines(s, content);
    return err_new(ERR_UNSUPPORTED, "a record is a file .xml or .json, or a line of a .jsonl");
}

static struct err *send_path(struct sending *s, const char *path)
{
    struct stat about;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(ERR_INVALID, "could not open \"%s\"", path);
    if (S_ISDIR(about.st_mode))
        return walk_files(path, path, send_file, s);
    return err_wrap(send_file(s, file, str_from(path)), "\"%s\"", path);
}

struct err *deliver_records(const struct source_system *system, const char *agreement,
                            const struct age_recipient *recipient, const char *path)
{
    char topic[128];
    snprintf(topic, sizeof topic, "deliveries.%s.%s", system->tenant, system->system);
    struct sending s = {.agreement = agreement,
                        .recipient = recipient,
                        .topic = str_from(topic),
                        .content = buf_new(LINES_MAX),
                        .sealed = buf_new(2 * RECORD_MAX)};
    TRY(bus_producer_open(&system->kafka, &s.producer));
    struct err *e = send_path(&s, path);
    struct err *last = settle(&s); /* what was sent before an error is sent */
    bus_producer_close(s.producer);
    buf_free(&s.content);
    buf_free(&s.sealed);
    printf("%llu records\n", (unsigned long long)s.records);
    return e != NULL ? e : last;
}
