/* When does a gathering close, what does a spool give back, is the package a pure function of it,
 * and what do a topic's watermarks tell? */
#include "arena.h"
#include "services/ingest/gather.h"
#include "svc/internal.h"
#include "vault/entries.h"
#include "vault/staging.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int begin(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/gather_test.XXXXXX");
    return mkdtemp(folder) == NULL || begin_arena(state) != 0;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
    (void)s, (void)type, (void)where;
    return remove(path);
}

static int end(void **state)
{
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 || end_arena(state) != 0;
}

/* --- closing
 * ---------------------------------------------------------------------------------------- */

static void it_closes_by_count_bytes_or_time(void **state)
{
    (void)state;
    const struct gather_settings settings = {.records = 10, .bytes = 1000, .seconds = 60};
    const struct instant opened = {1000000, true};
    const struct {
        int64_t records;
        int64_t bytes;
        int32_t extents;
        int64_t seconds;
        bool full;
    } rows[] = {{1, 1, 1, 0, false},
                {9, 999, 5, 59, false},
                {10, 1, 1, 0, true},
                {1, 1000, 1, 0, true},
                {1, 1, 1, 60, true},
                {11, 2000, 1, 61, true},
                {1, 1, GATHER_EXTENTS_MAX - 1, 0, false},
                {1, 1, GATHER_EXTENTS_MAX, 0, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct gathering g = {.records = rows[i].records,
                                    .bytes = rows[i].bytes,
                                    .extents = rows[i].extents,
                                    .opened_at = opened};
        struct instant now = instant_add(opened, rows[i].seconds * 1000000);
        assert_true(gathering_is_full(&g, &settings, now) == rows[i].full);
    }
}

/* --- records at the door
 * ---------------------------------------------------------------------------- */

static struct bus_message record_message(const char *id, const char *content_type, struct str value)
{
    return (struct bus_message){.topic = S("deliveries.region-a.vas"),
                                .value = value,
                                .headers = {{S("ce_id"), str_from(id)},
                                            {S("ce_type"), S(TYPE_RECORD)},
                                            {S("ce_agreement"), S("A-1")},
                                            {S("content-type"), str_from(content_type)}},
                                .header_count = 4};
}

static struct message message_of(const struct bus_message *raw)
{
    struct message m = {.raw = raw, .topic = raw->topic};
    assert_null(door_read(raw, arena, &m));
    return m;
}

static void a_bad_record_is_refused_by_its_rule(void **state)
{
    (void)state;
    static char large[RECORD_BYTES_MAX + 1];
    const struct {
        const char *id;
        const char *type;
        struct str value;
        const char *rule;
    } rows[] = {
        {"r-1", "application/xml", S("<a/>"), NULL},
        {"r-1", "Application/JSON; charset=utf-8", S("{}"), NULL},
        {"r-1", "text/xml", {large, RECORD_BYTES_MAX}, NULL},
        {"", "text/xml", S("<a/>"), "id_missing"},
        {"a\x01", "text/xml", S("<a/>"), "id_missing"},
        {"19121212-1212", "text/xml", S("<a/>"), "id_personal"},
        {"r-1", "text/xml", S(""), "empty"},
        {"r-1", "text/plain", S("a"), "content_type_unknown"},
        {"r-1", "application/xmlx", S("<a/>"), "content_type_unknown"},
        {"r-1", NULL, S("<a/>"), "content_type_unknown"},
        {"r-1", "text/xml", {large, sizeof large}, "record_too_large"},
        {"r-1", "text/xml", S("age-encryption.org/v1\n"), "age_damaged"},
        {"r-1", "text/xml", S("age-encryption.org/v2\n"), "age_damaged"},
        {"r-1", "text/xml", S("-----BEGIN AGE ENCRYPTED FILE-----\n"), "age_armor"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct bus_message raw = record_message(rows[i].id, rows[i].type, rows[i].value);
        const struct message m = message_of(&raw);
        const struct err *why = door_refused_alone(&m);
        assert_true((why == NULL) == (rows[i].rule == NULL));
        if (why != NULL)
            assert_string_equal(why->rule, rows[i].rule);
    }
}

static void good_records_of_one_place_and_agreement_join(void **state)
{
    (void)state;
    const struct bus_message first = record_message("r-1", "text/xml", S("<a/>"));
    struct bus_message next = record_message("r-1", "application/json", S("{}"));
    const struct message a = message_of(&first);
    struct message b = message_of(&next);
    assert_true(gather_joins(&a, &b)); /* the same id again is a record again */
    next.partition = 1;
    assert_false(gather_joins(&a, &b));
    next.partition = 0;
    next.headers[2].value = S("A-2");
    assert_false(gather_joins(&a, &b));
    next.headers[2].value = S("A-1");
    next.value = S("");
    assert_false(gather_joins(&a, &b)); /* a bad one is a unit of its own … */
    assert_false(gather_joins(&b, &a)); /* … and takes nobody along */
    next.value = S("{}");
    next.headers[1].value = S("se.r7e.delivery.package.v1");
    assert_false(gather_joins(&a, &b));
}

/* --- spool and package
 * ------------------------------------------------------------------------------ */

static const struct spool_record records[] = {
    {S("id <1> & \"more\""), RECORD_XML, S("<a>first</a>")},
    {S("id-2"), RECORD_JSON, S("{\"b\": \"second, second, second, second, second\"}")},
    {S("id-3"), RECORD_XML, S("<c/>")}};

struct spool {
    int location;
    struct gathering gathering;
    struct extent extents[2];
    struct file_key keys[2];
};

/* Two extents: two records, then one. */
static struct spool make_spool(void)
{
    struct spool s = {.location = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                      .gathering = {.id = UUID_FROM(S("test")),
                                    .agreement = S("A-1"),
                                    .system = S("vas"),
                                    .records = COUNT(records),
                                    .opened_at = {1769860800000000, true}}};
    const size_t counts[] = {2, 1};
    struct uuid staged = uuid_random();
    int staging = -1;
    size_t first = 0;
    assert_true(s.location >= 0);
    assert_null(staging_open(s.location, S("region-a"), staged, true, &staging));
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct spool_size size = {0};
        struct extent *e = &s.extents[i];
        file_key_random(&s.keys[i]);
        *e = (struct extent){.number = (int32_t)i,
                             .first = (int64_t)first + 1,
                             .records = (int64_t)counts[i],
                             .staged = staged,
                             .key = uuid_random()};
        autospool_writer struct spool_writer *spool = NULL;
        assert_null(spool_writer_new(staging, e->key, &s.keys[i], &spool));
        for (size_t k = 0; k < counts[i]; k++)
            assert_null(spool_writer_add(spool, &records[first + k]));
        assert_null(spool_writer_end(spool, &size));
        e->bytes = (int64_t)size.bytes;
        e->stored_bytes = (int64_t)size.stored;
        s.gathering.bytes += (int64_t)size.bytes;
        first += counts[i];
    }
    close(staging);
    return s;
}

static struct err *write_package(const struct spool *s, struct segment_total *total,
                                 struct str *out_bytes)
{
    static const struct gathering_agreement agreement = {
        S("Journal <vas>"), S("care"), S("Region A"), S("SE0000000001-3002"), true};
    const struct gather_source source = {&s->gathering, &agreement,  s->extents,   2,
                                         s->keys,       s->location, S("region-a")};
    struct file_key key;
    struct segment segment = {0};
    const struct segment_key fresh = {uuid_random(), &key, S("header")};
    file_key_random(&key);
    struct segment_writer *writer = segment_writer_new(s->location, &fresh, 1, &segment);
    struct err *e = gather_package_write(&source, writer);
    if (e == NULL)
        e = segment_writer_end(writer, total);
    segment_writer_free(writer);
    if (e != NULL)
        return e;
    int descriptor = -1;
    struct segment_reader *reader = NULL;
    assert_null(segment_open_staged(s->location, &segment, 1, &descriptor));
    const struct segment_file file = {0, segment.plain_bytes, segment.stored_bytes, descriptor,
                                      &key};
    assert_null(segment_reader_new(&file, 1, total->bytes, &reader));
    struct source plain = segment_reader_source(reader);
    char *bytes = arena_alloc(arena, total->bytes, 1);
    assert_null(source_read(&plain, 0, bytes, total->bytes));
    *out_bytes = (struct str){bytes, total->bytes};
    segment_reader_free(reader);
    close(descriptor);
    return NULL;
}

/* The content of the package's file whose path ends so; how many files there are. */
static struct str file_of(struct str *package, const char *ending, size_t *out_files)
{
    autoentries struct entries *list = NULL;
    struct source source = source_from_str(package);
    autoreader struct entry_reader *reader = entry_reader_new(&source, CONTAINER_ZIP, NULL);
    struct entry entry;
    struct str content = {0};
    *out_files = 0;
    assert_null(entries_open(&source, CONTAINER_ZIP, NULL, &list));
    for (enum entries_step step = ENTRIES_ENTRY;; ++*out_files) {
        assert_null(entries_next(list, &entry, &step));
        if (step == ENTRIES_END)
            return content;
        if (str_ends(entry.path, str_from(ending)))
            assert_null(entry_read_whole(reader, &entry, 1 << 20, arena, &content));
    }
}

static void the_package_holds_the_records_in_order(void **state)
{
    (void)state;
    const struct spool s = make_spool();
    struct segment_total total = {0};
    struct str package = {0};
    size_t files = 0;
    assert_null(write_package(&s, &total, &package));
    const char *const names[] = {"/representations/rep1/data/00000001.xml",
                                 "/representations/rep1/data/00000002.json",
                                 "/representations/rep1/data/00000003.xml"};
    for (size_t i = 0; i < COUNT(records); i++)
        assert_true(str_equal(file_of(&package, names[i], &files), records[i].content));
    assert_int_equal(files, COUNT(records) + 3);
    const char *mets = arena_cstr(arena, file_of(&package, "/METS.xml", &files));
    assert_non_null(strstr(mets, "OWNERID=\"id &lt;1&gt; &amp; &quot;more&quot;\""));
    assert_non_null(strstr(mets, "LABEL=\"Journal &lt;vas&gt;\""));
    assert_non_null(strstr(mets, sha256_text(sha256_of(records[2].content)).text));
    close(s.location);
}

static void the_same_spool_gives_the_same_bytes(void **state)
{
    (void)state;
    const struct spool s = make_spool();
    struct segment_total first = {0};
    struct segment_total second = {0};
    struct str package = {0};
    assert_null(write_package(&s, &first, &package));
    assert_null(write_package(&s, &second, &package));
    assert_int_equal(first.bytes, second.bytes);
    assert_true(sha256_equal(first.sha256, second.sha256));
    close(s.location);
}

static void a_spool_that_was_changed_gives_no_package(void **state)
{
    (void)state;
    struct spool s = make_spool();
    struct segment_total total = {0};
    struct str package = {0};
    s.extents[1].records = 2; /* the row says more than the file holds */
    struct err *e = write_package(&s, &total, &package);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CORRUPT);
    s.extents[1].records = 1;
    s.keys[1].bytes[0] ^= 1;
    e = write_package(&s, &total, &package);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CORRUPT);
    close(s.location);
}

