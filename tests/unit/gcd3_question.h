/* What the tests of GetCareDocumentation share: its question as a consumer sends it, and records to
 * choose from. Person numbers are of the public test series. */
#pragma once

#include "services/gateway/gcd3.h"

#include "arena.h"
#include "services/gateway/contracts.h"

#define CORE    "urn:riv:clinicalprocess:healthcond:description:3"
#define ADDRESS "SE0000000001-3001"

#define PATIENT                                                                                    \
    "<r:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension></"   \
    "r:patientId>"
#define PERIOD(start, end)                                                                         \
    "<r:datePeriod><c:start>" start "</c:start><c:end>" end "</c:end></r:datePeriod>"

static inline struct err *ask(const char *inner, struct gcd3_question *out)
{
    struct str message =
        arena_format(arena,
                     "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>"
                     "<a:LogicalAddress xmlns:a='urn:riv:itintegration:registry:1'>" ADDRESS
                     "</a:LogicalAddress></s:Header>"
                     "<s:Body><r:GetCareDocumentation xmlns:r='" GCD3_NAMESPACE "' xmlns:c='" CORE
                     "' xmlns:f='urn:foreign'>"
                     "%s</r:GetCareDocumentation></s:Body></s:Envelope>",
                     inner);
    autosoap struct soap_request request = {0};
    TRY(soap_open(S("text/xml"), message, arena, &request));
    assert_ptr_equal(contract_find(request.namespace, request.name),
                     &contracts[CONTRACT_GET_CARE_DOCUMENTATION]);
    return gcd3_read(&request, arena, out);
}

static inline struct gcd3_question question(const char *inner)
{
    struct gcd3_question q;
    struct err *e = ask(inner, &q);
    if (e != NULL)
        fail_msg("%s: %s", inner, e->detail);
    return q;
}

static inline struct instant at(const char *swedish)
{
    struct instant time = {0};
    assert_true(instant_from_swedish(str_from(swedish), &time));
    return time;
}

static inline struct record note(const char *id, const char *day)
{
    struct str text = str_from(id);
    return (struct record){.id = UUID_FROM(text, str_from(day)),
                           .source_id = text,
                           .category = S("voo"),
                           .status = S("signed"),
                           .title = S("Ett långt liv"),
                           .care_unit = S("SE0000000001-2001"),
                           .care_provider = S("SE0000000001-1001"),
                           .path = S("content/note.txt"),
                           .documented_at = at(day)};
}
