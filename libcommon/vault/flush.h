/* Making sure: what was written is on the device, and is what was meant.
 *
 * syncfs(2) writes a whole file system and, since Linux 5.8, also tells of data that could not be
 * written since the folder it is called on was opened (before 5.8 it told nothing). Each open
 * folder hears of an error once. So the vault's location folders are opened before anything is
 * written, by each worker its own, and many files become durable for the price of one flush. Older
 * kernels are refused by flush_check. */
#pragma once

#include "base/err.h"
#include "vault/vault.h"

/* UNSUPPORTED on a kernel whose syncfs hides errors. */
MUST_USE struct err *flush_check(void);
/* All that was written in the file system of `folder`, files and names. STORAGE: something may be
 * lost, and the work since the last flush is to be done again. */
MUST_USE struct err *flush_filesystem(int folder);
/* The names in one folder. */
MUST_USE struct err *flush_folder(int folder);

enum read_back {
    READ_FROM_DEVICE, /* O_DIRECT: past the page cache */
    READ_AFTER_DROP,  /* the file system refuses O_DIRECT (tmpfs): the cache was asked to drop it;
                         proves less */
};
/* Reads a flushed file again and compares it with what it is to be: CORRUPT when it differs. `how`
 * becomes the weaker of what it was and the way in which this file was read. */
MUST_USE struct err *flush_read_back(int folder, const char *path, uint64_t bytes,
                                     struct sha512 digest, enum read_back *how);
