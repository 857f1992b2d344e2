/* Who asks, and what is written of it. */
#include "svc/subject.h"

#include "svc/internal.h"

#include <openssl/rand.h>

#define SUBJECT(joined, reach, ended, asked)                                                       \
    "select u.id as user, u.name, u.active_from, u.active_until,"                                  \
    " nullif(u.tokens_from, '-infinity') as tokens_from, a.id as assignment, a.role, a.unit,"      \
    " a.care_unit, a.care_provider, a.purposes, a.information_types, a.valid_from, a.valid_until," \
    " n.valid_from as analysis_from, n.valid_until as analysis_until, " reach " as reach, " ended  \
    " as ended, coalesce(v.version, 0) as version"                                                 \
    " from access.\"user\" u join access.assignment a on a.\"user\" = u.id" joined                 \
    " left join access.analysis n on n.tenant = a.tenant and n.id = a.analysis"                    \
    " left join access.fact_version v on v.tenant = u.tenant and v.kind = 'user'"                  \
    " and v.id = u.id::text where u.tenant = base.tenant() and " asked
/* A token whose sign-in is not there reaches least. Its session may have been ended by its jti, or
 * by what the identity provider calls it. */
const struct sql svc_subject = {
    "svc_subject",
    SUBJECT(" and a.id = $2 left join access.sign_in s on s.tenant = u.tenant"
            " and s.id = $3 and s.\"user\" = u.id and s.assignment = a.id"
            " left join access.sign_in_session p on p.tenant = u.tenant and p.id = $3",
            "s.reach",
            "exists (select from access.sign_in_ended e where e.tenant = u.tenant"
            " and e.what in ($3, p.session, p.subject)"
            " and (p.issued_at is null or p.issued_at <= e.until))",
            "u.id = $1")};
/* Nobody's session: as far as the assignment goes. */
const struct sql svc_assigned = {"svc_assigned", SUBJECT("", "'not_stated'", "false", "a.id = $1")};

/* Facts must be as they were read (one never written has version 0 and no row) and the decision
 * still in time. base.expect stands in the where clause because a column that nobody reads is never
 * computed. */
const struct sql svc_disclose = {"svc_disclose",
                                 "insert into access.disclosure (id, tenant, subject_kind, "
                                 "subject, subject_name, assignment, role, unit,"
                                 " care_provider, person, action, purpose, records, what, reasons, "
                                 "obligations, reason, request, salt, trace, "
                                 "member_salt)"
                                 " select $5, base.tenant(), $6, $7, $8, $9, $10, $11, $12, $13, "
                                 "$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24"
                                 " where base.expect((select count(*) from unnest($1::text[], "
                                 "$2::text[], $3::bigint[]) as w(kind, id, version)"
                                 " left join access.fact_version v on v.tenant = base.tenant() and "
                                 "v.kind = w.kind and v.id = w.id"
                                 " where coalesce(v.version, 0) = w.version and ($4::timestamptz "
                                 "is null or clock_timestamp() < $4)),"
                                 " cardinality($1::text[])) is not null"};

const struct sql svc_fact_versions = {
    "svc_fact_versions",
    "select w.id::text as id, coalesce(f.version, 0) as version from unnest($1::uuid[]) as w(id)"
    " left join access.fact_version f on f.tenant = base.tenant() and f.kind = 'person'"
    " and f.id = w.id::text"};

struct subject_row {
    struct uuid user;
    struct str name;
    struct instant active_from;
    struct instant active_until;
    struct instant tokens_from;
    struct uuid assignment;
    struct str role;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
    struct strs information_types;
    struct instant valid_from;
    struct instant valid_until;
    struct instant analysis_from;
    struct instant analysis_until;
    struct str reach;
    bool ended; /* the session */
    int64_t version;
};

static const struct field subject_fields[] = {
    FIELD(struct subject_row, user, REQUIRED),
    FIELD(struct subject_row, name, REQUIRED),
    FIELD(struct subject_row, active_from, REQUIRED),
    FIELD(struct subject_row, active_until, OPTIONAL),
    FIELD(struct subject_row, tokens_from, OPTIONAL),
    FIELD(struct subject_row, assignment, REQUIRED),
    FIELD(struct subject_row, role, REQUIRED),
    FIELD(struct subject_row, unit, OPTIONAL),
    FIELD(struct subject_row, care_unit, OPTIONAL),
    FIELD(struct subject_row, care_provider, OPTIONAL),
    FIELD(struct subject_row, purposes, REQUIRED),
    FIELD(struct subject_row, information_types, REQUIRED),
    FIELD(struct subject_row, valid_from, REQUIRED),
    FIELD(struct subject_row, valid_until, OPTIONAL),
    FIELD(struct subject_row, analysis_from, OPTIONAL),
    FIELD(struct subject_row, analysis_until, OPTIONAL),
    FIELD(struct subject_row, reach, OPTIONAL),
    FIELD(struct subject_row, ended, REQUIRED),
    FIELD(struct subject_row, version, REQUIRED),
    FIELDS_END};

static unsigned purpose_set(struct strs words)
{
    unsigned set = 0;
    for (size_t i = 0; i < words.count; i++)
        set |= 1U << permission_word(permission_purposes, words.at[i]);
    return set & ~1U; /* a word nobody knows opens nothing */
}

static struct subject subject_of(const struct request *request, const struct subject_row *row)
{
    return (struct subject){
        .permission = {.kind = SUBJECT_PERSON,
                       .tenant = request->tenant,
                       .active = {row->active_from, row->active_until},
                       .assignment = {.role = permission_word(permission_roles, row->role),
                                      .unit = row->unit,
                                      .care_unit = row->care_unit,
                                      .care_provider = row->care_provider,
                                      .purposes = purpose_set(row->purposes),
                                      .information_types = row->information_types,
                                      .reach = permission_word(permission_reaches, row->reach),
                                      .valid = {row->valid_from, row->valid_until},
                                      .analysis = {row->analysis_from, row->analysis_until}}},
        .user = row->user,
        .name = row->name,
        .assignment = row->assignment,
        .role = row->role,
        .version = {S("user"), arena_str(request->arena, str_from(uuid_text(row->user).text)),
                    row->version}};
}

