/* The official E-ARK test corpus, rule by rule: an `invalid` line needs its requirement with its
 * severity, a `valid` line must not have it as ERROR or WARNING. Lines whose package is not what
 * they say are left out (disputed.tsv). */
#include "base/base.h"
#include "base/digest.h"
#include "unit.h"
#include "validate/fixity.h"
#include "validate/mets_rules.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CORPUS   "../shared/eark-corpus"
#define DISPUTED "../shared/peers/eark/disputed.tsv"
#define PACKAGE  "schemas/xsd/eark/package.xsd"

enum { FILE_MAX = 64 << 20, PATH_SIZE = 4096, PATHS = 4096 };

static struct xml_schema *schema;

struct package {
    const char *folder; /* of the package on disk */
    struct str name;
    struct shape *shape;
    struct str paths[PATHS]; /* of its files */
    bool listed[PATHS];
    size_t count;
    struct findings *findings;
    struct arena *arena;
};

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

static void see_folder(struct package *p, struct str inside)
{
    const char *path = arena_format(p->arena, "%s/%.*s", p->folder, STR_ARG(inside)).ptr;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        struct str child = arena_format(p->arena, "%.*s%s%s", STR_ARG(inside),
                                        inside.len > 0 ? "/" : "", entry->d_name);
        bool is_folder = entry->d_type == DT_DIR;
        shape_see(p->shape, arena_format(p->arena, "%.*s/%.*s", STR_ARG(p->name), STR_ARG(child)),
                  is_folder);
        if (is_folder)
            see_folder(p, child);
        else if (p->count < PATHS)
            p->paths[p->count++] = child;
    }
    closedir(folder);
}

static size_t find_path(const struct package *p, struct str path, bool folded)
{
    for (size_t i = 0; i < p->count; i++)
        if (folded ? str_equal_nocase(p->paths[i], path) : str_equal(p->paths[i], path))
            return i;
    return p->count;
}

static void compare_file(struct package *p, const struct listed_file *listed,
                         const struct mets_reference *r, size_t at)
{
    autoarena struct arena *arena = arena_new(FILE_MAX + (1 << 20));
    p->listed[at] = true;
    struct str bytes =
        read_file(arena_format(arena, "%s/%.*s", p->folder, STR_ARG(p->paths[at])).ptr, arena);
    uint64_t size = 0;
    if (str_to_u64(r->size, UINT64_MAX, &size) && size != bytes.len)
        fixity_size(p->findings, listed, r->size, bytes.len);
    enum digest_algorithm algorithm = DIGEST_MD5;
    if (r->checksum.len == 0 || r->checksum_type.len == 0)
        return;
    if (!digest_algorithm_parse(r->checksum_type, &algorithm))
        return fixity_unsupported(p->findings, listed, r->checksum_type);
    struct digests *digests = digests_new(1U << algorithm);
    digests_add(digests, bytes);
    digests_end(digests);
    autobuf struct buf hex = buf_new(2 * DIGEST_LARGEST);
    struct str digest = digests_get(digests, algorithm);
    buf_hex(&hex, (const uint8_t *)digest.ptr, digest.len);
    if (!str_equal_nocase(buf_str(&hex), r->checksum))
        fixity_checksum(p->findings, listed, r->checksum, buf_str(&hex));
    digests_free(digests);
}

static void follow(struct package *p, struct str mets, const struct mets_reference *r)
{
    struct str path = {0};
    if (r->href.len == 0)
        return;
    enum href_fault fault = href_resolve(r->href, mets, p->arena, &path);
    struct listed_file listed = {r->element, mets, r->line, r->id,
                                 fault == HREF_OK ? path : r->href};
    size_t at = fault == HREF_OK ? find_path(p, path, false) : p->count;
    if (at < p->count)
        return compare_file(p, &listed, r, at);
    struct href_guess guesses[HREF_GUESSES];
    size_t count = href_guess(r->href, mets, p->arena, guesses);
    for (int folded = 0; folded < 2; folded++)
        for (size_t i = 0; i < count; i++) {
            at = find_path(p, guesses[i].path, folded == 1);
            if (at == p->count)
                continue;
            struct href_guess there = {p->paths[at], folded == 1 ? HREF_CASE : guesses[i].fault};
            fixity_misspelt(p->findings, &listed, &there);
            return compare_file(p, &listed, r, at);
        }
    fixity_missing(p->findings, &listed, fault);
}

static void judge_mets(struct package *p, struct str path, bool representation)
{
    struct str bytes =
        read_file(arena_format(p->arena, "%s/%.*s", p->folder, STR_ARG(path)).ptr, p->arena);
    if (bytes.ptr == NULL)
        return;
    automets struct mets *document = mets_open_str(bytes, schema);
    struct mets_rules_about about = {path, representation, p->shape, clock_now()};
    struct mets_rules *judging = mets_rules_new(&about, p->findings);
    struct mets_event event = {0};
    struct err *refusal = NULL;
    do {
        refusal = mets_next(document, &event);
        struct mets_reference r = {0};
        if (refusal != NULL)
            break;
        mets_rules_see(judging, &event);
        if (mets_reference(&event, &r))
            follow(p, path, &r);
    } while (event.node != NULL);
    if (refusal != NULL)
        assert_true(findings_add_refusal(p->findings, path, refusal));
    findings_add_problems(p->findings, path, document);
    mets_rules_free(judging);
}

/* The findings of the package in the folder. */
static struct findings *judge(const char *folder)
{
    struct package *p = must_calloc(1, sizeof *p);
    const char *slash = strrchr(folder, '/');
    p->folder = folder;
    p->name = str_from(slash != NULL ? slash + 1 : folder);
    p->arena = arena_new(256 << 20);
    p->findings = findings_new();
    p->shape = shape_new();
    see_folder(p, (struct str){0});
    shape_judge(p->shape, p->findings);
    judge_mets(p, S("METS.xml"), false);
    for (size_t i = 0; i < p->count; i++)
        if (str_starts(p->paths[i], S("representations/")) && str_ends(p->paths[i], S("/METS.xml")))
            judge_mets(p, p->paths[i], true);
    for (size_t i = 0; i < p->count; i++)
        if (!p->listed[i] && !str_ends(p->paths[i], S("METS.xml")))
            fixity_unlisted(p->findings, p->paths[i]);
    struct findings *findings = p->findings;
    shape_free(p->shape);
    arena_free(p->arena);
    free(p);
    return findings;
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
