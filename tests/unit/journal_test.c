/* Does journal.h keep its promise: whole lines, the same everywhere, whatever a crash left? */
#include "base/base.h"
#include "unit.h"
#include "vault/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[] = "/tmp/r7-journal-XXXXXX";
static struct vault vault;
static const struct str tenant = {"region-b", 8};

static bool run(const char *command)
{
    autobuf struct buf line = buf_new(1200);
    buf_format(&line, "cd %s && %s", path, command);
    return system(line.ptr) == 0;
}

static int make_vault(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    if (mkdtemp(path) == NULL || !run("mkdir first second"))
        return 1;
    snprintf(first, sizeof first, "%s/first", path);
    snprintf(second, sizeof second, "%s/second", path);
    return vault_open((const char *const[]){first, second}, 2, &vault) != NULL;
}

static int remove_vault(void **state)
{
    (void)state;
    vault_close(&vault);
    return run("rm -rf first second") && rmdir(path) == 0 ? 0 : 1;
}

static void forget_all(void)
{
    assert_true(run("rm -rf first/* second/*"));
}

/* Appends a line with a number in it and returns its id. */
static struct uuid add(int number)
{
    struct uuid id = uuid_random();
    autobuf struct buf entry = buf_new(1000);
    buf_format(&entry, "{\"kind\":\"hold\",\"number\":%d}", number);
    assert_null(journal_append(&vault, tenant, id, buf_str(&entry)));
    return id;
}

/* The number of lines from the place on; leaves the last id. */
static size_t count(int location, struct journal_place *place, struct uuid *out_last)
{
    size_t lines = 0;
    for (bool more = true;; lines++) {
        autobuf struct buf line = buf_new(JOURNAL_LINE_MAX);
        assert_null(journal_next(location, tenant, place, out_last, &line, &more));
        if (!more)
            return lines;
        assert_true(str_ends(buf_str(&line), S("}}")));
    }
}

static size_t count_all(int location)
{
    struct journal_place place = {0};
    struct uuid last;
    return count(location, &place, &last);
}

static void lines_in_order(void **state)
{
    (void)state;
    struct journal_place place = {0};
    struct uuid last;
    assert_int_equal(count(vault.locations[0], &place, &last), 0);
    struct uuid first = add(1);
    assert_int_equal(count(vault.locations[0], &place, &last), 1);
    assert_true(uuid_equal(first, last));
    add(2);
    struct uuid third = add(3);
    assert_int_equal(count(vault.locations[0], &place, &last), 2); /* from where it was */
    assert_true(uuid_equal(third, last));
    assert_int_equal(count_all(vault.locations[1]), 3);
    assert_true(run("test $(stat -c %a first/journal/region-b/00000000.jsonl) = 600"));
    assert_int_equal(journal_append(&vault, S("Region B"), first, S("{}"))->code, ERR_INVALID);
    forget_all();
}

/* The last line cut at each of its bytes, in either location: no half line is ever read, and the
 * next append mends. */
static void torn_lines(void **state)
{
    (void)state;
    for (size_t l = 0; l < 2; l++) {
        const char *torn = l == 0 ? "first" : "second";
        add(1);
        add(2);
        char name[100];
        struct stat whole;
        snprintf(name, sizeof name, "%s/%s/journal/region-b/00000000.jsonl", path, torn);
        assert_int_equal(stat(name, &whole), 0);
        for (off_t left_out = 1; left_out < whole.st_size / 2; left_out += 7) {
            struct stat before;
            size_t lines = count_all(vault.locations[0]);
            assert_int_equal(stat(name, &before), 0);
            assert_int_equal(truncate(name, before.st_size - left_out), 0);
            assert_int_equal(count_all(vault.locations[l]), lines - 1);
            add(3);
            assert_int_equal(count_all(vault.locations[0]), lines + 1);
            assert_true(run("cmp -s first/journal/region-b/00000000.jsonl "
                            "second/journal/region-b/00000000.jsonl"));
        }
        forget_all();
    }
}

/* Torn in every location: the line was never promised, and is gone. */
static void torn_everywhere(void **state)
{
    (void)state;
    add(1);
    assert_true(run("for f in */journal/region-b/*; do printf '{\"id\":\"' >> $f; done"));
    assert_int_equal(count_all(vault.locations[0]), 1);
    add(2);
    assert_int_equal(count_all(vault.locations[0]), 2);
    assert_int_equal(count_all(vault.locations[1]), 2);
    forget_all();
}

static void lost_and_contradicting(void **state)
{
    (void)state;
    add(1);
    add(2);
    assert_true(run("rm -r second/journal"));
    add(3);
    assert_int_equal(count_all(vault.locations[1]), 3);
    assert_true(run("sed -i 's/hold/bold/' second/journal/region-b/00000000.jsonl"));
    struct err *e = journal_append(&vault, tenant, uuid_random(), S("{}"));
    assert_string_equal(e->rule, "journal_differs");
    assert_true(run("sed -i 's/}}$/}/' first/journal/region-b/00000000.jsonl"));
    struct journal_place place = {0};
    struct uuid id;
    bool more;
    autobuf struct buf line = buf_new(JOURNAL_LINE_MAX);
    assert_int_equal(journal_next(vault.locations[0], tenant, &place, &id, &line, &more)->code,
                     ERR_CORRUPT);
    forget_all();
}

