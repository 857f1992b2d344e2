/* RFC 9457: what a caller may know of an error. */
#include "base/base.h"
#include "http/http.h"
#include "text/json.h"

static void member(const char *name, const char *value, struct buf *out)
{
    if (value == NULL)
        return;
    buf_format(out, ",\"%s\":", name);
    json_quote(str_from(value), out);
}

void problem_write(const struct err *e, struct str instance, struct buf *out)
{
    buf_format(out, "{\"type\":\"urn:r7e:problem:%s\",\"status\":%d", err_type(e), err_status(e));
    member("title", err_title(e), out);
    /* Of our own faults the caller learns only that there was one. */
    if (e->code != ERR_BUG)
        member("detail", e->detail, out);
    member("field", e->field, out);
    member("rule", e->rule, out);
    if (instance.len > 0) {
        buf_put(out, S(",\"instance\":"));
        json_quote(instance, out);
    }
    buf_byte(out, '}');
}

void problem_present(const struct http_call *call, const struct err *e, struct str instance,
                     struct http_reply *reply, struct buf *body)
{
    (void)call;
    problem_write(e, instance, body);
    reply->status = err_status(e);
    reply->content_type = "application/problem+json";
    if (e->code == ERR_UNAUTHENTICATED)
        reply->headers[0].name = "WWW-Authenticate",
        reply->headers[0].value = "Bearer realm=\"r7e\"";
    if (err_class(e) == ERR_CLASS_TRANSIENT)
        reply->headers[0].name = "Retry-After", reply->headers[0].value = "2";
}
