/* Reader "files": index files as retired systems write them. The number is Skatteverket's test
 * number. */
#include "readers.h"

#define NOTES_FIELDS                                                                               \
    "{\"field\":\"type\",\"value\":\"care\"},"                                                     \
    "{\"field\":\"person_number\",\"column\":\"PNR\"},"                                            \
    "{\"field\":\"occurred_at\",\"column\":\"DATUM\",\"format\":\"YYYY-MM-DD hh:mm\"},"            \
    "{\"field\":\"category\",\"column\":\"TYP\",\"values\":[\"J=voo\",\"D=dia\"]},"                \
    "{\"field\":\"title\",\"column\":\"RUBRIK\"},"                                                 \
    "{\"field\":\"path\",\"column\":\"FIL\"},"                                                     \
    "{\"field\":\"source_system\",\"value\":\"SE0000000001-3001\"},"                               \
    "{\"field\":\"approved_for_patient\",\"column\":\"VISA\"}"
#define NOTES(more)                                                                                \
    "{\"mappings\":[{\"driver\":\"*.csv\",\"reader\":\"files\",\"form\":\"csv\",\"folder\":"       \
    "\"data/\"" more ",\"fields\":[" NOTES_FIELDS "]}]}"
#define HEADER "PNR;DATUM;TYP;RUBRIK;FIL;VISA\n"

static const struct mapping *mapping_of(const char *json)
{
    struct mapping *mappings = NULL;
    size_t count = 0;
    assert_null(mapping_read(str_from(json), arena, &mappings, &count));
    const struct mapping *m = mapping_for(mappings, count, S("data/index.csv"), arena);
    assert_non_null(m);
    return m;
}

static struct reader_input input_of(const struct source *source, const char *mapping)
{
    return (struct reader_input){.name = S("files"),
                                 .path = S("data/index.csv"),
                                 .source = source,
                                 .to = source->size,
                                 .mapping = mapping_of(mapping)};
}

static void look_windows_1252(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    assert_int_equal(at, 0);
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    is(r->title, "Återbesök på öron, näsa – hals");
    is(r->path, "data/skannat/A1.pdf");
    is(r->driver, "data/index.csv");
    is(r->category, "voo");
    is(r->status, "unsigned");
    is(r->identity.normalised.digits, "191212121212");
    assert_true(r->approved_for_patient);
    is_time(r->occurred_at, "1998-07-01T06:05:00Z");
    assert_int_equal(r->row_offset, sizeof HEADER - 1);
}

/* A retired system's access log, as schemas/information-types/README.md has it. */
#define LOG_FIELDS                                                                                 \
    "{\"field\":\"type\",\"value\":\"access-log\"},"                                               \
    "{\"field\":\"person_number\",\"column\":\"PATIENT\"},"                                        \
    "{\"field\":\"occurred_at\",\"column\":\"TID\"},"                                              \
    "{\"field\":\"category\",\"column\":\"HÄNDELSE\",\"values\":[\"Läst=read\",\"*=other\"]},"   \
    "{\"field\":\"title\",\"column\":\"HÄNDELSE\"},"                                              \
    "{\"field\":\"author_id\",\"column\":\"ANVÄNDARE\"},"                                         \
    "{\"field\":\"author_name\",\"column\":\"NAMN\"},"                                             \
    "{\"field\":\"unit_id\",\"column\":\"ENHET\"}"

static void look_log(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    assert_true(item->has_record);
    assert_int_equal(item->finding_count, 0);
    is(r->type, "access-log");
    is(r->category, at == 0 ? "read" : "other");
    is(r->title, at == 0 ? "läst" : "Bytt lösenord");
    is(r->author_name, "Kalle Karlsson");
    is(r->author_id, "SE1-K");
    is(r->unit_id, "SE1-U1");
    is(r->identity.normalised.digits, "191212121212");
    is_time(r->occurred_at, "2021-03-01T09:00:05Z");
    is(r->path, "");
}

static void the_log_of_a_retired_system(void **state)
{
    (void)state;
    struct str bytes =
        S("TID;ANVÄNDARE;NAMN;ENHET;HÄNDELSE;PATIENT\n"
          "2021-03-01 10:00:05;SE1-K;Kalle Karlsson;SE1-U1;läst;19121212-1212\n"
          "2021-03-01 10:00:05;SE1-K;Kalle Karlsson;SE1-U1;Bytt lösenord;191212121212\n");
    const struct source source = source_from_str(&bytes);
    const struct reader_input input = input_of(
        &source, "{\"mappings\":[{\"driver\":\"*.csv\",\"reader\":\"files\",\"form\":\"csv\","
                 "\"fields\":[" LOG_FIELDS "]}]}");
    assert_int_equal(read_all(&input, look_log), 2);
}

