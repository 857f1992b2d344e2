/* What is in a container: entry indexes without digests, in pieces that follow one another. A ZIP
 * or a short TAR is one piece; a long TAR and a tar.gz are listed in steps, each a unit of work. */
#pragma once

#include "validate/index_out.h"
#include "validate/spool.h"

struct listing_step {
    /* Given. */
    const struct source *source;
    enum container container;
    struct entries_mark mark;          /* where the step before stopped; zero for the first */
    const struct restart_point *point; /* the last one before it, of a tar.gz; or NULL */
    uint64_t bytes; /* of a tar.gz's output, or as much work in a TAR, whose files it passes by */
    /* Found. */
    struct entries_mark stopped; /* where the next step goes on … */
    bool ended;                  /* … unless there is none */
};

/* Writes the piece. REJECT errors with a rule: the container cannot be read as one. */
MUST_USE struct err *listing_step(struct listing_step *step, struct spool *piece);
/* By the first bytes of the source. */
MUST_USE struct err *listing_recognise(const struct source *source, enum container *out);
/* "zip", "tar", "tar.gz", as the rows have it. */
struct str container_name(enum container container);
bool container_named(struct str name, enum container *out);
/* The last restart point of a piece; *out_found false when it has none. */
MUST_USE struct err *listing_last_point(const struct source *piece, struct restart_point *out,
                                        bool *out_found);

/* --- all pieces as one. A place is an entry's position among them, ascending. */
struct listing;
#define autolisting __attribute__((cleanup(listing_drop)))

/* `pieces` outlive it. */
MUST_USE struct err *listing_open(const struct source *pieces, size_t count, struct listing **out);
void listing_free(struct listing *listing);
void listing_drop(struct listing **listing);

struct listing_cursor {
    size_t piece;
    uint64_t at;
};
/* The next item after the cursor, zero at first. Its path lives in the arena. */
MUST_USE struct err *listing_next(struct listing *listing, struct listing_cursor *cursor,
                                  struct arena *arena, struct entry_index_item *out,
                                  uint64_t *out_place);
MUST_USE struct err *listing_at(const struct listing *listing, uint64_t place, struct arena *arena,
                                struct entry *out);
/* The piece with the last restart point of a tar.gz that lies before this byte of the TAR, for an
 * entry_reader; NULL when there is none. */
MUST_USE struct err *listing_points(const struct listing *listing, uint64_t output,
                                    const struct entry_index **out);
/* Copies it into an index that is being written: all, or the restart points of a tar.gz only. */
MUST_USE struct err *listing_copy(const struct listing *listing, struct index_out *out);
MUST_USE struct err *listing_copy_points(const struct listing *listing, struct index_out *out);
