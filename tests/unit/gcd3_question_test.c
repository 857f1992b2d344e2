/* Does the gateway read every filter of GetCareDocumentation's question, and refuse what the schema
 * or its rules do not have? */
#include "gcd3_question.h"

#define SYSTEM(id)                                                                                 \
    "<r:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>" id                       \
    "</c:extension></r:sourceSystemId>"

static void reads_every_filter(void **state)
{
    (void)state;
    struct gcd3_question q = question(
        "<r:careUnit><c:root>1.2</c:root><c:extension>U1</c:extension></r:careUnit>"
        "<r:careUnit><c:root>1.2</c:root><c:extension> U2 </c:extension><f:x>y</f:x></r:careUnit>"
        "<r:healthcareProvider><c:root>1.3</c:root></r:healthcareProvider>" PATIENT
        "<!-- c -->" PERIOD("20240101", "20241231")
            SYSTEM(ADDRESS) "<r:hasMoreReference>20240131120000.5b1c3f8e-8a55-4c0b-9a5e-"
                            "7e2d0f6a9c11</r:hasMoreReference>"
                            "<f:anything><f:more/></f:anything>");
    assert_int_equal(q.care_units.count, 2);
    assert_true(str_equal(q.care_units.at[1].extension, S("U2")));
    assert_int_equal(q.healthcare_providers.count, 1);
    assert_int_equal(q.healthcare_providers.at[0].extension.len, 0);
    assert_true(str_equal(q.patient_id.extension, S("191212121212")));
    assert_true(str_equal(q.period_start, S("20240101")) && str_equal(q.period_end, S("20241231")));
    assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
    assert_true(q.after.given);
    assert_string_equal(q.after.time, "20240131120000");
}

static void refuses_what_the_schema_does_not_have(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "<r:patientId/>",
        "<r:patientId><c:extension>191212121212</c:extension></r:patientId>",
        "<r:patientId><c:extension>1</c:extension><c:root>2</c:root></r:patientId>",
        PATIENT PATIENT,
        PATIENT "<r:careUnit><c:root>1</c:root></r:careUnit>",
        PATIENT "<r:careContactId>1</r:careContactId>",
        PATIENT PERIOD("18991231", "20240101"),
        PATIENT PERIOD("2024-01-01", "20240101"),
        PATIENT PERIOD("20240101", ""),
        PATIENT PERIOD("20241301", "20241301"),
        PATIENT "text",
    };
    struct gcd3_question q;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct err *e = ask(wrong[i], &q);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_INVALID);
        assert_null(strstr(e->detail, "1912"));
    }
}

static void refuses_by_logic(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        PATIENT SYSTEM("SE0000000001-9999"),
        PATIENT PERIOD("20240201", "20240101"),
        PATIENT "<r:hasMoreReference>x</r:hasMoreReference>",
        "<r:patientId><c:root>1.2.752.97.3.1.3</c:root><c:extension>199900000000</c:extension></"
        "r:patientId>",
        "<r:patientId><c:root>1.2.752.129.2.1.3.1</c:root></r:patientId>",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct gcd3_question q = question(wrong[i]);
        assert_true(str_starts(gcd3_refusal(&q, S(ADDRESS)), S("INVALID_REQUEST: ")));
    }
    struct gcd3_question q = question(PATIENT);
    assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(reads_every_filter),
        WITH_ARENA(refuses_what_the_schema_does_not_have),
        WITH_ARENA(refuses_by_logic),
    };
    return cmocka_run_group_tests_name("gcd3_question", tests, NULL, NULL);
}
