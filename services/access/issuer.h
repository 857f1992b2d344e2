/* The built-in issuer: signs access tokens (http/token.h) with ES256 and tells the world its public
 * keys.
 *
 * Its keys are a JWKS document with private parts in one file, mode 0600, newest first. The newest
 * signs; the others stay published until nothing they signed can be valid any more. Every replica
 * reads the same file. */
#pragma once

#include "base/buf.h"
#include "http/token.h"

enum { ISSUER_KEYS_MAX = 4 };

struct issuer; /* made once, then read by any number of threads */

/* Reads the file; makes it, with one key, when there is none. Two that make it at the same time get
 * the same. INVALID when it can be read by others than its owner, or is no such document. */
MUST_USE struct err *issuer_open(const char *path, struct issuer **out);
void issuer_free(struct issuer *issuer);

/* Puts a new key first and drops what is beyond ISSUER_KEYS_MAX. The file is replaced whole or not
 * at all; rooms that meet the new kid read the JWKS again. Reload the issuer after. */
MUST_USE struct err *issuer_rotate(const char *path);

/* Appends the signed token. The caller fills in every claim. */
MUST_USE struct err *issuer_sign(const struct issuer *issuer, const struct token *token,
                                 struct buf *out);

/* Appends claims signed as a token of another type (typ), for others than our rooms: they take none
 * but at+jwt. */
MUST_USE struct err *issuer_sign_claims(const struct issuer *issuer, const char *type,
                                        struct str claims, struct buf *out);

/* Appends the JWKS document: public parts only. */
MUST_USE struct err *issuer_jwks(const struct issuer *issuer, struct buf *out);
