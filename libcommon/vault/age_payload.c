/* The payload of an age file: sealed as a stream, opened anywhere. */
#include "base/base.h"
#include "base/digest.h"
#include "vault/age.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

enum { SEALED = AGE_CHUNK + AGE_TAG, KEPT = 4 };

uint64_t age_payload_size(uint64_t plain)
{
    uint64_t chunks = plain == 0 ? 1 : (plain - 1) / AGE_CHUNK + 1;
    return AGE_NONCE + plain + chunks * AGE_TAG;
}

struct err *age_plain_size(uint64_t payload, uint64_t *out_plain)
{
    uint64_t sealed = payload < AGE_NONCE ? 0 : payload - AGE_NONCE;
    uint64_t chunks = (sealed + SEALED - 1) / SEALED;
    /* The last chunk holds at least one byte, but for the only chunk of an empty payload. */
    uint64_t last = chunks > 0 ? sealed - (chunks - 1) * SEALED : 0;
    if (last < AGE_TAG || (last == AGE_TAG && chunks > 1))
        return err_new(ERR_CORRUPT, "an age payload cannot have %llu bytes",
                       (unsigned long long)payload);
    *out_plain = sealed - chunks * AGE_TAG;
    return NULL;
}

/* Keys the context once; each chunk then only sets its nonce. */
static void set_key(EVP_CIPHER_CTX *context, bool sealing, const struct file_key *key,
                    const uint8_t nonce[AGE_NONCE])
{
    struct sha256 payload_key =
        age_hkdf((struct str){(const char *)key->bytes, sizeof key->bytes},
                 (struct str){(const char *)nonce, AGE_NONCE}, S("payload"));
    if (EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), NULL, payload_key.bytes, NULL,
                          sealing ? 1 : 0) != 1)
        abort();
    OPENSSL_cleanse(&payload_key, sizeof payload_key);
}

/* Eleven bytes of the chunk's number, big-endian, and one that marks the last. */
static void set_nonce(EVP_CIPHER_CTX *context, uint64_t chunk, bool last)
{
    uint8_t nonce[12] = {0};
    for (int i = 0; i < 8; i++)
        nonce[10 - i] = (uint8_t)(chunk >> 8 * i);
    nonce[11] = last ? 1 : 0;
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, -1) != 1)
        abort();
}

/* --- sealing
 * --------------------------------------------------------------------------------------- */

struct age_stream {
    EVP_CIPHER_CTX *context;
    uint64_t chunk;
    size_t held_length; /* up to a full chunk waits: only when more comes is it known not to be the
                           last */
    char held[AGE_CHUNK];
};

struct age_stream *age_stream_new(void)
{
    struct age_stream *stream = must_calloc(1, sizeof *stream);
    stream->context = EVP_CIPHER_CTX_new();
    if (stream->context == NULL)
        abort();
    return stream;
}

void age_stream_free(struct age_stream *stream)
{
    if (stream == NULL)
        return;
    EVP_CIPHER_CTX_free(stream->context);
    OPENSSL_cleanse(stream->held, sizeof stream->held);
    free(stream);
}

