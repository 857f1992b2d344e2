/* Waiting. */
#include "patience.h"

#include <unistd.h>

enum { FIRST_US = 500 * 1000, LONGEST_US = 15 * 1000 * 1000 };

struct patience patience_begin(int64_t seconds)
{
    return (struct patience){.seconds = seconds, .wait_us = FIRST_US};
}

void patience_renew(struct patience *p)
{
    *p = patience_begin(p->seconds);
}

struct err *patience_wait(struct patience *p, const struct err *why)
{
    int64_t now = clock_monotonic_us();
    if (p->until == 0) {
        p->until = now + p->seconds * 1000000;
        fprintf(stderr, "r7: %s; trying again for %lld s\n", why->detail, (long long)p->seconds);
    }
    if (now >= p->until)
        return err_new(ERR_TRANSIENT,
                       "%s, and nothing got on for %lld s; the same command goes on from here",
                       why->detail, (long long)p->seconds);
    int64_t wait = p->wait_us < p->until - now ? p->wait_us : p->until - now;
    usleep((useconds_t)wait);
    p->wait_us = 2 * p->wait_us < LONGEST_US ? 2 * p->wait_us : LONGEST_US;
    return NULL;
}
