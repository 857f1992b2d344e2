/* Any bytes as what a service that keeps blocks says of one patient's records. */
#include "base/base.h"
#include "fuzz.h"
#include "services/access/block_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new(64 * 1024 * 1024);
    autosoap struct soap_request answer = {0};
    struct block_check_entity entities[3] = {0};
    struct err *e = soap_open_answer(S("text/xml"), (struct str){(const char *)data, size},
                                     SOAP_ANSWER_MAX, arena, &answer);
    if (e == NULL)
        e = block_check_read(answer.body, entities, COUNT(entities), arena);
    (void)e;
    err_reset();
    return 0;
}
