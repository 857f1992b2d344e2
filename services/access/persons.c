/* From what people state of an identity to its pseudonym. */
#include "services/access/person_service.h"
#include "services/access/room.h"
#include "text/json.h"

const struct field stated_person_fields[] = {
    FIELD(struct stated_person, number, REQUIRED, .min = 1, .max = 64),
    FIELD(struct stated_person, id_type, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct stated_person, source_system, OPTIONAL, .min = 1, .max = 64), FIELDS_END};

struct err *person_identity(struct request *request, const struct stated_person *stated,
                            struct identity *out)
{
    const struct identity_told told = {
        .number = stated->number, .type = stated->id_type, .system = stated->source_system};
    *out = identity_read(&told, request->arena);
    return identity_is_absent(out) ? err_field(ERR_INVALID, "number", "empty") : NULL;
}

struct err *person_find(struct request *request, const struct stated_person *stated,
                        struct uuid *out)
{
    struct str key = {0};
    struct identity identity = {0};
    TRY(person_identity(request, stated, &identity));
    TRY(worker_pseudonym_key(request->worker, request->tenant, request->arena, &key));
    *out = person_pseudonym(key, &identity);
    return NULL;
}

struct err *person_read(struct request *request, struct json_text text, const char *path,
                        struct uuid *out)
{
    struct stated_person stated = {0};
    TRY(json_read(text.text, stated_person_fields, JSON_REFUSE_UNKNOWN, path, request->arena,
                  &stated));
    return person_find(request, &stated, out);
}
