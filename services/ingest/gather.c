/* Single records at the door: what one poll brought of a place and agreement is sealed as one file
 * of the gathering's spool, flushed, and then one row and one offset say that it is there. */
#include "services/ingest/gather.h"
#include "base/base.h"
#include "services/ingest/sealed.h"
#include "svc/svc_sql.h"
#include "text/xml_write.h"
#include "vault/staging.h"

#include <openssl/crypto.h>
#include <unistd.h>

enum { SPOOL_KEYS = 24 }; /* made and committed at once, and then used one after another */

const struct field gathering_fields[] = {
    FIELD(struct gathering, id, REQUIRED),        FIELD(struct gathering, system, REQUIRED),
    FIELD(struct gathering, agreement, REQUIRED), FIELD(struct gathering, topic, REQUIRED),
    FIELD(struct gathering, partition, REQUIRED), FIELD(struct gathering, identity, REQUIRED),
    FIELD(struct gathering, trace, OPTIONAL),     FIELD(struct gathering, staged, REQUIRED),
    FIELD(struct gathering, keys, REQUIRED),      FIELD(struct gathering, keys_used, REQUIRED),
    FIELD(struct gathering, records, REQUIRED),   FIELD(struct gathering, bytes, REQUIRED),
    FIELD(struct gathering, extents, REQUIRED),   FIELD(struct gathering, opened_at, REQUIRED),
    FIELD(struct gathering, closed_at, OPTIONAL), FIELD(struct gathering, received_at, OPTIONAL),
    FIELD(struct gathering, version, REQUIRED),   FIELDS_END};

struct offset_row {
    int64_t next;
};
static const struct field offset_fields[] = {FIELD(struct offset_row, next, REQUIRED), FIELDS_END};

const struct place_sql gather_places = {.known = &ingest_select_place,
                                        .forget = &ingest_forget_place,
                                        .deleted = &ingest_place_deleted,
                                        .kept = &ingest_place_kept};

bool gathering_is_full(const struct gathering *g, const struct gather_settings *settings,
                       struct instant now)
{
    return g->records >= settings->records || g->bytes >= settings->bytes ||
           g->extents >= GATHER_EXTENTS_MAX ||
           !instant_before(now, instant_add(g->opened_at, (int64_t)settings->seconds * 1000000));
}

/* --- which messages
 * ---------------------------------------------------------------------------------- */

bool is_record(const struct message *m)
{
    return str_equal(bus_header_get(m->raw, "ce_type"), S(TYPE_RECORD));
}

/* CloudEvents' datacontenttype is Kafka's header content-type; parameters are let pass. */
static bool form_of(const struct bus_message *raw, enum record_form *out)
{
    static const struct {
        const char *type;
        enum record_form form;
    } forms[] = {{"application/xml", RECORD_XML},
                 {"text/xml", RECORD_XML},
                 {"application/json", RECORD_JSON}};
    struct str type = {0};
    struct str rest = bus_header_get(raw, "content-type");
    if (!str_cut(&rest, ';', &type))
        return false;
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (!str_equal_nocase(str_trim(type), str_from(forms[i].type)))
            continue;
        *out = forms[i].form;
        return true;
    }
    return false;
}

/* Of what is gathered: the plaintext. */
static size_t content_length(const struct message *m)
{
    return sealed_is(m->raw->value) ? sealed_bytes(m) : m->raw->value.len;
}

struct err *record_refusal(const struct message *m)
{
    enum record_form form = RECORD_XML;
    if (!xml_can_carry(m->identity))
        return err_rule(ERR_INVALID, "id_missing", "the header ce_id holds control characters");
    if (!form_of(m->raw, &form))
        return err_rule(ERR_UNSUPPORTED, "content_type_unknown",
                        "the header content-type is neither application/xml nor application/json");
    TRY(m->unopened);
    if (content_length(m) == 0)
        return err_rule(ERR_INVALID, "empty", "the record has no content");
    if (content_length(m) > RECORD_BYTES_MAX)
        return err_rule(ERR_TOO_LARGE, "record_too_large",
                        "the record is over %d bytes: deliver it in a package", RECORD_BYTES_MAX);
    return NULL;
}

bool gather_joins(const struct message *first, const struct message *next)
{
    return is_record(first) && is_record(next) && first->raw->partition == next->raw->partition &&
           str_equal(first->topic, next->topic) &&
           str_equal(bus_header_get(first->raw, "ce_agreement"),
                     bus_header_get(next->raw, "ce_agreement")) &&
           door_refused_alone(first) == NULL && door_refused_alone(next) == NULL;
}

