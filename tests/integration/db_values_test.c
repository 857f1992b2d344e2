/* Does every value come back as it went in: by statements, and by COPY? */
#include "db/copy.h"
#include "db_things.h"

static const struct sql put_values = {
    "put_values", "insert into test.value (text, number, small, truth, id, time, digest, list, ids,"
                  " raw, json) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};
static const struct sql get_values = {"get_values", "select * from test.value order by number"};
static const struct sql copy_values = {"copy_values",
                                       "copy pg_temp.incoming from stdin (format binary)"};
static const struct sql take_values = {
    "take_values",
    "insert into test.value (text, number, truth, id, time, digest, list, raw)"
    " select text, number, truth, id, time, digest, list, raw from pg_temp.incoming"};
static const struct sql *const statements[] = {&insert,     &names,       &own_process, &put_values,
                                               &get_values, &take_values, NULL};

/* What a connection begins with: the table of values, and the one that COPY fills. */
static const char session[] =
    "drop table if exists test.value;"
    "create table test.value (text text, number bigint, small int, truth boolean, id uuid,"
    " time timestamptz, digest bytea, list text[], ids uuid[], raw bytea, json jsonb);"
    "create temporary table incoming (text text, number bigint, truth boolean, id uuid,"
    " time timestamptz, digest bytea, list text[], raw bytea) on commit delete rows";

static int begin(void **state)
{
    return begin_with(state, session, statements);
}

struct every {
    struct str text;
    int64_t number;
    int32_t small;
    bool truth;
    struct uuid id;
    struct instant time;
    struct sha256 digest;
    struct strs list;
    struct uuids ids;
    struct bytes raw;
    struct json_text json;
};
static const struct field every_fields[] = {
    FIELD(struct every, text, OPTIONAL),   FIELD(struct every, number, REQUIRED),
    FIELD(struct every, small, OPTIONAL),  FIELD(struct every, truth, OPTIONAL),
    FIELD(struct every, id, OPTIONAL),     FIELD(struct every, time, OPTIONAL),
    FIELD(struct every, digest, OPTIONAL), FIELD(struct every, list, OPTIONAL),
    FIELD(struct every, ids, OPTIONAL),    FIELD(struct every, raw, OPTIONAL),
    FIELD(struct every, json, OPTIONAL),   FIELDS_END};

static struct every example(void)
{
    static const struct str list[] = {
        {"with \"quotes\"", 13}, {"a, b\\c{}", 8}, {"", 0}, {"NULL", 4}};
    static struct uuid ids[2];
    ids[0] = UUID_FROM(S("one"));
    ids[1] = UUID_FROM(S("two"));
    return (struct every){.text = S("Åsa's \"text\"\n\\x00"),
                          .number = INT64_MAX,
                          .small = INT32_MIN,
                          .truth = true,
                          .id = UUID_FROM(S("id")),
                          .time = {.known = true, .us = 1234567890123456},
                          .digest = sha256_of(S("content")),
                          .list = {list, COUNT(list)},
                          .ids = {ids, COUNT(ids)},
                          .raw = {{"\0\x01\xff\\", 4}},
                          .json = {S("{\"a\": [1, null]}")}};
}

static void assert_every(const struct every *got, const struct every *wanted)
{
    assert_true(str_equal(got->text, wanted->text));
    assert_int_equal(got->number, wanted->number);
    assert_int_equal(got->truth, wanted->truth);
    assert_true(uuid_equal(got->id, wanted->id));
    assert_true(got->time.known && got->time.us == wanted->time.us);
    assert_true(sha256_equal(got->digest, wanted->digest));
    assert_int_equal(got->list.count, wanted->list.count);
    for (size_t i = 0; i < wanted->list.count; i++)
        assert_true(str_equal(got->list.at[i], wanted->list.at[i]));
    assert_true(str_equal(got->raw.raw, wanted->raw.raw));
}

static struct rows load_values(void)
{
    struct rows rows = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &get_values, every_fields, sizeof(struct every), &rows, NO_VALUES);
    assert_null(load_run(load));
    return rows;
}

