/* The register of units: what a code meant at a record's own time (domain/unit.h), whose records a
 * successor reads, and a table's rows as changes (services/cli/units.h). */
#include "domain/unit.h"
#include "services/cli/units.h"

#include "table_rows.h"

static struct instant on(const char *date)
{
    struct instant at = {0};
    assert_true(date == NULL || instant_parse(arena_format(arena, "%sT00:00:00Z", date), &at));
    return at;
}

static struct permission_span span(const char *from, const char *until)
{
    return (struct permission_span){on(from), on(until)};
}

/* --- codes
 * ------------------------------------------------------------------------------------------ */

static struct unit_meaning meaning(const char *system, const char *code, const char *unit,
                                   const char *from, const char *until)
{
    return (struct unit_meaning){.source_system = str_from(system),
                                 .code = str_from(code),
                                 .unit = str_from(unit),
                                 .care_unit = arena_format(arena, "CU-%s", unit),
                                 .care_provider = S("CP-1"),
                                 .valid = span(from, until)};
}

/* The unit of a record of that system, code and time, among all that the table says. */
static const char *unit_of(const char *system, const char *code, const char *at)
{
    const struct unit_meaning meanings[] = {
        meaning("SE1-VAS", "MED1", "U-OLD", "1990-01-01", "2003-01-01"),
        meaning("SE1-VAS", "MED1", "U-NEW", "2003-01-01", NULL),
        meaning("SE1-PMO", "MED1", "U-OTHER", "1990-01-01", NULL),
        meaning("SE1-VAS", "KIR", "U-KIR", "1990-01-01", "2000-01-01"),
        meaning(NULL, "U-HSA", "U-HSA", NULL, NULL),
        meaning(NULL, "KIR", "U-WRONG", NULL, NULL)};
    struct record record = {
        .source_system = str_from(system), .unit_id = str_from(code), .documented_at = on(at)};
    unit_map(&record, meanings, COUNT(meanings));
    assert_string_equal(arena_cstr(arena, record.unit_id), code == NULL ? "" : code);
    return arena_cstr(arena, record.unit);
}

