/* Which records does the gateway choose for GetCareDocumentation's question, and in what order? */
#include "gcd3_question.h"

static struct str ids(const struct gcd3_selection *selection)
{
    autobuf struct buf out = buf_new(4096);
    for (size_t i = 0; i < selection->count; i++)
        buf_put(&out, selection->at[i]->source_id);
    return arena_str(arena, buf_str(&out));
}

static void assert_selects(const char *inner, const struct record *rows, size_t count,
                           const char *expected)
{
    struct gcd3_question q = question(inner);
    assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
    struct gcd3_selection selection = gcd3_select(&q, rows, count, arena);
    assert_string_equal(arena_cstr(arena, ids(&selection)), expected);
}

static void newest_first_without_the_inexpressible(void **state)
{
    (void)state;
    struct record rows[] = {note("a", "20200101"), note("b", "20220101"), note("c", "20210101"),
                            note("d", "20230101"), note("e", "19000101")};
    rows[3].documented_at = (struct instant){0};
    assert_selects(PATIENT, rows, 5, "bcae");
    rows[4].documented_at = instant_add(rows[4].documented_at, -1);
    assert_selects(PATIENT, rows, 5, "bca");
    assert_selects(PATIENT, rows, 0, "");
}

static void period_looks_at_every_time(void **state)
{
    (void)state;
    struct record rows[] = {note("a", "20200101"),       note("b", "20200102"),
                            note("c", "20200101"),       note("d", "20200101"),
                            note("e", "20240131235959"), note("f", "20240201")};
    rows[0].authored_at = at("20240115");
    rows[1].signed_at = at("20240101000000");
    rows[2].occurred_at = at("20240115"); /* blockComparisonTime is not among the compared */
    rows[3].dissent = true; /* may have an opinion inside: looked at when it is written */
    assert_selects(PATIENT PERIOD("20240101", "20240131"), rows, 3, "ba");
    struct gcd3_question q = question(PATIENT PERIOD("20240101", "20240131"));
    struct gcd3_selection selection = gcd3_select(&q, rows, COUNT(rows), arena);
    assert_int_equal(selection.count, 4);
    assert_true(str_equal(selection.at[0]->source_id, S("e")));
}

static void units_and_providers(void **state)
{
    (void)state;
#define FILTER(kind, root, id)                                                                     \
    "<r:" kind "><c:root>" root "</c:root><c:extension>" id "</c:extension></r:" kind ">"
#define HSA "1.2.752.129.2.1.4.1"
    struct record rows[] = {note("a", "20230101"), note("b", "20220101"), note("c", "20210101")};
    rows[1].care_unit = S("SE0000000001-2002");
    rows[2].care_unit = (struct str){0};
    rows[2].care_provider = S("5565594230");
    assert_selects(FILTER("careUnit", HSA, "SE0000000001-2002") PATIENT, rows, 3, "b");
    assert_selects(FILTER("careUnit", HSA, "x") FILTER("careUnit", HSA, "se0000000001-2001")
                       PATIENT,
                   rows, 3, "a");
    assert_selects(FILTER("careUnit", "1.2.3", "SE0000000001-2001") PATIENT, rows, 3, "");
    assert_selects(FILTER("healthcareProvider", HSA, "SE0000000001-1001") PATIENT, rows, 3, "ab");
    assert_selects(FILTER("healthcareProvider", "1.2.752.29.4.3", "5565594230") PATIENT, rows, 3,
                   "c");
    assert_selects(FILTER("careUnit", HSA, "SE0000000001-2002")
                       FILTER("healthcareProvider", "1.2.752.29.4.3", "5565594230") PATIENT,
                   rows, 3, "");
}

static void one_version_of_each(void **state)
{
    (void)state;
    struct record rows[] = {note("a", "20230101"), note("a", "20230102"), note("b", "20220101"),
                            note("b", "20220101"), note("c", "20210101"), note("d", "20200101"),
                            note("", "20190101"),  note("", "20180101")};
    rows[0].version = S("10");
    rows[1].version = S("9");
    rows[3].status = S("nullified");
    rows[5].predecessor = S("c");
    struct gcd3_question q = question(PATIENT);
    struct gcd3_selection selection = gcd3_select(&q, rows, COUNT(rows), arena);
    assert_int_equal(selection.count, 4);
    assert_ptr_equal(selection.at[0], &rows[0]);
    assert_ptr_equal(selection.at[1], &rows[5]);
    assert_ptr_equal(selection.at[3], &rows[7]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(newest_first_without_the_inexpressible),
        WITH_ARENA(period_looks_at_every_time),
        WITH_ARENA(units_and_providers),
        WITH_ARENA(one_version_of_each),
    };
    return cmocka_run_group_tests_name("gcd3_select", tests, NULL, NULL);
}
