/* An E-ARK SIP of a folder: CSIP 2.2.0 and SIP 2.2.0 (DILCIS Board), METS 1.12, PREMIS 3.0, EAD3.
 *
 *   ROOT/METS.xml                                 lists every file but itself
 *   ROOT/metadata/descriptive/ead3.xml            what the description says, for archivists
 *   ROOT/metadata/preservation/premis.xml         every delivered file, its fixity, how it came
 * here ROOT/documentation/information-type.json      how to read the content, when the description
 * tells ROOT/documentation/…, ROOT/schemas/…          folders given beside the content
 *   ROOT/representations/rep1/data/…              the content
 *
 * ROOT is the OBJID with ":" as "+" (CSIPSTR2). There is one METS and no representation METS
 * (CSIPSTR12 is a SHOULD): each file is listed once, in the document that is checked first, and a
 * receiver joins one list with the container. Each file is read once. A million files need no more
 * memory than ten, save for the names of the folder being read. */
#pragma once

#include "base/digest.h"
#include "container.h"

struct party {
    struct str name;
    struct str identification_code; /* as FGS writes it: "ORG:…", "HSA:…", "VAT:…" */
};

struct contact {
    struct str name;
    struct str note; /* how to reach the person */
};

struct source_system {
    struct str name;
    struct str version;
    struct str identification_code;
};

/* The description, checked: what METS demands is there. */
struct description {
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
    struct party archive_creator;
    struct party submitting_organisation;
    struct contact contact;
    struct source_system source_system;
    struct str mappings; /* a list in JSON, kept as it is written; absent: none */
};

/* Reads `path` (JSON, at most 1 MiB). What it does not say gets its default: a new OBJID, the time
 * now, record status NEW. Strings live in `arena`. */
MUST_USE struct err *description_read(const char *path, struct arena *arena,
                                      struct description *out);

enum file_group { GROUP_METADATA, GROUP_DOCUMENTATION, GROUP_SCHEMAS, GROUP_DATA, FILE_GROUPS };

/* One file that lies in the package. */
struct packed_file {
    enum file_group group;
    uint64_t size;
    struct sha256 sha256;
    struct instant created;
    const char *media_type;
    struct str path; /* below the root folder */
};

struct package {
    const struct description *description;
    struct container *container;
    FILE *files; /* packed_file rows, in order of their groups */
    uint64_t count[FILE_GROUPS];
    uint64_t bytes;
    struct packed_file descriptive;
    struct packed_file preservation;
};

/* The next row of package->files; false at the end. Its path lives in `path` until the next call.
 */
MUST_USE struct err *packed_file_next(FILE *files, struct buf *path, struct packed_file *out,
                                      bool *out_more);

/* The documents of the package. They read package->files from the beginning; whether the writing
 * went well is told by spool_rewind. */
MUST_USE struct err *mets_write(const struct package *package, FILE *out);
MUST_USE struct err *premis_write(const struct package *package, FILE *out);
void ead_write(const struct description *description, FILE *out);

/* Text with what XML reserves escaped; then the attribute ' NAME="value"' and '<NAME>value</NAME>',
 * both left out when the value is absent. */
void markup_text(FILE *out, struct str text);
void markup_attribute(FILE *out, const char *name, struct str value);
void markup_element(FILE *out, const char *name, struct str value);
/* A path as a URI reference (RFC 3986): everything but unreserved characters and "/" as %XX. */
void markup_href(FILE *out, struct str path);
