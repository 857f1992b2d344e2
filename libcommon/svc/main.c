/* The start and the end of a service, and its four ways to run: serve, --check, --once, --drain. */
#include "svc/internal.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PEM_LIMIT = 1024 * 1024, HTTP_QUEUE = 256 };

const struct setting svc_settings[] = {
    SETTING("R7_DATABASE_URL", struct svc_config, database_url, NULL,
            "PostgreSQL, as this room's own role", OPTIONAL),
    SETTING("R7_KAFKA_BOOTSTRAP", struct svc_config, kafka_bootstrap, NULL,
            "Kafka brokers, host:port", OPTIONAL),
    SETTING("R7_KAFKA_CA", struct svc_config, kafka_ca, NULL,
            "PEM file: who signed the brokers' certificates", OPTIONAL),
    SETTING("R7_KAFKA_CERT", struct svc_config, kafka_cert, NULL,
            "PEM file: this room's certificate for Kafka", OPTIONAL),
    SETTING("R7_KAFKA_KEY", struct svc_config, kafka_key, NULL, "PEM file: its key", OPTIONAL),
    SETTING("R7_KAFKA_SESSION_MS", struct svc_config, kafka_session_ms, "10000",
            "a room that is silent for so long is taken for dead, and others take its work over",
            OPTIONAL, .min = 2000, .max = 300000),
    SETTING("R7_HTTP_ADDRESS", struct svc_config, http_address, "127.0.0.1",
            "where the API listens", OPTIONAL),
    SETTING("R7_HTTP_PORT", struct svc_config, http_port, "0", "the API's port, 0 = none", OPTIONAL,
            .max = 65535),
    SETTING("R7_ADMIN_PORT", struct svc_config, admin_port, "0",
            "the admin port on loopback, 0 = any", OPTIONAL, .max = 65535),
    SETTING("R7_TLS_CERT", struct svc_config, tls_cert, NULL, "PEM file: this room's certificate",
            OPTIONAL),
    SETTING("R7_TLS_KEY", struct svc_config, tls_key, NULL, "PEM file: its key", OPTIONAL),
    SETTING("R7_TLS_CA", struct svc_config, tls_ca, NULL,
            "PEM file: who signs callers' and rooms' certificates; read again at HUP", OPTIONAL),
    SETTING("R7_TLS_CRL", struct svc_config, tls_crl, NULL,
            "PEM file: revoked certificates; read again at HUP", OPTIONAL),
    SETTING("R7_VAULT_LOCATIONS", struct svc_config, vault_locations, NULL,
            "storage directories, ':' between", OPTIONAL),
    SETTING("R7_KEYS_URL", struct svc_config, keys_url, NULL, "room keys", OPTIONAL),
    SETTING("R7_ACCESS_URL", struct svc_config, access_url, NULL, "room access", OPTIONAL),
    SETTING("R7_STATE_DIR", struct svc_config, state_dir, "/tmp", "where crash notes lie",
            OPTIONAL),
    SETTING("R7_SCHEMAS", struct svc_config, schemas, "schemas",
            "the folder of schemas as installed", OPTIONAL),
    SETTING("R7_WORKERS", struct svc_config, workers, "2", "workers for each topic", OPTIONAL,
            .min = 1, .max = 16),
    SETTING("R7_HTTP_WORKERS", struct svc_config, http_workers, "4", "workers for HTTP requests",
            OPTIONAL, .min = 1, .max = 16),
    SETTING("R7_FILE_WORKERS", struct svc_config, file_workers, "2",
            "workers for bodies that are files, where the API takes any", OPTIONAL, .min = 1,
            .max = 16),
    SETTING("R7_ERRAND_WORKERS", struct svc_config, errand_workers, "2",
            "workers for long work beside the topics, where the room has any", OPTIONAL, .min = 1,
            .max = 16),
    SETTING("R7_HOUSEKEEP_SECONDS", struct svc_config, housekeep_seconds, "60",
            "seconds between two rounds of housekeeping", OPTIONAL, .min = 1, .max = 3600),
    SETTINGS_END,
};

/* --- between threads
 * -------------------------------------------------------------------------------- */

void svc_post(struct service *service)
{
    const uint64_t one = 1;
    if (service->mail >= 0 && write(service->mail, &one, sizeof one) < 0)
        return; /* the counter is full: the postman has been told often enough */
}

void svc_idle(struct service *service, int walk)
{
    atomic_fetch_or(&service->idle, 1U << walk);
}

struct bus_config service_bus(const struct service *service)
{
    const struct svc_config *config = &service->house.config;
    return (struct bus_config){config->kafka_bootstrap, config->kafka_ca, config->kafka_cert,
                               config->kafka_key};
}

void svc_busy(struct service *service, int walk)
{
    atomic_fetch_add(&service->work, 1);
    atomic_fetch_and(&service->idle, ~(1U << walk));
}

/* --- start
 * ------------------------------------------------------------------------------------------ */

