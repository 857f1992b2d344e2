/* Fault points. */
#include "base/fault.h"
#include "base/base.h"

#ifdef FAULTS
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { POINTS = 16 };

/* Test builds only: how often each armed point was reached. */
static atomic_int reached[POINTS];

static struct err *act(const char *name, struct str action)
{
    fprintf(stderr, "fault point %s: %.*s\n", name, STR_ARG(action));
    if (str_equal(action, S("kill")))
        raise(SIGKILL);
    return err_new(ERR_STORAGE, "fault point %s", name);
}

struct err *fault_point(const char *name)
{
    struct str armed =
        str_from(getenv("R7_FAULT")); /* NOLINT(concurrency-mt-unsafe): never changed after start */
    struct str one = {0};
    for (size_t i = 0; i < POINTS && str_cut(&armed, ',', &one); i++) {
        struct str point = {0};
        struct str count = {0};
        int64_t wanted = 0;
        if (!str_cut(&one, ':', &point) || !str_cut(&one, ':', &count) ||
            !str_equal(point, str_from(name)) || !str_to_i64(count, 1, INT32_MAX, &wanted))
            continue;
        if (atomic_fetch_add(&reached[i], 1) + 1 == wanted)
            return act(name, one);
    }
    return NULL;
}

int64_t fault_us(const char *variable)
{
    enum { SECOND = 1000000, MOST = 1000000000 };
    const char *path =
        getenv(variable); /* NOLINT(concurrency-mt-unsafe): never changed after start */
    if (path == NULL)
        return 0;
    char text[32];
    int64_t seconds = 0;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof text) : 0;
    if (got > 0 && !str_to_i64(str_trim((struct str){text, (size_t)got}), -MOST, MOST, &seconds))
        abort();
    return seconds * SECOND;
}
#endif
