/* Segments: sealed while they arrive, read anywhere. */
#include "vault/segment.h"
#include "base/base.h"

#include <sys/stat.h>
#include <unistd.h>

/* Sealed and digested in pieces that stay in the processor's cache. */
enum { PIECE = 4 * AGE_CHUNK, PIECE_SEALED = 6 * (AGE_CHUNK + AGE_TAG) };

uint64_t segment_count(uint64_t bytes)
{
    return bytes == 0 ? 1 : (bytes - 1) / SEGMENT_BYTES + 1;
}

struct segment_name segment_payload_name(struct uuid key_id)
{
    struct segment_name name;
    uuid_print(key_id, name.text);
    return name;
}

struct segment_name segment_header_name(struct uuid key_id)
{
    struct segment_name name = segment_payload_name(key_id);
    memcpy(name.text + UUID_TEXT, ".header", sizeof ".header");
    return name;
}

/* --- writing
 * --------------------------------------------------------------------------------------- */

struct segment_writer {
    int folder;
    const struct segment_key *keys;
    struct segment *segments;
    size_t limit;
    size_t count;        /* segments begun */
    uint64_t segment_at; /* plaintext bytes in the open segment */
    uint64_t bytes;
    int file; /* the open segment's payload, or -1 */
    struct age_stream *stream;
    struct digests *plain;
    struct digests *stored;
    struct buf sealed;
};

struct segment_writer *segment_writer_new(int folder, const struct segment_key *keys, size_t count,
                                          struct segment *out_segments)
{
    struct segment_writer *w = must_calloc(1, sizeof *w);
    *w = (struct segment_writer){.folder = folder,
                                 .keys = keys,
                                 .segments = out_segments,
                                 .limit = count,
                                 .file = -1,
                                 .stream = age_stream_new(),
                                 .plain = digests_new(1U << DIGEST_SHA256),
                                 .stored = digests_new(1U << DIGEST_SHA512),
                                 .sealed = buf_new(PIECE_SEALED)};
    return w;
}

void segment_writer_free(struct segment_writer *w)
{
    if (w == NULL)
        return;
    cleanup_close(&w->file);
    age_stream_free(w->stream);
    digests_free(w->plain);
    digests_free(w->stored);
    buf_free(&w->sealed);
    free(w);
}

/* Writes what was sealed so far. */
static struct err *drain(struct segment_writer *w)
{
    struct str sealed = buf_str(&w->sealed);
    assert(!w->sealed.failed);
    digests_add(w->stored, sealed);
    w->segments[w->count - 1].stored_bytes += sealed.len;
    buf_clear(&w->sealed);
    return err_wrap(vault_write(w->file, sealed), "segment %zu", w->count - 1);
}

static struct err *begin_segment(struct segment_writer *w)
{
    if (w->count == w->limit)
        return err_new(ERR_TOO_LARGE, "the package has over %llu bytes",
                       (unsigned long long)(w->limit * SEGMENT_BYTES));
    const struct segment_key *key = &w->keys[w->count];
    TRY(vault_put(w->folder, segment_header_name(key->id).text, key->header));
    TRY(vault_new_file(w->folder, segment_payload_name(key->id).text, &w->file));
    w->segments[w->count] = (struct segment){.index = (uint32_t)w->count, .key_id = key->id};
    w->segment_at = 0;
    w->count++;
    digests_reset(w->stored, 1U << DIGEST_SHA512);
    age_stream_begin(w->stream, key->key, NULL, &w->sealed);
    return NULL;
}

static struct err *end_segment(struct segment_writer *w)
{
    struct segment *segment = &w->segments[w->count - 1];
    age_stream_end(w->stream, &w->sealed);
    TRY(drain(w));
    digests_end(w->stored);
    memcpy(segment->sha512.bytes, digests_get(w->stored, DIGEST_SHA512).ptr,
           sizeof segment->sha512.bytes);
    segment->plain_bytes = w->segment_at;
    int file = TAKE_FD(w->file);
    return close(file) == 0 ? NULL
                            : err_errno(ERR_STORAGE, "could not write segment %u", segment->index);
}

struct err *segment_writer_add(struct segment_writer *w, struct str bytes)
{
    while (bytes.len > 0) {
        if (w->file < 0)
            TRY(begin_segment(w));
        uint64_t room = SEGMENT_BYTES - w->segment_at;
        struct str piece = str_slice(bytes, 0, room < PIECE ? (size_t)room : PIECE);
        digests_add(w->plain, piece);
        age_stream_add(w->stream, piece, &w->sealed);
        w->segment_at += piece.len;
        w->bytes += piece.len;
        bytes = str_slice(bytes, piece.len, bytes.len);
        TRY(w->segment_at == SEGMENT_BYTES ? end_segment(w) : drain(w));
    }
    return NULL;
}

