/* Room validation: fixity, structure and rules of delivered packages. */
#include "services/validation/room.h"

#include "base/base.h"
#include "base/log.h"

static const struct setting settings[] = {
    SETTING("R7_PART_FILES", struct validation_settings, part_files, "10000",
            "files that are checked in one unit of work", REQUIRED, .min = 1, .max = 1000000),
    SETTING("R7_PART_BYTES", struct validation_settings, part_bytes, "268435456",
            "their bytes, where one file is not larger", REQUIRED, .min = 1, .max = 1LL << 40),
    SETTING("R7_STEP_BYTES", struct validation_settings, step_bytes, "268435456",
            "bytes of a tar.gz that are listed in one unit of work", REQUIRED, .min = 1 << 20,
            .max = 1LL << 40),
    SETTING(
        "R7_CLAMD", struct validation_settings, clamd, NULL,
        "where clamd listens: the path of its socket, or IP:PORT; nothing: no file is scanned for "
        "viruses",
        OPTIONAL),
    SETTING("R7_CLAMD_STREAM_MAX", struct validation_settings, clamd_stream_max, "2147483648",
            "bytes of the largest file that clamd takes: its StreamMaxLength", REQUIRED, .min = 1,
            .max = 1LL << 32),
    SETTING("R7_PRONOM", struct validation_settings, pronom, NULL,
            "a folder with PRONOM's signature files, as The National Archives (UK) publish them; "
            "nothing: formats are not judged",
            OPTIONAL),
    SETTINGS_END};

static const struct svc_sql tables = SVC_SQL("validation");

static const struct input inputs[] = {{.topic = TOPIC_DELIVERY_RECEIVED,
                                       .fields = delivery_received_fields,
                                       .data_size = sizeof(struct delivery_received),
                                       .facts_size = sizeof(struct judge_facts),
                                       .load = judge_load,
                                       .ask_keys = judge_keys,
                                       .decide = judge_decide,
                                       .waits = judge_waits,
                                       .decides_again = true},
                                      {.topic = TOPIC_VALIDATION_PART,
                                       .fields = validation_part_fields,
                                       .data_size = sizeof(struct validation_part),
                                       .facts_size = sizeof(struct judge_facts),
                                       .load = task_load,
                                       .ask_keys = judge_keys,
                                       .decide = task_decide,
                                       .waits = judge_waits,
                                       .batch = 1},
                                      {.topic = TOPIC_PACKAGE_STORED,
                                       .fields = package_stored_fields,
                                       .data_size = sizeof(struct package_stored),
                                       .facts_size = sizeof(struct release_facts),
                                       .load = release_load,
                                       .decide = release_decide},
                                      {.topic = TOPIC_PACKAGE_REMOVED,
                                       .fields = package_removed_fields,
                                       .data_size = sizeof(struct package_removed),
                                       .facts_size = sizeof(struct release_facts),
                                       .load = release_load,
                                       .decide = release_removed_decide},
                                      {0}};

static const struct route routes[] = {
    {"getReport", HTTP_GET, "/deliveries/{delivery}/report", CALLER_SYSTEM, 0, validation_report},
    {0}};

static struct err *find_scanner(const struct validation_settings *given, struct scan_server *out)
{
    *out = (struct scan_server){given->clamd, (uint64_t)given->clamd_stream_max};
    if (given->clamd.len > 0)
        return err_wrap(scan_server_check(out), "R7_CLAMD");
    log_warning("no file is scanned for viruses: R7_CLAMD names no scanner");
    return NULL;
}

static struct err *open_signatures(const struct validation_settings *given,
                                   struct format_signatures **out)
{
    const char *signatures = NULL;
    const char *containers = NULL;
    if (given->pronom.len == 0) {
        log_warning("no file's format is judged: R7_PRONOM names no folder");
        return NULL;
    }
    autoarena struct arena *arena = arena_new(64 * 1024);
    TRY(err_wrap(
        format_signatures_find(arena_cstr(arena, given->pronom), arena, &signatures, &containers),
        "R7_PRONOM"));
    return format_signatures_open(signatures, containers, out);
}

static struct err *start(struct house *house)
{
    char path[1024];
    struct validation_state *state = must_calloc(1, sizeof *state);
    house->state = state;
    snprintf(path, sizeof path, "%.*s/xsd/eark/package.xsd", STR_ARG(house->config.schemas));
    TRY(xml_schema_open(path, &state->schema));
    TRY(open_signatures(house->settings, &state->signatures));
    return find_scanner(house->settings, &state->clamd);
}

static const struct svc validation = {
    .name = "validation",
    .summary = "judges delivered packages: container, METS, fixity, rules",
    .settings = settings,
    .settings_size = sizeof(struct validation_settings),
    .sql = validation_sql,
    .tables = &tables,
    .inputs = inputs,
    .routes = routes,
    .start = start,
    .schema = 42};

int main(int argc, char **argv)
{
    return svc_main(&validation, argc, argv);
}
