/* How far a command has come: one line on standard error that is written over, shown only when that
 * is a terminal. */
#pragma once

#include "base/base.h"

struct progress {
    bool shown;
    size_t files;
    size_t files_all;
    uint64_t bytes; /* of the files that are done */
    uint64_t bytes_all;
    uint64_t at;    /* in the file in hand */
    uint64_t moved; /* in this run */
    int64_t began;
    int64_t told;
};

struct progress progress_begin(size_t files, uint64_t bytes);
/* The file in hand has come to `at`; `moved` bytes were sent for it since it was last told. */
void progress_at(struct progress *p, uint64_t at, uint64_t moved);
/* It is done with, one way or another. */
void progress_file(struct progress *p, uint64_t bytes);
/* Takes the line away, before another line is printed. */
void progress_clear(struct progress *p);
