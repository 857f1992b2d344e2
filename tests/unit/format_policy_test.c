/* Does a PDF's claim come out of its bytes, wherever they are cut; is it seen when it is torn or
 * encrypted; and do a region's rulings and an agreement's terms stand before the shipped list? */
#include "base/base.h"
#include "format/pdf.h"
#include "unit.h"
#include "validate/format_policy.h"
#include "validate/terms.h"

/* --- PDF */

#define HEAD "%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
#define END  "startxref\n9\n%%EOF\n"

static struct pdf_look look_at(struct str bytes)
{
    const struct format_view view = {.head = bytes, .tail = bytes};
    return pdf_look_at(&view, bytes.len);
}

static void sees_the_ends_of_a_pdf(void **state)
{
    (void)state;
    assert_false(look_at(S("hello")).is_pdf);
    assert_false(look_at(S("")).is_pdf);
    struct pdf_look whole = look_at(S(HEAD "trailer\n<</Root 1 0 R>>\n" END));
    assert_true(whole.is_pdf && whole.torn == NULL && !whole.encrypted);
    assert_non_null(look_at(S(HEAD)).torn);
    assert_non_null(look_at(S(HEAD "%%EOF")).torn);
    assert_non_null(look_at(S(HEAD "startxref\nnone\n%%EOF")).torn);
    assert_non_null(look_at(S(HEAD "startxref\n99999\n%%EOF")).torn);
    assert_non_null(look_at(S(HEAD "startxref\n99999999999999999999\n%%EOF")).torn);
}

static void sees_encryption(void **state)
{
    (void)state;
    assert_true(look_at(S(HEAD "trailer\n<</Root 1 0 R/Encrypt 5 0 R>>\n" END)).encrypted);
    assert_true(look_at(S(HEAD "trailer\n<</Encrypt<</V 2>>>>\n" END)).encrypted);
    assert_false(look_at(S(HEAD "trailer\n<</EncryptMetadata true>>\n" END)).encrypted);
    /* A stream of references at offset 9, and one whose bytes only happen to say so. */
    assert_true(look_at(S("%PDF-1.7\n7 0 obj<</Type/XRef/Encrypt 5 0 R>>stream\n" END)).encrypted);
    assert_false(look_at(S("%PDF-1.7\n7 0 obj<</Type/XRef>>stream /Encrypt 5 \n" END)).encrypted);
}

static void finds_a_claim_wherever_it_is_cut(void **state)
{
    static const char bytes[] = "%PDF-1.4 and <rdf:Description xmlns:pdfaid='x'>\n"
                                "<pdfaid:part>2</pdfaid:part>\n"
                                "<pdfaid:conformance>U</pdfaid:conformance> and more";
    (void)state;
    for (size_t cut = 0; cut < sizeof bytes; cut++) {
        struct pdf_claim claim = {.claims = false};
        pdf_claim_add(&claim, (struct str){bytes, cut});
        pdf_claim_add(&claim, (struct str){bytes + cut, sizeof bytes - cut});
        assert_true(claim.claims && claim.part == '2' && claim.conformance == 'U');
        assert_true(pdf_claim_is_known(&claim));
    }
    struct pdf_claim claim = {.claims = false};
    for (size_t i = 0; i < sizeof bytes; i++)
        pdf_claim_add(&claim, (struct str){bytes + i, 1});
    assert_true(claim.part == '2' && claim.conformance == 'U');
}

static void knows_which_pdf_a_exist(void **state)
{
    static const struct {
        char part;
        char conformance;
        bool known;
    } claims[] = {{'1', 'A', true}, {'1', 'B', true},  {'1', 'U', false}, {'2', 'U', true},
                  {'3', 'B', true}, {'4', 0, true},    {'4', 'F', true},  {'4', 'A', false},
                  {'2', 0, false},  {'5', 'A', false}, {0, 'A', false}};
    (void)state;
    for (size_t i = 0; i < COUNT(claims); i++) {
        const struct pdf_claim claim = {
            .claims = true, .part = claims[i].part, .conformance = claims[i].conformance};
        assert_int_equal(pdf_claim_is_known(&claim), claims[i].known);
    }
    struct pdf_claim attribute = {.claims = false};
    pdf_claim_add(&attribute, S("<x pdfaid:part = \"1\" pdfaid:conformance='B'/>"));
    assert_true(pdf_claim_is_known(&attribute));
}

/* --- policy and terms */

static void a_region_decides_before_the_list(void **state)
{
    const struct format_ruling own[] = {{S("fmt/95"), S("refused"), S("ours")},
                                        {S("*"), S("refused"), S("no others")},
                                        {S("x-fmt/411"), S("approved"), S("a museum")}};
    const struct format_policy policy = {own, COUNT(own)};
    struct str reason = {0};
    (void)state;
    assert_int_equal(format_policy_judge(NULL, S("fmt/95"), &reason), FORMAT_APPROVED);
    assert_int_equal(format_policy_judge(NULL, S("x-fmt/411"), &reason), FORMAT_REFUSED);
    assert_int_equal(format_policy_judge(NULL, S("fmt/40"), &reason), FORMAT_WARNED);
    assert_int_equal(format_policy_judge(NULL, (struct str){0}, &reason), FORMAT_WARNED);
    assert_int_equal(format_policy_judge(&policy, S("fmt/95"), &reason), FORMAT_REFUSED);
    assert_true(str_equal(reason, S("ours")));
    assert_int_equal(format_policy_judge(&policy, S("x-fmt/411"), &reason), FORMAT_APPROVED);
    assert_int_equal(format_policy_judge(&policy, S("fmt/354"), &reason), FORMAT_APPROVED);
    assert_int_equal(format_policy_judge(&policy, S("fmt/40"), &reason), FORMAT_REFUSED);
    assert_int_equal(format_policy_judge(&policy, (struct str){0}, &reason), FORMAT_WARNED);
}

