/* Room search's reading of one record without what makes it lawful: no subject, no facts, no
 * decision, no row in the log. What permission and log cost is what the room takes longer than
 * this. For a measurement on made-up records only. */
#include "services/search/room.h"

static struct err *show(struct request *request, struct http_reply *reply)
{
    (void)reply;
    const struct permission everything = {.outcome = PERMISSION_ALLOW};
    const struct information_type *type = NULL;
    const struct shown *shown = NULL;
    struct found *found = NULL;
    struct found_key key;
    if (!found_key_parse(http_param(&request->match, "record"), &key))
        return err_new(ERR_NOT_FOUND, "there is no such record");
    TRY(db_begin(request->db, request->tenant));
    TRY(record_load(request, key, &found));
    TRY(search_type(request->house, found->record.type, &type, &shown));
    answer_record(found, shown, true, &everything, request->out);
    return db_commit(request->db);
}

static const struct route routes[] = {
    {"getRecord", HTTP_GET, "/records/{record}", CALLER_PERSON, 0, show}, {0}};

static const struct svc bare = {.name = "search",
                                .summary = "reads records without permission or log: a measurement",
                                .sql = search_sql,
                                .reads_packages = true,
                                .routes = routes,
                                .start = search_start,
                                .schema = 30};

int main(int argc, char **argv)
{
    return svc_main(&bare, argc, argv);
}
