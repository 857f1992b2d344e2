/* Room indexing: stored packages become records that can be found. */
#pragma once

#include "domain/events.h"
#include "services/indexing/contents.h"
#include "services/indexing/reader.h"
#include "svc/svc.h"
#include "text/information_type.h"
#include "vault/segment_row.h"

#define SQL_DEF "services/indexing/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const indexing_sql[];
extern const char indexing_session[];

/* --- rows (facts.c)
 * --------------------------------------------------------------------------------- */

/* A stored package and what its agreement says of it. */
struct package_row {
    struct uuid id;
    struct uuid delivery;
    struct str agreement;
    int64_t bytes;
    struct str reader;
    struct str information_type;
    struct str archive_creator;
    struct str care_provider;
    struct str source_system;
};

/* A package that has been cut. */
struct indexed_row {
    int32_t parts;
    int64_t records;
    int64_t unreadable;
    struct instant indexed_at;
};

/* A range of driver bytes: rows of one file, or several whole files. */
struct part_row {
    int32_t number;
    struct str path; /* of the first file, below the package's root */
    int64_t place;   /* of the first file in the entry index */
    int32_t files;   /* how many; they are read whole when there are several */
    int64_t first_byte;
    int64_t last_byte;
    int64_t first_row;
    struct instant done_at;
};

struct index_facts {
    struct rows package;   /* struct package_row */
    struct rows delivered; /* struct segment_row */
    struct rows entries;   /* struct segment_row */
    struct rows indexed;   /* struct indexed_row: cut before */
    struct rows parts;     /* struct part_row: the part, or those under way */
    struct rows deletion;  /* present: the package was removed */
};

void stored_load(const struct message *message, void *facts, struct arena *arena,
                 struct load *load);
struct err *stored_keys(const struct message *message, const void *facts, struct arena *arena,
                        struct key_request *out);
void part_load(const struct message *message, void *facts, struct arena *arena, struct load *load);
struct err *part_keys(const struct message *message, const void *facts, struct arena *arena,
                      struct key_request *out);

/* --- decisions
 * -------------------------------------------------------------------------------------- */

/* package.stored: cuts the package into parts; a single one is read at once (package.c). */
struct err *stored_decide(const struct work *work, struct plan *plan);
/* indexing.part (part.c). */
struct err *part_decide(const struct work *work, struct plan *plan);

/* package.removed: forgets the package and its records (purge.c). */
void removed_load(const struct message *message, void *facts, struct arena *arena,
                  struct load *load);
struct err *removed_decide(const struct work *work, struct plan *plan);

/* Reads a part into the plan: its records, and the statement that closes it (part.c). */
struct drivers;
struct err *part_read(const struct work *work, struct drivers *drivers, const struct part_row *part,
                      struct plan *plan) MUST_USE;
/* --- what gave no record, or not a whole one (part_findings.c)
 * --------------------------------------------- */

/* The first of a part; what comes after is only counted. A finding about the package as a whole has
 * no place, and those that are met before there are parts belong to no part. */
enum { FINDINGS_KEPT = 1000, FINDING_NO_PLACE = -1, FINDING_NO_PART = -1 };
struct part_findings {
    struct buf rows; /* JSON, as the statement takes them */
    size_t count;
};
struct part_findings part_findings_new(void);
void part_findings_free(struct part_findings *findings);
void part_findings_add(struct part_findings *findings, int64_t place, const struct finding *finding,
                       bool unreadable);
void part_findings_add_item(struct part_findings *findings, int64_t place, const struct item *item,
                            bool unreadable);
/* The file cannot be read from some place on. */
void part_findings_add_file(struct part_findings *findings, int64_t place, const struct err *e);
/* Once, at the end. */
struct err *part_findings_plan(struct part_findings *findings, struct plan *plan,
                               struct uuid package, int32_t part) MUST_USE;

/* GET /deliveries/{delivery}/report, to an archivist (report.c). */
struct err *indexing_report(struct request *request, struct http_reply *reply);
/* GET /units/gaps, to an archivist or local administrator (gaps.c). */
struct err *indexing_unit_gaps(struct request *request, struct http_reply *reply);

/* At most so many parts of a package are under way: the part that ends releases the one that comes
 * so many after it. */
