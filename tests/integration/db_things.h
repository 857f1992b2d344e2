/* What the tests of db have alike: a schema of their own with a table of things, and a connection
 * for each test.
 *
 * R7_TEST_DATABASE: a migrated database of its own, as its superuser (tests/run gives it). */
#pragma once

#include "../unit/arena.h"

#include "base/base.h"
#include "db/db.h"

static const char *url;
static struct db *db;

static const struct sql insert = {"insert", "insert into test.thing (id, name) values ($1, $2)"};
static const struct sql names = {"names", "select id, name, version from test.thing order by id"};
static const struct sql own_process = {"own_process", "select pg_backend_pid() as number"};

struct thing {
    int64_t id;
    struct str name;
    int32_t version;
};
static const struct field thing_fields[] = {FIELD(struct thing, id, REQUIRED),
                                            FIELD(struct thing, name, OPTIONAL),
                                            FIELD(struct thing, version, REQUIRED), FIELDS_END};

struct number_row {
    int64_t number;
};
static const struct field number_fields[] = {FIELD(struct number_row, number, REQUIRED),
                                             FIELDS_END};

static inline int make_things(void **state)
{
    (void)state;
    struct db *first = NULL;
    url = getenv("R7_TEST_DATABASE");
    if (url == NULL) {
        print_message("R7_TEST_DATABASE is not set: run it by tests/run\n");
        return -1;
    }
    assert_null(db_open(url, NULL, NULL, &first));
    assert_null(db_script(first, "create schema test; create table test.thing (id bigint primary"
                                 " key, name text, version int not null default 1"
                                 " check (version > 0))"));
    db_close(first);
    return 0;
}

/* `statements` has insert, names and own_process where they are used. */
static inline int begin_with(void **state, const char *session, const struct sql *const *statements)
{
    begin_arena(state);
    assert_null(db_open(url, session, statements, &db));
    assert_null(db_script(db, "truncate test.thing"));
    return 0;
}

static inline int end(void **state)
{
    db_close(db);
    return end_arena(state);
}

#define WITH_THINGS(test) cmocka_unit_test_setup_teardown(test, begin, end)

static inline struct rows load_things(struct db *from)
{
    struct rows rows = {0};
    struct load *load = load_new(from, 0, arena);
    load_rows(load, &names, thing_fields, sizeof(struct thing), &rows, NO_VALUES);
    assert_null(load_run(load));
    return rows;
}

static inline void put_thing(int64_t id, struct str name)
{
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &insert, VALUES(V(id), V(name)));
    assert_null(batch_run(batch));
}
