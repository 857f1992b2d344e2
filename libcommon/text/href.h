/* Where an href of a METS document leads inside its package: a relative reference of RFC 3986,
 * resolved against the folder of the document. Nothing outside the package is ever reached. Paths
 * are relative to the package root, with
 * '/' between names, no empty name, no "." and no "..". */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* HREF_FAULT(NAME, word, en, sv): what can be wrong with one. */
enum href_fault {
#define HREF_FAULT(name, word, en, sv) HREF_##name,
#include "text/href_faults.def"
#undef HREF_FAULT
    HREF_FAULTS
};

const char *href_fault_word(enum href_fault fault);
const char *href_fault_text(enum href_fault fault,
                            bool swedish); /* as a clause: "it holds a backslash" */

/* The path by the letter of RFC 3986, or the fault; a path is written only with HREF_OK. `document`
 * is the path of the METS file ("METS.xml", "representations/rep1/METS.xml"). */
enum href_fault href_resolve(struct str href, struct str document, struct arena *arena,
                             struct str *out_path);

/* What somebody may have meant. */
struct href_guess {
    struct str path;
    enum href_fault fault; /* what is wrong with the href if the file is there */
};

enum { HREF_GUESSES = 6 };

/* Readings of an href that leads to nothing when read strictly, the likeliest first: at most
 * HREF_GUESSES, returns how many. The caller looks each up among the files of the package; the
 * first that is there tells the fault. When none is, compare HREF_GUESSES' and the strict path
 * however composed (composed.h), then without case (href_fold): a hit is HREF_COMPOSED, HREF_CASE.
 */
size_t href_guess(struct str href, struct str document, struct arena *arena,
                  struct href_guess *out);

/* The folder that the path lies in; empty at the top. */
struct str href_folder(struct str path);

/* The path with ASCII letters in lower case. */
struct str href_fold(struct str path, struct arena *arena);