/* --- facts and keys
 * ---------------------------------------------------------------------------------- */

void gather_load(const struct message *m, struct gather_facts *facts, struct load *load)
{
    struct str agreement = bus_header_get(m->raw, "ce_agreement");
    LOAD(load, &ingest_select_open_gathering, gathering_fields, struct gathering, &facts->gathering,
         V(m->topic), V(m->raw->partition), V(agreement));
    LOAD(load, &ingest_select_record_offset, offset_fields, struct offset_row, &facts->offset,
         V(m->topic), V(m->raw->partition), V(agreement));
}

static int64_t next_offset(const struct gather_facts *facts)
{
    return facts->offset.count > 0 ? ROW(struct offset_row, facts->offset, 0)->next : 0;
}

static const struct gathering *open_gathering(const struct gather_facts *facts)
{
    return facts->gathering.count > 0 ? ROW(struct gathering, facts->gathering, 0) : NULL;
}

static bool has_new(const struct message *m, const struct gather_facts *facts)
{
    while (m != NULL && m->raw->offset < next_offset(facts))
        m = m->next;
    return m != NULL;
}

struct err *gather_keys(const struct message *m, const struct gather_facts *facts,
                        struct arena *arena, struct key_request *out)
{
    const struct gathering *open = open_gathering(facts);
    *out = (struct key_request){.purpose = "ingest"};
    if (!has_new(m, facts))
        return NULL;
    if (open == NULL || (size_t)open->keys_used == open->keys.count) {
        out->fresh = SPOOL_KEYS;
        return NULL;
    }
    struct uuid *next = ARENA_NEW(arena, struct uuid);
    *next = open->keys.at[open->keys_used];
    out->known = next;
    out->known_count = 1;
    return NULL;
}

/* --- the decision
 * ------------------------------------------------------------------------------------ */

/* What this poll adds. */
struct addition {
    const struct message **messages;
    struct str *identities;
    size_t count;
    int64_t bytes;
    size_t opened; /* of those that came encrypted, the bytes of the longest */
    int64_t next;  /* the offset behind the last one */
};

static struct addition collect(const struct message *m, int64_t from, struct arena *arena)
{
    size_t most = 0;
    for (const struct message *one = m; one != NULL; one = one->next)
        most++;
    struct addition a = {.messages = ARENA_ARRAY(arena, const struct message *, most),
                         .identities = ARENA_ARRAY(arena, struct str, most)};
    for (; m != NULL; m = m->next) {
        if (m->raw->offset < from)
            continue;
        a.messages[a.count] = m;
        a.identities[a.count++] = m->identity;
        a.bytes += (int64_t)content_length(m);
        if (m->opened != NULL && content_length(m) > a.opened)
            a.opened = content_length(m);
        a.next = m->raw->offset + 1;
    }
    return a;
}

/* Named by the folder that was leased for it, so that another topic of the same name, with the same
 * offsets, opens another gathering. */
static struct gathering open_new(const struct work *work)
{
    const struct message *m = work->message;
    const struct door_facts *facts = work->facts;
    struct str identity = arena_format(work->arena, "gathered-%s", uuid_text(work->staged).text);
    return (struct gathering){.id = UUID_FROM(S("delivery"), work->tenant, m->system, identity),
                              .system = m->system,
                              .agreement = ROW(struct agreement, facts->agreement, 0)->id,
                              .topic = m->topic,
                              .partition = m->raw->partition,
                              .identity = identity,
                              .trace = m->trace,
                              .opened_at = m->now};
}

/* The folder with new keys, all of them committed with the gathering before any is used again. */
static void take_folder(const struct work *work, struct gathering *g)
{
    struct uuid *ids = ARENA_ARRAY(work->arena, struct uuid, work->fresh_count);
    for (size_t i = 0; i < work->fresh_count; i++)
        ids[i] = work->fresh[i].id;
    g->staged = work->staged;
    g->keys = (struct uuids){ids, work->fresh_count};
    g->keys_used = 0;
}

/* One that came encrypted is in clear in `plain` only, until the next. */
static struct err *seal_one(struct spool_writer *spool, const struct message *m,
                            struct age_reader *reader, char *plain)
{
    struct spool_record record = {.identity = m->identity, .content = m->raw->value};
    if (!form_of(m->raw, &record.form))
        return ERR_BUG_AT("a record of no form was joined");
    if (m->opened != NULL) {
        TRY(sealed_read(m, reader, plain));
        record.content = (struct str){plain, sealed_bytes(m)};
    }
    return spool_writer_add(spool, &record);
}

