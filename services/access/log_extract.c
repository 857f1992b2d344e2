/* A patient's extract of the disclosure log (PDL 8:5, HSLF-FS 2016:40 4:10): who has read, when and
 * where, each row with its proof (tlog/row.h). It is made on the person's request, by who reviews
 * the log, and is itself in the log before its first byte. What it is called in words is r7's to
 * say. */
#include "services/access/log.h"
#include "services/access/log_part.h"
#include "text/json.h"

enum { PAGE = 200, IMPORTED_MAX = 1000 };

/* Of a row's covered members what a patient reads. The rest is keys of ours, or somebody's free
 * words. */
static const unsigned shown_members = 1U << LOG_MEMBER_subject_kind | 1U << LOG_MEMBER_role |
                                      1U << LOG_MEMBER_reasons | 1U << LOG_MEMBER_subject_name |
                                      1U << LOG_MEMBER_unit | 1U << LOG_MEMBER_care_provider;
static const unsigned place_members = 1U << LOG_MEMBER_unit | 1U << LOG_MEMBER_care_provider;

struct after {
    struct instant at;
    int64_t leaf;
};
static const struct field after_fields[] = {FIELD(struct after, at, REQUIRED),
                                            FIELD(struct after, leaf, REQUIRED), FIELDS_END};

struct body {
    struct json_text person;
    struct str reason;
    struct instant from;
    struct instant to;
    int64_t size;           /* of the tree that the first page was proven in; 0: the newest */
    struct json_text after; /* the last row that was shown */
};
static const struct field body_fields[] = {
    FIELD(struct body, person, REQUIRED),
    FIELD(struct body, reason, REQUIRED, .min = 1, .max = 1000),
    FIELD(struct body, from, OPTIONAL),
    FIELD(struct body, to, OPTIONAL),
    FIELD(struct body, size, OPTIONAL, .min = 1, .max = TREE_SIZE_MAX),
    FIELD(struct body, after, OPTIONAL, .max = 1000),
    FIELDS_END};

struct imported_row {
    struct instant at;
    struct str action;
    struct str said;
    struct str subject_name;
    struct str role;
    struct str unit_name;
    struct str care_provider;
    struct str source_system;
};
static const struct field imported_fields[] = {FIELD(struct imported_row, at, REQUIRED),
                                               FIELD(struct imported_row, action, REQUIRED),
                                               FIELD(struct imported_row, said, OPTIONAL),
                                               FIELD(struct imported_row, subject_name, OPTIONAL),
                                               FIELD(struct imported_row, role, OPTIONAL),
                                               FIELD(struct imported_row, unit_name, OPTIONAL),
                                               FIELD(struct imported_row, care_provider, OPTIONAL),
                                               FIELD(struct imported_row, source_system, OPTIONAL),
                                               FIELDS_END};

/* The region's decision on names, with the version of its rules; how many rows have no proof yet;
 * before when rows have been removed by decision. */
struct facts_row {
    bool names;
    int64_t version;
    int64_t unsealed;
    struct instant removed_before;
};
static const struct field facts_fields[] = {
    FIELD(struct facts_row, names, REQUIRED), FIELD(struct facts_row, version, REQUIRED),
    FIELD(struct facts_row, unsealed, REQUIRED), FIELD(struct facts_row, removed_before, OPTIONAL),
    FIELDS_END};

struct name_row {
    struct str name;
};
static const struct field name_fields[] = {FIELD(struct name_row, name, OPTIONAL), FIELDS_END};

struct extract {
    struct subject subject;
    struct body body;
    struct after after;
    struct uuid person;
    struct str tenant;
    struct log_state log;
    int64_t size;
    struct permission permission;
    struct log_part part;
    struct facts_row facts;
    struct rows rows;
    struct rows names; /* of each row's unit, then of each row's care provider */
    struct rows imported;
    unsigned withheld;
};

/* --- reading
 * ---------------------------------------------------------------------------------- */

static struct err *read_question(struct request *request, struct extract *x)
{
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &x->body));
    if (x->body.after.text.ptr != NULL)
        TRY(json_read(x->body.after.text, after_fields, JSON_REFUSE_UNKNOWN, "after",
                      request->arena, &x->after));
    if (x->body.from.known && x->body.to.known && !instant_before(x->body.from, x->body.to))
        return err_field(ERR_INVALID, "to", "not after from");
    return NULL;
}

static struct err *read_log(struct request *request, struct extract *x)
{
    struct rows rows = {0};
    TRY(worker_tenant(request->worker, request->tenant, &x->tenant));
    TRY(request_rows(request, &access_log_read, log_state_fields, sizeof(struct log_state), &rows,
                     NO_VALUES));
    if (rows.count > 0)
        x->log = *ROW(struct log_state, rows, 0);
    if (x->log.size == 0)
        return err_new(ERR_TRANSIENT, "nothing of the region's log is sealed yet: there are no "
                                      "proofs to give");
    x->size = x->body.size > 0 ? x->body.size : x->log.size;
    return x->size <= x->log.size ? NULL
                                  : err_field(ERR_INVALID, "size", "the log is not that long");
}

