/* Do the JSON Schemas of schemas/events say what the field tables do? Names, types, ranges, what is
 * required; and each member is described. */
#include "../unit/unit.h"

#include <jansson.h>

#include "base/base.h"
#include "domain/events.h"
#include "services/ingest/announce.h"
#include "svc/internal.h"

static const struct {
    const char *name;
    const struct field *fields;
} events[] = {
    {TOPIC_GATHERING_CLOSED, gathering_closed_fields},
    {TOPIC_DELIVERY_RECEIVED, delivery_received_fields},
    {TOPIC_DELIVERY_VALIDATED, delivery_validated_fields},
    {TOPIC_DELIVERY_REJECTED, delivery_rejected_fields},
    {TOPIC_DELIVERY_ACCEPTED, delivery_accepted_fields},
    {TOPIC_DELIVERY_RETURNED, delivery_returned_fields},
    {TOPIC_DELIVERY_DISCARDED, delivery_discarded_fields},
    {TOPIC_VALIDATION_PART, validation_part_fields},
    {TOPIC_PRESERVATION_PART, preservation_part_fields},
    {TOPIC_PRESERVATION_CLOSE, preservation_close_fields},
    {TOPIC_INDEXING_PART, indexing_part_fields},
    {TOPIC_PACKAGE_STORED, package_stored_fields},
    {TOPIC_PACKAGE_INDEXED, package_indexed_fields},
    {TOPIC_PACKAGE_REMOVED, package_removed_fields},
    {"receipt", receipt_fields},
    {"announcement", announced_fields},
    {"set-aside", set_aside_fields},
};

static json_t *schema_of(const char *name)
{
    char path[256];
    json_error_t why;
    snprintf(path, sizeof path, "schemas/events/%s.json", name);
    json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (schema == NULL)
        fail_msg("%s line %d: %s", path, why.line, why.text);
    return schema;
}

static void assert_text(const json_t *object, const char *key, const char *wanted)
{
    const char *got = json_string_value(json_object_get(object, key));
    if (got == NULL || strcmp(got, wanted) != 0)
        fail_msg("\"%s\" is %s, not %s", key, got != NULL ? got : "not there", wanted);
}

/* A table without a range takes any number; its schema may then ask for one that is not negative.
 */
static void assert_range(const struct field *f, const json_t *member)
{
    const json_t *least = json_object_get(member, "minimum");
    const json_t *most = json_object_get(member, "maximum");
    bool ranged = f->min != 0 || f->max != 0;
    bool bounded = ranged && f->max != INT64_MAX;
    assert_int_equal(json_integer_value(least), f->min);
    assert_true(!ranged || least != NULL);
    assert_true((most != NULL) == bounded);
    assert_int_equal(json_integer_value(most), bounded ? f->max : 0);
}

static void assert_words(const struct field *f, const json_t *member)
{
    const json_t *list = json_object_get(member, "enum");
    size_t count = 0;
    for (; f->one_of[count] != NULL; count++)
        assert_string_equal(json_string_value(json_array_get(list, count)), f->one_of[count]);
    assert_int_equal(json_array_size(list), count);
}

static void assert_string(const struct field *f, const json_t *member)
{
    assert_text(member, "type", "string");
    if (f->one_of != NULL) {
        assert_words(f, member);
        return;
    }
    int64_t most = f->max != 0 ? f->max : FIELD_TEXT_MAX;
    assert_int_equal(json_integer_value(json_object_get(member, "minLength")), f->min);
    assert_int_equal(json_integer_value(json_object_get(member, "maxLength")), most);
}

static void assert_member(const struct field *f, const json_t *member)
{
    switch (f->type) {
    case FIELD_STR:
        assert_string(f, member);
        return;
    case FIELD_I64:
    case FIELD_I32:
        assert_text(member, "type", "integer");
        assert_range(f, member);
        return;
    case FIELD_BOOL:
        assert_text(member, "type", "boolean");
        return;
    case FIELD_UUID:
        assert_text(member, "type", "string");
        assert_text(member, "format", "uuid");
        return;
    case FIELD_INSTANT:
        assert_text(member, "type", "string");
        assert_text(member, "format", "date-time");
        return;
    case FIELD_SHA256:
        assert_text(member, "type", "string");
        assert_text(member, "pattern", "^[0-9a-f]{64}$");
        return;
    case FIELD_JSON:
        assert_text(member, "type", "object");
        return;
    case FIELD_BYTES:
    case FIELD_STRS:
    case FIELD_UUIDS:
        break;
    }
    fail_msg("no event has had a %s yet: say here what its schema looks like",
             field_type_name(f->type));
}

static bool is_required(const json_t *schema, const char *name)
{
    const json_t *list = json_object_get(schema, "required");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
            return true;
    return false;
}

static void schema_is_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(events); i++) {
        print_message("# %s\n", events[i].name);
        json_t *schema = schema_of(events[i].name);
        const json_t *members = json_object_get(schema, "properties");
        size_t count = 0;
        size_t required = 0;
        for (const struct field *f = events[i].fields; f->name != NULL; f++, count++) {
            print_message("#   %s\n", f->name);
            const json_t *member = json_object_get(members, f->name);
            assert_non_null(member);
            assert_non_null(json_object_get(member, "description"));
            assert_true(is_required(schema, f->name) == (f->presence == REQUIRED));
            required += f->presence == REQUIRED;
            assert_member(f, member);
        }
        assert_int_equal(json_object_size(members), count);
        assert_int_equal(json_array_size(json_object_get(schema, "required")), required);
        assert_text(schema, "type", "object");
        /* svc reads events with JSON_IGNORE_UNKNOWN; what comes from outside has no more than is
         * known. */
        const json_t *more = json_object_get(schema, "additionalProperties");
        assert_true(json_is_boolean(more));
        assert_int_equal(json_is_false(more), events[i].fields == announced_fields);
        json_decref(schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(schema_is_table)};
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
