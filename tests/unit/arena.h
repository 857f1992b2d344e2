/* An arena of each test's own: WITH_ARENA(test) in the list of tests makes it before the test, and
 * forgets it and the test's errors after. What needs more around a test calls begin_arena first and
 * end_arena last. */
#pragma once

#include "base/base.h"
#include "unit.h"

static struct arena *arena;

static inline int begin_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return 0;
}

static inline int end_arena(void **state)
{
    (void)state;
    arena_drop(&arena);
    err_reset();
    return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, begin_arena, end_arena)
