/* Is a manifest cut into parts that hold every row once, and is what METS says of a file given back
 * in the order of the container whatever its own order was? */
#include "base/base.h"
#include "containers.h"
#include "services/validation/finding_file.h"
#include "unit.h"
#include "validate/listing.h"
#include "validate/manifest.h"

#include <fcntl.h>
#include <unistd.h>

/* --- cutting
 * ---------------------------------------------------------------------------------------- */

struct cut_case {
    enum container container;
    struct part_limits limits;
    size_t rows;
    uint64_t length; /* of each file */
};

static void cut_all(const struct cut_case *c, struct arena *arena, struct manifest_cut *cut)
{
    manifest_cut_begin(cut, arena, c->container, c->rows * (c->length + 100), &c->limits);
    for (size_t i = 0; i < c->rows; i++) {
        const struct entry entry = {.path = S("p/file"),
                                    .offset = i * (c->length + 100) + 100,
                                    .stored_length = c->length,
                                    .length = c->length};
        assert_null(manifest_cut_row(cut, &entry, 50 * (i + 1)));
    }
    assert_null(manifest_cut_end(cut));
}

static void every_row_is_in_one_part(void **state)
{
    (void)state;
    static const struct cut_case cases[] = {
        {CONTAINER_ZIP, {10, 1 << 20}, 0, 10},  {CONTAINER_ZIP, {10, 1 << 20}, 9, 10},
        {CONTAINER_ZIP, {10, 1 << 20}, 10, 10}, {CONTAINER_TAR, {10, 1 << 20}, 11, 10},
        {CONTAINER_TAR, {10, 1000}, 25, 400},   {CONTAINER_ZIP, {10, 1000}, 7, 5000},
        {CONTAINER_TAR, {1, 1 << 20}, 5, 0},    {CONTAINER_ZIP, {100, 1000}, 1000, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autoarena struct arena *arena = arena_new(1 << 20);
        struct manifest_cut cut;
        int64_t files = 0;
        int64_t bytes = 0;
        uint64_t row = 0;
        cut_all(&cases[i], arena, &cut);
        for (size_t k = 0; k < cut.count; k++) {
            const struct manifest_part *p = &cut.parts[k];
            assert_int_equal(row, p->first_row);
            assert_true(p->end_row > p->first_row);
            assert_true(p->files <= cases[i].limits.files);
            assert_true(p->bytes < cases[i].limits.bytes + (int64_t)cases[i].length);
            assert_true(p->end_byte - p->first_byte >= (uint64_t)p->bytes);
            assert_int_equal(-1, p->piece);
            row = p->end_row;
            files += p->files;
            bytes += p->bytes;
        }
        assert_int_equal(50 * cases[i].rows, row);
        assert_int_equal(cases[i].rows, files);
        assert_int_equal(cases[i].rows * cases[i].length, bytes);
    }
}

/* In a tar.gz a part begins at the restart point before it, and ends behind the one after it. */
static void parts_of_a_gzip_lie_between_points(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct manifest_cut cut;
    const struct part_limits limits = {2, 1 << 30};
    const uint64_t size = 100 << 20;
    manifest_cut_begin(&cut, arena, CONTAINER_TAR_GZ, size, &limits);
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t start = i * 4000000;
        const struct entry entry = {
            .path = S("p/f"), .offset = start + 512, .stored_length = 3000000, .length = 3000000};
        assert_null(manifest_cut_row(&cut, &entry, i + 1));
        if (i != 3) /* none was passed there */
            manifest_cut_point(&cut, (int32_t)(i / 2), start + 3600000, 1000000 * (i + 1));
    }
    assert_null(manifest_cut_end(&cut));
    assert_int_equal(3, cut.count);
    assert_int_equal(0, cut.parts[0].first_byte);
    assert_int_equal(-1, cut.parts[0].piece);
    assert_int_equal(2000000 + (1 << 20), cut.parts[0].end_byte);
    assert_int_equal(2000000 - 1, cut.parts[1].first_byte);
    assert_int_equal(0, cut.parts[1].piece);
    assert_int_equal(5000000 + (1 << 20), cut.parts[1].end_byte);
    assert_int_equal(3000000 - 1, cut.parts[2].first_byte);
    assert_int_equal(1, cut.parts[2].piece);
    assert_int_equal(6000000 + (1 << 20), cut.parts[2].end_byte);
}

/* --- the join
 * --------------------------------------------------------------------------------------- */

static int scratch_folder(void)
{
    int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder >= 0);
    return folder;
}

/* Enough for several runs, which do not fit in memory together. */
static void expectations_come_in_order(void **state)
{
    (void)state;
    enum { FILES = 60000, OF_EACH = 2 };
    autoclose int folder = scratch_folder();
    struct expectations *e = expectations_new(folder);
    char long_id[900];
    memset(long_id, 'x', sizeof long_id);
    for (uint64_t round = 0; round < OF_EACH; round++) {
        for (uint64_t i = 0; i < FILES; i++) {
            uint64_t place = i * 7919 % FILES; /* prime: each once, in no order */
            const struct mets_reference r = {.element = METS_LOCATION,
                                             .line = (int64_t)(place * OF_EACH + round),
                                             .id = {long_id, sizeof long_id},
                                             .checksum = S("abc")};
            assert_null(expectations_add(e, place, &r, S("METS.xml"), SAID_BY_METS));
        }
    }
    assert_null(expectations_sort(e));
    for (uint64_t place = 0; place <= FILES; place++) {
        struct expectation said;
        bool found = true;
        for (uint64_t round = 0; round < OF_EACH && place < FILES; round++) {
            assert_null(expectations_next(e, place, &said, &found));
            assert_true(found);
            assert_int_equal(place * OF_EACH + round, said.line);
            assert_true(str_equal(said.checksum, S("abc")));
            assert_null(said.size.ptr);
        }
        assert_null(expectations_next(e, place, &said, &found));
        assert_false(found);
    }
    expectations_free(e);
}

