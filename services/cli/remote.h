/* Asking the rooms, as the person who signed in (r7 login), or as a source system by its
 * certificate (R7_CERT, R7_KEY). */
#pragma once

#include "bus/bus.h"
#include "cli.h"
#include "http/http.h"

enum remote_as { REMOTE_ANYONE, REMOTE_PERSON, REMOTE_SYSTEM };
/* What an answer that is no success says, by its problem document or its status. */
MUST_USE struct err *remote_refusal(const struct http_answer_in *answer, struct arena *arena);
/* Sends to a room ("ACCESS": its address is R7_ACCESS_URL) over TLS that R7_CA vouches for. A
 * status that is no success becomes the error that its problem tells. */
MUST_USE struct err *remote_ask(enum remote_as as, const char *room, enum http_method method,
                                struct str path, struct str body, struct arena *arena,
                                struct str *out_body);
/* A command, as the person who signed in, with an Idempotency-Key made of what is asked: typed
 * again after a lost answer it is the same command. */
MUST_USE struct err *remote_command(const char *room, struct str path, struct str body,
                                    struct arena *arena, struct str *out_body);
/* DELETE as the person who signed in, with the reason that the room asks for. INVALID for a reason
 * that no header can carry. */
MUST_USE struct err *remote_end(const char *room, struct str path, const char *reason,
                                struct arena *arena);
/* As remote_ask, for a person who signed in, with further headers ("Name: value", NULL at the end;
 * REMOTE_HEADERS at most) and the bytes of a success into `descriptor`. POST with a body, else GET.
 */
enum { REMOTE_HEADERS = 6 };
MUST_USE struct err *remote_save(const char *room, struct str path, const char *const *headers,
                                 struct str body, int descriptor, struct arena *arena);
/* The same into a file, which appears whole or not at all. */
MUST_USE struct err *remote_save_file(const char *room, struct str path, const char *const *headers,
                                      struct str body, const char *file, struct arena *arena);
/* Keeps the token for the next commands: ~/.config/r7/token, mode 0600. */
MUST_USE struct err *remote_keep_token(struct str token, struct arena *arena);
/* Removes it, if it is there; one of R7_TOKEN is who set it's. */
MUST_USE struct err *remote_forget_token(struct arena *arena);

/* A person's number as given; "-" reads it from standard input, so that it stands in no shell's
 * history. */
MUST_USE struct err *remote_read_number(const char *given, struct arena *arena, struct str *out);

/* Begins a JSON object by a person, as room access wants one stated: the number, and when they are
 * told its OID and whose own making it is. The caller closes it. */
void remote_put_person(struct str number, const char *type, const char *system, struct buf *body);

/* Adds a member to the JSON object that `body` begins; nothing when the value is NULL. */
void remote_put_text(const char *name, const char *value, struct buf *body);

/* The same with a day, "1998-05-31", as its first moment in Sweden, or with `days` 1 as the next
 * day's. Wrong usage when it is none. */
MUST_USE struct err *remote_put_day(const char *name, const char *date, int days, struct buf *body);

/* A JSON file that a command is given. */
MUST_USE struct err *remote_read_file(const char *path, struct arena *arena, struct str *out);

/* Kafka as one who may make topics: R7_KAFKA_BOOTSTRAP, _CA, _CERT, _KEY. */
MUST_USE struct err *kafka_administrator(struct bus_config *out);
