/* Any bytes as a DICOM file. */
#include "content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_content(CONTENT_DICOM, data, size);
}
