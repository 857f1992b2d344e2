/* Passwords of local accounts: scrypt (RFC 7914) with its parameters in the stored text, in PHC
 * string format: $scrypt$ln=15,r=8,p=1$<salt>$<hash>     base64 without padding; 16 bytes of salt,
 * 32 of hash
 *
 * Cost: one hash or check holds 32 MiB (128 · N · r) and about a tenth of a second of one core
 * while it runs, and gives both back; so memory is 32 MiB for each worker that checks a password at
 * the same time. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* In bytes of UTF-8, as typed: no normalisation, no rules of composition (NIST SP 800-63B). */
enum { PASSWORD_MIN = 12, PASSWORD_MAX = 256, PASSWORD_HASH_MAX = 128 };

/* Appends the text to store, with a salt of its own. INVALID for a password that is too short, too
 * long or no UTF-8. */
MUST_USE struct err *password_hash(struct str password, struct buf *out);

/* Is this the password? `stored` absent means that there is no such account: the same work is done
 * and the answer is no, so the time taken does not tell which accounts exist. A stored text that is
 * not ours, or asks for more than 128 MiB, is a BUG. */
MUST_USE struct err *password_check(struct str stored, struct str password, bool *out_right);
