/* Does db keep its promises with a real PostgreSQL: one sync is one transaction, the server counts
 * rows, every value comes back as it went in, errors have their class, a tenant sees its own rows
 * only?
 *
 * R7_TEST_DATABASE: a migrated database of its own, as its superuser (tests/run gives it). */
#include <poll.h>

#include "../unit/arena.h"

#include "base/base.h"
#include "db/copy.h"
#include "db/db.h"
#include "svc/svc_sql.h"

static const char *url;
static struct db *db;

/* --- statements and rows
 * ---------------------------------------------------------------------------------------- */

static const struct sql insert = {"insert", "insert into test.thing (id, name) values ($1, $2)"};
static const struct sql rename_thing = {
    "rename", "with e as (update test.thing set name = $2, version = version + 1 where id = $1 and"
              " version = $3 returning 1) select base.expect(count(*), 1) from e"};
static const struct sql names = {"names", "select id, name, version from test.thing order by id"};
static const struct sql refused = {"refused", "update test.thing set version = -1 where id = $1"};
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
static const struct sql own_process = {"own_process", "select pg_backend_pid() as number"};
static const struct sql end_process = {"end_process",
                                       "select pg_terminate_backend($1::int) as done"};

/* The statements of a room's own tables, which have row-level security. */
static const struct svc_sql tables = SVC_SQL("validation");
static const struct sql staged = {"staged", "select id from validation.staged"};

static const struct sql *const statements[] = {
    &insert,      &rename_thing, &names,       &refused,           &put_values,         &get_values,
    &take_values, &own_process,  &end_process, &tables.staged_put, &tables.staged_drop, &staged,
    NULL};

struct thing {
    int64_t id;
    struct str name;
    int32_t version;
};
static const struct field thing_fields[] = {FIELD(struct thing, id, REQUIRED),
                                            FIELD(struct thing, name, OPTIONAL),
                                            FIELD(struct thing, version, REQUIRED), FIELDS_END};

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

struct number_row {
    int64_t number;
};
static const struct field number_fields[] = {FIELD(struct number_row, number, REQUIRED),
                                             FIELDS_END};

/* What a connection begins with: the table that COPY fills. */
static const char incoming[] =
    "create temporary table incoming (text text, number bigint, truth boolean, id uuid,"
    " time timestamptz, digest bytea, list text[], raw bytea) on commit delete rows";

static const char schema[] =
    "create schema test;"
    "create table test.thing (id bigint primary key, name text, version int not null default 1"
    " check (version > 0));"
    "create table test.value (text text, number bigint, small int, truth boolean, id uuid,"
    " time timestamptz, digest bytea, list text[], ids uuid[], raw bytea, json jsonb);";

/* --- around each test
 * ------------------------------------------------------------------------------------------- */

static int open_schema(void **state)
{
    (void)state;
    struct db *first = NULL;
    url = getenv("R7_TEST_DATABASE");
    if (url == NULL) {
        print_message("R7_TEST_DATABASE is not set: run it by tests/run\n");
        return -1;
    }
    assert_null(db_open(url, NULL, NULL, &first));
    assert_null(db_script(first, schema));
    db_close(first);
    return 0;
}

static int begin(void **state)
{
    begin_arena(state);
    assert_null(db_open(url, incoming, statements, &db));
    assert_null(db_script(db, "truncate test.thing, test.value, validation.staged"));
    return 0;
}

static int end(void **state)
{
    db_close(db);
    return end_arena(state);
}

static struct rows load_things(struct db *from)
{
    struct rows rows = {0};
    struct load *load = load_new(from, 0, arena);
    load_rows(load, &names, thing_fields, sizeof(struct thing), &rows, NO_VALUES);
    assert_null(load_run(load));
    return rows;
}

static void put_thing(int64_t id, struct str name)
{
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &insert, VALUES(V(id), V(name)));
    assert_null(batch_run(batch));
}

