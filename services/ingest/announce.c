/* Announcements: read, judged, and made into deliveries when their bytes are there. */
#include "services/ingest/announce.h"
#include "base/running_digest.h"
#include "services/ingest/object.h"
#include "text/json.h"

const struct field announcement_fields[] = {
    FIELD(struct announcement, id, REQUIRED),       FIELD(struct announcement, system, REQUIRED),
    FIELD(struct announcement, identity, REQUIRED), FIELD(struct announcement, agreement, REQUIRED),
    FIELD(struct announcement, upload, REQUIRED),   FIELD(struct announcement, bytes, REQUIRED),
    FIELD(struct announcement, sha256, REQUIRED),   FIELD(struct announcement, trace, OPTIONAL),
    FIELD(struct announcement, uri, OPTIONAL),      FIELD(struct announcement, etag, OPTIONAL),
    FIELD(struct announcement, failures, REQUIRED), FIELDS_END};

/* --- what comes on the topic
 * ---------------------------------------------------------------------- */

static struct err *read_announced(struct str value, struct arena *arena, struct announced *out)
{
    TRY(json_read(value, announced_fields, JSON_REFUSE_UNKNOWN, "value", arena, out));
    return uuid_is_nil(out->upload) != (out->uri.ptr == NULL)
               ? NULL
               : err_field(ERR_INVALID, "value", "it has either an upload or a uri");
}

void announcement_load(const struct message *m, struct door_facts *facts, struct arena *arena,
                       struct load *load)
{
    struct announcement_facts *a = ARENA_NEW(arena, struct announcement_facts);
    facts->announcement = a;
    a->identity = m->identity;
    struct err *e = read_announced(m->raw->value, arena, &a->announced);
    if (e != NULL) {
        a->unreadable =
            err_rule(ERR_INVALID, "announcement_invalid", "the value is no announcement: %s: %s",
                     e->field != NULL ? e->field : "value", e->detail);
        a->announced = (struct announced){0};
    }
    facts->sha256 = a->announced.sha256;
    facts->bytes = a->announced.bytes;
    LOAD(load, &upload_select, upload_fields, struct upload, &a->upload, V(a->announced.upload),
         V(m->system));
    LOAD(load, &announcement_select_known, announcement_fields, struct announcement, &a->waiting,
         V(m->system), V(m->identity), V(a->announced.upload));
}

/* The same upload, or the same object. */
static bool is_of_same(const struct announcement *w, const struct announced *announced)
{
    return announced->uri.ptr != NULL
               ? str_equal(w->uri, announced->uri)
               : w->uri.ptr == NULL && uuid_equal(w->upload, announced->upload);
}

bool announcement_is_object(const struct door_facts *facts)
{
    return facts->announcement != NULL && facts->announcement->announced.uri.ptr != NULL;
}

bool announcement_is_repeat(const struct door_facts *facts)
{
    const struct announcement_facts *a = facts->announcement;
    for (size_t i = 0; i < a->waiting.count; i++) {
        const struct announcement *w = ROW(struct announcement, a->waiting, i);
        if (str_equal(w->identity, a->identity) && is_of_same(w, &a->announced) &&
            w->bytes == a->announced.bytes && sha256_equal(w->sha256, a->announced.sha256))
            return true;
    }
    return false;
}

/* The rule that refuses these bytes for an announcement, or NULL; while some are missing only what
 * is certain already. */
static struct err *mismatch(const struct upload *upload, struct str agreement, int64_t bytes,
                            struct sha256 sha256)
{
    if (upload == NULL)
        return err_rule(ERR_NOT_FOUND, "upload_missing",
                        "there is no such upload of this system, or its time was over");
    if (!uuid_is_nil(upload->delivery))
        return err_rule(ERR_INVALID, "upload_used", "the upload has become a delivery already");
    if (!str_equal(upload->agreement, agreement))
        return err_rule(ERR_INVALID, "upload_mismatch",
                        "the upload was made under another agreement");
    if (upload->bytes != bytes ||
        (!sha256_is_zero(upload->sha256) && !sha256_equal(upload->sha256, sha256)))
        return err_rule(ERR_CORRUPT, "upload_mismatch",
                        "the uploaded bytes are not those that were announced");
    return NULL;
}

