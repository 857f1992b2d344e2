/* Does ocfl.h keep its promise: valid roots, the same object when it is done again, an alarm when
 * it differs, bytes read back from the device? Deaths on the way: ocfl_crash_test.c. */
#include "staged.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static bool refuse_direct;

/* In front of libc's, for openat2(2), which is called by its number only. */
long syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    int folder = va_arg(arguments, int);
    const char *name = va_arg(arguments, const char *);
    const struct open_how *how = va_arg(arguments, const struct open_how *);
    size_t size = va_arg(arguments, size_t);
    va_end(arguments);
    if (number == SYS_openat2 && refuse_direct && (how->flags & O_DIRECT) != 0) {
        errno = EINVAL;
        return -1;
    }
    typeof(&syscall) real = dlsym(RTLD_NEXT, "syscall");
    return real(number, folder, name, how, size);
}

static void stored_and_read(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    assert_null(ocfl_store(&vault, &object, 1, &how));
    assert_int_equal(how, READ_FROM_DEVICE);
    validate();
    /* Linked in the first location, copied in the second. */
    assert_true(run("test $(find first/ocfl -name 'seg-*' -links 2 | wc -l) = 3"));
    assert_true(run("test $(find second/ocfl -name 'seg-*' -links 1 | wc -l) = 3"));
    assert_true(run("test $(find first/ocfl -path '*r7e-headers*' -type f -links 1 | wc -l) = 4"));
    assert_true(run("test -z \"$(find first second -type f ! -perm 600)\""));
    assert_true(run("test -z \"$(find first second -mindepth 1 -type d ! -perm 700)\""));

    /* The header and the payload from the last copy open with age, staging gone. */
    for (size_t l = 0; l < 2; l++) {
        assert_null(staging_destroy(vault.locations[l], tenant, parts[0].staging));
        assert_null(staging_destroy(vault.locations[l], tenant, parts[1].staging));
    }
    autobuf struct buf text = buf_new(100);
    age_identity_print(&identity, &text);
    assert_null(vault_put(vault.locations[0], "identity", buf_str(&text)));
    assert_true(run(
        "O=$(dirname second/ocfl/region-a/*/*/*/*/inventory.json); "
        "cat $O/extensions/r7e-headers/%s $O/v1/content/seg-00000001 | age -d -i first/identity | "
        "wc -c | grep -qx 70001",
        uuid_text(delivered[1].key_id).text));

    int descriptors[DELIVERED];
    assert_null(ocfl_open(vault.locations[1], tenant, package, OCFL_DELIVERED, &delivered[1], 2,
                          descriptors));
    struct stat status;
    assert_int_equal(fstat(descriptors[1], &status), 0);
    assert_int_equal(status.st_size, delivered[2].stored_bytes);
    close(descriptors[0]);
    close(descriptors[1]);
    assert_int_equal(
        ocfl_open(vault.locations[1], tenant, uuid_random(), OCFL_AIP, aip, 1, descriptors)->code,
        ERR_NOT_FOUND);
    assert_int_equal(
        ocfl_open(vault.locations[1], S("../x"), package, OCFL_AIP, aip, 1, descriptors)->code,
        ERR_INVALID);
    forget_all();
}

static void many_objects(void **state)
{
    (void)state;
    enum { MANY = 40 };
    static struct ocfl_object objects[MANY];
    static struct segment rows[MANY][2];
    static struct ocfl_part both[MANY][2];
    enum read_back how;
    for (size_t i = 0; i < MANY; i++) {
        objects[i] = new_object();
        rows[i][0] = delivered[0];
        rows[i][1] = aip[0];
        memcpy(both[i], parts, sizeof parts);
        both[i][0].segments = &rows[i][0];
        both[i][0].count = 1;
        both[i][1].segments = &rows[i][1];
        objects[i].parts = both[i];
    }
    int64_t start = clock_monotonic_us();
    assert_null(ocfl_store(&vault, objects, MANY, &how));
    print_message("stored %d objects in two locations, %.2f ms each\n", MANY,
                  (double)(clock_monotonic_us() - start) / 1000 / MANY);
    validate();
    assert_null(ocfl_store(&vault, objects, MANY, &how));
    forget_all();
}

/* What is delivered as a test has a root of its own, and is found and removed there. */
static void kept_apart(void **state)
{
    (void)state;
    enum read_back how;
    int descriptors[DELIVERED];
    object = new_object();
    object.test = true;
    assert_null(ocfl_store(&vault, &object, 1, &how));
    assert_null(ocfl_store(&vault, &object, 1, &how)); /* again: the same */
    assert_true(
        run("test -z \"$(find first/ocfl second/ocfl -type f 2>&1)\" || test ! -e first/ocfl"));
    assert_true(
        run("test -e first/test/region-a/0=ocfl_1.1 -a -e second/test/region-a/0=ocfl_1.1"));
    assert_null(ocfl_open(vault.locations[1], tenant, object.package, OCFL_DELIVERED, delivered, 1,
                          descriptors));
    close(descriptors[0]);
    assert_null(ocfl_remove(&vault, tenant, object.package));
    assert_int_equal(ocfl_open(vault.locations[1], tenant, object.package, OCFL_DELIVERED,
                               delivered, 1, descriptors)
                         ->code,
                     ERR_NOT_FOUND);
    assert_true(run("test -z \"$(find first second -name 'seg-*' -not -path 'first/staging/*')\""));
    forget_all();
}

