/* r7 keys: what its words share. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* A key on its way to and from its file: wiped before it is given back. */
void keys_drop_secret(struct buf *text);
#define secretbuf __attribute__((cleanup(keys_drop_secret)))

/* A usage error unless it is a region's name. */
MUST_USE struct err *keys_check_tenant(const char *tenant);

struct err *keys_rotate_log(int argc, char **argv); /* keys_log.c */
