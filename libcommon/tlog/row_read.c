/* A row of an extract, from whoever brings one. */
#include "base/base.h"
#include "base/base64.h"
#include "text/json.h"
#include "tlog/row_inside.h"
#include "tlog/tree.h"

struct line {
    int64_t leaf;
    struct bytes salt;
    struct json_text row;
    struct json_text keys;
    struct json_text withheld;
    struct strs proof;
    struct json_text removed;
};
static const struct field line_fields[] = {
    FIELD(struct line, leaf, OPTIONAL, .max = TREE_SIZE_MAX - 1),
    FIELD(struct line, salt, OPTIONAL, .max = LOG_SALT),
    FIELD(struct line, row, OPTIONAL, .max = LOG_LINE_MAX),
    FIELD(struct line, keys, OPTIONAL, .max = LOG_LINE_MAX),
    FIELD(struct line, withheld, OPTIONAL, .max = LOG_LINE_MAX),
    FIELD(struct line, proof, OPTIONAL, .max = PROOF_MAX),
    FIELD(struct line, removed, OPTIONAL, .max = LOG_LINE_MAX),
    FIELDS_END};

/* What its open members say. */
struct open_members {
    struct uuid id;
    struct instant at;
    struct str tenant;
};
static const struct field open_fields[] = {
    FIELD(struct open_members, id, REQUIRED), FIELD(struct open_members, at, REQUIRED),
    FIELD(struct open_members, tenant, REQUIRED), FIELDS_END};

const struct field log_extract_head_fields[] = {
    FIELD(struct log_extract_head, format, REQUIRED),
    FIELD(struct log_extract_head, tenant, REQUIRED), FIELD(struct log_extract_head, key, REQUIRED),
    FIELD(struct log_extract_head, checkpoint, REQUIRED), FIELDS_END};

struct err *log_extract_head_read(struct str text, struct arena *arena,
                                  struct log_extract_head *out)
{
    struct log_extract_head head = {0};
    TRY(json_read(text, log_extract_head_fields, JSON_IGNORE_UNKNOWN, "", arena, &head));
    if (!str_equal(head.format, S(LOG_EXTRACT_FORMAT)))
        return err_field(ERR_INVALID, "format", "not " LOG_EXTRACT_FORMAT);
    *out = head;
    return NULL;
}

static int member_of(struct str name)
{
    for (size_t i = 0; i < LOG_MEMBERS; i++)
        if (str_equal(name, str_from(log_members[i].name)))
            return (int)i;
    return -1;
}

static struct err *read_hash(struct str text, const char *what, struct arena *arena,
                             struct sha256 *out)
{
    struct str bytes;
    if (!base64_decode(text, arena, &bytes) || bytes.len != sizeof out->bytes)
        return err_field(ERR_INVALID, what, "not 32 bytes as base64");
    memcpy(out->bytes, bytes.ptr, bytes.len);
    return NULL;
}

/* An object of hashes by covered members; each once. */
static struct err *read_hashes(struct str text, const char *what, struct arena *arena,
                               struct sha256 out[LOG_MEMBERS], unsigned *out_set)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    *out_set = 0;
    if (text.ptr == NULL)
        return NULL;
    TRY(json_parts(text, LOG_MEMBERS, what, arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        int member = member_of(parts[i].name);
        if (member < 0 || !log_members[member].covered || parts[i].kind != JSON_IS_STRING)
            return err_field(ERR_INVALID, what, "has what is no covered member");
        TRY(read_hash(parts[i].text, what, arena, &out[member]));
        *out_set |= 1U << (unsigned)member;
    }
    return NULL;
}

/* A member's value as RFC 8785 has it. */
static struct err *canonical_value(const struct json_part *part, struct arena *arena,
                                   struct str *out)
{
    autobuf struct buf text = buf_new((size_t)2 * LOG_LINE_MAX);
    if (part->kind == JSON_IS_STRING)
        json_canonical_string(part->text, &text);
    else
        TRY(json_canonical(part->text, &text));
    TRY(buf_done(&text, "a member of a row"));
    *out = arena_str(arena, buf_str(&text));
    return NULL;
}

static struct str quoted(const struct sha256 *hash, struct arena *arena)
{
    autobuf struct buf text = buf_new(128);
    log_put_hash(hash, &text);
    return arena_str(arena, buf_str(&text));
}

