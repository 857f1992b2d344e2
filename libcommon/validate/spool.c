/* A spool: a buffer that becomes an age payload in a file without a name. */
#include "validate/spool.h"

#include "base/base.h"
#include "vault/age.h"
#include "vault/vault.h"

#include <sys/stat.h>

enum { IN_MEMORY = 16 * 1024 * 1024, PIECE = 4 * AGE_CHUNK, SEALED = 6 * AGE_CHUNK };

struct spool {
    int folder;
    int file; /* -1 while all is in memory */
    struct buf held;
    struct str bytes; /* of `held`, once it is read */
    struct file_key *key;
    struct age_stream *stream;
    struct buf sealed;
    struct source stored;
    struct age_reader *plain;
};

struct spool *spool_new(int folder)
{
    struct spool *s = must_calloc(1, sizeof *s);
    s->folder = folder;
    s->file = -1;
    s->held = buf_new(IN_MEMORY);
    s->sealed = buf_new(SEALED);
    return s;
}

void spool_free(struct spool *s)
{
    if (s == NULL)
        return;
    cleanup_close(&s->file);
    buf_free(&s->held);
    buf_free(&s->sealed);
    age_stream_free(s->stream);
    age_reader_free(s->plain);
    file_keys_free(s->key, 1);
    free(s);
}

static struct err *seal(struct spool *s, struct str bytes)
{
    while (bytes.len > 0) {
        struct str piece = str_slice(bytes, 0, PIECE);
        age_stream_add(s->stream, piece, &s->sealed);
        TRY(buf_done(&s->sealed, "a sealed piece"));
        TRY(vault_write(s->file, buf_str(&s->sealed)));
        buf_clear(&s->sealed);
        bytes = str_slice(bytes, piece.len, bytes.len);
    }
    return NULL;
}

static struct err *begin_file(struct spool *s)
{
    TRY(file_keys_new(1, &s->key));
    file_key_random(s->key);
    TRY(vault_scratch_file(s->folder, &s->file));
    s->stream = age_stream_new();
    age_stream_begin(s->stream, s->key, NULL, &s->sealed);
    TRY(seal(s, buf_str(&s->held)));
    buf_free(&s->held);
    return NULL;
}

struct err *spool_add(struct spool *s, struct str bytes)
{
    if (s->file < 0 && s->held.len + bytes.len <= IN_MEMORY) {
        buf_put(&s->held, bytes);
        return NULL;
    }
    if (s->file < 0)
        TRY(begin_file(s));
    return seal(s, bytes);
}

struct err *spool_end(struct spool *s, struct source *out)
{
    struct stat status;
    if (s->file < 0) {
        s->bytes = buf_str(&s->held);
        *out = source_from_str(&s->bytes);
        return NULL;
    }
    if (s->plain != NULL) {
        *out = age_reader_source(s->plain);
        return NULL;
    }
    age_stream_end(s->stream, &s->sealed);
    TRY(vault_write(s->file, buf_str(&s->sealed)));
    if (fstat(s->file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at a spool");
    s->stored = source_from_file(&s->file, (uint64_t)status.st_size);
    s->plain = age_reader_new();
    TRY(age_reader_open(s->plain, &s->stored, 0, s->stored.size, s->key));
    *out = age_reader_source(s->plain);
    return NULL;
}
