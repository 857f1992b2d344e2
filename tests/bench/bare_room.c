/* Room search's reading of one record without what makes it lawful: no subject, no facts, no
 * decision, no row in the log. What permission and log cost is what the room takes longer than
 * this. For a measurement on made-up records only. */
#include "services/search/room.h"

static struct err *show(struct request *request, struct http_reply *reply)
{
    (void)reply;
    const struct permission everything = {.outcome = PERMISSION_ALLOW};
    struct disclosing d = {0};
    struct found *found = NULL;
    struct found_key key;
    struct rows records = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    if (!found_key_parse(http_param(&request->match, "record"), &key))
        return err_new(ERR_NOT_FOUND, "there is no such record");
    record_ask(key, load, &records);
    TRY(load_run(load));
    TRY(record_take(request, &records, &d, &found));
    answer_record(found, d.shown, true, &everything, request->out);
    return NULL;
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
