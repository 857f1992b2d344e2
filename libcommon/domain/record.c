/* The record's field table and what follows from it. */
#include "domain/record.h"

#include "base/base.h"

const char *const record_statuses[] = {"unsigned", "signed", "corrected", "nullified", NULL};
const char *const record_stages[] = {"intermediate", "final", NULL};

enum { TITLE_MAX = 4096, RECORD_TEXT_MAX = 1024 * 1024, ATTACHMENTS_MAX = 10000 };

/* The room's own members stand first, what a delivery may set after DELIVERED. */
enum { DELIVERED = 13 };

const struct field record_fields[] = {
    FIELD(struct record, id, REQUIRED),
    FIELD(struct record, tenant, REQUIRED, .min = 1, .max = INT16_MAX),
    FIELD(struct record, shard, REQUIRED, .max = PERSON_SHARDS - 1),
    FIELD(struct record, package, REQUIRED),
    FIELD(struct record, part, REQUIRED, .max = INT32_MAX),
    FIELD(struct record, person, REQUIRED),
    FIELD(struct record, unit, OPTIONAL),
    FIELD(struct record, stage, OPTIONAL, .one_of = record_stages),
    FIELD(struct record, hold, OPTIONAL),
    FIELD(struct record, content_hmac, OPTIONAL),
    FIELD(struct record, driver, REQUIRED),
    FIELD(struct record, row_offset, REQUIRED, .max = INT64_MAX),
    FIELD(struct record, row_length, REQUIRED, .max = INT64_MAX),
    FIELD(struct record, path, OPTIONAL),
    FIELD(struct record, offset, OPTIONAL, .max = INT64_MAX),
    FIELD(struct record, length, OPTIONAL, .max = INT64_MAX),
    FIELD(struct record, attachments, OPTIONAL, .max = ATTACHMENTS_MAX),
    FIELD(struct record, type, REQUIRED, .min = 1, .max = 64),
    FIELD(struct record, category, REQUIRED, .min = 1, .max = 64),
    FIELD(struct record, title, OPTIONAL, .max = TITLE_MAX),
    FIELD(struct record, reference, OPTIONAL, .max = 256),
    FIELD(struct record, text, OPTIONAL, .max = RECORD_TEXT_MAX),
    FIELD(struct record, belongs_to, OPTIONAL, .max = 512),
    FIELD(struct record, occurred_at, OPTIONAL),
    FIELD(struct record, ended_at, OPTIONAL),
    FIELD(struct record, documented_at, OPTIONAL),
    FIELD(struct record, authored_at, OPTIONAL),
    FIELD(struct record, signed_at, OPTIONAL),
    FIELD(struct record, author_id, OPTIONAL, .max = 256),
    FIELD(struct record, author_name, OPTIONAL, .max = 512),
    FIELD(struct record, author_role, OPTIONAL, .max = 512),
    FIELD(struct record, unit_id, OPTIONAL, .max = 256),
    FIELD(struct record, unit_name, OPTIONAL, .max = 512),
    FIELD(struct record, care_unit, OPTIONAL, .max = 256),
    FIELD(struct record, care_provider, OPTIONAL, .max = 256),
    FIELD(struct record, responsible_authority, OPTIONAL, .max = 256),
    FIELD(struct record, archive_creator, OPTIONAL, .max = 512),
    FIELD(struct record, source_system, OPTIONAL, .max = 256),
    FIELD(struct record, source_id, OPTIONAL, .max = 512),
    FIELD(struct record, version, OPTIONAL, .max = 64),
    FIELD(struct record, predecessor, OPTIONAL, .max = 512),
    FIELD(struct record, status, REQUIRED, .one_of = record_statuses),
    FIELD(struct record, approved_for_patient, OPTIONAL),
    FIELD(struct record, protected_person, OPTIONAL),
    FIELD(struct record, restricted, OPTIONAL),
    FIELD(struct record, dissent, OPTIONAL),
    FIELDS_END};

const struct field *record_delivered_field(struct str name)
{
    for (const struct field *f = record_fields + DELIVERED; f->name != NULL; f++)
        if (str_equal(str_from(f->name), name))
            return f;
    return NULL;
}

struct uuid record_id(struct uuid package, const struct record *record)
{
    char offset[24];
    int length = snprintf(offset, sizeof offset, "%lld", (long long)record->row_offset);
    return UUID_FROM(S("record"), ((struct str){(const char *)package.bytes, sizeof package.bytes}),
                     record->driver, ((struct str){offset, (size_t)length}));
}

int record_year(const struct record *record)
{
    struct instant at = record->authored_at.known     ? record->authored_at
                        : record->documented_at.known ? record->documented_at
                                                      : record->occurred_at;
    char text[15];
    int64_t year = 0;
    if (!at.known)
        return 0;
    instant_to_swedish(at, text);
    return str_to_i64((struct str){text, 4}, 1, 9999, &year) ? (int)year : 0;
}
