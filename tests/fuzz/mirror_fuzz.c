/* Any bytes as the answer of a service that keeps blocks. */
#include "fuzz.h"
#include "services/access/mirror.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new(64 * 1024 * 1024);
    autosoap struct soap_request answer = {0};
    struct mirror_answer told;
    struct err *e = soap_open_answer(S("text/xml"), (struct str){(const char *)data, size},
                                     SOAP_ANSWER_MAX, arena, &answer);
    if (e == NULL)
        e = mirror_read(answer.body, S("SE0000000001-1001"), arena, &told);
    (void)e;
    err_reset();
    return 0;
}
