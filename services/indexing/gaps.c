/* Unit codes of delivered records that the register does not know: how many records stand under
 * each, before anybody accepts them. Codes and counts of units only, nothing of a record. */
#include "services/indexing/room.h"
#include "svc/subject.h"
#include "text/json.h"

enum { GAPS_MAX = 10000 };

struct gap {
    struct str source_system;
    struct str code;
    int64_t records;
    struct str first_month; /* of the records' own time; absent: none of them has any */
    struct str last_month;
};
static const struct field gap_fields[] = {
    FIELD(struct gap, source_system, REQUIRED), FIELD(struct gap, code, REQUIRED),
    FIELD(struct gap, records, REQUIRED),       FIELD(struct gap, first_month, OPTIONAL),
    FIELD(struct gap, last_month, OPTIONAL),    FIELDS_END};
struct package_id {
    struct uuid id;
};
static const struct field package_id_fields[] = {FIELD(struct package_id, id, REQUIRED),
                                                 FIELDS_END};

/* Absent: all that wait to be accepted. */
static struct err *read_delivery(struct request *request, struct uuid *out)
{
    struct rows rows = {0};
    struct str given = http_call_query(request->call, "delivery");
    if (given.ptr == NULL)
        return NULL;
    if (!uuid_parse(given, out))
        return err_field(ERR_INVALID, "delivery", "is no delivery");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &indexing_select_delivery, package_id_fields, struct package_id, &rows, V(*out));
    TRY(load_run(load));
    return rows.count > 0 ? NULL
                          : err_new(ERR_NOT_FOUND, "no such delivery has come to be indexed");
}

struct err *indexing_unit_gaps(struct request *request, struct http_reply *reply)
{
    (void)reply;
    static const enum permission_role roles[] = {ROLE_ARCHIVIST, ROLE_LOCAL_ADMINISTRATOR};
    struct subject subject;
    struct uuid delivery = {0};
    struct rows gaps = {0};
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, roles, COUNT(roles)));
    TRY(read_delivery(request, &delivery));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &indexing_select_unit_gaps, gap_fields, struct gap, &gaps, V(delivery), V(GAPS_MAX));
    TRY(load_run(load));
    buf_put(request->out, S("{\"gaps\":"));
    json_write_list(gap_fields, gaps.at, sizeof(struct gap), gaps.count, request->out);
    buf_format(request->out, ",\"more\":%s}", gaps.count == GAPS_MAX ? "true" : "false");
    return NULL;
}
