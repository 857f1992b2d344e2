/* A record: the smallest thing that is found, shown and answered for by itself. An entry of a
 * medical record (journalanteckning), a diagnosis, a care contact, a scanned page bundle; a case
 * (ärende) or a document of a registry (diarium). This is the row of the index; the content stays
 * in the vault and is read by its place.
 *
 * What the source system said is never changed: ids, times and units stand as delivered. The
 * strings belong to whoever made the record (a reader: its arena). */
#pragma once

#include "base/field.h"
#include "domain/person.h"

struct record {
    /* Where the row belongs. The room indexing fills these in; a reader leaves them alone. */
    struct uuid id;      /* record_id: the same when the package is indexed again */
    int32_t tenant;      /* region */
    int32_t shard;       /* person_shard(person) */
    struct uuid package; /* our id of the package (AIP) */
    int32_t part;        /* of the package, as indexing cut it */
    struct uuid person;  /* pseudonym of the identity, or the package when there is none */
    struct str unit;     /* unit_id as mapped to a unit of today; absent: not mapped */
    struct str stage;    /* arkivstadium: record_stages */
    bool hold;           /* may not be removed (bevarandespärr) */
    /* HMAC-SHA256 of the content under the pseudonym key. Rows with equal source_system, source_id
     * and content_hmac are one record that was sent again, and are read as one. */
    struct uuid content_hmac;

    /* Whom it is about, as delivered. It is in no field table, so nothing prints or sends it. */
    struct identity identity;

    /* Place: the bytes that are the record, in one file of the package. */
    struct str path;         /* of that file; absent: the record has no content but its row */
    int64_t offset;          /* first byte; 0 when the record is the whole file */
    int64_t length;          /* bytes; 0 = to the end of the file */
    struct strs attachments; /* further files of the record, in order (pages 2… of a scan) */
    struct str driver;       /* the file that described it: an index file, or the same as path */
    int64_t row_offset;      /* where in the driver its row or element stands */
    int64_t row_length;

    /* What it is. */
    struct str type;     /* informationstyp: a file's name in schemas/information-types */
    struct str category; /* care: EI categorization (voo, dia, vko …); registry: case, document */
    struct str title;    /* rubrik, ärendemening */
    struct str reference;  /* diarienummer, or another reference that people ask by */
    struct str text;       /* what full-text search looks in, for types that have it */
    struct str belongs_to; /* source_id of its vårdkontakt (careContactId) or ärende */

    /* When. */
    struct instant occurred_at;   /* händelsetid, as the patient saw it (blockComparisonTime);
                                     start of a care contact, opening of a case */
    struct instant ended_at;      /* end of a care contact, closing of a case (avslutat) */
    struct instant documented_at; /* when it was made (documentTime, record.timestamp) */
    struct instant authored_at;   /* authorTime */
    struct instant signed_at;     /* signatureTime; not known: not signed, or not told */

    /* Who, as delivered. */
    struct str author_id;             /* HSA-id */
    struct str author_name;           /* författare, handläggare */
    struct str author_role;           /* befattning, in words or as a code */
    struct str unit_id;               /* the author's unit (orgUnit): HSA-id or local code */
    struct str unit_name;             /* its name then */
    struct str care_unit;             /* PDL-enhet (vårdenhet): blocks and assignments name it */
    struct str care_provider;         /* vårdgivare, HSA-id or organisation number: PDL's border */
    struct str responsible_authority; /* ansvarig myndighet; changes at handover */
    struct str archive_creator;       /* arkivbildare */

    /* Where it came from. */
    struct str source_system; /* the system that made it: HSA-id (LogicalAddress) or name */
    struct str source_id;     /* its id there (documentId, record.id, objectId), never ours */
    struct str version;       /* its version there */
    struct str predecessor;   /* source_id of what it replaces */
    struct str status;        /* record_statuses */

    /* Flags as delivered. */
    bool approved_for_patient; /* may be shown to the patient; not told = no */
    bool protected_person;     /* skyddade personuppgifter, noted in the source */
    bool restricted;           /* sekretess, noted on the record itself (OSL) */
    bool dissent;              /* has a dissenting opinion: a period filter must look inside */
};

/* Every member but identity. Names are those of the SQL columns and of JSON. */
extern const struct field record_fields[];

/* "unsigned" osignerad, "signed" signerad, "corrected" rättad, "nullified" makulerad. */
extern const char *const record_statuses[];
/* "intermediate" mellanarkiv, "final" slutarkiv. */
extern const char *const record_stages[];

/* The fields that a delivery may set, by name: all but those that the room fills in and the place
 * of the row. NULL when there is no such field. */
const struct field *record_delivered_field(struct str name);

/* From the package and the place of the row that described it. */
struct uuid record_id(struct uuid package, const struct record *record);
/* When its numbers were written, as identity_told wants it: the year of its own time, 0 if it has
 * none. */
int record_year(const struct record *record);
