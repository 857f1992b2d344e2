/* Is a file infected? Asked of clamd, the daemon of ClamAV, by its command INSTREAM in a session
 * (clamd(8): IDSESSION, commands and answers that end with NUL): bytes go to it while they are
 * read for other reasons, and the answer comes when the file has ended. Clamd must have
 * `AlertExceedsMax yes`, or it calls clean what its limits kept it from looking at.
 *
 *   autoscanner struct scanner *scanner = scanner_new(&server);       // one for a unit of work
 *   TRY(scanner_begin(scanner, length));                              // for each file
 *   TRY(scanner_add(scanner, piece)); ...
 *   TRY(scanner_end(scanner, &result)); */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct scan_server {
    struct str address;  /* the path of a UNIX socket; or IP:PORT, [IP]:PORT of version 6 */
    uint64_t stream_max; /* its StreamMaxLength: a larger file is not sent */
};
/* INVALID: neither a path that begins with '/' and fits in a socket's address, nor IP:PORT. Asked
 * once, before scanner_new. */
MUST_USE struct err *scan_server_check(const struct scan_server *server);

enum scan_outcome {
    SCAN_CLEAN,
    SCAN_FOUND,
    SCAN_NOT_SCANNED, /* larger than a limit, or no bytes that clamd can look at */
};

struct scan_result {
    enum scan_outcome outcome;
    struct str words; /* the signature's name, or why it was not scanned; until the next file */
};

enum {
    SCAN_ANSWER = 1024,    /* bytes of an answer */
    SCAN_CONNECT_S = 5,    /* to be connected */
    SCAN_TRANSFER_S = 30,  /* to take a piece */
    SCAN_ANSWER_S = 150,   /* to answer: above clamd's MaxScanTime, two minutes unless set */
    SCAN_PIECE = 256 << 10 /* most bytes of one scanner_add */
};

struct scanner;
#define autoscanner __attribute__((cleanup(scanner_drop)))

/* No connection yet: it is made with the first file and kept for those that follow. The server's
 * address outlives it. */
struct scanner *scanner_new(const struct scan_server *server);
void scanner_free(struct scanner *scanner);
void scanner_drop(struct scanner **scanner);
/* The file has so many bytes. All three: TRANSIENT, rule scanner_away, when clamd cannot be
 * reached, ends the connection, is out of time, memory or disk; the file must then be begun anew.
 * What clamd says of the file itself is a result. */
MUST_USE struct err *scanner_begin(struct scanner *scanner, uint64_t length);
MUST_USE struct err *scanner_add(struct scanner *scanner, struct str bytes);
MUST_USE struct err *scanner_end(struct scanner *scanner, struct scan_result *out);
