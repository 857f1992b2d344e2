/* From a row to its leaf, and to its line in an extract. */
#include "tlog/row.h"
#include "base/base.h"
#include "text/json.h"
#include "tlog/row_inside.h"
#include "tlog/tree.h"

#define LEAF_WORD "r7e-leaf-v1"

const struct field tlog_row_fields[] = {
    FIELD(struct tlog_row, id, REQUIRED),
    FIELD(struct tlog_row, at, REQUIRED),
    FIELD(struct tlog_row, subject_kind, REQUIRED),
    FIELD(struct tlog_row, subject, REQUIRED),
    FIELD(struct tlog_row, subject_name, REQUIRED, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, assignment, OPTIONAL),
    FIELD(struct tlog_row, role, OPTIONAL, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, unit, OPTIONAL, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, care_provider, OPTIONAL, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, person, OPTIONAL),
    FIELD(struct tlog_row, action, REQUIRED),
    FIELD(struct tlog_row, purpose, REQUIRED),
    FIELD(struct tlog_row, records, REQUIRED),
    FIELD(struct tlog_row, what, OPTIONAL, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, reasons, REQUIRED, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, obligations, OPTIONAL, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, reason, OPTIONAL, .max = LOG_WHAT_MAX),
    FIELD(struct tlog_row, request, REQUIRED),
    FIELD(struct tlog_row, trace, OPTIONAL),
    FIELD(struct tlog_row, salt, REQUIRED),
    FIELD(struct tlog_row, member_salt, REQUIRED),
    FIELD(struct tlog_row, leaf, OPTIONAL),
    FIELDS_END};

const struct log_member_kind log_members[] = {
#define OPEN(name)    {#name, false},
#define COVERED(name) {#name, true},
#include "tlog/row_members.def"
#undef OPEN
#undef COVERED
};

const unsigned log_covered =
#define OPEN(name)
#define COVERED(name) 1U << LOG_MEMBER_##name |
#include "tlog/row_members.def"
#undef OPEN
#undef COVERED
    0;

/* --- values */

/* Every member but the region has one. */
static const struct field *field_of(const char *name)
{
    const struct field *f = tlog_row_fields;
    while (!str_equal(str_from(f->name), str_from(name)))
        f++;
    return f;
}

static void put_json(struct str text, struct buf *out)
{
    size_t before = out->len;
    if (json_canonical(text, out) == NULL)
        return;
    buf_cut(out, before);
    json_canonical_string(text, out);
}

/* The member's value as RFC 8785 has it; nothing when the row has none. */
static void put_value(const struct tlog_row *row, struct str tenant, size_t member, struct buf *out)
{
    if (member == LOG_MEMBER_tenant) {
        json_canonical_string(tenant, out);
        return;
    }
    const struct field *f = field_of(log_members[member].name);
    if (f->presence == OPTIONAL && field_is_absent(f, row))
        return;
    if (f->type == FIELD_STR) {
        json_canonical_string(FIELD_GET(row, f, struct str), out);
    } else if (f->type == FIELD_JSON) {
        put_json(FIELD_GET(row, f, struct json_text).text, out);
    } else if (f->type == FIELD_I64) {
        field_to_text(f, row, out);
    } else { /* an id or an instant: no character of it is escaped */
        buf_byte(out, '"');
        field_to_text(f, row, out);
        buf_byte(out, '"');
    }
}

static struct sha256 member_key(const struct tlog_row *row, size_t member)
{
    const struct str name = str_from(log_members[member].name);
    return hmac_sha256(row->member_salt.raw, &name, 1);
}

static struct str bytes_of(const struct sha256 *hash)
{
    return (struct str){(const char *)hash->bytes, sizeof hash->bytes};
}

void log_put_hash(const struct sha256 *hash, struct buf *out)
{
    buf_byte(out, '"');
    buf_base64(out, bytes_of(hash));
    buf_byte(out, '"');
}

struct sha256 log_member_commitment(struct str key, struct str value)
{
    return hmac_sha256(key, &value, 1);
}

/* A member's name, behind what stands there already. */
static void put_name(size_t member, bool first, struct buf *out)
{
    buf_put(out, first ? S("\"") : S(",\""));
    buf_put(out, str_from(log_members[member].name));
    buf_put(out, S("\":"));
}

