/* Work that no message brings: pieces of a room's errands, which several workers share, and its
 * duties, each with a thread of its own. */
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
static struct err *do_piece(struct attendance *a, struct worker *worker, bool *out_done)
{
    struct service *service = a->service;
    if (!a->duty.drains)
        return a->duty.run(&service->house, worker, worker->arena, out_done);
    unsigned before = atomic_load(&service->work);
    atomic_fetch_add(&service->errands_in_hand, 1);
    struct err *e = a->duty.run(&service->house, worker, worker->arena, out_done);
    if (*out_done)
        atomic_fetch_add(&service->work, 1);
    else if (e == NULL)
        atomic_store(&a->none, before + 1);
    atomic_fetch_sub(&service->errands_in_hand, 1);
    return e;
}

bool duties_are_done(struct service *service, struct attendance *attendances, size_t count)
{
    unsigned none = atomic_load(&service->work) + 1;
    bool done = atomic_load(&service->errands_in_hand) == 0;
    for (size_t i = 0; i < count; i++)
        done = done && (!attendances[i].duty.drains || atomic_load(&attendances[i].none) == none);
    return done;
}

/* One piece after another until the service ends. */
void *duty_thread(void *state)
{
    enum { AGAIN_MS = 1000 };
    struct attendance *a = state;
    struct service *service = a->service;
    struct worker worker = {.service = service};
    while (!atomic_load(&service->stopping)) {
        bool done = false;
        struct err *e = worker_open(&worker);
        if (e == NULL && !worker.ready)
            atomic_fetch_add(&service->threads_ready, 1), worker.ready = true;
        if (e == NULL)
            e = do_piece(a, &worker, &done);
        METRIC_ADD(service, errands, done);
        METRIC_ADD(service, errands_failed, e != NULL);
        if (e != NULL)
            log_error("a piece of long work comes again", e);
        log_context((struct str){0}, (struct uuid){0});
        if (worker.arena != NULL)
            worker_end_unit(&worker);
        if (!done)
            rest(service, e != NULL ? AGAIN_MS : a->duty.rest_ms);
    }
    worker_close(&worker);
    return NULL;
}
