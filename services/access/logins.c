/* An account told by its login, as a list of staff has it: the same told again changes nothing, so
 * a list that was cut short is sent again whole. */
#include "services/access/password.h"
#include "services/access/proposals.h"
#include "text/json.h"

struct told {
    struct str login;
    struct str name;
    struct str hsa_id;
    struct str password;
    struct json_text assignment;
};
static const struct field told_fields[] = {
    FIELD(struct told, name, REQUIRED, .min = 1, .max = 200),
    FIELD(struct told, hsa_id, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct told, password, OPTIONAL, .max = PASSWORD_MAX),
    FIELD(struct told, assignment, OPTIONAL), FIELDS_END};

struct known_row {
    struct uuid id;
    struct str name;
    struct str hsa_id;
    bool ended;
};
static const struct field known_fields[] = {FIELD(struct known_row, id, REQUIRED),
                                            FIELD(struct known_row, name, REQUIRED),
                                            FIELD(struct known_row, hsa_id, OPTIONAL),
                                            FIELD(struct known_row, ended, REQUIRED), FIELDS_END};

struct outcome {
    struct uuid id;
    bool made;
    bool assignment_made;
    bool assignment_waits; /* for another administrator */
};
static const struct field outcome_fields[] = {
    FIELD(struct outcome, id, REQUIRED), FIELD(struct outcome, made, REQUIRED),
    FIELD(struct outcome, assignment_made, REQUIRED),
    FIELD(struct outcome, assignment_waits, REQUIRED), FIELDS_END};

/* A login that is there is the one that is meant, if all that is told of it is so. */
static struct err *find(struct request *request, const struct told *told, struct uuid *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_listed, known_fields, struct known_row, &rows, V(told->login));
    TRY(load_run(load));
    if (rows.count == 0)
        return NULL;
    const struct known_row *row = ROW(struct known_row, rows, 0);
    if (row->ended)
        return err_field(ERR_CONFLICT, "login", "an account with it has ended");
    if (!str_equal(row->name, told->name))
        return err_field(ERR_CONFLICT, "name", "the account with this login has another");
    if (told->hsa_id.len > 0 && !str_equal(row->hsa_id, told->hsa_id))
        return err_field(ERR_CONFLICT, "hsa_id", "the account with this login has another");
    *out = row->id;
    return NULL;
}

static struct err *read_assignment(struct request *request, struct json_text text,
                                   struct assignment *out)
{
    TRY(json_read(text.text, assignment_body_fields, JSON_REFUSE_UNKNOWN, "assignment",
                  request->arena, out));
    if (!out->valid_from.known)
        out->valid_from = request->now;
    return assignment_check(request, out);
}

static struct err *has_assignment(struct request *request, const struct assignment *a, bool *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_same_assignment, id_fields, struct id_row, &rows, V(a->user),
         V(a->role), V(a->unit), V(a->care_unit), V(a->care_provider), V(a->purposes),
         V(a->information_types), V(a->valid_until), V(a->analysis));
    TRY(load_run(load));
    *out = rows.count > 0;
    return NULL;
}

static struct err *make(struct request *request, const struct told *told, struct uuid *out)
{
    struct change change;
    autobuf struct buf hash = buf_new(PASSWORD_HASH_MAX);
    struct user user = {
        .id = uuid_random(), .login = told->login, .name = told->name, .hsa_id = told->hsa_id};
    TRY(change_begin_own(request, &change));
    if (told->password.ptr != NULL)
        TRY(password_hash(told->password, &hash));
    user.hash = told->password.ptr != NULL ? buf_str(&hash) : (struct str){0};
    *out = user.id;
    return change_apply(request, &change, &change_user, &user);
}

static struct err *give(struct request *request, struct http_reply *reply,
                        const struct assignment *assignment, struct outcome *outcome)
{
    struct change change;
    bool has = false;
    TRY(has_assignment(request, assignment, &has));
    if (has)
        return NULL;
    TRY(change_begin_own(request, &change));
    TRY(proposal_or_apply(request, reply, &change, &change_assignment, assignment,
                          &outcome->assignment_waits));
    outcome->assignment_made = !outcome->assignment_waits;
    buf_clear(request->out);
    return NULL;
}

struct err *access_put_login(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct told told = {.login = http_param(&request->match, "login")};
    struct assignment assignment = {.id = uuid_random()};
    struct outcome outcome = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, told_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &told));
    TRY(account_check_login(told.login));
    if (told.assignment.text.ptr != NULL)
        TRY(read_assignment(request, told.assignment, &assignment));
    TRY(find(request, &told, &outcome.id));
    outcome.made = uuid_is_nil(outcome.id);
    if (outcome.made)
        TRY(make(request, &told, &outcome.id));
    assignment.user = outcome.id;
    if (told.assignment.text.ptr != NULL)
        TRY(give(request, reply, &assignment, &outcome));
    json_write(outcome_fields, &outcome, request->out);
    reply->status = outcome.assignment_waits ? 202 : outcome.made ? 201 : 200;
    return NULL;
}
