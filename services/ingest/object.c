/* Which objects an agreement lets be read, and what a store's answer means. */
#include "services/ingest/object.h"
#include "base/base.h"

enum { BUCKET_MAX = 63, PREFIX_MAX = 256, NAME_MAX_LENGTH = 64, KEY_MAX = 1024, ETAG_MAX = 200 };

/* --- agreements
 * --------------------------------------------------------------------------------- */

static bool is_of(struct str text, size_t least, size_t most, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return text.len >= least && text.len <= most;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Over TLS, or to this machine. */
static bool is_endpoint(struct str endpoint)
{
    const struct str tls = S("https://");
    const struct str plain = S("http://");
    bool secure = str_starts(endpoint, tls);
    int64_t port = 0;
    struct str host = {0};
    struct str rest = str_slice(endpoint, secure ? tls.len : plain.len, endpoint.len);
    if (!secure && !str_starts(endpoint, plain))
        return false;
    if (!str_cut(&rest, ':', &host) || (rest.ptr != NULL && !str_to_i64(rest, 1, 65535, &port)))
        return false;
    if (!secure)
        return str_equal(host, S("127.0.0.1")) || str_equal(host, S("localhost"));
    return is_of(host, 1, 253, ".-");
}

/* Empty, "." and ".." are names of folders, which some stores make of keys. */
static bool has_plain_segments(struct str path)
{
    for (struct str segment; str_cut(&path, '/', &segment);)
        if (segment.len == 0 || str_equal(segment, S(".")) || str_equal(segment, S("..")))
            return false;
    return true;
}

static bool is_prefix(struct str prefix)
{
    return prefix.len == 0 ||
           (is_of(prefix, 2, PREFIX_MAX, UPPER "_=.-/") && str_ends(prefix, S("/")) &&
            has_plain_segments(str_slice(prefix, 0, prefix.len - 1)));
}

struct err *object_store_check(const struct object_store *store)
{
    bool none = store->bucket.ptr == NULL && store->prefix.ptr == NULL &&
                store->region.ptr == NULL && store->credentials.ptr == NULL;
    if (store->endpoint.ptr == NULL)
        return none ? NULL : err_field(ERR_INVALID, "store_endpoint", "needed for an object store");
    if (!is_endpoint(store->endpoint))
        return err_field(ERR_INVALID, "store_endpoint",
                         "not https://host or https://host:port; http is for 127.0.0.1 only");
    if (!is_of(store->bucket, 3, BUCKET_MAX, ".-"))
        return err_field(ERR_INVALID, "store_bucket", "not the name of a bucket");
    if (!is_prefix(store->prefix))
        return err_field(ERR_INVALID, "store_prefix",
                         "not empty, and no plain names with a slash after each");
    if (!is_of(store->region, 1, 32, "-"))
        return err_field(ERR_INVALID, "store_region", "not the name of a region");
    if (!is_of(store->credentials, 1, NAME_MAX_LENGTH, UPPER "_-"))
        return err_field(ERR_INVALID, "store_credentials", "not the name of a file of keys");
    return NULL;
}

/* --- objects
 * ------------------------------------------------------------------------------------ */

static bool is_plain_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if ((unsigned char)key.ptr[i] < 0x20 || key.ptr[i] == 0x7f ||
            strchr("%?#\\", key.ptr[i]) != NULL)
            return false;
    return key.len <= KEY_MAX && str_is_utf8(key) && has_plain_segments(key);
}