static struct err *read_rows(struct request *request, struct extract *x)
{
    const struct body *b = &x->body;
    struct rows facts = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_extract, tlog_row_fields, struct tlog_row, &x->rows, V(x->person),
         V(b->from), V(b->to), V(x->part.care_provider), V(x->size), V(x->after.at),
         V(x->after.leaf), V(PAGE + 1));
    LOAD(load, &access_select_extract_facts, facts_fields, struct facts_row, &facts, V(x->person),
         V(b->from), V(b->to), V(x->part.care_provider), V(x->size));
    if (!x->after.at.known)
        LOAD(load, &access_select_extract_imported, imported_fields, struct imported_row,
             &x->imported, V(x->person), V(b->to), V(b->from), V(x->part.care_provider),
             V(IMPORTED_MAX));
    TRY(load_run(load));
    x->facts = *ROW(struct facts_row, facts, 0);
    return NULL;
}

static size_t shown_count(const struct extract *x)
{
    return x->rows.count > PAGE ? PAGE : x->rows.count;
}

/* As the register called them when the row was written. */
static struct err *read_names(struct request *request, struct extract *x)
{
    size_t count = shown_count(x);
    struct str *ids = ARENA_ARRAY(request->arena, struct str, 2 * count + 1);
    struct str *times = ARENA_ARRAY(request->arena, struct str, 2 * count + 1);
    for (size_t i = 0; i < 2 * count; i++) {
        const struct tlog_row *row = ROW(struct tlog_row, x->rows, i % count);
        char at[INSTANT_TEXT];
        instant_print(row->at, at);
        ids[i] = i < count ? row->unit : row->care_provider;
        ids[i] = ids[i].ptr != NULL ? ids[i] : S("");
        times[i] = arena_str(request->arena, str_from(at));
    }
    return request_rows(
        request, &access_select_extract_names, name_fields, sizeof(struct name_row), &x->names,
        VALUES(V(((struct strs){ids, 2 * count})), V(((struct strs){times, 2 * count}))));
}

/* --- deciding
 * --------------------------------------------------------------------------------- */

/* A national service or a system is no member of staff. */
static unsigned withheld_of(const struct extract *x, const struct tlog_row *row)
{
    bool person = str_equal(row->subject_kind, S("person"));
    return x->withheld | (!x->facts.names && person ? 1U << LOG_MEMBER_subject_name : 0);
}

static void hide_imported(struct extract *x, bool place)
{
    for (size_t i = 0; i < x->imported.count; i++) {
        struct imported_row *row = ROW(struct imported_row, x->imported, i);
        if (place)
            row->unit_name = row->care_provider = row->source_system = row->said = (struct str){0};
        if (!x->facts.names)
            row->subject_name = (struct str){0};
    }
}

