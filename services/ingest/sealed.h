/* Packages whose value is an age file, encrypted to the tenant's delivery identity (S12, S21).
 *
 * A delivery is what was encrypted, not how: age draws new keys each time, so the same package
 * encrypted again has other bytes, and a supplier that sends again because it saw no receipt would
 * be told id_reused. Size, digest, id_reused and duplicate_of are therefore of the plaintext, as of
 * a package that came in clear; so svc opens the header before load, which asks by the digest.
 *
 * The plaintext is never whole in memory: chunk by chunk it is hashed (sealed_measure) and, if the
 * message is taken in, opened once more into the segment writer (sealed_add). What is refused is
 * kept as it came. */
#pragma once

#include "services/ingest/room.h"

/* Does the value begin as an age file, of whatever version and form? */
bool sealed_is(struct str value);
/* For a value that does: fills out->sealed, or out->unopened when there is no header. */
void sealed_find(const struct bus_message *raw, struct message *out);
/* Digest and size of the plaintext into `facts`; of the value, and facts->unopened, when it does
 * not open: the rule is age_recipient, age_passphrase, age_armor or age_damaged. */
void sealed_measure(const struct message *message, struct door_facts *facts);
/* The plaintext of a message that sealed_measure found whole. */
MUST_USE struct err *sealed_add(const struct message *message, struct segment_writer *writer);
