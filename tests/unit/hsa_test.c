/* Answers of national services (text/soap.h) and what the HSA directory's say of a unit
 * (services/access/hsa.h). */
#include "services/access/hsa.h"

#include "arena.h"

#define ENVELOPE(body)                                                                             \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"" SOAP_ENVELOPE               \
    "\"><s:Header/><s:Body>" body "</s:Body></s:Envelope>"
#define URN "urn:riv:infrastructure:directory:organization:"
#define UNIT(content)                                                                              \
    ENVELOPE("<GetUnitResponse xmlns=\"" URN "GetUnitResponder:5\">" content "</GetUnitResponse>")
#define CARE_UNIT(content)                                                                         \
    ENVELOPE("<GetHealthCareUnitResponse xmlns=\"" URN "GetHealthCareUnitResponder:2\">" content   \
             "</GetHealthCareUnitResponse>")

static struct err *open(const char *message, struct soap_request *out)
{
    return soap_open_answer(S("text/xml; charset=utf-8"), str_from(message), SOAP_ANSWER_MAX, arena,
                            out);
}

/* The first instant's text, or "". */
static const char *when(struct instant at)
{
    static char text[INSTANT_TEXT];
    instant_print(at, text);
    return text;
}

static struct err *read_unit(const char *message, struct hsa_unit *out, bool *out_found)
{
    autosoap struct soap_request answer = {0};
    TRY(open(message, &answer));
    TRY(hsa_read_unit(answer.body, arena, out, out_found));
    return soap_end(&answer);
}

static void a_unit_is_read(void **state)
{
    (void)state;
    struct hsa_unit unit = {0};
    bool found = false;
    assert_null(read_unit(UNIT("<unit><alternateName>x</alternateName><unitHsaId>SE1</unitHsaId>"
                               "<unitName> Medicin &amp; Å </unitName><postalAddress><addressLine>y"
                               "</addressLine></postalAddress><unitName>again</unitName>"
                               "<unitStartDate>1990-07-01T00:00:00</unitStartDate>"
                               "<unitEndDate>2003-01-01T00:00:00.5+01:00</unitEndDate></unit>"),
                          &unit, &found));
    assert_true(found);
    assert_string_equal(arena_cstr(arena, unit.name), "Medicin & Å");
    assert_string_equal(when(unit.valid_from), "1990-06-30T22:00:00Z");
    assert_string_equal(when(unit.valid_until), "2002-12-31T23:00:00.500000Z");
    assert_null(read_unit(UNIT(""), &unit, &found));
    assert_false(found);
}

static void a_care_unit_is_read(void **state)
{
    (void)state;
    struct hsa_unit unit = {.name = S("kept")};
    autosoap struct soap_request answer = {0};
    bool found = false;
    assert_null(open(CARE_UNIT("<healthCareUnit><unitIsHealthCareUnit>true</unitIsHealthCareUnit>"
                               "<healthCareUnitHsaId>SE1-CU</healthCareUnitHsaId>"
                               "<healthCareProviderHsaId>SE1-CP</healthCareProviderHsaId>"
                               "<healthCareProviderName>Region</healthCareProviderName>"
                               "</healthCareUnit>"),
                     &answer));
    assert_null(hsa_read_care_unit(answer.body, arena, &unit, &found));
    assert_true(found);
    assert_string_equal(arena_cstr(arena, unit.name), "kept");
    assert_string_equal(arena_cstr(arena, unit.care_unit), "SE1-CU");
    assert_string_equal(arena_cstr(arena, unit.care_provider), "SE1-CP");
}

static void what_is_wrong_is_an_error(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        UNIT("<unit><unitHsaId>SE1</unitHsaId></unit>"),
        UNIT("<unit><unitName>x</unitName><unitStartDate>then</unitStartDate></unit>"),
        UNIT("<unit><unitName>x</unitName><unitStartDate>1990</unitStartDate></unit>"),
        UNIT("<unit><unitName>x<b/></unitName>"),
        UNIT("text"),
        ENVELOPE(""),
        "<html/>",
        "",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct hsa_unit unit = {0};
        bool found = false;
        assert_non_null(read_unit(wrong[i], &unit, &found));
    }
}

static void a_fault_tells_its_kind_alone(void **state)
{
    (void)state;
    static const struct {
        const char *code, *said;
    } faults[] = {{"s:Server", "it failed"},
                  {"s:Client.Authentication", "we asked wrongly"},
                  {"19121212-1212", "of no known kind"}};
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct soap_request answer = {0};
        struct str message =
            arena_format(arena,
                         ENVELOPE("<s:Fault><faultcode>%s</faultcode><faultstring>19121212-1212"
                                  "</faultstring></s:Fault>"),
                         faults[i].code);
        const struct err *e = open(arena_cstr(arena, message), &answer);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_TRANSIENT);
        assert_non_null(strstr(e->detail, faults[i].said));
        assert_null(strstr(e->detail, "1212"));
    }
}

static void a_question_has_its_address(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(4096);
    struct xml_writer w = xml_write_begin(&text);
    soap_question_begin(&w, S("SE1-HSA"));
    xml_write_open(&w, S("q"), S("Ask"));
    xml_write_attribute(&w, S("xmlns"), S("q"), S("urn:q"));
    xml_write_leaf(&w, S("q"), S("id"), S("a<b"));
    xml_write_close(&w);
    soap_answer_end(&w);
    assert_null(xml_write_done(&w, "the question"));
    autosoap struct soap_request asked = {0};
    assert_null(soap_open(S("text/xml"), buf_str(&text), arena, &asked));
    assert_string_equal(arena_cstr(arena, asked.logical_address), "SE1-HSA");
    assert_string_equal(arena_cstr(arena, asked.namespace), "urn:q");
    assert_string_equal(arena_cstr(arena, asked.name), "Ask");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_unit_is_read),
        WITH_ARENA(a_care_unit_is_read),
        WITH_ARENA(what_is_wrong_is_an_error),
        WITH_ARENA(a_fault_tells_its_kind_alone),
        WITH_ARENA(a_question_has_its_address),
    };
    return cmocka_run_group_tests_name("hsa", tests, NULL, NULL);
}
