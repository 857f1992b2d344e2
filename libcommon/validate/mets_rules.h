/* The rules of E-ARK CSIP, SIP, AIP and DIP about METS documents, judged while the document
 * streams:
 *
 *   struct mets_rules *r = mets_rules_new(&about, findings);
 *   do {
 *       TRY(mets_next(document, &event));     // a refusal of the document itself:
 * findings_add_refusal mets_rules_see(r, &event); } while (event.node != NULL);
 *
 * Which specification holds, and which version of it, is taken from PROFILE. Memory: 8 to 16 bytes
 * for each ID and little else. */
#pragma once

#include "base/clock.h"
#include "text/mets.h"
#include "validate/finding.h"
#include "validate/shape.h"

/* What a PROFILE says of a package of E-ARK's. */
struct eark_profile {
    bool known;       /* it is one of E-ARK's */
    unsigned version; /* IN_2_0, IN_2_1 or IN_2_2 */
    unsigned kind;    /* FOR_SIP, FOR_AIP or FOR_DIP; 0: of none of them */
};
struct eark_profile eark_profile_of(struct str profile);

struct mets_rules_about {
    struct str mets;     /* path of the document in the package: "METS.xml" */
    struct str folder;   /* name of the package's root folder; absent: it has none of its own */
    bool representation; /* of a representation, not of the package */
    bool fgs;            /* the description of an FGS package of version 1 */
    const struct shape *shape; /* NULL: rules about folders are left out */
    bool compressed;           /* the package is a TAR that was compressed */
    struct instant now;
};

struct mets_rules;

/* `about`'s strings and shape and `findings` outlive it. */
struct mets_rules *mets_rules_new(const struct mets_rules_about *about, struct findings *findings);
void mets_rules_free(struct mets_rules *r);
void mets_rules_see(struct mets_rules *r, const struct mets_event *event);
