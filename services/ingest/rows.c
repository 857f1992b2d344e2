/* The rows of ingest. */
#include "services/ingest/room.h"

const struct field agreement_fields[] = {FIELD(struct agreement, id, REQUIRED),
                                         FIELD(struct agreement, system, REQUIRED),
                                         FIELD(struct agreement, information_type, REQUIRED),
                                         FIELD(struct agreement, accepts_by_itself, REQUIRED),
                                         FIELD(struct agreement, must_be_encrypted, REQUIRED),
                                         FIELD(struct agreement, package_bytes_max, REQUIRED),
                                         FIELD(struct agreement, refuse_unscanned, OPTIONAL),
                                         FIELD(struct agreement, profiles, OPTIONAL),
                                         FIELD(struct agreement, content_types, OPTIONAL),
                                         FIELD(struct agreement, formats, OPTIONAL),
                                         FIELD(struct agreement, descriptions, OPTIONAL),
                                         FIELD(struct agreement, files_max, OPTIONAL),
                                         FIELD(struct agreement, file_bytes_max, OPTIONAL),
                                         FIELD(struct agreement, in_force, REQUIRED),
                                         OBJECT_STORE_FIELDS(struct agreement),
                                         FIELDS_END};

const struct field delivery_fields[] = {
    FIELD(struct delivery, id, REQUIRED),           FIELD(struct delivery, tenant, REQUIRED),
    FIELD(struct delivery, system, REQUIRED),       FIELD(struct delivery, identity, REQUIRED),
    FIELD(struct delivery, agreement, REQUIRED),    FIELD(struct delivery, package, REQUIRED),
    FIELD(struct delivery, kind, REQUIRED),         FIELD(struct delivery, bytes, REQUIRED),
    FIELD(struct delivery, sha256, REQUIRED),       FIELD(struct delivery, staged, OPTIONAL),
    FIELD(struct delivery, objid, OPTIONAL),        FIELD(struct delivery, record_status, OPTIONAL),
    FIELD(struct delivery, rule, OPTIONAL),         FIELD(struct delivery, errors, REQUIRED),
    FIELD(struct delivery, warnings, REQUIRED),     FIELD(struct delivery, files, REQUIRED),
    FIELD(struct delivery, records, REQUIRED),      FIELD(struct delivery, unreadable, REQUIRED),
    FIELD(struct delivery, trace, OPTIONAL),        FIELD(struct delivery, received_at, REQUIRED),
    FIELD(struct delivery, validated_at, OPTIONAL), FIELD(struct delivery, rejected_at, OPTIONAL),
    FIELD(struct delivery, accepted_at, OPTIONAL),  FIELD(struct delivery, returned_at, OPTIONAL),
    FIELD(struct delivery, stored_at, OPTIONAL),    FIELD(struct delivery, indexed_at, OPTIONAL),
    FIELD(struct delivery, discarded_at, OPTIONAL), FIELD(struct delivery, removed_at, OPTIONAL),
    FIELD(struct delivery, state, OPTIONAL),        FIELD(struct delivery, receipts, REQUIRED),
    FIELD(struct delivery, version, REQUIRED),      FIELDS_END};
