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
    struct uuid id;      /* record_id(): the same when the package is indexed again */
    int32_t tenant;      /* region */
    int32_t shard;       /* person_shard(person) */
    struct uuid package; /* our id of the package (AIP) */
    int32_t part;        /* the part of the package it was read from */
    struct uuid person;  /* pseudonym of the identity (person_pseudonym), or the package when there
                            is none */
    struct str unit;     /* unit_id as mapped to a unit that exists today; absent: not mapped */
    struct str stage;    /* arkivstadium: record_stages */
    bool hold;           /* may not be removed (bevarandespärr) */

    /* Whom it is about, as delivered. In no field table: a number is never printed, logged or sent
     * on. */
    struct identity identity;

    /* Place: the bytes that are the record, inside one file of the package. */
    struct str
        path; /* the file's path in the package; absent: the record has no content of its own */
    int64_t offset;          /* first byte; 0 when the record is the whole file */
    int64_t length;          /* bytes; 0 = to the end of the file */
    struct strs attachments; /* further files of the same record, in order (pages 2… of a scan) */
    struct str driver;       /* the file that described it: the index file, or the same as path */
    int64_t row_offset;      /* where in the driver its row or element begins */
    int64_t row_length;

    /* What it is. */
    struct str type; /* informationstyp: the name of a file in schemas/information-types ("care") */
    struct str category;  /* care: RIV-TA engagement index categorization (voo, dia, vko …);
                             registry: case, document */
    struct str title;     /* rubrik, dokumenttitel, ärendemening */
    struct str reference; /* diarienummer, or another reference that people ask by */
    struct str text;      /* what full-text search may look in, for types that have it */
    struct str
        belongs_to; /* source_id of the whole it is part of: vårdkontakt (careContactId), ärende */

    /* When. GetCareDocumentation's blockComparisonTime is occurred_at: the event as the patient saw
     * it. */
    struct instant occurred_at; /* händelsetid: the event, the start of a care contact, the opening
                                   of a case */
    struct instant ended_at;    /* end of a care contact, closing of a case (avslutat) */
    struct instant documented_at; /* documentTime, record.timestamp: when the document was made */
    struct instant authored_at;   /* authorTime */
    struct instant signed_at;     /* signatureTime; unknown: not signed, or not told */

    /* Who. */
    struct str author_id;   /* HSA-id as delivered */
    struct str author_name; /* as delivered */
    struct str author_role; /* befattning, in words or as a code */
    struct str unit_id;     /* the author's unit (orgUnit) as delivered: HSA-id or local code */
    struct str unit_name;   /* as delivered */
    struct str care_unit; /* PDL-enhet (vårdenhet, accountableCareUnit): what blocks and assignments
                             speak of */
    struct str
        care_provider; /* vårdgivare: HSA-id or organisation number; the legal border (PDL) */
    struct str responsible_authority; /* who answers for it now (ansvarig myndighet); changes at
                                         handover */
    struct str archive_creator;       /* arkivbildare */

    /* Where it came from. */
    struct str
        source_system; /* HSA-id or name of the system that made it (RIV-TA LogicalAddress) */
    struct str
        source_id; /* its own id there (documentId, record.id, objectId): persistent, never ours */
    struct str version;     /* its version there, as delivered */
    struct str predecessor; /* source_id of the record or version that it replaces */
    struct str status;      /* record_statuses */

    /* Flags as delivered. */
    bool approved_for_patient; /* may be shown to the patient (approvedForPatient); not told = no */
    bool protected_person; /* skyddade personuppgifter noted in the source (sekretessmarkering) */
    bool restricted;       /* secrecy noted on the record itself (sekretess, OSL) */
    bool dissent; /* holds the patient's dissenting opinion: a period filter must look inside */
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
