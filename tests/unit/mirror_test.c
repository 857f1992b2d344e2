/* What a service that keeps blocks says, and what is no answer (services/access/mirror.h). */
#include "services/access/mirror.h"

#include "arena.h"

#define URN      "urn:riv:informationsecurity:authorization:blocking:"
#define RESPONSE "GetBlocksResponse"
#define HEADER(content)                                                                            \
    "<s:Envelope xmlns:s=\"" SOAP_ENVELOPE "\"><s:Body><g:" RESPONSE " xmlns:g=\"" URN             \
    "GetBlocksResponder:4\" xmlns=\"" URN "4\"><g:blockHeader>" content                            \
    "</g:blockHeader></g:" RESPONSE "></s:Body></s:Envelope>"
#define RESULT(code) "<result><resultCode>" code "</resultCode></result>"
#define TIMES                                                                                      \
    "<nextCreatedOnOrAfter>2026-01-15T10:15:00</nextCreatedOnOrAfter><latestCancellation>"         \
    "2025-12-01T00:00:00</latestCancellation>"
#define PATIENT "<patientId><root>1.2.3</root><extension>191212121212</extension></patientId>"
#define BLOCK(type, provider, more)                                                                \
    "<blocks><blockId>b-1</blockId><blockType>" type "</blockType>" more                           \
    "<informationCareProviderId>" provider "</informationCareProviderId>" PATIENT "</blocks>"

static struct err *read(const char *message, struct mirror_answer *out)
{
    autosoap struct soap_request answer = {0};
    TRY(soap_open_answer(S("text/xml"), str_from(message), MIRROR_ANSWER_MAX, arena, &answer));
    TRY(mirror_read(answer.body, S("CP1"), arena, out));
    return soap_end(&answer);
}

static void answers_are_read(void **state)
{
    (void)state;
    struct mirror_answer a;
    assert_null(read(
        HEADER(RESULT("OK") BLOCK(
            "Inner", "CP1",
            "<informationStartDate>1998-01-01T00:00:00</informationStartDate><informationEndDate>"
            "2003-12-31T23:59:59</informationEndDate><informationCareUnitId>CU1"
            "</informationCareUnitId><excludedInformationTypes><infoTypeId>upp</infoTypeId>"
            "<infoTypeDescription>x</infoTypeDescription></excludedInformationTypes>"
            "<excludedInformationTypes><infoTypeId>upp</infoTypeId></excludedInformationTypes>"
            "<excludedInformationTypes><infoTypeId>annat</infoTypeId></excludedInformationTypes>"
            "<excludedInformationTypes><infoTypeId>lak</infoTypeId></excludedInformationTypes>"
            "<temporaryRevokes><temporaryRevokeId>l-1</temporaryRevokeId><endDate>"
            "2026-01-16T00:00:00Z</endDate><revokedForCareUnitId>CU2</revokedForCareUnitId>"
            "</temporaryRevokes><temporaryRevokes><temporaryRevokeId>l-2</temporaryRevokeId>"
            "<endDate>2026-01-16T00:00:00Z</endDate><revokedForCareUnitId>CU3"
            "</revokedForCareUnitId><revokedForEmployeeId>E</revokedForEmployeeId>"
            "</temporaryRevokes>")
                   BLOCK("Outer", "CP1", "<informationCareUnitId>CU1</informationCareUnitId>")
                       TIMES),
        &a));
    assert_int_equal(a.count, 2);
    assert_string_equal(arena_cstr(arena, a.next_from), "2026-01-15T10:15:00");
    assert_string_equal(arena_cstr(arena, a.latest_cancellation), "2025-12-01T00:00:00");
    const struct mirror_block *b = &a.blocks[0];
    assert_false(b->outer);
    assert_int_equal((b->records_until.us - b->records_from.us) / 1000000 % 3600, 0);
    assert_int_equal(b->excluded.count, 2);
    assert_string_equal(arena_cstr(arena, b->number), "191212121212");
    assert_int_equal(b->lift_count, 2);
    assert_string_equal(arena_cstr(arena, b->lifts[1].for_employee), "E");
    assert_true(a.blocks[1].outer);
    assert_int_equal(a.blocks[1].care_unit.len, 0);
    assert_null(read(HEADER(RESULT("INFO") TIMES), &a));
    assert_int_equal(a.count, 0);
}

/* More than arrays begin with. */
static void many_are_read(void **state)
{
    (void)state;
    struct mirror_answer a;
    autobuf struct buf text = buf_new(1 << 20);
    const char *whole = HEADER(RESULT("OK") "@" TIMES);
    const char *at = strchr(whole, '@');
    buf_put(&text, (struct str){whole, (size_t)(at - whole)});
    for (int i = 0; i < 1000; i++)
        buf_put(&text, S(BLOCK("Inner", "CP1", "")));
    buf_put(&text, str_from(at + 1));
    assert_null(read(arena_cstr(arena, buf_str(&text)), &a));
    assert_int_equal(a.count, 1000);
    assert_string_equal(arena_cstr(arena, a.blocks[0].id), "b-1");
}

static void what_is_no_answer(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        HEADER(TIMES),
        HEADER(RESULT("ERROR") TIMES),
        HEADER(RESULT("ACCESSDENIED") TIMES),
        HEADER(RESULT("OK")),
        HEADER(RESULT("OK") "<nextCreatedOnOrAfter>2026</nextCreatedOnOrAfter>"),
        HEADER(RESULT("OK") BLOCK("Other", "CP1", "") TIMES),
        HEADER(RESULT("OK") BLOCK("Inner", "CP2", "") TIMES),
        HEADER(RESULT("OK") BLOCK("Inner", "CP1",
                                  "<informationStartDate>soon</informationStartDate>") TIMES),
        HEADER(RESULT("OK") BLOCK("Inner", "CP1",
                                  "<informationStartDate>2003-01-01T00:00:00</informationStartDate>"
                                  "<informationEndDate>1998-01-01T00:00:00</informationEndDate>")
                   TIMES),
        HEADER(RESULT("OK") BLOCK("Inner", "CP1",
                                  "<temporaryRevokes><endDate>2026-01-16T00:00:00Z</endDate>"
                                  "</temporaryRevokes>") TIMES),
        HEADER(RESULT(
            "OK") "<blocks><blockId>b-1</blockId><blockType>Inner</blockType>"
                  "<informationCareProviderId>CP1</informationCareProviderId></blocks>" TIMES),
        HEADER(RESULT("OK") "<blocks><blockType>Inner</blockType><informationCareProviderId>CP1"
                            "</informationCareProviderId>" PATIENT "</blocks>" TIMES),
        HEADER(RESULT("OK") "<blocks><blockId>b-1</blockId><informationCareProviderId>CP1"
                            "</informationCareProviderId>" PATIENT "</blocks>" TIMES),
        "<s:Envelope xmlns:s=\"" SOAP_ENVELOPE "\"><s:Body><g:" RESPONSE " xmlns:g=\"" URN
        "GetBlocksResponder:4\"/></s:Body></s:Envelope>",
    };
    struct mirror_answer a;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct err *e = read(wrong[i], &a);
        if (e == NULL)
            fail_msg("%s", wrong[i]);
        assert_null(strstr(e->detail, "19121212"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(answers_are_read),
        WITH_ARENA(many_are_read),
        WITH_ARENA(what_is_no_answer),
    };
    return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