static void values_come_back(void **state)
{
    (void)state;
    const struct every v = example();
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &put_values,
              VALUES(V(v.text), V(v.number), V(v.small), V(v.truth), V(v.id), V(v.time),
                     V(v.digest), V(v.list), V(v.ids), V(v.raw), V(v.json)));
    assert_null(batch_run(batch));
    struct rows rows = load_values();
    assert_int_equal(rows.count, 1);
    const struct every *got = ROW(struct every, rows, 0);
    assert_every(got, &v);
    assert_int_equal(got->small, v.small);
    assert_int_equal(got->ids.count, 2);
    assert_true(uuid_equal(got->ids.at[1], v.ids.at[1]));
    assert_true(str_equal(got->json.text, v.json.text));
}

/* NULL is absent, and absent is NULL. */
static void nulls_are_absent(void **state)
{
    (void)state;
    const struct every v = {.number = 5};
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &put_values,
              VALUES(V(v.text), V(v.number), V(v.small), V(v.truth), V(v.id), V(v.time),
                     V(v.digest), V(v.list), V(v.ids), V(v.raw), V(v.json)));
    assert_null(batch_run(batch));
    assert_null(db_script(db, "insert into test.value (number) values (6)"));
    struct rows rows = load_values();
    assert_int_equal(rows.count, 2);
    for (size_t i = 0; i < rows.count; i++) {
        const struct every *got = ROW(struct every, rows, i);
        assert_int_equal(got->number, 5 + (int)i);
        assert_null(got->text.ptr);
        assert_true(uuid_is_nil(got->id));
        assert_false(got->time.known);
        assert_true(sha256_is_zero(got->digest));
        assert_null(got->raw.raw.ptr);
        assert_null(got->json.text.ptr);
        assert_int_equal(got->list.count, 0);
    }
}

/* A field table and a statement that do not fit are a fault of ours, not a field that is absent. */
static void columns_are_fields(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &get_values, thing_fields, sizeof(struct thing), &rows, NO_VALUES);
    const struct err *e = load_run(load);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_BUG);
    assert_int_equal(load_things(db).count, 0); /* the connection works on */
}

static void several_reads_are_one_round_trip(void **state)
{
    (void)state;
    put_thing(1, S("first"));
    struct rows things = {0};
    struct rows numbers = {0};
    struct rows none = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &names, thing_fields, sizeof(struct thing), &things, NO_VALUES);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &numbers, NO_VALUES);
    load_rows(load, &get_values, every_fields, sizeof(struct every), &none, NO_VALUES);
    assert_null(load_run(load));
    assert_int_equal(things.count, 1);
    assert_int_equal(numbers.count, 1);
    assert_int_equal(none.count, 0);
}

/* --- bulk
 * ------------------------------------------------------------------------------------------------------
 */

static void copy_one(struct buf *out, const struct every *v)
{
    copy_row(out, 8);
    copy_value(out, V(v->text));
    copy_value(out, V(v->number));
    copy_value(out, V(v->truth));
    copy_value(out, V(v->id));
    copy_value(out, V(v->time));
    copy_value(out, V(v->digest));
    copy_value(out, V(v->list));
    copy_value(out, V(v->raw));
}

static void copied_rows_come_back(void **state)
{
    (void)state;
    const struct every v = example();
    const struct every nothing = {.number = 1};
    autobuf struct buf rows = buf_new((size_t)1 << 20);
    copy_one(&rows, &nothing);
    copy_one(&rows, &v);
    assert_null(db_begin(db, 1));
    assert_null(db_copy(db, &copy_values, buf_str(&rows)));
    assert_null(db_run(db, &take_values, NO_VALUES));
    assert_null(db_commit(db));
    struct rows got = load_values();
    assert_int_equal(got.count, 2);
    assert_null(ROW(struct every, got, 0)->text.ptr);
    assert_every(ROW(struct every, got, 1), &v);
}

static void broken_copy_leaves_nothing(void **state)
{
    (void)state;
    assert_null(db_begin(db, 1));
    assert_non_null(db_copy(db, &copy_values, S("\0\x08half a row")));
    db_rollback(db);
    assert_false(db_is_lost(db));
    assert_null(db_begin(db, 1));
    assert_null(db_run(db, &insert, VALUES(V(9), V(S("not committed")))));
    db_rollback(db);
    db_rollback(db); /* also good when none is open */
    assert_int_equal(load_things(db).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THINGS(values_come_back),      WITH_THINGS(nulls_are_absent),
        WITH_THINGS(columns_are_fields),    WITH_THINGS(several_reads_are_one_round_trip),
        WITH_THINGS(copied_rows_come_back), WITH_THINGS(broken_copy_leaves_nothing),
    };
    return cmocka_run_group_tests_name("db_values", tests, make_things, NULL);
}
