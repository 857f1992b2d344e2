/* A process that dies at the n-th change of the file system: this program stands in front of libc's
 * calls, in all of its code. Included first, for it turns their checked forms off. */
#pragma once

#undef _FORTIFY_SOURCE
#include "unit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIED = 9 };

static long calls_left = -1; /* -1: lives on */

static bool dies_now(void)
{
    return calls_left >= 0 && calls_left-- == 0;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define OR_DIE(name, ...)                                                                          \
    do {                                                                                           \
        if (dies_now())                                                                            \
            _exit(DIED);                                                                           \
        return REAL(name)(__VA_ARGS__);                                                            \
    } while (0)

int mkdirat(int folder, const char *name, mode_t mode)
{
    OR_DIE(mkdirat, folder, name, mode);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    OR_DIE(linkat, from, old, to, new, flags);
}

int unlinkat(int folder, const char *name, int flags)
{
    OR_DIE(unlinkat, folder, name, flags);
}

int renameat(int from, const char *old, int to, const char *new)
{
    OR_DIE(renameat, from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    OR_DIE(renameat2, from, old, to, new, flags);
}

int syncfs(int folder)
{
    OR_DIE(syncfs, folder);
}

int fsync(int file)
{
    OR_DIE(fsync, file);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    if (dies_now()) {
        REAL(write)(file, bytes, length / 2); /* torn */
        _exit(DIED);
    }
    return REAL(write)(file, bytes, length);
}

/* Whether a child that does it dies at its change `number`, from 0; one that lives must succeed. */
static inline bool dies_at(long number, bool (*attempt)(void))
{
    pid_t child = fork();
    if (child == 0) {
        calls_left = number;
        _exit(attempt() ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    bool died = WIFEXITED(status) && WEXITSTATUS(status) == DIED;
    assert_true(died || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return died;
}

/* Dies at the first change, the second, and so on until it lives; each begins after `restore`, and
 * `check` looks at what it left. Returns how often it died. */
static inline int die_at_each_change(void (*restore)(void), bool (*attempt)(void),
                                     void (*check)(void))
{
    int deaths = 0;
    for (bool died = true; died; deaths += died) {
        restore();
        died = dies_at(deaths, attempt);
        check();
    }
    return deaths;
}
