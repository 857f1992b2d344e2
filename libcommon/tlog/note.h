/* Signed notes (c2sp.org/signed-note) with one Ed25519 key, and the checkpoints of a transparency
 * log that are such notes (c2sp.org/tlog-checkpoint):
 *
 *   <origin>\n<size>\n<base64 root>\n
 *   \n
 *   — <key's name> <base64 of the key's hash and the signature>\n
 *
 * with a line for each signature. The origin is the keys' name. Behind the root there may be lines
 * of others, and one of ours, by which the key that signs says which one does so from now on; it
 * counts when both have signed:
 *
 *   r7e-next-key <verifier key>\n
 *
 * A verifier key is "<name>+<hash>+<base64>", as Go's
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
    struct str next_key; /* absent: the key stays */
};
/* Appends the note, signed by each; the origin is the first signer's name, whatever the checkpoint
 * says. */
void checkpoint_sign(const struct checkpoint *checkpoint, const struct note_signer *signers,
                     size_t count, struct buf *out);
/* Reads a note that a verifier key must have signed; `out` borrows from the note. CORRUPT rule
 * "signature": it was not, or the note is another's or none; rule "checkpoint": what was signed is
 * no checkpoint. INVALID: the key is none. */
MUST_USE struct err *checkpoint_open(struct str note, struct str key, struct checkpoint *out);
/* As checkpoint_open, of one by which the key hands over to `out->next_key`, which has signed it
 * too. CORRUPT rule "key_change": it names no next key, or that one has not signed. */
MUST_USE struct err *checkpoint_hand_over(struct str note, struct str key, struct checkpoint *out);