static void placed_in_runs(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    assert_null(place_run(0, 2));
    assert_null(place_run(0, 2));
    parts[0].placed = true;
    assert_int_equal(ocfl_store(&vault, &object, 1, &how)->code, ERR_CORRUPT); /* one is missing */
    assert_null(place_run(2, 1));
    assert_null(ocfl_store(&vault, &object, 1, &how));
    assert_null(place_run(2, 1));
    assert_null(ocfl_store(&vault, &object, 1, &how));
    validate();
    forget_all();
}

static void alarms(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    /* Staged bytes that changed after they were recorded never reach the root. */
    struct sha512 right = delivered[1].sha512;
    delivered[1].sha512.bytes[9] ^= 1;
    assert_int_equal(ocfl_store(&vault, &object, 1, &how)->code, ERR_CORRUPT);
    assert_true(run("test -z \"$(find first/ocfl -name 'seg-*')\""));
    delivered[1].sha512 = right;
    assert_null(ocfl_store(&vault, &object, 1, &how));

    /* The same id with other content; other times alone are no difference. */
    object.note.created = instant_add(object.note.created, 1000000);
    assert_null(ocfl_store(&vault, &object, 1, &how));
    stage(parts[1].staging, 0, 6000, &aip[0]);
    struct err *e = ocfl_store(&vault, &object, 1, &how);
    assert_int_equal(e->code, ERR_CORRUPT);
    assert_string_equal(e->rule, "object_differs");
    assert_true(
        run("for f in second/ocfl/region-a/*/*/*/*/v1/inventory.json; do echo '{' > $f; done"));
    assert_true(run("rm -rf first/ocfl/region-a/???"));
    e = ocfl_store(&vault, &object, 1, &how);
    assert_string_equal(e->rule, "object_differs");
    forget_all();
}

/* A second version of the AIP part, put together by hand, is a valid object with our inventory. */
static void later_version(void **state)
{
    (void)state;
    enum read_back how;
    autobuf struct buf inventory = buf_new(1 << 20);
    object = new_object();
    assert_null(ocfl_store(&vault, &object, 1, &how));
    struct ocfl_content contents[] = {{ocfl_name(OCFL_DELIVERED, 0), 1, delivered[0].sha512},
                                      {ocfl_name(OCFL_DELIVERED, 1), 1, delivered[1].sha512},
                                      {ocfl_name(OCFL_DELIVERED, 2), 1, delivered[2].sha512},
                                      {ocfl_name(OCFL_AIP, 0), 1, aip[0].sha512},
                                      {ocfl_name(OCFL_AIP, 1), 2, {{0}}}};
    stage(parts[1].staging, 1, 777, &aip[0]);
    contents[4].digest = aip[0].sha512;
    struct ocfl_version versions[] = {{object.note, contents, 4}, {object.note, contents, 5}};
    assert_null(ocfl_inventory(package, versions, 2, &inventory));
    assert_null(vault_put(vault.locations[0], "inventory.json", buf_str(&inventory)));
    for (int i = 0; i < 2; i++)
        assert_true(
            run("O=$(dirname %s/ocfl/region-a/*/*/*/*/inventory.json) && mkdir -p $O/v2/content && "
                "cp first/staging/region-a/%s/%s $O/v2/content/aip-00000001 && "
                "cp first/inventory.json $O/ && cp first/inventory.json $O/v2/ && cd $O && "
                "sha512sum inventory.json > inventory.json.sha512 && cp inventory.json.sha512 v2/",
                i == 0 ? "first" : "second", uuid_text(parts[1].staging).text,
                uuid_text(aip[0].key_id).text));
    validate();
    forget_all();
}

/* A file system without O_DIRECT, as tmpfs was: it works, and the result says that less was proved.
 */
static void without_direct_reads(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    refuse_direct = true;
    assert_null(ocfl_store(&vault, &object, 1, &how));
    refuse_direct = false;
    assert_int_equal(how, READ_AFTER_DROP);
    validate();
    forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_and_read),
        cmocka_unit_test(many_objects),
        cmocka_unit_test(kept_apart),
        cmocka_unit_test(placed_in_runs),
        cmocka_unit_test(alarms),
        cmocka_unit_test(later_version),
        cmocka_unit_test(without_direct_reads),
    };
    return cmocka_run_group_tests(tests, make_vault, remove_vault);
}
