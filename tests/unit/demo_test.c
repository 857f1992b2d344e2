/* Do the demo's files say what the archive's own readers understand? */
#include "readers.h"
#include "services/demo/demo.h"

#include <ftw.h>

static char folder[64];

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
    (void)s;
    (void)type;
    (void)where;
    return remove(path);
}

static int begin_in_folder(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/demo_test.XXXXXX");
    return mkdtemp(folder) == NULL || begin_arena(state) != 0;
}

static int end_in_folder(void **state)
{
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 || end_arena(state) != 0;
}

static const struct person person = {"191212121212", "1.2.752.129.2.1.3.1", "121212-1212", true};
static const struct unit unit = {"MED", "SE0000000001-2001", "Medicinkliniken 1998",
                                 "SE0000000001-1001"};
static const struct note notes[] = {
    {"1", &person, &unit, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT, "19980312140500", "Åsa Öberg",
     "Läkare", "Rubrik; \"citat\" å", NULL, "Text på svenska & <tecken>\n"},
    {"2", &person, &unit, NOTE_TEXT, NOTE_NULLIFIED, PAPER_PDF, "19980312150000", "Åsa Öberg",
     "Läkare", "Fel", NULL, "Text (med) \\ å\n"},
    {"3", &person, &unit, NOTE_DIAGNOSIS, NOTE_SIGNED, PAPER_TIFF, "19980312150000", "Åsa Öberg",
     "Läkare", "Hypertoni", "I10.9", NULL},
    {"4", &person, &unit, NOTE_CONTACT, NOTE_UNSIGNED, PAPER_JPEG, "19980312150000", "Åsa Öberg",
     "Läkare", "Besök", NULL, NULL},
};

/* Reads a file of the folder, with a mapping that a FILE was given. */
static size_t read_with(const char *name, const char *reader, const char *mappings,
                        void (*look)(size_t, const struct item *))
{
    const char *path = arena_format(arena, "%s/%s", folder, name).ptr;
    struct mapping *list = NULL;
    size_t count = 0;
    assert_null(mapping_read(str_from(mappings), arena, &list, &count));
    struct str bytes = test_file(path);
    const struct source source = source_from_str(&bytes);
    const struct reader_input input = {.name = str_from(reader),
                                       .path = str_from(path),
                                       .source = &source,
                                       .to = source.size,
                                       .mapping = mapping_for(list, count, str_from(path), arena)};
    assert_non_null(input.mapping);
    return read_all(&input, look);
}

static void look_at_row(size_t i, const struct item *item)
{
    static const char *const categories[] = {"voo", "voo", "dia", "vko"};
    static const char *const statuses[] = {"signed", "nullified", "signed", "unsigned"};
    static const char *const endings[] = {"txt", "pdf", "tif", "jpg"};
    const struct record *r = &item->record;
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    is(r->category, categories[i]);
    is(r->status, statuses[i]);
    is(r->path,
       arena_format(arena, "representations/rep1/data/dok/%08zu.%s", i + 1, endings[i]).ptr);
    is(r->care_unit, "SE0000000001-2001");
    is(r->author_name, "Åsa Öberg");
    is(r->source_system, "SE0000000001-3001");
    assert_true(r->identity.valid && r->protected_person);
    assert_true(str_equal(r->identity.normalised.digits, S("191212121212")));
    if (i > 0)
        return;
    is(r->title, "Rubrik; \"citat\" å");
    is_time(r->occurred_at, "1998-03-12T13:05:00Z");
}

static void index_is_read_by_its_mapping(void **state)
{
    (void)state;
    struct index_file *index = NULL;
    char *json = NULL;
    size_t length = 0;
    FILE *mappings = open_memstream(&json, &length);
    assert_null(index_open(folder, &index));
    for (size_t i = 0; i < COUNT(notes); i++)
        assert_null(index_add(index, &notes[i]));
    assert_null(index_close(index));
    fputs("{\"mappings\":[", mappings);
    index_mapping("SE0000000001-3001", "Region Ekeby", mappings);
    fputs("]}", mappings);
    assert_int_equal(fclose(mappings), 0);
    assert_int_equal(read_with("index.csv", "files", json, look_at_row), 4);
    free(json);
    struct str text = test_file(arena_format(arena, "%s/dok/00000001.txt", folder).ptr);
    assert_true(str_equal(text, S("Text p\xe5 svenska & <tecken>\n")));
}

static void look_at_contract(size_t i, const struct item *item)
{
    assert_int_equal(i, 0); /* one record of each contract: the nullified note is left out */
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    is(item->record.care_provider, "SE0000000001-1001");
    is(item->record.unit_name, "Medicinkliniken 1998");
    assert_true(item->record.identity.valid);
}

static void contracts_are_read(void **state)
{
    (void)state;
    static const char *const files[] = {"GetCareDocumentation.xml", "GetDiagnosis.xml",
                                        "GetCareContacts.xml"};
    assert_null(rivta_write(folder, "SE0000000001-3002", notes, COUNT(notes)));
    for (size_t i = 0; i < COUNT(files); i++)
        assert_int_equal(
            read_with(files[i], "rivta",
                      "{\"mappings\":[{\"driver\":\"*/Get*.xml\",\"reader\":\"rivta\"}]}",
                      look_at_contract),
            1);
}

static size_t cases;
static void look_at_case(size_t i, const struct item *item)
{
    (void)i;
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    cases += str_equal(item->record.reference, S("RE 2019-00417"));
}

static void case_is_found_by_its_number(void **state)
{
    (void)state;
    cases = 0;
    assert_null(case_write(folder));
    assert_int_equal(read_with("erms.xml", "erms",
                               "{\"mappings\":[{\"driver\":\"*/erms.xml\",\"reader\":\"erms\"}]}",
                               look_at_case),
                     4);
    assert_true(cases >= 1);
}

static void pdf_tells_where_its_objects_are(void **state)
{
    (void)state;
    autobuf struct buf pdf = buf_new(4096);
    paper_pdf("(å)\nrad två\n", &pdf);
    assert_null(buf_done(&pdf, "a page"));
    assert_non_null(memmem(pdf.ptr, pdf.len, "(\\(\xe5\\)) Tj", 10));
    const char *table = memmem(pdf.ptr, pdf.len, "xref\n0 6\n", 9);
    assert_non_null(table);
    for (size_t i = 1; i <= 5; i++) {
        int64_t at = 0;
        char object[16];
        assert_true(str_to_i64((struct str){table + 9 + 20 * i, 10}, 0, (int64_t)pdf.len, &at));
        snprintf(object, sizeof object, "%zu 0 obj", i);
        assert_memory_equal(pdf.ptr + at, object, strlen(object));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin_in_folder, end_in_folder)
        IN_FOLDER(index_is_read_by_its_mapping),
        IN_FOLDER(contracts_are_read),
        IN_FOLDER(case_is_found_by_its_number),
        cmocka_unit_test(pdf_tells_where_its_objects_are),
    };
    return cmocka_run_group_tests_name("demo", tests, NULL, NULL);
}