struct err *segment_writer_end(struct segment_writer *w, struct segment_total *out_total)
{
    if (w->count == 0)
        TRY(begin_segment(w));
    if (w->file >= 0)
        TRY(end_segment(w));
    digests_end(w->plain);
    *out_total = (struct segment_total){.bytes = w->bytes, .segments = w->count};
    memcpy(out_total->sha256.bytes, digests_get(w->plain, DIGEST_SHA256).ptr,
           sizeof out_total->sha256.bytes);
    return NULL;
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

struct err *segment_open_staged(int folder, const struct segment *segments, size_t count,
                                int *out_descriptors)
{
    for (size_t i = 0; i < count; i++) {
        struct err *e =
            vault_file(folder, segment_payload_name(segments[i].key_id).text, &out_descriptors[i]);
        if (e == NULL)
            continue;
        while (i > 0)
            close(out_descriptors[--i]);
        return e;
    }
    return NULL;
}

struct segment_reader {
    const struct segment_file *files;
    size_t count;
    uint64_t bytes;
    const struct segment_file *open; /* the one that `plain` reads, or NULL */
    struct source stored;            /* its payload */
    struct age_reader *plain;
};

/* A row that cannot be true is found before it is used; a file that is not as its row says, too. */
static struct err *check_file(const struct segment_file *file, uint64_t bytes)
{
    struct stat status;
    uint64_t start = file->index * SEGMENT_BYTES;
    uint64_t due = start < bytes && bytes - start < SEGMENT_BYTES ? bytes - start : SEGMENT_BYTES;
    due = bytes == 0 ? 0 : due;
    if (file->index >= segment_count(bytes) || file->plain_bytes != due ||
        file->stored_bytes != age_payload_size(due))
        return err_new(ERR_BUG, "segment %u is recorded with %llu bytes of %llu", file->index,
                       (unsigned long long)file->plain_bytes, (unsigned long long)bytes);
    if (fstat(file->descriptor, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at segment %u", file->index);
    if ((uint64_t)status.st_size != file->stored_bytes)
        return err_new(ERR_CORRUPT, "segment %u has %llu bytes, stored were %llu", file->index,
                       (unsigned long long)status.st_size, (unsigned long long)file->stored_bytes);
    return NULL;
}

struct err *segment_reader_new(const struct segment_file *files, size_t count, uint64_t bytes,
                               struct segment_reader **out_reader)
{
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || files[i - 1].index < files[i].index);
        TRY(check_file(&files[i], bytes));
    }
    struct segment_reader *reader = must_calloc(1, sizeof *reader);
    reader->files = files;
    reader->count = count;
    reader->bytes = bytes;
    reader->plain = age_reader_new();
    *out_reader = reader;
    return NULL;
}

void segment_reader_free(struct segment_reader *reader)
{
    if (reader == NULL)
        return;
    age_reader_free(reader->plain);
    free(reader);
}

static const struct segment_file *find_file(const struct segment_reader *reader, uint64_t index)
{
    size_t low = 0;
    for (size_t high = reader->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (reader->files[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < reader->count && reader->files[low].index == index ? &reader->files[low] : NULL;
}

static struct err *open_segment(struct segment_reader *reader, uint64_t index)
{
    if (reader->open != NULL && reader->open->index == index)
        return NULL;
    const struct segment_file *file = find_file(reader, index);
    if (file == NULL)
        return err_new(ERR_BUG, "segment %llu is read but was not opened",
                       (unsigned long long)index);
    reader->open = NULL;
    reader->stored = source_from_file(&file->descriptor, file->stored_bytes);
    TRY(age_reader_open(reader->plain, &reader->stored, 0, file->stored_bytes, file->key));
    reader->open = file;
    return NULL;
}

static struct err *read_segments(void *state, uint64_t offset, void *out, size_t length)
{
    struct segment_reader *reader = state;
    for (size_t done = 0; done < length;) {
        uint64_t index = (offset + done) / SEGMENT_BYTES;
        uint64_t within = (offset + done) % SEGMENT_BYTES;
        size_t piece = length - done;
        if (piece > SEGMENT_BYTES - within)
            piece = (size_t)(SEGMENT_BYTES - within);
        TRY(err_wrap(open_segment(reader, index), "segment %llu", (unsigned long long)index));
        struct source plain = age_reader_source(reader->plain);
        TRY(err_wrap(source_read(&plain, within, (char *)out + done, piece), "segment %llu",
                     (unsigned long long)index));
        done += piece;
    }
    return NULL;
}

struct source segment_reader_source(struct segment_reader *reader)
{
    return (struct source){read_segments, reader, reader->bytes};
}
