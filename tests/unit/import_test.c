/* Does r7 import read a consignment's list as its header says, refuse what it must with the line's
 * number, and remember each fate whoever died in between? */
#include "services/cli/import.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/cli/patience.h"

#define SHA256_OF_X "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define HEAD        "name,bytes,algorithm,checksum\n"
#define MD5_OF_X    "9dd4e461268c8034f5c8564e155c67a6"

static char folder[64];
static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/r7-import-XXXXXX");
    arena = arena_new(IMPORT_ARENA);
    return mkdtemp(folder) == NULL;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    arena_free(arena);
    err_reset();
    return system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): its own folder */
}

/* --- lists
 * ----------------------------------------------------------------------------------------- */

static void assert_listed(const struct listed *file, const char *path, int64_t bytes,
                          enum digest_algorithm algorithm, size_t line)
{
    assert_string_equal(file->path, path);
    assert_int_equal(file->bytes, bytes);
    assert_int_equal(file->sum.algorithm, algorithm);
    assert_int_equal(file->sum.digest.len, digest_size(algorithm));
    assert_int_equal(file->line, line);
}

static void sums_are_read(void **state)
{
    (void)state;
    struct import_list list;
    assert_null(import_list_read(S(SHA256_OF_X "  a/b.zip\n" SHA256_OF_X " *./c  d.zip\r\n"
                                               "\n" MD5_OF_X "  å,ä;\"ö\".tar"),
                                 arena, &list));
    assert_int_equal(list.count, 3);
    assert_listed(&list.files[0], "a/b.zip", -1, DIGEST_SHA256, 1);
    assert_listed(&list.files[1], "c  d.zip", -1, DIGEST_SHA256, 2);
    assert_listed(&list.files[2], "å,ä;\"ö\".tar", -1, DIGEST_MD5, 4);
    assert_memory_equal(list.files[0].sum.digest.ptr, "\x2d\x71\x16\x42", 4);
    uint64_t place = 0;
    assert_true(path_map_find(list.paths, S("c  d.zip"), &place));
    assert_int_equal(place, 1);
    import_list_free(&list);
}

static void tables_are_read(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "name,bytes,algorithm,checksum\n\"a, \"\"b\"\".zip\",5,SHA-256," SHA256_OF_X "\n",
        "\xef\xbb\xbf"
        "Checksum;Algorithm;Bytes;Name\r\n" SHA256_OF_X ";sha256;5;\"a, \"\"b\"\".zip\"\r\n",
        "bytes\tname\tchecksum\talgorithm\n5\ta, \"b\".zip\t" SHA256_OF_X "\tSHA-256"};
    for (size_t i = 0; i < COUNT(tables); i++) {
        struct import_list list;
        assert_null(import_list_read(str_from(tables[i]), arena, &list));
        assert_int_equal(list.count, 1);
        assert_listed(&list.files[0], "a, \"b\".zip", 5, DIGEST_SHA256, 2);
        import_list_free(&list);
    }
    struct import_list list;
    assert_null(import_list_read(S(HEAD "v\xe5rd.zip,5,MD5," MD5_OF_X "\n"), arena, &list));
    assert_string_equal(list.files[0].path, "vård.zip");
    import_list_free(&list);
}

static void bad_lists_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        enum err_code code;
        const char *place;
    } bad[] = {
        {S(""), ERR_INVALID, NULL},
        {S(HEAD), ERR_INVALID, NULL},
        {S("nothing\n"), ERR_INVALID, "line 1"},
        {S(SHA256_OF_X " a.zip\n"), ERR_INVALID, "line 1"},
        {S(SHA256_OF_X "\n"), ERR_INVALID, "line 1"},
        {S(SHA256_OF_X "  \n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  .\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  a\n\\" SHA256_OF_X "  b\\nc\n"), ERR_INVALID, "line 2"},
        {S(SHA256_OF_X "  ../a\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  a/..\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  /a\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  a//b\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  a\\b\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  a\x1b[2J\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  a\0b\n"), ERR_UNSAFE, "line 1"},
        {S(SHA256_OF_X "  \xff\n"), ERR_UNSAFE, "line 1"},
        {S("gd711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  a\n"), ERR_INVALID,
         "line 1"},
        {S(SHA256_OF_X "  a\n" SHA256_OF_X "  b\n" MD5_OF_X "  ./a\n"), ERR_INVALID, "line 3"},
        {S(HEAD "a,5,SHA-256\n"), ERR_INVALID, "line 2"},
        {S(HEAD "a,5,SHA-256," SHA256_OF_X ",\n"), ERR_INVALID, "line 2"},
        {S(HEAD "a,-1,SHA-256," SHA256_OF_X "\n"), ERR_INVALID, "line 2"},
        {S(HEAD "a,99999999999999999999,SHA-256," SHA256_OF_X "\n"), ERR_INVALID, "line 2"},
        {S(HEAD "a,5,CRC32,00000000\n"), ERR_INVALID, "line 2"},
        {S(HEAD "a,5,SHA-256," MD5_OF_X "\n"), ERR_INVALID, "line 2"},
        {S(HEAD "\"a,5,SHA-256," SHA256_OF_X "\n"), ERR_INVALID, "line 2"},
        {S(HEAD "\"a\"b,5,SHA-256," SHA256_OF_X "\n"), ERR_INVALID, "line 2"},
        {S(HEAD "\"a\n\",5,SHA-256," SHA256_OF_X "\n"), ERR_INVALID, "line 2"},
        {S("name,bytes,algorithm,name\na,5,SHA-256," SHA256_OF_X "\n"), ERR_INVALID, "line 1"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct import_list list;
        const struct err *e = import_list_read(bad[i].text, arena, &list);
        if (e == NULL || e->code != bad[i].code)
            fail_msg("list %zu: %s", i, e != NULL ? e->detail : "was read");
        if (bad[i].place == NULL)
            assert_null(e->field);
        else
            assert_string_equal(e->field, bad[i].place);
    }
}

