/* An arena: a list of blocks, each at least twice as large as the last, up to a limit. */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BLOCK = 16 * 1024, LARGEST_BLOCK = 1024 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *older;
    size_t capacity;
    size_t used;
    _Alignas(ALIGNMENT) char bytes[];
};

struct arena {
    struct block *newest;
    size_t limit;
    size_t total; /* bytes handed out */
};

static struct block *block_new(struct block *older, size_t capacity)
{
    struct block *block = must_realloc(NULL, sizeof(struct block) + capacity);
    *block = (struct block){.older = older, .capacity = capacity};
    return block;
}

struct arena *arena_new(size_t limit)
{
    struct arena *arena = must_calloc(1, sizeof(struct arena));
    arena->limit = limit;
    arena->newest = block_new(NULL, FIRST_BLOCK);
    return arena;
}

/* The newest block is the largest but for what one request made larger still. Giving it back would
 * have it fetched from the system, page by page, for each unit of work. */
void arena_reset(struct arena *arena)
{
    struct block *kept = NULL;
    for (struct block *block = arena->newest, *older = NULL; block != NULL; block = older) {
        older = block->older;
        if (kept == NULL && block->capacity <= LARGEST_BLOCK)
            kept = block;
        else
            free(block);
    }
    assert(kept != NULL); /* the first block is small */
    kept->older = NULL;
    kept->used = 0;
    arena->newest = kept;
    arena->total = 0;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_reset(arena);
    free(arena->newest);
    free(arena);
}

void arena_drop(struct arena **arena)
{
    arena_free(*arena);
    *arena = NULL;
}

size_t arena_used(const struct arena *arena)
{
    return arena->total;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > arena->limit - arena->total)
        abort();
    bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct block *block = arena->newest;
    if (bytes > block->capacity - block->used) {
        size_t capacity = block->capacity * 2 < LARGEST_BLOCK ? block->capacity * 2 : LARGEST_BLOCK;
        block = arena->newest = block_new(block, capacity > bytes ? capacity : bytes);
    }
    void *at = block->bytes + block->used;
    block->used += bytes;
    arena->total = arena->total + bytes < arena->limit ? arena->total + bytes : arena->limit;
    return memset(at, 0, bytes);
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity == 0 ? 16 : 2 * *capacity;
    void *larger = arena_alloc(arena, *capacity, size);
    if (count > 0)
        memcpy(larger, array, count * size);
    return larger;
}

struct str arena_str(struct arena *arena, struct str s)
{
    if (s.ptr == NULL)
        return s;
    char *copy = arena_alloc(arena, s.len + 1, 1);
    memcpy(copy, s.ptr, s.len);
    return (struct str){copy, s.len};
}

const char *arena_cstr(struct arena *arena, struct str s)
{
    return s.ptr != NULL ? arena_str(arena, s).ptr : "";
}

struct str arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return (struct str){text, (size_t)length};
}
