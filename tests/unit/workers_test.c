/* Is the report of a package of many parts the same, byte for byte and in each of its forms,
 * whether one, two or four workers check the parts, in whatever order, or the whole is judged at
 * once? */
#include "containers.h"
#include "services/validation/finding_file.h"
#include "signature_files.h"
#include "text/xml.h"
#include "validate/check.h"
#include "validate/judge.h"
#include "validate/report.h"
#include "validate/spool.h"
#include "validate/survey.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    FILES = 2400,
    PART_FILES = 37,
    STEP_BYTES = 200 * 1024, /* of a tar.gz */
    WORKERS_MOST = 4,
    STEPS_MOST = 64,
    REPORT_MAX = 64 << 20,
};

static struct xml_schema *schema;
static struct format_signatures *signatures;
static struct inspection inspection;
static int scratch = -1;

static int open_all(void **state)
{
    (void)state;
    scratch = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_null(xml_schema_open("schemas/xsd/eark/package.xsd", &schema));
    assert_null(
        open_written(S(SIGNATURE_FILE(SIGNATURE("1", SEQUENCE("BOFoffset", "0", "0", "6E6F7465")),
                                      FORMAT("1", "x-fmt/1", "Note", BY("1") NAMED("txt")))),
                     (struct str){0}, &signatures));
    inspection = (struct inspection){.signatures = signatures};
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    format_signatures_free(signatures);
    xml_schema_close(schema);
    close(scratch);
    err_reset();
    return 0;
}

/* --- the package: each kind of finding in many parts, and of two rules more than are kept */

#define METS_BEGINS                                                                                \
    "<mets xmlns='http://www.loc.gov/METS/' xmlns:xlink='http://www.w3.org/1999/xlink' "           \
    "xmlns:csip='https://DILCIS.eu/XML/METS/CSIPExtensionMETS' OBJID='p' TYPE='Mixed' "            \
    "csip:CONTENTINFORMATIONTYPE='SIARD2'>\n<fileSec><fileGrp USE='Representations/rep1'>\n"

static const char *ending_of(size_t i)
{
    static const char *const endings[] = {"txt", "dcm", "txt", "siard", "bin", "txt"};
    return endings[i % COUNT(endings)];
}

static struct str path_of(size_t i)
{
    if (i % 7 == 0)
        return arena_format(arena, "representations/rep1/metadata/other/f%zu.xml", i);
    return arena_format(arena, "representations/rep1/data/f%zu.%s", i, ending_of(i));
}

/* Half of them with another's checksum, some not at all, some that are not there. */
static void put_listed(struct buf *mets, size_t i)
{
    if (i % 11 == 0)
        return;
    buf_format(mets,
               "<file ID='f%zu' SIZE='%d' CHECKSUMTYPE='SHA-256' CHECKSUM='%s'><FLocat "
               "LOCTYPE='URL' xlink:href='%.*s%s'/></file>\n",
               i, i % 13 == 0 ? 1 : 400, i % 2 == 0 ? "00" : sha256_text(sha256_of(S("note"))).text,
               STR_ARG(path_of(i)), i % 17 == 0 ? "x" : "");
}

static struct str text_of(size_t i)
{
    if (i % 7 == 0)
        return arena_format(arena, i % 2 == 0 ? "<a>%*zu" : "<a>%*zu</a>", 390, i);
    return arena_format(arena, i % 3 == 0 ? "note %*zu" : "other %*zu", 390, i * i);
}

struct members {
    struct str names[FILES + 1];
    struct str contents[FILES + 1];
};

static struct members *make_members(void)
{
    struct members *m = ARENA_ARRAY(arena, struct members, 1);
    autobuf struct buf mets = buf_new(8 << 20);
    buf_put(&mets, S(METS_BEGINS));
    for (size_t i = 0; i < FILES; i++) {
        m->names[i] = arena_format(arena, "p/%.*s", STR_ARG(path_of(i)));
        m->contents[i] = text_of(i);
        put_listed(&mets, i);
    }
    buf_put(&mets, S("</fileGrp></fileSec></mets>"));
    m->names[FILES] = S("p/METS.xml");
    m->contents[FILES] = arena_str(arena, buf_str(&mets));
    return m;
}

static void put_as_tar(const struct members *m, struct buf *out)
{
    for (size_t i = 0; i <= FILES; i++)
        put_tar_member(out, &(struct tar_member){.name = m->names[i], .content = m->contents[i]});
    put_blocks(out, 2);
}

/* `damaged`: files far from each other are not what the ZIP's own checksum says. */
static void put_as_zip(const struct members *m, bool damaged, struct buf *out)
{
    struct zip_member *files = must_calloc(FILES + 1, sizeof *files);
    for (size_t i = 0; i <= FILES; i++)
        files[i] = (struct zip_member){.name = m->names[i],
                                       .content = m->contents[i],
                                       .method = 8,
                                       .crc_error = damaged && i % 1000 == 500};
    put_zip(out, files, FILES + 1);
    free(files);
}

