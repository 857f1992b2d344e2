/* GET /records/{record}/readers: whose assignments open a record, now or on a day that has been,
 * and why. Asked by those who answer for that people may see what they may. No content. */
#include "services/search/room.h"
#include "text/json.h"

enum { PAGE = 200 }; /* assignments that one answer looks at */

struct assigned {
    struct uuid id;
};
static const struct field assigned_fields[] = {FIELD(struct assigned, id, REQUIRED), FIELDS_END};

struct reader {
    struct uuid assignment;
    struct uuid user;
    struct str name;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct str purpose;
    struct str outcome;
    struct str reasons;
};
static const struct field reader_fields[] = {
    FIELD(struct reader, assignment, REQUIRED), FIELD(struct reader, user, REQUIRED),
    FIELD(struct reader, name, REQUIRED),       FIELD(struct reader, role, REQUIRED),
    FIELD(struct reader, unit, OPTIONAL),       FIELD(struct reader, care_provider, OPTIONAL),
    FIELD(struct reader, purpose, REQUIRED),    FIELD(struct reader, outcome, REQUIRED),
    FIELD(struct reader, reasons, REQUIRED),    FIELDS_END};

struct listing {
    struct disclosing d; /* who asks */
    struct found_key key;
    struct instant on; /* not known: now */
    struct uuid after; /* nil: from the first */
    struct instant at;
    struct facts facts; /* of the record, whoever asks */
    struct reader *readers;
    size_t count;
    struct uuid next; /* nil: there are no more */
};

static struct err *listing_read(struct request *request, struct listing *l)
{
    struct str after = http_call_query(request->call, "after");
    if (!found_key_parse(http_param(&request->match, "record"), &l->key))
        return err_new(ERR_NOT_FOUND, "there is no such record");
    if (after.ptr != NULL && !uuid_parse(after, &l->after))
        return err_field(ERR_INVALID, "after", "not an id");
    return day_read(http_call_query(request->call, "on"), &l->on);
}

/* The purpose of the assignment that opens most. */
static struct permission decide_best(const struct request *request, const struct listing *l,
                                     const struct subject *subject, const struct facts *facts,
                                     const struct found *found, enum permission_purpose *out)
{
    struct permission best = {.outcome = PERMISSION_DENY};
    for (unsigned p = 0; permission_purposes[p] != NULL; p++) {
        const struct permission_intent intent = {.purpose = (enum permission_purpose)(p + 1),
                                                 .action = ACTION_READ};
        const struct asked asked = {request->tenant, &subject->permission, l->d.type, &intent,
                                    facts};
        struct permission permission;
        if ((subject->permission.assignment.purposes & 1U << intent.purpose) == 0)
            continue;
        decide_all(&asked, found, 1, request->arena, &permission);
        if (permission.outcome > best.outcome) {
            best = permission;
            *out = intent.purpose;
        }
    }
    return best;
}

static struct err *take_reader(struct request *request, struct listing *l,
                               const struct found *found, struct uuid assignment)
{
    struct subject subject;
    struct facts facts = l->facts;
    enum permission_purpose purpose = PURPOSE_NOT_KNOWN;
    autobuf struct buf reasons = buf_new(4096);
    TRY(subject_find(request, assignment, &subject));
    TRY(facts_read(request, &subject, found, 1, &facts));
    struct permission best = decide_best(request, l, &subject, &facts, found, &purpose);
    if (best.outcome == PERMISSION_DENY)
        return NULL;
    permission_print_reasons(&best, &reasons);
    const struct permission_assignment *a = &subject.permission.assignment;
    l->readers[l->count++] =
        (struct reader){.assignment = assignment,
                        .user = subject.user,
                        .name = subject.name,
                        .role = subject.role,
                        .unit = a->unit,
                        .care_provider = a->care_provider,
                        .purpose = str_from(permission_purposes[purpose - 1]),
                        .outcome = str_from(permission_outcomes[best.outcome]),
                        .reasons = arena_str(request->arena, buf_str(&reasons))};
    return NULL;
}

static struct err *take_readers(struct request *request, struct listing *l,
                                const struct found *found)
{
    struct rows rows = {0};
    TRY(request_rows(request, &search_select_assigned, assigned_fields, sizeof(struct assigned),
                     &rows, VALUES(V(l->on), V(l->d.type->name), V(l->after), V(PAGE + 1))));
    size_t looked_at = rows.count > PAGE ? PAGE : rows.count;
    l->readers = ARENA_ARRAY(request->arena, struct reader, looked_at + 1);
    l->count = 0;
    for (size_t i = 0; i < looked_at; i++)
        TRY(take_reader(request, l, found, ROW(struct assigned, rows, i)->id));
    l->next = rows.count > PAGE ? ROW(struct assigned, rows, PAGE - 1)->id : (struct uuid){0};
    return NULL;
}

static void log_listing(const struct request *request, struct batch *log, const struct listing *l,
                        const struct found *found, const struct permission *permission)
{
    struct str what =
        arena_format(request->arena, "{\"type\":\"%.*s\",\"readers\":%zu,\"records\":[\"%s\"]}",
                     STR_ARG(l->d.type->name), l->count, found_key_text(l->key).text);
    const struct disclosure told = {.action = ACTION_EXPLAINED,
                                    .person = found_person(found),
                                    .records = 1,
                                    .what = what,
                                    .permission = permission};
    disclose_log(request, log, &l->d, &told);
}

static struct err *attempt_listing(struct request *request, struct batch *log, void *state)
{
    static const enum permission_role roles[] = {ROLE_LOCAL_ADMINISTRATOR, ROLE_LOG_REVIEWER};
    struct listing *l = state;
    struct found *found = NULL;
    struct permission permission;
    struct rows records = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    l->at = l->on.known ? l->on : request->now;
    l->facts = FACTS_AT(l->at);
    l->d.facts = FACTS_AT(request->now);
    l->d.intent = (struct permission_intent){.purpose = PURPOSE_LOG_REVIEW, .action = ACTION_READ};
    TRY(subject_load(request, &l->d.subject));
    TRY(subject_decide_role(request, &l->d.subject, roles, COUNT(roles), &permission));
    record_ask(l->key, load, &records);
    TRY(load_run(load));
    TRY(record_take(request, &records, &l->d, &found));
    TRY(facts_first(request, (struct uuids){&found->record.person, 1}, l->on, found, 1, &l->facts));
    TRY(take_readers(request, l, found));
    log_listing(request, log, l, found, &permission);
    return NULL;
}

struct err *search_readers(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct listing l = {0};
    char on[INSTANT_TEXT];
    TRY(listing_read(request, &l));
    TRY(disclose(request, attempt_listing, &l));
    instant_print(l.at, on);
    buf_format(request->out,
               "{\"record\":\"%s\",\"on\":\"%s\",\"as_of_today\":" AS_OF_TODAY ",\"readers\":",
               found_key_text(l.key).text, on);
    json_write_list(reader_fields, l.readers, sizeof(struct reader), l.count, request->out);
    if (!uuid_is_nil(l.next))
        buf_format(request->out, ",\"next\":\"%s\"", uuid_text(l.next).text);
    buf_byte(request->out, '}');
    return NULL;
}
