/* Is the vault the same after a death at any change of the file system, when what died is done
 * again? */
#include "dying.h"

#include "staged.h"

/* Every folder, name and byte of the roots, and every name in staging: one text per state of the
 * vault. */
static void snapshot(const char *name)
{
    assert_true(
        run("{ find first second -mindepth 1 | sort; find */ocfl -type f -print0 | sort -z | "
            "xargs -0 sha256sum; } > %s.tree",
            name));
}

static void assert_as_due(void)
{
    snapshot("seen");
    assert_true(run("cmp due.tree seen.tree"));
}

/* A root that was being made leaves its own staging folder for the sweeper. */
static void sweep(void)
{
    struct uuids left;
    autoarena struct arena *arena = arena_new(10000);
    for (size_t l = 0; l < 2; l++) {
        assert_null(staging_list(vault.locations[l], tenant, arena, &left));
        for (size_t i = 0; i < left.count; i++)
            if (!uuid_equal(left.at[i], parts[0].staging) &&
                !uuid_equal(left.at[i], parts[1].staging))
                assert_null(staging_destroy(vault.locations[l], tenant, left.at[i]));
    }
}

static bool store(void)
{
    enum read_back how;
    return ocfl_store(&vault, &object, 1, &how) == NULL;
}

static void stored_as_due(void)
{
    assert_true(store());
    sweep();
    assert_as_due();
}

static void crash_anywhere(void **state)
{
    (void)state;
    object = new_object();
    keep_vault();
    assert_true(store());
    snapshot("due");
    int deaths = die_at_each_change(restore_vault, store, stored_as_due);
    print_message("died %d times, always the same in the end\n", deaths);
    assert_true(deaths > 80);
    validate();
    forget_all();
}

static void forget_staged(void)
{
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_null(staging_destroy(vault.locations[0], tenant, parts[i].staging));
}

static bool remove_object(void)
{
    return ocfl_remove(&vault, tenant, object.package) == NULL;
}

static void removed_as_due(void)
{
    /* A root never shows half an object. */
    assert_true(run("test $(find */ocfl -mindepth 5 -maxdepth 5 -type d | wc -l) = "
                    "$(find */ocfl -name 0=ocfl_object_1.1 | wc -l)"));
    assert_true(remove_object());
    assert_as_due();
}

/* Removed after a death at any step: nothing is left but the roots, and its neighbour as it was. */
static void removed_anywhere(void **state)
{
    (void)state;
    object = new_object(); /* the neighbour */
    assert_true(store());
    forget_staged();
    assert_null(ocfl_remove(&vault, tenant, uuid_random())); /* of nothing: fine */
    snapshot("due");
    object = new_object();
    assert_true(store());
    forget_staged();
    keep_vault();
    int deaths = die_at_each_change(restore_vault, remove_object, removed_as_due);
    print_message("died %d times, always gone in the end\n", deaths);
    assert_true(deaths > 30);
    validate();
    forget_all();
}

/* A build that is done again with an AIP part sealed anew leaves nothing of the first. */
static void sealed_again(void **state)
{
    (void)state;
    object = new_object();
    assert_true(dies_at(30, store));
    stage(parts[1].staging, 0, 6000, &aip[0]);
    assert_true(store());
    assert_true(run("test $(find first/ocfl -path '*r7e-headers*' -type f | wc -l) = 4"));
    validate();
    forget_all();
}

static bool place_last_and_store(void)
{
    return place_run(1, 2) == NULL && store();
}

static void placed_as_due(void)
{
    assert_true(place_last_and_store());
    sweep();
    assert_as_due();
}

/* Dies at each step of placing the last run and closing; done again by others, the object is the
 * same. */
static void crash_in_runs(void **state)
{
    (void)state;
    object = new_object();
    assert_null(place_run(0, 1));
    parts[0].placed = true;
    keep_vault();
    assert_true(place_last_and_store());
    snapshot("due");
    assert_true(die_at_each_change(restore_vault, place_last_and_store, placed_as_due) > 40);
    validate();
    forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_anywhere),
        cmocka_unit_test(crash_anywhere),
        cmocka_unit_test(sealed_again),
        cmocka_unit_test(crash_in_runs),
    };
    return cmocka_run_group_tests(tests, make_vault, remove_vault);
}
