/* Is a file of a stored package found and read by range, from the segments it says it touches and
 * no others, from the second location when the first is bad? */
#include "stored.h"

#include "containers.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>

static char path[] = "/tmp/r7-package-XXXXXX";
static struct vault vault;
static const struct str tenant = {"region-a", 8};
static struct age_identity identity;
static struct arena *arena;
static struct stored stored;

enum { LARGE = 70 << 20, TEXT = 5 << 20 };
static struct str large;
static struct buf text;

static int make_vault(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    arena = arena_new((size_t)1 << 28);
    age_identity_random(&identity);
    if (mkdtemp(path) == NULL)
        return 1;
    snprintf(first, sizeof first, "%s/first", path);
    snprintf(second, sizeof second, "%s/second", path);
    if (mkdir(first, 0700) != 0 || mkdir(second, 0700) != 0)
        return 1;
    large = (struct str){arena_alloc(arena, LARGE, 1), LARGE};
    text = buf_new(CONTAINER_TEST_MAX);
    put_text(&text, TEXT, 7);
    return vault_open((const char *const[]){first, second}, 2, &vault) != NULL;
}

static int remove_vault(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf -- %s", path);
    vault_close(&vault);
    buf_free(&text);
    arena_free(arena);
    return system(command) == 0 ? 0 : 1;
}

static void store(struct str bytes)
{
    struct age_recipient recipient = age_identity_recipient(&identity);
    memset(&stored, 0, sizeof stored);
    assert_null(stored_make(&vault, tenant, uuid_random(), &recipient, 1, bytes, arena, &stored));
}

static struct package_part *open_part(enum ocfl_kind kind, const struct stored_segment *from,
                                      size_t count, uint64_t bytes)
{
    struct segment segments[STORED_SEGMENTS];
    struct file_key *keys = NULL;
    struct package_part *part = NULL;
    const struct package_place place = {&vault, tenant, stored.package};
    assert_null(file_keys_new(count, &keys));
    for (size_t i = 0; i < count; i++) {
        segments[i] = from[i].segment;
        keys[i] = from[i].key;
    }
    assert_null(package_part_open(&place, kind, segments, keys, count, bytes, &part));
    return part;
}

static struct package_part *open_index(void)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < stored.entries_count; i++)
        bytes += stored.entries[i].segment.plain_bytes;
    return open_part(OCFL_AIP, stored.entries, stored.entries_count, bytes);
}

static struct package_file *find(const char *name)
{
    struct package_file *file = NULL;
    assert_null(package_file_new(open_index(), S(""), stored.bytes, &file));
    assert_null(package_file_turn(file, str_from(name)));
    return file;
}

/* Only what package_file_touches tells is opened: anything else would be a BUG. */
static void assert_range(struct package_file *file, struct str content, uint64_t from,
                         size_t length)
{
    uint32_t first = 0;
    uint32_t last = 0;
    size_t got = 0;
    autofree char *bytes = must_calloc(length + 1, 1);
    assert_null(package_file_touches(file, from, length, &first, &last));
    assert_true(first <= last && last < stored.delivered_count);
    struct package_part *part =
        open_part(OCFL_DELIVERED, &stored.delivered[first], last - first + 1, stored.bytes);
    package_file_use(file, part);
    assert_null(package_file_open(file, from));
    assert_null(package_file_read(file, bytes, length, &got));
    assert_true(str_equal((struct str){bytes, got}, str_slice(content, from, from + length)));
}

static void reads_all_ranges(const char *small, const char *other)
{
    struct package_file *file = find(small);
    assert_int_equal(package_file_length(file), 5);
    assert_range(file, S("hello"), 1, 3);
    assert_range(file, S("hello"), 5, 0);
    package_file_free(file);
    file = find(other);
    assert_int_equal(package_file_length(file), TEXT);
    assert_range(file, buf_str(&text), 0, 1000);
    assert_range(file, buf_str(&text), 3000000, 100000);
    assert_range(file, buf_str(&text), TEXT - 10, 10);
    assert_range(file, buf_str(&text), 0, TEXT);
    package_file_free(file);
}

