/* A consignment's list: which files it has, and what each must be. Pure. Two forms, told apart by
 * the first line:
 *
 *  - sums: "HEX  NAME" or "HEX *NAME", as sha256sum and its kind write them; the digest's length
 *    tells the algorithm (MD5, SHA-1, SHA-256, SHA-384 or SHA-512);
 *  - a table: its first line is name, bytes, algorithm and checksum in any order, separated by
 *    comma, semicolon or tab; a value may stand in quotes and does not go over lines; a line that
 *    is no UTF-8 is read as Windows-1252 (text/csv_row.h).
 *
 * The list comes from somebody else. Every line must be right, or nothing of it is used: INVALID,
 * TOO_LARGE or UNSAFE with "line N" as the field. A name is a path below the list's folder, '/'
 * between; it is neither absolute nor leads upwards, and holds no control character and no
 * backslash. No name comes twice. */
#pragma once

#include "parcel.h"
#include "vault/path_map.h"

enum {
    IMPORT_LIST_BYTES_MAX = 128 * 1024 * 1024,
    IMPORT_FILES_MAX = 1000000,
    IMPORT_PATH_MAX = 4095 /* bytes */
};

struct listed {
    const char *path; /* without "." in it */
    int64_t bytes;    /* -1: not told */
    struct checksum sum;
    size_t line;
};

struct import_list {
    struct listed *files; /* in the arena */
    size_t count;
    struct path_map *paths; /* the place of each in `files` */
};

/* An arena for such a list needs at most IMPORT_ARENA bytes. */
#define IMPORT_ARENA ((size_t)2 << 30)
MUST_USE struct err *import_list_read(struct str text, struct arena *arena,
                                      struct import_list *out);
void import_list_free(struct import_list *list);