static void seal(struct age_stream *stream, struct str plain, bool last, struct buf *out)
{
    uint8_t *at = (uint8_t *)buf_reserve(out, plain.len + AGE_TAG);
    int length = 0;
    int rest = 0;
    if (at == NULL)
        return;
    set_nonce(stream->context, stream->chunk++, last);
    if ((plain.len > 0 && EVP_EncryptUpdate(stream->context, at, &length,
                                            (const uint8_t *)plain.ptr, (int)plain.len) != 1) ||
        EVP_EncryptFinal_ex(stream->context, at + length, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(stream->context, EVP_CTRL_AEAD_GET_TAG, AGE_TAG, at + plain.len) != 1)
        abort();
    out->len += plain.len + AGE_TAG;
    out->ptr[out->len] = '\0';
}

void age_stream_begin(struct age_stream *stream, const struct file_key *key,
                      const uint8_t nonce[AGE_NONCE], struct buf *out)
{
    uint8_t drawn[AGE_NONCE];
    if (nonce != NULL)
        memcpy(drawn, nonce, sizeof drawn);
    else if (RAND_bytes(drawn, sizeof drawn) != 1)
        abort();
    set_key(stream->context, true, key, drawn);
    stream->chunk = 0;
    stream->held_length = 0;
    buf_put(out, (struct str){(const char *)drawn, sizeof drawn});
}

void age_stream_add(struct age_stream *stream, struct str plain, struct buf *out)
{
    while (plain.len > 0) {
        if (stream->held_length == AGE_CHUNK) {
            seal(stream, (struct str){stream->held, AGE_CHUNK}, false, out);
            stream->held_length = 0;
        }
        if (stream->held_length == 0 && plain.len > AGE_CHUNK) {
            seal(stream, str_slice(plain, 0, AGE_CHUNK), false, out);
            plain = str_slice(plain, AGE_CHUNK, plain.len);
            continue;
        }
        struct str piece = str_slice(plain, 0, AGE_CHUNK - stream->held_length);
        memcpy(stream->held + stream->held_length, piece.ptr, piece.len);
        stream->held_length += piece.len;
        plain = str_slice(plain, piece.len, plain.len);
    }
}

void age_stream_push(struct age_stream *stream, struct buf *out)
{
    if (stream->held_length < AGE_CHUNK)
        return;
    seal(stream, (struct str){stream->held, AGE_CHUNK}, false, out);
    stream->held_length = 0;
}

void age_stream_end(struct age_stream *stream, struct buf *out)
{
    seal(stream, (struct str){stream->held, stream->held_length}, true, out);
    EVP_CIPHER_CTX_reset(stream->context);
}

/* --- opening
 * --------------------------------------------------------------------------------------- */

struct kept_chunk {
    uint64_t number; /* UINT64_MAX: none */
    uint64_t used;   /* when, in reads */
    uint8_t *plain;  /* AGE_CHUNK bytes, made when first needed: most readers read one record */
};

struct age_reader {
    EVP_CIPHER_CTX *context;
    const struct source *file;
    uint64_t start;
    uint64_t chunks;
    uint64_t size; /* of the plaintext */
    uint64_t reads;
    uint8_t sealed[SEALED];
    struct kept_chunk kept[KEPT];
};

struct age_reader *age_reader_new(void)
{
    struct age_reader *reader = must_calloc(1, sizeof *reader);
    reader->context = EVP_CIPHER_CTX_new();
    if (reader->context == NULL)
        abort();
    return reader;
}

void age_reader_free(struct age_reader *reader)
{
    if (reader == NULL)
        return;
    EVP_CIPHER_CTX_free(reader->context);
    for (size_t i = 0; i < KEPT; i++)
        OPENSSL_clear_free(reader->kept[i].plain, AGE_CHUNK);
    free(reader);
}

struct err *age_reader_open(struct age_reader *reader, const struct source *file, uint64_t start,
                            uint64_t length, const struct file_key *key)
{
    uint8_t nonce[AGE_NONCE];
    uint64_t size;
    TRY(age_plain_size(length, &size));
    TRY(source_read(file, start, nonce, sizeof nonce));
    set_key(reader->context, false, key, nonce);
    reader->file = file;
    reader->start = start + AGE_NONCE;
    reader->size = size;
    reader->chunks = size == 0 ? 1 : (size - 1) / AGE_CHUNK + 1;
    for (size_t i = 0; i < KEPT; i++)
        reader->kept[i].number = UINT64_MAX;
    return NULL;
}

static size_t chunk_length(const struct age_reader *reader, uint64_t chunk)
{
    return chunk + 1 < reader->chunks ? AGE_CHUNK : (size_t)(reader->size - chunk * AGE_CHUNK);
}

/* Opens a chunk into `out`, which has room for all of it. */
static struct err *open_chunk(struct age_reader *reader, uint64_t chunk, uint8_t *out)
{
    int length = 0;
    int rest = 0;
    uint8_t nothing[AGE_TAG];
    size_t plain = chunk_length(reader, chunk);
    TRY(source_read(reader->file, reader->start + chunk * SEALED, reader->sealed, plain + AGE_TAG));
    set_nonce(reader->context, chunk, chunk + 1 == reader->chunks);
    if (EVP_CIPHER_CTX_ctrl(reader->context, EVP_CTRL_AEAD_SET_TAG, AGE_TAG,
                            reader->sealed + plain) != 1 ||
        (plain > 0 &&
         EVP_DecryptUpdate(reader->context, out, &length, reader->sealed, (int)plain) != 1))
        abort();
    if (EVP_DecryptFinal_ex(reader->context, nothing, &rest) == 1)
        return NULL;
    OPENSSL_cleanse(out, plain);
    return err_new(ERR_CORRUPT, "the sealed bytes were changed or cut: chunk %llu does not open",
                   (unsigned long long)chunk);
}

/* The chunk from those kept, or opened in the place of the one used longest ago. */
static struct err *keep_chunk(struct age_reader *reader, uint64_t chunk, const uint8_t **out_plain)
{
    struct kept_chunk *oldest = &reader->kept[0];
    for (struct kept_chunk *k = reader->kept; k < reader->kept + KEPT; k++) {
        if (k->number == chunk) {
            k->used = ++reader->reads;
            *out_plain = k->plain;
            return NULL;
        }
        if (k->used < oldest->used)
            oldest = k;
    }
    oldest->number = UINT64_MAX;
    if (oldest->plain == NULL)
        oldest->plain = OPENSSL_malloc(AGE_CHUNK);
    if (oldest->plain == NULL)
        abort();
    TRY(open_chunk(reader, chunk, oldest->plain));
    oldest->number = chunk;
    oldest->used = ++reader->reads;
    *out_plain = oldest->plain;
    return NULL;
}

static struct err *read_plain(void *state, uint64_t offset, void *out, size_t length)
{
    struct age_reader *reader = state;
    for (size_t done = 0; done < length;) {
        uint64_t chunk = (offset + done) / AGE_CHUNK;
        size_t within = (size_t)((offset + done) % AGE_CHUNK);
        size_t piece = chunk_length(reader, chunk) - within;
        if (piece > length - done)
            piece = length - done;
        if (within == 0 && piece == chunk_length(reader, chunk)) {
            TRY(open_chunk(reader, chunk, (uint8_t *)out + done));
        } else {
            const uint8_t *plain;
            TRY(keep_chunk(reader, chunk, &plain));
            memcpy((char *)out + done, plain + within, piece);
        }
        done += piece;
    }
    return NULL;
}

struct source age_reader_source(struct age_reader *reader)
{
    return (struct source){read_plain, reader, reader->size};
}

struct err *age_reader_open_file(struct age_reader *reader, const struct source *file,
                                 const struct file_key *key)
{
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    const uint8_t *last;
    TRY(age_header_read(file, &header));
    TRY(age_reader_open(reader, file, header.len, file->size - header.len, key));
    return keep_chunk(reader, reader->chunks - 1, &last);
}
