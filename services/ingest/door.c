/* The topic door: a message on deliveries.<tenant>.<system> becomes a delivery, or a refusal with
 * its rule. Tenant and system come from the topic's name alone: the broker's ACLs let only that
 * system's certificate write there (S9). */
#include "domain/person.h"
#include "services/ingest/announce.h"
#include "services/ingest/gather.h"
#include "services/ingest/sealed.h"
#include "svc/svc_sql.h"

#define TYPE_PACKAGE      "se.r7e.delivery.package.v1"
#define TYPE_ANNOUNCEMENT "se.r7e.delivery.announcement.v1"

enum { IDENTITY_MAX = 200 };

static bool is_announcement(const struct message *m)
{
    return str_equal(bus_header_get(m->raw, "ce_type"), S(TYPE_ANNOUNCEMENT));
}

struct err *door_read(const struct bus_message *raw, struct arena *arena, struct message *out)
{
    struct str rest = raw->topic;
    struct str first = {0};
    if (!str_cut(&rest, '.', &first) || !str_cut(&rest, '.', &out->tenant_name) ||
        !str_cut(&rest, '.', &out->system) || rest.ptr != NULL)
        return err_rule(ERR_INVALID, "topic_name", "the topic is not deliveries.<tenant>.<system>");
    if (sealed_is(raw->value))
        sealed_find(raw, out);
    out->identity = bus_header_get(raw, "ce_id");
    if (out->identity.len > 0 && out->identity.len <= IDENTITY_MAX && str_is_utf8(out->identity))
        return NULL;
    /* Without a usable id of its own it gets one from its place, so that it can be refused by name.
     */
    out->identity = arena_format(arena, "%d/%lld", raw->partition, (long long)raw->offset);
    return NULL;
}

void door_load(const struct message *m, void *state, struct arena *arena, struct load *load)
{
    struct door_facts *facts = state;
    LOAD(load, &ingest_select_agreement, agreement_fields, struct agreement, &facts->agreement,
         V(bus_header_get(m->raw, "ce_agreement")));
    if (is_record(m)) {
        gather_load(m, &facts->gather, load);
        return;
    }
    if (is_announcement(m)) {
        announcement_load(m, facts, arena, load);
    } else if (sealed_is(m->raw->value)) {
        sealed_measure(m, facts);
    } else {
        facts->sha256 = sha256_of(m->raw->value);
        facts->bytes = (int64_t)m->raw->value.len;
    }
    LOAD(load, &ingest_select_known, delivery_fields, struct delivery, &facts->known, V(m->system),
         V(m->identity));
    LOAD(load, &ingest_select_same, delivery_fields, struct delivery, &facts->same,
         V(facts->sha256));
}

/* A delivery, or an announcement of one, that is known already. */
static bool is_repeat(const struct door_facts *facts)
{
    if (facts->announcement != NULL && announcement_is_repeat(facts))
        return true;
    return facts->known.count > 0 &&
           sha256_equal(ROW(struct delivery, facts->known, 0)->sha256, facts->sha256);
}

/* Of all that joined it. An announcement holds no content, and its bytes came over the upload's own
 * TLS. */
static bool is_in_clear(const struct message *m, const struct door_facts *facts)
{
    while (m != NULL && sealed_is(m->raw->value))
        m = m->next;
    return m != NULL && facts->announcement == NULL;
}

static struct err *refused_agreement(const struct message *m, const struct door_facts *facts)
{
    const struct agreement *agreement =
        facts->agreement.count > 0 ? ROW(struct agreement, facts->agreement, 0) : NULL;
    /* One answer for "none", "another system's" and "over": nothing is told of agreements of
     * others. */
    if (agreement == NULL || !str_equal(agreement->system, m->system) || !agreement->in_force)
        return err_rule(ERR_INVALID, "agreement_unknown",
                        "the header ce_agreement names no agreement in force of this system");
    if (facts->bytes > agreement->package_bytes_max)
        return err_rule(ERR_TOO_LARGE, "package_too_large",
                        "the package is over the agreement's %lld bytes",
                        (long long)agreement->package_bytes_max);
    if (agreement->must_be_encrypted && is_in_clear(m, facts))
        return err_rule(ERR_INVALID, "encryption_required",
                        "the agreement asks for content that is encrypted");
    return NULL;
}

