/* GET /units: the register, a page at a time, by names and codes of today and of then. */
#include "services/access/units.h"
#include "text/json.h"

enum { PAGE = 200, TEXT_MAX = 200 };

struct err *access_list_units(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change as_administrator;
    struct rows rows = {0};
    struct str after = http_call_query(request->call, "after");
    struct str text = str_trim(http_call_query(request->call, "text"));
    TRY(change_begin_own(request, &as_administrator));
    if (after.len > UNIT_ID_MAX)
        return err_field(ERR_INVALID, "after", "longer than %d bytes", UNIT_ID_MAX);
    if (text.len > TEXT_MAX)
        return err_field(ERR_INVALID, "text", "longer than %d bytes", TEXT_MAX);
    TRY(request_rows(request, &access_list_units_page, unit_fact_fields, sizeof(struct unit), &rows,
                     VALUES(V(after), V(text.len > 0 ? text : (struct str){0}), V(PAGE + 1))));
    bool more = rows.count > PAGE;
    rows.count = more ? PAGE : rows.count;
    buf_put(request->out, S("{\"units\":"));
    json_write_list(unit_fact_fields, rows.at, sizeof(struct unit), rows.count, request->out);
    buf_format(request->out, ",\"more\":%s}", more ? "true" : "false");
    return NULL;
}
