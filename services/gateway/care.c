/* GetCareDocumentation: load → decide → read → disclose. The answer is complete, and logged, before
 * its first byte leaves. */
#include "services/gateway/room.h"

#include "base/base.h"
#include "base/log.h"
#include "text/json.h"

enum {
    /* The platform's default limit for a whole answer is 15 MiB. */
    ANSWER_MAX = 14 * 1024 * 1024,
    DESCRIPTION_MAX = 256 * 1024,
    BEFORE_MAX = 64 * 1024,
    TRIES = 4,
};
/* After 27 s an aggregated answer is lost: from here on no more records are read. */
#define READING_US INT64_C(20000000)

/* One question on its way. */
struct care {
    struct request *request;
    const struct gateway_caller *caller;
    const struct gcd3_question *question;
    struct str address;
    int64_t deadline; /* monotonic */
    struct care_facts facts;
    struct contents *contents;
    const struct record **records; /* those that may be shown, newest first */
    size_t count;
    size_t done;                 /* of them, when the answer ended */
    const struct record **shown; /* those that the answer holds */
    size_t shown_count;
    size_t unreadable;            /* files of theirs that the vault could not give */
    struct permission permission; /* what the decisions have in common */
};

/* --- decide
 * ----------------------------------------------------------------------------------------- */

static bool in_policy(const struct policy *policy, const struct record *record)
{
    return str_equal(policy->care_provider, record->care_provider) &&
           (policy->care_unit.len == 0 || str_equal(policy->care_unit, record->care_unit));
}

/* The region's acceptance of the consumer for the record's unit, or its decision that patients may
 * read through it: of those in force the longest. */
static struct permission_span accepted(const struct care *c, const struct record *record,
                                       bool patients)
{
    struct permission_span best = {0};
    for (size_t i = 0; i < c->facts.policy_count; i++) {
        const struct policy *p = &c->facts.policies[i];
        struct permission_span span = {patients ? p->approved_for_patient_from : p->valid_from,
                                       p->valid_until};
        if (!in_policy(p, record) || !permission_in_force(span, c->request->now))
            continue;
        if (!best.from.known || (best.until.known && !instant_before(span.until, best.until)))
            best = span;
    }
    return best;
}

static struct permission decide(const struct care *c, const struct record *record)
{
    const struct care_facts *facts = &c->facts;
    const struct permission_subject subject = {.kind = SUBJECT_NATIONAL_SERVICE,
                                               .tenant = facts->tenant};
    const struct stored_record *stored = &facts->stored[record - facts->records];
    const struct permission_resource resource = {.tenant = record->tenant,
                                                 .information = INFORMATION_CARE,
                                                 .information_type = record->type,
                                                 .care_provider = record->care_provider,
                                                 .care_unit = record->care_unit,
                                                 .unit = record->unit,
                                                 .stage = record->stage,
                                                 .status = record->status,
                                                 .occurred_at = record->occurred_at,
                                                 .has_person = true,
                                                 .openly_linked = !stored->restricted_link,
                                                 .restricted = record->restricted,
                                                 .hold = record->hold,
                                                 .test = stored->test};
    const struct permission_intent intent = {.purpose = facts->purpose, .action = ACTION_READ};
    const struct permission_facts known = {.now = c->request->now,
                                           .certificate = facts->certificate,
                                           .logical_address = facts->logical_address,
                                           .processor_agreement = facts->processor_agreement,
                                           .consumer_accepted = accepted(c, record, false),
                                           .patient_reading = accepted(c, record, true)};
    return permission_decide(&subject, &resource, &intent, &known);
}

/* A record that the consumer may not see is as if its unit had not been asked for. */
static void decide_all(struct care *c)
{
    struct gcd3_question question = *c->question;
    question.care_units = c->facts.care_units;
    struct gcd3_selection selection =
        gcd3_select(&question, c->facts.records, c->facts.count, c->request->arena);
    c->records = selection.at;
    c->count = 0;
    for (size_t i = 0; i < selection.count; i++) {
        struct permission permission = decide(c, selection.at[i]);
        if (permission.outcome != PERMISSION_ALLOW)
            continue;
        if (c->count > 0 &&
            (!permission.until.known || instant_before(c->permission.until, permission.until)))
            permission.until = c->permission.until;
        c->permission = permission;
        c->records[c->count++] = selection.at[i];
    }
}

/* --- write
 * ------------------------------------------------------------------------------------------ */

