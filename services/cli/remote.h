/* Asking the rooms, as the person who signed in (r7 login). */
#pragma once

#include "bus/bus.h"
#include "cli.h"
#include "http/http.h"

/* The variable's value; absent when it is not set or empty. */
struct str cli_environment(const char *name);

enum remote_as { REMOTE_ANYONE, REMOTE_PERSON };
/* Sends to a room ("ACCESS": its address is R7_ACCESS_URL) over TLS that R7_CA vouches for. A
 * status that is no success becomes the error that its problem tells. */
MUST_USE struct err *remote_ask(enum remote_as as, const char *room, enum http_method method,
                                struct str path, struct str body, struct arena *arena,
                                struct str *out_body);
/* Keeps the token for the next commands: ~/.config/r7/token, mode 0600. */
MUST_USE struct err *remote_keep_token(struct str token, struct arena *arena);

/* A JSON file that a command is given. */
MUST_USE struct err *remote_read_file(const char *path, struct arena *arena, struct str *out);

/* Kafka as one who may make topics: R7_KAFKA_BOOTSTRAP, _CA, _CERT, _KEY. */
MUST_USE struct err *kafka_administrator(struct bus_config *out);