static void names_have_a_limit(void **state)
{
    (void)state;
    struct import_list list;
    autobuf struct buf text = buf_new(1 << 16);
    buf_put(&text, S(SHA256_OF_X "  "));
    for (int i = 0; i < IMPORT_PATH_MAX; i++)
        buf_byte(&text, 'a');
    assert_null(import_list_read(buf_str(&text), arena, &list));
    import_list_free(&list);
    buf_byte(&text, 'a');
    const struct err *e = import_list_read(buf_str(&text), arena, &list);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TOO_LARGE);
}

/* --- state
 * ----------------------------------------------------------------------------------------- */

static const struct sender sender = {.system = {.tenant = "region-a", .system = "kurvan"},
                                     .agreement = "A-1"};

/* What is remembered of these two files. */
static struct import_list two_files(const char *second)
{
    struct import_list list;
    struct str text = arena_format(arena, SHA256_OF_X "  a\n%s  b\n", second);
    assert_null(import_list_read(text, arena, &list));
    return list;
}

static int open_state(int where, const struct import_list *list, struct import_fate fates[2])
{
    int file = -1;
    fates[0] = fates[1] = (struct import_fate){0};
    assert_null(import_state_open(where, &sender, list, fates, &file));
    return file;
}

static void fates_are_remembered(void **state)
{
    (void)state;
    autoclose int where = open(folder, O_RDONLY | O_DIRECTORY);
    struct import_list list = two_files(MD5_OF_X);
    struct import_fate fates[2];
    int file = open_state(where, &list, fates);
    assert_int_equal(fates[0].outcome, OUTCOME_NONE);
    struct import_fate fate = {.outcome = OUTCOME_SENT, .delivery = UUID_FROM(S("a"))};
    assert_null(import_state_add(file, &list.files[0], &fate));
    assert_null(import_state_add(file, &list.files[1], &fate));
    fate.outcome = OUTCOME_REJECTED;
    fate.rule = S("CSIP71");
    assert_null(import_state_add(file, &list.files[1], &fate));
    close(file);
    file = open_state(where, &list, fates);
    assert_int_equal(fates[0].outcome, OUTCOME_SENT);
    assert_true(uuid_equal(fates[0].delivery, fate.delivery));
    assert_int_equal(fates[1].outcome, OUTCOME_REJECTED);
    close(file);
    import_list_free(&list);
    /* Another checksum is another file. */
    list = two_files("00000000000000000000000000000000");
    close(open_state(where, &list, fates));
    assert_int_equal(fates[0].outcome, OUTCOME_SENT);
    assert_int_equal(fates[1].outcome, OUTCOME_NONE);
    import_list_free(&list);
}

static void a_torn_line_costs_only_itself(void **state)
{
    (void)state;
    autoclose int where = open(folder, O_RDONLY | O_DIRECTORY);
    struct import_list list = two_files(MD5_OF_X);
    struct import_fate fates[2];
    const struct import_fate fate = {.outcome = OUTCOME_SENT, .delivery = UUID_FROM(S("a"))};
    int file = open_state(where, &list, fates);
    assert_null(import_state_add(file, &list.files[0], &fate));
    off_t length = lseek(file, 0, SEEK_END);
    assert_null(import_state_add(file, &list.files[1], &fate));
    assert_int_equal(ftruncate(file, length + 20), 0);
    close(file);
    file = open_state(where, &list, fates);
    assert_int_equal(fates[0].outcome, OUTCOME_SENT);
    assert_int_equal(fates[1].outcome, OUTCOME_NONE);
    assert_null(import_state_add(file, &list.files[1], &fate));
    close(file);
    close(open_state(where, &list, fates));
    assert_int_equal(fates[1].outcome, OUTCOME_SENT);
    import_list_free(&list);
}

