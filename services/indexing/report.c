/* What indexing could not read of a delivery, to an archivist. Files are told by their names, and a
 * name may be a person's number: so each look is a disclosure, logged before anything is shown. */
#include "services/indexing/room.h"
#include "svc/package.h"
#include "svc/subject.h"
#include "text/json.h"

enum { SHOWN_MAX = 10000 };

struct report_row {
    struct uuid delivery;
    struct uuid id;
    int64_t records;
    int64_t unreadable;
    struct instant indexed_at;
    struct str information_type;
    struct str care_provider;
    bool test;
};
static const struct field report_fields[] = {FIELD(struct report_row, delivery, REQUIRED),
                                             FIELD(struct report_row, id, REQUIRED),
                                             FIELD(struct report_row, records, REQUIRED),
                                             FIELD(struct report_row, unreadable, REQUIRED),
                                             FIELD(struct report_row, indexed_at, OPTIONAL),
                                             FIELD(struct report_row, information_type, REQUIRED),
                                             FIELD(struct report_row, care_provider, REQUIRED),
                                             FIELD(struct report_row, test, REQUIRED),
                                             FIELDS_END};

struct found_row {
    int64_t place;
    struct str path; /* looked up at `place` */
    int64_t row_number;
    struct str column_name;
    struct str rule;
    struct str why;
    bool unreadable;
};
static const struct field stored_fields[] = {FIELD(struct found_row, place, REQUIRED),
                                             FIELD(struct found_row, row_number, OPTIONAL),
                                             FIELD(struct found_row, column_name, OPTIONAL),
                                             FIELD(struct found_row, rule, REQUIRED),
                                             FIELD(struct found_row, why, REQUIRED),
                                             FIELD(struct found_row, unreadable, REQUIRED),
                                             FIELDS_END};
static const struct field shown_fields[] = {FIELD(struct found_row, path, OPTIONAL),
                                            FIELD(struct found_row, row_number, OPTIONAL),
                                            FIELD(struct found_row, column_name, OPTIONAL),
                                            FIELD(struct found_row, rule, REQUIRED),
                                            FIELD(struct found_row, why, REQUIRED),
                                            FIELD(struct found_row, unreadable, REQUIRED),
                                            FIELDS_END};

/* --- may they see it
 * ------------------------------------------------------------------------------- */

static struct err *decide(const struct request *request, const struct subject *subject,
                          const struct report_row *report, struct permission *out)
{
    const struct information_type *type =
        information_type_named(request->house->state, report->information_type);
    if (type == NULL)
        return err_new(ERR_INVALID, "the agreement's information type is none of this archive's");
    const struct permission_resource resource = {
        .openly_linked = true,
        .tenant = request->tenant,
        .information = permission_word(permission_informations, type->information),
        .information_type = type->name,
        .care_provider = report->care_provider,
        .stage = S("intermediate"),
        .status = S("signed"),
        .test = report->test};
    const struct permission_intent intent = {
        .purpose = report->test ? PURPOSE_SYSTEM_TEST : PURPOSE_ARCHIVE, .action = ACTION_LISTED};
    const struct permission_facts facts = {.now = request->now};
    *out = permission_decide(&subject->permission, &resource, &intent, &facts);
    if (out->outcome == PERMISSION_ALLOW)
        return NULL;
    autobuf struct buf reasons = buf_new(4096);
    permission_print_reasons(out, &reasons);
    return err_new(ERR_FORBIDDEN, "the report is not shown to you: %s", reasons.ptr);
}

static struct err *write_row(struct request *request, const struct subject *subject,
                             const struct report_row *report, const struct permission *permission)
{
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    enum permission_purpose purpose = report->test ? PURPOSE_SYSTEM_TEST : PURPOSE_ARCHIVE;
    struct disclosure row = disclosure_by(subject);
    row.action = ACTION_LISTED;
    row.purpose = permission_purposes[purpose - 1];
    row.what =
        arena_format(request->arena, "{\"index_report\":\"%s\"}", uuid_text(report->id).text);
    row.permission = permission;
    disclosure_write(request, log, &row, &subject->version, 1);
    return batch_run(log);
}

/* Facts, decision, rows, and the row about it, which is committed before anything is shown. */
static struct err *disclose(struct request *request, const struct subject *subject,
                            struct uuid delivery, struct rows *out_report, struct rows *out_found)
{
    struct permission permission;
    TRY(request_rows(request, &indexing_select_report, report_fields, sizeof(struct report_row),
                     out_report, VALUES(V(delivery))));
    if (out_report->count == 0)
        return err_new(ERR_NOT_FOUND, "no such delivery has come to be indexed");
    const struct report_row *report = ROW(struct report_row, *out_report, 0);
    TRY(decide(request, subject, report, &permission));
    TRY(request_rows(request, &indexing_select_findings, stored_fields, sizeof(struct found_row),
                     out_found, VALUES(V(report->id), V(SHOWN_MAX))));
    return write_row(request, subject, report, &permission);
}

/* --- the answer
 * ------------------------------------------------------------------------------------ */

/* Findings of a file stand behind each other. */
static struct err *name_each(struct package_file *file, struct rows *found, struct arena *arena)
{
    int64_t last = FINDING_NO_PLACE;
    struct str path = {0};
    for (size_t i = 0; i < found->count; i++) {
        struct found_row *row = ROW(struct found_row, *found, i);
        if (row->place == FINDING_NO_PLACE)
            continue;
        if (row->place != last)
            TRY(package_file_path(file, (uint64_t)row->place, arena, &path));
        last = row->place;
        row->path = path;
    }
    return NULL;
}

/* The names stand in the sealed entry index and nowhere else. */
static struct err *name_files(struct request *request, struct uuid package, struct rows *found)
{
    const struct package_reading reading = {request->worker, request->arena, request->tenant,
                                            "index"};
    struct package_opened opened = {.id = package};
    TRY(packages_open(&reading, &opened, 1));
    TRY(opened.failure);
    struct err *e = name_each(opened.file, found, request->arena);
    package_file_free(opened.file);
    return e;
}

struct err *indexing_report(struct request *request, struct http_reply *reply)
{
    (void)reply;
    static const enum permission_role archivist[] = {ROLE_ARCHIVIST};
    struct subject subject;
    struct uuid delivery;
    struct rows report = {0};
    struct rows found = {0};
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, archivist, COUNT(archivist)));
    if (!uuid_parse(http_param(&request->match, "delivery"), &delivery))
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    TRY(disclose(request, &subject, delivery, &report, &found));
    if (found.count > 0)
        TRY(name_files(request, ROW(struct report_row, report, 0)->id, &found));
    buf_put(request->out, S("{\"package\":"));
    json_write(report_fields, ROW(struct report_row, report, 0), request->out);
    buf_put(request->out, S(",\"findings\":"));
    json_write_list(shown_fields, found.at, sizeof(struct found_row), found.count, request->out);
    buf_format(request->out, ",\"more\":%s}", found.count == SHOWN_MAX ? "true" : "false");
    return NULL;
}
