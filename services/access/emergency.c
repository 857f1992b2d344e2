/* Emergency access (nödöppning, lag 2022:913): one user opens one patient's records at other care
 * providers for some hours, with a written reason, when relation or consent cannot be had. What the
 * patient has blocked stays blocked until it is lifted. Each is an alert of the same id
 * (alerts.c), made with it: local administrators see it until one of them has said so. */
#include "services/access/room.h"
#include "text/json.h"

enum { EMERGENCIES_SHOWN = 200 };
#define EMERGENCY_US (4 * INT64_C(3600) * 1000000)

struct emergency {
    struct uuid id;
    struct json_text person; /* as stated */
    struct uuid pseudonym;
    struct uuid user;
    struct uuid assignment;
    struct str reason;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field body_fields[] = {
    FIELD(struct emergency, person, REQUIRED),
    FIELD(struct emergency, reason, REQUIRED, .min = 1, .max = 1000), FIELDS_END};
static const struct field fact_fields[] = {
    FIELD(struct emergency, id, REQUIRED),
    FIELD_NAMED(struct emergency, pseudonym, "person", REQUIRED),
    FIELD(struct emergency, user, REQUIRED),
    FIELD(struct emergency, assignment, REQUIRED),
    FIELD(struct emergency, valid_from, REQUIRED),
    FIELD(struct emergency, valid_until, REQUIRED),
    FIELDS_END};
static const struct field opened_fields[] = {FIELD(struct emergency, id, REQUIRED),
                                             FIELD(struct emergency, valid_until, REQUIRED),
                                             FIELDS_END};

static void plan_emergency(struct change *change, const void *fact)
{
    const struct emergency *e = fact;
    change_concerns_ids(change, S("person"), e->pseudonym, (struct uuid){0});
    CHANGE_SQL(change, &access_insert_emergency, V(e->id), V(e->user), V(e->assignment),
               V(e->pseudonym), V(told_or_from_journal(e->reason)), V(e->valid_from),
               V(e->valid_until));
    CHANGE_SQL(change, &access_insert_emergency_alert, V(e->id), V(e->user), V(e->assignment),
               V(e->valid_from));
}
const struct change_kind change_emergency = {"emergency", fact_fields, sizeof(struct emergency),
                                             plan_emergency};

/* One that opens nothing would tell a reason, and alert somebody, for nothing; and who is in a
 * hurry hears at once that another assignment is needed. */
static struct err *check_opens(const struct permission_assignment *own, struct instant now)
{
    const struct permission permission = permission_of_emergency(own, now);
    return permission.outcome == PERMISSION_ALLOW
               ? NULL
               : err_wrap(subject_refused(&permission), "an emergency would open nothing");
}

struct err *access_open_emergency(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct subject by;
    struct emergency body = {.id = uuid_random(),
                             .assignment = request->token.assignment,
                             .valid_from = request->now,
                             .valid_until = instant_add(request->now, EMERGENCY_US)};
    TRY(change_begin_care(request, &change, &by));
    TRY(check_opens(&by.permission.assignment, request->now));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    if (str_trim(body.reason).len == 0)
        return err_field(ERR_INVALID, "reason", "empty");
    TRY(person_read(request, body.person, "person", &body.pseudonym));
    body.user = change.by;
    TRY(change_apply(request, &change, &change_emergency, &body));
    json_write(opened_fields, &body, request->out);
    reply->status = 201;
    return NULL;
}

/* --- the alert
 * -------------------------------------------------------------------------------------- */

struct emergency_row {
    struct uuid id;
    struct str login;
    struct str name;
    struct str unit;
    struct str care_provider;
    struct str reason;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field row_fields[] = {FIELD(struct emergency_row, id, REQUIRED),
                                          FIELD(struct emergency_row, login, REQUIRED),
                                          FIELD(struct emergency_row, name, REQUIRED),
                                          FIELD(struct emergency_row, unit, OPTIONAL),
                                          FIELD(struct emergency_row, care_provider, OPTIONAL),
                                          FIELD(struct emergency_row, reason, REQUIRED),
                                          FIELD(struct emergency_row, valid_from, REQUIRED),
                                          FIELD(struct emergency_row, valid_until, REQUIRED),
                                          FIELDS_END};

/* Who opened and why, never whom: that is for who reviews the log. */
struct err *access_list_emergencies(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_emergencies, row_fields, struct emergency_row, &rows,
         V(EMERGENCIES_SHOWN));
    TRY(load_run(load));
    buf_put(request->out, S("{\"emergencies\":"));
    json_write_list(row_fields, rows.at, sizeof(struct emergency_row), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}

struct seen {
    struct uuid id;
};
static const struct field seen_fields[] = {FIELD(struct seen, id, REQUIRED), FIELDS_END};

static void plan_seen(struct change *change, const void *fact)
{
    const struct seen *s = fact;
    CHANGE_SQL(change, &access_mark_emergency, V(s->id), V(change->by), V(change->at));
    CHANGE_SQL(change, &access_acknowledge_alert, V(s->id), V(change->by), V(change->at));
}
const struct change_kind change_emergency_seen = {"emergency_seen", seen_fields,
                                                  sizeof(struct seen), plan_seen};

struct err *access_see_emergency(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct seen fact = {0};
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(param_id(request, "emergency", &fact.id));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_emergency, id_fields, struct id_row, &rows, V(fact.id));
    TRY(load_run(load));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such emergency");
    reply->status = 204;
    return change_apply(request, &change, &change_emergency_seen, &fact);
}
