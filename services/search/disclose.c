/* The disclosure: facts with their versions, decision, and the log row, which is written only if no
 * version has changed (S25 in libcommon/README.md). */
#include "services/search/room.h"
#include "text/json.h"

const struct logged_apart logged_apart[LOGGED_APART] = {
    {1U << OBLIGATION_LOG_OPENED_OTHER_UNITS, ACTION_OPENED_OTHER_UNITS},
    {1U << OBLIGATION_LOG_OPENED_RESTRICTED_LINK, ACTION_OPENED_RESTRICTED_LINK},
    {1U << OBLIGATION_ALERT_ADMINISTRATOR, ACTION_EMERGENCY}};

struct err *disclose(struct request *request,
                     struct err *(*attempt)(struct request *request, struct batch *log,
                                            void *state),
                     void *state)
{
    struct err *e = NULL;
    for (int i = 0; i < TRIES; i++) {
        struct batch *log = batch_new(request->db, request->tenant, request->arena);
        e = attempt(request, log, state);
        if (e == NULL)
            e = batch_run(log);
        if (e == NULL || e->code != ERR_CONFLICT)
            return e;
        TRY(worker_now_again(request->worker, &request->now)); /* decided again, at another time */
    }
    return err_wrap(e, "the rules changed while your question was answered; ask again");
}

void disclose_log(const struct request *request, struct batch *log, const struct disclosing *d,
                  const struct disclosure *told)
{
    size_t count = 0;
    struct fact_version *versions = facts_versions(&d->subject, &d->facts, request->arena, &count);
    struct str reason = d->intent.reason;
    if (d->intent.request_number.len > 0)
        reason = arena_format(request->arena, "%.*s%s(%.*s)", STR_ARG(reason),
                              reason.len > 0 ? " " : "", STR_ARG(d->intent.request_number));
    struct disclosure row = disclosure_by(&d->subject);
    row.person = told->person;
    row.action = told->action;
    row.purpose = permission_purposes[d->intent.purpose - 1];
    row.records = told->records;
    row.what = told->what;
    row.permission = told->permission;
    row.reason = reason.len > 0 ? reason : (struct str){0};
    disclosure_write(request, log, &row, versions, count);
}

/* --- one record
 * ------------------------------------------------------------------------------------- */

void record_ask(struct found_key key, struct load *load, struct rows *out)
{
    LOAD(load, &search_select_record, found_fields, struct found, out, V((int64_t)key.shard),
         V(key.package), V((int64_t)key.part), V((int64_t)key.number));
}

struct err *record_take(struct request *request, const struct rows *rows, struct disclosing *d,
                        struct found **out)
{
    if (rows->count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such record");
    *out = ROW(struct found, *rows, 0);
    return search_type(request->house, (*out)->record.type, &d->type, &d->shown);
}

static void log_opened(struct request *request, struct batch *log, const struct opened *o)
{
    struct disclosure told = {.action = o->action,
                              .person = found_person(o->found),
                              .records = 1,
                              .permission = &o->permission};
    told.what =
        arena_format(request->arena, "{\"type\":\"%.*s\",\"part\":\"%.*s\",\"records\":[\"%s\"]}",
                     STR_ARG(o->d.type->name), STR_ARG(o->part), found_key_text(o->key).text);
    disclose_log(request, log, &o->d, &told);
    for (size_t i = 0; i < COUNT(logged_apart); i++) {
        told.action = logged_apart[i].action;
        if ((o->permission.obligations & logged_apart[i].obligation) != 0)
            disclose_log(request, log, &o->d, &told);
    }
}

static struct err *attempt_record(struct request *request, struct batch *log, void *state)
{
    struct opened *o = state;
    struct rows subject = {0};
    struct rows records = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    o->d.facts = FACTS_AT(request->now);
    subject_ask(request, load, &subject);
    record_ask(o->key, load, &records);
    TRY(load_run(load));
    TRY(subject_take(request, &subject, &o->d.subject));
    TRY(intent_read(request, &o->d.subject, o->action, &o->d.intent));
    TRY(record_take(request, &records, &o->d, &o->found));
    const struct asked asked = {.tenant = request->tenant,
                                .subject = &o->d.subject.permission,
                                .type = o->d.type,
                                .intent = &o->d.intent,
                                .facts = &o->d.facts};
    TRY(facts_first(request, (struct uuids){&o->found->record.person, 1}, (struct instant){0},
                    o->found, 1, &o->d.facts));
    TRY(facts_read(request, &o->d.subject, o->found, 1, &o->d.facts));
    decide_all(&asked, o->found, 1, request->arena, &o->permission);
    if (o->permission.outcome != PERMISSION_ALLOW)
        return decide_refusal(&o->permission);
    log_opened(request, log, o);
    return NULL;
}

struct err *open_record(struct request *request, struct opened *opened)
{
    if (!found_key_parse(http_param(&request->match, "record"), &opened->key))
        return err_new(ERR_NOT_FOUND, "there is no such record");
    return disclose(request, attempt_record, opened);
}
