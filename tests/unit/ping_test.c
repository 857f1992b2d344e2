/* Does the gateway read PingForConfiguration's question, and say its version and contracts? */
#include "services/gateway/ping.h"

#include "arena.h"
#include "services/gateway/contracts.h"
#include "services/gateway/gcd3.h"

static struct err *ping(const char *inner)
{
    struct str message =
        arena_format(arena,
                     "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>"
                     "<a:LogicalAddress "
                     "xmlns:a='urn:riv:itintegration:registry:1'>x</a:LogicalAddress></s:Header>"
                     "<s:Body><p:PingForConfiguration xmlns:p='" PING_NAMESPACE
                     "'>%s</p:PingForConfiguration></s:Body></s:Envelope>",
                     inner);
    autosoap struct soap_request request = {0};
    TRY(soap_open(S("text/xml"), message, arena, &request));
    assert_ptr_equal(contract_find(request.namespace, request.name),
                     &contracts[CONTRACT_PING_FOR_CONFIGURATION]);
    return ping_read(&request, arena);
}

static void pings(void **state)
{
    (void)state;
    struct instant now;
    assert_null(ping("<p:serviceContractNamespace>urn:x</p:serviceContractNamespace>"
                     "<p:logicalAddress>x</p:logicalAddress><y xmlns='urn:y'/>"));
    assert_non_null(ping("<p:logicalAddress>x</p:logicalAddress>"));
    assert_non_null(ping("<p:serviceContractNamespace>urn:x</p:serviceContractNamespace>"
                         "<p:logicalAddress>x</p:logicalAddress><p:more/>"));
    autobuf struct buf out = buf_new(4096);
    assert_true(instant_from_swedish(S("20260115101500"), &now));
    ping_answer(S("1.0"), now, &out);
    assert_non_null(strstr(
        out.ptr,
        "<p:version>1.0</p:version><p:pingDateTime>20260115101500</p:pingDateTime>"
        "<p:configuration><p:name>contract</p:name><p:value>GetCareDocumentation 3</p:value>"));
    assert_null(contract_find(S(GCD3_NAMESPACE), S("GetCareDocumentationResponse")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(pings),
    };
    return cmocka_run_group_tests_name("ping", tests, NULL, NULL);
}
