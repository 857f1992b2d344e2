/* What a service that keeps consents says, and what is no answer
 * (services/access/consent_service.h). */
#include "services/access/consent_service.h"

#include "arena.h"

#define URN "urn:riv:informationsecurity:authorization:consent:"
#define RESULT(content)                                                                            \
    "<s:Envelope xmlns:s=\"" SOAP_ENVELOPE "\"><s:Body><c:CheckConsentResponse xmlns:c=\"" URN     \
    "CheckConsentResponder:2\" xmlns=\"" URN "2\">" content                                        \
    "</c:CheckConsentResponse></s:Body></s:Envelope>"
#define CHECKED(content) RESULT("<c:checkResult>" content "</c:checkResult>")
#define OK_RESULT        "<result><resultCode>OK</resultCode><resultText/></result>"
#define YES              "<hasConsent>true</hasConsent>"
#define KIND(kind)       "<assertionType>" kind "</assertionType>"

enum said { NOTHING, CONSENT, EMERGENCY, NO_ANSWER };

static void answers_are_read(void **state)
{
    static const struct {
        const char *message;
        enum said said;
    } cases[] = {
        {CHECKED(OK_RESULT "<hasConsent>false</hasConsent>"), NOTHING},
        {CHECKED(OK_RESULT "<hasConsent> 0 </hasConsent>"), NOTHING},
        {CHECKED(OK_RESULT "<hasConsent>false</hasConsent>" KIND("Consent")), NOTHING},
        {CHECKED(OK_RESULT YES KIND("Consent")), CONSENT},
        {CHECKED("<x/>" OK_RESULT "<hasConsent>1</hasConsent>" KIND("Consent") "<y/>"), CONSENT},
        {CHECKED(OK_RESULT YES KIND("Emergency")), EMERGENCY},
        {CHECKED(OK_RESULT YES), NO_ANSWER},
        {CHECKED(OK_RESULT YES KIND("consent")), NO_ANSWER},
        {CHECKED(OK_RESULT "<hasConsent>TRUE</hasConsent>" KIND("Consent")), NO_ANSWER},
        {CHECKED(OK_RESULT KIND("Consent")), NO_ANSWER},
        {CHECKED("<result><resultCode>INFO</resultCode></result>" YES KIND("Consent")), NO_ANSWER},
        {CHECKED("<result><resultText/></result>" YES KIND("Consent")), NO_ANSWER},
        {CHECKED(YES KIND("Consent")), NO_ANSWER},
        {RESULT(OK_RESULT YES KIND("Consent")), NO_ANSWER},
        {RESULT("<c:checkResult>" OK_RESULT "<hasConsent>false</hasConsent></c:checkResult>"
                "<c:checkResult>" OK_RESULT YES KIND("Consent") "</c:checkResult>"),
         NOTHING},
        {RESULT(""), NO_ANSWER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct consent_told told = {0};
        autosoap struct soap_request answer = {0};
        assert_null(soap_open_answer(S("text/xml"), str_from(cases[i].message), SOAP_ANSWER_MAX,
                                     arena, &answer));
        const struct err *e = consent_service_read(answer.body, arena, &told);
        assert_int_equal(e != NULL, cases[i].said == NO_ANSWER);
        if (e == NULL) {
            assert_int_equal(told.consent, cases[i].said == CONSENT);
            assert_int_equal(told.emergency, cases[i].said == EMERGENCY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(answers_are_read)};
    return cmocka_run_group_tests_name("consent_service", tests, NULL, NULL);
}
