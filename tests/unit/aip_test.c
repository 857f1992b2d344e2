/* Is the METS that preservation writes an AIP's: by its schema, by every CSIP rule of ours, and
 * with what each package is? And its PREMIS? */
#include "content.h"
#include "services/preservation/aip.h"
#include "validate/mets_rules.h"

#define SCHEMA "schemas/xsd/eark/package.xsd"

static struct xml_schema *schema;

static struct stored_delivery delivery(void)
{
    struct stored_delivery d = {.system = S("kurvan"),
                                .agreement = S("K-1"),
                                .identity = S("k-1"),
                                .objid = S("urn:<supplier's>"),
                                .archive_creator = S("Region A & B"),
                                .container = S("tar.gz"),
                                .bytes = 70000000,
                                .sha256 = sha256_of(S("delivered")),
                                .files = 3};
    assert_true(uuid_parse(S("11111111-1111-5111-8111-111111111111"), &d.package));
    assert_true(instant_parse(S("2026-01-01T10:00:00Z"), &d.received_at));
    assert_true(instant_parse(S("2026-01-01T10:00:05Z"), &d.validated_at));
    return d;
}

/* The entry index has two segments. */
static void make(const struct stored_delivery *d, struct package_stated stated, struct buf *out)
{
    const struct aip_file files[] = {
        {0, S("mets"), {{0}}, 0, {{0}}},
        {1, S("premis"), {{1}}, 100, sha256_of(S("premis"))},
        {2, S("catalogue"), {{2}}, 200, sha256_of(S("catalogue"))},
        {3, S("entries"), {{3}}, 300, sha256_of(S("entries"))},
        {4, S("entries"), {{4}}, 300, sha256_of(S("entries"))},
        {5, S("report"), {{5}}, 400, sha256_of(S("report"))},
    };
    struct aip aip = {.delivery = d,
                      .stated = stated,
                      .tenant = S("region-a"),
                      .files = files,
                      .file_count = COUNT(files)};
    assert_true(instant_parse(S("2026-01-01T10:00:10Z"), &aip.now));
    assert_null(aip_mets(&aip, out));
    buf_byte(out, '\0');
    out->len--;
}

/* No error. The descriptive metadata lie in what was delivered: CSIP17 is a SHOULD. */
static void judge(struct str text)
{
    autofindings struct findings *findings = findings_new();
    automets struct mets *document = mets_open_str(text, schema);
    struct mets_rules_about about = {.mets = S("METS.xml")};
    assert_true(instant_parse(S("2026-06-01T00:00:00Z"), &about.now));
    struct mets_rules *judging = mets_rules_new(&about, findings);
    struct mets_event event = {0};
    do {
        assert_null(mets_next(document, &event));
        mets_rules_see(judging, &event);
    } while (event.node != NULL);
    findings_add_problems(findings, S("METS.xml"), document);
    mets_rules_free(judging);
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    for (size_t i = 0; i < count; i++)
        if (kept[i].rule->level == LEVEL_ERROR)
            fail_msg("%s.%d", requirement_name(kept[i].rule->requirement), kept[i].rule->number);
}

static void passes_every_rule(void **state)
{
    (void)state;
    static const struct package_stated kinds[] = {
        {S("Mixed"), {0}, S("MIXED"), {0}},
        {S("OTHER"), S("Patient Medical Records"), S("citsehpj_v2_0"), {0}},
        {S("Other"), S("Diarium <1998>"), S("OTHER"), S("own \"kind\"")},
        {{0}, {0}, {0}, {0}}, /* judged before it was kept */
    };
    const struct stored_delivery d = delivery();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        autobuf struct buf text = buf_new(1 << 20);
        make(&d, kinds[i], &text);
        judge(buf_str(&text));
    }
}

static void tells_of_every_file(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "OBJID=\"urn:uuid:11111111-1111-5111-8111-111111111111\"",
        "PROFILE=\"https://earkdip.dilcis.eu/profile/E-ARK-AIP-v2-2-0.xml\"",
        "csip:OAISPACKAGETYPE=\"AIP\"",
        "<name>Region A &amp; B</name>",
        "SIZE=\"70000000\"",
        "xlink:href=\"representations/submission/data/package.tar.gz\"",
        "MDTYPE=\"PREMIS\" MDTYPEVERSION=\"3.0\" MIMETYPE=\"application/xml\" SIZE=\"100\"",
        "xlink:href=\"metadata/preservation/entries\"",
        "ADMID=\"digiprov-premis digiprov-catalogue digiprov-entries digiprov-report\"",
        "CREATED=\"2026-01-01T10:00:05",
    };
    autobuf struct buf text = buf_new(1 << 20);
    const struct stored_delivery d = delivery();
    make(&d, (struct package_stated){.content_category = S("Mixed")}, &text);
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_non_null(strstr(text.ptr, wanted[i]));
    assert_null(strstr(text.ptr, "supplier"));
}

static void its_premis_is_an_aips(void **state)
{
    (void)state;
    const struct stored_delivery d = delivery();
    const struct aip aip = {.delivery = &d, .tenant = S("region-a")};
    autobuf struct buf text = buf_new(1 << 20);
    autobuf struct buf told = buf_new(1 << 16);
    assert_null(aip_premis(&aip, &text));
    content_judge(CONTENT_XML_OF_AIP, buf_str(&text), &told);
    assert_string_equal(told.ptr, "");
}

static int open_schema(void **state)
{
    (void)state;
    return xml_schema_open(SCHEMA, &schema) != NULL;
}

static int close_schema(void **state)
{
    (void)state;
    xml_schema_close(schema);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(passes_every_rule),
                                       cmocka_unit_test(tells_of_every_file),
                                       cmocka_unit_test(its_premis_is_an_aips)};
    return cmocka_run_group_tests(tests, open_schema, close_schema);
}
