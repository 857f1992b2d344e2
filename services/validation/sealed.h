/* Files that validation seals with fresh keys, into the folder leased for the unit of work, and
 * opens again: entry index and report, and what the steps of a large package hand to each other. */
#pragma once

#include "svc/plan.h"
#include "svc/svc.h"
#include "vault/segment_row.h"

struct sealed_row {
    struct uuid staged;
    int32_t number;
    struct str what;
    int32_t part;
    struct uuid key;
    int64_t bytes;
    int64_t stored_bytes;
    struct bytes sha512;
};
extern const struct field sealed_row_fields[];

/* --- sealing
 * --------------------------------------------------------------------------------------- */

/* The fresh keys, taken one after the other. */
struct sealing {
    const struct work *work;
    size_t used;
    int64_t rows; /* files of the folder so far */
};

struct sealed_file {
    struct segment *segments;
    struct segment_total total;
};

/* A writer with all keys that are left; freed by the caller. */
struct segment_writer *sealing_begin(const struct sealing *sealing, struct sealed_file *file);
MUST_USE struct err *sealing_end(struct sealing *sealing, struct segment_writer *writer,
                                 struct sealed_file *file);
MUST_USE struct err *seal_text(struct sealing *sealing, struct str text, struct sealed_file *out);
MUST_USE struct err *seal_source(struct sealing *sealing, const struct source *source,
                                 struct sealed_file *out);
/* Its rows. `part` is -1 when it is about the whole. */
void sealing_plan(struct sealing *sealing, struct plan *plan, struct uuid delivery,
                  const char *what, int32_t part, const struct sealed_file *file);

/* --- opening
 * --------------------------------------------------------------------------------------- */

/* The files of some rows, each ordered by number, with their keys in the same order. */
struct sealed_files {
    struct opened_file {
        struct str what;
        int32_t part;
        struct staged staged; /* its source */
    } * at;
    size_t count;
};
#define autosealed __attribute__((cleanup(sealed_files_close)))

/* `out` is zeroed before; what was opened is closed by sealed_files_close also after an error. */
MUST_USE struct err *sealed_files_open(const struct work *work, const struct rows *rows,
                                       const struct file_key *keys, struct sealed_files *out);
void sealed_files_close(struct sealed_files *files);
/* The sources of all files of this kind, in order of their parts; *out_count may be 0. */
const struct source *sealed_files_of(const struct sealed_files *files, const char *what,
                                     struct arena *arena, size_t *out_count);
