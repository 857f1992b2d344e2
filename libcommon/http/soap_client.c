/* Asking a national service. */
#include "http/soap_client.h"

#include "base/base.h"

static struct err *open_answer(const struct soap_contract *contract, size_t limit,
                               const struct http_answer_in *answer, struct arena *arena,
                               struct soap_request *out)
{
    autosoap struct soap_request message = {0};
    if (answer->status != 200 && answer->status != 500)
        return err_new(ERR_TRANSIENT, "the service answered with status %d", answer->status);
    TRY(soap_open_answer(answer->content_type, answer->body, limit, arena, &message));
    if (answer->status != 200 || !xml_is(message.body, contract->namespace, contract->answer))
        return err_new(ERR_TRANSIENT, "the service answered by another contract");
    *out = message;
    message.body = NULL;
    return NULL;
}

struct err *soap_ask(const struct soap_service *service, const struct soap_contract *contract,
                     struct str question, struct arena *arena, struct soap_request *out)
{
    struct http_answer_in answer = {0};
    char action[256];
    size_t limit = service->answer_max > 0 ? service->answer_max : SOAP_ANSWER_MAX;
    snprintf(action, sizeof action, "SOAPAction: \"%s\"", contract->action);
    const char *const headers[] = {"Content-Type: " SOAP_TYPE, action, NULL};
    struct str url = arena_format(arena, "%.*s/%s", STR_ARG(service->url), contract->path);
    struct http_client *http =
        http_client_new(&(struct http_client_config){.ca = service->ca,
                                                     .certificate = service->certificate,
                                                     .key = service->key,
                                                     .timeout_ms = service->timeout_ms});
    struct err *e = http_fetch(http, HTTP_POST, url, headers, question, limit, arena, &answer);
    http_client_free(http);
    if (e == NULL)
        e = open_answer(contract, limit, &answer, arena, out);
    if (e == NULL || e->code == ERR_TRANSIENT)
        return e;
    return err_new(ERR_TRANSIENT, "the service's answer cannot be read");
}
