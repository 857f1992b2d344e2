/* Any bytes as a SIARD file. */
#include "content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_content(CONTENT_SIARD_2_1, data, size);
}
