/* Any bytes as an answer of clamd: what is found has a name, and what is clean said so. */
#include "base/base.h"
#include "scan/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scan_result result = {0};
    struct str answer = {(const char *)data, size};
    if (answer_read(answer, &result) == ANSWER_RESULT) {
        assert(result.outcome == SCAN_CLEAN || result.words.len > 0);
        assert(result.outcome != SCAN_CLEAN || str_ends(str_trim(answer), S("stream: OK")));
    }
    return 0;
}
