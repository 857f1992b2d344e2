/* Needs-and-risk analyses as a local administrator tells them: what assignments rest on, and which
 * rest on one that is over. */
#include "domain/person.h"
#include "services/access/analysis.h"
#include "text/json.h"

enum { PAGE = 200, UNITS_MAX = 200, SCOPES_MAX = 10000, SHOWN_MAX = 1000 };

/* --- what is told of one
 * ---------------------------------------------------------------------------- */

#define SCOPE_FIELDS                                                                               \
    FIELD(struct analysis, care_provider, OPTIONAL, .min = 1, .max = 64),                          \
        FIELD(struct analysis, units, OPTIONAL, .max = UNITS_MAX),                                 \
        FIELD(struct analysis, purposes, REQUIRED, .min = 1, .max = 16),                           \
        FIELD(struct analysis, information_types, REQUIRED, .min = 1, .max = 64)
static const struct field analysis_body_fields[] = {
    FIELD(struct analysis, title, REQUIRED, .min = 1, .max = 1000),
    SCOPE_FIELDS,
    FIELD(struct analysis, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELD(struct analysis, decided_at, REQUIRED),
    FIELD(struct analysis, document, REQUIRED, .min = 1, .max = 1000),
    FIELD(struct analysis, valid_from, REQUIRED),
    FIELD(struct analysis, valid_until, OPTIONAL),
    FIELD(struct analysis, review_by, REQUIRED),
    FIELDS_END};
/* The title, who decided and where it is found are free text, which the journal has not. */
static const struct field analysis_fact_fields[] = {FIELD(struct analysis, id, REQUIRED),
                                                    SCOPE_FIELDS,
                                                    FIELD(struct analysis, decided_at, REQUIRED),
                                                    FIELD(struct analysis, valid_from, REQUIRED),
                                                    FIELD(struct analysis, valid_until, OPTIONAL),
                                                    FIELD(struct analysis, review_by, REQUIRED),
                                                    FIELDS_END};

struct analysis_row {
    struct analysis told;
    bool in_force;
    bool review_due;
    int64_t assignments; /* in force that rest on it, rules' too */
};
#define ROW_FIELD(name, ...) FIELD_NAMED(struct analysis_row, told.name, #name, __VA_ARGS__)
static const struct field analysis_row_fields[] = {
    ROW_FIELD(id, REQUIRED),
    ROW_FIELD(title, REQUIRED),
    ROW_FIELD(care_provider, OPTIONAL),
    ROW_FIELD(units, REQUIRED),
    ROW_FIELD(purposes, REQUIRED),
    ROW_FIELD(information_types, REQUIRED),
    ROW_FIELD(decided_by, REQUIRED),
    ROW_FIELD(decided_at, OPTIONAL),
    ROW_FIELD(document, OPTIONAL),
    ROW_FIELD(valid_from, REQUIRED),
    ROW_FIELD(valid_until, OPTIONAL),
    ROW_FIELD(review_by, OPTIONAL),
    ROW_FIELD(taken_over, REQUIRED),
    FIELD(struct analysis_row, in_force, REQUIRED),
    FIELD(struct analysis_row, review_due, REQUIRED),
    FIELD(struct analysis_row, assignments, REQUIRED),
    FIELDS_END};

/* --- finding
 * ---------------------------------------------------------------------------------------- */

/* *out NULL: there is none. */
static struct err *find(struct request *request, struct str id, const struct analysis_row **out)
{
    struct rows rows = {0};
    *out = NULL;
    TRY(request_rows(request, &access_select_analysis, analysis_row_fields,
                     sizeof(struct analysis_row), &rows, VALUES(V(id))));
    if (rows.count > 0)
        *out = ROW(struct analysis_row, rows, 0);
    return NULL;
}

static struct err *need(struct request *request, const struct analysis_row **out)
{
    TRY(find(request, http_param(&request->match, "analysis"), out));
    return *out != NULL ? NULL : err_new(ERR_NOT_FOUND, "there is no such analysis");
}

struct err *analysis_check(struct request *request, const struct assignment *assignment)
{
    const struct analysis_row *row = NULL;
    if (!permission_needs_analysis(permission_word(permission_roles, assignment->role)) &&
        assignment->analysis.len == 0)
        return NULL;
    if (assignment->analysis.len == 0)
        return err_field(ERR_INVALID, "analysis", "missing: the role shows what it must cover");
    TRY(find(request, assignment->analysis, &row));
    if (row == NULL)
        return err_field(ERR_INVALID, "analysis", "there is none of that id: PUT /analyses/ID");
    return analysis_supports(&row->told, assignment, request->now);
}

/* --- changes
 * ---------------------------------------------------------------------------------------- */

static void plan_analysis(struct change *change, const void *fact)
{
    const struct analysis *a = fact;
    CHANGE_SQL(change, &access_raise_resting, V(a->id));
    CHANGE_SQL(change, &access_put_analysis, V(a->id), V(told_or_from_journal(a->title)),
               V(a->care_provider), V(a->units), V(a->purposes), V(a->information_types),
               V(told_or_from_journal(a->decided_by)), V(a->decided_at),
               V(told_or_from_journal(a->document)), V(a->valid_from), V(a->valid_until),
               V(a->review_by));
}
const struct change_kind change_analysis = {"analysis", analysis_fact_fields,
                                            sizeof(struct analysis), plan_analysis};

struct analysis_ended {
    struct str id;
    struct instant valid_until;
};
static const struct field ended_fields[] = {FIELD(struct analysis_ended, id, REQUIRED),
                                            FIELD(struct analysis_ended, valid_until, REQUIRED),
                                            FIELDS_END};

static void plan_ended(struct change *change, const void *fact)
{
    const struct analysis_ended *e = fact;
    CHANGE_SQL(change, &access_raise_resting, V(e->id));
    CHANGE_SQL(change, &access_close_analysis, V(e->id), V(e->valid_until));
}
const struct change_kind change_analysis_ended = {"analysis_ended", ended_fields,
                                                  sizeof(struct analysis_ended), plan_ended};

struct str analysis_plan_for(struct change *change, const struct assignment *a)
{
    static const struct str unknown = S("from-journal");
    bool needed = permission_needs_analysis(permission_word(permission_roles, a->role));
    struct str id = a->analysis;
    if (id.ptr == NULL && !needed)
        return id;
    if (id.ptr == NULL)
        id = unknown;
    if (str_equal(id, unknown) || str_starts(id, S("taken-over-")))
        CHANGE_SQL(change, &access_keep_analysis, V(id), V(S(FROM_JOURNAL)), V(a->valid_from));
    return id;
}

/* --- routes
 * ----------------------------------------------------------------------------------------- */

static struct err *check_id(struct str id)
{
    bool good = id.len > 0 && id.len <= ANALYSIS_ID_MAX;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        good = good && (letter || (i > 0 && (c == '.' || c == '_' || c == '-')));
    }
    if (!good)
        return err_field(ERR_INVALID, "analysis", "its id is not 1 to 64 of a-z A-Z 0-9 . _ -");
    return looks_like_personal_number(id)
               ? err_field(ERR_INVALID, "analysis", "its id looks like a personal number")
               : NULL;
}

