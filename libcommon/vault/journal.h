/* The tenant's journal: what the catalogue could not make again from the storage roots (accepted,
 * returned, handover, holds, destruction orders, changes of access facts, log tiles and
 * checkpoints), as lines that are only ever added: <location>/journal/<tenant>/NNNNNNNN.jsonl, the
 * same in every location. A line is flushed everywhere before the row that it tells of commits; a
 * line whose row is missing after a crash or a restore is carried out by who reads it. Readers
 * therefore meet a line again (same id) when an append was done twice, and take it once.
 *
 * Lines are in clear, so that a journal can be read without us and without keys: they hold our own
 * ids, times, decisions and digests, never a number, name or free text about a person. Who writes a
 * line keeps that promise.
 *
 *   {"id":"<uuid>","entry":{…}}
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"
#include "vault/vault.h"

/* A place between two lines; {0} is the beginning. */
struct journal_place {
    uint32_t file;
    uint64_t offset;
};

enum { JOURNAL_LINE_MAX = 64 * 1024, JOURNAL_FILE_MAX = 64 * 1024 * 1024 };

/* Adds one line; NULL means it is durable in every location. Writers in all processes take turns (a
 * lock on the first location). What a crash left is mended first: a torn last line (no newline) is
 * cut off, and a location that lacks whole lines of the newest file gets them. `entry` is one JSON
 * object without line breaks. CORRUPT rule "journal_differs": the locations contradict each other,
 * which is an alarm. On STORAGE the line may be there or not: append it again. */
MUST_USE struct err *journal_append(const struct vault *vault, struct str tenant, struct uuid id,
                                    struct str entry);
/* Adds several, one behind the other, by one flush of each location. On an error the first of them
 * may be there, and those that are stand in their order. */
struct journal_entry {
    struct uuid id;
    struct str entry;
    struct journal_place place; /* set: where it begins */
};
MUST_USE struct err *journal_append_all(const struct vault *vault, struct str tenant,
                                        struct journal_entry *lines, size_t count);

/* Where the journal ends now: what a crash left is mended as by an append, and all before the place
 * is durable in every location, so that a place before or at it may be kept for ever. CORRUPT as
 * journal_append. */
MUST_USE struct err *journal_end(const struct vault *vault, struct str tenant,
                                 struct journal_place *out_place);
/* Reads the line at `place` of one location into `out_line` (the whole JSON object, no newline) and
 * moves on. `out_more` false: there is none now; a torn last line is none. The file is read afresh,
 * so lines that come later are found from the same place. CORRUPT: the line is not of the form
 * above. */
MUST_USE struct err *journal_next(int location, struct str tenant, struct journal_place *place,
                                  struct uuid *out_id, struct buf *out_line, bool *out_more);