static const struct upload *first_upload(const struct rows *rows)
{
    return rows->count > 0 ? ROW(struct upload, *rows, 0) : NULL;
}

struct err *announcement_refusal(const struct door_facts *facts)
{
    const struct announcement_facts *a = facts->announcement;
    if (a->waiting.count > 0)
        return err_rule(ERR_INVALID, "id_reused",
                        "this id, or this upload, waits as another announcement");
    const struct agreement *agreement = ROW(struct agreement, facts->agreement, 0);
    struct str key;
    if (announcement_is_object(facts))
        return object_key(a->announced.uri, &agreement->store, &key);
    return mismatch(first_upload(&a->upload), agreement->id, facts->bytes, facts->sha256);
}

/* Have these bytes become a delivery, under this identity or another? */
static bool is_delivered(const struct rows *known, const struct rows *same, struct sha256 sha256)
{
    return same->count > 0 ||
           (known->count > 0 && sha256_equal(ROW(struct delivery, *known, 0)->sha256, sha256));
}

/* Of one that has yet to be completed its announcement is believed. */
static bool has_bytes(const struct upload *upload, struct sha256 sha256)
{
    return upload != NULL && uuid_is_nil(upload->delivery) &&
           (sha256_is_zero(upload->sha256) || sha256_equal(upload->sha256, sha256));
}

void announcement_end_upload(const struct door_facts *facts, struct plan *plan)
{
    const struct announcement_facts *a = facts->announcement;
    const struct upload *upload = first_upload(&a->upload);
    if (!is_delivered(&facts->known, &facts->same, facts->sha256) ||
        !has_bytes(upload, facts->sha256))
        return;
    for (size_t i = 0; i < a->waiting.count; i++)
        if (uuid_equal(ROW(struct announcement, a->waiting, i)->upload, upload->id))
            return;
    plan_upload_end(plan, upload);
}

/* --- the delivery
 * --------------------------------------------------------------------------------- */

/* The upload's sealed segments become the delivery's: nothing is read or written again. */
static void plan_delivery(struct plan *plan, struct str system_topic, const struct announcement *a,
                          struct instant now, bool accepts_by_itself)
{
    const struct delivery d = {.id = a->id,
                               .system = a->system,
                               .identity = a->identity,
                               .agreement = a->agreement,
                               .package = UUID_FROM(S("package"), str_from(uuid_text(a->id).text)),
                               .kind = S("announcement"),
                               .bytes = a->bytes,
                               .sha256 = a->sha256,
                               .staged = a->upload,
                               .trace = a->trace,
                               .received_at = now};
    PLAN_SQL(plan, &upload_claim, V(a->upload));
    PLAN_SQL(plan, &upload_become, V(a->upload), V(a->id), V(a->sha256));
    plan_received(plan, system_topic, &d, accepts_by_itself);
    PLAN_SQL(plan, &upload_copy_segments, V(a->upload), V(a->id));
}

/* The upload that ingest fills itself, in the folder that was leased for it; from now on it has an
 * upload's own lease. */
static void plan_fetch(const struct work *work, struct plan *plan, const struct announcement *a,
                       struct str uri)
{
    const struct ingest_settings *settings = work->house->settings;
    const struct running_digest start = running_digest_start();
    PLAN_SQL(plan, &upload_insert, V(work->staged), V(a->system), V(a->agreement), V(a->bytes),
             V(((struct bytes){{(const char *)start.chain, sizeof start.chain}})));
    PLAN_SQL(plan, &upload_extend, V(work->staged), V(settings->upload_lease));
    PLAN_SQL(plan, &object_announce, V(a->id), V(a->system), V(a->identity), V(a->agreement),
             V(work->staged), V(a->bytes), V(a->sha256), V(a->trace), V(uri));
}

void announcement_take_in(const struct work *work, struct plan *plan, struct uuid delivery)
{
    const struct message *m = work->message;
    const struct door_facts *facts = work->facts;
    const struct announced *announced = &facts->announcement->announced;
    const struct agreement *agreement = ROW(struct agreement, facts->agreement, 0);
    const struct announcement a = {.id = delivery,
                                   .system = m->system,
                                   .identity = m->identity,
                                   .agreement = agreement->id,
                                   .upload = announced->upload,
                                   .bytes = announced->bytes,
                                   .sha256 = announced->sha256,
                                   .trace = m->trace};
    if (announcement_is_object(facts))
        plan_fetch(work, plan, &a, announced->uri);
    else if (sha256_is_zero(ROW(struct upload, facts->announcement->upload, 0)->sha256))
        PLAN_SQL(plan, &announcement_insert, V(a.id), V(a.system), V(a.identity), V(a.agreement),
                 V(a.upload), V(a.bytes), V(a.sha256), V(a.trace));
    else
        plan_delivery(plan, receipts_topic(work->arena, work->tenant, m->system), &a, m->now,
                      agreement->accepts_by_itself);
}

