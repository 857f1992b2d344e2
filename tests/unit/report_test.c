/* Does nothing that a package says become more than text in a report, and is each report
 * well-formed and right about what it counts? */
#include "base/base.h"
#include "text/json.h"
#include "text/xml.h"
#include "unit.h"
#include "validate/report.h"

/* What a package may hold: markup, quotes, control characters of both kinds, U+FFFF, no UTF-8. */
static const char hostile[] = "<script>&\"'\x1b[2J\xc2\x9b\xef\xbf\xbf\xff å";

static struct findings *hostile_findings(void)
{
    struct findings *f = findings_new();
    const struct finding finding = {.rule = rule_find(REQ_file_unlisted, 1),
                                    .mets = str_from(hostile),
                                    .line = 7,
                                    .element_id = str_from(hostile),
                                    .path = str_from(hostile),
                                    .found = str_from(hostile),
                                    .expected = str_from(hostile)};
    findings_add(f, &finding);
    findings_add(f, &finding);
    findings_count_more(f, finding.rule, 5);
    findings_add(f, &(struct finding){.rule = rule_find(REQ_CSIPSTR12, 1), .path = S("a")});
    findings_count_format(f, S("fmt/11"), str_from(hostile), 2, 3);
    findings_count_format(f, (struct str){0}, (struct str){0}, 1, 1);
    return f;
}

struct told {
    char *text;
    size_t length;
};

static void told_free(struct told *told)
{
    free(told->text);
}
#define autotold __attribute__((cleanup(told_free)))

static struct told tell(const struct report_about *about, const struct findings *findings,
                        struct err *(*write)(const struct report_about *about,
                                             const struct findings *findings, FILE *out))
{
    struct told told = {0};
    FILE *out = open_memstream(&told.text, &told.length);
    assert_non_null(out);
    assert_null(write(about, findings, out));
    assert_int_equal(0, fclose(out));
    assert_true(str_is_utf8((struct str){told.text, told.length}));
    return told;
}

static const struct report_about about = {.package = {hostile, sizeof hostile - 1},
                                          .objid = {hostile, sizeof hostile - 1},
                                          .files = 3,
                                          .bytes = 4};

/* No control character but the line breaks of the report itself. */
static void assert_no_control(const struct told *told)
{
    for (size_t i = 0; i < told->length; i++)
        assert_true((unsigned char)told->text[i] >= 0x20 || told->text[i] == '\n');
    assert_null(strstr(told->text, "\xc2\x9b"));
}

static void text_holds_nothing_that_acts(void **state)
{
    (void)state;
    autofindings struct findings *findings = hostile_findings();
    autotold struct told told = tell(&about, findings, report_text);
    assert_no_control(&told);
    assert_non_null(strstr(told.text, "ERROR file_unlisted.1 <script>&\"'?[2J"));
    assert_non_null(strstr(told.text, "\nformat unknown: 1 file, 1 bytes\nformat fmt/11 <script>"));
    assert_non_null(strstr(told.text, ": 2 files, 3 bytes\n"));
    assert_non_null(strstr(told.text, ": not valid; 7 errors, 1 warning; 3 files, 4 bytes\n"));
}

static void html_keeps_names_text(void **state)
{
    (void)state;
    autofindings struct findings *findings = hostile_findings();
    autotold struct told told = tell(&about, findings, report_html);
    assert_no_control(&told);
    assert_null(strstr(told.text, "<script"));
    assert_non_null(strstr(told.text, "<h1>&lt;script&gt;&amp;&quot;'?[2J"));
    assert_non_null(strstr(told.text, "Paketet är inte giltigt."));
    assert_non_null(strstr(told.text, "… och 5 till"));
    assert_non_null(strstr(told.text, "<td>fmt/11</td><td>&lt;script&gt;"));
    assert_non_null(strstr(told.text, "<td>okänt <span lang=\"en\">unknown</span></td><td>1</td>"));
}

/* Counts testcases and failures by a reader that refuses what is not well-formed. */
static void count_cases(const struct told *told, size_t *out_cases, size_t *out_failures)
{
    autoxml struct xml *xml = xml_open_str((struct str){told->text, told->length}, NULL);
    enum xml_event event = XML_OPEN;
    *out_cases = 0;
    *out_failures = 0;
    while (event != XML_END) {
        assert_null(xml_next(xml, &event));
        if (event != XML_OPEN)
            continue;
        *out_cases += xml_is(xml, NO_NAMESPACE, "testcase");
        *out_failures += xml_is(xml, NO_NAMESPACE, "failure");
    }
}

static void junit_has_a_case_for_each_rule(void **state)
{
    (void)state;
    size_t cases = 0;
    size_t failures = 0;
    struct err *const refusal = err_rule(ERR_UNSAFE, "container_link", "%s", hostile);
    struct report_about refused = about;
    refused.refusals = &refusal;
    refused.refusal_count = 1;
    autofindings struct findings *findings = hostile_findings();
    autotold struct told told = tell(&refused, findings, report_junit);
    assert_no_control(&told);
    count_cases(&told, &cases, &failures);
    assert_int_equal(rule_count + 1, cases);
    assert_int_equal(2, failures);
    assert_non_null(strstr(told.text, " failures=\"2\" errors=\"0\""));
    assert_non_null(strstr(told.text, "\nand 5 more\n"));
}

static void json_can_be_read_again(void **state)
{
    (void)state;
    autofindings struct findings *findings = hostile_findings();
    autobuf struct buf json = buf_new(1 << 20);
    autobuf struct buf canonical = buf_new(1 << 20);
    assert_null(report_write(&about, findings, &json));
    assert_null(json_canonical(buf_str(&json), &canonical));
    assert_non_null(strstr(canonical.ptr, "\"errors\":7,"));
    assert_non_null(strstr(canonical.ptr, "\"status\":\"INVALID\""));
    assert_non_null(strstr(canonical.ptr, "\"package\":{\"details\":{\"name\":\"<script>&\\\"'"));
}

static void outcome(void **state)
{
    (void)state;
    autofindings struct findings *findings = findings_new();
    struct err *const refusal = err_rule(ERR_UNSAFE, "container_link", "the entry is a link");
    struct report_about told = about;
    assert_int_equal(REPORT_VALID, report_outcome(&told, findings));
    findings_add(findings, &(struct finding){.rule = rule_find(REQ_profile_known, 1)});
    assert_int_equal(REPORT_UNDECIDED, report_outcome(&told, findings));
    told.refusals = &refusal;
    told.refusal_count = 1;
    assert_int_equal(REPORT_INVALID, report_outcome(&told, findings));
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    autofindings struct findings *findings = findings_new();
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    const struct err *e = report_html(&about, findings, full);
    assert_non_null(e);
    assert_int_equal(ERR_STORAGE, e->code);
    fclose(full);
}

static int forget(void **state)
{
    (void)state;
    err_reset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(text_holds_nothing_that_acts, forget),
        cmocka_unit_test_teardown(html_keeps_names_text, forget),
        cmocka_unit_test_teardown(junit_has_a_case_for_each_rule, forget),
        cmocka_unit_test_teardown(json_can_be_read_again, forget),
        cmocka_unit_test_teardown(outcome, forget),
        cmocka_unit_test_teardown(a_full_disk_is_told, forget)};
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
