/* Memory that lives as long as one unit of work. Everything in it goes at once; nothing in it is
 * freed alone. */
#pragma once

#include <stdint.h>

#include "base/str.h"

struct arena;

#define autoarena __attribute__((cleanup(arena_drop)))

/* An arena may hold `limit` bytes; asking for more aborts, so what is read from outside is bounded
 * before. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);
void arena_drop(struct arena **arena);
void arena_reset(struct arena *arena); /* frees all, keeps a block of at most 1 MiB */
size_t arena_used(const struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t count, size_t size)
    __attribute__((returns_nonnull, alloc_size(2, 3)));
#define ARENA_NEW(arena, type)          ((type *)arena_alloc(arena, 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc(arena, count, sizeof(type)))

/* Room for one more in an array of the arena: a copy twice as large when it is full. What it was
 * stays in the arena, at most as much again. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size);

/* Copies; the copy is NUL-terminated. The absent string stays absent. */
struct str arena_str(struct arena *arena, struct str s);
struct str arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *arena_cstr(struct arena *arena, struct str s); /* never NULL */
