/* Is what is staged destroyed whole, whatever dies; left alone while another worker holds it; and
 * refused under the package's own id? */
#include "dying.h"

#include "staged.h"

#include <sys/file.h>

static bool destroy(void)
{
    return staging_destroy(vault.locations[0], tenant, parts[0].staging) == NULL &&
           staging_destroy(vault.locations[0], tenant, package) == NULL;
}

static void destroyed(void)
{
    assert_true(destroy());
    assert_true(run("test $(ls first/staging/region-a | wc -l) = 1"));
}

static void staging_destroyed(void **state)
{
    (void)state;
    int folder;
    object = new_object();
    assert_null(place_run(0, 3));
    assert_true(run("ln -s /etc/passwd first/staging/region-a/%s/link.header",
                    uuid_text(parts[0].staging).text));
    keep_vault();
    assert_true(die_at_each_change(restore_vault, destroy, destroyed) > 20);
    assert_int_equal(
        staging_open(vault.locations[0], tenant, parts[0].staging, false, &folder)->code,
        ERR_NOT_FOUND);
    forget_all();
}

/* What another worker has in hand is left alone. */
static void held(void **state)
{
    (void)state;
    enum read_back how;
    autoclose int folder = -1;
    autoclose int file = -1;
    object = new_object();
    assert_null(staging_open(vault.locations[1], tenant, package, true, &folder));
    assert_int_equal(flock(folder, LOCK_SH), 0); /* as who places a run */
    assert_int_equal(ocfl_store(&vault, &object, 1, &how)->code, ERR_TRANSIENT);
    assert_null(place_run(1, 1));
    assert_int_equal(flock(folder, LOCK_EX), 0); /* as who closes it */
    assert_int_equal(place_run(1, 1)->code, ERR_TRANSIENT);
    assert_int_equal(flock(folder, LOCK_UN), 0);
    cleanup_close(&folder);
    folder = -1;
    assert_null(staging_open(vault.locations[0], tenant, parts[0].staging, false, &folder));
    assert_null(vault_file(folder, segment_payload_name(delivered[1].key_id).text, &file));
    assert_int_equal(flock(file, LOCK_EX), 0); /* as who places the same run */
    assert_int_equal(place_run(1, 1)->code, ERR_TRANSIENT);
    assert_null(ocfl_store(&vault, &object, 1, &how));
    forget_all();
}

/* Staged under the package's own id the bytes would go with the folder in which it is built. */
static void own_staging(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    object.package = parts[1].staging;
    assert_int_equal(ocfl_store(&vault, &object, 1, &how)->code, ERR_BUG);
    assert_true(run("test $(find first/staging -type f | wc -l) = 8"));
    forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(staging_destroyed),
        cmocka_unit_test(held),
        cmocka_unit_test(own_staging),
    };
    return cmocka_run_group_tests(tests, make_vault, remove_vault);
}
