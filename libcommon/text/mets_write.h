/* The pieces of a root METS by CSIP 2.2.0 that packages of every kind have alike, written to a
 * stream. Which sections there are and what they point at is told by sip_mets.c (what we deliver)
 * and services/preservation/aip_mets.c (what we keep). Texts are escaped; an absent one is left
 * out. Whether the writing went well is told by the stream. */
#pragma once

#include <stdio.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/str.h"

/* The root's attributes: CSIP1 to CSIP6. */
struct mets_root {
    struct str objid;
    struct str label;
    struct str type;
    struct str other_type;
    struct str content_information_type;
    struct str other_content_information_type;
    const char *profile;
};
void mets_write_root(FILE *out, const struct mets_root *root); /* its end tag is yours */

/* CSIP117, CSIP7, CSIP9; what stands in it follows, then "</metsHdr>". */
void mets_open_header(FILE *out, struct instant created, struct str record_status,
                      const char *package_type);
struct mets_agent {
    const char *role;
    const char *type;
    const char *other_type;
    struct str name; /* absent: no agent is written */
    struct str version;
    struct str identification_code;
    struct str note;
};
void mets_write_agent(FILE *out, const struct mets_agent *agent);           /* CSIP10 to CSIP16 */
void mets_write_alternative_id(FILE *out, const char *type, struct str id); /* SIP3 to SIP7 */

void mets_write_time(FILE *out, const char *attribute, struct instant at);

/* A file that a METS points at. */
struct mets_file {
    uint64_t size;
    struct sha256 sha256;
    struct instant created;
    const char *media_type;
    struct str path; /* below the root folder */
};
/* What mdRef and file say alike, attributes of an open tag: CSIP26 to CSIP30, CSIP68 to CSIP72. */
void mets_write_facts(FILE *out, const struct mets_file *file);
/* Ends the tag of FLocat: CSIP76 to CSIP79. */
void mets_write_location(FILE *out, struct str path);
/* An mdRef whose MDTYPE is `type`; with `other`, type is OTHER and this is its name. */
void mets_write_reference(FILE *out, const char *type, const char *other,
                          const struct mets_file *file);