static struct err *seal_all(struct spool_writer *spool, const struct addition *addition,
                            struct spool_size *out)
{
    struct err *e = NULL;
    struct age_reader *reader = age_reader_new();
    char *plain = must_calloc(addition->opened + 1, 1);
    for (size_t i = 0; i < addition->count && e == NULL; i++)
        e = seal_one(spool, addition->messages[i], reader, plain);
    OPENSSL_cleanse(plain, addition->opened);
    free(plain);
    age_reader_free(reader);
    return e == NULL ? spool_writer_end(spool, out) : e;
}

static struct err *seal(const struct work *work, const struct gathering *g,
                        const struct addition *addition, struct spool_size *out)
{
    autospool_writer struct spool_writer *spool = NULL;
    autoclose int folder = -1;
    struct uuid key_id = g->keys.at[g->keys_used];
    if (work->fresh_count > 0) {
        TRY(spool_put_headers(work->staged_folder, work->fresh, work->fresh_count));
        TRY(spool_writer_new(work->staged_folder, key_id, work->fresh[0].key, &spool));
    } else {
        TRY(staging_open(work->vault->locations[0], work->tenant, g->staged, false, &folder));
        TRY(spool_writer_new(folder, key_id, &work->keys[0], &spool));
    }
    return seal_all(spool, addition, out);
}

static void plan_gathering(const struct gathering *g, bool is_new, struct plan *plan)
{
    if (is_new)
        PLAN_SQL(plan, &ingest_insert_gathering, V(g->id), V(g->system), V(g->agreement),
                 V(g->topic), V(g->partition), V(g->identity), V(g->trace), V(g->staged),
                 V(g->keys), V(g->keys_used), V(g->records), V(g->bytes), V(g->extents),
                 V(g->opened_at), V(g->closed_at));
    else
        PLAN_SQL(plan, &ingest_extend_gathering, V(g->id), V(g->staged), V(g->keys),
                 V(g->keys_used), V(g->records), V(g->bytes), V(g->extents), V(g->closed_at),
                 V(g->version));
}

static void plan_offset(const struct gathering *g, const struct gather_facts *facts, int64_t next,
                        struct plan *plan)
{
    if (facts->offset.count == 0)
        PLAN_SQL(plan, &ingest_begin_records, V(g->topic), V(g->partition), V(g->agreement),
                 V(next));
    else
        PLAN_SQL(plan, &ingest_move_records, V(g->topic), V(g->partition), V(g->agreement), V(next),
                 V(next_offset(facts)));
}

struct err *gather_decide(const struct work *work, struct plan *plan)
{
    const struct gather_facts *facts = &((const struct door_facts *)work->facts)->gather;
    const struct ingest_settings *settings = work->house->settings;
    const struct gathering *open = open_gathering(facts);
    const struct addition a = collect(work->message, next_offset(facts), work->arena);
    if (a.count == 0)
        return NULL; /* all of it was gathered before */
    struct gathering g = open != NULL ? *open : open_new(work);
    struct spool_size size = {0};
    if (work->fresh_count > 0)
        take_folder(work, &g);
    if (g.keys_used >= (int32_t)g.keys.count)
        return ERR_BUG_AT("a spool has no key left");
    TRY(seal(work, &g, &a, &size));
    struct uuid key = g.keys.at[g.keys_used++];
    int32_t number = g.extents++;
    int64_t first = g.records + 1;
    g.records += (int64_t)a.count;
    g.bytes += a.bytes;
    if (gathering_is_full(&g, &settings->gather, work->message->now))
        g.closed_at = work->message->now;
    plan_flush(plan, g.staged);
    if (work->fresh_count > 0)
        PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(g.staged));
    plan_gathering(&g, open == NULL, plan);
    PLAN_SQL(plan, &ingest_insert_extent, V(g.id), V(number), V(first),
             V(((struct strs){a.identities, a.count})), V(g.staged), V(key), V((int64_t)size.bytes),
             V((int64_t)size.stored));
    plan_offset(&g, facts, a.next, plan);
    if (g.closed_at.known) {
        const struct gathering_closed event = {g.id};
        plan_event(plan, S(TOPIC_GATHERING_CLOSED), g.id, 1, gathering_closed_fields, &event);
    }
    return NULL;
}
