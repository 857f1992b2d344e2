/* PingForConfiguration. */
#include "ping.h"

#include "base/base.h"
#include "contracts.h"

struct err *ping_read(const struct soap_request *request, struct arena *arena)
{
    static const char *const expected[] = {"serviceContractNamespace", "logicalAddress"};
    struct xml *x = request->body;
    bool found;
    for (size_t i = 0; i < COUNT(expected); i++) {
        struct str value; /* of interest only to those who pass a ping on */
        TRY(soap_next_child(x, &found));
        if (!found || !xml_is(x, PING_NAMESPACE, expected[i]))
            return err_field(ERR_INVALID, expected[i], "is missing or not in its place");
        TRY(soap_leaf(x, arena, &value));
    }
    for (;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            return soap_end(request);
        if (str_equal(xml_namespace(x), S(PING_NAMESPACE)))
            return err_new(ERR_INVALID, "PingForConfiguration has an element too many");
        TRY(xml_skip(x));
    }
}

#define PREFIX S("p")

static void configuration(struct xml_writer *w, struct str name, struct str value)
{
    xml_write_open(w, PREFIX, S("configuration"));
    xml_write_leaf(w, PREFIX, S("name"), name);
    xml_write_leaf(w, PREFIX, S("value"), value);
    xml_write_close(w);
}

void ping_answer(struct str version, struct instant now, struct buf *out)
{
    char time[15];
    instant_to_swedish(now, time);
    struct xml_writer w = xml_write_begin(out);
    soap_answer_begin(&w);
    xml_write_open(&w, PREFIX, S("PingForConfigurationResponse"));
    xml_write_attribute(&w, S("xmlns"), PREFIX, S(PING_NAMESPACE));
    xml_write_leaf(&w, PREFIX, S("version"), version);
    xml_write_leaf(&w, PREFIX, S("pingDateTime"), str_from(time));
    for (size_t i = 0; i < CONTRACTS; i++) {
        autobuf struct buf contract = buf_new(128);
        buf_format(&contract, "%s %d", contracts[i].name, contracts[i].major);
        configuration(&w, S("contract"), buf_str(&contract));
    }
    xml_write_close(&w);
    soap_answer_end(&w);
}