/* Listed in steps, a tar.gz gives the entries and restart points that it gives at once. */
static void steps_give_the_whole_listing(void **state)
{
    (void)state;
    enum { FILES = 40, STEPS_MAX = 64 };
    autoclose int folder = scratch_folder();
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf gz = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf text = buf_new(CONTAINER_TEST_MAX);
    for (int i = 0; i < 40000; i++)
        buf_format(&text, "%d anteckning ", i * 7919 % 104729);
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "p/f%d", i);
        put_tar_member(&tar,
                       &(struct tar_member){.name = str_from(name), .content = buf_str(&text)});
    }
    put_blocks(&tar, 2);
    put_deflated(&gz, buf_str(&tar), 31);
    struct str bytes = buf_str(&gz);
    struct source source = source_from_str(&bytes);
    struct spool *spools[STEPS_MAX + 1] = {0};
    struct source pieces[STEPS_MAX + 1] = {0};
    struct restart_point *point = must_calloc(1, sizeof *point);
    struct listing_step step = {.source = &source, .container = CONTAINER_TAR_GZ, .bytes = 1 << 20};
    size_t count = 0;
    for (; !step.ended; count++) {
        bool found = false;
        assert_true(count < STEPS_MAX);
        step.mark = step.stopped;
        spools[count] = spool_new(folder);
        assert_null(listing_step(&step, spools[count]));
        assert_null(spool_end(spools[count], &pieces[count]));
        assert_null(listing_last_point(&pieces[count], point, &found));
        step.point = found ? point : step.point;
    }
    assert_true(count > 3);
    struct listing_step whole = {
        .source = &source, .container = CONTAINER_TAR_GZ, .bytes = UINT64_MAX};
    spools[count] = spool_new(folder);
    assert_null(listing_step(&whole, spools[count]));
    assert_null(spool_end(spools[count], &pieces[count]));
    struct listing *in_steps = NULL;
    struct listing *at_once = NULL;
    assert_null(listing_open(pieces, count, &in_steps));
    assert_null(listing_open(&pieces[count], 1, &at_once));
    autoarena struct arena *arena = arena_new(1 << 20);
    struct listing_cursor cursors[2] = {0};
    struct entry_index_item items[2] = {0};
    for (uint64_t last = 0;;) {
        uint64_t places[2] = {0};
        assert_null(listing_next(in_steps, &cursors[0], arena, &items[0], &places[0]));
        assert_null(listing_next(at_once, &cursors[1], arena, &items[1], &places[1]));
        assert_int_equal(items[1].step, items[0].step);
        if (items[0].step == ENTRIES_END)
            break;
        assert_true(places[0] > last);
        last = places[0];
        assert_int_equal(items[1].output, items[0].output);
        if (items[0].step != ENTRIES_ENTRY)
            continue;
        struct entry again;
        assert_true(str_equal(items[1].entry.path, items[0].entry.path));
        assert_int_equal(items[1].entry.offset, items[0].entry.offset);
        assert_null(listing_at(in_steps, places[0], arena, &again));
        assert_true(str_equal(again.path, items[0].entry.path));
    }
    listing_free(in_steps);
    listing_free(at_once);
    for (size_t i = 0; i <= count; i++)
        spool_free(spools[i]);
    free(point);
}

/* --- findings
 * --------------------------------------------------------------------------------------- */

static void findings_are_put_together(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    autofindings struct findings *part = findings_new();
    autofindings struct findings *whole = findings_new();
    autobuf struct buf bytes = buf_new(FINDING_FILE_MAX);
    const struct rule *unlisted = rule_find(REQ_file_unlisted, 1);
    for (int i = 0; i < FINDINGS_PER_RULE + 5; i++)
        findings_add(part, &(struct finding){.rule = unlisted, .path = S("p/a b"), .line = i});
    struct err *refusal = err_field(ERR_CORRUPT, "entry 3 at byte 9", "it is damaged");
    refusal->rule = "container_checksum";
    assert_null(finding_file_write(part, refusal, &bytes));
    struct str text = buf_str(&bytes);
    struct source file = source_from_str(&text);
    struct err *read = NULL;
    assert_null(finding_file_read(&file, arena, whole, &read));
    assert_null(finding_file_read(&file, arena, whole, &read));
    size_t count = 0;
    const struct finding *kept = findings_kept(whole, &count);
    assert_int_equal(FINDINGS_PER_RULE, count);
    assert_int_equal(3, kept[3].line);
    assert_true(str_equal(kept[3].path, S("p/a b")));
    assert_null(kept[3].found.ptr);
    assert_int_equal(2 * (FINDINGS_PER_RULE + 5), findings_count_rule(whole, unlisted));
    assert_string_equal("container_checksum", read->rule);
    assert_string_equal("entry 3 at byte 9", read->field);
    assert_int_equal(ERR_CORRUPT, read->code);
    text.len -= 3;
    file = source_from_str(&text);
    assert_int_equal(ERR_CORRUPT, finding_file_read(&file, arena, whole, &read)->code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_in_one_part),
        cmocka_unit_test(parts_of_a_gzip_lie_between_points),
        cmocka_unit_test(expectations_come_in_order),
        cmocka_unit_test(steps_give_the_whole_listing),
        cmocka_unit_test(findings_are_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