static struct err *check_body(const struct analysis *body)
{
    for (size_t i = 0; i < body->purposes.count; i++)
        if (permission_word(permission_purposes, body->purposes.at[i]) == PURPOSE_NOT_KNOWN)
            return err_field(ERR_INVALID, "purposes", "no purpose of permission_words.def");
    if (instant_before(body->valid_from, body->decided_at))
        return err_field(ERR_INVALID, "valid_from", "before decided_at");
    return change_check_span(body->valid_from, body->valid_until);
}

static const struct field scope_fields[] = {FIELD(struct assignment, role, REQUIRED),
                                            FIELD(struct assignment, unit, OPTIONAL),
                                            FIELD(struct assignment, care_unit, OPTIONAL),
                                            FIELD(struct assignment, care_provider, OPTIONAL),
                                            FIELD(struct assignment, purposes, REQUIRED),
                                            FIELD(struct assignment, information_types, REQUIRED),
                                            FIELDS_END};

/* The decision behind a text that was taken over is told: it must cover what rests on it. */
static struct err *check_resting(struct request *request, const struct analysis *body)
{
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_resting_scopes, scope_fields,
                     sizeof(struct assignment), &rows, VALUES(V(body->id), V(SCOPES_MAX + 1))));
    if (rows.count > SCOPES_MAX)
        return err_new(ERR_TOO_LARGE, "more than %d kinds of assignments rest on it", SCOPES_MAX);
    for (size_t i = 0; i < rows.count; i++)
        TRY(err_wrap(analysis_covers(body, ROW(struct assignment, rows, i)),
                     "assignments rest on it already"));
    return NULL;
}