/* --- topics that were made again
 * -------------------------------------------------------------------- */

static void watermarks_tell_another_topic(void **state)
{
    (void)state;
    const struct {
        struct place_known known;
        int64_t low, high;
        enum place_is is;
    } rows[] = {
        {{.witness_at = -1}, 0, 0, PLACE_SAME},          /* nothing is known of it */
        {{100, 90, -1, 99, {{0}}}, 90, 100, PLACE_SAME}, /* as we left it */
        {{100, 90, -1, 99, {{0}}},
         95,
         120,
         PLACE_SAME}, /* time has removed some, and more has come */
        {{100, 90, -1, 99, {{0}}}, 0, 120, PLACE_DOUBTFUL}, /* begins before what we removed */
        {{100, 90, -1, 99, {{0}}}, 0, 100, PLACE_DOUBTFUL},
        {{100, 90, -1, -1, {{0}}}, 0, 120, PLACE_ANOTHER}, /* … and there is no witness … */
        {{100, 90, -1, 5, {{0}}}, 6, 120, PLACE_ANOTHER},  /* … or not where it stood */
        {{100, 90, -1, 99, {{0}}}, 90, 99, PLACE_ANOTHER}, /* ends before what we have read */
        {{0, 7, -1, 6, {{0}}}, 7, 7, PLACE_SAME},          /* packages only, all removed */
        {{0, 7, -1, 6, {{0}}}, 0, 3, PLACE_ANOTHER},
        {{0, 7, -1, 6, {{0}}}, 0, 7, PLACE_DOUBTFUL},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(place_judge(&rows[i].known, rows[i].low, rows[i].high), rows[i].is);
}

static void a_message_is_told_by_its_id_time_and_length(void **state)
{
    (void)state;
    struct bus_message one = {.timestamp = 1700000000000,
                              .value = S("abc"),
                              .headers = {{S("ce_id"), S("r-1")}},
                              .header_count = 1};
    struct bus_message other = one;
    assert_true(sha256_equal(place_mark(&one), place_mark(&other)));
    other.timestamp++;
    assert_false(sha256_equal(place_mark(&one), place_mark(&other)));
    other = one;
    other.value = S("ab");
    assert_false(sha256_equal(place_mark(&one), place_mark(&other)));
    other = one;
    other.headers[0].value = S("r-2");
    assert_false(sha256_equal(place_mark(&one), place_mark(&other)));
}

static void what_was_set_aside_stays_on_the_topic(void **state)
{
    (void)state;
    const struct place_known none = {.kept_from = -1};
    const struct place_known kept = {.kept_from = 50};
    assert_int_equal(place_removable(&none, 0, 100), 100);
    assert_int_equal(place_removable(&kept, 0, 100), 50);
    assert_int_equal(place_removable(&kept, 0, 40), 40);
    assert_int_equal(place_removable(&kept, 60, 100), 100); /* the topic's own time took it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_closes_by_count_bytes_or_time, begin, end),
        cmocka_unit_test_setup_teardown(a_bad_record_is_refused_by_its_rule, begin, end),
        cmocka_unit_test_setup_teardown(good_records_of_one_place_and_agreement_join, begin, end),
        cmocka_unit_test_setup_teardown(the_package_holds_the_records_in_order, begin, end),
        cmocka_unit_test_setup_teardown(the_same_spool_gives_the_same_bytes, begin, end),
        cmocka_unit_test_setup_teardown(a_spool_that_was_changed_gives_no_package, begin, end),
        cmocka_unit_test(watermarks_tell_another_topic),
        cmocka_unit_test(a_message_is_told_by_its_id_time_and_length),
        cmocka_unit_test(what_was_set_aside_stays_on_the_topic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
