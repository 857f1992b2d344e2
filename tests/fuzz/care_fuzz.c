/* Any bytes as a care document. */
#include "content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_content(CONTENT_CARE, data, size);
}
