/* Any bytes as an ERMS document. */
#include "content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_content(CONTENT_ERMS_3_0, data, size);
}
