/* POST /deliveries/{delivery}/acceptance and /return: an archivist decides. The Idempotency-Key is
 * the message id of an HTTP command (S10): the same request again changes nothing and is answered
 * as it stands now. */
#include "domain/person.h"
#include "services/ingest/acceptance.h"
#include "svc/subject.h"
#include "text/json.h"

enum { TRIES = 4, KEY_MAX = 64, NOTE_MAX = 2000 };

#define ACCEPT_WORD(word)
#define RETURN_WORD(word)
#define TIME_WORD(word)
#define REASON(what, word, meaning) what##_WORD(word)
#undef ACCEPT_WORD
#define ACCEPT_WORD(word) word,
static const char *const accept_reasons[] = {
#include "domain/decision_reasons.def"
    NULL};
#undef ACCEPT_WORD
#define ACCEPT_WORD(word)
#undef RETURN_WORD
#define RETURN_WORD(word) word,
static const char *const return_reasons[] = {
#include "domain/decision_reasons.def"
    NULL};

struct decision_body {
    struct str reason;
    struct str note;
};
static const struct field accept_fields[] = {
    FIELD(struct decision_body, reason, REQUIRED, .one_of = accept_reasons),
    FIELD(struct decision_body, note, OPTIONAL, .max = NOTE_MAX), FIELDS_END};
static const struct field return_fields[] = {
    FIELD(struct decision_body, reason, REQUIRED, .one_of = return_reasons),
    FIELD(struct decision_body, note, OPTIONAL, .max = NOTE_MAX), FIELDS_END};

struct command {
    enum decision decision;
    const char *route;
    struct uuid delivery;
    struct uuid subject;
    struct str key;
    struct sha256 sha256; /* of what was asked */
    struct decided decided;
};

static struct err *read_key(const struct request *request, struct str *out)
{
    struct str key = http_call_header(request->call, "Idempotency-Key");
    if (key.len == 0 || key.len > KEY_MAX || !str_is_utf8(key))
        return err_field(ERR_INVALID, "Idempotency-Key", "missing, or over %d bytes", KEY_MAX);
    if (looks_like_personal_number(key))
        return err_field(ERR_INVALID, "Idempotency-Key", "looks like a personal number");
    *out = key;
    return NULL;
}

static struct err *read_command(struct request *request, enum decision decision,
                                struct command *out)
{
    static const enum permission_role archivist[] = {ROLE_ARCHIVIST};
    struct subject subject;
    struct decision_body body = {0};
    bool accepts = decision == DECISION_ACCEPT;
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, archivist, COUNT(archivist)));
    TRY(json_read(request->body, accepts ? accept_fields : return_fields, JSON_REFUSE_UNKNOWN, "",
                  request->arena, &body));
    if (looks_like_personal_number(body.note))
        return err_field(ERR_INVALID, "note", "holds a personal number");
    if (!uuid_parse(http_param(&request->match, "delivery"), &out->delivery))
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    TRY(read_key(request, &out->key));
    out->decision = decision;
    out->route = accepts ? "acceptDelivery" : "returnDelivery";
    out->subject = subject.user;
    out->sha256 = sha256_of(arena_format(request->arena, "%s\n%.*s", uuid_text(out->delivery).text,
                                         STR_ARG(request->body)));
    out->decided = (struct decided){subject.user, body.reason, body.note, request->now};
    return NULL;
}

struct facts {
    struct rows delivery; /* struct delivery */
    struct rows current;  /* struct current */
    struct rows command;  /* struct command_row: this key was used */
};
struct command_row {
    struct sha256 sha256;
};
static const struct field command_fields[] = {FIELD(struct command_row, sha256, REQUIRED),
                                              FIELDS_END};

static struct err *load_facts(const struct request *request, const struct command *c,
                              struct facts *facts)
{
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &ingest_select_delivery, delivery_fields, struct delivery, &facts->delivery,
         V(c->delivery));
    LOAD(load, &ingest_select_current, current_fields, struct current, &facts->current,
         V(c->delivery));
    LOAD(load, &ingest_select_command, command_fields, struct command_row, &facts->command,
         V(c->subject), V(str_from(c->route)), V(c->key));
    TRY(load_run(load));
    return facts->delivery.count > 0 ? NULL : err_new(ERR_NOT_FOUND, "there is no such delivery");
}

/* Is it a repeat? Then nothing is decided. */
static struct err *is_repeat(const struct command *c, const struct facts *facts, bool *out)
{
    *out = facts->command.count > 0;
    if (*out && !sha256_equal(ROW(struct command_row, facts->command, 0)->sha256, c->sha256))
        return err_rule(ERR_CONFLICT, "key_reused", "the Idempotency-Key was used before");
    return NULL;
}

static void plan_command(struct plan *plan, const struct command *c)
{
    PLAN_SQL(plan, &ingest_insert_command, V(c->subject), V(str_from(c->route)), V(c->key),
             V(c->sha256));
}

/* One try; `out_raced` when what was read had changed before it could be held. */
static struct err *try_once(struct request *request, const struct command *c, bool *out_raced)
{
    struct facts facts = {0};
    struct plan plan;
    struct str tenant = {0};
    bool repeat = false;
    TRY(load_facts(request, c, &facts));
    TRY(is_repeat(c, &facts, &repeat));
    struct delivery d = *ROW(struct delivery, facts.delivery, 0);
    const struct current *current =
        facts.current.count > 0 ? ROW(struct current, facts.current, 0) : NULL;
    if (!repeat) {
        TRY(decision_refusal(c->decision, &d, current));
        TRY(worker_tenant(request->worker, request->tenant, &tenant));
        plan_begin(&plan, request->arena);
        if (c->decision == DECISION_ACCEPT)
            plan_accepted(&plan, tenant, &d, current, &c->decided);
        else
            plan_returned(&plan, tenant, &d, &c->decided);
        plan_command(&plan, c);
        struct err *e = worker_apply(request->worker, request->tenant, &plan, request->arena);
        *out_raced = e != NULL && err_class(e) == ERR_CLASS_CONFLICT;
        TRY(e);
    }
    return ingest_show_delivery(request, c->delivery); /* as it stands now */
}

static struct err *decide(struct request *request, enum decision decision)
{
    struct command command = {0};
    struct err *e = NULL;
    TRY(read_command(request, decision, &command));
    bool raced = true;
    for (int i = 0; i < TRIES && raced; i++) {
        raced = false;
        e = try_once(request, &command, &raced);
    }
    return e;
}

struct err *ingest_accept(struct request *request, struct http_reply *reply)
{
    (void)reply;
    return decide(request, DECISION_ACCEPT);
}

struct err *ingest_return(struct request *request, struct http_reply *reply)
{
    (void)reply;
    return decide(request, DECISION_RETURN);
}
