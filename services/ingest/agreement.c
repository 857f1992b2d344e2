/* Submission agreements: local administrators make them, their source systems read them; and which
 * formats a region archives. */
#include "services/ingest/object.h"
#include "services/ingest/room.h"
#include "svc/subject.h"
#include "text/json.h"
#include "validate/format_policy.h"

struct agreement_body {
    struct str system;
    struct str title;
    struct str information_type;
    struct str reader;
    struct str archive_creator;
    struct str care_provider;
    struct str source_system;
    bool accepts_by_itself;
    int32_t accept_within_days;
    int32_t keep_rejected_days;
    int32_t keep_test_days;
    bool must_be_encrypted;
    bool refuse_unscanned;
    struct strs profiles;
    struct strs content_types;
    struct strs formats;
    struct strs descriptions;
    int64_t package_bytes_max;
    int64_t files_max;
    int64_t file_bytes_max;
    struct object_store store;
};
enum { DAYS_MAX = 3650, LIST_MAX = 200 };
/* When nothing is said: 2 TiB. */
#define PACKAGE_BYTES_MAX (INT64_C(2) << 40)
static const char *const readers[] = {"files", "rivta", "erms", NULL};
static const struct field agreement_body_fields[] = {
    FIELD(struct agreement_body, system, REQUIRED, .min = 1, .max = 32),
    FIELD(struct agreement_body, title, REQUIRED, .min = 1, .max = 200),
    FIELD(struct agreement_body, information_type, REQUIRED, .min = 1, .max = 32),
    FIELD(struct agreement_body, reader, REQUIRED, .one_of = readers),
    FIELD(struct agreement_body, archive_creator, REQUIRED, .min = 1, .max = 200),
    FIELD(struct agreement_body, care_provider, OPTIONAL, .max = 64),
    FIELD(struct agreement_body, source_system, REQUIRED, .min = 1, .max = 64),
    FIELD(struct agreement_body, accepts_by_itself, REQUIRED),
    FIELD(struct agreement_body, accept_within_days, OPTIONAL, .min = 1, .max = DAYS_MAX),
    FIELD(struct agreement_body, keep_rejected_days, OPTIONAL, .min = 0, .max = DAYS_MAX),
    FIELD(struct agreement_body, keep_test_days, OPTIONAL, .min = 0, .max = DAYS_MAX),
    FIELD(struct agreement_body, must_be_encrypted, OPTIONAL),
    FIELD(struct agreement_body, refuse_unscanned, OPTIONAL),
    FIELD(struct agreement_body, profiles, OPTIONAL),
    FIELD(struct agreement_body, content_types, OPTIONAL),
    FIELD(struct agreement_body, formats, OPTIONAL),
    FIELD(struct agreement_body, descriptions, OPTIONAL),
    FIELD(struct agreement_body, package_bytes_max, OPTIONAL, .min = 1),
    FIELD(struct agreement_body, files_max, OPTIONAL, .min = 0),
    FIELD(struct agreement_body, file_bytes_max, OPTIONAL, .min = 0),
    OBJECT_STORE_FIELDS(struct agreement_body),
    FIELDS_END};

/* A list is loaded with each delivery, and told whole in a finding. */
static struct err *lists_check(const struct agreement_body *body)
{
    const struct {
        const char *name;
        const struct strs *list;
    } lists[] = {{"profiles", &body->profiles},
                 {"content_types", &body->content_types},
                 {"formats", &body->formats},
                 {"descriptions", &body->descriptions}};
    for (size_t i = 0; i < COUNT(lists); i++)
        if (lists[i].list->count > LIST_MAX)
            return err_field(ERR_INVALID, lists[i].name, "more than %d", LIST_MAX);
    return NULL;
}

static bool is_agreement_id(struct str id)
{
    enum { ID_MAX = 64 };
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' &&
            c != '_' && c != '-')
            return false;
    }
    return id.len > 0 && id.len <= ID_MAX;
}

/* As the table has them: an agreement's id stands in packages, a system's name in topics. */
static struct err *names_check(struct str agreement, struct str system)
{
    enum { SYSTEM_MAX = 32 };
    if (!is_agreement_id(agreement))
        return err_field(ERR_INVALID, "agreement", "not letters A to Z, digits, '.', '_' and '-'");
    if (!vault_tenant_ok(system) || system.len > SYSTEM_MAX)
        return err_field(ERR_INVALID, "system", "not a-z, 0-9 and hyphens");
    return NULL;
}

struct err *ingest_put_agreement(struct request *request, struct http_reply *reply)
{
    static const enum permission_role administrators[] = {ROLE_LOCAL_ADMINISTRATOR};
    struct subject subject;
    struct agreement_body body = {.accept_within_days = 90,
                                  .keep_rejected_days = 30,
                                  .keep_test_days = 30,
                                  .package_bytes_max = PACKAGE_BYTES_MAX};
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, administrators, COUNT(administrators)));
    TRY(json_read(request->body, agreement_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    struct str agreement = http_param(&request->match, "agreement");
    TRY(names_check(agreement, body.system));
    struct object_store *store = &body.store;
    if (store->endpoint.ptr != NULL && store->prefix.ptr == NULL)
        store->prefix = S("");
    if (store->endpoint.ptr != NULL && store->region.ptr == NULL)
        store->region = S("us-east-1");
    TRY(object_store_check(store));
    TRY(lists_check(&body));
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &ingest_put_agreement_row,
              VALUES(V(agreement), V(body.system), V(body.title), V(body.information_type),
                     V(body.reader), V(body.archive_creator), V(body.care_provider),
                     V(body.source_system), V(body.accepts_by_itself),
                     V((int64_t)body.accept_within_days), V((int64_t)body.keep_rejected_days),
                     V((int64_t)body.keep_test_days), V(body.must_be_encrypted), V(store->endpoint),
                     V(store->bucket), V(store->prefix), V(store->region), V(store->credentials),
                     V(body.refuse_unscanned), V(body.profiles), V(body.content_types),
                     V(body.formats), V(body.descriptions), V(body.package_bytes_max),
                     V(body.files_max), V(body.file_bytes_max)));
    TRY(batch_run(batch));
    reply->status = 204;
    return NULL;
}

