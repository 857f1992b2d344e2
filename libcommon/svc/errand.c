/* Long work that no message may hold: a worker does one piece after another, of whatever is next.
 * Prompt work is the same by a worker of its own, which no long piece keeps from it. */
#include "svc/internal.h"

#include <time.h>

static void rest(const struct service *service, int rest_ms)
{
    enum { LOOK_MS = 50 };
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    for (int waited = 0; waited < rest_ms && !atomic_load(&service->stopping); waited += LOOK_MS)
        nanosleep(&look, NULL);
}

/* Does the next piece, and remembers when there was none. */
static struct err *do_piece(struct service *service, enum errand_kind kind, struct worker *worker,
                            bool *out_done)
{
    const struct svc *svc = service->house.svc;
    unsigned before = atomic_load(&service->work);
    atomic_fetch_add(&service->errands_in_hand, 1);
    struct err *e = (kind == ERRAND_LONG ? svc->errand : svc->prompt_errand)(
        &service->house, worker, worker->arena, out_done);
    if (*out_done)
        atomic_fetch_add(&service->work, 1);
    else if (e == NULL)
        atomic_store(&service->errands_none[kind], before + 1);
    atomic_fetch_sub(&service->errands_in_hand, 1);
    return e;
}

bool errands_are_done(struct service *service)
{
    const struct svc *svc = service->house.svc;
    unsigned none = atomic_load(&service->work) + 1;
    return atomic_load(&service->errands_in_hand) == 0 &&
           (svc->errand == NULL || atomic_load(&service->errands_none[ERRAND_LONG]) == none) &&
           (svc->prompt_errand == NULL ||
            atomic_load(&service->errands_none[ERRAND_PROMPT]) == none);
}

/* One piece after another until the service ends: of a duty, or (NULL) of the room's errands. */
static void go_on(struct service *service, enum errand_kind kind, const struct duty *duty)
{
    enum { LONG_MS = 1000, PROMPT_MS = 250 };
    int rest_ms = kind == ERRAND_PROMPT ? PROMPT_MS : LONG_MS;
    struct worker worker = {.service = service};
    rest_ms = duty != NULL ? duty->rest_ms : rest_ms;
    while (!atomic_load(&service->stopping)) {
        bool done = false;
        struct err *e = worker_open(&worker);
        if (e == NULL && !worker.ready)
            atomic_fetch_add(&service->threads_ready, 1), worker.ready = true;
        if (e == NULL)
            e = duty == NULL ? do_piece(service, kind, &worker, &done)
                             : duty->run(&service->house, &worker, worker.arena, &done);
        METRIC_ADD(service, errands, done);
        METRIC_ADD(service, errands_failed, e != NULL);
        if (e != NULL)
            log_error("a piece of long work comes again", e);
        log_context((struct str){0}, (struct uuid){0});
        if (worker.arena != NULL)
            worker_end_unit(&worker);
        if (!done)
            rest(service, e != NULL ? LONG_MS : rest_ms);
    }
    worker_close(&worker);
}

void *errand_thread(void *state)
{
    go_on(state, ERRAND_LONG, NULL);
    return NULL;
}

void *duty_thread(void *state)
{
    const struct attendance *a = state;
    go_on(a->service, ERRAND_LONG, a->duty);
    return NULL;
}

void *prompt_thread(void *state)
{
    go_on(state, ERRAND_PROMPT, NULL);
    return NULL;
}
