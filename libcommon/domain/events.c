/* The field tables of the events. A number with a greatest value has 0 as its least. */
#include "domain/events.h"

#include "base/base.h"

const struct field gathering_closed_fields[] = {FIELD(struct gathering_closed, delivery, REQUIRED),
                                                FIELDS_END};

const struct field delivery_received_fields[] = {
    FIELD(struct delivery_received, delivery, REQUIRED), FIELDS_END};

const struct field delivery_validated_fields[] = {
    FIELD(struct delivery_validated, delivery, REQUIRED),
    FIELD(struct delivery_validated, staged, REQUIRED),
    FIELD(struct delivery_validated, files, REQUIRED, .max = INT64_MAX),
    FIELD(struct delivery_validated, warnings, REQUIRED, .max = INT64_MAX), FIELDS_END};

const struct field delivery_rejected_fields[] = {
    FIELD(struct delivery_rejected, delivery, REQUIRED),
    FIELD(struct delivery_rejected, rule, REQUIRED, .min = 1, .max = 64),
    FIELD(struct delivery_rejected, errors, REQUIRED, .max = INT64_MAX),
    FIELD(struct delivery_rejected, staged, OPTIONAL), FIELDS_END};

static const char *const validation_tasks[] = {"list", "check", "close", NULL};

const struct field validation_part_fields[] = {
    FIELD(struct validation_part, delivery, REQUIRED),
    FIELD(struct validation_part, task, REQUIRED, .one_of = validation_tasks),
    FIELD(struct validation_part, number, REQUIRED, .max = 1000000), FIELDS_END};

const struct field delivery_accepted_fields[] = {
    FIELD(struct delivery_accepted, delivery, REQUIRED),
    FIELD(struct delivery_accepted, by_agreement, REQUIRED), FIELDS_END};

const struct field preservation_part_fields[] = {
    FIELD(struct preservation_part, delivery, REQUIRED),
    FIELD(struct preservation_part, part, REQUIRED, .max = 1000000), FIELDS_END};

const struct field preservation_close_fields[] = {
    FIELD(struct preservation_close, delivery, REQUIRED),
    FIELD(struct preservation_close, package, REQUIRED), FIELDS_END};

const struct field delivery_returned_fields[] = {
    FIELD(struct delivery_returned, delivery, REQUIRED),
    FIELD(struct delivery_returned, reason, REQUIRED, .min = 1, .max = 64), FIELDS_END};

const struct field delivery_discarded_fields[] = {
    FIELD(struct delivery_discarded, delivery, REQUIRED),
    FIELD(struct delivery_discarded, package, REQUIRED), FIELDS_END};

const struct field package_stored_fields[] = {
    FIELD(struct package_stored, delivery, REQUIRED),
    FIELD(struct package_stored, package, REQUIRED),
    FIELD(struct package_stored, copies, REQUIRED, .min = 1, .max = 16), FIELDS_END};

const struct field indexing_part_fields[] = {
    FIELD(struct indexing_part, delivery, REQUIRED), FIELD(struct indexing_part, package, REQUIRED),
    FIELD(struct indexing_part, part, REQUIRED, .max = 1000000), FIELDS_END};

const struct field package_indexed_fields[] = {
    FIELD(struct package_indexed, delivery, REQUIRED),
    FIELD(struct package_indexed, package, REQUIRED),
    FIELD(struct package_indexed, records, REQUIRED, .max = INT64_MAX),
    FIELD(struct package_indexed, unreadable, REQUIRED, .max = INT64_MAX), FIELDS_END};

const struct field package_removed_fields[] = {FIELD(struct package_removed, delivery, REQUIRED),
                                               FIELD(struct package_removed, package, REQUIRED),
                                               FIELDS_END};
