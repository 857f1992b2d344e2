/* Who has read a person's records: the log shown to those who review it, and logged itself. */
#include "services/access/room.h"
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

struct disclosure_row {
    struct uuid id;
    struct instant at;
    struct str subject_kind;
    struct str subject_name;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct str action;
    struct str purpose;
    int64_t records;
    struct json_text what;
    struct str reasons;
    struct str obligations;
    struct str reason;
    struct uuid request;
};
static const struct field disclosure_fields[] = {
    FIELD(struct disclosure_row, id, REQUIRED),
    FIELD(struct disclosure_row, at, REQUIRED),
    FIELD(struct disclosure_row, subject_kind, REQUIRED),
    FIELD(struct disclosure_row, subject_name, REQUIRED),
    FIELD(struct disclosure_row, role, OPTIONAL),
    FIELD(struct disclosure_row, unit, OPTIONAL),
    FIELD(struct disclosure_row, care_provider, OPTIONAL),
    FIELD(struct disclosure_row, action, REQUIRED),
    FIELD(struct disclosure_row, purpose, REQUIRED),
    FIELD(struct disclosure_row, records, REQUIRED),
    FIELD(struct disclosure_row, what, OPTIONAL, .max = 1024 * 1024),
    FIELD(struct disclosure_row, reasons, REQUIRED),
    FIELD(struct disclosure_row, obligations, OPTIONAL),
    FIELD(struct disclosure_row, reason, OPTIONAL),
    FIELD(struct disclosure_row, request, REQUIRED),
    FIELDS_END};

struct protection_row {
    struct str protection;
};
static const struct field protection_fields[] = {FIELD(struct protection_row, protection, REQUIRED),
                                                 FIELDS_END};

static struct err *load_protection(struct request *request, struct uuid person,
                                   enum permission_protection *out)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_protection, protection_fields,
                     sizeof(struct protection_row), &rows, VALUES(V(person))));
    if (rows.count == 0)
        *out = PROTECTION_NOT_KNOWN;
    else
        *out = str_equal(ROW(struct protection_row, rows, 0)->protection, S("none"))
                   ? PROTECTION_NONE
                   : PROTECTION_PROTECTED;
    return NULL;
}

static struct err *decide(const struct request *request, const struct subject *subject,
                          struct str reason, enum permission_protection protection,
                          struct permission *out)
{
    const struct permission_resource resource = {.tenant = request->tenant,
                                                 .information = INFORMATION_LOG,
                                                 .information_type = S("log"),
                                                 .has_person = true,
                                                 .openly_linked = true,
                                                 .protection = protection};
    const struct permission_intent intent = {
        .purpose = PURPOSE_LOG_REVIEW, .action = ACTION_LISTED, .reason = reason};
    const struct permission_facts facts = {.now = request->now};
    *out = permission_decide(&subject->permission, &resource, &intent, &facts);
    if (out->outcome == PERMISSION_ALLOW)
        return NULL;
    autobuf struct buf reasons = buf_new(4096);
    permission_print_reasons(out, &reasons);
    return err_new(ERR_FORBIDDEN, "the log is not shown to you: %s", reasons.ptr);
}

/* Where a protected person is cared for is told by who has read: the units and what they opened. */
static void hide_place(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct disclosure_row *row = ROW(struct disclosure_row, *rows, i);
        row->unit = row->care_provider = row->reason = (struct str){0};
        row->what = (struct json_text){0};
    }
}

static void write_row(struct request *request, struct batch *log, const struct subject *subject,
                      const struct permission *permission, struct uuid person, struct str reason,
                      size_t records, const struct fact_version versions[2])
{
    struct disclosure row = disclosure_by(subject);
    row.person = person;
    row.action = ACTION_LISTED;
    row.purpose = permission_purposes[PURPOSE_LOG_REVIEW - 1];
    row.records = (int64_t)records;
    row.what = S("{\"log\":\"disclosures of a person\"}");
    row.permission = permission;
    row.reason = reason;
    disclosure_write(request, log, &row, versions, 2);
}

/* Facts, decision, rows, and the row about it, which is committed before anything is shown. */
static struct err *disclose(struct request *request, const struct subject *subject,
                            const struct who_read_body *body, struct uuid person, struct rows *out)
{
    struct permission permission;
    enum permission_protection protection;
    struct fact_version versions[2] = {subject->version};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    TRY(fact_versions_read(request, &person, 1, &versions[1]));
    TRY(load_protection(request, person, &protection));
    TRY(decide(request, subject, body->reason, protection, &permission));
    TRY(request_rows(request, &access_select_disclosures, disclosure_fields,
                     sizeof(struct disclosure_row), out,
                     VALUES(V(person), V(body->before), V(PAGE))));
    if ((permission.obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0)
        hide_place(out);
    write_row(request, log, subject, &permission, person, body->reason, out->count, versions);
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
    struct permission permission;
    TRY(subject_load(request, &subject));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(json_read(body.person.text, stated_person_fields, JSON_REFUSE_UNKNOWN, "person",
                  request->arena, &stated));
    /* Who may not see the log is told so before anything is asked about the person. */
    TRY(decide(request, &subject, body.reason, PROTECTION_NOT_KNOWN, &permission));
    TRY(person_find(request, &stated, &person));
    TRY(disclose(request, &subject, &body, person, &rows));
    buf_put(request->out, S("{\"disclosures\":"));
    json_write_list(disclosure_fields, rows.at, sizeof(struct disclosure_row), rows.count,
                    request->out);
    buf_format(request->out, ",\"more\":%s}", rows.count == PAGE ? "true" : "false");
    return NULL;
}
