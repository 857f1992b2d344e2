/* How long the log is kept, and whom its extracts name. */
#pragma once

#include "services/access/room.h"

extern const struct change_kind change_log_purge, change_review_purge, change_log_names;
extern const struct field log_purge_whole_fields[], review_purge_whole_fields[];

struct err *access_add_log_purge(struct request *request, struct http_reply *reply);
struct err *access_add_review_purge(struct request *request, struct http_reply *reply);
struct err *access_set_log_names(struct request *request, struct http_reply *reply);
/* Carries out what has been decided, some thousand rows at a call. */
MUST_USE struct err *log_purge_some(struct worker *worker, int32_t tenant, struct arena *arena);
