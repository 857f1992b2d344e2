/* The threads of a service: for each input, for requests, for duties and errands, for mail, and one
 * for the machine that runs it. */
#include "svc/internal.h"

#include "base/base.h"

#include <pthread.h>

enum { THREADS = 64, WALKS = 31 /* bits of service->idle */ };

struct crew {
    struct service *service;
    pthread_t threads[THREADS];
    size_t count;
    struct walk walks[THREADS];
    size_t walk_count;
    struct attendance attendances[THREADS];
    size_t attendance_count;
};

static void thread_start(struct crew *crew, void *(*run)(void *), void *state)
{
    if (crew->count == THREADS ||
        pthread_create(&crew->threads[crew->count], NULL, run, state) != 0)
        abort();
    crew->count++;
}

static bool takes_files(const struct svc *svc)
{
    for (const struct route *r = svc->routes; r != NULL && r->operation != NULL; r++)
        if (r->body_limit == HTTP_IN_PIECES)
            return true;
    return false;
}

static void attend(struct crew *crew, const struct duty *duty)
{
    if (crew->attendance_count == THREADS)
        abort();
    struct attendance *a = &crew->attendances[crew->attendance_count++];
    a->service = crew->service;
    a->duty = *duty;
}

/* The room's duties, and its errands, which as many workers as it is told share. */
static void take_duties(struct crew *crew)
{
    enum { ERRAND_REST_MS = 1000 };
    const struct svc *svc = crew->service->house.svc;
    int workers = crew->service->house.config.errand_workers;
    const struct duty errand = {svc->errand, ERRAND_REST_MS, true};
    for (int i = 0; errand.run != NULL && i < workers; i++)
        attend(crew, &errand);
    for (const struct duty *d = svc->duties; d != NULL && d->run != NULL; d++)
        attend(crew, d);
}

struct crew *crew_start(struct service *service)
{
    struct crew *crew = must_calloc(1, sizeof *crew);
    crew->service = service;
    const struct svc *svc = service->house.svc;
    int workers = service->house.config.workers;
    for (const struct input *input = svc->inputs; input != NULL && input->topic != NULL; input++)
        for (int i = 0; i < workers && crew->walk_count < WALKS; i++)
            crew->walks[crew->walk_count] = (struct walk){service, input, (int)crew->walk_count},
            crew->walk_count++;
    int servers = service->http != NULL ? service->house.config.http_workers : 0;
    int filers = service->http != NULL && takes_files(svc) ? service->house.config.file_workers : 0;
    bool posts = svc->tables != NULL;
    take_duties(crew);
    atomic_store(&service->threads_wanted,
                 (int)(crew->walk_count + crew->attendance_count) + servers + filers + posts);
    thread_start(crew, admin_thread, service);
    for (size_t i = 0; i < crew->walk_count; i++)
        thread_start(crew, walk_thread, &crew->walks[i]);
    for (int i = 0; i < servers; i++)
        thread_start(crew, serve_thread, service);
    for (int i = 0; i < filers; i++)
        thread_start(crew, serve_pieces_thread, service);
    for (size_t i = 0; i < crew->attendance_count; i++)
        thread_start(crew, duty_thread, &crew->attendances[i]);
    if (posts)
        thread_start(crew, postman_thread, service);
    return crew;
}

bool crew_is_drained(struct crew *crew)
{
    return atomic_load(&crew->service->idle) == (1U << crew->walk_count) - 1 &&
           duties_are_done(crew->service, crew->attendances, crew->attendance_count);
}

void crew_join(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++)
        pthread_join(crew->threads[i], NULL);
    free(crew);
}
