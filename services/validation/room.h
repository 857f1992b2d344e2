/* Room validation: is this package what it claims to be? */
#pragma once

#include "base/clock.h"
#include "domain/events.h"
#include "services/validation/sealed.h"
#include "svc/svc.h"
#include "svc/svc_sql.h"
#include "validate/check.h"
#include "validate/survey.h"
#include "vault/segment_row.h"

#define SQL_DEF "services/validation/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const validation_sql[];

/* How large a unit of work is. */
struct validation_settings {
    int64_t part_files;
    int64_t part_bytes;
    int64_t step_bytes;
    struct str clamd;
    int64_t clamd_stream_max;
    struct str pronom;
};

/* Made at the start, shared by all workers. */
struct validation_state {
    struct xml_schema *schema;            /* METS with the E-ARK extensions */
    struct scan_server clamd;             /* without an address: nothing is scanned */
    struct format_signatures *signatures; /* NULL: formats are not judged */
};

/* --- rows (facts.c)
 * --------------------------------------------------------------------------------- */

struct judged_delivery {
    struct uuid id;
    struct uuid staged;
    int64_t bytes;
};

/* How far its judging has come. */
struct work_row {
    int64_t errors;
    int64_t warnings;
    int64_t files;
    int64_t bytes;
    struct uuid staged;
    struct str rule;
    int32_t parts; /* 0: it is being listed */
    int32_t parts_left;
    struct str container;
    struct str objid;
    struct str record_status;
    struct json_text stated; /* struct package_stated */
    struct instant done_at;
};

/* Where a step of listing stopped. */
struct listing_row {
    int32_t number;
    int64_t offset;
    int64_t entries;
    int64_t length;
};

struct part_row {
    int32_t number;
    int64_t first_row;
    int64_t end_row;
    int64_t first_byte;
    int64_t end_byte;
    int64_t files;
    int64_t bytes;
    int32_t piece;
    struct instant done_at;
};

/* What the agreement says of it. */
struct terms_row {
    bool refuse_unscanned;
    struct terms terms;
};

struct judge_facts {
    struct rows terms;    /* struct terms_row */
    struct rows policy;   /* struct format_ruling: the region's own */
    struct rows delivery; /* struct judged_delivery */
    struct rows segments; /* struct segment_row */
    struct rows work;     /* struct work_row: begun, or judged already */
    struct rows listing;  /* struct listing_row: the steps so far */
    struct rows parts;    /* struct part_row: the part, or those under way */
    struct rows sealed;   /* struct sealed_row: what the steps before have left */
};

/* How the files of this delivery are inspected. */
const struct inspection *judge_inspection(const struct work *work);

enum task { TASK_RECEIVED, TASK_LIST, TASK_CHECK, TASK_CLOSE };

/* What a message asks for, and what of it is still to be done. */
struct judge_task {
    enum task what;
    int32_t number;
    bool open; /* false: it was done before, or is not due */
};
struct judge_task judge_task_of(const struct message *message, const struct judge_facts *facts);

/* delivery.received */
void judge_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
/* validation.part */
void task_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
/* Of both. */
void judge_waits(const struct message *message, const struct err *why, struct plan *plan);
struct err *judge_keys(const struct message *message, const void *facts, struct arena *arena,
                       struct key_request *out);
/* A package of more bytes goes in steps, so that no small one waits behind it. */
enum { JUDGED_AT_ONCE = 64 * 1024 * 1024 };
/* Which of the delivered segments the task reads: the first and how many. Their keys are the first
 * in work->keys, those of facts->sealed come after. */
void judge_segments(const struct judge_task *task, const struct judge_facts *facts,
                    size_t *out_first, size_t *out_count);

/* --- decisions (judge.c)
 * -------------------------------------------------------------------------------------- */

/* delivery.received: a small package is judged at once, a large one is begun. */
struct err *judge_decide(const struct work *work, struct plan *plan);
/* validation.part */
struct err *task_decide(const struct work *work, struct plan *plan);

/* Tells of a task of this delivery. */
void plan_task(struct plan *plan, struct uuid delivery, enum task task, int32_t number);
/* The id and the subject of that event. */
struct uuid task_subject(struct uuid delivery, enum task task, int32_t number);
struct uuid task_event(const struct work *work, struct uuid delivery, enum task task,
                       int32_t number);

/* At most so many parts are under way; the one that ends releases the next. */
enum { PARTS_OF_DELIVERY = 16, PARTS_OF_TENANT = 64 };

/* A step of the listing; when it is the last one the package is surveyed, and checked at once if it
 * makes one part (list.c). */
struct err *list_decide(const struct work *work, int32_t number, struct plan *plan) MUST_USE;
/* A part of the manifest (part.c). */
struct err *part_decide(const struct work *work, struct plan *plan) MUST_USE;
/* All parts are done: their indexes and findings become one (close.c). */
struct err *close_decide(const struct work *work, struct plan *plan) MUST_USE;

/* --- the verdict (verdict.c)
 * ------------------------------------------------------------------------ */

struct verdict {
    /* Given. */
    struct str objid;
    struct str record_status;
    struct json_text stated; /* struct package_stated */
    struct str container;    /* absent when it is none that we read */
    int64_t files;
    int64_t bytes;
    struct findings *findings;
    struct err *const *refusals; /* parts of the container that could not be read as one */
    size_t refusal_count;
    const struct sealed_file *entries;
};
/* Seals the report, writes the rows and tells of it: validated or rejected. */
struct err *verdict_plan(const struct work *work, struct sealing *sealing, const struct verdict *v,
                         struct plan *plan) MUST_USE;
/* What was judged before is told again. */
void verdict_plan_again(struct plan *plan, struct uuid delivery, const struct work_row *row);
/* Lets go of all that the steps before have left. */
void verdict_drop_steps(const struct work *work, struct plan *plan);

/* --- HTTP (api.c)
 * ----------------------------------------------------------------------------------- */
struct err *validation_report(struct request *request, struct http_reply *reply);

/* --- package.stored, package.removed (release.c): what was sealed here is in the vault now, or is
 * to be destroyed with it
 * --------------------------- */
struct release_facts {
    struct rows staged;
};
void release_load(const struct message *message, void *facts, struct arena *arena,
                  struct load *load);
struct err *release_decide(const struct work *work, struct plan *plan);
struct err *release_removed_decide(const struct work *work, struct plan *plan);
