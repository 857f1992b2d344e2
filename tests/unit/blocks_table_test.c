/* A table of blocks: a row as what is asked of room access (services/cli/blocks.h). */
#include "services/cli/blocks.h"

#include "table_rows.h"

#define HEADER                                                                                     \
    "source", "source_id", "kind", "person", "person_type", "care_provider", "care_unit",          \
        "records_from", "records_until", "excluded", "valid_from", "valid_until"
static const char *const header[] = {HEADER};

static const struct table_kind kind = {block_table_read, block_table_row};

static struct err *row(struct table_change *out, const char *const cells[COUNT(header)])
{
    return table_row(&kind, header, cells, COUNT(header), out);
}
#define ROW_OF(...) ((const char *const[COUNT(header)]){__VA_ARGS__})

static void rows_become_changes(void **state)
{
    (void)state;
    struct table_change change;
    assert_null(row(&change, ROW_OF("SE1-VAS", "S-17", "inner", " 191212121212 ", "1.2.3", "SE1-CP",
                                    "MED \"1\"", "1998-01-01", "2003-12-31", "upp  lak",
                                    "2001-02-03T10:00:00Z", "")));
    assert_int_equal(change.method, HTTP_POST);
    assert_string_equal(arena_cstr(arena, change.path), "/blocks");
    assert_string_equal(
        arena_cstr(arena, change.body),
        "{\"source\":\"SE1-VAS\",\"source_id\":\"S-17\",\"care_provider\":\"SE1-CP\","
        "\"care_unit\":\"MED \\\"1\\\"\",\"records_from\":\"1997-12-31T23:00:00Z\","
        "\"records_until\":\"2003-12-31T23:00:00Z\",\"valid_from\":\"2001-02-03T10:00:00Z\","
        "\"outer\":false,\"person\":{\"number\":\"191212121212\",\"id_type\":\"1.2.3\"},"
        "\"excluded\":[\"upp\",\"lak\"]}");
    assert_null(row(&change, ROW_OF("SE1-VAS", "S-18", "outer", "1", "", "SE1-CP", "", "", "", "",
                                    "", "2026-03-29")));
    assert_string_equal(arena_cstr(arena, change.body),
                        "{\"source\":\"SE1-VAS\",\"source_id\":\"S-18\",\"care_provider\":"
                        "\"SE1-CP\",\"valid_until\":\"2026-03-29T22:00:00Z\",\"outer\":true,"
                        "\"person\":{\"number\":\"1\"}}");
}

/* A block that is read as less than it is shows a record: so each doubt is told. */
static void wrong_rows_are_told_by_column(void **state)
{
    (void)state;
    static const struct {
        const char *cells[COUNT(header)];
        const char *field;
    } rows[] = {
        {{"", "1", "inner", "1", "", "CP"}, "source"},
        {{"S", "", "inner", "1", "", "CP"}, "source_id"},
        {{"S", "1", "", "1", "", "CP"}, "kind"},
        {{"S", "1", "inre", "1", "", "CP"}, "kind"},
        {{"S", "1", "inner", "", "", "CP"}, "person"},
        {{"S", "1", "inner", "1", "", ""}, "care_provider"},
        {{"S", "1", "inner", "1", "", "CP", "U", "1998"}, "records_from"},
        {{"S", "1", "inner", "1", "", "CP", "U", "", "2003-02-30"}, "records_until"},
        {{"S", "1", "inner", "1", "", "CP", "U", "", "", "", "2003-12-31 10:00"}, "valid_from"},
        {{"S", "1", "inner", "1", "", "CP", "U", "", "", "", "", "x"}, "valid_until"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct table_change change;
        const struct err *e = row(&change, rows[i].cells);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_INVALID);
        assert_string_equal(e->field, rows[i].field);
    }
}

static void headers_need_what_every_row_needs(void **state)
{
    (void)state;
    struct table_header table;
    struct str names[COUNT(header)];
    for (size_t missing = 0; missing < COUNT(header); missing++) {
        size_t count = 0;
        for (size_t i = 0; i < COUNT(header); i++)
            if (i != missing)
                names[count++] = str_from(header[i]);
        bool needed = missing < 4 || missing == 5;
        assert_int_equal(block_table_read(names, count, &table) != NULL, needed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(rows_become_changes),
        WITH_ARENA(wrong_rows_are_told_by_column),
        WITH_ARENA(headers_need_what_every_row_needs),
    };
    return cmocka_run_group_tests_name("blocks table", tests, NULL, NULL);
}
