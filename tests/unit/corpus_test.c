/* The official E-ARK test corpus, rule by rule: an `invalid` line needs its requirement with its
 * severity, a `valid` line must not have it as ERROR or WARNING. Lines whose package is not what
 * they say are left out (disputed.tsv). */
#include "base/base.h"
#include "services/cli/folder.h"
#include "unit.h"
#include "validate/judge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CORPUS   "../shared/eark-corpus"
#define DISPUTED "../shared/peers/eark/disputed.tsv"
#define PACKAGE  "schemas/xsd/eark/package.xsd"

enum { FILE_MAX = 64 << 20 };

static struct xml_schema *schema;

/* Finds our ../shared from the worktree, wherever the test was started in it. */
static bool have_corpus(void)
{
    return access(CORPUS "/expected.tsv", R_OK) == 0;
}

static struct str read_file(const char *path, struct arena *arena)
{
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0 || about.st_size > FILE_MAX)
        return (struct str){0};
    char *bytes = arena_alloc(arena, (size_t)about.st_size + 1, 1);
    size_t done = 0;
    ssize_t got = 0;
    while (done < (size_t)about.st_size &&
           (got = read(file, bytes + done, (size_t)about.st_size - done)) > 0)
        done += (size_t)got;
    return (struct str){bytes, done};
}

static struct err *judge_path(struct judging *j, const char *path)
{
    autofolder struct folder *folder = NULL;
    struct stat about;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0 && fstat(file, &about) == 0);
    const struct source source = source_from_file(&file, (uint64_t)about.st_size);
    if (S_ISREG(about.st_mode))
        return judge_container(j, &source);
    TRY(folder_open(path, j->folder, &folder));
    return judge_listed(j, folder_source(folder), CONTAINER_TAR, folder_listing(folder));
}

/* The findings of the package, folder or ZIP, as r7 validate has them. */
static struct findings *judge(const char *path)
{
    autoarena struct arena *arena = arena_new(64 << 20);
    autoclose int scratch = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct judging j = {.schema = schema,
                        .now = clock_now(),
                        .folder = scratch,
                        .arena = arena,
                        .findings = findings_new()};
    assert_null(judge_path(&j, path));
    assert_null(j.refusal);
    return j.findings;
}

/* --- the table
 * ------------------------------------------------------------------------------------------- */

struct line {
    struct str requirement;
    struct str rule;
    struct str level;
    bool valid;
    struct str ip_root;
};

static bool read_line(struct str *rest, struct line *out)
{
    struct str row;
    while (str_cut(rest, '\n', &row)) {
        struct str cell[9];
        size_t count = 0;
        while (count < COUNT(cell) && str_cut(&row, '\t', &cell[count]))
            count++;
        if (count < COUNT(cell) || !str_equal(cell[6], S("TRUE")))
            continue;
        *out = (struct line){cell[0], cell[3], cell[4], str_equal(cell[5], S("valid")), cell[8]};
        return true;
    }
    return false;
}

static bool is_disputed(struct str disputed, const struct line *line, struct arena *arena)
{
    struct str start = arena_format(arena, "%.*s\t%.*s\t%s\t%.*s\t", STR_ARG(line->requirement),
                                    STR_ARG(line->rule), line->valid ? "valid" : "invalid",
                                    STR_ARG(line->ip_root));
    struct str row;
    while (str_cut(&disputed, '\n', &row))
        if (str_starts(row, start))
            return true;
    return false;
}

static bool is_ours(struct str requirement)
{
    for (size_t i = 0; i < rule_count; i++)
        if (str_equal(requirement, str_from(requirement_name(rules[i].requirement))))
            return true;
    return false;
}

static bool is_right(const struct line *line, const struct findings *findings)
{
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = kept[i].rule;
        if (!str_equal(line->requirement, str_from(requirement_name(rule->requirement))))
            continue;
        if (line->valid && rule->level != LEVEL_INFO)
            return false;
        if (!line->valid && str_equal(line->level, str_from(level_name(rule->level))))
            return true;
    }
    return line->valid;
}

static void every_line(void **state)
{
    (void)state;
    if (!have_corpus()) {
        print_message("left out: " CORPUS " is not here\n");
        return;
    }
    assert_null(xml_schema_open(PACKAGE, &schema));
    autoarena struct arena *arena = arena_new(64 << 20);
    struct str rest = read_file(CORPUS "/expected.tsv", arena);
    struct str disputed = read_file(DISPUTED, arena);
    size_t right = 0;
    size_t wrong = 0;
    size_t left_out = 0;
    struct line line;
    while (read_line(&rest, &line)) {
        autofindings struct findings *findings =
            judge(arena_format(arena, CORPUS "/%.*s", STR_ARG(line.ip_root)).ptr);
        bool ok = is_right(&line, findings);
        if (is_disputed(disputed, &line, arena)) {
            left_out++;
            continue;
        }
        right += ok;
        wrong += !ok;
        if (!ok)
            print_message("corpus: wrong%s: %.*s rule %.*s %.*s %s %.*s\n",
                          is_ours(line.requirement) ? "" : " (no rule)", STR_ARG(line.requirement),
                          STR_ARG(line.rule), STR_ARG(line.level), line.valid ? "valid" : "invalid",
                          STR_ARG(line.ip_root));
        err_reset();
    }
    print_message("corpus: %zu lines right, %zu wrong, %zu disputed\n", right, wrong, left_out);
    xml_schema_close(schema);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_line)};
    int failed = cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
    err_reset();
    return failed;
}
