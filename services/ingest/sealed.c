/* What came encrypted: found, measured, and opened while it is sealed anew. */
#include "services/ingest/sealed.h"
#include "base/base.h"
#include "services/ingest/gather.h"

#include <openssl/crypto.h>

bool sealed_is(struct str value)
{
    return str_starts(value, S("age-encryption.org/")) ||
           str_starts(value, S("-----BEGIN AGE ENCRYPTED FILE-----"));
}

/* A refusal has a rule, for it becomes a receipt. */
static struct err *with_rule(struct err *e)
{
    return e == NULL || e->rule != NULL ? e : err_rule(e->code, "age_damaged", "%s", e->detail);
}

void sealed_find(const struct bus_message *raw, struct message *out)
{
    struct str value = raw->value;
    struct source file = source_from_str(&value);
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    uint64_t plain = 0;
    struct err *e = age_header_read(&file, &header);
    if (e == NULL)
        e = age_plain_size(value.len - header.len, &plain);
    out->unopened = with_rule(e);
    if (out->unopened == NULL)
        out->sealed = str_slice(value, 0, header.len);
}

/* The plaintext goes to one of the two, piece by piece. */
static struct err *pass_on(const struct source *plain, struct digests *digests,
                           struct segment_writer *writer)
{
    char piece[AGE_CHUNK];
    struct err *e = NULL;
    for (uint64_t at = 0; e == NULL && at < plain->size; at += AGE_CHUNK) {
        size_t length = plain->size - at < AGE_CHUNK ? (size_t)(plain->size - at) : AGE_CHUNK;
        e = source_read(plain, at, piece, length);
        if (e == NULL && writer != NULL)
            e = segment_writer_add(writer, (struct str){piece, length});
        else if (e == NULL)
            digests_add(digests, (struct str){piece, length});
    }
    OPENSSL_cleanse(piece, sizeof piece);
    return e;
}

static struct err *open_all(const struct message *m, struct digests *digests,
                            struct segment_writer *writer, uint64_t *out_bytes)
{
    struct str value = m->raw->value;
    struct source file = source_from_str(&value);
    struct age_reader *reader = age_reader_new();
    struct err *e = age_reader_open_file(reader, &file, m->opened);
    if (e == NULL) {
        struct source plain = age_reader_source(reader);
        *out_bytes = plain.size;
        e = pass_on(&plain, digests, writer);
    }
    age_reader_free(reader);
    return e;
}

void sealed_measure(const struct message *m, struct door_facts *facts)
{
    uint64_t bytes = 0;
    struct digests *digests = digests_new(1U << DIGEST_SHA256);
    facts->unopened = m->unopened;
    if (facts->unopened == NULL)
        facts->unopened = with_rule(open_all(m, digests, NULL, &bytes));
    if (facts->unopened == NULL) {
        digests_end(digests);
        memcpy(facts->sha256.bytes, digests_get(digests, DIGEST_SHA256).ptr,
               sizeof facts->sha256.bytes);
        facts->bytes = (int64_t)bytes;
    } else {
        facts->sha256 = sha256_of(m->raw->value);
        facts->bytes = (int64_t)m->raw->value.len;
    }
    digests_free(digests);
}

struct err *sealed_add(const struct message *m, struct segment_writer *writer)
{
    uint64_t bytes = 0;
    return open_all(m, NULL, writer, &bytes);
}

/* --- records
 * ----------------------------------------------------------------------------------------- */

size_t sealed_bytes(const struct message *m)
{
    uint64_t plain = 0;
    if (m->sealed.len == 0 || age_plain_size(m->raw->value.len - m->sealed.len, &plain) != NULL)
        return 0;
    return (size_t)plain;
}

struct err *sealed_read(const struct message *m, struct age_reader *reader, char *out)
{
    struct str value = m->raw->value;
    struct source file = source_from_str(&value);
    struct err *e = age_reader_open_file(reader, &file, m->opened);
    if (e == NULL) {
        struct source plain = age_reader_source(reader);
        e = source_read(&plain, 0, out, (size_t)plain.size);
    }
    return with_rule(e);
}

struct err *sealed_opens(const struct message *m)
{
    size_t length = sealed_bytes(m);
    if (!is_record(m) || length > RECORD_BYTES_MAX)
        return NULL; /* too large a record is refused for that */
    struct age_reader *reader = age_reader_new();
    char *plain = must_calloc(length + 1, 1);
    struct err *e = sealed_read(m, reader, plain);
    OPENSSL_cleanse(plain, length);
    free(plain);
    age_reader_free(reader);
    return e;
}