/* --- batches
 * ---------------------------------------------------------------------------------------------------
 */

/* The row count is enforced by the server: the client would see it only after the commit. */
static void stale_version_undoes_what_follows(void **state)
{
    (void)state;
    put_thing(1, S("first"));
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &insert, VALUES(V(2), V(S("before"))));
    batch_add(batch, &rename_thing, VALUES(V(1), V(S("stale")), V(7)));
    batch_add(batch, &insert, VALUES(V(3), V(S("after"))));
    const struct err *e = batch_run(batch);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CONFLICT);
    struct rows rows = load_things(db);
    assert_int_equal(rows.count, 1);
    assert_true(str_equal(ROW(struct thing, rows, 0)->name, S("first")));
    assert_int_equal(ROW(struct thing, rows, 0)->version, 1);

    /* The connection works on, and the right version goes through. */
    struct batch *again = batch_new(db, 0, arena);
    batch_add(again, &rename_thing, VALUES(V(1), V(S("second")), V(1)));
    batch_add(again, &insert, VALUES(V(3), V(S("after"))));
    assert_null(batch_run(again));
    assert_int_equal(load_things(db).count, 2);
}

static void a_batch_of_many_is_one_transaction(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    struct batch *batch = batch_new(db, 0, arena);
    for (int i = 0; i < MANY; i++)
        batch_add(batch, &insert, VALUES(V(i), V(S("one of many"))));
    assert_null(batch_run(batch));
    assert_int_equal(load_things(db).count, MANY);
    struct batch *bad = batch_new(db, 0, arena);
    for (int i = MANY; i > 0; i--) /* the last one is there already */
        batch_add(bad, &insert, VALUES(V(MANY + i - 2), V(S("more"))));
    assert_int_equal(err_class(batch_run(bad)), ERR_CLASS_CONFLICT);
    assert_int_equal(load_things(db).count, MANY);
}

static void errors_have_their_class(void **state)
{
    (void)state;
    put_thing(1, S("first"));
    struct batch *twice = batch_new(db, 0, arena);
    batch_add(twice, &insert, VALUES(V(1), V(S("again"))));
    assert_int_equal(err_class(batch_run(twice)), ERR_CLASS_CONFLICT);
    struct batch *broken = batch_new(db, 0, arena);
    batch_add(broken, &refused, VALUES(V(1))); /* against a CHECK: a fault of ours */
    assert_int_equal(err_class(batch_run(broken)), ERR_CLASS_BUG);
    assert_false(db_is_lost(db));
    assert_int_equal(load_things(db).count, 1);
}

static void a_misspelled_statement_stops_the_start(void **state)
{
    (void)state;
    static const struct sql wrong = {"wrong", "select nothing from test.thing"};
    static const struct sql *const list[] = {&wrong, NULL};
    struct db *other = NULL;
    const struct err *e = db_open(url, NULL, list, &other);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_BUG);
    assert_non_null(strstr(e->detail, "wrong"));
    assert_null(other);
}

/* search_path is empty: a name without its schema is found nowhere. */
static void names_are_qualified(void **state)
{
    (void)state;
    assert_non_null(db_script(db, "select * from thing"));
    assert_null(db_script(db, "select * from test.thing"));
}

/* A server that ends the connection between two answers of a round trip. */
static void a_connection_lost_among_answers_is_known(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &rows, NO_VALUES);
    assert_null(load_run(load));
    const struct values own = VALUES(V(ROW(struct number_row, rows, 0)->number));
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &end_process, own);
    batch_add(batch, &insert, VALUES(V(1), V(S("lost"))));
    batch_add(batch, &insert, VALUES(V(2), V(S("lost"))));
    const struct err *e = batch_run(batch);
    assert_int_equal(e->code, ERR_DATABASE_LOST);
    assert_true(db_is_lost(db));
    load = load_new(db, 0, arena);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &rows, NO_VALUES);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &rows, NO_VALUES);
    e = load_run(load);
    assert_int_equal(e->code, ERR_DATABASE_LOST);
}

