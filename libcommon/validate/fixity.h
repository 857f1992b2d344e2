/* What the room finds when it compares what METS says with what is in the package, as findings
 * under the requirement of the element that said it (CSIP24, 38, 51, 79, 110 for a missing file;
 * CSIP27, 41, 54, 69 for a size; CSIP29, 43, 56, 71 for a checksum; FGS53, 48, 50 in FGS). The room
 * joins on path; these only know the words. */
#pragma once

#include "text/href.h"
#include "validate/finding.h"

/* Who says what is expected of a file. */
enum said_by {
    SAID_BY_METS,
    SAID_BY_FGS, /* the description of an FGS package */
    SAID_BY_BAG  /* a manifest of the bag around the package */
};

/* A reference (struct mets_reference) as the room keeps it. */
struct listed_file {
    enum mets_element element;
    struct str mets; /* path of the METS file */
    int64_t line;
    struct str id;
    struct str path; /* in the package; the href when it leads nowhere */
    enum said_by by;
};

/* No file where the href leads, or it leads nowhere (`fault`, else HREF_OK). */
void fixity_missing(struct findings *f, const struct listed_file *listed, enum href_fault fault);
/* A file where a lenient reading of the href leads (href_guess, HREF_COMPOSED or HREF_CASE): the
 * strict one is what counts, but one that is only not escaped leads there beyond doubt and is a
 * WARNING (rule href). One that is composed otherwise is told as such, since both names look the
 * same. `arena` is for the time of the call. */
void fixity_misspelt(struct findings *f, const struct listed_file *listed,
                     const struct href_guess *there, struct arena *arena);
void fixity_size(struct findings *f, const struct listed_file *listed, struct str stated,
                 uint64_t found);
void fixity_checksum(struct findings *f, const struct listed_file *listed, struct str stated,
                     struct str found);
void fixity_unsupported(struct findings *f, const struct listed_file *listed, struct str algorithm);
/* A file in the package that no METS file of it lists. The METS file of the root needs no listing.
 * `twin`: the path of another file of the same name, composed otherwise; absent: there is none. */
void fixity_unlisted(struct findings *f, struct str path, struct str twin, bool fgs,
                     struct arena *arena);
/* "NFD: data/å": a path that looks as another does, with what makes the difference. */
struct str fixity_path_in_form(struct str path, struct arena *arena);
