/* What a service says of one patient's records, and what is no answer
 * (services/access/block_check.h). */
#include "services/access/block_check.h"

#include "arena.h"

#define URN "urn:riv:informationsecurity:authorization:blocking:"
#define ANSWER(content)                                                                            \
    "<s:Envelope xmlns:s=\"" SOAP_ENVELOPE "\"><s:Body><c:CheckBlocksResponse xmlns:c=\"" URN      \
    "CheckBlocksResponder:4\" xmlns=\"" URN "4\">" content                                         \
    "</c:CheckBlocksResponse></s:Body></s:Envelope>"
#define CHECKED(content) ANSWER("<c:checkBlocksResult>" content "</c:checkBlocksResult>")
#define RESULT(code)                                                                               \
    "<result><resultCode>" code "</resultCode><resultText>191212121212</resultText></result>"
#define SAID(status, number)                                                                       \
    "<checkResults><status>" status "</status><rowNumber>" number "</rowNumber></checkResults>"

/* Of two rows: "OB" is the first open and the second blocked, V not judged; NULL is no answer. */
static void answers_are_read(void **state)
{
    static const struct {
        const char *message;
        const char *said;
    } cases[] = {
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("BLOCKED", "2")), "OB"},
        {CHECKED(RESULT("OK") SAID("OK", " 2 ") SAID("BLOCKED", "1")), "BO"},
        {CHECKED("<x/>" RESULT("OK") SAID("OK", "1") "<y><checkResults/></y>" SAID("OK", "2")),
         "OO"},
        {CHECKED(SAID("BLOCKED", "1") SAID("BLOCKED", "2") RESULT("OK")) /* in no order */, "BB"},
        {CHECKED(RESULT("OK") SAID("OK", "1")), NULL},
        {CHECKED(RESULT("OK")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("OK", "1")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("OK", "2") SAID("OK", "2")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("OK", "2") SAID("OK", "3")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "0") SAID("OK", "1")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "-1") SAID("OK", "1")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("OK", "4294967298")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("OK", "x")), NULL},
        {CHECKED(RESULT("OK") SAID("VALIDATIONERROR", "1") SAID("BLOCKED", "2")), "VB"},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("DATABASEERROR", "2")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") SAID("ok", "2")), NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") "<checkResults><rowNumber>2</rowNumber>"
                                              "</checkResults>"),
         NULL},
        {CHECKED(RESULT("OK") SAID("OK", "1") "<checkResults><status>OK</status></checkResults>"),
         NULL},
        {CHECKED(RESULT("INFO") SAID("OK", "1") SAID("OK", "2")), NULL},
        {CHECKED(RESULT("ACCESSDENIED") SAID("OK", "1") SAID("OK", "2")), NULL},
        {CHECKED("<result/>" SAID("OK", "1") SAID("OK", "2")), NULL},
        {CHECKED(SAID("OK", "1") SAID("OK", "2")), NULL},
        {CHECKED(RESULT("OK") RESULT("OK") SAID("OK", "1") SAID("OK", "2")), NULL},
        {CHECKED(RESULT("ERROR") RESULT("OK") SAID("OK", "1") SAID("OK", "2")), NULL},
        {ANSWER("<c:checkBlocksResult>" RESULT("OK") SAID("OK", "1")
                    SAID("OK", "2") "</c:checkBlocksResult><c:checkBlocksResult/>"),
         NULL},
        {ANSWER("<z xmlns=\"urn:z\"/><c:checkBlocksResult>" RESULT("OK") SAID("OK", "1")
                    SAID("OK", "2") "</c:checkBlocksResult>"),
         "OO"},
        {ANSWER(RESULT("OK") SAID("OK", "1") SAID("OK", "2")), NULL},
        {ANSWER("text"), NULL},
        {CHECKED("text"), NULL},
        {ANSWER(""), NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct block_check_entity entities[2] = {0};
        autosoap struct soap_request answer = {0};
        assert_null(soap_open_answer(S("text/xml"), str_from(cases[i].message), SOAP_ANSWER_MAX,
                                     arena, &answer));
        const struct err *e = block_check_read(answer.body, entities, COUNT(entities), arena);
        assert_int_equal(e != NULL, cases[i].said == NULL);
        for (size_t row = 0; e == NULL && row < COUNT(entities); row++) {
            assert_int_equal(entities[row].judged, cases[i].said[row] != 'V');
            assert_int_equal(entities[row].blocked, cases[i].said[row] == 'B');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(answers_are_read)};
    return cmocka_run_group_tests_name("block_check", tests, NULL, NULL);
}