static void put_package(const char *kind, struct buf *out)
{
    const struct members *m = make_members();
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    if (strstr(kind, "ZIP") != NULL) {
        put_as_zip(m, strcmp(kind, "damaged ZIP") == 0, out);
        return;
    }
    put_as_tar(m, strcmp(kind, "TAR") == 0 ? out : &tar);
    if (strcmp(kind, "tar.gz") == 0)
        put_deflated(out, buf_str(&tar), 31);
}

/* --- the report */

enum { TEXT, HTML, JUNIT, JSON, FORMS };
struct reports {
    struct sha256 of[FORMS];
};

static struct reports write_reports(const struct report_about *about,
                                    const struct findings *findings)
{
    static struct err *(*const forms[])(const struct report_about *, const struct findings *,
                                        FILE *) = {
        [TEXT] = report_text, [HTML] = report_html, [JUNIT] = report_junit};
    autobuf struct buf json = buf_new(REPORT_MAX);
    struct reports reports;
    for (size_t i = 0; i < COUNT(forms); i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        assert_non_null(out);
        assert_null(forms[i](about, findings, out));
        assert_int_equal(fclose(out), 0);
        assert_true(length > 100000);
        reports.of[i] = sha256_of((struct str){text, length});
        free(text);
    }
    assert_null(report_write(about, findings, &json));
    reports.of[JSON] = sha256_of(buf_str(&json));
    return reports;
}

static void same(const char *kind, size_t workers, const struct reports *one,
                 const struct reports *other)
{
    static const char *const names[FORMS] = {"text", "HTML", "JUnit", "JSON"};
    for (size_t i = 0; i < FORMS; i++) {
        if (memcmp(&one->of[i], &other->of[i], sizeof one->of[i]) != 0)
            fail_msg("the %s of a %s is another with %zu workers", names[i], kind, workers);
    }
}

static struct reports judge_at_once(const struct source *source)
{
    autofindings struct findings *findings = findings_new();
    struct judging j = {.schema = schema,
                        .inspection = &inspection,
                        .folder = scratch,
                        .arena = arena,
                        .findings = findings};
    assert_null(judge_container(&j, source));
    assert_null(j.refusal);
    const struct report_about about = {.package = S("p"),
                                       .objid = j.objid,
                                       .files = (uint64_t)j.files,
                                       .bytes = (uint64_t)j.bytes};
    return write_reports(&about, findings);
}

/* --- the same in parts, as room validation takes them */

struct parts {
    const struct source *source;
    enum container container;
    struct source pieces[STEPS_MOST]; /* of the listing */
    size_t piece_count;
    struct source manifest;
    struct survey survey;
    struct findings *before; /* found by the survey */
    size_t workers;
    atomic_size_t next;
    atomic_bool failed;
    struct buf *found; /* by each part: a finding file */
};

/* Bytes that threads may read beside each other. */
static struct source settled(struct spool *spool)
{
    struct source source;
    struct str *bytes = ARENA_ARRAY(arena, struct str, 1);
    assert_null(spool_end(spool, &source));
    char *copy = arena_alloc(arena, source.size + 1, 1);
    assert_null(source_read(&source, 0, copy, source.size));
    *bytes = (struct str){copy, source.size};
    spool_free(spool);
    return source_from_str(bytes);
}

static void list_all(struct parts *p)
{
    struct restart_point *point = ARENA_ARRAY(arena, struct restart_point, 1);
    struct listing_step step = {
        .source = p->source, .container = p->container, .bytes = STEP_BYTES};
    while (!step.ended) {
        bool found = false;
        assert_true(p->piece_count < STEPS_MOST);
        struct spool *piece = spool_new(scratch);
        step.mark = step.stopped;
        assert_null(listing_step(&step, piece));
        p->pieces[p->piece_count] = settled(piece);
        if (p->container == CONTAINER_TAR_GZ)
            assert_null(listing_last_point(&p->pieces[p->piece_count], point, &found));
        step.point = found ? point : step.point;
        p->piece_count++;
    }
}

static void survey_all(struct parts *p)
{
    autolisting struct listing *listing = NULL;
    struct spool *manifest = spool_new(scratch);
    assert_null(listing_open(p->pieces, p->piece_count, &listing));
    p->survey = (struct survey){.source = p->source,
                                .container = p->container,
                                .listing = listing,
                                .schema = schema,
                                .inspection = &inspection,
                                .limits = {PART_FILES, INT64_MAX},
                                .folder = scratch,
                                .arena = arena,
                                .findings = p->before,
                                .manifest = manifest};
    inspection_note(&inspection, p->before);
    assert_null(survey(&p->survey));
    p->manifest = settled(manifest);
    assert_true(p->survey.cut.count > FILES / PART_FILES);
    assert_true(p->container != CONTAINER_TAR_GZ || p->piece_count > 1);
}

