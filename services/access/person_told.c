/* Recording what the national person service says of a person, and of whom it can say nothing. */
#include "services/access/person_told.h"

#include "services/access/person_service.h"
#include "text/json.h"

static const struct field told_fields[] = {FIELD(struct told_fact, person, REQUIRED),
                                           FIELD(struct told_fact, known, REQUIRED),
                                           FIELD(struct told_fact, is_protected, REQUIRED),
                                           FIELD(struct told_fact, deceased, REQUIRED),
                                           FIELD(struct told_fact, deregistered, OPTIONAL),
                                           FIELD(struct told_fact, deregistered_on, OPTIONAL),
                                           FIELD(struct told_fact, own_number, OPTIONAL),
                                           FIELDS_END};

static void plan_told(struct change *change, const void *fact)
{
    const struct told_fact *t = fact;
    change_concerns_ids(change, S("person"), t->person, (struct uuid){0});
    CHANGE_SQL(change, &access_put_person_told, V(t->person), V(change->at), V(t->known),
               V(t->is_protected), V(t->deceased), V(t->deregistered), V(t->deregistered_on),
               V(t->own_number));
}
const struct change_kind change_person_told = {"person_told", told_fields, sizeof(struct told_fact),
                                               plan_told};

static const struct field link_told_fields[] = {
    FIELD(struct link_fact, id, REQUIRED), FIELD_NAMED(struct link_fact, one, "person", REQUIRED),
    FIELD_NAMED(struct link_fact, two, "other", REQUIRED),
    FIELD(struct link_fact, assurance, OPTIONAL), FIELDS_END};

/* Whether one of the two is fictitious, or their link was withdrawn, is asked once more in the
 * transaction: either may have come while the service was asked. */
static void plan_link_told(struct change *change, const void *fact)
{
    const struct link_fact *l = fact;
    change_concerns_ids(change, S("person"), l->one, l->two);
    if (l->assurance.len > 0)
        CHANGE_SQL(change, &access_insert_link_told, V(l->id), V(l->one), V(l->two),
                   V(l->assurance), V(change->at));
    else
        CHANGE_SQL(change, &access_end_link_told, V(l->id), V(change->at));
}
const struct change_kind change_link_told = {"person_link_told", link_told_fields,
                                             sizeof(struct link_fact), plan_link_told};

struct err *change_add(struct request *request, struct change *change,
                       const struct change_kind *kind, const void *fact)
{
    kind->plan(change, fact);
    return change_plan_line(change, kind, request->id, fact);
}

struct err *person_note_own(struct request *request, struct change *change, struct json_text text,
                            struct uuid person)
{
    struct stated_person stated = {0};
    struct identity identity = {0};
    struct person_number number;
    bool askable = false;
    TRY(json_read(text.text, stated_person_fields, JSON_REFUSE_UNKNOWN, "person", request->arena,
                  &stated));
    TRY(person_identity(request, &stated, &identity));
    struct err *e = person_number_of(&identity, &number, &askable);
    if (e != NULL) { /* ten digits are a national number's, of which it may know */
        err_reset();
        return NULL;
    }
    if (askable)
        return NULL;
    const struct told_fact fact = {.person = person, .own_number = true};
    return change_add(request, change, &change_person_told, &fact);
}
