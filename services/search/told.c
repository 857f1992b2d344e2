/* Before a search by number: what the national person service says of the identity, when its word
 * has ended. Room access asks and records it; here is the number. */
#include "base/log.h"
#include "services/search/room.h"
#include "text/json.h"

struct ask {
    int32_t tenant;
    struct uuid user;
    struct json_text person;
};
static const struct field ask_fields[] = {FIELD(struct ask, tenant, REQUIRED),
                                          FIELD(struct ask, user, REQUIRED),
                                          FIELD(struct ask, person, REQUIRED), FIELDS_END};
struct number {
    struct str number;
    struct str id_type;
};
static const struct field number_fields[] = {FIELD(struct number, number, REQUIRED),
                                             FIELD(struct number, id_type, OPTIONAL), FIELDS_END};

static struct err *ask(struct request *request, struct uuid user, const struct identity *identity)
{
    autobuf struct buf person = buf_new(8 * 1024);
    autobuf struct buf body = buf_new(16 * 1024);
    struct str answer = {0};
    const struct number number = {identity->delivered.digits, identity->type};
    json_write(number_fields, &number, &person);
    json_write(ask_fields,
               &(struct ask){.tenant = request->tenant, .user = user, .person = {buf_str(&person)}},
               &body);
    TRY(buf_done(&person, "the person"));
    TRY(buf_done(&body, "the question"));
    return worker_ask(request->worker, request->house->config.access_url, "/persons/ask",
                      buf_str(&body), request->arena, &answer);
}

bool told_anew(struct request *request, struct uuid user, const struct identity *identity,
               struct uuid person, const struct facts *facts)
{
    bool ended = false;
    for (size_t i = 0; i < facts->persons.count; i++) {
        const struct known_person *p = ROW(struct known_person, facts->persons, i);
        ended |= uuid_equal(p->person, person) && p->to_be_asked;
    }
    if (!ended)
        return false;
    const struct err *e = ask(request, user, identity);
    if (e != NULL)
        log_line(LOG_WARNING, "could not ask about a person: the search goes on with what is known",
                 e, LOG_PAIRS(kv("request", request->id)));
    return e == NULL;
}