/* --- those that waited
 * ---------------------------------------------------------------------------- */

struct settle_facts {
    struct rows agreement;
    struct rows known;
    struct rows same;
    struct rows upload;
};

static struct err *settled_refusal(const struct announcement *a, const struct settle_facts *facts)
{
    if (facts->known.count > 0)
        return err_rule(ERR_INVALID, "id_reused", "this id was used for a delivery of other bytes");
    if (facts->same.count > 0)
        return err_rule(ERR_INVALID, "duplicate_of",
                        "the same bytes were delivered before under another id");
    if (a->uri.ptr != NULL && facts->upload.count == 0)
        return err_rule(ERR_INVALID, "object_unread",
                        "the object store did not give all bytes in time");
    return mismatch(first_upload(&facts->upload), a->agreement, a->bytes, a->sha256);
}

/* The same came while it waited: on the topic, whole. */
static const struct delivery *repeated_delivery(const struct announcement *a,
                                                const struct rows *known)
{
    const struct delivery *d = known->count > 0 ? ROW(struct delivery, *known, 0) : NULL;
    return d != NULL && sha256_equal(d->sha256, a->sha256) ? d : NULL;
}

static struct err *settle(struct worker *worker, struct arena *arena, int32_t tenant,
                          const struct announcement *a)
{
    struct settle_facts facts = {0};
    struct str name = {0};
    struct plan plan;
    plan_begin(&plan, arena);
    TRY(worker_tenant(worker, tenant, &name));
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &ingest_select_agreement, agreement_fields, struct agreement, &facts.agreement,
         V(a->agreement));
    LOAD(load, &ingest_select_known, delivery_fields, struct delivery, &facts.known, V(a->system),
         V(a->identity));
    LOAD(load, &ingest_select_same, delivery_fields, struct delivery, &facts.same, V(a->sha256));
    LOAD(load, &upload_select, upload_fields, struct upload, &facts.upload, V(a->upload),
         V(a->system));
    TRY(load_run(load));
    struct str topic = receipts_topic(arena, name, a->system);
    const struct delivery *repeated = repeated_delivery(a, &facts.known);
    const struct err *why = settled_refusal(a, &facts);
    const struct upload *upload = first_upload(&facts.upload);
    PLAN_SQL(&plan, &announcement_delete, V(a->id));
    if (repeated != NULL)
        plan_receipts(&plan, topic, repeated, (unsigned)repeated->receipts);
    else if (why != NULL)
        plan_refusal(&plan, topic, a->id, a->identity, why,
                     facts.same.count > 0 ? ROW(struct delivery, facts.same, 0)->id
                                          : (struct uuid){0});
    else
        plan_delivery(&plan, topic, a, worker_now(worker),
                      ROW(struct agreement, facts.agreement, 0)->accepts_by_itself);
    /* What ingest fetched itself nobody else can announce. */
    bool vain = why != NULL && a->uri.ptr != NULL && upload != NULL;
    if (vain ||
        (is_delivered(&facts.known, &facts.same, a->sha256) && has_bytes(upload, a->sha256)))
        plan_upload_end(&plan, upload);
    return worker_apply(worker, tenant, &plan, arena);
}

struct err *announcements_settle(struct worker *worker, struct arena *arena, int32_t tenant,
                                 struct uuid upload)
{
    struct rows ripe = {0};
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &announcement_select_ripe, announcement_fields, struct announcement, &ripe,
         V(upload));
    TRY(load_run(load));
    for (size_t i = 0; i < ripe.count; i++) {
        struct err *e = settle(worker, arena, tenant, ROW(struct announcement, ripe, i));
        if (e != NULL && err_class(e) != ERR_CLASS_CONFLICT) /* another replica was faster */
            return e;
    }
    return NULL;
}
