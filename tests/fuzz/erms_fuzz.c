/* Any bytes as a file of a registry. */
#include "readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(S("erms"), NULL, (struct str){(const char *)data, size});
}