struct err *door_refused_alone(const struct message *m)
{
    struct str id = bus_header_get(m->raw, "ce_id");
    if (id.len == 0 || id.len > IDENTITY_MAX || !str_is_utf8(id))
        return err_rule(ERR_INVALID, "id_missing",
                        "the header ce_id is missing, too long or not UTF-8");
    if (looks_like_personal_number(id))
        return err_rule(ERR_INVALID, "id_personal",
                        "the header ce_id looks like a personal number");
    if (m->raw->too_many_headers)
        return err_rule(ERR_TOO_LARGE, "headers_too_many", "there are more than %d headers",
                        BUS_HEADERS_MAX);
    struct str type = bus_header_get(m->raw, "ce_type");
    if (!is_record(m) && !is_announcement(m) && !str_equal(type, S(TYPE_PACKAGE)))
        return err_rule(ERR_UNSUPPORTED, "kind_unknown",
                        "the header ce_type is none of " TYPE_PACKAGE ", " TYPE_ANNOUNCEMENT
                        " and " TYPE_RECORD);
    if (m->raw->value.len == 0)
        return err_rule(ERR_INVALID, "empty", "the message has no content");
    return is_record(m) ? record_refusal(m) : NULL;
}

struct err *door_refusal(const struct message *m, const struct door_facts *facts)
{
    TRY(door_refused_alone(m));
    if (facts->announcement != NULL)
        TRY(facts->announcement->unreadable);
    TRY(refused_agreement(m, facts));
    TRY(facts->unopened);
    if (!is_record(m) && facts->bytes == 0)
        return err_rule(ERR_INVALID, "empty", "the package has no content");
    if (facts->known.count > 0)
        return err_rule(ERR_INVALID, "id_reused", "this id was used for a delivery of other bytes");
    if (facts->same.count > 0)
        return err_rule(ERR_INVALID, "duplicate_of",
                        "the same bytes were delivered before under another id");
    return facts->announcement != NULL ? announcement_refusal(facts) : NULL;
}

struct str receipts_topic(struct arena *arena, struct str tenant, struct str system)
{
    return arena_format(arena, "receipts.%.*s.%.*s", STR_ARG(tenant), STR_ARG(system));
}

struct err *door_keys(const struct message *message, const void *state, struct arena *arena,
                      struct key_request *out)
{
    const struct door_facts *facts = state;
    struct err *why = door_refusal(message, facts);
    *out = (struct key_request){.purpose = "ingest"};
    if (is_record(message) && why == NULL)
        return gather_keys(message, &facts->gather, arena, out);
    bool alone = message->next == NULL; /* else each is decided again */
    /* A good announcement brings no bytes of its own; of an object there is a folder to be. */
    bool seals = alone && !is_repeat(facts) &&
                 (facts->announcement == NULL || why != NULL || announcement_is_object(facts));
    out->fresh = seals ? 1 : 0;
    return NULL;
}

static struct str receipt_topic(const struct work *work)
{
    return receipts_topic(work->arena, work->tenant, work->message->system);
}

/* Hashes, encrypts and writes the bytes into the leased folder: the package in clear, or the value
 * as it came. */
static struct err *seal(const struct work *work, bool as_it_came, struct segment *segment,
                        struct segment_total *total)
{
    const struct message *m = work->message;
    struct segment_writer *writer =
        segment_writer_new(work->staged_folder, work->fresh, work->fresh_count, segment);
    struct err *e = m->opened != NULL && !as_it_came ? sealed_add(m, writer)
                                                     : segment_writer_add(writer, m->raw->value);
    if (e == NULL)
        e = segment_writer_end(writer, total);
    segment_writer_free(writer);
    return e;
}

