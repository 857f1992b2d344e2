/* Any bytes as a ZIP. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err *e = fuzz_container((struct str){(const char *)data, size}, CONTAINER_ZIP);
    assert(e == NULL || e->code != ERR_BUG);
    err_reset();
    return 0;
}