static struct content_place place_of(const struct record *r, size_t file)
{
    if (r->path.len > 0 && file == 0)
        return (struct content_place){r->package, r->path, r->offset, r->length};
    return (struct content_place){r->package, r->attachments.at[file - (r->path.len > 0)], 0, 0};
}

/* A file that is damaged or gone in every location. A fault would keep all of the patient's records
 * from care for as long as one file is bad, and leaving the record out would make the answer look
 * complete; so it is sent with a sentence in place of the file, the result says how many such there
 * are, and operators are told. What may pass (a location, room keys or the database that does not
 * answer) is a fault: asking again helps. */
static struct err *or_unreadable(struct care *c, const struct record *r, struct err *e,
                                 struct gcd3_content *out)
{
    if (e == NULL || err_class(e) != ERR_CLASS_REJECT)
        return e;
    *out = (struct gcd3_content){.instead = GCD3_UNREADABLE};
    c->unreadable++;
    log_error("a record is shown without its content", e, kv("request", c->request->id),
              kv("record", r->id), kv("package", r->package));
    return NULL;
}

/* How many bytes the record's files have together. */
static struct err *measure(struct care *c, const struct record *r, size_t files,
                           struct gcd3_content *contents, size_t *out)
{
    *out = 0;
    for (size_t i = 0; i < files; i++) {
        const struct content_place place = place_of(r, i);
        size_t size = 0;
        TRY(or_unreadable(c, r, contents_size(c->contents, &place, &size), &contents[i]));
        *out += size;
    }
    return NULL;
}

static struct err *read_file(struct care *c, const struct record *r, size_t file,
                             struct gcd3_content *out)
{
    const struct content_place place = place_of(r, file);
    TRY(contents_read(c->contents, &place, &out->bytes));
    if (place.offset == 0)
        return NULL;
    const struct content_place before = {r->package, place.path, 0,
                                         place.offset < BEFORE_MAX ? place.offset : BEFORE_MAX};
    return contents_read(c->contents, &before, &out->before);
}

static struct err *read_files(struct care *c, const struct record *r, size_t files,
                              struct gcd3_content *contents)
{
    for (size_t i = 0; i < files; i++)
        if (contents[i].instead == GCD3_BYTES)
            TRY(or_unreadable(c, r, read_file(c, r, i, &contents[i]), &contents[i]));
    return NULL;
}

/* The number that the record was stored under: the one asked for, or another of the person's, which
 * stands in the row that described it. */
static struct err *patient_of(struct care *c, const struct record *r, struct ii *out)
{
    *out = c->question->patient_id;
    if (care_is_asked(&c->facts, r) || r->driver.len == 0 || r->row_length <= 0 ||
        r->row_length > DESCRIPTION_MAX)
        return NULL;
    const struct content_place place = {r->package, r->driver, r->row_offset, r->row_length};
    struct str text = {0};
    struct ii found = {0};
    struct err *e = contents_read(c->contents, &place, &text);
    if (e != NULL) /* damaged: as if the number did not stand there */
        return err_class(e) == ERR_CLASS_REJECT ? NULL : e;
    if (patient_in_text(text, r, c->question->patient_id.root, c->facts.pseudonym_key,
                        contents_arena(c->contents), &found))
        *out = found;
    return NULL;
}

/* One record; *out_full: it did not fit, the answer ends before it. */
static struct err *write_record(struct care *c, struct gcd3_answer *answer, const struct record *r,
                                bool *out_full)
{
    size_t files = (r->path.len > 0) + r->attachments.count;
    size_t bytes = 0;
    struct gcd3_content *contents = ARENA_ARRAY(c->request->arena, struct gcd3_content, files + 1);
    struct gcd3_item item = {.record = r,
                             .contents = files > 0 ? contents : NULL,
                             .count = files,
                             .approved_for_patient = r->approved_for_patient};
    TRY(measure(c, r, files, contents, &bytes));
    *out_full = !gcd3_fits(answer, bytes) && answer->records > 0;
    if (*out_full)
        return NULL;
    TRY(patient_of(c, r, &item.patient_id));
    if (gcd3_fits(answer, bytes))
        TRY(read_files(c, r, files, contents));
    else
        contents[0].instead = GCD3_TOO_LARGE, item.count = 1;
    return gcd3_add(answer, &item, out_full);
}

