/* What clamd answers; for this folder and its tests. */
#pragma once

#include "scan/scan.h"

enum answer_kind {
    ANSWER_RESULT,
    ANSWER_LAST,    /* a result, after which clamd ends the session */
    ANSWER_TROUBLE, /* of clamd's own: the file may be asked about again */
    ANSWER_FOREIGN  /* nothing that clamd says */
};

/* The answer to a stream, without the NUL behind it: "1: stream: OK". *out's words point into it.
 */
enum answer_kind answer_read(struct str answer, struct scan_result *out);