/* The bytes of a refused message are kept, sealed, with the reason. */
static struct err *refuse(const struct work *work, struct plan *plan, struct uuid delivery,
                          const struct err *why)
{
    const struct message *m = work->message;
    const struct door_facts *facts = work->facts;
    struct segment segment = {0};
    struct segment_total total = {0};
    bool personal = str_equal(str_from(why->rule), S("id_personal"));
    TRY(seal(work, true, &segment, &total));
    plan_flush(plan, work->staged);
    PLAN_SQL(plan, &ingest_insert_quarantine, V(work->staged), V(m->system), V(m->topic),
             V(m->raw->partition), V(m->raw->offset), V(str_from(why->rule)),
             V((int64_t)total.bytes), V(segment.key_id));
    struct uuid earlier = facts->same.count > 0 && str_equal(str_from(why->rule), S("duplicate_of"))
                              ? ROW(struct delivery, facts->same, 0)->id
                              : (struct uuid){0};
    plan_refusal(plan, receipt_topic(work), delivery, personal ? (struct str){0} : m->identity, why,
                 earlier);
    return NULL;
}

void plan_received(struct plan *plan, struct str system_topic, const struct delivery *d,
                   bool accepts_by_itself)
{
    unsigned due = receipts_due(d, accepts_by_itself);
    const struct delivery_received event = {d->id};
    PLAN_SQL(plan, &ingest_insert_delivery, V(d->id), V(d->system), V(d->identity), V(d->agreement),
             V(d->package), V(d->kind), V(d->bytes), V(d->sha256), V(d->staged), V(d->trace),
             V(d->received_at), V(due), V(d->records));
    plan_event(plan, S(TOPIC_DELIVERY_RECEIVED), d->id, 1, delivery_received_fields, &event);
    plan_receipts(plan, system_topic, d, due);
}

static struct err *take_in(const struct work *work, struct plan *plan, struct uuid id)
{
    const struct message *m = work->message;
    const struct door_facts *facts = work->facts;
    const struct agreement *agreement = ROW(struct agreement, facts->agreement, 0);
    struct segment segment = {0};
    struct segment_total total = {0};
    TRY(seal(work, false, &segment, &total));
    const struct delivery d = {.id = id,
                               .system = m->system,
                               .identity = m->identity,
                               .agreement = agreement->id,
                               .package = UUID_FROM(S("package"), str_from(uuid_text(id).text)),
                               .kind = S("package"),
                               .bytes = (int64_t)total.bytes,
                               .sha256 = total.sha256,
                               .staged = work->staged,
                               .trace = m->trace,
                               .received_at = m->now};
    plan_flush(plan, work->staged);
    PLAN_SQL(plan, &work->house->svc->tables->staged_claim, V(d.staged));
    plan_received(plan, receipt_topic(work), &d, agreement->accepts_by_itself);
    PLAN_SQL(
        plan, &ingest_insert_segment, V(d.id), V((int64_t)segment.index), V(segment.key_id),
        V((int64_t)segment.plain_bytes), V((int64_t)segment.stored_bytes),
        V(((struct bytes){{(const char *)segment.sha512.bytes, sizeof segment.sha512.bytes}})));
    return NULL;
}

struct err *door_decide(const struct work *work, struct plan *plan)
{
    const struct message *m = work->message;
    const struct door_facts *facts = work->facts;
    struct uuid id = UUID_FROM(S("delivery"), work->tenant, m->system, m->identity);
    struct err *why = door_refusal(m, facts);
    if (m->next != NULL && why != NULL)
        return why; /* refused together, each is decided once more, alone */
    if (facts->announcement != NULL)
        announcement_end_upload(facts, plan);
    if (is_repeat(facts)) { /* the same once more: the recorded receipts again */
        const struct delivery *known =
            facts->known.count > 0 ? ROW(struct delivery, facts->known, 0) : NULL;
        if (known != NULL) /* an announcement that waits has none yet */
            plan_receipts(plan, receipt_topic(work), known, (unsigned)known->receipts);
        return NULL;
    }
    if (why != NULL)
        return refuse(work, plan, id, why);
    if (is_record(m))
        return gather_decide(work, plan);
    if (facts->announcement == NULL)
        return take_in(work, plan, id);
    announcement_take_in(work, plan, id);
    return NULL;
}