struct err *object_key(struct str uri, const struct object_store *store, struct str *out_key)
{
    const struct str scheme = S("s3://");
    struct str bucket = {0};
    struct str key = str_slice(uri, scheme.len, uri.len);
    if (store->endpoint.ptr == NULL)
        return err_rule(ERR_INVALID, "uri_not_agreed", "the agreement has no object store");
    if (!str_starts(uri, scheme) || !str_cut(&key, '/', &bucket) || key.ptr == NULL)
        return err_rule(ERR_INVALID, "uri_not_agreed", "the URI is not s3://bucket/key");
    if (!str_equal(bucket, store->bucket))
        return err_rule(ERR_INVALID, "uri_not_agreed", "the bucket is not the agreement's");
    if (!str_starts(key, store->prefix) || key.len == store->prefix.len)
        return err_rule(ERR_INVALID, "uri_not_agreed",
                        "the key does not begin with the agreement's prefix");
    if (!is_plain_key(key))
        return err_rule(ERR_INVALID, "uri_not_agreed",
                        "the key has empty or dotted segments, or characters that are not taken");
    *out_key = key;
    return NULL;
}

struct str object_url(const struct object_store *store, struct str key, struct arena *arena)
{
    autobuf struct buf url = buf_new((size_t)4 * KEY_MAX);
    buf_format(&url, "%.*s/%.*s/", STR_ARG(store->endpoint), STR_ARG(store->bucket));
    for (size_t i = 0; i < key.len; i++) {
        if (is_of(str_slice(key, i, i + 1), 1, 1, UPPER "-._~/"))
            buf_byte(&url, key.ptr[i]);
        else
            buf_format(&url, "%%%02X", (unsigned)(unsigned char)key.ptr[i]);
    }
    return arena_str(arena, buf_str(&url));
}

/* --- answers
 * ------------------------------------------------------------------------------------ */

/* "bytes 0-67108863/150000000" (RFC 9110 §14.4). */
static bool read_content_range(struct str text, struct object_range *out)
{
    const struct str unit = S("bytes ");
    struct str from = {0};
    struct str to = {0};
    struct str rest = str_slice(text, unit.len, text.len);
    return str_starts(text, unit) && str_cut(&rest, '-', &from) && str_cut(&rest, '/', &to) &&
           str_to_i64(from, 0, INT64_MAX, &out->from) && str_to_i64(to, 0, INT64_MAX, &out->to) &&
           str_to_i64(rest, 0, INT64_MAX, &out->bytes);
}

/* A strong one: a weak one says of no byte that it is the same. */
static bool is_etag(struct str etag)
{
    for (size_t i = 0; i < etag.len; i++)
        if (etag.ptr[i] < 0x21 || etag.ptr[i] > 0x7e)
            return false;
    return etag.len > 2 && etag.len <= ETAG_MAX && etag.ptr[0] == '"' && str_ends(etag, S("\""));
}

static struct err *judge_success(const struct object_head *head, const struct object_range *asked)
{
    struct object_range got = {0};
    if (head->status != 206 || !read_content_range(head->content_range, &got) ||
        !is_etag(head->etag))
        return err_new(ERR_TRANSIENT, "the object store gives no ranges with ETags");
    if (asked->etag.ptr != NULL && !str_equal(asked->etag, head->etag))
        return err_rule(ERR_CORRUPT, "object_changed",
                        "the object was changed while it was fetched");
    if (got.bytes != asked->bytes)
        return err_rule(ERR_CORRUPT, "bytes_mismatch",
                        "the object does not have as many bytes as were announced");
    return got.from == asked->from && got.to == asked->to - 1
               ? NULL
               : err_new(ERR_TRANSIENT, "the object store gave other bytes than were asked for");
}

struct err *object_judge(const struct object_head *head, const struct object_range *asked)
{
    switch (head->status) {
    case 404:
        return err_rule(ERR_NOT_FOUND, "object_missing", "the object store has no such object");
    case 412:
        return err_rule(ERR_CORRUPT, "object_changed",
                        "the object was changed while it was fetched");
    case 416:
        return err_rule(ERR_CORRUPT, "bytes_mismatch",
                        "the object does not have as many bytes as were announced");
    default:
        return head->status >= 200 && head->status <= 299
                   ? judge_success(head, asked)
                   : err_new(ERR_TRANSIENT, "the object store answered %d", head->status);
    }
}
