/* Whom log review and alerts look at: persons marked by named officers, and who of the staff is
 * which patient. By pseudonym: no name and no number is kept. */
#include "services/access/review_rules.h"
#include "text/json.h"

static const char *const mark_kinds[] = {"well_known", "threatened", "other", NULL};

struct mark {
    struct json_text stated;
    struct uuid person;
    struct str kind;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field mark_body_fields[] = {
    FIELD_NAMED(struct mark, stated, "person", REQUIRED),
    FIELD(struct mark, kind, REQUIRED, .one_of = mark_kinds),
    FIELD(struct mark, valid_until, OPTIONAL), FIELDS_END};
static const struct field mark_fields[] = {FIELD(struct mark, person, REQUIRED),
                                           FIELD(struct mark, kind, REQUIRED),
                                           FIELD(struct mark, valid_from, REQUIRED),
                                           FIELD(struct mark, valid_until, OPTIONAL), FIELDS_END};

static void plan_mark(struct change *change, const void *fact)
{
    const struct mark *m = fact;
    struct uuid_text person = uuid_text(m->person);
    CHANGE_REPLACES(change, S("marked_person"), str_from(person.text));
    CHANGE_SQL(change, &access_put_marked_person, V(m->person), V(m->kind), V(change->by),
               V(m->valid_from), V(m->valid_until));
}
const struct change_kind change_person_marked = {"person_marked", mark_fields, sizeof(struct mark),
                                                 plan_mark};

/* Only a named officer says who is marked, or no more. */
struct err *access_mark_person(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct mark mark = {.valid_from = request->now};
    struct rows officers = {0};
    TRY(change_begin_own(request, &change));
    TRY(request_rows(request, &access_select_officer, id_fields, sizeof(struct id_row), &officers,
                     VALUES(V(change.by))));
    if (officers.count == 0)
        return err_new(ERR_FORBIDDEN, "only named officers mark persons");
    TRY(json_read(request->body, mark_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &mark));
    TRY(person_read(request, mark.stated, "person", &mark.person));
    reply->status = 204;
    return change_apply(request, &change, &change_person_marked, &mark);
}

struct staff {
    struct json_text stated;
    struct uuid user;
    struct uuid person;
};
static const struct field staff_body_fields[] = {
    FIELD_NAMED(struct staff, stated, "person", REQUIRED), FIELDS_END};
static const struct field staff_fields[] = {FIELD(struct staff, user, REQUIRED),
                                            FIELD(struct staff, person, REQUIRED), FIELDS_END};

static void plan_staff(struct change *change, const void *fact)
{
    const struct staff *s = fact;
    struct uuid_text user = uuid_text(s->user);
    CHANGE_REPLACES(change, S("staff_person"), str_from(user.text));
    CHANGE_SQL(change, &access_put_staff_person, V(s->user), V(s->person));
}
const struct change_kind change_staff_person = {"staff_person", staff_fields, sizeof(struct staff),
                                                plan_staff};

struct err *access_set_staff_person(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct staff staff = {0};
    TRY(change_begin_own(request, &change));
    TRY(people_find(request, &staff.user));
    TRY(json_read(request->body, staff_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &staff));
    TRY(person_read(request, staff.stated, "person", &staff.person));
    reply->status = 204;
    return change_apply(request, &change, &change_staff_person, &staff);
}
