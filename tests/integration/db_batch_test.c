/* Is one sync one transaction, does the server count rows, and have errors their class? */
#include "db_things.h"

static const struct sql rename_thing = {
    "rename", "with e as (update test.thing set name = $2, version = version + 1 where id = $1 and"
              " version = $3 returning 1) select base.expect(count(*), 1) from e"};
static const struct sql refused = {"refused", "update test.thing set version = -1 where id = $1"};
static const struct sql *const statements[] = {&insert, &names, &rename_thing, &refused, NULL};

static int begin(void **state)
{
    return begin_with(state, NULL, statements);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THINGS(stale_version_undoes_what_follows),
        WITH_THINGS(a_batch_of_many_is_one_transaction),
        WITH_THINGS(errors_have_their_class),
        WITH_THINGS(a_misspelled_statement_stops_the_start),
        WITH_THINGS(names_are_qualified),
    };
    return cmocka_run_group_tests_name("db_batch", tests, make_things, NULL);
}