/* Those that are shown. */
static struct err *read_shown(struct str text, const struct sha256 keys[LOG_MEMBERS],
                              unsigned keyed, struct arena *arena, struct log_members_json *out)
{
    struct json_part *parts = NULL;
    size_t count = 0;
    TRY(json_parts(text, LOG_MEMBERS, "row", arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        int member = member_of(parts[i].name);
        struct str value;
        if (member < 0)
            return err_field(ERR_INVALID, "row", "has a member that no row has");
        TRY(canonical_value(&parts[i], arena, &value));
        bool has_key = (keyed & 1U << (unsigned)member) != 0;
        if (has_key != log_members[member].covered)
            return err_field(ERR_INVALID, "keys", "has no key of %s", log_members[member].name);
        if (has_key) {
            struct sha256 covered = log_member_commitment(
                (struct str){(const char *)keys[member].bytes, sizeof keys[member].bytes}, value);
            value = quoted(&covered, arena);
        }
        out->at[member] = value;
    }
    return NULL;
}

static struct err *read_members(const struct line *line, struct arena *arena,
                                struct log_members_json *out)
{
    struct sha256 keys[LOG_MEMBERS];
    struct sha256 withheld[LOG_MEMBERS];
    unsigned keyed;
    unsigned hidden;
    TRY(read_hashes(line->keys.text, "keys", arena, keys, &keyed));
    TRY(read_hashes(line->withheld.text, "withheld", arena, withheld, &hidden));
    TRY(read_shown(line->row.text, keys, keyed, arena, out));
    for (unsigned i = 0; i < LOG_MEMBERS; i++) {
        if ((hidden & 1U << i) == 0)
            continue;
        if (out->at[i].ptr != NULL)
            return err_field(ERR_INVALID, "withheld", "%s is shown too", log_members[i].name);
        out->at[i] = quoted(&withheld[i], arena);
    }
    return NULL;
}

static struct err *read_proof(const struct line *line, struct arena *arena, struct log_told *out)
{
    out->has_proof = line->proof.at != NULL;
    out->proof_count = out->has_proof ? line->proof.count : 0;
    out->proof = ARENA_ARRAY(arena, struct sha256, out->proof_count + 1);
    for (size_t i = 0; i < out->proof_count; i++)
        TRY(read_hash(line->proof.at[i], "proof", arena, &out->proof[i]));
    return NULL;
}

static struct err *read_removed(struct str text, struct arena *arena, struct log_told *out)
{
    struct log_removed removed = {0};
    TRY(json_read(text, log_removed_fields, JSON_REFUSE_UNKNOWN, "removed", arena, &removed));
    if (removed.commitment.raw.len != sizeof out->commitment.bytes || removed.leaf < 0 ||
        removed.leaf >= TREE_SIZE_MAX)
        return err_field(ERR_INVALID, "removed", "its leaf or commitment is none");
    *out = (struct log_told){
        .leaf = removed.leaf, .is_removed = true, .decision = removed.decision, .at = removed.at};
    memcpy(out->commitment.bytes, removed.commitment.raw.ptr, sizeof out->commitment.bytes);
    return NULL;
}

struct err *log_extract_read(struct str text, struct str tenant, struct arena *arena,
                             struct log_told *out)
{
    struct line line = {.leaf = -1};
    struct log_members_json members = {{{0}}};
    struct open_members open = {0};
    if (text.len > LOG_LINE_MAX)
        return err_new(ERR_TOO_LARGE, "a row of an extract is over %d bytes", LOG_LINE_MAX);
    TRY(json_read(text, line_fields, JSON_REFUSE_UNKNOWN, "", arena, &line));
    if (line.removed.text.ptr != NULL)
        return read_removed(line.removed.text, arena, out);
    if (line.leaf < 0 || line.row.text.ptr == NULL || line.salt.raw.len != LOG_SALT)
        return err_new(ERR_INVALID, "a row of an extract has a leaf, a salt and a row");
    TRY(json_read(line.row.text, open_fields, JSON_IGNORE_UNKNOWN, "row", arena, &open));
    if (!str_equal(open.tenant, tenant))
        return err_field(ERR_INVALID, "row.tenant", "another region's");
    TRY(read_members(&line, arena, &members));
    struct log_told told = {.leaf = line.leaf, .id = open.id, .at = open.at};
    told.commitment = log_commitment_of(line.salt.raw, &members);
    TRY(read_proof(&line, arena, &told));
    *out = told;
    return NULL;
}
