/* The line. */
#include "progress.h"

#include <unistd.h>

enum { EVERY_US = 200 * 1000 };

struct progress progress_begin(size_t files, uint64_t bytes)
{
    return (struct progress){.shown = isatty(STDERR_FILENO) != 0,
                             .files_all = files,
                             .bytes_all = bytes,
                             .began = clock_monotonic_us()};
}

static void show(struct progress *p)
{
    int64_t now = clock_monotonic_us();
    if (!p->shown || now - p->told < EVERY_US)
        return;
    double seconds = (double)(now - p->began) / 1e6;
    fprintf(stderr, "\r\033[K%zu of %zu files, %.1f of %.1f MB, %.1f MB/s", p->files, p->files_all,
            (double)(p->bytes + p->at) / 1e6, (double)p->bytes_all / 1e6,
            (double)p->moved / 1e6 / (seconds > 0.1 ? seconds : 0.1));
    p->told = now;
}

void progress_at(struct progress *p, uint64_t at, uint64_t moved)
{
    p->at = at;
    p->moved += moved;
    show(p);
}

void progress_file(struct progress *p, uint64_t bytes)
{
    p->files++;
    p->bytes += bytes;
    progress_at(p, 0, 0);
}

void progress_clear(struct progress *p)
{
    if (p->told != 0)
        fputs("\r\033[K", stderr);
    p->told = 0;
}
