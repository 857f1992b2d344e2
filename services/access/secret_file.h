/* Private keys in files: readable by their owner alone, there whole or not at all, and made once by
 * whichever replica comes first. */
#pragma once

#include "base/base.h"

/* A key on its way to and from its file: wiped before it is given back. */
void secret_drop(struct buf *text);
#define secretbuf __attribute__((cleanup(secret_drop)))

/* Appends the file, up to the buffer's limit. `out_there` false: there is none. INVALID when others
 * than its owner can read it; STORAGE. */
MUST_USE struct err *secret_file_read(const char *path, struct buf *out, bool *out_there);
/* Writes the text beside the file and gives it the name: in place of what is there (`replace`), or
 * only when there is none; who made it first has made it. The folder is flushed. */
MUST_USE struct err *secret_file_write(const char *path, struct str text, bool replace);
