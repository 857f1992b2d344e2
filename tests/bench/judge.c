/* The validator in one process, as the programs beside it are measured.
 *
 *   judge all CORPUS LIST OUT ROUNDS   every package that LIST names, below CORPUS, ROUNDS times
 *   judge mets METS                    the rules of a METS file alone, without its package
 *
 * `all` writes OUT/NAME.json for each ('/' in its name as "__"): {"findings": [{"id",
 * "severity"}]}, and prints a line for each round. `mets` prints how many rules are broken, of each
 * level. */
#include "validate/judge.h"
#include "base/base.h"
#include "services/cli/folder.h"
#include "text/mets.h"
#include "validate/mets_rules.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "schemas/xsd/eark/package.xsd"

enum { LINE = 4096, MEMORY = 256 * 1024 * 1024 };

static struct xml_schema *schema;

/* --- packages
 * -------------------------------------------------------------------------------------------- */

static struct err *write_findings(const struct findings *findings, const char *path)
{
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return err_errno(ERR_STORAGE, "could not write \"%s\"", path);
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    fputs("{\"findings\": [", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s{\"id\": \"%s\", \"severity\": \"%s\"}", i > 0 ? ", " : "",
                requirement_name(kept[i].rule->requirement), level_name(kept[i].rule->level));
    fputs("]}\n", out);
    return fclose(out) == 0 ? NULL : err_errno(ERR_STORAGE, "could not write \"%s\"", path);
}

static struct err *judge_path(struct judging *j, const char *path)
{
    struct stat about;
    autofolder struct folder *folder = NULL;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(ERR_NOT_FOUND, "could not open \"%s\"", path);
    const struct source source = source_from_file(&file, (uint64_t)about.st_size);
    if (!S_ISDIR(about.st_mode))
        return judge_container(j, &source);
    TRY(folder_open(path, j->folder, &folder));
    return judge_listed(j, folder_source(folder), CONTAINER_TAR, folder_listing(folder));
}

static struct err *judge_one(const char *corpus, const char *name, const char *out)
{
    autoarena struct arena *arena = arena_new(MEMORY);
    autofindings struct findings *findings = findings_new();
    autoclose int scratch = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct judging j = {.schema = schema,
                        .now = clock_now(),
                        .folder = scratch,
                        .arena = arena,
                        .findings = findings};
    autobuf struct buf file = buf_new(LINE);
    TRY(judge_path(&j, arena_format(arena, "%s/%s", corpus, name).ptr));
    for (const char *c = name; *c != '\0'; c++)
        buf_put(&file, *c == '/' ? S("__") : (struct str){c, 1});
    return write_findings(findings,
                          arena_format(arena, "%s/%.*s.json", out, STR_ARG(buf_str(&file))).ptr);
}

static double processor_seconds(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* How many were judged; a failure is told and counted. */
static int judge_round(const char *corpus, FILE *list, const char *out, int *failed)
{
    char name[LINE];
    int count = 0;
    rewind(list);
    while (fgets(name, sizeof name, list) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        struct err *e = judge_one(corpus, name, out);
        if (e != NULL)
            fprintf(stderr, "judge: %s: %s\n", name, e->detail);
        *failed += e != NULL;
        count++;
        err_reset();
    }
    return count;
}

static int judge_all(const char *corpus, const char *names, const char *out, int rounds)
{
    FILE *list = fopen(names, "re");
    int failed = 0;
    if (list == NULL)
        return 1;
    for (int round = 1; round <= rounds; round++) {
        failed = 0;
        int64_t start = clock_monotonic_us();
        double processor = processor_seconds();
        int count = judge_round(corpus, list, out, &failed);
        double ms = (double)(clock_monotonic_us() - start) / 1e3;
        printf("round %d: %d packages, %d crashes, %.2f ms each, %.2f ms CPU each\n", round, count,
               failed, ms / count, 1e3 * (processor_seconds() - processor) / count);
    }
    fclose(list);
    return failed > 0;
}

/* --- a METS file
 * ----------------------------------------------------------------------------------------- */

static struct err *read_file(void *state, void *out, size_t capacity, size_t *out_length)
{
    ssize_t got = read(*(const int *)state, out, capacity);
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read METS");
    *out_length = (size_t)got;
    return NULL;
}

static struct err *judge_events(struct mets *document, struct findings *findings)
{
    const struct mets_rules_about about = {.mets = S("METS.xml"), .now = clock_now()};
    struct mets_rules *judging = mets_rules_new(&about, findings);
    struct mets_event event = {0};
    struct err *e = NULL;
    do {
        e = mets_next(document, &event);
        if (e == NULL)
            mets_rules_see(judging, &event);
    } while (e == NULL && event.node != NULL);
    findings_add_problems(findings, S("METS.xml"), document);
    mets_rules_free(judging);
    return e;
}

static int judge_mets(const char *path)
{
    autofindings struct findings *findings = findings_new();
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    automets struct mets *document = mets_open((struct xml_input){read_file, &file}, schema);
    struct err *e = judge_events(document, findings);
    if (e != NULL)
        fprintf(stderr, "judge: %s\n", e->detail);
    for (enum level level = 0; level < LEVELS; level++)
        printf("%s %llu\n", level_name(level), (unsigned long long)findings_count(findings, level));
    return e != NULL;
}

int main(int argc, char **argv)
{
    bool all = argc == 6 && strcmp(argv[1], "all") == 0;
    int64_t rounds = 0;
    if (!all && (argc != 3 || strcmp(argv[1], "mets") != 0)) {
        fputs("usage: judge all CORPUS LIST OUT ROUNDS | judge mets METS\n", stderr);
        return 2;
    }
    if (all && !str_to_i64(str_from(argv[5]), 1, 1000, &rounds))
        return 2;
    struct err *e = xml_schema_open(SCHEMA, &schema);
    if (e != NULL) {
        fprintf(stderr, "judge: %s\n", e->detail);
        return 1;
    }
    int failed = all ? judge_all(argv[2], argv[3], argv[4], (int)rounds) : judge_mets(argv[2]);
    xml_schema_close(schema);
    return failed;
}
