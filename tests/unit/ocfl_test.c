/* Does ocfl.h keep its promise: valid roots, the same result after a crash at any step, and an
 * alarm when an object differs? Also staging.h. */
#undef _FORTIFY_SOURCE /* this file stands in front of libc's calls, below */
#include "base/base.h"
#include "unit.h"
#include "vault/ocfl.h"
#include "vault/staging.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a process that dies at the n-th change of the file system
 * -------------------------------------- */

static long calls_left = -1; /* -1: lives on */

static bool dies_now(void)
{
    return calls_left >= 0 && calls_left-- == 0;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define OR_DIE(name, ...)                                                                          \
    do {                                                                                           \
        if (dies_now())                                                                            \
            _exit(9);                                                                              \
        return REAL(name)(__VA_ARGS__);                                                            \
    } while (0)

static bool refuse_direct;

/* openat2(2), which libc calls by its number only. */
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
    return REAL(syscall)(number, folder, name, how, size);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    OR_DIE(mkdirat, folder, name, mode);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    OR_DIE(linkat, from, old, to, new, flags);
}

int unlinkat(int folder, const char *name, int flags)
{
    OR_DIE(unlinkat, folder, name, flags);
}

int renameat(int from, const char *old, int to, const char *new)
{
    OR_DIE(renameat, from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    OR_DIE(renameat2, from, old, to, new, flags);
}

int syncfs(int folder)
{
    OR_DIE(syncfs, folder);
}

int fsync(int file)
{
    OR_DIE(fsync, file);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    if (dies_now()) {
        REAL(write)(file, bytes, length / 2); /* torn */
        _exit(9);
    }
    return REAL(write)(file, bytes, length);
}

/* --- two locations and a staged package
 * ------------------------------------------------------------- */

static char path[] = "/tmp/r7-ocfl-XXXXXX";
static char *validator; /* tests/tools/ocfl_validate.py, by its whole path */
static struct vault vault;
static const struct str tenant = {"region-a", 8};
static struct uuid package;
static struct age_identity identity;

enum { DELIVERED = 3, AIP = 1 };
static struct segment delivered[DELIVERED];
static struct segment aip[AIP];
static struct ocfl_part parts[2]; /* of `object`: delivered, aip */
static struct ocfl_object object;

static bool run(const char *format, ...)
{
    char command[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    autobuf struct buf line = buf_new(1200);
    buf_format(&line, "cd %s && { %s; }", path, command);
    return system(line.ptr) == 0;
}

/* One sealed segment with `index`, as if it were cut from a larger package. */
static void stage(struct uuid staging, uint32_t index, size_t bytes, struct segment *out)
{
    autoclose int folder = -1;
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    struct age_recipient recipient = age_identity_recipient(&identity);
    struct file_key key;
    struct segment_total total;
    static char content[100000];
    file_key_random(&key);
    assert_null(age_header_write(&recipient, 1, &key, &header));
    struct segment_key with = {uuid_random(), &key, buf_str(&header)};
    assert_null(staging_open(vault.locations[0], tenant, staging, true, &folder));
    struct segment_writer *writer = segment_writer_new(folder, &with, 1, out);
    assert_null(segment_writer_add(writer, (struct str){content, bytes}));
    assert_null(segment_writer_end(writer, &total));
    segment_writer_free(writer);
    out->index = index;
}

static int make_vault(void **state)
{
    (void)state;
    age_identity_random(&identity);
    validator = realpath("tests/tools/ocfl_validate.py", NULL);
    if (validator == NULL || mkdtemp(path) == NULL || !run("mkdir first second"))
        return 1;
    char first[64];
    char second[64];
    snprintf(first, sizeof first, "%s/first", path);
    snprintf(second, sizeof second, "%s/second", path);
    return vault_open((const char *const[]){first, second}, 2, &vault) != NULL;
}

static int remove_vault(void **state)
{
    (void)state;
    vault_close(&vault);
    free(validator);
    return run("rm -rf -- first second *.tree") && rmdir(path) == 0 ? 0 : 1;
}

static struct ocfl_object new_object(void)
{
    struct uuid upload = uuid_random();
    struct uuid sealed = uuid_random();
    package = uuid_random();
    for (uint32_t i = 0; i < DELIVERED; i++)
        stage(upload, i, 70000 + i, &delivered[i]);
    stage(sealed, 0, 5000, &aip[0]);
    parts[0] = (struct ocfl_part){OCFL_DELIVERED, upload, delivered, DELIVERED, false};
    parts[1] = (struct ocfl_part){OCFL_AIP, sealed, aip, AIP, false};
    struct ocfl_object made = {.tenant = tenant,
                               .package = package,
                               .parts = parts,
                               .part_count = COUNT(parts),
                               .note = {.message = S("received by \"preservation\"\n\\ å"),
                                        .user_name = S("R7e preservation"),
                                        .user_address = S("urn:r7e:preservation")}};
    assert_true(instant_parse(S("2026-01-31T12:00:00.25Z"), &made.note.created));
    return made;
}

static void forget_all(void)
{
    assert_true(run("rm -rf first/* second/*"));
}

/* Every folder, name and byte of the roots, and every name in staging: one text per state of the
 * vault. */
static void snapshot(const char *name)
{
    assert_true(
        run("{ find first second -mindepth 1 | sort; find */ocfl -type f -print0 | sort -z | "
            "xargs -0 sha256sum; } > %s.tree",
            name));
}

/* Both roots, judged by ocfl-py. */
static void validate(void)
{
    if (!run("${OCFL_PYTHON:-python3} -c 'import ocfl' 2>/dev/null")) {
        print_message("left out: no ocfl-py (PyPI) to judge the storage roots; OCFL_PYTHON names "
                      "its python\n");
        return;
    }
    assert_true(run(
        "${OCFL_PYTHON:-python3} %s first/ocfl/region-a second/ocfl/region-a > said.tree 2>&1 || "
        "{ cat said.tree; false; }",
        validator));
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

static void crash_anywhere(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    assert_true(run("cp -a first kept.tree"));
    assert_null(ocfl_store(&vault, &object, 1, &how));
    snapshot("due");
    int crashes = 0;
    for (int died = 1; died != 0; crashes += died) {
        assert_true(run("rm -rf first/* second/* && cp -a kept.tree/. first/"));
        pid_t child = fork();
        if (child == 0) {
            calls_left = crashes;
            _exit(ocfl_store(&vault, &object, 1, &how) == NULL ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        died = WEXITSTATUS(status) == 9;
        assert_true(WIFEXITED(status) && (died || WEXITSTATUS(status) == 0));
        assert_null(ocfl_store(&vault, &object, 1, &how));
        /* A root that was being made leaves its own staging folder for the sweeper. */
        struct uuids left;
        autoarena struct arena *arena = arena_new(10000);
        for (size_t l = 0; l < 2; l++) {
            assert_null(staging_list(vault.locations[l], tenant, arena, &left));
            for (size_t i = 0; i < left.count; i++)
                if (!uuid_equal(left.at[i], parts[0].staging) &&
                    !uuid_equal(left.at[i], parts[1].staging))
                    assert_null(staging_destroy(vault.locations[l], tenant, left.at[i]));
        }
        snapshot("seen");
        assert_true(run("cmp due.tree seen.tree"));
    }
    print_message("died %d times, always the same in the end\n", crashes);
    assert_true(crashes > 80);
    validate();
    assert_true(run("rm -rf kept.tree"));
    forget_all();
}

static void forget_staged(void)
{
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_null(staging_destroy(vault.locations[0], tenant, parts[i].staging));
}

/* Removed after a death at any step: nothing is left but the roots, and its neighbour as it was. */
static void removed_anywhere(void **state)
{
    (void)state;
    enum read_back how;
    struct ocfl_object neighbour = new_object();
    assert_null(ocfl_store(&vault, &neighbour, 1, &how));
    forget_staged();
    assert_null(ocfl_remove(&vault, tenant, uuid_random())); /* of nothing: fine */
    snapshot("due");
    object = new_object();
    assert_null(ocfl_store(&vault, &object, 1, &how));
    forget_staged();
    assert_true(run("mkdir kept.tree && cp -a first second kept.tree/"));
    int crashes = 0;
    for (int died = 1; died != 0; crashes += died) {
        assert_true(run("rm -rf first/* second/* && cp -a kept.tree/first/. first/ && "
                        "cp -a kept.tree/second/. second/"));
        pid_t child = fork();
        if (child == 0) {
            calls_left = crashes;
            _exit(ocfl_remove(&vault, tenant, object.package) == NULL ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        died = WEXITSTATUS(status) == 9;
        assert_true(WIFEXITED(status) && (died || WEXITSTATUS(status) == 0));
        /* A root never shows half an object. */
        assert_true(run("test $(find */ocfl -mindepth 5 -maxdepth 5 -type d | wc -l) = "
                        "$(find */ocfl -name 0=ocfl_object_1.1 | wc -l)"));
        assert_null(ocfl_remove(&vault, tenant, object.package));
        snapshot("seen");
        assert_true(run("cmp due.tree seen.tree"));
    }
    print_message("died %d times, always gone in the end\n", crashes);
    assert_true(crashes > 30);
    validate();
    assert_true(run("rm -rf kept.tree"));
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

/* A build that is done again with an AIP part sealed anew leaves nothing of the first. */
static void sealed_again(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    pid_t child = fork();
    if (child == 0) {
        calls_left = 30;
        _exit(ocfl_store(&vault, &object, 1, &how) == NULL ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 9);
    stage(parts[1].staging, 0, 6000, &aip[0]);
    assert_null(ocfl_store(&vault, &object, 1, &how));
    assert_true(run("test $(find first/ocfl -path '*r7e-headers*' -type f | wc -l) = 4"));
    validate();
    forget_all();
}

/* A run of the delivered segments, placed as one unit of work does it. */
static struct err *place_run(size_t first, size_t count)
{
    enum read_back how;
    const struct ocfl_part run_of = {OCFL_DELIVERED, parts[0].staging, delivered + first, count,
                                     false};
    struct ocfl_object with = object;
    with.parts = &run_of;
    with.part_count = 1;
    return ocfl_place(&vault, &with, &how);
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

/* Dies at each step of placing the last run and closing; done again by others, the object is the
 * same. */
static void crash_in_runs(void **state)
{
    (void)state;
    enum read_back how;
    object = new_object();
    assert_null(place_run(0, 1));
    parts[0].placed = true;
    assert_true(run("rm -rf kept.tree && mkdir kept.tree && cp -a first second kept.tree/"));
    assert_null(place_run(1, 2));
    assert_null(ocfl_store(&vault, &object, 1, &how));
    snapshot("due");
    int crashes = 0;
    for (int died = 1; died != 0; crashes += died) {
        assert_true(run("rm -rf first/* second/* && cp -a kept.tree/first/. first/ && "
                        "cp -a kept.tree/second/. second/"));
        pid_t child = fork();
        if (child == 0) {
            calls_left = crashes;
            struct err *e = place_run(1, 2);
            _exit(e == NULL && ocfl_store(&vault, &object, 1, &how) == NULL ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        died = WEXITSTATUS(status) == 9;
        assert_true(WIFEXITED(status) && (died || WEXITSTATUS(status) == 0));
        assert_null(place_run(1, 2));
        assert_null(ocfl_store(&vault, &object, 1, &how));
        struct uuids left;
        autoarena struct arena *arena = arena_new(10000);
        for (size_t l = 0; l < 2; l++) {
            assert_null(staging_list(vault.locations[l], tenant, arena, &left));
            for (size_t i = 0; i < left.count; i++)
                if (!uuid_equal(left.at[i], parts[0].staging) &&
                    !uuid_equal(left.at[i], parts[1].staging))
                    assert_null(staging_destroy(vault.locations[l], tenant, left.at[i]));
        }
        snapshot("seen");
        assert_true(run("cmp due.tree seen.tree"));
    }
    assert_true(crashes > 40);
    validate();
    assert_true(run("rm -rf kept.tree"));
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

static void staging_destroyed(void **state)
{
    (void)state;
    object = new_object();
    struct uuid id = parts[0].staging;
    assert_null(place_run(0, 3));
    assert_true(
        run("cp -a first kept.tree && ln -s /etc/passwd kept.tree/staging/region-a/%s/link.header",
            uuid_text(id).text));
    int crashes = 0;
    for (int died = 1; died != 0; crashes += died) {
        assert_true(run("rm -rf first/* && cp -a kept.tree/. first/"));
        pid_t child = fork();
        if (child == 0) {
            calls_left = crashes;
            _exit(staging_destroy(vault.locations[0], tenant, id) == NULL &&
                          staging_destroy(vault.locations[0], tenant, package) == NULL
                      ? 0
                      : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        died = WEXITSTATUS(status) == 9;
        assert_true(WIFEXITED(status) && (died || WEXITSTATUS(status) == 0));
        assert_null(staging_destroy(vault.locations[0], tenant, id));
        assert_null(staging_destroy(vault.locations[0], tenant, package));
        assert_true(run("test $(ls first/staging/region-a | wc -l) = 1"));
    }
    assert_true(crashes > 20);
    assert_true(run("rm -rf kept.tree"));
    int folder;
    assert_int_equal(staging_open(vault.locations[0], tenant, id, false, &folder)->code,
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
        cmocka_unit_test(stored_and_read),
        cmocka_unit_test(many_objects),
        cmocka_unit_test(removed_anywhere),
        cmocka_unit_test(kept_apart),
        cmocka_unit_test(crash_anywhere),
        cmocka_unit_test(sealed_again),
        cmocka_unit_test(placed_in_runs),
        cmocka_unit_test(crash_in_runs),
        cmocka_unit_test(held),
        cmocka_unit_test(alarms),
        cmocka_unit_test(later_version),
        cmocka_unit_test(staging_destroyed),
        cmocka_unit_test(without_direct_reads),
        cmocka_unit_test(own_staging),
    };
    return cmocka_run_group_tests(tests, make_vault, remove_vault);
}
