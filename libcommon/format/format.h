/* Which format a file has, by PRONOM: the signature file and the container signature file of The
 * National Archives (UK), read as data; nothing of them is in this house. What a signature means is
 * what DROID makes of it (the "DROID signature file" as PRONOM publishes it); where its numbers and
 * DROID's scan limit leave room, see FORMAT_SCAN.
 *
 *   struct format_signatures *signatures = NULL;
 *   TRY(format_signatures_open("DROID_SignatureFile_V122.xml", "container-signature.xml",
 *                              &signatures));
 *   TRY(format_identify_source(signatures, &source, S("a.docx"), arena, &result));
 *
 * Signatures are compiled once and never change after that: all threads share them. A file costs
 * one look at a few fixed places and one pass over FORMAT_SCAN bytes at each end; only signatures
 * whose rarest bytes were seen are then matched whole. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "vault/source.h"

enum {
    /* What identification sees of a file: so many bytes from its beginning and before its end, or
     * all when there are fewer. Signatures measured from the beginning (or from nowhere) are
     * looked for in the first, those measured from the end in the second. */
    FORMAT_HEAD = 1024 * 1024,
    FORMAT_TAIL = 256 * 1024,
    /* Where a signature leaves it open how far off its next bytes lie, they must begin within so
     * many bytes of the end they are measured from, or of those before (DROID's default is this
     * far from the end); what it states in numbers is followed as far as head and tail go. */
    FORMAT_SCAN = 64 * 1024,
    /* Files inside a container: so much of each is read. A sequence measured from the end of a
     * larger one does not match. */
    FORMAT_INNER = 1024 * 1024,
};

struct format_signatures;
#define autosignatures __attribute__((cleanup(format_signatures_drop)))

/* `containers` may be NULL: then nothing is looked for inside ZIP and OLE2. A file that cannot be
 * used is INVALID, CORRUPT, UNSAFE or TOO_LARGE (16 MiB), with "FILE:LINE" in its field or detail.
 * What is no part of identification (shifts, specificity) is passed over, as are references to
 * formats and signatures that the file does not have; DROID does the same. */
MUST_USE struct err *format_signatures_open(const char *signatures, const char *containers,
                                            struct format_signatures **out);
/* The latest of each kind in a folder, by the names that The National Archives gives them
 * (DROID_SignatureFile_V122.xml, container-signature-20260119.xml); *out_containers may be NULL.
 * NOT_FOUND when there is no signature file. */
MUST_USE struct err *format_signatures_find(const char *folder, struct arena *arena,
                                            const char **out_signatures,
                                            const char **out_containers);
void format_signatures_free(struct format_signatures *signatures);
void format_signatures_drop(struct format_signatures **signatures);
/* "122", as the signature file says; and that of the container signatures, empty without. */
struct str format_signatures_version(const struct format_signatures *signatures);
struct str format_containers_version(const struct format_signatures *signatures);

/* Lives as long as the signatures. Only `puid` is never absent. */
struct format {
    struct str puid; /* "fmt/95" */
    struct str name;
    struct str version;
    struct str mime; /* one or several, ", " between */
};

enum format_basis { FORMAT_BY_SIGNATURE, FORMAT_BY_CONTAINER, FORMAT_BY_EXTENSION };
const char *format_basis_name(enum format_basis basis);

enum format_inside { FORMAT_NOTHING_INSIDE, FORMAT_ZIP, FORMAT_OLE2 };

/* None: not known. Several: it is one of these, and PRONOM says not which; the one whose signature
 * names most bytes stands first. */
struct format_result {
    const struct format **formats;
    size_t count;
    enum format_basis basis;    /* of all of them */
    enum format_inside inside;  /* format_identify_inside could say more */
    const struct err *unopened; /* why the container could not be looked into, or NULL */
};

struct format_view {
    struct str head; /* the first FORMAT_HEAD bytes */
    struct str tail; /* the last FORMAT_TAIL bytes; may overlap head */
    struct str name; /* for its extension; may be absent */
};

/* By head and tail alone: what a validator can do while it streams a file. First signatures, less
 * those that another has priority over; where none matches, the formats that have no signature
 * and this extension. TOO_LARGE (rule "format_effort") for bytes made to be slow to match. The
 * result lives in the arena. */
MUST_USE struct err *format_identify(const struct format_signatures *signatures,
                                     const struct format_view *view, struct arena *arena,
                                     struct format_result *out);
/* The second step, where the first has said `inside`: `whole` is the file itself, read at any
 * place (a caller that can only stream holds it in memory, as far as it can, or leaves this out).
 * If a container signature matches, its formats replace the result; else the result stays, also
 * when the container is damaged, encrypted or over the limits: 100,000 entries of a ZIP, 16,384
 * and 16 levels of an OLE2 file. `unopened` then says why. */
MUST_USE struct err *format_identify_inside(const struct format_signatures *signatures,
                                            const struct source *whole, struct arena *arena,
                                            struct format_result *result);
/* Both, for a file that can be read at any place. At most FORMAT_HEAD + FORMAT_TAIL bytes are read
 * of what is no container. */
MUST_USE struct err *format_identify_source(const struct format_signatures *signatures,
                                            const struct source *source, struct str name,
                                            struct arena *arena, struct format_result *out);
/* What the arena of an identification must be able to hold. */
enum { FORMAT_ARENA = 64 * 1024 * 1024 };
