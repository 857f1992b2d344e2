/* The documents of an E-ARK SIP that we make ourselves: CSIP 2.2.0 and SIP 2.2.0 (DILCIS Board),
 * METS 1.12, PREMIS 3.0, EAD3. `r7 pack` makes one of a folder, room ingest of gathered records.
 *
 *   ROOT/METS.xml                                 lists every file but itself
 *   ROOT/metadata/descriptive/ead3.xml            what the description says, for archivists
 *   ROOT/metadata/preservation/premis.xml         every delivered file, its fixity, how it came
 * here ROOT/documentation/…, ROOT/schemas/…          what is given beside the content
 *   ROOT/representations/rep1/data/…              the content
 *
 * ROOT is the OBJID with ":" as "+" (CSIPSTR2). There is one METS and no representation METS
 * (CSIPSTR12 is a SHOULD): each file is listed once, in the document that is checked first, and a
 * receiver joins one list with the container. The documents are streams, and what they tell of is
 * read from a stream: a million files need no more memory than ten. */
#pragma once

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"

#define SIP_DESCRIPTIVE  "metadata/descriptive/ead3.xml"
#define SIP_PRESERVATION "metadata/preservation/premis.xml"
#define SIP_METS         "METS.xml"
#define SIP_CONTENT      "representations/rep1/data"

enum { SIP_PATH_MAX = 4096 };

struct sip_party {
    struct str name;
    struct str identification_code; /* as FGS writes it: "ORG:…", "HSA:…", "VAT:…" */
};

struct sip_contact {
    struct str name;
    struct str note; /* how to reach the person */
};

struct sip_system {
    struct str name;
    struct str version;
    struct str identification_code;
};

/* What a package says of itself, checked: what METS demands is there, and no text holds what XML
 * cannot carry. */
struct sip_description {
    struct str software; /* what made the package: "r7 pack" … */
    struct str how;      /* … and how, in words */
    struct str objid;
    struct str root; /* the name of the root folder */
    struct str title;
    struct str abstract;
    struct instant created;
    bool created_given; /* then it is the time of everything in the package */
    struct str from;    /* what time the content covers: YYYY, YYYY-MM or YYYY-MM-DD */
    struct str to;
    struct str content_category;
    struct str other_content_category;
    struct str content_information_type;
    struct str other_content_information_type;
    struct str agreement;
    struct str reference_code;
    struct str record_status;
    struct sip_party archive_creator;
    struct sip_party submitting_organisation;
    struct sip_contact contact;
    struct sip_system source_system;
    struct str mappings; /* a list in JSON, kept as it is written; absent: none */
};

enum sip_group { SIP_METADATA, SIP_DOCUMENTATION, SIP_SCHEMAS, SIP_DATA, SIP_GROUPS };

/* One file that lies in the package. */
struct sip_file {
    enum sip_group group;
    uint64_t size;
    struct sha256 sha256;
    struct instant created;
    const char *media_type;
    struct str path;     /* below the root folder */
    struct str owner_id; /* the supplier's own id of it (METS OWNERID), or absent */
};

struct sip {
    const struct sip_description *description;
    FILE *files; /* struct sip_file, in order of their groups: sip_file_put */
    uint64_t count[SIP_GROUPS];
    uint64_t bytes;
    struct sip_file descriptive;
    struct sip_file preservation;
};

/* Keeps one more file. Whether the writing went well is told when the stream is flushed. */
void sip_file_put(struct sip *sip, const struct sip_file *file);
/* The next one kept; false at the end. Its strings live in `texts` until the next call. */
MUST_USE struct err *sip_file_next(FILE *files, struct buf *texts, struct sip_file *out,
                                   bool *out_more);

/* They read sip->files from the beginning; whether the writing went well is told by `out`. */
MUST_USE struct err *sip_mets_write(const struct sip *sip, FILE *out);
MUST_USE struct err *sip_premis_write(const struct sip *sip, FILE *out);
void sip_ead_write(const struct sip_description *description, FILE *out);
