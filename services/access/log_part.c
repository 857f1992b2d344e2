/* Which part of the log is a reviewer's. */
#include "services/access/log_part.h"

const struct field log_shown_fields[] = {
    FIELD(struct log_shown_row, id, REQUIRED),
    FIELD(struct log_shown_row, at, REQUIRED),
    FIELD(struct log_shown_row, subject_kind, REQUIRED),
    FIELD(struct log_shown_row, subject_name, REQUIRED),
    FIELD(struct log_shown_row, role, OPTIONAL),
    FIELD(struct log_shown_row, unit, OPTIONAL),
    FIELD(struct log_shown_row, care_provider, OPTIONAL),
    FIELD(struct log_shown_row, action, REQUIRED),
    FIELD(struct log_shown_row, purpose, REQUIRED),
    FIELD(struct log_shown_row, records, REQUIRED),
    FIELD(struct log_shown_row, what, OPTIONAL, .max = 1024 * 1024),
    FIELD(struct log_shown_row, reasons, REQUIRED),
    FIELD(struct log_shown_row, obligations, OPTIONAL),
    FIELD(struct log_shown_row, reason, OPTIONAL),
    FIELD(struct log_shown_row, request, REQUIRED),
    FIELDS_END};

static const struct field whole_fields[] = {FIELD(struct permission_span, from, OPTIONAL),
                                            FIELD(struct permission_span, until, OPTIONAL),
                                            FIELDS_END};

struct err *log_rules_load(struct request *request, struct log_question *out)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_whole_log, whole_fields,
                     sizeof(struct permission_span), &rows, NO_VALUES));
    if (rows.count > 0)
        out->whole_log = *ROW(struct permission_span, rows, 0);
    return NULL;
}

struct protection_row {
    struct str protection;
};
static const struct field protection_fields[] = {FIELD(struct protection_row, protection, REQUIRED),
                                                 FIELDS_END};

struct err *log_protection_load(struct request *request, struct uuid person,
                                struct log_question *out)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_protection, protection_fields,
                     sizeof(struct protection_row), &rows, VALUES(V(person))));
    if (rows.count == 0)
        out->protection = PROTECTION_NOT_KNOWN;
    else
        out->protection = str_equal(ROW(struct protection_row, rows, 0)->protection, S("none"))
                              ? PROTECTION_NONE
                              : PROTECTION_PROTECTED;
    return NULL;
}

static struct permission decide(const struct request *request, const struct subject *subject,
                                const struct log_question *question, struct str care_provider,
                                bool others)
{
    const struct permission_resource resource = {.tenant = request->tenant,
                                                 .information = INFORMATION_LOG,
                                                 .information_type = S("log"),
                                                 .care_provider = care_provider,
                                                 .has_person = true,
                                                 .openly_linked = true,
                                                 .others_deed = others,
                                                 .protection = question->protection};
    const struct permission_intent intent = {
        .purpose = question->purpose != PURPOSE_NOT_KNOWN ? question->purpose : PURPOSE_LOG_REVIEW,
        .action = question->action,
        .reason = question->reason};
    const struct permission_facts facts = {.now = request->now, .whole_log = question->whole_log};
    return permission_decide(&subject->permission, &resource, &intent, &facts);
}

struct err *log_decide(const struct request *request, const struct subject *subject,
                       const struct log_question *question, struct str care_provider, bool others,
                       struct permission *out)
{
    *out = decide(request, subject, question, care_provider, others);
    if (out->outcome == PERMISSION_ALLOW)
        return NULL;
    autobuf struct buf reasons = buf_new(4096);
    permission_print_reasons(out, &reasons);
    return err_new(ERR_FORBIDDEN, "the log is not shown to you: %s", reasons.ptr);
}

/* Who may see what nobody's staff did may see everything. */
struct err *log_part_of(const struct request *request, const struct subject *subject,
                        const struct log_question *question, struct log_part *out,
                        struct permission *out_permission)
{
    *out = (struct log_part){0};
    *out_permission = decide(request, subject, question, out->care_provider, true);
    if (out_permission->outcome == PERMISSION_ALLOW)
        return NULL;
    out->care_provider = subject->permission.assignment.care_provider;
    return log_decide(request, subject, question, out->care_provider, true, out_permission);
}

bool log_part_has(const struct log_part *part, struct str care_provider)
{
    return part->care_provider.len == 0 || str_equal(part->care_provider, care_provider);
}

void log_hide_place(const struct permission *permission, struct rows *rows)
{
    if ((permission->obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) == 0)
        return;
    for (size_t i = 0; i < rows->count; i++) {
        struct log_shown_row *row = ROW(struct log_shown_row, *rows, i);
        row->unit = row->care_provider = row->reason = (struct str){0};
        row->what = (struct json_text){0};
    }
}

void log_shown_write(struct request *request, struct batch *log, const struct subject *subject,
                     const struct permission *permission, struct uuid person, struct str what,
                     struct str reason, size_t records, const struct fact_version versions[2])
{
    struct disclosure row = disclosure_by(subject);
    row.person = person;
    row.action = ACTION_LISTED;
    row.purpose = permission_purposes[PURPOSE_LOG_REVIEW - 1];
    row.records = (int64_t)records;
    row.what = what;
    row.permission = permission;
    row.reason = reason;
    disclosure_write(request, log, &row, versions, uuid_is_nil(person) ? 1 : 2);
}