static void one_import_at_a_time(void **state)
{
    (void)state;
    autoclose int where = open(folder, O_RDONLY | O_DIRECTORY);
    struct import_list list = two_files(MD5_OF_X);
    struct import_fate fates[2];
    int other = -1;
    autoclose int file = open_state(where, &list, fates);
    const struct err *e = import_state_open(where, &sender, &list, fates, &other);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CONFLICT);
    import_list_free(&list);
}

/* --- a package's bytes
 * ------------------------------------------------------------------------------------ */

static void open_parcel(struct parcel *parcel, struct str content)
{
    char path[96];
    snprintf(path, sizeof path, "%s/package", folder);
    autoclose int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(file, content.ptr, content.len), content.len);
    autoclose int where = open(folder, O_RDONLY | O_DIRECTORY);
    assert_null(parcel_below(where, "package", parcel));
}

/* However its bytes passed: again, from an earlier place, the rest by itself. */
static void bytes_are_digested_once(void **state)
{
    (void)state;
    autoparcel struct parcel parcel = {0};
    struct sha256 sha256 = {0};
    const struct str content = S("0123456789");
    const struct checksum md5 = {DIGEST_MD5, S("\x78\x1e\x5e\x24\x5d\x69\xb5\x66"
                                               "\x97\x9b\x86\xe2\x8d\x23\xf2\xc7")};
    open_parcel(&parcel, content);
    parcel.wanted = &md5;
    parcel_pass(&parcel, 0, str_slice(content, 0, 4));
    parcel_pass(&parcel, 2, str_slice(content, 2, 6));
    parcel_pass(&parcel, 0, str_slice(content, 0, 3));
    assert_int_equal(parcel.passed, 6);
    assert_null(parcel_read(&parcel, 8));
    assert_null(parcel_read(&parcel, parcel.bytes));
    assert_null(parcel_end(&parcel, &sha256));
    assert_true(sha256_equal(sha256, sha256_of(content)));
}

static void what_is_not_as_told_is_refused(void **state)
{
    (void)state;
    const struct checksum wrong = {DIGEST_MD5, S("0123456789abcdef")};
    struct sha256 sha256 = {0};
    for (int i = 0; i < 3; i++) {
        autoparcel struct parcel parcel = {0};
        open_parcel(&parcel, S("0123456789"));
        parcel.wanted = i == 0 ? &wrong : NULL;
        if (i == 1) { /* shorter before it is read */
            parcel.bytes++;
            const struct err *e = parcel_read(&parcel, parcel.bytes);
            assert_non_null(e);
            assert_int_equal(e->code, ERR_CORRUPT);
            continue;
        }
        assert_null(parcel_read(&parcel, parcel.bytes));
        if (i == 2) /* touched after it was read */
            parcel.changed.tv_sec--;
        const struct err *e = parcel_end(&parcel, &sha256);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_CORRUPT);
    }
}

static void a_package_is_a_file_below(void **state)
{
    (void)state;
    autoclose int where = open(folder, O_RDONLY | O_DIRECTORY);
    struct parcel parcel = {0};
    assert_int_equal(symlinkat("/etc/hostname", where, "link"), 0);
    assert_int_equal(symlinkat("/etc", where, "folder"), 0);
    assert_int_equal(mkfifoat(where, "pipe", 0600), 0);
    static const char *const bad[] = {"link", "folder/hostname", "pipe", ".", "../etc"};
    for (size_t i = 0; i < COUNT(bad); i++)
        if (parcel_below(where, bad[i], &parcel) == NULL)
            fail_msg("%s was opened", bad[i]);
    const struct err *e = parcel_below(where, "none", &parcel);
    assert_int_equal(e->code, ERR_NOT_FOUND);
}

/* --- patience
 * ------------------------------------------------------------------------------------------ */

static void patience_has_an_end(void **state)
{
    (void)state;
    struct patience patience = patience_begin(0);
    const struct err *why = err_new(ERR_STORAGE_FULL, "no room");
    const struct err *e = patience_wait(&patience, why);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TRANSIENT);
    assert_non_null(strstr(e->detail, "no room"));
    patience = patience_begin(60);
    assert_null(patience_wait(&patience, why));
    int64_t until = patience.until;
    assert_null(patience_wait(&patience, why));
    assert_int_equal(patience.until, until); /* counted from the first that failed */
    assert_true(patience.wait_us > patience_begin(60).wait_us);
    patience_renew(&patience);
    assert_int_equal(patience.until, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sums_are_read, begin, end),
        cmocka_unit_test_setup_teardown(tables_are_read, begin, end),
        cmocka_unit_test_setup_teardown(bad_lists_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(names_have_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(fates_are_remembered, begin, end),
        cmocka_unit_test_setup_teardown(a_torn_line_costs_only_itself, begin, end),
        cmocka_unit_test_setup_teardown(one_import_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(bytes_are_digested_once, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_as_told_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_package_is_a_file_below, begin, end),
        cmocka_unit_test_setup_teardown(patience_has_an_end, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