static void a_code_means_what_it_meant_then(void **state)
{
    (void)state;
    static const struct {
        const char *what, *system, *code, *at, *unit;
    } rows[] = {
        {"of its own time", "SE1-VAS", "MED1", "1998-05-01", "U-OLD"},
        {"the last day before", "SE1-VAS", "MED1", "2002-12-31", "U-OLD"},
        {"the first of the next", "SE1-VAS", "MED1", "2003-01-01", "U-NEW"},
        {"today's", "SE1-VAS", "MED1", "2026-01-01", "U-NEW"},
        {"before anybody knows", "SE1-VAS", "MED1", "1989-12-31", ""},
        {"of another system", "SE1-PMO", "MED1", "1998-05-01", "U-OTHER"},
        {"of a system not told of", "SE1-X", "MED1", "1998-05-01", ""},
        {"no time, two meanings", "SE1-VAS", "MED1", NULL, ""},
        {"no time, one meaning", "SE1-PMO", "MED1", NULL, "U-OTHER"},
        {"a unit's own id", "SE1-VAS", "U-HSA", "1998-05-01", "U-HSA"},
        {"its own id, no time", "SE1-X", "U-HSA", NULL, "U-HSA"},
        {"a code goes before an id", "SE1-VAS", "KIR", "1998-05-01", "U-KIR"},
        {"and is no id outside its time", "SE1-VAS", "KIR", "2001-05-01", ""},
        {"no unit told", "SE1-VAS", NULL, "1998-05-01", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = unit_of(rows[i].system, rows[i].code, rows[i].at);
        if (strcmp(got, rows[i].unit) != 0)
            fail_msg("%s: %s, not %s", rows[i].what, got, rows[i].unit);
    }
}

static void what_was_delivered_stands(void **state)
{
    (void)state;
    const struct unit_meaning meanings[] = {
        meaning("SE1-VAS", "MED1", "U-OLD", "1990-01-01", NULL)};
    struct record told = {.source_system = S("SE1-VAS"),
                          .unit_id = S("MED1"),
                          .unit_name = S("Medicin"),
                          .care_unit = S("CU-THEN"),
                          .care_provider = S("CP-THEN"),
                          .occurred_at = on("1998-01-01")};
    struct record silent = {
        .source_system = S("SE1-VAS"), .unit_id = S("MED1"), .occurred_at = on("1998-01-01")};
    unit_map(&told, meanings, 1);
    unit_map(&silent, meanings, 1);
    assert_string_equal(arena_cstr(arena, told.unit), "U-OLD");
    assert_string_equal(arena_cstr(arena, told.care_unit), "CU-THEN");
    assert_string_equal(arena_cstr(arena, told.care_provider), "CP-THEN");
    assert_string_equal(arena_cstr(arena, silent.care_unit), "CU-U-OLD");
    assert_string_equal(arena_cstr(arena, silent.care_provider), "CP-1");
}

/* --- succession
 * ------------------------------------------------------------------------------------- */

/* "A B": what C reads on that day, in the order it is found. */
static const char *reads(const struct unit_succession *all, size_t count, const char *day)
{
    static struct permission_succession out[UNIT_PREDECESSORS_MAX];
    size_t found = 0;
    const struct str c = S("C");
    struct str text = S("");
    assert_null(unit_predecessors(all, count, (struct strs){&c, 1}, out, &found));
    for (size_t i = 0; i < found; i++)
        if (permission_in_force(out[i].valid, on(day)))
            text = arena_format(arena, "%.*s%s%.*s", STR_ARG(text), text.len > 0 ? " " : "",
                                STR_ARG(out[i].unit));
    return arena_cstr(arena, text);
}

static void a_chain_is_followed_where_it_is_decided(void **state)
{
    (void)state;
    const struct permission_span always = span("2000-01-01", NULL);
    struct unit_succession one_step[] = {{S("B"), S("C"), false, always},
                                         {S("A"), S("B"), false, always}};
    assert_string_equal(reads(one_step, 2, "2010-01-01"), "B");
    one_step[0].covers_predecessors = true;
    assert_string_equal(reads(one_step, 2, "2010-01-01"), "B A");
    one_step[0].covers_predecessors = false;
    one_step[1].covers_predecessors = true; /* says what B reads, not C */
    assert_string_equal(reads(one_step, 2, "2010-01-01"), "B");
}

static void every_link_is_in_force(void **state)
{
    (void)state;
    const struct unit_succession links[] = {
        {S("B"), S("C"), true, span("2005-01-01", "2020-01-01")},
        {S("A"), S("B"), false, span("2000-01-01", "2010-01-01")}};
    assert_string_equal(reads(links, 2, "2004-12-31"), "");
    assert_string_equal(reads(links, 2, "2005-01-01"), "B A");
    assert_string_equal(reads(links, 2, "2009-12-31"), "B A");
    assert_string_equal(reads(links, 2, "2010-01-01"), "B");
    assert_string_equal(reads(links, 2, "2020-01-01"), "");
    const struct unit_succession apart[] = {
        {S("B"), S("C"), true, span("2015-01-01", NULL)},
        {S("A"), S("B"), false, span("2000-01-01", "2010-01-01")}};
    assert_string_equal(reads(apart, 2, "2016-01-01"), "B");
}

static void rings_end(void **state)
{
    (void)state;
    const struct permission_span always = span("2000-01-01", NULL);
    const struct unit_succession ring[] = {{S("B"), S("C"), true, always},
                                           {S("A"), S("B"), true, always},
                                           {S("C"), S("A"), true, always},
                                           {S("B"), S("A"), true, always}};
    assert_string_equal(reads(ring, 4, "2010-01-01"), "B A");
    struct unit_succession many[UNIT_PREDECESSORS_MAX + 1];
    static struct permission_succession out[UNIT_PREDECESSORS_MAX];
    size_t found = 0;
    const struct str c = S("C");
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (struct unit_succession){arena_format(arena, "U%zu", i), S("C"), false, always};
    assert_null(unit_predecessors(many, COUNT(many) - 1, (struct strs){&c, 1}, out, &found));
    assert_int_equal(found, UNIT_PREDECESSORS_MAX);
    const struct err *e = unit_predecessors(many, COUNT(many), (struct strs){&c, 1}, out, &found);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TOO_LARGE);
}

/* --- tables
 * ----------------------------------------------------------------------------------------- */

#define HEADER                                                                                     \
    "what", "unit", "name", "care_unit", "care_provider", "is_protected", "source_system", "code", \
        "valid_from", "valid_until", "successor", "kind", "decided_by"
static const char *const header[] = {HEADER};

static const struct table_kind kind = {unit_table_read, unit_table_row};

static struct err *row(struct table_change *out, const char *const cells[COUNT(header)])
{
    return table_row(&kind, header, cells, COUNT(header), out);
}
#define ROW_OF(...) ((const char *const[COUNT(header)]){__VA_ARGS__})

