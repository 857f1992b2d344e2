/* The texts that preservation adds to a package: its METS and PREMIS, by which it is an E-ARK AIP
 * (E-ARK AIP 2.2.0), and the catalogue's own facts. As an AIP the package is
 *
 *   urn+uuid+PACKAGE/METS.xml
 *                    metadata/preservation/premis.xml, report.json, entries
 *                    metadata/other/catalogue.json
 *                    representations/submission/data/package.zip     as it was delivered
 *
 * In the vault each lies under a neutral name (S18); the catalogue tells which is which. */
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/uuid.h"
#include "domain/package_stated.h"
#include "vault/segment.h"

/* The delivery, as ingest and validation know it. */
struct stored_delivery {
    struct uuid id;
    struct uuid package;
    struct str system;
    struct str agreement;
    struct str identity;
    int64_t bytes;
    struct sha256 sha256;
    struct uuid staged;
    struct instant received_at;
    struct instant validated_at;
    struct str objid;
    struct str record_status;
    struct str archive_creator; /* arkivbildare, by the agreement */
    struct json_text stated;    /* struct package_stated */
    struct str container;       /* "zip", "tar", "tar.gz"; absent: not kept */
    int64_t files;
};

/* What a file of the AIP part is. The first are sealed by preservation, the others by validation;
 * they lie in this order, validation's by name. */
enum aip_what {
    AIP_METS,
    AIP_PREMIS,
    AIP_CATALOGUE,
    AIP_OWN,
    AIP_ENTRIES = AIP_OWN,
    AIP_REPORT,
    AIP_WHATS
};
extern const struct aip_place {
    const char *name; /* as rows call it */
    const char *path; /* below the AIP's root folder */
    const char *media_type;
} aip_places[AIP_WHATS];

/* A sealed file of the AIP part; one of more than 64 MiB has several rows. */
struct aip_file {
    int32_t number; /* in the AIP part: v1/content/aip-NUMBER */
    struct str what;
    struct uuid key;
    int64_t bytes; /* of the whole file */
    struct sha256 sha256;
};

struct aip {
    const struct stored_delivery *delivery;
    struct package_stated stated;
    struct str tenant;
    struct instant now;
    const struct segment *segments; /* of the delivered bytes */
    size_t segment_count;
    const struct aip_file *files; /* ordered by their numbers */
    size_t file_count;
};

/* Below the AIP's root folder, and its media type. */
struct str aip_delivered_path(const struct stored_delivery *delivery);
const char *aip_delivered_type(const struct stored_delivery *delivery);

/* All files are known with their sizes and hashes; the METS itself is passed over. */
MUST_USE struct err *aip_mets(const struct aip *aip, struct buf *out);
/* PREMIS 3.0: the package and its delivered file with its fixity, and what has happened to them. */
MUST_USE struct err *aip_premis(const struct aip *aip, struct buf *out);
/* All that the catalogue could not make again, as JSON (S18). */
MUST_USE struct err *aip_catalogue(const struct aip *aip, struct buf *out);