enum { PARTS_IN_FLIGHT = 16 };
void plan_part_event(struct plan *plan, const struct package_row *package, int32_t number);
/* Tells that the package is indexed, if it is. */
void plan_indexed(struct plan *plan, const struct package_row *package,
                  const struct indexed_row *indexed);

/* --- a package's drivers: the files that tell of records (drivers.c)
 * -------------------------------- */

struct drivers {
    const struct package_row *package;
    struct contents *files;
    struct arena *arena;
    struct mapping *mappings; /* documentation/mapping.json; they say what is read, and how */
    size_t mapping_count;
    struct record defaults; /* what the agreement says of every record */
};
#define autodrivers __attribute__((cleanup(drivers_close)))

struct driver {
    struct entry entry;
    struct str path; /* below the root */
    struct str reader;
    const struct mapping *mapping; /* NULL: none is needed */
    uint64_t place;                /* in the entry index */
};

/* Opens the package; what is wrong with its mappings is an error of class reject. `out` is zeroed
 * before. */
struct err *drivers_open(const struct work *work, struct drivers *out) MUST_USE;
void drivers_close(struct drivers *drivers);
/* The next driver after the cursor. Its strings live in `arena`, which is reset first. */
struct err *drivers_next(struct drivers *drivers, uint64_t *cursor, struct arena *arena,
                         struct driver *out, bool *out_more) MUST_USE;
/* How a reader is told of it: all of `source`. */
struct reader_input drivers_input(const struct drivers *drivers, const struct driver *driver,
                                  const struct source *source);
/* Is it a reject that comes from what a file says, not from the vault? */
bool drivers_is_theirs(const struct drivers *drivers, const struct err *e);

/* --- a record as COPY takes it (record_copy.c)
 * ------------------------------------------------------- */

/* The columns that a part loads, with their types in the temporary table: numbers are bigint there.
 */
#define RECORD_COLUMNS(COLUMN)                                                                     \
    COLUMN(package, uuid)                                                                          \
    COLUMN(person, uuid)                                                                           \
    COLUMN(content_hmac, uuid)                                                                     \
    COLUMN(occurred_at, timestamptz)                                                               \
    COLUMN(ended_at, timestamptz)                                                                  \
    COLUMN(documented_at, timestamptz)                                                             \
    COLUMN(authored_at, timestamptz)                                                               \
    COLUMN(signed_at, timestamptz)                                                                 \
    COLUMN(row_offset, bigint)                                                                     \
    COLUMN(offset, bigint)                                                                         \
    COLUMN(length, bigint)                                                                         \
    COLUMN(row_length, bigint)                                                                     \
    COLUMN(part, bigint)                                                                           \
    COLUMN(shard, bigint)                                                                          \
    COLUMN(hold, boolean)                                                                          \
    COLUMN(approved_for_patient, boolean)                                                          \
    COLUMN(protected_person, boolean)                                                              \
    COLUMN(restricted, boolean)                                                                    \
    COLUMN(dissent, boolean)                                                                       \
    COLUMN(type, text)                                                                             \
    COLUMN(category, text)                                                                         \
    COLUMN(status, text)                                                                           \
    COLUMN(stage, text)                                                                            \
    COLUMN(path, text)                                                                             \
    COLUMN(attachments, text[])                                                                    \
    COLUMN(driver, text)                                                                           \
    COLUMN(title, text)                                                                            \
    COLUMN(reference, text)                                                                        \
    COLUMN(belongs_to, text)                                                                       \
    COLUMN(author_id, text)                                                                        \
    COLUMN(author_name, text)                                                                      \
    COLUMN(author_role, text)                                                                      \
    COLUMN(unit_id, text)                                                                          \
    COLUMN(unit_name, text)                                                                        \
    COLUMN(unit, text)                                                                             \
    COLUMN(care_unit, text)                                                                        \
    COLUMN(care_provider, text)                                                                    \
    COLUMN(responsible_authority, text)                                                            \
    COLUMN(archive_creator, text)                                                                  \
    COLUMN(source_system, text)                                                                    \
    COLUMN(source_id, text)                                                                        \
    COLUMN(version, text)                                                                          \
    COLUMN(predecessor, text)

/* Appends the record: the columns above, its number in the part, and the text to search. */
void record_copy(const struct record *record, int64_t number, struct buf *out);