static struct err *check_part(struct parts *p, size_t number)
{
    const struct manifest_part *part = &p->survey.cut.parts[number];
    autofindings struct findings *findings = findings_new();
    struct entry_index *points = NULL;
    if (part->piece >= 0)
        TRY(entry_index_open(&p->pieces[part->piece], &points));
    struct manifest_check check = {.source = p->source,
                                   .container = p->container,
                                   .points = points,
                                   .manifest = &p->manifest,
                                   .first_row = part->first_row,
                                   .end_row = part->end_row,
                                   .inspection = &inspection,
                                   .findings = findings,
                                   .folder = scratch};
    struct err *e = manifest_check(&check);
    entry_index_free(points);
    return e != NULL && !is_refusal(e) ? e : finding_file_write(findings, e, &p->found[number]);
}

/* One worker begins with the first part; where there are more, all begin at the end. */
static void *work(void *state)
{
    struct parts *p = state;
    size_t count = p->survey.cut.count;
    for (size_t taken = atomic_fetch_add(&p->next, 1); taken < count;
         taken = atomic_fetch_add(&p->next, 1))
        if (check_part(p, p->workers == 1 ? taken : count - 1 - taken) != NULL)
            p->failed = true;
    err_reset();
    return NULL;
}

static void check_all(struct parts *p)
{
    pthread_t threads[WORKERS_MOST];
    p->found = must_calloc(p->survey.cut.count, sizeof *p->found);
    for (size_t i = 0; i < p->survey.cut.count; i++)
        p->found[i] = buf_new(FINDING_FILE_MAX);
    for (size_t i = 0; i < p->workers; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, p), 0);
    for (size_t i = 0; i < p->workers; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(p->failed);
}

static struct reports close_all_parts(struct parts *p)
{
    autofindings struct findings *whole = findings_new();
    autobuf struct buf first = buf_new(FINDING_FILE_MAX);
    struct err **refusals = ARENA_ARRAY(arena, struct err *, p->survey.cut.count + 1);
    struct report_about about = {.package = S("p"),
                                 .objid = p->survey.objid,
                                 .files = (uint64_t)p->survey.files,
                                 .bytes = (uint64_t)p->survey.bytes,
                                 .refusals = refusals};
    assert_null(finding_file_write(p->before, NULL, &first));
    for (size_t i = 0; i <= p->survey.cut.count; i++) {
        struct str text = buf_str(i == 0 ? &first : &p->found[i - 1]);
        struct source file = source_from_str(&text);
        struct err *refusal = NULL;
        assert_null(finding_file_read(&file, arena, whole, &refusal));
        if (refusal != NULL)
            refusals[about.refusal_count++] = refusal;
    }
    return write_reports(&about, whole);
}

static struct reports judge_in_parts(const struct source *source, size_t workers)
{
    autofindings struct findings *before = findings_new();
    struct parts p = {.source = source, .before = before, .workers = workers};
    assert_null(listing_recognise(source, &p.container));
    list_all(&p);
    survey_all(&p);
    check_all(&p);
    struct reports reports = close_all_parts(&p);
    for (size_t i = 0; i < p.survey.cut.count; i++)
        buf_free(&p.found[i]);
    free(p.found);
    return reports;
}

static void whoever_checks_the_parts(void **state)
{
    const char *kind = *state;
    autobuf struct buf package = buf_new(CONTAINER_TEST_MAX);
    put_package(kind, &package);
    struct str bytes = buf_str(&package);
    struct source source = source_from_str(&bytes);
    struct reports one = judge_in_parts(&source, 1);
    for (size_t workers = 2; workers <= WORKERS_MOST; workers *= 2) {
        struct reports several = judge_in_parts(&source, workers);
        same(kind, workers, &one, &several);
    }
    if (strcmp(kind, "damaged ZIP") == 0)
        return; /* judged at once, the first damage ends it; here each part tells of its own */
    struct reports whole = judge_at_once(&source);
    same(kind, 0, &one, &whole);
}

int main(void)
{
    static char kinds[][16] = {"TAR", "tar.gz", "ZIP", "damaged ZIP"};
    struct CMUnitTest tests[COUNT(kinds)];
    for (size_t i = 0; i < COUNT(kinds); i++)
        tests[i] = (struct CMUnitTest){kinds[i], whoever_checks_the_parts, begin_arena, end_arena,
                                       kinds[i]};
    return cmocka_run_group_tests_name("workers", tests, open_all, close_all);
}