static void windows_1252_and_ten_digits(void **state)
{
    (void)state;
    struct str bytes =
        S(HEADER "121212-1212;1998-07-01 08:05;j;\xc5terbes\xf6k p\xe5 \xf6ron, n\xe4sa \x96 hals;"
                 ".\\skannat\\A1.pdf;J\r\n");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source, NOTES(""));
    assert_int_equal(read_all(&input, look_windows_1252), 1);
    input = input_of(&source, NOTES(",\"encoding\":\"windows-1252\",\"separator\":\";\""));
    assert_int_equal(read_all(&input, look_windows_1252), 1);
}

static void look_quoted(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    assert_true(item->has_record);
    if (at == 0)
        is(r->title, "rad ett\nrad \"två\"; slut");
    if (at == 1)
        is(r->title, "5\" rör");
    is(r->category, at == 0 ? "voo" : "dia");
}

static void quotes_hold_line_ends_and_separators(void **state)
{
    (void)state;
    struct str bytes =
        S("\xef\xbb\xbf\"PNR\",DATUM,TYP,\"RUBRIK\",FIL,VISA,\r\n"
          "191212121212,1998-07-01 08:05,J,\"rad ett\nrad \"\"två\"\"; slut\",a.pdf,,\r\n\r\n"
          "191212121212,1998-07-01 08:05,D,5\" rör,a.pdf,nej,");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source, NOTES(""));
    assert_int_equal(read_all(&input, look_quoted), 2);
}

static void look_bad(size_t at, const struct item *item)
{
    const struct finding *f = item->findings;
    static const char *const rules[] = {"bad_row", "bad_value", "unknown_value", "bad_value",
                                        "doubtful_row"};
    assert_true(item->finding_count >= 1);
    assert_string_equal(f->rule, rules[at]);
    assert_int_equal(f->row, at + 2);
    assert_int_equal(item->has_record, at != 0 && at != 2);
    if (at == 1)
        is(f->column, "DATUM");
    if (at == 3)
        assert_int_equal(item->record.path.len, 0);
}

static void bad_rows_are_findings(void **state)
{
    (void)state;
    struct str bytes = S(HEADER "191212121212;1998-07-01 08:05;J\n"
                                "191212121212;1998-13-01 08:05;J;t;a.pdf;\n"
                                "191212121212;1998-07-01 08:05;X;t;a.pdf;\n"
                                "191212121212;1998-07-01 08:05;J;t;../../etc/passwd;\n"
                                "191212121212;1998-07-01 08:05;J;\"t\" x;a.pdf;\n");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source, NOTES(""));
    assert_int_equal(read_all(&input, look_bad), 5);
}

static void unreadable(struct str bytes, enum err_code code)
{
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source, NOTES(""));
    struct err *e = first_error(&input);
    assert_non_null(e);
    assert_int_equal(e->code, code);
}

static void what_is_no_index_is_refused(void **state)
{
    (void)state;
    unreadable((struct str){"", 0}, ERR_CORRUPT);
    unreadable(S("\xff\xfeP\0N\0R\0"), ERR_UNSUPPORTED);
    unreadable(S("A;B;A\n1;2;3\n"), ERR_CORRUPT);
    unreadable(S("A;;B\n1;2;3\n"), ERR_CORRUPT);
    size_t length = CSV_ROW_MAX * 2;
    char *open_quote = arena_alloc(arena, length, 1);
    memset(open_quote, 'x', length);
    memcpy(open_quote, "A;B\n\"", 5);
    unreadable((struct str){open_quote, length}, ERR_CORRUPT);
}

static size_t seen;
static int64_t last_row;
static void look_part(size_t at, const struct item *item)
{
    (void)at;
    assert_true(item->has_record);
    assert_true(item->record.row_offset > last_row);
    last_row = item->record.row_offset;
    seen++;
}

static void parts_join_without_a_seam(void **state)
{
    (void)state;
    autobuf struct buf bytes = buf_new(1 << 20);
    buf_put(&bytes, S(HEADER));
    for (int i = 0; i < 500; i++)
        buf_format(&bytes, "191212121212;1998-07-01 08:05;J;\"rad\n%d;\n\";a.pdf;\n", i);
    struct str whole = buf_str(&bytes);
    struct source source = source_from_str(&whole);
    struct reader_input input = input_of(&source, NOTES(""));
    struct reader_part part = {.next_row = 2};
    size_t parts = 0;
    seen = 0;
    last_row = 0;
    for (; part.to < source.size; parts++) {
        input.from = part.to;
        input.first_row = part.next_row;
        assert_null(reader_cut(&input, 1000, &part));
        input.to = part.to;
        read_all(&input, look_part);
        assert_int_equal(part.next_row, seen + 2);
    }
    assert_int_equal(seen, 500);
    assert_in_range(parts, 20, 40);
}

