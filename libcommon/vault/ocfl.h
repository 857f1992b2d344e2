/* Packages at rest: the Oxford Common File Layout 1.1 (https://ocfl.io/1.1/spec/), one storage root
 * per tenant and location, laid out by extension 0004 (sha256, three times three). What was
 * delivered as a test lies in a root of its own, <location>/test/<tenant>, and is found there by
 * whoever opens it.
 *
 *   <location>/ocfl/<tenant>/0=ocfl_1.1, ocfl_layout.json, extensions/0004-…/config.json
 *   …/<abc>/<def>/<012>/<sha256 of "urn:uuid:<package>">/       the object
 *       v1/content/seg-00000000 …       the delivered bytes, sealed segments (segment.h)
 *       v1/content/aip-00000000 …       the AIP part (PREMIS, entry index, report …), sealed too
 *       extensions/r7e-headers/<key id> the age headers; extensions are outside OCFL's fixity, so
 * that a header can be rewritten (rotation) or destroyed (removal) and the object stays valid
 *
 * Nothing is encrypted here: staged payloads are linked (first location) or copied (the others), so
 * what is stored is what was staged. Headers are always copied, never linked: destroying the staged
 * one must not reach this one. An object appears in the root by one rename, after it was flushed
 * and read back from the device. Everything may be done again, after a crash at any line too, with
 * the same result. */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "vault/flush.h"
#include "vault/segment.h"
#include "vault/vault.h"

/* --- storing (ocfl.c)
 * ------------------------------------------------------------------------------ */

enum ocfl_kind { OCFL_DELIVERED, OCFL_AIP };

/* Segments from one staging folder of the first location; segment.index is their number in the
 * object, no number twice in a kind. */
struct ocfl_part {
    enum ocfl_kind kind;
    struct uuid staging; /* never the package's own id, under which the object is built */
    const struct segment *segments;
    size_t count;
    bool placed; /* every one of them went through ocfl_place */
};

/* Who made a version, when and why; OCFL asks for it. No personal data: it is stored in clear. */
struct ocfl_note {
    struct instant created;
    struct str message;
    struct str user_name;
    struct str user_address; /* a URI */
};

struct ocfl_object {
    struct str tenant;
    struct uuid package;
    bool test; /* its root is the one of the area "test" */
    const struct ocfl_part *parts;
    size_t part_count;
    struct ocfl_note note;
};

/* For packages too large for one unit of work: puts what the object's parts tell of, a run of its
 * segments, into the object being built, in every location, flushed and read back. Several workers
 * may do it with other runs at the same time. ocfl_store then does the rest. */
MUST_USE struct err *ocfl_place(const struct vault *vault, const struct ocfl_object *object,
                                enum read_back *out_how);

/* Stores the objects in every location; those of one location share two flushes. When it returns
 * NULL every one of them is durable, read back and in its root; otherwise nothing is promised of
 * any, and it is to be done again (one by one, to find the bad one). CORRUPT: what was read back
 * differs from what was staged; TRANSIENT: another worker has one of them in hand; rule
 * "object_differs": an object with this id and other content is in a root already, which is an
 * alarm. `out_how` is the weakest way in which something was read back. */
MUST_USE struct err *ocfl_store(const struct vault *vault, const struct ocfl_object *objects,
                                size_t count, enum read_back *out_how);

/* Removes an object whole from every location: it leaves its root by one rename, then its headers
 * are destroyed, then everything else; what was being built of it goes too. Done again after a
 * crash at any line it goes on; an object that is gone is fine. */
MUST_USE struct err *ocfl_remove(const struct vault *vault, struct str tenant, struct uuid package);

/* Opens the payloads of these segments in one location; on an error none stays open. NOT_FOUND: no
 * such object. */
MUST_USE struct err *ocfl_open(int location, struct str tenant, struct uuid package,
                               enum ocfl_kind kind, const struct segment *segments, size_t count,
                               int *out_descriptors);

/* --- the inventory (ocfl_inventory.c)
 * -------------------------------------------------------------- */

struct ocfl_name {
    char text[16]; /* "seg-00000000" */
};
struct ocfl_name ocfl_name(enum ocfl_kind kind, uint32_t index);

struct ocfl_content {
    struct ocfl_name name;
    uint32_t version; /* where its bytes lie: v<version>/content/<name> */
    struct sha512 digest;
};
/* A version's state: all that it consists of, whichever version brought it. */
struct ocfl_version {
    struct ocfl_note note;
    const struct ocfl_content *contents;
    size_t count;
};
/* Appends inventory.json for versions 1 … count. The same input gives the same bytes. */
MUST_USE struct err *ocfl_inventory(struct uuid package, const struct ocfl_version *versions,
                                    size_t count, struct buf *out);
/* Do two inventories state the same object, head and content? Times and names may differ. */
MUST_USE struct err *ocfl_inventory_same(struct str a, struct str b, bool *out_same);
