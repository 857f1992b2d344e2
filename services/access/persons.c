/* From what people state of an identity to its pseudonym. */
#include "domain/person.h"
#include "services/access/room.h"
#include "text/json.h"

#include <openssl/crypto.h>

const struct field stated_person_fields[] = {
    FIELD(struct stated_person, number, REQUIRED, .min = 1, .max = 64),
    FIELD(struct stated_person, id_type, OPTIONAL, .min = 1, .max = 128),
    FIELD(struct stated_person, source_system, OPTIONAL, .min = 1, .max = 64), FIELDS_END};

struct key_answer {
    struct str key;
};
static const struct field key_answer_fields[] = {FIELD(struct key_answer, key, REQUIRED),
                                                 FIELDS_END};

static struct err *fetch_key(struct request *request, struct sha256 *out)
{
    struct str body = {0};
    struct key_answer answer = {0};
    const char *path =
        arena_format(request->arena, "/tenants/%d/pseudonym-key", request->tenant).ptr;
    TRY(err_wrap(worker_ask(request->worker, request->house->config.keys_url, path, (struct str){0},
                            request->arena, &body),
                 "could not get the pseudonym key"));
    TRY(json_read(body, key_answer_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &answer));
    return hex_decode(answer.key, out->bytes, sizeof out->bytes)
               ? NULL
               : ERR_BUG_AT("room keys answered a pseudonym key of another form");
}

struct err *person_find(struct request *request, const struct stated_person *stated,
                        struct uuid *out)
{
    struct sha256 key;
    const struct identity_told told = {
        .number = stated->number, .type = stated->id_type, .system = stated->source_system};
    struct identity identity = identity_read(&told, request->arena);
    if (identity_is_absent(&identity))
        return err_field(ERR_INVALID, "number", "empty");
    TRY(fetch_key(request, &key));
    *out = person_pseudonym((struct str){(const char *)key.bytes, sizeof key.bytes}, &identity);
    OPENSSL_cleanse(&key, sizeof key);
    return NULL;
}
