/* POST /persons/links/find: the links of a person's identities, so that one which is wrong can be
 * withdrawn by its id, also one that the national person service made. */
#include "services/access/person_register.h"

enum { LINKS_SHOWN = 1000 };

struct link_row {
    struct uuid id;
    bool direct; /* of the identity asked about; else of one that is linked with it */
    struct str source;
    struct str assurance;
    struct str decided_by;
    struct str reason;
    struct str visibility;
    struct instant valid_from;
    struct instant valid_until;
    bool in_force;
    struct instant revoked_at;
    struct str revoked_reason;
};
static const struct field link_row_fields[] = {FIELD(struct link_row, id, REQUIRED),
                                               FIELD(struct link_row, direct, REQUIRED),
                                               FIELD(struct link_row, source, REQUIRED),
                                               FIELD(struct link_row, assurance, REQUIRED),
                                               FIELD(struct link_row, decided_by, REQUIRED),
                                               FIELD(struct link_row, reason, REQUIRED),
                                               FIELD(struct link_row, visibility, OPTIONAL),
                                               FIELD(struct link_row, valid_from, REQUIRED),
                                               FIELD(struct link_row, valid_until, OPTIONAL),
                                               FIELD(struct link_row, in_force, REQUIRED),
                                               FIELD(struct link_row, revoked_at, OPTIONAL),
                                               FIELD(struct link_row, revoked_reason, OPTIONAL),
                                               FIELDS_END};

/* No identity is told, for none is kept. That there is a link with a fictitious one is told to
 * named officers alone: to others as if there were none. */
struct err *access_find_links(struct request *request, struct http_reply *reply)
{
    static const struct person_register links = {
        "links", &access_select_links_told, link_row_fields, sizeof(struct link_row), LINKS_SHOWN};
    (void)reply;
    return person_register_find(request, &links);
}
