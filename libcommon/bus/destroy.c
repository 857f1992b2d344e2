/* The end of a client of librdkafka, which may have none: after a topic was deleted, or a broker
 * went away, one of its threads can wait for ever for a reference that nobody gives back
 * (librdkafka issues 4131 and 4362, open). All that is owed, bookmarks and messages, is settled
 * before a client is destroyed; so who waited long enough goes on without it. */
#include "base/base.h"
#include "bus/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DESTROY_S = 3 };

struct destruction {
    rd_kafka_t *kafka;
    int flags;
};

static void *destroy(void *state)
{
    struct destruction *d = state;
    rd_kafka_destroy_flags(d->kafka, d->flags);
    free(d);
    return NULL;
}

/* What the process does at its end, such as taking OpenSSL apart, is not for threads that live on.
 */
static void end_at_once(int status, void *nothing)
{
    (void)nothing;
    fflush(NULL);
    _exit(status);
}

void kafka_destroy(rd_kafka_t *kafka, int flags)
{
    pthread_t thread;
    struct timespec until;
    struct destruction *d = must_calloc(1, sizeof *d);
    *d = (struct destruction){kafka, flags};
    if (pthread_create(&thread, NULL, destroy, d) != 0) {
        destroy(d);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += DESTROY_S;
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0)
        return;
    pthread_detach(thread);
    on_exit(end_at_once, NULL);
}
