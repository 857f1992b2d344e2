/* Any bytes as an answer of the national person service. */
#include "base/base.h"
#include "services/access/person_service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    const struct person_number asked = {PERSON_TYPE_PERSONNUMMER, {S("191212121212")}};
    struct person_told told = {0};
    struct soap_request answer = {0};
    if (arena == NULL)
        arena = arena_new((size_t)64 << 20);
    if (soap_open_answer(S("text/xml"), (struct str){(const char *)data, size}, SOAP_ANSWER_MAX,
                         arena, &answer) == NULL &&
        person_service_read(answer.body, &asked, 1, arena, &told) == NULL)
        assert(told.link_count <= PERSON_LINKS_MAX && (told.known || told.link_count == 0));
    soap_drop(&answer);
    arena_reset(arena);
    err_reset();
    return 0;
}
