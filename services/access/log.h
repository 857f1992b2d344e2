/* The disclosure log sealed (S26 in libcommon/README.md, LOG.md): rows get leaves, leaves go into
 * the region's Merkle tree, and each step of it is a line in the region's journal and a signed
 * checkpoint. The form of all that is libcommon/tlog's. */
#pragma once

#include "services/access/room.h"
#include "tlog/batch.h"
#include "tlog/note.h"
#include "tlog/row.h"
#include "tlog/tile_path.h"
#include "tlog/tree.h"
#include "vault/journal.h"

/* access.log */
struct log_state {
    struct str key;
    int64_t size;
    struct str checkpoint; /* absent: nothing is sealed yet */
    struct instant sealed_at;
    struct uuid line; /* of the journal: nil when nothing is … */
    int64_t file;     /* … and where it begins */
    int64_t offset;
};
extern const struct field log_state_fields[];

struct log_line {
    struct uuid id;
    struct journal_place place; /* where it begins */
    struct log_batch batch;
};

/* --- log_journal.c */
/* The next line of a log from the place on, which moves behind it. CORRUPT: it is none that this
 * room wrote. */
MUST_USE struct err *log_line_next(const struct vault *vault, struct str tenant,
                                   struct journal_place *place, struct arena *arena,
                                   struct log_line *out, bool *out_more);
/* Begins at the line that the state names, and moves behind it. CORRUPT rule "log_contradicts": the
 * journal has another there. */
MUST_USE struct err *log_line_newest(const struct vault *vault, struct str tenant,
                                     const struct log_state *state, struct arena *arena,
                                     struct journal_place *out_behind);

/* --- log_keys.c */
/* The key that signs and, while it has not taken over yet, the one before. */
struct log_signers {
    struct note_signer at[2];
    size_t count;
};
/* The region's; made when there is none. */
MUST_USE struct err *log_signers(const struct house *house, struct str tenant, struct arena *arena,
                                 struct log_signers *out);
/* The one before is forgotten: its successor has taken over. */
MUST_USE struct err *log_signers_settle(const struct house *house, struct str tenant,
                                        struct arena *arena);

/* --- log_tiles.c */
struct log_tile_row {
    int32_t level;
    int64_t number;
    struct bytes hashes;
};
extern const struct field log_tile_fields[];
/* The parameters of access_log_tiles. */
struct log_tile_names {
    struct strs levels;
    struct strs numbers;
};
struct log_tile_names log_tile_names(const struct tile *tiles, size_t count, struct arena *arena);
/* The parameters of access_log_put_tiles. */
struct log_tile_values {
    struct log_tile_names names;
    struct strs widths;
    struct bytes hashes; /* of each, with room for TILE_WIDTH */
};
struct log_tile_values log_tile_values(struct tile *const *tiles, size_t count,
                                       struct arena *arena);
/* Fills in hashes and width of those that are there; the others have the width 0. */
void log_tiles_fill(struct tile *tiles, size_t count, const struct rows *rows);
struct log_entries_row {
    int64_t number;
    struct bytes commitments;
    struct bytes ids;
};
extern const struct field log_entries_fields[];

/* --- log_seal.c */
/* Seals what the regions have unsealed, some of each. */
struct err *log_duty(const struct house *house, struct worker *worker, struct arena *arena,
                     bool *out_done);
/* One region: first what the journal tells and the database does not know, then rows that are not
 * sealed. `out_done`: there was some of either. CORRUPT rule "log_contradicts": database, journal
 * and key do not tell the same log; nothing is sealed before a person has looked. */
MUST_USE struct err *log_seal(const struct house *house, struct worker *worker, int32_t tenant,
                              bool *out_done);
/* Each region, whether it has rows that are not sealed or not: a database that was put back to an
 * earlier copy while we run is noticed. */
MUST_USE struct err *log_look_all(const struct house *house, struct worker *worker,
                                  const struct rows *tenants);

/* --- log_api.c */
struct err *log_get_key(struct request *request, struct http_reply *reply);
struct err *log_get_key_changes(struct request *request, struct http_reply *reply);
struct err *log_get_checkpoint(struct request *request, struct http_reply *reply);
struct err *log_get_tile(struct request *request, struct http_reply *reply);
struct err *log_get_inclusion(struct request *request, struct http_reply *reply);
struct err *log_get_consistency(struct request *request, struct http_reply *reply);
struct err *log_get_rows(struct request *request, struct http_reply *reply);
