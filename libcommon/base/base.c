/* Cleanup and memory that never fails. */
#include "base/base.h"

#include <unistd.h>

void cleanup_free(void *pointer)
{
    void **target = pointer;
    free(*target);
    *target = NULL;
}

void cleanup_close(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

void *must_calloc(size_t count, size_t size)
{
    void *pointer = calloc(count, size);
    if (pointer == NULL)
        abort();
    return pointer;
}

void *must_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity == 0 ? 64 : 2 * *capacity;
    return must_realloc(array, *capacity * size);
}

void *must_realloc(void *pointer, size_t size)
{
    void *moved = realloc(pointer, size > 0 ? size : 1);
    if (moved == NULL)
        abort();
    return moved;
}