static uint64_t told(const struct findings *f, enum requirement requirement)
{
    return findings_count_rule(f, rule_find(requirement, 1));
}

static void a_ruling_is_about_a_puid(void **state)
{
    (void)state;
    static const char *const good[] = {"fmt/95", "x-fmt/18", "chr/1", "x-sfw/123456", "*", "?"};
    static const char *const bad[] = {"",       "fmt/", "fmt/1234567", "fmt/9x",
                                      "FMT/95", "95",   "**",          "fmt/95 "};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(format_policy_is_ruled(str_from(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(format_policy_is_ruled(str_from(bad[i])));
}

static void terms_are_judged(void **state)
{
    const struct str profiles[] = {S("P")};
    const struct str types[] = {S("MIXED"), S("own")};
    const struct str formats[] = {S("fmt/95")};
    const struct terms terms = {.profiles = {profiles, 1},
                                .content_types = {types, 2},
                                .formats = {formats, 1},
                                .files_max = 2,
                                .file_bytes_max = 10};
    const struct terms none = {.files_max = 0};
    (void)state;
    autofindings struct findings *f = findings_new();
    struct mets_node right = {
        .at = {[METS_AT_PROFILE] = S("P"), [METS_AT_CSIP_CONTENT] = S("MIXED")}};
    struct mets_node wrong = {
        .at = {[METS_AT_PROFILE] = S("Q"), [METS_AT_CSIP_CONTENT] = S("OTHER")}};
    terms_judge_root(&terms, &right, f);
    right.at[METS_AT_CSIP_CONTENT] = S("OTHER");
    right.at[METS_AT_CSIP_OTHERCONTENT] = S("own");
    terms_judge_root(&terms, &right, f);
    terms_judge_root(&none, &wrong, f);
    terms_judge_root(NULL, &wrong, f);
    terms_judge_file(&terms, S("a"), 10, f);
    terms_judge_file(&none, S("a"), UINT64_MAX, f);
    terms_judge_count(&terms, 2, f);
    terms_judge_format(&terms, S("a"), S("fmt/95"), S("fmt/95"), f);
    terms_judge_format(&none, S("a"), (struct str){0}, S("unknown"), f);
    assert_int_equal(findings_count(f, LEVEL_ERROR), 0);
    terms_judge_root(&terms, &wrong, f);
    terms_judge_file(&terms, S("a"), 11, f);
    terms_judge_count(&terms, 3, f);
    terms_judge_format(&terms, S("a"), S("fmt/40"), S("fmt/40"), f);
    terms_judge_format(&terms, S("a"), (struct str){0}, S("unknown"), f);
    terms_miss(S("metadata/descriptive/ead.xml"), f);
    assert_int_equal(told(f, REQ_agreement_profile), 1);
    assert_int_equal(told(f, REQ_agreement_type), 1);
    assert_int_equal(told(f, REQ_agreement_file_size), 1);
    assert_int_equal(told(f, REQ_agreement_files), 1);
    assert_int_equal(told(f, REQ_agreement_format), 2);
    assert_int_equal(told(f, REQ_agreement_description), 1);
}

static void formats_are_counted_in_order(void **state)
{
    size_t count = 0;
    (void)state;
    autofindings struct findings *f = findings_new();
    findings_count_format(f, S("fmt/95"), S("PDF/A"), 1, 10);
    findings_count_format(f, (struct str){0}, (struct str){0}, 1, 5);
    findings_count_format(f, S("fmt/101"), S("XML"), 2, 20);
    findings_count_format(f, S("fmt/95"), S("PDF/A"), 3, 30);
    const struct counted_format *formats = findings_formats(f, &count);
    assert_int_equal(count, 3);
    assert_int_equal(formats[0].puid.len, 0);
    assert_true(str_equal(formats[1].puid, S("fmt/101")));
    assert_true(str_equal(formats[2].puid, S("fmt/95")));
    assert_int_equal(formats[2].files, 4);
    assert_int_equal(formats[2].bytes, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_the_ends_of_a_pdf),
        cmocka_unit_test(sees_encryption),
        cmocka_unit_test(finds_a_claim_wherever_it_is_cut),
        cmocka_unit_test(knows_which_pdf_a_exist),
        cmocka_unit_test(a_region_decides_before_the_list),
        cmocka_unit_test(a_ruling_is_about_a_puid),
        cmocka_unit_test(terms_are_judged),
        cmocka_unit_test(formats_are_counted_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
