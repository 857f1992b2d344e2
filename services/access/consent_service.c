/* Asking a service that keeps consents. */
#include "services/access/consent_service.h"

#include "base/base.h"

#define DOMAIN    "urn:riv:informationsecurity:authorization:consent:"
#define CORE      DOMAIN "2"
#define RESPONDER DOMAIN "CheckConsentResponder:2"

static const struct soap_contract contract = {
    "informationsecurity/authorization/consent/CheckConsent/2/rivtabp21", RESPONDER ":CheckConsent",
    RESPONDER, "CheckConsentResponse"};

/* --- the answer
 * ------------------------------------------------------------------------------------- */

struct code {
    struct str text;
};
static const struct field code_fields[] = {FIELD_NAMED(struct code, text, "resultCode", REQUIRED),
                                           FIELDS_END};
struct found {
    struct str code;
    struct str consent; /* xs:boolean */
    struct str kind;
};

static struct err *read_found(struct xml *x, struct arena *arena, struct found *out)
{
    bool more;
    for (;;) {
        struct code code = {0};
        TRY(soap_next_child(x, &more));
        if (!more)
            return NULL;
        if (xml_is(x, CORE, "result")) {
            TRY(soap_members(x, CORE, code_fields, arena, &code));
            out->code = code.text;
        } else if (xml_is(x, CORE, "hasConsent")) {
            TRY(soap_leaf(x, arena, &out->consent));
        } else if (xml_is(x, CORE, "assertionType")) {
            TRY(soap_leaf(x, arena, &out->kind));
        } else {
            TRY(xml_skip(x));
        }
    }
}

static struct err *judge(const struct found *found, struct consent_told *out)
{
    bool yes = str_equal(found->consent, S("true")) || str_equal(found->consent, S("1"));
    bool no = str_equal(found->consent, S("false")) || str_equal(found->consent, S("0"));
    if (!str_equal(found->code, S("OK")))
        return err_field(ERR_INVALID, "resultCode", "is not OK");
    if (!yes && !no)
        return err_field(ERR_INVALID, "hasConsent", "is neither true nor false");
    out->consent = yes && str_equal(found->kind, S("Consent"));
    out->emergency = yes && str_equal(found->kind, S("Emergency"));
    return yes && !out->consent && !out->emergency
               ? err_field(ERR_INVALID, "assertionType", "is neither Consent nor Emergency")
               : NULL;
}

struct err *consent_service_read(struct xml *x, struct arena *arena, struct consent_told *out)
{
    struct found found = {0};
    bool more, seen = false;
    for (;;) {
        TRY(soap_next_child(x, &more));
        if (!more)
            break;
        if (seen || !xml_is(x, RESPONDER, "checkResult")) {
            TRY(xml_skip(x));
            continue;
        }
        seen = true;
        TRY(read_found(x, arena, &found));
    }
    return judge(&found, out);
}

/* --- the question
 * ----------------------------------------------------------------------------------- */

struct err *consent_service_ask(const struct soap_service *service,
                                const struct actor_question *question, struct arena *arena,
                                struct consent_told *out)
{
    autobuf struct buf text = buf_new(16 * 1024);
    autosoap struct soap_request answer = {0};
    struct xml_writer w = xml_write_begin(&text);
    soap_question_begin(&w, service->logical_address);
    actor_question_open(&w, S("CheckConsent"), S(RESPONDER), S(CORE), question);
    xml_write_close(&w);
    soap_answer_end(&w);
    TRY(xml_write_done(&w, "the question"));
    TRY(soap_ask(service, &contract, buf_str(&text), arena, &answer));
    const struct err *e = consent_service_read(answer.body, arena, out);
    if (e == NULL)
        e = soap_end(&answer);
    return e == NULL ? NULL : err_new(ERR_TRANSIENT, "the consent service's answer cannot be read");
}