static void rows_become_changes(void **state)
{
    (void)state;
    struct table_change change;
    assert_null(row(&change, ROW_OF("unit", "SE1-U1", "Medicin \"1\"", "SE1-CU1", "SE1-CP", "ja",
                                    "", "", "1990-01-01", "2003-01-01T00:00:00Z")));
    assert_int_equal(change.method, HTTP_PUT);
    assert_string_equal(arena_cstr(arena, change.path), "/units/SE1-U1");
    assert_string_equal(
        arena_cstr(arena, change.body),
        "{\"name\":\"Medicin \\\"1\\\"\",\"care_unit\":\"SE1-CU1\",\"care_provider\":\"SE1-CP\","
        "\"is_protected\":true,\"valid_from\":\"1989-12-31T23:00:00Z\",\"valid_until\":\"2003-01-"
        "01T00:00:00Z\"}");
    assert_null(
        row(&change, ROW_OF("code", "SE1-U1", "", "", "", "", "VAS", " MED1 ", "1998-07-01")));
    assert_string_equal(arena_cstr(arena, change.path), "/units/SE1-U1/codes");
    assert_string_equal(arena_cstr(arena, change.body),
                        "{\"source_system\":\"VAS\",\"code\":\"MED1\",\"valid_from\":\"1998-06-"
                        "30T22:00:00Z\"}");
    assert_null(row(&change, ROW_OF("succession", "SE1-U1", "", "", "", "", "", "", "2003-01-01",
                                    "", "SE1-U2", "merge", "Direktionen")));
    assert_int_equal(change.method, HTTP_POST);
    assert_string_equal(arena_cstr(arena, change.path), "/successions");
    assert_string_equal(
        arena_cstr(arena, change.body),
        "{\"unit\":\"SE1-U1\",\"successor\":\"SE1-U2\",\"kind\":\"merge\",\"decided_by\":"
        "\"Direktionen\",\"valid_from\":\"2002-12-31T23:00:00Z\"}");
}

static void wrong_rows_are_told_by_column(void **state)
{
    (void)state;
    static const struct {
        const char *cells[COUNT(header)];
        const char *field;
    } rows[] = {
        {{"place", "SE1-U1"}, "what"},
        {{"", "SE1-U1"}, "what"},
        {{"unit", ""}, "unit"},
        {{"unit", "a/b"}, "unit"},
        {{"unit", "a?b"}, "unit"},
        {{"unit", "å"}, "unit"},
        {{"unit", "SE1-U1", "x", "", "y", "perhaps"}, "is_protected"},
        {{"unit", "SE1-U1", "x", "", "y", "", "VAS"}, "source_system"},
        {{"unit", "SE1-U1", "x", "", "y", "", "", "", "1998"}, "valid_from"},
        {{"unit", "SE1-U1", "x", "", "y", "", "", "", "1998-13-01"}, "valid_from"},
        {{"unit", "SE1-U1", "x", "", "y", "", "", "", "1998-01-01", "1998-01-01T00:00"},
         "valid_until"},
        {{"code", "SE1-U1", "", "", "", "", "VAS", "M", "1998-01-01", "", "SE1-U2"}, "successor"},
    };
    struct table_change change;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct err *e = row(&change, rows[i].cells);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_INVALID);
        assert_string_equal(e->field, rows[i].field);
    }
}

static void wrong_headers_are_refused(void **state)
{
    (void)state;
    struct table_header table;
    const struct str unknown[] = {S("what"), S("unit"), S("colour")};
    const struct str twice[] = {S("what"), S("unit"), S("what")};
    const struct str right[] = {S(" what "), S("unit"), S("name")};
    assert_non_null(unit_table_read(unknown, 3, &table));
    assert_non_null(unit_table_read(twice, 3, &table));
    assert_non_null(unit_table_read(right, 1, &table));
    assert_null(unit_table_read(right, 3, &table));
    struct table_change change;
    const struct err *e = unit_table_row(&table, right, 2, arena, &change);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_code_means_what_it_meant_then),
        WITH_ARENA(what_was_delivered_stands),
        WITH_ARENA(a_chain_is_followed_where_it_is_decided),
        WITH_ARENA(every_link_is_in_force),
        WITH_ARENA(rings_end),
        WITH_ARENA(rows_become_changes),
        WITH_ARENA(wrong_rows_are_told_by_column),
        WITH_ARENA(wrong_headers_are_refused),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
