/* GET /records/{record}/why: what is decided of a record and for which reasons, for oneself, or, by
 * those who administer or review, for another's assignment; now or on another day. No content. */
#include "services/search/room.h"

struct why {
    struct disclosing d; /* who asks */
    struct subject about;
    struct found_key key;
    struct uuid assignment; /* whose; nil: the caller's own */
    struct instant on;      /* not known: now */
    enum permission_action action;
    struct permission permission;
};

static struct err *why_read(struct request *request, struct why *w)
{
    struct str on = http_call_query(request->call, "on");
    struct str assignment = http_call_query(request->call, "assignment");
    struct str action = http_call_query(request->call, "action");
    if (!found_key_parse(http_param(&request->match, "record"), &w->key))
        return err_new(ERR_NOT_FOUND, "there is no such record");
    TRY(day_read(on, &w->on));
    if (assignment.ptr != NULL && !uuid_parse(assignment, &w->assignment))
        return err_field(ERR_INVALID, "assignment", "not an id");
    w->action = action.ptr == NULL
                    ? ACTION_READ
                    : (enum permission_action)permission_word(permission_actions, action);
    return w->action != ACTION_NOT_KNOWN ? NULL
                                         : err_field(ERR_INVALID, "action", "no action of ours");
}

/* Another's: only for who answers for that people may see what they may. */
static struct err *find_about(struct request *request, struct why *w)
{
    static const enum permission_role others[] = {ROLE_LOCAL_ADMINISTRATOR, ROLE_LOG_REVIEWER};
    w->about = w->d.subject;
    if (uuid_is_nil(w->assignment))
        return NULL;
    TRY(subject_need_role(request, &w->d.subject, others, COUNT(others)));
    return subject_find(request, w->assignment, &w->about);
}

static void log_why(const struct request *request, struct batch *log, const struct why *w,
                    const struct found *found)
{
    struct str what = arena_format(
        request->arena, "{\"type\":\"%.*s\",\"assignment\":\"%s\",\"records\":[\"%s\"]}",
        STR_ARG(w->d.type->name), uuid_text(w->about.assignment).text, found_key_text(w->key).text);
    const struct disclosure told = {.action = ACTION_EXPLAINED,
                                    .person = found_person(found),
                                    .records = 1,
                                    .what = what,
                                    .permission = &w->permission};
    disclose_log(request, log, &w->d, &told);
}

static struct err *attempt_why(struct request *request, struct batch *log, void *state)
{
    struct why *w = state;
    struct found *found = NULL;
    struct rows subject = {0};
    struct rows records = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    w->d.facts = FACTS_AT(w->on.known ? w->on : request->now);
    subject_ask(request, load, &subject);
    record_ask(w->key, load, &records);
    TRY(load_run(load));
    TRY(subject_take(request, &subject, &w->d.subject));
    TRY(find_about(request, w));
    TRY(intent_read(request, &w->about, w->action, &w->d.intent));
    TRY(record_take(request, &records, &w->d, &found));
    TRY(facts_first(request, (struct uuids){&found->record.person, 1}, w->on, found, 1,
                    &w->d.facts));
    TRY(facts_read(request, &w->about, found, 1, &w->d.facts));
    const struct asked asked = {.tenant = request->tenant,
                                .subject = &w->about.permission,
                                .type = w->d.type,
                                .intent = &w->d.intent,
                                .facts = &w->d.facts};
    decide_all(&asked, found, 1, request->arena, &w->permission);
    /* Nobody learns of another provider's records by asking why they may not be seen. */
    if (uuid_is_nil(w->assignment) && w->permission.hidden)
        return decide_refusal(&w->permission);
    if (w->on.known) /* the answer about that day does not change by itself */
        w->permission.until = (struct instant){0};
    log_why(request, log, w, found);
    return NULL;
}

struct err *search_why(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct why w = {0};
    char on[INSTANT_TEXT];
    TRY(why_read(request, &w));
    TRY(disclose(request, attempt_why, &w));
    instant_print(w.d.facts.permission.now, on);
    buf_format(request->out,
               "{\"record\":\"%s\",\"assignment\":\"%s\",\"on\":\"%s\",\"as_of_today\":" AS_OF_TODAY
               ",\"decision\":",
               found_key_text(w.key).text, uuid_text(w.about.assignment).text, on);
    permission_print(&w.permission, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
