/* The admin port: /livez /readyz /metrics /config, for the machine that runs the service, and
 * housekeeping. */
#include "svc/internal.h"

#include <stdio.h>

enum { NEXT_MS = 250 };

void metrics_write(struct service *service, struct buf *out)
{
    static const struct {
        const char *name;
        const char *help;
    } metrics[] = {
#define METRIC(name, help) {#name, help},
#include "svc/metrics.def"
#undef METRIC
    };
    for (size_t i = 0; i < METRIC_COUNT; i++)
        buf_format(
            out,
            "# HELP r7_%s_total %s\n# TYPE r7_%s_total counter\nr7_%s_total{service=\"%s\"} %lld\n",
            metrics[i].name, metrics[i].help, metrics[i].name, metrics[i].name,
            service->house.svc->name, (long long)atomic_load(&service->metrics[i]));
    FILE *statm = fopen("/proc/self/statm", "re");
    long pages = 0;
    if (statm != NULL) {
        /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
        if (fscanf(statm, "%*d %ld", &pages) == 1)
            buf_format(out,
                       "# TYPE r7_resident_bytes gauge\nr7_resident_bytes{service=\"%s\"} %lld\n",
                       service->house.svc->name, (long long)pages * 4096);
        fclose(statm);
    }
}

static bool is_ready(struct service *service)
{
    return atomic_load(&service->threads_ready) >= atomic_load(&service->threads_wanted);
}

static struct err *measure(struct service *service, struct worker *worker, struct buf *out)
{
    TRY(worker_open(worker));
    return service->house.svc->measure(&service->house, worker, worker->arena, out);
}

static void answer(struct service *service, struct worker *worker, struct http_call *call)
{
    autobuf struct buf out = buf_new((size_t)1 << 20);
    struct str path = http_call_path(call);
    struct http_reply reply = {.status = 200, .content_type = "text/plain; charset=utf-8"};
    if (str_equal(path, S("/livez"))) {
        buf_put(&out, S("alive\n"));
    } else if (str_equal(path, S("/readyz"))) {
        reply.status = is_ready(service) ? 200 : 503;
        buf_format(&out, "%s: %d of %d threads ready\n", is_ready(service) ? "ready" : "not ready",
                   atomic_load(&service->threads_ready), atomic_load(&service->threads_wanted));
    } else if (str_equal(path, S("/metrics"))) {
        metrics_write(service, &out);
        struct err *e = service->house.svc->tables != NULL ? set_aside_write(worker, &out) : NULL;
        if (e == NULL && service->house.svc->measure != NULL)
            e = measure(service, worker, &out);
        if (e != NULL) /* what the process counts itself is told all the same */
            log_error("could not count what the database holds", e);
        if (worker->arena != NULL)
            worker_end_unit(worker);
    } else if (str_equal(path, S("/config"))) {
        config_document(svc_settings, &out);
        if (service->house.svc->settings != NULL)
            config_document(service->house.svc->settings, &out);
    } else {
        reply.status = 404;
        buf_put(&out, S("there is /livez /readyz /metrics /config\n"));
    }
    reply.body = buf_str(&out);
    http_answer(call, &reply);
}

static size_t no_body(void *state, enum http_method method, struct str path)
{
    (void)state, (void)method, (void)path;
    return 0;
}

static void housekeep(struct service *service, struct worker *worker)
{
    const struct svc *svc = service->house.svc;
    struct err *e = worker_open(worker);
    if (e == NULL && svc->tables != NULL)
        e = sweep(worker);
    if (e == NULL && svc->housekeep != NULL)
        e = svc->housekeep(&service->house, worker, worker->arena);
    if (e != NULL)
        log_error("housekeeping comes again", e);
    worker_end_unit(worker);
}

void *admin_thread(void *state)
{
    struct service *service = state;
    struct http_server *server = NULL;
    struct worker worker = {.service = service};
    const struct http_server_config config = {.address = "127.0.0.1",
                                              .port = (uint16_t)service->house.config.admin_port,
                                              .port_wait_ms = PORT_WAIT_MS,
                                              .queue = 16,
                                              .body_limit = no_body};
    struct err *e = http_server_start(&config, &server);
    if (e != NULL) {
        log_error("stopping: no admin port", e);
        exit(1); /* NOLINT(concurrency-mt-unsafe): nothing has begun */
    }
    int64_t next = 0;
    while (!atomic_load(&service->stopping)) {
        struct http_call *call = http_next(server, NEXT_MS);
        if (call != NULL)
            answer(service, &worker, call);
        if (is_ready(service) && clock_monotonic_us() >= next) {
            housekeep(service, &worker);
            next =
                clock_monotonic_us() + service->house.config.housekeep_seconds * INT64_C(1000000);
        }
    }
    http_server_stop(server);
    worker_close(&worker);
    return NULL;
}
