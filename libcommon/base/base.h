/* The words every file may use. What is banned here does not build: there is one house way for
 * each. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/uuid.h"

#define R7_VERSION "0.1.0"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Scope cleanup: `autofree char *p = …;` is freed when the block ends. */
#define autofree  __attribute__((cleanup(cleanup_free)))
#define autoclose __attribute__((cleanup(cleanup_close)))
void cleanup_free(void *pointer);
void cleanup_close(const int *descriptor);

/* A large local that is written before it is read: it alone is not zeroed first. For what is called
 * once for each of a million files. */
#define unfilled __attribute__((uninitialized))

/* Hands a value over and leaves nothing for the cleanup. */
#define TAKE(pointer)                                                                              \
    ({                                                                                             \
        typeof(pointer) taken_ = (pointer);                                                        \
        (pointer) = NULL;                                                                          \
        taken_;                                                                                    \
    })
#define TAKE_FD(descriptor)                                                                        \
    ({                                                                                             \
        int taken_ = (descriptor);                                                                 \
        (descriptor) = -1;                                                                         \
        taken_;                                                                                    \
    })

/* Memory that is allocated outside an arena. Exhaustion aborts: a limit is an error, running out is
 * not. */
void *must_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *must_realloc(void *pointer, size_t size) __attribute__((returns_nonnull));
/* Room for one more in an array of `count` items of `size` bytes, which doubles when it is full;
 * what is new is not zeroed. Begun with NULL and a capacity of 0, ended with free. */
void *must_grow(void *array, size_t count, size_t *capacity, size_t size);
#define GROW(array, count, capacity)                                                               \
    ((array) = must_grow((array), (count), &(capacity), sizeof *(array)))

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll gets
