/* Reader "erms": cases and documents of a registry. */
#include "readers.h"

#define DOCUMENT(id, more)                                                                         \
    "<record recordType=\"letter\"><objectId>" id "</objectId><title>Brev " id "</title>"          \
    "<dates><date dateType=\"created\">2019-03-04T10:00:00</date>"                                 \
    "<date dateType=\"received\">2019-03-05T00:00:00.0</date></dates>"                             \
    "<description>om väntetider</description>" more "</record>"
#define TWO_FILES                                                                                  \
    "<additionalInformation><appendix name=\"a\" path=\"bilagor\\a.pdf\"/>"                        \
    "<appendix name=\"b\" path=\"bilagor/b.pdf\"/></additionalInformation>"
#define CASE                                                                                       \
    "<aggregation systemIdentifier=\"s\" aggregationType=\"caseFile\"><objectId>RS "               \
    "2019-17</objectId>"                                                                           \
    "<title>Klagomål</title><status value=\"closed\"/>"                                           \
    "<restriction restrictionType=\"confidential\"><regulation>OSL "                               \
    "25:1</regulation></restriction>"                                                              \
    "<agents><agent agentType=\"counterpart\"><name>N</name>"                                      \
    "<idNumber idNumberType=\"personnummer\">19121212-1212</idNumber>"                             \
    "<protectedIdentity>true</protectedIdentity></agent>"                                          \
    "<agent agentType=\"creator\"><name>Åke</name><role>handläggare</role></agent></agents>"     \
    "<description>Om kö</description><dates><date "                                               \
    "dateType=\"opened\">2019-03-01T08:00:00+01:00</date>"                                         \
    "<date dateType=\"closed\">2019-04-01</date></dates>" DOCUMENT("RS 2019-17-1", TWO_FILES)      \
        DOCUMENT("RS 2019-17-2", "<status value=\"obliterated\"/>") "</aggregation>"
#define START                                                                                      \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<erms xmlns=\"https://DILCIS.eu/XML/ERMS\">"      \
    "<control><identification>1</identification></control><aggregations>"
#define END "</aggregations></erms>"

static struct reader_input input_of(const struct source *source)
{
    return (struct reader_input){
        .name = S("erms"), .path = S("data/erms.xml"), .source = source, .to = source->size};
}

static void look_case(const struct record *r)
{
    is(r->category, "case");
    is(r->reference, "RS 2019-17");
    is(r->source_id, "RS 2019-17");
    is(r->title, "Klagomål");
    is(r->text, "Klagomål\nOm kö");
    is(r->author_name, "Åke");
    is(r->author_role, "handläggare");
    is(r->identity.normalised.digits, "191212121212");
    assert_true(r->restricted);
    assert_true(r->protected_person);
    assert_int_equal(r->belongs_to.len, 0);
    is_time(r->occurred_at, "2019-03-01T07:00:00Z");
    is_time(r->ended_at, "2019-03-31T22:00:00Z");
    is(r->path, "data/erms.xml");
    assert_int_equal(r->length, sizeof CASE - 1);
}

static void look_document(const struct record *r, bool with_files)
{
    is(r->category, "document");
    is(r->reference, "RS 2019-17");
    is(r->belongs_to, "RS 2019-17");
    is(r->source_id, with_files ? "RS 2019-17-1" : "RS 2019-17-2");
    is(r->status, with_files ? "unsigned" : "nullified");
    is_time(r->occurred_at, "2019-03-04T23:00:00Z");
    is_time(r->documented_at, "2019-03-04T09:00:00Z");
    assert_false(r->restricted);
    assert_true(identity_is_absent(&r->identity));
    is(r->path, with_files ? "bilagor/a.pdf" : "data/erms.xml");
    assert_int_equal(r->length == 0, with_files);
    assert_int_equal(r->attachments.count, with_files);
    assert_true(r->row_length > 0);
}

static void look(size_t at, const struct item *item)
{
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    is(item->record.type, "registry");
    if (at % 3 == 0)
        look_case(&item->record);
    else
        look_document(&item->record, at % 3 == 1);
}

