/* Who has read a person's records: the log shown to those who review it, and logged itself. */
#include "services/access/log_part.h"
#include "text/json.h"

enum { PAGE = 200 };

struct who_read_body {
    struct json_text person;
    struct instant before;
    struct str reason;
};
static const struct field body_fields[] = {
    FIELD(struct who_read_body, person, REQUIRED), FIELD(struct who_read_body, before, OPTIONAL),
    FIELD(struct who_read_body, reason, OPTIONAL, .max = 1000), FIELDS_END};

/* Facts, decision, rows, and the row about it, which is committed before anything is shown. */
static struct err *disclose(struct request *request, const struct subject *subject,
                            const struct who_read_body *body, struct log_question *question,
                            struct uuid person, struct rows *out)
{
    struct permission permission;
    struct log_part part;
    struct fact_version versions[2] = {subject->version};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    TRY(fact_versions_read(request, &person, 1, &versions[1]));
    TRY(log_protection_load(request, person, question));
    TRY(log_part_of(request, subject, question, &part, &permission));
    TRY(request_rows(request, &access_select_disclosures, log_row_fields, sizeof(struct log_row),
                     out, VALUES(V(person), V(body->before), V(PAGE), V(part.care_provider))));
    log_hide_place(&permission, out);
    log_shown_write(request, log, subject, &permission, person,
                    S("{\"log\":\"disclosures of a person\"}"), body->reason, out->count, versions);
    return batch_run(log);
}

struct err *access_who_read(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct subject subject;
    struct who_read_body body = {0};
    struct stated_person stated = {0};
    struct uuid person;
    struct rows rows = {0};
    struct log_part part;
    struct permission permission;
    TRY(subject_load(request, &subject));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(json_read(body.person.text, stated_person_fields, JSON_REFUSE_UNKNOWN, "person",
                  request->arena, &stated));
    struct log_question question = {.action = ACTION_LISTED, .reason = body.reason};
    TRY(log_rules_load(request, &question));
    /* Who may not see the log is told so before anything is asked about the person. */
    TRY(log_part_of(request, &subject, &question, &part, &permission));
    TRY(person_find(request, &stated, &person));
    TRY(disclose(request, &subject, &body, &question, person, &rows));
    buf_put(request->out, S("{\"disclosures\":"));
    json_write_list(log_row_fields, rows.at, sizeof(struct log_row), rows.count, request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == PAGE ? "true" : "false");
    return NULL;
}
