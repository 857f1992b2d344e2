/* Bytes that arrive over time: sealed chunk by chunk, laid down at a chunk's boundary. */
#include "vault/intake.h"
#include "base/base.h"
#include "base/fault.h"
#include "vault/flush.h"

#include <unistd.h>

enum { DRAIN = 4 * AGE_CHUNK, SEALED_LIMIT = DRAIN + 2 * (AGE_CHUNK + AGE_TAG) };

struct intake {
    int folder;
    uint64_t bytes;               /* of the whole package */
    struct running_digest digest; /* up to the last whole chunk */
    struct sha256 sha256;         /* of all, at the end */
    struct segment segment;       /* the open one; plain_bytes is what was sealed of it */
    uint64_t due;                 /* plain bytes it will have */
    int file;                     /* its payload, or -1 */
    size_t held;                  /* bytes of a chunk that is not whole yet */
    char chunk[AGE_CHUNK];
    struct age_stream *stream;
    struct digests *stored;
    struct buf sealed;
};

struct intake *intake_new(int folder, uint64_t bytes, const struct running_digest *from)
{
    struct intake *in = must_calloc(1, sizeof *in);
    in->folder = folder;
    in->bytes = bytes;
    in->digest = *from;
    in->file = -1;
    in->stream = age_stream_new();
    in->stored = digests_new(1U << DIGEST_SHA512);
    in->sealed = buf_new(SEALED_LIMIT);
    return in;
}

void intake_free(struct intake *in)
{
    if (in == NULL)
        return;
    cleanup_close(&in->file);
    age_stream_free(in->stream);
    digests_free(in->stored);
    buf_free(&in->sealed);
    memset(in->chunk, 0, sizeof in->chunk);
    free(in);
}

/* Writes what was sealed so far. */
static struct err *drain(struct intake *in)
{
    struct str sealed = buf_str(&in->sealed);
    assert(!in->sealed.failed);
    FAULT("vault.before_piece");
    TRY(err_wrap(vault_write(in->file, sealed), "segment %u", in->segment.index));
    digests_add(in->stored, sealed);
    in->segment.stored_bytes += sealed.len;
    buf_clear(&in->sealed);
    return NULL;
}

/* A whole chunk, or the rest of the segment. */
static struct err *seal_chunk(struct intake *in, struct str plain)
{
    age_stream_add(in->stream, plain, &in->sealed);
    in->segment.plain_bytes += plain.len;
    if (in->segment.plain_bytes == in->due)
        age_stream_end(in->stream, &in->sealed);
    else
        age_stream_push(in->stream, &in->sealed);
    return in->sealed.len >= DRAIN ? drain(in) : NULL;
}

static struct err *take_chunk(struct intake *in, struct str plain)
{
    if (in->digest.bytes + plain.len == in->bytes)
        in->sha256 = running_digest_end(&in->digest, plain);
    else
        running_digest_add(&in->digest, plain);
    return seal_chunk(in, plain);
}

/* The unfinished segment's bytes up to the place. Its payload was never ended, so it is read as the
 * beginning of a longer one: no chunk of it is the last. */
static struct err *copy_old(struct intake *in, const struct segment_key *old, uint64_t length)
{
    autoclose int file = -1;
    TRY(vault_file(in->folder, segment_payload_name(old->id).text, &file));
    uint64_t stored = age_payload_size(length + 1);
    struct source payload = source_from_file(&file, stored);
    struct age_reader *reader = age_reader_new();
    struct err *e = age_reader_open(reader, &payload, 0, stored, old->key);
    struct source plain = age_reader_source(reader);
    for (uint64_t at = 0; e == NULL && at < length; at += AGE_CHUNK) {
        e = source_read(&plain, at, in->chunk, AGE_CHUNK);
        if (e == NULL)
            e = seal_chunk(in, (struct str){in->chunk, AGE_CHUNK});
    }
    age_reader_free(reader);
    return err_wrap(e, "segment %u", in->segment.index);
}

struct err *intake_begin(struct intake *in, const struct segment_key *key,
                         const struct segment_key *old)
{
    uint64_t start = in->digest.bytes & ~(SEGMENT_BYTES - 1);
    uint64_t within = in->digest.bytes - start;
    if (in->file >= 0 || in->digest.bytes >= in->bytes || within % AGE_CHUNK != 0 ||
        (within > 0) != (old != NULL))
        return ERR_BUG_AT("a segment was begun at a place that is none");
    in->due = in->bytes - start < SEGMENT_BYTES ? in->bytes - start : SEGMENT_BYTES;
    in->segment = (struct segment){.index = (uint32_t)(start / SEGMENT_BYTES), .key_id = key->id};
    in->held = 0;
    buf_clear(&in->sealed);
    digests_reset(in->stored, 1U << DIGEST_SHA512);
    TRY(vault_put(in->folder, segment_header_name(key->id).text, key->header));
    TRY(vault_new_file(in->folder, segment_payload_name(key->id).text, &in->file));
    age_stream_begin(in->stream, key->key, NULL, &in->sealed);
    return old != NULL ? copy_old(in, old, within) : NULL;
}

bool intake_is_full(const struct intake *in)
{
    return in->file >= 0 && in->segment.plain_bytes == in->due;
}

struct err *intake_add(struct intake *in, struct str *bytes)
{
    while (bytes->len > 0 && !intake_is_full(in)) {
        uint64_t left = in->due - in->segment.plain_bytes;
        size_t whole = left < AGE_CHUNK ? (size_t)left : AGE_CHUNK;
        struct str piece = str_slice(*bytes, 0, whole - in->held);
        *bytes = str_slice(*bytes, piece.len, bytes->len);
        if (in->held > 0 || piece.len < whole) {
            memcpy(in->chunk + in->held, piece.ptr, piece.len);
            in->held += piece.len;
            piece = (struct str){in->chunk, in->held};
        }
        if (piece.len < whole)
            return NULL;
        in->held = 0;
        TRY(take_chunk(in, piece));
    }
    return NULL;
}

/* Payload, header, and the names of both. */
static struct err *flush(const struct intake *in)
{
    autoclose int header = -1;
    TRY(vault_file(in->folder, segment_header_name(in->segment.key_id).text, &header));
    FAULT("vault.before_piece_flush");
    if (fsync(in->file) != 0 || fsync(header) != 0)
        return err_errno(ERR_STORAGE, "could not flush segment %u", in->segment.index);
    return flush_folder(in->folder);
}

struct err *intake_end(struct intake *in, struct segment *out_segment,
                       struct running_digest *out_place)
{
    TRY(drain(in));
    TRY(flush(in));
    digests_end(in->stored);
    memcpy(in->segment.sha512.bytes, digests_get(in->stored, DIGEST_SHA512).ptr,
           sizeof in->segment.sha512.bytes);
    int file = TAKE_FD(in->file);
    if (close(file) != 0)
        return err_errno(ERR_STORAGE, "could not write segment %u", in->segment.index);
    *out_segment = in->segment;
    *out_place = in->digest;
    return NULL;
}

struct sha256 intake_sha256(const struct intake *in)
{
    return in->sha256;
}
