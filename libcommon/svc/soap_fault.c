/* Faults of service contracts. */
#include "svc/soap_fault.h"

#include "base/base.h"
#include "base/log.h"
#include "text/soap.h"

void soap_present_fault(const struct http_call *call, const struct err *e, struct str instance,
                        struct http_reply *reply, struct buf *body)
{
    (void)call;
    struct uuid log_id;
    if (!uuid_parse(instance, &log_id)) {
        /* Refused by the server itself, before it had an id or a line in the log. */
        log_id = uuid_random();
        log_line(LOG_INFO, "refused", e, LOG_PAIRS(kv("request", log_id)));
    }
    soap_fault(e, log_id, body);
    reply->status = 500;
    reply->content_type = SOAP_TYPE;
}
