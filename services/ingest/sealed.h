/* Packages and records whose value is an age file, encrypted to the tenant's delivery identity
 * (S12, S21).
 *
 * A delivery is what was encrypted, not how: age draws new keys each time, so the same package
 * encrypted again has other bytes, and a supplier that sends again because it saw no receipt would
 * be told id_reused. Size, digest, id_reused and duplicate_of are therefore of the plaintext, as of
 * a package that came in clear; so svc opens the header before load, which asks by the digest.
 *
 * The plaintext is never whole in memory: chunk by chunk it is hashed (sealed_measure) and, if the
 * message is taken in, opened once more into the segment writer (sealed_add). What is refused is
 * kept as it came.
 *
 * So it is with a record: what its limits count and the spool holds is its plaintext. It is opened
 * once to see whether it opens, before it joins others that one which does not would hold up, and
 * once into the spool. */
#pragma once

#include "services/ingest/room.h"

/* Does the value begin as an age file, of whatever version and form? */
bool sealed_is(struct str value);
/* For a value that does: fills out->sealed, or out->unopened when there is no header or no payload
 * has the length of what follows it. */
void sealed_find(const struct bus_message *raw, struct message *out);
/* Digest and size of the plaintext into `facts`; of the value, and facts->unopened, when it does
 * not open: the rule is age_recipient, age_passphrase, age_armor or age_damaged. */
void sealed_measure(const struct message *message, struct door_facts *facts);
/* The plaintext of a message that sealed_measure found whole. */
MUST_USE struct err *sealed_add(const struct message *message, struct segment_writer *writer);

/* Of a record: how many bytes there are in clear; 0 when it is unopened already. */
size_t sealed_bytes(const struct message *message);
/* Its plaintext into `out`, which has room for sealed_bytes and is the caller's to wipe. The reader
 * is the caller's, for one record after another. A rule as sealed_measure's when it does not open.
 */
MUST_USE struct err *sealed_read(const struct message *message, struct age_reader *reader,
                                 char *out);
/* For struct input: does the whole record open? Of a package sealed_measure finds it out. */
struct err *sealed_opens(const struct message *message);