static void a_case_and_its_documents(void **state)
{
    (void)state;
    struct str bytes = S(START CASE CASE END);
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_int_equal(read_all(&input, look), 6);
}

static void classes_are_no_cases(void **state)
{
    (void)state;
    struct str bytes = S(START "<aggregation aggregationType=\"class\"><objectId>1</objectId>"
                               "<aggregation aggregationType='class'><objectId>1.1</objectId>" CASE
                               "</aggregation></aggregation>" END);
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_int_equal(read_all(&input, look), 3);
}

/* Read in parts as small as may be: how many records, of how many parts. */
static size_t read_parts(struct str bytes, void (*look_at)(size_t, const struct item *),
                         size_t *out_parts)
{
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    struct reader_part part = {0};
    size_t records = 0;
    for (*out_parts = 0; part.to < bytes.len; ++*out_parts) {
        input.from = part.to;
        input.first_row = part.next_row;
        assert_null(reader_cut(&input, 1, &part));
        input.to = part.to;
        records += read_all(&input, look_at);
    }
    return records;
}

static void parts_are_whole_cases(void **state)
{
    (void)state;
    size_t parts = 0;
    assert_int_equal(read_parts(S(START CASE CASE CASE END), look, &parts), 9);
    assert_int_equal(parts, 4); /* and what follows the last */
}

/* Cases of a class and of a class in it: a part begins only where it may, and none is lost. */
static void parts_begin_at_one_depth(void **state)
{
    (void)state;
#define CLASS "<aggregation systemIdentifier=\"c\" aggregationType=\"class\">"
    size_t parts = 0;
    struct str bytes = S(START CLASS CASE CLASS CASE CASE "</aggregation>" CASE
                                                          "</aggregation>" CLASS CASE CLASS CASE
                                                          "</aggregation></aggregation>" END);
    assert_int_equal(read_parts(bytes, look, &parts), 18);
    assert_int_equal(parts, 4); /* the first; to the fourth; the fifth; the last */
}

static void look_away(size_t at, const struct item *item)
{
    (void)at, (void)item;
}

/* … and in one namespace: what is no case of ours in the whole file is none in a part of it. */
static void parts_begin_in_one_namespace(void **state)
{
    (void)state;
    size_t parts = 0;
    struct str bytes =
        S(START CASE "</aggregations><aggregations xmlns=\"urn:other\">" CASE CASE END);
    assert_int_equal(read_parts(bytes, look_away, &parts), 5); /* of the others a finding each */
    assert_int_equal(parts, 2);
}

static void look_foreign(size_t at, const struct item *item)
{
    (void)at;
    assert_false(item->has_record);
    assert_string_equal(item->findings[0].rule, "unknown_namespace");
}

static void another_namespace_is_no_erms(void **state)
{
    (void)state;
    struct str bytes = S("<erms xmlns=\"http://xml.ra.se/e-arkiv/FGS-ERMS\">" CASE "</erms>");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    assert_int_equal(read_all(&input, look_foreign), 1);
}

static size_t cases;
static void look_example(size_t at, const struct item *item)
{
    (void)at;
    const struct record *r = &item->record;
    assert_true(item->has_record);
    assert_true(r->source_id.len > 0);
    assert_true(r->title.len > 0);
    assert_true(str_starts(r->text, S("title")));
    cases += str_equal(r->category, S("case"));
}

static void the_generated_example(void **state)
{
    (void)state;
    struct str bytes = test_file("../shared/realdata/erms/ERMS_2_1_0_generated_example.xml");
    if (bytes.ptr == NULL)
        return;
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source);
    cases = 0;
    size_t all = read_all(&input, look_example);
    assert_int_equal(cases, 4);
    assert_int_equal(all, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_case_and_its_documents), WITH_ARENA(classes_are_no_cases),
        WITH_ARENA(parts_begin_at_one_depth), WITH_ARENA(parts_begin_in_one_namespace),
        WITH_ARENA(parts_are_whole_cases),    WITH_ARENA(another_namespace_is_no_erms),
        WITH_ARENA(the_generated_example),
    };
    return cmocka_run_group_tests_name("reader_erms", tests, NULL, NULL);
}
