/* Who has read a person's records: the log, and those of retired systems that were delivered, shown
 * to those who review it, and logged itself. */
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

/* A row of a retired system's log (information type access-log), as it said itself. */
struct imported_row {
    struct instant at;
    struct str action;
    struct str said;
    struct str subject_name;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct str source_system;
    struct str record;
};
static const struct field imported_fields[] = {FIELD(struct imported_row, at, REQUIRED),
                                               FIELD(struct imported_row, action, REQUIRED),
                                               FIELD(struct imported_row, said, OPTIONAL),
                                               FIELD(struct imported_row, subject_name, OPTIONAL),
                                               FIELD(struct imported_row, role, OPTIONAL),
                                               FIELD(struct imported_row, unit, OPTIONAL),
                                               FIELD(struct imported_row, care_provider, OPTIONAL),
                                               FIELD(struct imported_row, source_system, OPTIONAL),
                                               FIELD(struct imported_row, record, REQUIRED),
                                               FIELDS_END};

/* What is shown of one person. */
struct who_read {
    struct rows own;
    struct rows imported;
};

static struct err *read_rows(struct request *request, struct uuid person, struct instant before,
                             const struct log_part *part, struct who_read *out)
{
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_disclosures, log_shown_fields, struct log_shown_row, &out->own,
         V(person), V(before), V(PAGE), V(part->care_provider));
    LOAD(load, &access_select_imported, imported_fields, struct imported_row, &out->imported,
         V(person), V(before), V(PAGE), V(part->care_provider));
    return load_run(load);
}

static void hide_imported_place(const struct permission *permission, struct rows *rows)
{
    if ((permission->obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) == 0)
        return;
    for (size_t i = 0; i < rows->count; i++) {
        struct imported_row *row = ROW(struct imported_row, *rows, i);
        row->unit = row->care_provider = row->source_system = row->said = (struct str){0};
    }
}

/* Facts, decision, rows, and the row about it, which is committed before anything is shown. */
static struct err *disclose(struct request *request, const struct subject *subject,
                            const struct who_read_body *body, struct log_question *question,
                            struct uuid person, struct who_read *out)
{
    struct permission permission;
    struct log_part part;
    struct fact_version versions[2] = {subject->version};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    TRY(fact_versions_read(request, &person, 1, &versions[1]));
    TRY(log_protection_load(request, person, question));
    TRY(log_part_of(request, subject, question, &part, &permission));
    TRY(read_rows(request, person, body->before, &part, out));
    log_hide_place(&permission, &out->own);
    hide_imported_place(&permission, &out->imported);
    log_shown_write(request, log, subject, &permission, person,
                    S("{\"log\":\"disclosures of a person\"}"), body->reason,
                    out->own.count + out->imported.count, versions);
    return batch_run(log);
}

struct err *access_who_read(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct subject subject;
    struct who_read_body body = {0};
    struct stated_person stated = {0};
    struct uuid person;
    struct who_read shown = {0};
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
    TRY(disclose(request, &subject, &body, &question, person, &shown));
    buf_put(request->out, S("{\"disclosures\":"));
    json_write_list(log_shown_fields, shown.own.at, sizeof(struct log_shown_row), shown.own.count,
                    request->out);
    buf_put(request->out, S(",\"imported\":"));
    json_write_list(imported_fields, shown.imported.at, sizeof(struct imported_row),
                    shown.imported.count, request->out);
    bool more = shown.own.count == PAGE || shown.imported.count == PAGE;
    buf_format(request->out, ",\"more\":%s}", more ? "true" : "false");
    return NULL;
}