static void long_lines_and_files(void **state)
{
    (void)state;
    autobuf struct buf entry = buf_new(JOURNAL_LINE_MAX + 10);
    buf_put(&entry, S("{\"a\":\""));
    while (entry.len < JOURNAL_LINE_MAX - 100)
        buf_byte(&entry, 'x');
    buf_put(&entry, S("\"}"));
    assert_null(journal_append(&vault, tenant, uuid_random(), buf_str(&entry)));
    add(1);
    assert_int_equal(count_all(vault.locations[1]), 2);
    /* Doubled until no line fits any more. */
    assert_true(
        run("cd first/journal/region-b && for i in 1 2 3 4 5 6 7 8 9 10; do cat *.jsonl > two && "
            "cat two >> "
            "00000000.jsonl; rm two; done; cp 00000000.jsonl ../../../second/journal/region-b/"));
    size_t before = count_all(vault.locations[0]);
    add(2);
    add(3);
    assert_true(run("test -s first/journal/region-b/00000001.jsonl && test -s "
                    "second/journal/region-b/00000001.jsonl"));
    assert_int_equal(count_all(vault.locations[0]), before + 2);
    while (entry.len < JOURNAL_LINE_MAX)
        entry.ptr[entry.len++] = 'x';
    entry.ptr[entry.len - 1] = '}';
    assert_int_equal(journal_append(&vault, tenant, uuid_random(), buf_str(&entry))->code,
                     ERR_TOO_LARGE);
    forget_all();
}

/* Several lines by one append: in their order, each where it says, in the next file when they do
 * not fit. */
static void several_lines(void **state)
{
    (void)state;
    enum { LINES = 3, FILLED = 67000000, LENGTH = 50000 };
    struct journal_entry entries[LINES];
    autobuf struct buf entry = buf_new(JOURNAL_LINE_MAX);
    buf_put(&entry, S("{\"a\":\""));
    while (entry.len < LENGTH)
        buf_byte(&entry, 'x');
    buf_put(&entry, S("\"}"));
    for (size_t i = 0; i < LINES; i++)
        entries[i] = (struct journal_entry){.id = uuid_random(), .entry = buf_str(&entry)};
    add(1);
    assert_true(run("for f in */journal/region-b/00000000.jsonl; do truncate -s 67000000 $f && "
                    "echo >> $f; done"));
    assert_null(journal_append_all(&vault, tenant, entries, LINES));
    assert_true(entries[0].place.file == 0 && entries[0].place.offset == FILLED + 1);
    assert_true(entries[1].place.file == 0 && entries[1].place.offset > FILLED + LENGTH);
    assert_true(entries[2].place.file == 1 && entries[2].place.offset == 0);
    for (size_t i = 0; i < LINES * vault.count; i++) {
        struct journal_place place = entries[i % LINES].place;
        autobuf struct buf line = buf_new(JOURNAL_LINE_MAX);
        struct uuid id;
        bool more = false;
        assert_null(journal_next(vault.locations[i / LINES], tenant, &place, &id, &line, &more));
        assert_true(more && uuid_equal(id, entries[i % LINES].id));
    }
    forget_all();
}

/* The end is where reading ends, in every location, whatever a crash left. */
static void ends(void **state)
{
    (void)state;
    struct journal_place end = {9, 9};
    assert_null(journal_end(&vault, tenant, &end));
    assert_true(end.file == 0 && end.offset == 0);
    add(1);
    add(2);
    assert_true(run("printf '{\"id\":\"' >> first/journal/region-b/00000000.jsonl;"
                    "sed -i '$d' second/journal/region-b/00000000.jsonl"));
    assert_null(journal_end(&vault, tenant, &end));
    for (size_t l = 0; l < 2; l++) {
        struct journal_place place = {0};
        struct uuid last;
        assert_int_equal(count(vault.locations[l], &place, &last), 2);
        assert_true(place.file == end.file && place.offset == end.offset);
    }
    assert_true(run("sed -i 's/hold/bold/' second/journal/region-b/00000000.jsonl"));
    assert_string_equal(journal_end(&vault, tenant, &end)->rule, "journal_differs");
    forget_all();
}

static void many_writers(void **state)
{
    (void)state;
    enum { WRITERS = 4, LINES = 10 };
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0) {
            struct vault own;
            char first[64];
            char second[64];
            snprintf(first, sizeof first, "%s/first", path);
            snprintf(second, sizeof second, "%s/second", path);
            struct err *e = vault_open((const char *const[]){first, second}, 2, &own);
            for (int n = 0; n < LINES && e == NULL; n++)
                e = journal_append(&own, tenant, uuid_random(), S("{\"kind\":\"accepted\"}"));
            _exit(e == NULL ? 0 : 1);
        }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        wait(&status);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(count_all(vault.locations[0]), WRITERS * LINES);
    assert_true(
        run("cmp -s first/journal/region-b/00000000.jsonl second/journal/region-b/00000000.jsonl"));
    forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_in_order),
        cmocka_unit_test(torn_lines),
        cmocka_unit_test(torn_everywhere),
        cmocka_unit_test(lost_and_contradicting),
        cmocka_unit_test(long_lines_and_files),
        cmocka_unit_test(several_lines),
        cmocka_unit_test(ends),
        cmocka_unit_test(many_writers),
    };
    return cmocka_run_group_tests(tests, make_vault, remove_vault);
}
