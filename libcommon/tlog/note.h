/* Signed notes (c2sp.org/signed-note) with one Ed25519 key, and the checkpoints of a transparency
 * log that are such notes (c2sp.org/tlog-checkpoint):
 *
 *   <origin>\n<size>\n<base64 root>\n
 *   \n
 *   — <key's name> <base64 of the key's hash and the signature>\n
 *
 * The origin is the key's name. A verifier key is "<name>+<hash>+<base64>", as Go's
 * golang.org/x/mod/sumdb/note writes it. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

enum { NOTE_SEED = 32, NOTE_MAX = 4096, NOTE_NAME_MAX = 200, NOTE_KEY_MAX = 400 };

/* Who signs: the name, and the private key as its 32 bytes of seed (RFC 8032). */
struct note_signer {
    struct str name; /* not empty, no white space, no '+' */
    uint8_t seed[NOTE_SEED];
};
bool note_name_is_good(struct str name);
/* The verifier key. */
void note_key_print(const struct note_signer *signer, struct buf *out);

struct checkpoint {
    struct str origin;
    int64_t size;
    struct sha256 root;
};
/* Appends the signed note; the origin is the signer's name, whatever the checkpoint says. */
void checkpoint_sign(const struct checkpoint *checkpoint, const struct note_signer *signer,
                     struct buf *out);
/* Reads a note that a verifier key must have signed; `out` borrows from the note. CORRUPT rule
 * "signature": it was not, or the note is another's or none; rule "checkpoint": what was signed is
 * no checkpoint. INVALID: the key is none. */
MUST_USE struct err *checkpoint_open(struct str note, struct str key, struct checkpoint *out);