static struct err *check_before(struct request *request, const struct analysis *body)
{
    const struct analysis_row *before = NULL;
    TRY(find(request, body->id, &before));
    if (before == NULL)
        return NULL;
    if (before->told.valid_until.known && !instant_before(request->now, before->told.valid_until))
        return err_field(ERR_CONFLICT, "analysis", "it has ended: give another its own id");
    if (body->valid_until.known && instant_before(body->valid_until, request->now))
        return err_field(ERR_INVALID, "valid_until", "in the past, when others rested on it");
    return before->told.taken_over ? check_resting(request, body)
                                   : analysis_is_same(&before->told, body);
}

struct err *access_set_analysis(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct analysis body = {.id = http_param(&request->match, "analysis")};
    TRY(change_begin_own(request, &change));
    TRY(check_id(body.id));
    TRY(json_read(request->body, analysis_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    TRY(check_body(&body));
    TRY(check_before(request, &body));
    reply->status = 204;
    return change_apply(request, &change, &change_analysis, &body);
}

struct err *access_end_analysis(struct request *request, struct http_reply *reply)
{
    struct change change;
    const struct analysis_row *row = NULL;
    TRY(change_begin_own(request, &change));
    TRY(need(request, &row));
    reply->status = 204;
    const struct analysis_ended fact = {row->told.id, request->now};
    return change_apply(request, &change, &change_analysis_ended, &fact);
}

struct resting {
    struct uuid id;
    struct uuid user;
    struct str name;
    struct str role;
    struct str unit;
    struct instant valid_until;
};
static const struct field resting_fields[] = {FIELD(struct resting, id, REQUIRED),
                                              FIELD(struct resting, user, REQUIRED),
                                              FIELD(struct resting, name, REQUIRED),
                                              FIELD(struct resting, role, REQUIRED),
                                              FIELD(struct resting, unit, OPTIONAL),
                                              FIELD(struct resting, valid_until, OPTIONAL),
                                              FIELDS_END};

struct err *access_get_analysis(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change as_administrator;
    const struct analysis_row *row = NULL;
    struct rows rows = {0};
    TRY(change_begin_own(request, &as_administrator));
    TRY(need(request, &row));
    TRY(request_rows(request, &access_select_resting, resting_fields, sizeof(struct resting), &rows,
                     VALUES(V(row->told.id), V(SHOWN_MAX))));
    buf_put(request->out, S("{\"analysis\":"));
    json_write(analysis_row_fields, row, request->out);
    buf_put(request->out, S(",\"assignments\":"));
    json_write_list(resting_fields, rows.at, sizeof(struct resting), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}

struct err *access_list_analyses(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change as_administrator;
    struct rows rows = {0};
    struct str after = http_call_query(request->call, "after");
    TRY(change_begin_own(request, &as_administrator));
    if (after.len > ANALYSIS_ID_MAX)
        return err_field(ERR_INVALID, "after", "longer than %d bytes", ANALYSIS_ID_MAX);
    TRY(request_rows(request, &access_list_analyses_page, analysis_row_fields,
                     sizeof(struct analysis_row), &rows, VALUES(V(after), V(PAGE + 1))));
    bool more = rows.count > PAGE;
    rows.count = more ? PAGE : rows.count;
    buf_put(request->out, S("{\"analyses\":"));
    json_write_list(analysis_row_fields, rows.at, sizeof(struct analysis_row), rows.count,
                    request->out);
    buf_format(request->out, ",\"more\":%s}", more ? "true" : "false");
    return NULL;
}
