/* What r7 show, r7 print, r7 why and r7 readers have in common: asking room search about one
 * record. */
#pragma once

#include "cli.h"
#include "remote.h"

/* What the person says of the question. */
struct record_asked {
    const char *record;
    const char *reason;
    const char *purpose;
    const char *request_number;
    bool other_units;
    bool json;
};

/* The record, --reason, --purpose, --request-number, --other-units and --json, and the command's
 * own options: RECORD_OPTIONS_OWN at most. */
enum { RECORD_OPTIONS_OWN = 4 };
MUST_USE struct err *record_arguments(int argc, char **argv, const struct cli_option *own,
                                      struct record_asked *out);
/* As headers, because nothing personal may stand in a URL. */
MUST_USE struct err *record_headers(const struct record_asked *asked, struct arena *arena,
                                    const char *headers[REMOTE_HEADERS]);
/* The answer of a GET. */
MUST_USE struct err *record_get(const struct record_asked *asked, struct str path,
                                struct arena *arena, struct str *out);
