/* Does a region see and write its own rows only? */
#include "db_things.h"
#include "svc/svc_sql.h"

/* The statements of a room's own tables, which have row-level security. */
static const struct svc_sql tables = SVC_SQL("validation");
static const struct sql staged = {"staged", "select id from validation.staged"};
static const struct sql *const statements[] = {&tables.staged_put, &staged, NULL};

static int begin(void **state)
{
    return begin_with(state, NULL, statements);
}

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
        WITH_THINGS(a_region_sees_its_own),
    };
    return cmocka_run_group_tests_name("db_region", tests, make_things, NULL);
}
