/* Do claims choose an assignment and never widen one? With the mappings as they are in schemas/. */
#include "arena.h"
#include "base/base.h"
#include "services/access/claims.h"
#include "services/access/provider.h"

#define LOA2 "http://id.sambi.se/loa/loa2"
#define LOA3 "http://id.sambi.se/loa/loa3"
#define INERA                                                                                      \
    "\"employeeHsaId\":\"SE1-N\",\"commissionHsaId\":\"SE1-C\","                                   \
    "\"commissionPurpose\":\"Vård och behandling\",\"commissionRight\":[\"Läsa;alla;SJF\"],"     \
    "\"healthCareProviderHsaId\":\"SE1-CP\""

static struct claim_mapping mapping_named(const char *name)
{
    struct claim_mapping mapping;
    struct err *e = claim_mapping_load(S("schemas"), str_from(name), arena, &mapping);
    if (e != NULL)
        fail_msg("%s: %s", name, e->detail);
    return mapping;
}

static const struct str care[] = {S("care")};
static const struct str care_and_quality[] = {S("care"), S("quality")};
static const struct str archive[] = {S("archive")};

static void inera_agrees(void **state)
{
    (void)state;
    const struct {
        const char *claims;
        const char *assurance;
        struct claim_assignment assignment;
        bool agree;
    } cases[] = {
        {"{" INERA "}", LOA3, {S("U"), S("CU"), S("SE1-CP"), {care, 1}}, true},
        {"{" INERA ",\"healthCareUnitHsaId\":\"CU\"}",
         LOA3,
         {S("U"), S("CU"), S("SE1-CP"), {care, 1}},
         true},
        {"{" INERA ",\"healthCareUnitHsaId\":\"CU2\"}",
         LOA3,
         {S("U"), S("CU"), S("SE1-CP"), {care, 1}},
         false},
        {"{" INERA ",\"healthCareUnitHsaId\":\"CU\"}",
         LOA3,
         {S("U"), {0}, S("SE1-CP"), {care, 1}},
         false},
        {"{" INERA "}", LOA3, {S("U"), S("CU"), S("SE2-CP"), {care, 1}}, false},
        {"{" INERA "}", LOA3, {S("U"), S("CU"), {0}, {care, 1}}, false},
        {"{" INERA "}", LOA3, {S("U"), S("CU"), S("SE1-CP"), {care_and_quality, 2}}, false},
        {"{" INERA "}", LOA3, {S("U"), S("CU"), S("SE1-CP"), {archive, 1}}, false},
        {"{" INERA "}", LOA2, {S("U"), S("CU"), S("SE1-CP"), {care, 1}}, false},
        {"{" INERA "}", "urn:unknown", {S("U"), S("CU"), S("SE1-CP"), {care, 1}}, false},
        {"{" INERA "}", NULL, {S("U"), S("CU"), S("SE1-CP"), {care, 1}}, false},
        /* No assignment at the provider: not for care. */
        {"{\"employeeHsaId\":\"SE1-N\"}", LOA3, {S("U"), S("CU"), S("SE1-CP"), {care, 1}}, false},
        {"{\"employeeHsaId\":\"SE1-N\"}", LOA3, {S("U"), {0}, {0}, {archive, 1}}, true},
    };
    struct claim_mapping inera = mapping_named("inera-idp");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct claimed claimed;
        assert_null(claims_read(&inera, str_from(cases[i].claims), str_from(cases[i].assurance),
                                arena, &claimed));
        assert_true(str_equal(claimed.person, S("SE1-N")));
        if (claims_agree(&claimed, &cases[i].assignment, 2) != cases[i].agree)
            fail_msg("case %zu: %s", i, cases[i].claims);
    }
}

static void inera_reaches(void **state)
{
    (void)state;
    static const struct {
        const char *rights;
        enum permission_reach reach;
    } cases[] = {
        {"\"Läsa;alla;VE\"", REACH_CARE_UNIT},
        {"[\"Läsa;alla;VG\"]", REACH_CARE_PROVIDER},
        {"[\"Läsa;alla;SJF\"]", REACH_JOINT},
        {"[\"LÄSA;ALLA;SJF\"]", REACH_JOINT},
        /* The largest, and only of rights to read, and to read all. */
        {"[\"Läsa;alla;VG\",\"Läsa;alla;SJF\",\"Läsa;alla;VE\"]", REACH_JOINT},
        {"[\"Läsa;alla;VE\",\"Skriva;alla;SJF\"]", REACH_CARE_UNIT},
        {"[\"Skriva;alla;SJF\",\"Läsa;alla;VG\"]", REACH_CARE_PROVIDER},
        {"[\"Läsa;dia;SJF\"]", REACH_CARE_UNIT},
        {"[\"Läsa;care;SJF\"]", REACH_CARE_UNIT},
        {"[\"Läsa;dia;SJF\",\"Läsa;alla;VG\"]", REACH_CARE_PROVIDER},
        /* What is not known reaches least. */
        {"[\"Läsa;alla;NATIONELLT\"]", REACH_CARE_UNIT},
        {"[\"Läsa;alla;sjf\"]", REACH_CARE_UNIT},
        {"[\"Läsa;alla;SJF;VG\"]", REACH_CARE_UNIT},
        {"[\"Läsa;alla; SJF\"]", REACH_CARE_UNIT},
        {"[\"Läsa;alla;\"]", REACH_CARE_UNIT},
        {"[\"Läsa;alla\"]", REACH_CARE_UNIT},
        {"[\"Läsa;;SJF\"]", REACH_CARE_UNIT},
        {"[\"Läsa\"]", REACH_CARE_UNIT},
        {"[]", REACH_CARE_UNIT},
        {"null", REACH_CARE_UNIT},
    };
    struct claim_mapping inera = mapping_named("inera-idp");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct claimed claimed;
        struct str claims = arena_format(
            arena, "{\"employeeHsaId\":\"SE1-N\",\"commissionRight\":%s}", cases[i].rights);
        assert_null(claims_read(&inera, claims, S(LOA3), arena, &claimed));
        if (claimed.reach != cases[i].reach)
            fail_msg("%s reaches %d", cases[i].rights, (int)claimed.reach);
    }
}

