/* What rooms tell each other: one struct and one field table per event. Ids and facts about work,
 * never personal data: a log cannot forget. The JSON Schemas in schemas/events are held equal to
 * these tables by a test. */
#pragma once

#include "base/field.h"

#define TOPIC_DELIVERY_RECEIVED  "delivery.received"
#define TOPIC_DELIVERY_VALIDATED "delivery.validated"
#define TOPIC_DELIVERY_REJECTED  "delivery.rejected"
#define TOPIC_DELIVERY_ACCEPTED  "delivery.accepted"
#define TOPIC_DELIVERY_RETURNED  "delivery.returned"
#define TOPIC_DELIVERY_DISCARDED "delivery.discarded"
#define TOPIC_VALIDATION_PART    "validation.part"
#define TOPIC_PRESERVATION_PART  "preservation.part"
#define TOPIC_PRESERVATION_CLOSE "preservation.close"
#define TOPIC_GATHERING_CLOSED   "gathering.closed"
#define TOPIC_INDEXING_PART      "indexing.part"
#define TOPIC_PACKAGE_STORED     "package.stored"
#define TOPIC_PACKAGE_INDEXED    "package.indexed"
#define TOPIC_PACKAGE_REMOVED    "package.removed"

/* Single records are many, large or old enough: they are to become this delivery. */
struct gathering_closed {
    struct uuid delivery;
};
/* Bytes are in staging, sealed. */
struct delivery_received {
    struct uuid delivery;
};
/* The package passed; its entry index and report lie in staging under `staged`. */
struct delivery_validated {
    struct uuid delivery;
    struct uuid staged;
    int64_t files;
    int64_t warnings;
};
struct delivery_rejected {
    struct uuid delivery;
    struct str rule; /* the first rule that refused it */
    int64_t errors;
    struct uuid staged; /* the report; nil when the refusal needs none */
};
/* From validation to itself: work on a large package. */
struct validation_part {
    struct uuid delivery;
    struct str task; /* list, check or close */
    int32_t number;  /* of the step or part, from 0 */
};
struct delivery_accepted {
    struct uuid delivery;
    bool by_agreement;
};
/* The archivist sent it back, or the agreement's time ran out. */
struct delivery_returned {
    struct uuid delivery;
    struct str reason; /* decision_reasons.def */
};
/* Its time is over: what is left of it is destroyed. */
struct delivery_discarded {
    struct uuid delivery;
    struct uuid package;
};
/* A run of a large package's segments is to be placed into its object. */
struct preservation_part {
    struct uuid delivery;
    int32_t part;
};
/* All that a package consists of is sealed, and placed if it is large: the object can be made.
 */
struct preservation_close {
    struct uuid delivery;
    struct uuid package;
};
struct package_stored {
    struct uuid delivery;
    struct uuid package;
    int32_t copies;
};
struct indexing_part {
    struct uuid delivery;
    struct uuid package;
    int32_t part;
};
struct package_indexed {
    struct uuid delivery;
    struct uuid package;
    int64_t records;
    int64_t unreadable; /* rows or files that gave no record; listed in the package's index
                           report */
};

/* Keys and bytes of a discarded delivery are destroyed; whoever has rows of it lets them go. */
struct package_removed {
    struct uuid delivery;
    struct uuid package;
};

extern const struct field gathering_closed_fields[];
extern const struct field delivery_received_fields[];
extern const struct field delivery_validated_fields[];
extern const struct field delivery_rejected_fields[];
extern const struct field validation_part_fields[];
extern const struct field delivery_accepted_fields[];
extern const struct field preservation_part_fields[];
extern const struct field preservation_close_fields[];
extern const struct field delivery_returned_fields[];
extern const struct field delivery_discarded_fields[];
extern const struct field package_stored_fields[];
extern const struct field indexing_part_fields[];
extern const struct field package_indexed_fields[];
extern const struct field package_removed_fields[];