void subject_ask(struct request *request, struct load *load, struct rows *out)
{
    LOAD(load, &svc_subject, subject_fields, struct subject_row, out, V(request->token.user),
         V(request->token.assignment), V(request->token.id));
}

struct err *subject_take(struct request *request, const struct rows *rows, struct subject *out)
{
    if (rows->count == 0)
        return err_new(ERR_UNAUTHENTICATED,
                       "the account or the assignment is no more: sign in again");
    const struct subject_row *row = ROW(struct subject_row, *rows, 0);
    if (row->ended ||
        (row->tokens_from.known && request->token.issued_at < row->tokens_from.us / 1000000))
        return err_new(ERR_UNAUTHENTICATED, "you have been signed out: sign in again");
    *out = subject_of(request, row);
    return NULL;
}

struct err *subject_load(struct request *request, struct subject *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    subject_ask(request, load, &rows);
    TRY(load_run(load));
    return subject_take(request, &rows, out);
}

struct err *subject_find(struct request *request, struct uuid assignment, struct subject *out)
{
    struct rows rows = {0};
    TRY(request_rows(request, &svc_assigned, subject_fields, sizeof(struct subject_row), &rows,
                     VALUES(V(assignment))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such assignment");
    *out = subject_of(request, ROW(struct subject_row, rows, 0));
    return NULL;
}

struct err *subject_decide_role(const struct request *request, const struct subject *subject,
                                const enum permission_role *roles, size_t count,
                                struct permission *out)
{
    *out = permission_of_role(&subject->permission, roles, count, request->now);
    return out->outcome == PERMISSION_ALLOW
               ? NULL
               : err_new(ERR_FORBIDDEN, "your assignment does not include this");
}

struct err *subject_need_role(const struct request *request, const struct subject *subject,
                              const enum permission_role *roles, size_t count)
{
    struct permission permission;
    return subject_decide_role(request, subject, roles, count, &permission);
}

struct err *subject_refused(const struct permission *permission)
{
    autobuf struct buf words = buf_new(4096);
    autobuf struct buf sentences = buf_new(16384);
    permission_print_reasons(permission, &words);
    permission_tell(permission, &sentences);
    return err_rule(ERR_FORBIDDEN, words.ptr, "%s", sentences.ptr);
}

struct disclosure disclosure_by(const struct subject *subject)
{
    const struct permission_assignment *assignment = &subject->permission.assignment;
    return (struct disclosure){.subject_kind = "person",
                               .subject = subject->version.id,
                               .subject_name = subject->name,
                               .assignment = subject->assignment,
                               .role = subject->role,
                               .unit = assignment->unit,
                               .care_provider = assignment->care_provider};
}

static struct bytes random_salt(struct arena *arena)
{
    enum { SALT = 32 };
    char *salt = arena_alloc(arena, SALT, 1);
    if (RAND_bytes((uint8_t *)salt, SALT) != 1)
        abort();
    return (struct bytes){{salt, SALT}};
}

void disclosure_write(const struct request *request, struct batch *log, const struct disclosure *d,
                      const struct fact_version *versions, size_t count)
{
    struct str *kinds = ARENA_ARRAY(request->arena, struct str, count + 1);
    struct str *ids = ARENA_ARRAY(request->arena, struct str, count + 1);
    struct str *numbers = ARENA_ARRAY(request->arena, struct str, count + 1);
    for (size_t i = 0; i < count; i++) {
        kinds[i] = versions[i].kind;
        ids[i] = versions[i].id;
        numbers[i] = arena_format(request->arena, "%lld", (long long)versions[i].version);
    }
    autobuf struct buf reasons = buf_new(4096);
    autobuf struct buf obligations = buf_new(4096);
    permission_print_reasons(d->permission, &reasons);
    permission_print_obligations(d->permission, &obligations);
    batch_add(log, &svc_disclose,
              VALUES(V(((struct strs){kinds, count})), V(((struct strs){ids, count})),
                     V(((struct strs){numbers, count})), V(d->permission->until), V(uuid_random()),
                     V(str_from(d->subject_kind)), V(d->subject), V(d->subject_name),
                     V(d->assignment), V(d->role), V(d->unit), V(d->care_provider), V(d->person),
                     V(str_from(permission_logged[d->action - 1])), V(str_from(d->purpose)),
                     V(d->records), V(((struct json_text){d->what})), V(buf_str(&reasons)),
                     V(buf_str(&obligations)), V(d->reason), V(request->id),
                     V(random_salt(request->arena)), V(request->trace),
                     V(random_salt(request->arena))));
}

struct version_row {
    struct str id;
    int64_t version;
};
static const struct field version_fields[] = {FIELD(struct version_row, id, REQUIRED),
                                              FIELD(struct version_row, version, REQUIRED),
                                              FIELDS_END};

struct err *fact_versions_read(struct request *request, const struct uuid *persons, size_t count,
                               struct fact_version *out)
{
    struct rows rows = {0};
    TRY(request_rows(request, &svc_fact_versions, version_fields, sizeof(struct version_row), &rows,
                     VALUES(V(((struct uuids){persons, count})))));
    for (size_t i = 0; i < rows.count; i++)
        out[i] = (struct fact_version){S("person"), ROW(struct version_row, rows, i)->id,
                                       ROW(struct version_row, rows, i)->version};
    return NULL;
}
