/* The sizes and flags of the form on disk, for its writer and its reader; the form is told in
 * entry_index.h. */
#pragma once

#include "vault/entries.h"

enum { HEAD = 8, MARK = 6, ROW = 16, BUCKETS = 256, TAIL = 32, NUMBER_MAX = 10, CRC = 4 };
enum { FLAG_FOLDER = 1, FLAG_DEFLATE = 2, FLAG_CRC32 = 4, FLAG_SHA256 = 8, FLAGS = 15 };
enum {
    ENTRY_ITEM_MAX = 2 + 6 * NUMBER_MAX + ENTRY_PATH_MAX + CRC + 32,
    POINT_ITEM_MAX = 2 + 5 * NUMBER_MAX + CRC + RESTART_WINDOW,
};

struct entry_index_writer;
/* Counts in a point of `length` bytes that the caller has put into the buffer. */
void entry_index_note_point(struct entry_index_writer *writer, uint64_t output, size_t length);

#define ENTRY_INDEX_HEAD "R7eIdx\0\1"