static struct err *read_pem(struct arena *arena, struct str path, struct str *out)
{
    *out = (struct str){0};
    if (path.len == 0)
        return NULL;
    autoclose int file = open(path.ptr, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return err_errno(ERR_INVALID, "could not open %s", path.ptr);
    char *text = arena_alloc(arena, PEM_LIMIT, 1);
    ssize_t length = read(file, text, PEM_LIMIT - 1);
    if (length <= 0)
        return err_new(ERR_INVALID, "could not read %s", path.ptr);
    *out = (struct str){text, (size_t)length};
    return NULL;
}

/* svc's statements, the room's tables' and the room's own, in one list for db_open. */
static const struct sql *const *all_sql(struct service *service)
{
    const struct svc *svc = service->house.svc;
    size_t count = 0;
    while (svc->sql != NULL && svc->sql[count] != NULL)
        count++;
    size_t tables = svc->tables != NULL ? sizeof(struct svc_sql) / sizeof(struct sql) : 0;
    const struct sql **list =
        (const struct sql **)arena_alloc(service->arena, count + tables + 32, sizeof(struct sql *));
    size_t at = 0;
    for (size_t i = 0; svc_own_sql[i] != NULL; i++)
        list[at++] = svc_own_sql[i];
    for (size_t i = 0; svc->reads_packages && svc_package_sql[i] != NULL; i++)
        list[at++] = svc_package_sql[i];
    for (size_t i = 0; svc->journal != NULL && svc_journal_sql[i] != NULL; i++)
        list[at++] = svc_journal_sql[i];
    for (size_t i = 0; svc->tables != NULL && svc_set_aside_sql[i] != NULL; i++)
        list[at++] = svc_set_aside_sql[i];
    for (size_t i = 0; svc->tables != NULL && svc_suspect_sql[i] != NULL; i++)
        list[at++] = svc_suspect_sql[i];
    for (size_t i = 0; i < tables; i++)
        list[at++] = &((const struct sql *)svc->tables)[i];
    for (size_t i = 0; i < count; i++)
        list[at++] = svc->sql[i];
    return list;
}

static struct err *configure(struct service *service)
{
    struct house *house = &service->house;
    TRY(config_read(svc_settings, service->arena, &house->config));
    if (house->svc->settings != NULL) {
        house->settings = arena_alloc(service->arena, 1, house->svc->settings_size);
        TRY(config_read(house->svc->settings, service->arena, house->settings));
    }
    service->sql = all_sql(service);
    TRY(read_pem(service->arena, house->config.tls_cert, &service->tls_certificate));
    TRY(read_pem(service->arena, house->config.tls_key, &service->tls_key));
    TRY(read_pem(service->arena, house->config.tls_ca, &service->tls_ca));
    return read_pem(service->arena, house->config.tls_crl, &service->tls_crl);
}

struct version_row {
    int32_t number;
};
static const struct field version_fields[] = {FIELD(struct version_row, number, OPTIONAL),
                                              FIELDS_END};

/* Every statement is prepared when a connection opens; a schema older than needed is refused. */
static struct err *check(struct service *service)
{
    const struct svc *svc = service->house.svc;
    if (service->house.config.database_url.len == 0)
        return NULL;
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct db *db = NULL;
    struct rows rows = {0};
    TRY(db_open(service->house.config.database_url.ptr, svc->session, service->sql, &db));
    struct load *load = load_new(db, 0, arena);
    LOAD(load, &svc_schema_version, version_fields, struct version_row, &rows);
    struct err *e = load_run(load);
    db_close(db);
    TRY(e);
    if (rows.count == 0 || ROW(struct version_row, rows, 0)->number < svc->schema)
        return err_new(ERR_INVALID,
                       "the database is older than this program: run r7-migrate first");
    return NULL;
}

static struct err *open_api(struct service *service)
{
    const struct svc_config *config = &service->house.config;
    if (service->house.svc->routes == NULL || config->http_port == 0)
        return NULL;
    if (service->tls_certificate.len == 0)
        return err_field(ERR_INVALID, "TLS_CERT", "not set: the API speaks TLS only");
    const struct http_server_config http = {.address = config->http_address.ptr,
                                            .port = (uint16_t)config->http_port,
                                            .port_wait_ms = PORT_WAIT_MS,
                                            .certificate = service->tls_certificate,
                                            .key = service->tls_key,
                                            .client_ca = service->tls_ca,
                                            .client_crl = service->tls_crl,
                                            .queue = HTTP_QUEUE,
                                            .present_error = service->house.svc->present_error,
                                            .body_limit = serve_body_limit,
                                            .state = service};
    return http_server_start(&http, &service->http);
}

/* HUP: who is trusted, as the files say now. */
static struct err *read_trust(struct service *service)
{
    autoarena struct arena *arena = arena_new((size_t)4 * PEM_LIMIT);
    struct str ca;
    struct str crl;
    TRY(read_pem(arena, service->house.config.tls_ca, &ca));
    TRY(read_pem(arena, service->house.config.tls_crl, &crl));
    return http_server_trust(service->http, ca, crl);
}

static void reload(struct service *service)
{
    struct err *e = service->http != NULL ? read_trust(service) : NULL;
    if (e != NULL)
        log_error("could not read the trusted certificates again; the former ones stand", e);
    else
        log_info("read again what can change while it runs");
}

/* --- life
 * ------------------------------------------------------------------------------------------- */

/* Waits for TERM or INT, or with --drain until there is nothing to do. */
static void wait_for_end(struct service *service, struct crew *crew, const sigset_t *signals)
{
    const struct timespec look = {.tv_sec = 0, .tv_nsec = 200000000};
    for (;;) {
        int signal = sigtimedwait(signals, NULL, &look);
        if (signal == SIGTERM || signal == SIGINT)
            return;
        if (signal == SIGHUP)
            reload(service);
        if (atomic_load(&service->drain) && crew_is_drained(crew))
            return;
    }
}

static int run(struct service *service, const sigset_t *signals)
{
    struct err *e = check(service);
    if (e == NULL && !replay_journals(service))
        return 1;
    if (e == NULL)
        e = open_api(service);
    if (e != NULL) {
        log_error("cannot start", e);
        return 1;
    }
    service->mail = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct crew *crew = crew_start(service);
    log_info("started", kv("http_port", service->house.config.http_port),
             kv("admin_port", service->house.config.admin_port));
    wait_for_end(service, crew, signals);
    atomic_store(&service->stopping, true);
    svc_post(service);
    crew_join(crew);
    http_server_stop(service->http);
    close(service->mail);
    log_info("stopped");
    return 0;
}

static int usage(const struct svc *svc, int status)
{
    fprintf(status == 0 ? stdout : stderr,
            "r7-%s: %s\n\n"
            "usage: r7-%s [--check | --once | --drain | --print-config | --contract]\n\n"
            "  (nothing)        serve until TERM\n"
            "  --check          check configuration, schema version and every statement\n"
            "  --once           one message and its facts on standard input, the plan on standard "
            "output\n"
            "  --drain          work until there is nothing to do\n"
            "  --print-config   the settings, from the environment\n"
            "  --contract       its topics, routes and statements, one a line\n",
            svc->name, svc->summary, svc->name);
    return status;
}

static int print_config(const struct svc *svc)
{
    autobuf struct buf out = buf_new((size_t)1 << 20);
    config_document(svc_settings, &out);
    if (svc->settings != NULL)
        config_document(svc->settings, &out);
    fwrite(out.ptr, 1, out.len, stdout);
    return 0;
}

/* "topic NAME", "route METHOD PATH OPERATION", "session TEXT", "statement NAME TEXT": what the
 * contract tests hold against schemas/ and the database. */
static int print_contract(const struct svc *svc)
{
    for (const struct input *i = svc->inputs; i != NULL && i->topic != NULL; i++)
        printf("topic %s\n", i->topic);
    for (const struct route *r = svc->routes; r != NULL && r->operation != NULL; r++)
        printf("route %s %s %s\n", http_method_name(r->method), r->path, r->operation);
    if (svc->session != NULL)
        printf("session %s\n", svc->session);
    const struct sql *tables = (const struct sql *)svc->tables;
    for (size_t i = 0; tables != NULL && i < sizeof(struct svc_sql) / sizeof *tables; i++)
        printf("statement %s %s\n", tables[i].name, tables[i].text);
    for (const struct sql *const *s = svc->sql; s != NULL && *s != NULL; s++)
        printf("statement %s %s\n", (*s)->name, (*s)->text);
    return 0;
}

/* File keys live here: nothing of this process is dumped. A package has a file for each 64 MiB, so
 * as many may be open as the system lets us. */
static void harden(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit files;
    setrlimit(RLIMIT_CORE, &none);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int svc_main(const struct svc *svc, int argc, char **argv)
{
    struct str mode = argc == 2 ? str_from(argv[1]) : S("");
    if (argc > 2 || str_equal(mode, S("--help")) || str_equal(mode, S("-h")))
        return usage(svc, argc > 2 ? 2 : 0);
    if (str_equal(mode, S("--print-config")))
        return print_config(svc);
    if (str_equal(mode, S("--contract")))
        return print_contract(svc);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    harden();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    log_open(svc->name, LOG_INFO);
    struct service *service = must_calloc(1, sizeof *service);
    service->house.svc = svc;
    service->arena = arena_new((size_t)64 << 20);
    service->mail = -1;
    struct err *e = configure(service);
    if (e == NULL && svc->start != NULL)
        e = svc->start(&service->house);
    if (e != NULL) {
        log_error("cannot start", e);
        return 1;
    }
    if (str_equal(mode, S("--once")))
        return once_run(svc, &service->house);
    if (str_equal(mode, S("--check"))) {
        e = check(service);
        fprintf(e == NULL ? stdout : stderr, "%s: %s\n", svc->name, e == NULL ? "good" : e->detail);
        if (e != NULL)
            log_error("check failed", e);
        return e != NULL;
    }
    atomic_store(&service->drain, str_equal(mode, S("--drain")));
    return mode.len == 0 || str_equal(mode, S("--drain")) ? run(service, &signals) : usage(svc, 2);
}