static void a_lost_connection_is_known(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &rows, NO_VALUES);
    assert_null(load_run(load));
    assert_false(db_went_away(db));
    struct db *killer = NULL;
    assert_null(db_open(url, incoming, statements, &killer));
    assert_null(db_run(killer, &end_process, VALUES(V(ROW(struct number_row, rows, 0)->number))));
    db_close(killer);
    int64_t until = clock_monotonic_us() + 10000000;
    while (!db_went_away(db) && clock_monotonic_us() < until)
        poll(NULL, 0, 10);
    assert_true(db_went_away(db));
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &insert, VALUES(V(1), V(S("lost"))));
    const struct err *e = batch_run(batch);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
    assert_true(db_is_lost(db));
    struct db *nowhere = NULL;
    e = db_open("host=/nowhere dbname=x", NULL, NULL, &nowhere);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_DATABASE_LOST);
}

/* --- values
 * ----------------------------------------------------------------------------------------------------
 */

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

/* --- regions
 * ---------------------------------------------------------------------------------------------------
 */

static size_t count_staged(int32_t tenant)
{
    struct uuid_row {
        struct uuid id;
    };
    static const struct field fields[] = {FIELD(struct uuid_row, id, REQUIRED), FIELDS_END};
    struct rows rows = {0};
    struct load *load = load_new(db, tenant, arena);
    load_rows(load, &staged, fields, sizeof(struct uuid_row), &rows, NO_VALUES);
    assert_null(load_run(load));
    return rows.count;
}

static struct err *put_staged(int32_t as, int32_t tenant)
{
    struct batch *batch = batch_new(db, as, arena);
    const struct uuids keys = {(const struct uuid[]){UUID_FROM(S("key"))}, 1};
    batch_add(batch, &tables.staged_put, VALUES(V(uuid_random()), V(tenant), V(keys), V(60)));
    return batch_run(batch);
}

static void a_region_sees_its_own(void **state)
{
    (void)state;
    assert_null(db_script(db, "set role r7_validation"));
    assert_null(put_staged(1, 1));
    assert_null(put_staged(1, 1));
    assert_null(put_staged(2, 2));
    assert_non_null(put_staged(1, 2)); /* a row of another region is not written either */
    assert_non_null(put_staged(0, 1));
    assert_int_equal(count_staged(1), 2);
    assert_int_equal(count_staged(2), 1);
    assert_int_equal(count_staged(3), 0);
    assert_int_equal(count_staged(0), 0); /* what a round trip before it set is gone */
    assert_null(db_begin(db, 1));
    assert_null(db_commit(db));
    assert_int_equal(count_staged(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stale_version_undoes_what_follows, begin, end),
        cmocka_unit_test_setup_teardown(a_batch_of_many_is_one_transaction, begin, end),
        cmocka_unit_test_setup_teardown(errors_have_their_class, begin, end),
        cmocka_unit_test_setup_teardown(a_misspelled_statement_stops_the_start, begin, end),
        cmocka_unit_test_setup_teardown(names_are_qualified, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_lost_among_answers_is_known, begin, end),
        cmocka_unit_test_setup_teardown(a_lost_connection_is_known, begin, end),
        cmocka_unit_test_setup_teardown(values_come_back, begin, end),
        cmocka_unit_test_setup_teardown(nulls_are_absent, begin, end),
        cmocka_unit_test_setup_teardown(columns_are_fields, begin, end),
        cmocka_unit_test_setup_teardown(several_reads_are_one_round_trip, begin, end),
        cmocka_unit_test_setup_teardown(copied_rows_come_back, begin, end),
        cmocka_unit_test_setup_teardown(broken_copy_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_region_sees_its_own, begin, end),
    };
    return cmocka_run_group_tests_name("db", tests, open_schema, NULL);
}
