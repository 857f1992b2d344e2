/* A token with one assignment, or the list to choose it from. */
#include "services/access/sign_in.h"
#include "text/json.h"

enum { TOKEN_SECONDS = 8 * 3600 };

const struct field account_fields[] = {FIELD(struct account_row, id, REQUIRED),
                                       FIELD(struct account_row, name, REQUIRED),
                                       FIELD(struct account_row, password, OPTIONAL),
                                       FIELD(struct account_row, hsa_id, OPTIONAL),
                                       FIELD(struct account_row, break_glass, REQUIRED),
                                       FIELD(struct account_row, tokens_from, OPTIONAL),
                                       FIELDS_END};

const struct field assignment_fields[] = {FIELD(struct assignment_row, id, REQUIRED),
                                          FIELD(struct assignment_row, role, REQUIRED),
                                          FIELD(struct assignment_row, unit, OPTIONAL),
                                          FIELD(struct assignment_row, care_unit, OPTIONAL),
                                          FIELD(struct assignment_row, care_provider, OPTIONAL),
                                          FIELD(struct assignment_row, purposes, REQUIRED),
                                          FIELD(struct assignment_row, information_types, REQUIRED),
                                          FIELD(struct assignment_row, valid_until, OPTIONAL),
                                          FIELDS_END};

struct login_answer {
    struct str token;
    struct instant expires_at;
    struct str name;
    struct json_text assignment;
    struct json_text assignments;
};
static const struct field login_answer_fields[] = {
    FIELD(struct login_answer, token, OPTIONAL),
    FIELD(struct login_answer, expires_at, OPTIONAL),
    FIELD(struct login_answer, name, REQUIRED),
    FIELD(struct login_answer, assignment, OPTIONAL),
    FIELD(struct login_answer, assignments, OPTIONAL),
    FIELDS_END};

static const struct assignment_row *choose(const struct rows *assignments, struct uuid wanted)
{
    if (uuid_is_nil(wanted) && assignments->count == 1)
        return ROW(struct assignment_row, *assignments, 0);
    for (size_t i = 0; i < assignments->count; i++)
        if (uuid_equal(ROW(struct assignment_row, *assignments, i)->id, wanted))
            return ROW(struct assignment_row, *assignments, i);
    return NULL;
}

/* Several, and none chosen: the caller signs in again with one of them. */
static struct err *answer_choice(struct request *request, const struct account_row *account,
                                 const struct rows *assignments)
{
    autobuf struct buf list = buf_new((size_t)1 << 20);
    json_write_list(assignment_fields, assignments->at, sizeof(struct assignment_row),
                    assignments->count, &list);
    TRY(buf_done(&list, "the list of assignments"));
    const struct login_answer answer = {.name = account->name, .assignments = {buf_str(&list)}};
    json_write(login_answer_fields, &answer, request->out);
    return NULL;
}

struct uuid sign_in_session_of(struct str issuer, struct str session)
{
    return session.ptr != NULL ? UUID_FROM(S("sid"), issuer, session) : (struct uuid){0};
}

struct uuid sign_in_subject_of(struct str issuer, struct str subject)
{
    return UUID_FROM(S("sub"), issuer, subject);
}

static struct err *note(struct request *request, int32_t tenant, const struct token *token,
                        const struct way_in *way)
{
    enum permission_reach reach = way->claimed != NULL ? way->claimed->reach : REACH_NOT_STATED;
    struct batch *batch = batch_new(request->db, tenant, request->arena);
    batch_add(batch, &access_insert_sign_in,
              VALUES(V(token->id), V(token->user), V(token->assignment), V(way->provider),
                     V(way->methods), V(way->assurance),
                     V(way->claimed != NULL ? way->claimed->assignment : (struct str){0}),
                     V(request->id), V(str_from(permission_reaches[reach - 1]))));
    if (way->provider.ptr != NULL)
        batch_add(batch, &access_insert_session,
                  VALUES(V(token->id), V(token->user), V(way->session), V(way->subject),
                         V(way->issued_at),
                         V(((struct instant){(token->expires_at + TOKEN_SKEW) * 1000000, true}))));
    return batch_run(batch);
}

static struct err *answer_token(struct request *request, int32_t tenant,
                                const struct account_row *account,
                                const struct assignment_row *assignment, const struct way_in *way)
{
    int64_t now = request->now.us / 1000000;
    if (account->tokens_from.known && account->tokens_from.us / 1000000 > now)
        now = account->tokens_from.us / 1000000; /* a second ahead */
    const struct token token = {.issuer = S(TOKEN_ISSUER),
                                .user = account->id,
                                .audience = S(TOKEN_AUDIENCE),
                                .tenant = tenant,
                                .assignment = assignment->id,
                                .id = uuid_random(),
                                .issued_at = now,
                                .not_before = now,
                                .expires_at = now + TOKEN_SECONDS,
                                .methods = way->methods,
                                .assurance = way->assurance};
    autobuf struct buf text = buf_new(TOKEN_MAX);
    autobuf struct buf chosen = buf_new((size_t)64 * 1024);
    TRY(issuer_sign(access_issuer(request), &token, &text));
    TRY(note(request, tenant, &token, way));
    json_write(assignment_fields, assignment, &chosen);
    TRY(buf_done(&chosen, "the assignment"));
    const struct login_answer answer = {
        .token = buf_str(&text),
        .expires_at = {.us = token.expires_at * 1000000, .known = true},
        .name = account->name,
        .assignment = {buf_str(&chosen)}};
    json_write(login_answer_fields, &answer, request->out);
    return NULL;
}

/* Those of the assignments that may be chosen this way. */
static struct rows keep_agreeing(const struct rows *all, const struct way_in *way,
                                 struct arena *arena)
{
    struct assignment_row *kept = ARENA_ARRAY(arena, struct assignment_row, all->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct assignment_row *row = ROW(struct assignment_row, *all, i);
        const struct claim_assignment compared = {row->unit, row->care_unit, row->care_provider,
                                                  row->purposes};
        if (way->claimed == NULL || claims_agree(way->claimed, &compared, way->level))
            kept[count++] = *row;
    }
    return (struct rows){kept, count};
}

struct err *sign_in_answer(struct request *request, int32_t tenant,
                           const struct account_row *account, const struct rows *assignments,
                           struct uuid wanted, const struct way_in *way)
{
    struct rows agreeing = keep_agreeing(assignments, way, request->arena);
    const struct assignment_row *chosen = choose(&agreeing, wanted);
    if (chosen != NULL)
        return answer_token(request, tenant, account, chosen, way);
    if (way->claimed != NULL && agreeing.count == 0 && assignments->count > 0)
        return err_new(ERR_FORBIDDEN, "no assignment in force agrees with what the identity"
                                      " provider says, at the level of assurance it needs");
    if (!uuid_is_nil(wanted) || agreeing.count == 0)
        return err_new(ERR_FORBIDDEN, "the account has no such assignment in force");
    return answer_choice(request, account, &agreeing);
}