static void hide(struct extract *x)
{
    bool place = (x->permission.obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0;
    x->withheld = (log_covered & ~shown_members) | (place ? place_members : 0);
    hide_imported(x, place);
    if (place)
        x->names.count = 0;
}

static void write_log(struct request *request, struct batch *log, const struct extract *x,
                      const struct fact_version versions[3])
{
    struct disclosure row = disclosure_by(&x->subject);
    row.person = x->person;
    row.action = ACTION_EXPORTED;
    row.purpose = permission_purposes[PURPOSE_PATIENT - 1];
    row.records = (int64_t)(shown_count(x) + x->imported.count);
    row.what = S("{\"log\":\"extract for the person\"}");
    row.permission = &x->permission;
    row.reason = x->body.reason;
    disclosure_write(request, log, &row, versions, 3);
}

/* Versions, facts, decision, rows, and the row about it, which is committed before anything is
 * shown. */
static struct err *disclose(struct request *request, struct log_question *question,
                            struct extract *x)
{
    struct fact_version versions[3] = {x->subject.version};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    TRY(fact_versions_read(request, &x->person, 1, &versions[1]));
    TRY(log_protection_load(request, x->person, question));
    TRY(log_part_of(request, &x->subject, question, &x->part, &x->permission));
    TRY(read_log(request, x));
    TRY(read_rows(request, x));
    if (shown_count(x) > 0)
        TRY(read_names(request, x));
    versions[2] = (struct fact_version){S("rules"), S("tenant"), x->facts.version};
    hide(x);
    write_log(request, log, x, versions);
    return batch_run(log);
}

/* --- proofs
 * ----------------------------------------------------------------------------------- */

/* Of all the rows at once: their tiles are read in one question. */
struct proofs {
    struct tree_range *ranges; /* PROOF_MAX of each row */
    size_t *counts;
    struct tile *tiles;
    size_t tile_count;
};

static struct err *read_tiles(struct request *request, const struct extract *x, struct proofs *out)
{
    size_t count = shown_count(x);
    size_t used = 0;
    struct rows rows = {0};
    out->ranges = ARENA_ARRAY(request->arena, struct tree_range, count * PROOF_MAX + 1);
    out->counts = ARENA_ARRAY(request->arena, size_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        int64_t leaf = ROW(struct tlog_row, x->rows, i)->leaf;
        out->counts[i] = tree_inclusion(leaf, x->size, out->ranges + used);
        used += out->counts[i];
    }
    out->tile_count = tree_tiles_for(out->ranges, used, x->log.size, request->arena, &out->tiles);
    struct log_tile_names names = log_tile_names(out->tiles, out->tile_count, request->arena);
    TRY(request_rows(request, &access_log_tiles, log_tile_fields, sizeof(struct log_tile_row),
                     &rows, VALUES(V(names.levels), V(names.numbers))));
    log_tiles_fill(out->tiles, out->tile_count, &rows);
    return NULL;
}

static struct err *put_rows(struct request *request, const struct extract *x)
{
    struct proofs proofs = {0};
    struct sha256 proof[PROOF_MAX];
    TRY(read_tiles(request, x, &proofs));
    const struct tree_range *range = proofs.ranges;
    for (size_t i = 0; i < shown_count(x); i++) {
        const struct tlog_row *row = ROW(struct tlog_row, x->rows, i);
        for (size_t j = 0; j < proofs.counts[i]; j++)
            TRY(tree_range_hash(*range++, proofs.tiles, proofs.tile_count, &proof[j]));
        buf_put(request->out, i > 0 ? S(",") : S(""));
        log_extract_row(row, x->tenant, withheld_of(x, row), proof, proofs.counts[i], request->out);
    }
    return NULL;
}

/* --- the answer
 * ------------------------------------------------------------------------------- */

static void put_text(const char *name, struct str text, struct buf *out)
{
    if (text.len == 0)
        return;
    buf_format(out, ",\"%s\":", name);
    json_quote(text, out);
}

static void put_names(const struct extract *x, struct buf *out)
{
    size_t count = x->names.count / 2;
    for (size_t i = 0; i < count; i++) {
        buf_format(out, "%s{\"leaf\":%lld", i > 0 ? "," : "",
                   (long long)ROW(struct tlog_row, x->rows, i)->leaf);
        put_text("unit", ROW(struct name_row, x->names, i)->name, out);
        put_text("care_provider", ROW(struct name_row, x->names, i + count)->name, out);
        buf_byte(out, '}');
    }
}

static void put_rest(const struct extract *x, struct buf *out)
{
    bool place = (x->withheld & place_members) != 0;
    char removed[INSTANT_TEXT];
    instant_print(x->facts.removed_before, removed);
    buf_put(out, S("],\"removed\":[],\"names\":["));
    put_names(x, out);
    buf_put(out, S("],\"imported\":"));
    json_write_list(imported_fields, x->imported.at, sizeof(struct imported_row), x->imported.count,
                    out);
    buf_format(out, ",\"imported_more\":%s,\"size\":%lld,\"unsealed\":%lld",
               x->imported.count == IMPORTED_MAX ? "true" : "false", (long long)x->size,
               (long long)x->facts.unsealed);
    buf_format(out, ",\"staff_named\":%s,\"place_shown\":%s", x->facts.names ? "true" : "false",
               place ? "false" : "true");
    put_text("care_provider", x->part.care_provider, out);
    put_text("removed_before", str_from(removed), out);
    buf_format(out, ",\"more\":%s", x->rows.count > PAGE ? "true" : "false");
    if (x->rows.count > PAGE) {
        const struct tlog_row *last = ROW(struct tlog_row, x->rows, PAGE - 1);
        buf_put(out, S(",\"next\":"));
        json_write(after_fields, &(struct after){last->at, last->leaf}, out);
    }
    buf_byte(out, '}');
}

struct err *access_log_extract(struct request *request, struct http_reply *reply)
{
    struct extract x = {0};
    struct log_part part;
    (void)reply;
    TRY(subject_load(request, &x.subject));
    TRY(read_question(request, &x));
    struct log_question question = {
        .action = ACTION_EXPORTED, .purpose = PURPOSE_PATIENT, .reason = x.body.reason};
    TRY(log_rules_load(request, &question));
    /* Who may not make one is told so before anything is asked about the person. */
    TRY(log_part_of(request, &x.subject, &question, &part, &x.permission));
    TRY(person_read(request, x.body.person, "person", &x.person));
    TRY(disclose(request, &question, &x));
    buf_put(request->out, S("{\"format\":\"" LOG_EXTRACT_FORMAT "\",\"tenant\":"));
    json_quote(x.tenant, request->out);
    put_text("key", x.log.key, request->out);
    put_text("checkpoint", x.log.checkpoint, request->out);
    buf_put(request->out, S(",\"rows\":["));
    TRY(put_rows(request, &x));
    put_rest(&x, request->out);
    return NULL;
}
