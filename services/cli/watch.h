/* What the archive does with a delivery just now, for who follows it: a line on standard error,
 * when it says something new. On a terminal it is written over. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/uuid.h"
#include "http/http.h"

struct watch {
    struct http_client *http; /* NULL: there is nobody to ask */
    struct str url;
    int64_t asked;
    bool terminal;
    bool shown; /* a line stands on the terminal */
    struct buf said;
};

/* Asks room ingest as the source system: R7_INGEST_URL, R7_CA, R7_CERT, R7_KEY. Without them
 * nothing is shown. `arena` must outlive it. */
struct watch watch_begin(struct uuid delivery, struct arena *arena);
/* Asks again, every two seconds at most. What cannot be asked is not shown: receipts tell how the
 * delivery ends. */
void watch_look(struct watch *w);
/* Takes the line away, before another is printed. */
void watch_clear(struct watch *w);
void watch_end(struct watch *w);

/* "validating 34 of 102 parts": struct progress_view, as JSON, in words; nothing when it is absent.
 */
MUST_USE struct err *watch_say(struct str progress, struct arena *arena, struct buf *out);
