/* Long work that no message may hold: a worker does one piece after another, of whatever is next.
 */
#include "svc/internal.h"

#include <time.h>

static void rest(const struct service *service)
{
    enum { REST_MS = 1000, LOOK_MS = 100 };
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    for (int waited = 0; waited < REST_MS && !atomic_load(&service->stopping); waited += LOOK_MS)
        nanosleep(&look, NULL);
}

/* Does the next piece, and remembers when there was none. */
static struct err *do_piece(struct service *service, struct worker *worker, bool *out_done)
{
    unsigned before = atomic_load(&service->work);
    atomic_fetch_add(&service->errands_in_hand, 1);
    struct err *e = service->house.svc->errand(&service->house, worker, worker->arena, out_done);
    if (*out_done)
        atomic_fetch_add(&service->work, 1);
    else if (e == NULL)
        atomic_store(&service->errands_none, before + 1);
    atomic_fetch_sub(&service->errands_in_hand, 1);
    return e;
}

bool errands_are_done(struct service *service)
{
    return atomic_load(&service->errands_in_hand) == 0 &&
           atomic_load(&service->errands_none) == atomic_load(&service->work) + 1;
}

void *errand_thread(void *state)
{
    struct service *service = state;
    struct worker worker = {.service = service};
    while (!atomic_load(&service->stopping)) {
        bool done = false;
        struct err *e = worker_open(&worker);
        if (e == NULL && !worker.ready)
            atomic_fetch_add(&service->threads_ready, 1), worker.ready = true;
        if (e == NULL)
            e = do_piece(service, &worker, &done);
        METRIC_ADD(service, errands, done);
        METRIC_ADD(service, errands_failed, e != NULL);
        if (e != NULL)
            log_error("a piece of long work comes again", e);
        log_context((struct str){0}, (struct uuid){0});
        if (worker.arena != NULL)
            worker_end_unit(&worker);
        if (!done)
            rest(service);
    }
    worker_close(&worker);
    return NULL;
}
