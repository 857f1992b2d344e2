/* Writing and reading the sealed files of a spool. */
#include "services/ingest/spool.h"
#include "base/base.h"

#include <unistd.h>

enum { FRAME_HEAD = 8, WRITE_AT_ONCE = 1024 * 1024, BUFFER_MAX = 2 * WRITE_AT_ONCE };

struct err *spool_put_headers(int folder, const struct segment_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(vault_put(folder, segment_header_name(keys[i].id).text, keys[i].header));
    return NULL;
}

/* --- writing
 * ---------------------------------------------------------------------------------------- */

struct spool_writer {
    int file;
    struct age_stream *stream;
    struct buf sealed;
    struct spool_size size;
};

static struct err *empty(struct spool_writer *w)
{
    TRY(buf_done(&w->sealed, "a piece of the spool"));
    TRY(vault_write(w->file, buf_str(&w->sealed)));
    w->size.stored += w->sealed.len;
    buf_clear(&w->sealed);
    return NULL;
}

/* Pieces small enough that what they become always fits. */
static struct err *add(struct spool_writer *w, struct str plain)
{
    w->size.bytes += plain.len;
    for (size_t at = 0; at < plain.len; at += AGE_CHUNK) {
        age_stream_add(w->stream, str_slice(plain, at, at + AGE_CHUNK), &w->sealed);
        if (w->sealed.len >= WRITE_AT_ONCE)
            TRY(empty(w));
    }
    return NULL;
}

struct err *spool_writer_add(struct spool_writer *w, const struct spool_record *record)
{
    char head[FRAME_HEAD] = {0};
    assert(record->identity.len <= UINT16_MAX && record->content.len <= UINT32_MAX);
    for (size_t i = 0; i < 4; i++)
        head[i] = (char)(uint8_t)(record->content.len >> (8 * i));
    for (size_t i = 0; i < 2; i++)
        head[4 + i] = (char)(uint8_t)(record->identity.len >> (8 * i));
    head[6] = (char)record->form;
    TRY(add(w, (struct str){head, sizeof head}));
    TRY(add(w, record->identity));
    return add(w, record->content);
}

void spool_writer_drop(struct spool_writer **writer)
{
    struct spool_writer *w = *writer;
    if (w == NULL)
        return;
    age_stream_free(w->stream);
    buf_free(&w->sealed);
    if (w->file >= 0)
        close(w->file);
    free(w);
    *writer = NULL;
}

struct err *spool_writer_new(int folder, struct uuid key_id, const struct file_key *key,
                             struct spool_writer **out)
{
    autospool_writer struct spool_writer *w = must_calloc(1, sizeof *w);
    *w = (struct spool_writer){-1, age_stream_new(), buf_new(BUFFER_MAX), {0}};
    TRY(vault_new_file(folder, segment_payload_name(key_id).text, &w->file));
    age_stream_begin(w->stream, key, NULL, &w->sealed);
    *out = TAKE(w);
    return NULL;
}

struct err *spool_writer_end(struct spool_writer *w, struct spool_size *out)
{
    age_stream_end(w->stream, &w->sealed);
    TRY(empty(w));
    *out = w->size;
    return NULL;
}

/* --- reading
 * ---------------------------------------------------------------------------------------- */

struct spool_reader {
    int file;
    struct source sealed;
    struct age_reader *age;
    struct source plain;
    uint64_t at;
    struct buf texts;
};

void spool_reader_drop(struct spool_reader **reader)
{
    struct spool_reader *r = *reader;
    if (r == NULL)
        return;
    age_reader_free(r->age);
    if (r->file >= 0)
        close(r->file);
    buf_free(&r->texts);
    free(r);
    *reader = NULL;
}

struct err *spool_open(int folder, struct uuid key_id, const struct file_key *key,
                       struct spool_size size, struct spool_reader **out)
{
    autospool_reader struct spool_reader *r = must_calloc(1, sizeof *r);
    r->file = -1;
    r->texts = buf_new(UINT32_MAX);
    r->age = age_reader_new();
    TRY(vault_file(folder, segment_payload_name(key_id).text, &r->file));
    r->sealed = source_from_file(&r->file, size.stored);
    TRY(age_reader_open(r->age, &r->sealed, 0, size.stored, key));
    r->plain = age_reader_source(r->age);
    if (r->plain.size != size.bytes)
        return err_new(ERR_CORRUPT, "a spool file is not as long as it was");
    *out = TAKE(r);
    return NULL;
}

struct err *spool_next(struct spool_reader *r, struct spool_record *out, bool *out_more)
{
    uint8_t head[FRAME_HEAD];
    *out_more = r->at < r->plain.size;
    if (!*out_more)
        return NULL;
    TRY(source_read(&r->plain, r->at, head, sizeof head));
    size_t content =
        (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    size_t identity = (size_t)head[4] | (size_t)head[5] << 8;
    if (head[6] >= RECORD_FORMS || content + identity > r->plain.size - r->at - FRAME_HEAD)
        return err_new(ERR_CORRUPT, "a spool file does not hold whole records");
    buf_clear(&r->texts);
    char *at = buf_reserve(&r->texts, identity + content);
    TRY(buf_done(&r->texts, "a record of the spool"));
    TRY(source_read(&r->plain, r->at + FRAME_HEAD, at, identity + content));
    r->at += FRAME_HEAD + identity + content;
    *out =
        (struct spool_record){{at, identity}, (enum record_form)head[6], {at + identity, content}};
    return NULL;
}