static struct err *write_answer(struct care *c)
{
    struct gcd3_answer answer = gcd3_begin(c->question, c->address, c->request->out);
    c->shown = ARENA_ARRAY(c->request->arena, const struct record *, c->count + 1);
    c->shown_count = 0;
    c->unreadable = 0;
    for (c->done = 0; c->done < c->count; c->done++) {
        bool full = c->done > 0 && clock_monotonic_us() > c->deadline;
        size_t before = answer.records;
        size_t unreadable = c->unreadable;
        contents_turn(c->contents, c->done);
        if (!full)
            TRY(write_record(c, &answer, c->records[c->done], &full));
        if (full) {
            c->unreadable = unreadable;
            break;
        }
        if (answer.records > before)
            c->shown[c->shown_count++] = c->records[c->done];
    }
    return gcd3_end(&answer, c->done < c->count ? c->records[c->done - 1] : NULL, c->unreadable);
}

/* --- disclose
 * --------------------------------------------------------------------------------------- */

static void member(const char *name, struct str value, struct buf *out)
{
    if (value.len == 0)
        return;
    buf_format(out, ",\"%s\":", name);
    json_quote(value, out);
}

/* What was shown of one identity. */
static int64_t write_what(const struct care *c, struct uuid person, struct buf *out)
{
    int64_t records = 0;
    buf_put(out, S("{\"contract\":\"GetCareDocumentation 3\""));
    member("logical_address", c->address, out);
    member("platform", c->caller->platform, out);
    member("correlation", c->caller->correlation, out);
    buf_put(out, S(",\"records\":["));
    for (size_t i = 0; i < c->shown_count; i++)
        if (uuid_equal(c->shown[i]->person, person))
            buf_format(out, "%s\"%s\"", records++ > 0 ? "," : "", uuid_text(c->shown[i]->id).text);
    buf_put(out, S("]}"));
    return records;
}

static struct err *disclose_person(const struct care *c, struct uuid person, struct batch *log)
{
    autobuf struct buf what = buf_new(4 * 1024 * 1024);
    struct disclosure disclosure = {.subject_kind = "national_service",
                                    .subject = c->caller->consumer,
                                    .subject_name = c->facts.consumer_name,
                                    .person = person,
                                    .action = ACTION_ANSWERED_NATIONAL_SERVICE,
                                    .purpose = permission_purposes[c->facts.purpose - 1],
                                    .permission = &c->permission};
    disclosure.records = write_what(c, person, &what);
    TRY(buf_done(&what, "the list of records"));
    disclosure.what = buf_str(&what);
    disclosure_write(c->request, log, &disclosure, c->facts.versions, c->facts.version_count);
    return NULL;
}

/* A row for each identity, all in one transaction. */
static struct err *disclose(const struct care *c)
{
    if (c->shown_count == 0)
        return NULL;
    struct batch *log = batch_new(c->request->db, c->facts.tenant, c->request->arena);
    for (size_t i = 0; i < c->shown_count; i++) {
        bool told = false;
        for (size_t j = 0; j < i && !told; j++)
            told = uuid_equal(c->shown[j]->person, c->shown[i]->person);
        if (!told)
            TRY(disclose_person(c, c->shown[i]->person, log));
    }
    return batch_run(log);
}

/* --- one question
 * ----------------------------------------------------------------------------------- */

static struct err *answer_once(struct care *c)
{
    TRY(care_facts_load(c->request, c->caller, c->question, c->address, &c->facts));
    decide_all(c);
    autocontents struct contents *contents =
        contents_new(c->request, c->facts.tenant, c->records, c->count);
    c->contents = contents;
    TRY(write_answer(c));
    return disclose(c);
}

struct err *care_documentation(struct request *request, const struct gateway_caller *caller,
                               const struct soap_request *soap)
{
    struct gcd3_question question = {0};
    TRY(gcd3_read(soap, request->arena, &question));
    struct str refusal = gcd3_refusal(&question, soap->logical_address);
    request->out->limit = ANSWER_MAX;
    if (refusal.ptr != NULL) {
        log_info("answered with an error", kv("request", request->id), kv("result", refusal));
        gcd3_answer_error(refusal, request->out);
        return NULL;
    }
    struct care care = {.request = request,
                        .caller = caller,
                        .question = &question,
                        .address = soap->logical_address,
                        .deadline = clock_monotonic_us() + READING_US};
    struct err *e = answer_once(&care);
    for (int i = 1; i < TRIES && e != NULL && err_class(e) == ERR_CLASS_CONFLICT; i++) {
        buf_clear(request->out);
        TRY(worker_now_again(request->worker, &request->now));
        e = answer_once(&care);
    }
    TRY(e);
    log_info("shown", kv("request", request->id), kv("records", (uint64_t)care.shown_count),
             kv("unreadable", (uint64_t)care.unreadable), kv("more", care.done < care.count));
    return NULL;
}
