/* The door: messages in, answers and faults out. */
#include "services/gateway/room.h"

#include "base/base.h"
#include "base/log.h"
#include "contracts.h"
#include "ping.h"

enum { HSA_ID_MAX = 64, CORRELATION_MAX = 128 };

/* A header that is passed on to the log: printable ASCII and no personal number, else absent. */
static struct str plain_header(const struct request *request, const char *name, size_t limit)
{
    struct str text = str_trim(http_call_header(request->call, name));
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x21 || text.ptr[i] > 0x7e)
            return (struct str){0};
    bool good = text.len > 0 && text.len <= limit && !looks_like_personal_number(text);
    return good ? text : (struct str){0};
}

static void know_caller(const struct request *request, struct gateway_caller *out)
{
    struct str platform = str_from(request->peer->serial);
    struct str consumer =
        plain_header(request, "x-rivta-original-serviceconsumer-hsaid", HSA_ID_MAX);
    *out = (struct gateway_caller){
        .platform = platform,
        .consumer = consumer.len > 0 ? consumer : platform,
        .correlation = plain_header(request, "x-skltp-correlation-id", CORRELATION_MAX)};
}

static struct err *answer_contract(struct request *request, const struct gateway_caller *caller,
                                   const struct soap_request *soap)
{
    const struct contract *contract = contract_find(soap->namespace, soap->name);
    if (contract == NULL)
        return err_new(ERR_INVALID, "the service contract is not offered here");
    log_info(
        "asked", kv("request", request->id), kv("contract", contract->name),
        kv("consumer", caller->consumer), kv("correlation", caller->correlation),
        kv("on_behalf_of", plain_header(request, "x-rivta-acting-on-behalf-of-hsaid", HSA_ID_MAX)));
    switch (contract->id) {
    case CONTRACT_PING_FOR_CONFIGURATION:
        TRY(ping_read(soap, request->arena));
        ping_answer(S(R7_VERSION), request->now, request->out);
        return NULL;
    case CONTRACT_GET_CARE_DOCUMENTATION:
        return care_documentation(request, caller, soap);
    case CONTRACTS:
        break;
    }
    return ERR_BUG_AT("a contract of no kind");
}

struct err *gateway_answer(struct request *request, struct http_reply *reply)
{
    struct gateway_caller caller;
    autosoap struct soap_request soap = {0};
    know_caller(request, &caller);
    TRY(soap_open(http_call_header(request->call, "Content-Type"), request->body, request->arena,
                  &soap));
    TRY(answer_contract(request, &caller, &soap));
    reply->content_type = SOAP_TYPE;
    return NULL;
}