static void refuses(const char *json, const char *field)
{
    struct mapping *mappings = NULL;
    size_t count = 0;
    struct err *e = mapping_read(str_from(json), arena, &mappings, &count);
    assert_non_null(e);
    assert_string_equal(e->field, field);
}

static void a_wrong_mapping_is_refused_by_its_field(void **state)
{
    (void)state;
    refuses("{}", "mappings");
    refuses("{\"mappings\":[{\"reader\":\"files\"}]}", "mappings[0].driver");
    refuses("{\"mappings\":[{\"driver\":\"a\",\"reader\":\"psychic\"}]}", "mappings[0].reader");
    refuses("{\"mappings\":[{\"driver\":\"a\",\"reader\":\"files\",\"form\":\"xml\"}]}",
            "mappings[0]");
    refuses("{\"mappings\":[{\"driver\":\"a\",\"reader\":\"files\",\"fields\":[{\"field\":"
            "\"tenant\",\"value\":\"1\"}]}]}",
            "mappings[0].fields");
    refuses("{\"mappings\":[{\"driver\":\"a\",\"reader\":\"files\",\"fields\":[{\"field\":"
            "\"title\"}]}]}",
            "mappings[0].fields");
}

static void look_xml(size_t at, const struct item *item)
{
    const struct record *r = &item->record;
    assert_true(item->has_record == (at != 1));
    if (at == 1) {
        assert_string_equal(item->findings[0].rule, "bad_row");
        return;
    }
    is(r->title, at == 0 ? "Röntgen <hö>" : "Remiss");
    is(r->reference, at == 0 ? "R-1" : "R-3");
    is(r->identity.normalised.digits, "191212121212");
    is(r->path, "data/a.tif");
    assert_int_equal(r->attachments.count, 2);
    is(r->attachments.at[1], "data/c.tif");
}

static void an_index_in_xml(void **state)
{
    (void)state;
    static const char mapping[] =
        "{\"mappings\":[{\"driver\":\"data/"
        "*\",\"reader\":\"files\",\"form\":\"xml\",\"row\":\"post\","
        "\"folder\":\"data/\",\"fields\":["
        "{\"field\":\"type\",\"value\":\"care\"},{\"field\":\"category\",\"value\":\"und-bdi-ure\"}"
        ","
        "{\"field\":\"person_number\",\"column\":\"patient/"
        "@nr\"},{\"field\":\"reference\",\"column\":\"@id\"},"
        "{\"field\":\"title\",\"column\":\"rubrik\"},{\"field\":\"path\",\"column\":\"fil\"},"
        "{\"field\":\"attachments\",\"column\":\"sidor\"}]}]}";
    struct str bytes = S(
        "<?xml version='1.0' encoding='ISO-8859-1'?><!-- <post> --><x:index xmlns:x='urn:x' "
        "xmlns='urn:y'>\n"
        "<post id='R-1'><patient nr='19121212-1212'/><rubrik>R\xf6ntgen "
        "&lt;h<![CDATA[\xf6>]]></rubrik>"
        "<fil>a.tif</fil><sidor>b.tif|c.tif</sidor></post>\n"
        "<post id='R-2'><rubrik>&nbsp;</rubrik></post>\n"
        "<post id='R-3' x:more=\"a>b\"><patient nr='191212121212'></patient><rubrik>Remiss</rubrik>"
        "<fil>a.tif</fil><sidor>b.tif|c.tif</sidor></post>"
        "</x:index>\n");
    struct source source = source_from_str(&bytes);
    struct reader_input input = input_of(&source, mapping);
    assert_int_equal(read_all(&input, look_xml), 3);
    struct reader_part part;
    assert_null(reader_cut(&input, 1, &part));
    assert_int_equal(part.next_row, 2);
    input.from = part.to;
    input.first_row = part.next_row;
    assert_null(reader_cut(&input, 1 << 20, &part));
    assert_int_equal(part.to, bytes.len);
    assert_int_equal(part.next_row, 4);
    assert_int_equal(read_all(&input, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(the_log_of_a_retired_system),
        WITH_ARENA(windows_1252_and_ten_digits),
        WITH_ARENA(quotes_hold_line_ends_and_separators),
        WITH_ARENA(bad_rows_are_findings),
        WITH_ARENA(what_is_no_index_is_refused),
        WITH_ARENA(parts_join_without_a_seam),
        WITH_ARENA(an_index_in_xml),
        WITH_ARENA(a_wrong_mapping_is_refused_by_its_field),
    };
    return cmocka_run_group_tests_name("reader_files", tests, NULL, NULL);
}
