/* domain/record.h: the field table, what a delivery may set, and ids that can be made again. */
#include "domain/record.h"

#include "base/base.h"
#include "text/json.h"
#include "unit.h"

static void a_delivery_sets_its_own_fields_only(void **state)
{
    (void)state;
    assert_non_null(record_delivered_field(S("title")));
    assert_non_null(record_delivered_field(S("occurred_at")));
    assert_non_null(record_delivered_field(S("path")));
    assert_null(record_delivered_field(S("tenant")));
    assert_null(record_delivered_field(S("hold")));
    assert_null(record_delivered_field(S("row_length")));
    assert_null(record_delivered_field(S("identity")));
    assert_null(record_delivered_field(S("nonsense")));
}

static void the_same_row_has_the_same_id(void **state)
{
    (void)state;
    struct uuid package = uuid_random();
    struct record a = {.driver = S("index.csv"), .row_offset = 100};
    struct record b = a;
    assert_true(uuid_equal(record_id(package, &a), record_id(package, &b)));
    b.row_offset = 101;
    assert_false(uuid_equal(record_id(package, &a), record_id(package, &b)));
    assert_false(uuid_equal(record_id(package, &a), record_id(uuid_random(), &a)));
}

static void json_never_holds_the_number(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(1 << 16);
    struct record r = {.type = S("care"),
                       .category = S("voo"),
                       .status = S("signed"),
                       .title = S("Epikris"),
                       .identity = {.delivered = {S("19121212-1212")}}};
    json_write(record_fields, &r, &out);
    assert_non_null(strstr(out.ptr, "Epikris"));
    assert_null(strstr(out.ptr, "1212"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_sets_its_own_fields_only),
        cmocka_unit_test(the_same_row_has_the_same_id),
        cmocka_unit_test(json_never_holds_the_number),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
