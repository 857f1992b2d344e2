#include "domain/ingest_api.h"

const struct field delivery_view_fields[] = {FIELD(struct delivery_view, delivery, REQUIRED),
                                             FIELD(struct delivery_view, system, REQUIRED),
                                             FIELD(struct delivery_view, identity, REQUIRED),
                                             FIELD(struct delivery_view, agreement, REQUIRED),
                                             FIELD(struct delivery_view, state, REQUIRED),
                                             FIELD(struct delivery_view, package, OPTIONAL),
                                             FIELD(struct delivery_view, sha256, REQUIRED),
                                             FIELD(struct delivery_view, bytes, REQUIRED),
                                             FIELD(struct delivery_view, files, REQUIRED),
                                             FIELD(struct delivery_view, records, REQUIRED),
                                             FIELD(struct delivery_view, unreadable, REQUIRED),
                                             FIELD(struct delivery_view, errors, REQUIRED),
                                             FIELD(struct delivery_view, warnings, REQUIRED),
                                             FIELD(struct delivery_view, rule, OPTIONAL),
                                             FIELD(struct delivery_view, announced_at, OPTIONAL),
                                             FIELD(struct delivery_view, waits_until, OPTIONAL),
                                             FIELD(struct delivery_view, received_at, OPTIONAL),
                                             FIELD(struct delivery_view, validated_at, OPTIONAL),
                                             FIELD(struct delivery_view, rejected_at, OPTIONAL),
                                             FIELD(struct delivery_view, accepted_at, OPTIONAL),
                                             FIELD(struct delivery_view, returned_at, OPTIONAL),
                                             FIELD(struct delivery_view, stored_at, OPTIONAL),
                                             FIELD(struct delivery_view, indexed_at, OPTIONAL),
                                             FIELD(struct delivery_view, discarded_at, OPTIONAL),
                                             FIELD(struct delivery_view, removed_at, OPTIONAL),
                                             FIELD(struct delivery_view, objid, OPTIONAL),
                                             FIELD(struct delivery_view, record_status, OPTIONAL),
                                             FIELD(struct delivery_view, progress, OPTIONAL),
                                             FIELD(struct delivery_view, findings, OPTIONAL),
                                             FIELD(struct delivery_view, decision, OPTIONAL),
                                             FIELDS_END};

const struct field progress_view_fields[] = {FIELD(struct progress_view, doing, REQUIRED),
                                             FIELD(struct progress_view, parts, REQUIRED),
                                             FIELD(struct progress_view, parts_done, REQUIRED),
                                             FIELD(struct progress_view, entries, OPTIONAL),
                                             FIELD(struct progress_view, bytes, OPTIONAL),
                                             FIELD(struct progress_view, failures, OPTIONAL),
                                             FIELD(struct progress_view, failure, OPTIONAL),
                                             FIELDS_END};

const struct field standing_view_fields[] = {
    FIELD(struct standing_view, state, REQUIRED), FIELD(struct standing_view, progress, OPTIONAL),
    FIELD(struct standing_view, waits_until, OPTIONAL), FIELDS_END};

const struct field aside_fields[] = {FIELD(struct aside, id, REQUIRED),
                                     FIELD(struct aside, room, REQUIRED),
                                     FIELD(struct aside, tenant, REQUIRED),
                                     FIELD(struct aside, topic, REQUIRED),
                                     FIELD(struct aside, partition, REQUIRED),
                                     FIELD(struct aside, offset, REQUIRED),
                                     FIELD(struct aside, subject, REQUIRED),
                                     FIELD(struct aside, rule, REQUIRED),
                                     FIELD(struct aside, problem, REQUIRED),
                                     FIELD(struct aside, state, REQUIRED),
                                     FIELD(struct aside, times, REQUIRED),
                                     FIELD(struct aside, set_aside_at, REQUIRED),
                                     FIELDS_END};

const struct field announced_fields[] = {
    FIELD(struct announced, upload, OPTIONAL),
    FIELD(struct announced, uri, OPTIONAL, .min = 1, .max = 1200),
    FIELD(struct announced, bytes, REQUIRED, .min = 1, .max = INT64_MAX),
    FIELD(struct announced, sha256, REQUIRED), FIELDS_END};
