/* Is a folder read as one source, file behind file, and does what changes meanwhile end the reading
 * instead of giving other bytes? */
#include "base/base.h"
#include "services/cli/folder.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char path[64];
    int scratch;
};

static void write_file(const struct place *p, const char *name, const char *content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", p->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(0, fclose(file));
}

static int set_up(void **state)
{
    struct place *p = must_calloc(1, sizeof *p);
    char folder[128];
    snprintf(p->path, sizeof p->path, "/tmp/folder-test-XXXXXX");
    assert_non_null(mkdtemp(p->path));
    p->scratch = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(folder, sizeof folder, "%s/b", p->path);
    assert_int_equal(0, mkdir(folder, 0700));
    write_file(p, "a", "first");
    write_file(p, "b/empty", "");
    write_file(p, "b/second", "second");
    write_file(p, "c", "third");
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"a", "b/empty", "b/second", "c", "d", "b"};
    struct place *p = *state;
    char path[128];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", p->path, names[i]);
        (void)remove(path);
    }
    assert_int_equal(0, rmdir(p->path));
    close(p->scratch);
    free(p);
    err_reset();
    return 0;
}

static void one_source(void **state)
{
    const struct place *p = *state;
    autofolder struct folder *folder = NULL;
    char bytes[17] = "";
    assert_null(folder_open(p->path, p->scratch, &folder));
    assert_int_equal(16, folder_source(folder)->size);
    assert_null(source_read(folder_source(folder), 0, bytes, 16));
    assert_string_equal("firstsecondthird", bytes);
    for (size_t from = 0; from < 16; from++)
        for (size_t length = 1; from + length <= 16; length++) {
            assert_null(source_read(folder_source(folder), from, bytes, length));
            assert_memory_equal(&"firstsecondthird"[from], bytes, length);
        }
}

static void a_changed_file_is_told(void **state)
{
    const struct place *p = *state;
    autofolder struct folder *folder = NULL;
    char bytes[16];
    char path[128];
    assert_null(folder_open(p->path, p->scratch, &folder));
    write_file(p, "b/second", "longer than it was");
    const struct err *e = source_read(folder_source(folder), 5, bytes, 6);
    assert_non_null(e);
    assert_int_equal(ERR_STORAGE, e->code);
    assert_null(e->rule); /* no fault of the package */
    snprintf(path, sizeof path, "%s/c", p->path);
    assert_int_equal(0, unlink(path));
    assert_int_equal(0, symlink("/etc/passwd", path));
    e = source_read(folder_source(folder), 11, bytes, 5);
    assert_non_null(e);
    assert_null(source_read(folder_source(folder), 0, bytes, 5)); /* the others can be read */
}

static void a_link_is_refused(void **state)
{
    const struct place *p = *state;
    autofolder struct folder *folder = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/d", p->path);
    assert_int_equal(0, symlink("a", path));
    const struct err *e = folder_open(p->path, p->scratch, &folder);
    assert_non_null(e);
    assert_string_equal("container_link", e->rule);
    assert_non_null(strstr(e->field, "/d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_file_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_refused, set_up, tear_down)};
    return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
