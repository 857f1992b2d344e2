/* The keys of object stores: files that who runs the house lays down, one for each that a region
 * may use: R7_OBJECT_STORE_KEYS/<region>/<name>, of mode 0600,
 *
 *   {"endpoint": "https://s3.example.se", "access_key": "…", "secret_key": "…"}
 *
 * The file names the endpoint too, so that nobody who writes agreements sends ingest anywhere, or
 * has another region's keys used. Read for each turn, so a key can be changed at any time. */
#pragma once

#include "services/ingest/room.h"

/* TRANSIENT when they are not there, can be read by others, or are for another endpoint: who runs
 * the house sets it right. In errors stand names, never what is in the file. */
MUST_USE struct err *object_keys_read(const struct ingest_settings *settings, struct str tenant,
                                      const struct object_store *store, struct arena *arena,
                                      struct http_signer *out);
