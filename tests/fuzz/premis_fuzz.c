/* Any bytes as a PREMIS document of an AIP. */
#include "content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_content(CONTENT_XML_OF_AIP, data, size);
}