/* An agreement as its source system may know it, with what it encrypts to (S21). */
struct agreement_view {
    struct agreement agreement; /* without the name of its store's keys */
    struct str delivery_recipient;
};
#define OF_AGREEMENT(member) FIELD_NAMED(struct agreement_view, agreement.member, #member, REQUIRED)
static const struct field agreement_view_fields[] = {
    FIELD_NAMED(struct agreement_view, agreement.id, "agreement", REQUIRED),
    OF_AGREEMENT(information_type),
    OF_AGREEMENT(in_force),
    OF_AGREEMENT(accepts_by_itself),
    OF_AGREEMENT(must_be_encrypted),
    OF_AGREEMENT(refuse_unscanned),
    OF_AGREEMENT(profiles),
    OF_AGREEMENT(content_types),
    OF_AGREEMENT(formats),
    OF_AGREEMENT(descriptions),
    OF_AGREEMENT(package_bytes_max),
    OF_AGREEMENT(files_max),
    OF_AGREEMENT(file_bytes_max),
    FIELD(struct agreement_view, delivery_recipient, REQUIRED),
    FIELD_NAMED(struct agreement_view, agreement.store.endpoint, "store_endpoint", OPTIONAL),
    FIELD_NAMED(struct agreement_view, agreement.store.bucket, "store_bucket", OPTIONAL),
    FIELD_NAMED(struct agreement_view, agreement.store.prefix, "store_prefix", OPTIONAL),
    FIELDS_END};

struct recipient_answer {
    struct str recipient;
};
static const struct field recipient_fields[] = {FIELD(struct recipient_answer, recipient, REQUIRED),
                                                FIELDS_END};

static struct err *delivery_recipient(struct request *request, struct str *out)
{
    struct str body = {0};
    struct recipient_answer answer = {0};
    struct str path =
        arena_format(request->arena, "/tenants/%d/delivery-recipient", request->tenant);
    TRY(err_wrap(worker_ask(request->worker, request->house->config.keys_url, path.ptr,
                            (struct str){0}, request->arena, &body),
                 "could not get the delivery recipient"));
    TRY(json_read(body, recipient_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &answer));
    *out = answer.recipient;
    return NULL;
}

struct err *ingest_get_agreement(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct rows rows = {0};
    struct str recipient = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_agreement, agreement_fields, struct agreement, &rows,
         V(http_param(&request->match, "agreement")));
    TRY(load_run(load));
    const struct agreement *a = rows.count > 0 ? ROW(struct agreement, rows, 0) : NULL;
    if (a == NULL || !str_equal(a->system, request->system))
        return err_new(ERR_NOT_FOUND, "there is no such agreement");
    TRY(delivery_recipient(request, &recipient));
    const struct agreement_view view = {*a, recipient};
    json_write(agreement_view_fields, &view, request->out);
    return NULL;
}

/* --- formats
 * ---------------------------------------------------------------------------------------------- */

/* A ruling of the region's. */
struct ruling {
    struct str information_type; /* absent: for all */
    struct str puid;
    struct str verdict;
    struct str reason;
    struct instant valid_from;
    struct uuid decided_by; /* these two are told, not given */
    struct instant decided_at;
};
static const struct field ruling_fields[] = {
    FIELD(struct ruling, information_type, OPTIONAL, .max = 32),
    FIELD(struct ruling, puid, REQUIRED, .min = 1, .max = 20),
    FIELD(struct ruling, verdict, REQUIRED, .one_of = format_verdicts),
    FIELD(struct ruling, reason, REQUIRED, .min = 1, .max = 500),
    FIELD(struct ruling, valid_from, OPTIONAL),
    FIELD(struct ruling, decided_by, OPTIONAL),
    FIELD(struct ruling, decided_at, OPTIONAL),
    FIELDS_END};

struct err *ingest_put_ruling(struct request *request, struct http_reply *reply)
{
    static const enum permission_role deciders[] = {ROLE_ARCHIVIST};
    struct subject subject;
    struct ruling ruling = {0};
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, deciders, COUNT(deciders)));
    TRY(json_read(request->body, ruling_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &ruling));
    if (!format_policy_is_ruled(ruling.puid))
        return err_field(ERR_INVALID, "puid", "neither a PUID, as fmt/95, nor * nor ?");
    if (!ruling.valid_from.known)
        ruling.valid_from = request->now;
    struct batch *batch = batch_new(request->db, request->tenant, request->arena);
    batch_add(batch, &ingest_put_ruling_row,
              VALUES(V(ruling.information_type), V(ruling.puid), V(ruling.verdict),
                     V(ruling.reason), V(ruling.valid_from), V(subject.user), V(request->now)));
    TRY(batch_run(batch));
    reply->status = 204;
    return NULL;
}

struct err *ingest_list_rulings(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct rows rows = {0};
    TRY(ingest_let_in(request));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_rulings, ruling_fields, struct ruling, &rows);
    TRY(load_run(load));
    buf_put(request->out, S("{\"rulings\":"));
    json_write_list(ruling_fields, rows.at, sizeof(struct ruling), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
