/* The disclosure: one explicit transaction of facts, decision and log row (S25 in
 * libcommon/README.md). */
#include "services/search/room.h"
#include "text/json.h"

const struct logged_apart logged_apart[LOGGED_APART] = {
    {1U << OBLIGATION_LOG_OPENED_OTHER_UNITS, "opened_other_units"},
    {1U << OBLIGATION_ALERT_ADMINISTRATOR, "emergency"}};

struct err *disclose(struct request *request,
                     struct err *(*attempt)(struct request *request, void *state), void *state)
{
    struct err *e = NULL;
    for (int i = 0; i < TRIES; i++) {
        e = attempt(request, state);
        if (e == NULL)
            e = db_commit(request->db);
        if (e == NULL)
            return NULL;
        db_rollback(request->db);
        if (e->code != ERR_CONFLICT)
            return e;
        request->now = worker_now(request->worker); /* decided again, at another time */
    }
    return err_wrap(e, "the rules changed while your question was answered; ask again");
}

struct err *disclose_log(struct request *request, const struct disclosing *d, const char *action,
                         struct uuid person, int64_t records, struct str what,
                         const struct permission *permission)
{
    size_t count = 0;
    struct fact_version *versions = facts_versions(&d->subject, &d->facts, request->arena, &count);
    struct str reason = d->intent.reason;
    if (d->intent.request_number.len > 0)
        reason = arena_format(request->arena, "%.*s%s(%.*s)", STR_ARG(reason),
                              reason.len > 0 ? " " : "", STR_ARG(d->intent.request_number));
    struct disclosure row = disclosure_by(&d->subject);
    row.person = person;
    row.action = action;
    row.purpose = permission_purposes[d->intent.purpose - 1];
    row.records = records;
    row.what = what;
    row.permission = permission;
    row.reason = reason.len > 0 ? reason : (struct str){0};
    return disclosure_write(request, &row, versions, count);
}

/* --- one record
 * ------------------------------------------------------------------------------------- */

struct err *record_load(struct request *request, struct found_key key, struct found **out)
{
    struct rows rows = {0};
    TRY(db_rows(request->db, &search_select_record, found_fields, sizeof(struct found),
                request->arena, &rows,
                VALUES(V((int64_t)key.shard), V(key.package), V((int64_t)key.part),
                       V((int64_t)key.number))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such record");
    *out = ROW(struct found, rows, 0);
    return NULL;
}

static struct err *log_read(struct request *request, const struct opened *o)
{
    const struct uuid person = found_person(o->found);
    struct str what =
        arena_format(request->arena, "{\"type\":\"%.*s\",\"part\":\"%.*s\",\"records\":[\"%s\"]}",
                     STR_ARG(o->d.type->name), STR_ARG(o->part), found_key_text(o->key).text);
    TRY(disclose_log(request, &o->d, "read", person, 1, what, &o->permission));
    for (size_t i = 0; i < COUNT(logged_apart); i++)
        if ((o->permission.obligations & logged_apart[i].obligation) != 0)
            TRY(disclose_log(request, &o->d, logged_apart[i].action, person, 1, what,
                             &o->permission));
    return NULL;
}

static struct err *attempt_record(struct request *request, void *state)
{
    struct opened *o = state;
    struct permission at_all;
    o->d.facts = FACTS_AT(request->now);
    TRY(subject_load(request, &o->d.subject));
    TRY(intent_read(request, &o->d.subject, ACTION_READ, &o->d.intent));
    TRY(db_begin(request->db, request->tenant));
    TRY(record_load(request, o->key, &o->found));
    TRY(search_type(request->house, o->found->record.type, &o->d.type, &o->d.shown));
    const struct asked asked = {.tenant = request->tenant,
                                .subject = &o->d.subject.permission,
                                .type = o->d.type,
                                .intent = &o->d.intent,
                                .facts = &o->d.facts};
    TRY(decide_at_all(&asked, &at_all));
    const struct uuids seeds = {&o->found->record.person, 1};
    TRY(facts_persons(request, seeds, (struct instant){0}, &o->d.facts.persons));
    TRY(facts_read(request, &o->d.subject, o->found, 1, &o->d.facts));
    decide_all(&asked, o->found, 1, request->arena, &o->permission);
    if (o->permission.outcome != PERMISSION_ALLOW)
        return decide_refusal(&o->permission);
    return log_read(request, o);
}

struct err *open_record(struct request *request, struct opened *opened)
{
    if (!found_key_parse(http_param(&request->match, "record"), &opened->key))
        return err_new(ERR_NOT_FOUND, "there is no such record");
    return disclose(request, attempt_record, opened);
}
