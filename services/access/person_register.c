/* A person's rows in a register: read, logged, and then shown. */
#include "services/access/person_register.h"
#include "svc/subject.h"
#include "text/json.h"

struct find_body {
    struct json_text person;
    struct str reason;
};
static const struct field find_fields[] = {
    FIELD(struct find_body, person, REQUIRED),
    FIELD(struct find_body, reason, REQUIRED, .min = 1, .max = 1000), FIELDS_END};

/* The row of the log is committed before anything is shown. */
static struct err *disclose(struct request *request, const struct subject *subject,
                            const struct person_register *reg, struct disclosure *row,
                            struct rows *out)
{
    struct fact_version versions[2] = {subject->version};
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    TRY(fact_versions_read(request, &row->person, 1, &versions[1]));
    TRY(request_rows(request, reg->rows, reg->fields, reg->size, out,
                     VALUES(V(row->person), V(reg->most), V(subject->user))));
    row->records = (int64_t)out->count;
    disclosure_write(request, log, row, versions, COUNT(versions));
    return batch_run(log);
}

struct err *person_register_find(struct request *request, const struct person_register *reg)
{
    static const enum permission_role keeper[] = {ROLE_LOCAL_ADMINISTRATOR};
    struct subject subject;
    struct find_body body = {0};
    struct permission permission;
    struct rows rows = {0};
    TRY(subject_load(request, &subject));
    TRY(subject_decide_role(request, &subject, keeper, COUNT(keeper), &permission));
    TRY(json_read(request->body, find_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    struct disclosure row = disclosure_by(&subject);
    row.action = ACTION_LISTED;
    row.purpose = permission_purposes[PURPOSE_ADMINISTRATION - 1];
    row.what = arena_format(request->arena, "{\"register\":\"%s\"}", reg->name);
    row.permission = &permission;
    row.reason = body.reason;
    TRY(person_read(request, body.person, "person", &row.person));
    TRY(disclose(request, &subject, reg, &row, &rows));
    buf_format(request->out, "{\"%s\":", reg->name);
    json_write_list(reg->fields, rows.at, reg->size, rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