static void inera_refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{}",
        "{\"employeeHsaId\":\"\"}",
        "{\"employeeHsaId\":[\"A\",\"B\"]}",
        "{\"employeeHsaId\":\"A\",\"commissionHsaId\":[\"B\",\"C\"]}",
        "{\"employeeHsaId\":\"A\",\"healthCareProviderHsaId\":[\"B\",\"C\"]}",
        "{\"employeeHsaId\":\"A\",\"commissionPurpose\":\"Statistik\"}",
        "{\"employeeHsaId\":\"A\",\"commissionPurpose\":\"vård och behandling\"}",
        "{\"employeeHsaId\":\"A\",\"commissionRight\":\"Skriva;alla;SJF\"}",
        "{\"employeeHsaId\":\"A\",\"commissionRight\":[\"\"]}",
    };
    struct claim_mapping inera = mapping_named("inera-idp");
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct claimed claimed = {.level = 77};
        struct err *e = claims_read(&inera, str_from(wrong[i]), S(LOA3), arena, &claimed);
        if (e == NULL || e->code != ERR_FORBIDDEN || claimed.level != 77)
            fail_msg("%s was read", wrong[i]);
    }
    struct claimed claimed;
    assert_int_equal(
        claims_read(&inera, S("{\"employeeHsaId\":{}}"), S(LOA3), arena, &claimed)->code,
        ERR_INVALID);
    err_reset();
}

/* Without a person in the claims it is issuer and subject that tell who it is; and the mapping for
 * other work than care opens no care, whatever the token says. */
static void others(void **state)
{
    (void)state;
    struct claimed claimed;
    struct claim_mapping generic = mapping_named("generic");
    struct claim_mapping employee = mapping_named("inera-idp-employee");
    const struct claim_assignment nurse = {S("U"), S("CU"), S("SE1-CP"), {care, 1}};
    const struct claim_assignment archivist = {.purposes = {archive, 1}};
    assert_null(claims_read(&generic, S("{}"), S("3"), arena, &claimed));
    assert_null(claimed.person.ptr);
    assert_int_equal(claimed.reach, REACH_NOT_STATED);
    assert_true(claims_agree(&claimed, &nurse, 0));
    assert_null(claims_read(&generic, S("{}"), S("1"), arena, &claimed));
    assert_false(claims_agree(&claimed, &nurse, 0));
    assert_true(claims_agree(&claimed, &archivist, 1));
    assert_false(claims_agree(&claimed, &archivist, 2));
    assert_null(claims_read(&employee, S("{" INERA "}"), S(LOA3), arena, &claimed));
    assert_false(claims_agree(&claimed, &nurse, 0));
    assert_int_equal(claimed.reach, REACH_NOT_STATED);
    assert_true(claims_agree(&claimed, &archivist, 3));
}

static void files(void **state)
{
    (void)state;
    static const char *const names[] = {"", "none", "../openapi/access", "inera-idp.json",
                                        "INERA-IDP"};
    struct claim_mapping mapping;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(
            claim_mapping_load(S("schemas"), str_from(names[i]), arena, &mapping)->code,
            ERR_NOT_FOUND);
    err_reset();
}

static void hosts(void **state)
{
    (void)state;
    struct str list = S("idp.test, idp.test:443,127.0.0.1:8443");
    assert_true(provider_may_be_asked(list, S("https://idp.test")));
    assert_true(provider_may_be_asked(list, S("https://idp.test/oidc?x=1")));
    assert_true(provider_may_be_asked(list, S("https://idp.test:443/oidc")));
    assert_true(provider_may_be_asked(list, S("https://127.0.0.1:8443")));
    static const char *const wrong[] = {"",
                                        "https://",
                                        "http://idp.test/",
                                        "https://idp.test:80/",
                                        "https://idp.test.evil/",
                                        "https://evil/idp.test",
                                        "https://idp.test@evil/",
                                        "https://x@idp.test/",
                                        "https://idp.test\\@evil/",
                                        "HTTPS://IDP.TEST/",
                                        "https:///"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (provider_may_be_asked(list, str_from(wrong[i])))
            fail_msg("%s may be asked", wrong[i]);
    assert_false(provider_may_be_asked(S(""), S("https://")));
    assert_false(provider_may_be_asked((struct str){0}, S("https://idp.test")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(inera_agrees), WITH_ARENA(inera_reaches), WITH_ARENA(inera_refuses),
        WITH_ARENA(others),       WITH_ARENA(files),         WITH_ARENA(hosts),
    };
    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
