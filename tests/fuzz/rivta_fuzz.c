/* Any bytes as a file of care documents. */
#include "readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(S("rivta"), NULL, (struct str){(const char *)data, size});
}