struct sha256 log_commitment_of(struct str salt, const struct log_members_json *members)
{
    autobuf struct buf json = buf_new((size_t)4 * LOG_WHAT_MAX);
    buf_byte(&json, '{');
    for (size_t i = 0; i < LOG_MEMBERS; i++) {
        if (members->at[i].ptr == NULL)
            continue;
        put_name(i, json.len == 1, &json);
        buf_put(&json, members->at[i]);
    }
    buf_byte(&json, '}');
    const struct str text = buf_str(&json);
    assert(!json.failed);
    return hmac_sha256(salt, &text, 1);
}

/* --- the leaf */

struct sha256 log_commitment(const struct tlog_row *row, struct str tenant)
{
    autobuf struct buf texts = buf_new((size_t)16 * LOG_WHAT_MAX);
    size_t ends[LOG_MEMBERS];
    for (size_t i = 0; i < LOG_MEMBERS; i++) {
        size_t from = texts.len;
        put_value(row, tenant, i, &texts);
        if (log_members[i].covered && texts.len > from) {
            struct sha256 key = member_key(row, i);
            struct sha256 covered =
                log_member_commitment(bytes_of(&key), str_slice(buf_str(&texts), from, texts.len));
            buf_cut(&texts, from);
            log_put_hash(&covered, &texts);
        }
        ends[i] = texts.len;
    }
    struct log_members_json members = {{{0}}};
    for (size_t i = 0, from = 0; i < LOG_MEMBERS; from = ends[i++])
        if (ends[i] > from)
            members.at[i] = str_slice(buf_str(&texts), from, ends[i]);
    assert(!texts.failed);
    return log_commitment_of(row->salt.raw, &members);
}

void log_record(struct sha256 commitment, char out[LOG_RECORD])
{
    memcpy(out, LEAF_WORD, sizeof LEAF_WORD - 1);
    memcpy(out + sizeof LEAF_WORD - 1, commitment.bytes, sizeof commitment.bytes);
}

struct sha256 log_leaf(struct sha256 commitment)
{
    char record[LOG_RECORD];
    log_record(commitment, record);
    return tree_leaf((struct str){record, sizeof record});
}

/* --- in an extract */

enum part { SHOWN, KEYS, WITHHELD };

/* One of the three objects of members. */
static void put_members(const struct tlog_row *row, struct str tenant, unsigned withheld,
                        enum part part, struct buf *out)
{
    bool some = false;
    for (size_t i = 0; i < LOG_MEMBERS; i++) {
        autobuf struct buf value = buf_new((size_t)2 * LOG_WHAT_MAX);
        bool hidden = log_members[i].covered && (withheld & 1U << i) != 0;
        if ((part == WITHHELD) != hidden || (part == KEYS && !log_members[i].covered))
            continue;
        put_value(row, tenant, i, &value);
        if (value.len == 0)
            continue;
        put_name(i, !some, out);
        some = true;
        struct sha256 key = member_key(row, i);
        struct sha256 covered = log_member_commitment(bytes_of(&key), buf_str(&value));
        if (part == SHOWN)
            buf_put(out, buf_str(&value));
        else
            log_put_hash(part == KEYS ? &key : &covered, out);
    }
}

void log_extract_row(const struct tlog_row *row, struct str tenant, unsigned withheld,
                     const struct sha256 *proof, size_t count, struct buf *out)
{
    buf_format(out, "{\"leaf\":%lld,\"salt\":\"", (long long)row->leaf);
    buf_base64(out, row->salt.raw);
    buf_put(out, S("\",\"row\":{"));
    put_members(row, tenant, withheld, SHOWN, out);
    buf_put(out, S("},\"keys\":{"));
    put_members(row, tenant, withheld, KEYS, out);
    buf_put(out, S("},\"withheld\":{"));
    put_members(row, tenant, withheld, WITHHELD, out);
    buf_byte(out, '}');
    if (proof != NULL) {
        buf_put(out, S(",\"proof\":["));
        for (size_t i = 0; i < count; i++) {
            buf_put(out, i > 0 ? S(",") : S(""));
            log_put_hash(&proof[i], out);
        }
        buf_byte(out, ']');
    }
    buf_byte(out, '}');
}

const struct field log_removed_fields[] = {FIELD(struct log_removed, leaf, REQUIRED),
                                           FIELD(struct log_removed, commitment, REQUIRED),
                                           FIELD(struct log_removed, decision, REQUIRED),
                                           FIELD(struct log_removed, at, REQUIRED), FIELDS_END};

void log_extract_removed(const struct log_removed *removed, struct buf *out)
{
    buf_put(out, S("{\"removed\":"));
    json_write(log_removed_fields, removed, out);
    buf_byte(out, '}');
}