static void in_a_zip(void **state)
{
    (void)state;
    const struct zip_member members[] = {
        {.name = S("hello"), .content = S("hello")},
        {.name = S("large"), .content = large},
        {.name = S("text"), .content = buf_str(&text), .method = 8},
        {.name = S("none"), .content = S("")},
    };
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, COUNT(members));
    store(buf_str(&zip));
    assert_int_equal(stored.delivered_count, 2);
    reads_all_ranges("hello", "text");
    struct package_file *file = find("large");
    uint32_t first = 0;
    uint32_t last = 0;
    assert_null(package_file_touches(file, 0, 100, &first, &last));
    assert_true(first == 0 && last == 0);
    assert_null(package_file_touches(file, LARGE - 100, 100, &first, &last));
    assert_true(first == 1 && last == 1);
    assert_range(file, large, SEGMENT_BYTES - 1000, 2000); /* over the cut */
    assert_int_equal(package_file_touches(file, LARGE - 1, 2, &first, &last)->code, ERR_INVALID);
    package_file_free(file);
    file = find("none");
    assert_range(file, S(""), 0, 0);
    assert_int_equal(package_file_turn(file, S("gone"))->code, ERR_NOT_FOUND);
    assert_range(file, S(""), 0, 0); /* still the file it was */
    package_file_free(file);
}

static void in_a_tar_gz(void **state)
{
    (void)state;
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf packed = buf_new(CONTAINER_TEST_MAX);
    const struct tar_member members[] = {{.name = S("hello"), .content = S("hello")},
                                         {.name = S("text"), .content = buf_str(&text)},
                                         {.name = S("large"), .content = large}};
    put_tar(&tar, members, COUNT(members));
    put_deflated(&packed, buf_str(&tar), 31);
    store(buf_str(&packed));
    reads_all_ranges("hello", "text");
    struct package_file *file = find("large");
    assert_range(file, large, LARGE / 2, 3000);
    package_file_free(file);
}

static void whole_and_damaged(void **state)
{
    (void)state;
    const struct zip_member members[] = {
        {.name = S("text"), .content = buf_str(&text), .method = 8}};
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    put_zip(&zip, members, COUNT(members));
    store(buf_str(&zip));
    int descriptors[2] = {-1, -1};
    for (size_t l = 0; l < 2; l++) {
        struct package_part *part =
            open_part(OCFL_DELIVERED, stored.delivered, stored.delivered_count, stored.bytes);
        struct source source = package_part_source(part);
        autofree char *bytes = must_calloc(stored.bytes, 1);
        assert_null(source_read(&source, 0, bytes, stored.bytes));
        assert_true(str_equal((struct str){bytes, stored.bytes}, buf_str(&zip)));
        package_part_free(part);
        /* The first copy is damaged: the second serves. Then both: nothing does. */
        assert_null(ocfl_open(vault.locations[l], tenant, stored.package, OCFL_DELIVERED,
                              &stored.delivered[0].segment, 1, &descriptors[l]));
        char name[64];
        snprintf(name, sizeof name, "/proc/self/fd/%d", descriptors[l]);
        autoclose int damaging = open(name, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(damaging, "damaged", 7, 100), 7);
        close(descriptors[l]);
    }
    struct package_part *part =
        open_part(OCFL_DELIVERED, stored.delivered, stored.delivered_count, stored.bytes);
    struct source source = package_part_source(part);
    char byte = 0;
    assert_int_equal(source_read(&source, 0, &byte, 1)->code, ERR_CORRUPT);
    package_part_free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_a_zip), cmocka_unit_test(in_a_tar_gz),
                                       cmocka_unit_test(whole_and_damaged)};
    return cmocka_run_group_tests_name("package", tests, make_vault, remove_vault);
}
