/* Does a source that reads ahead give the bytes of the one below, with a read for many small
 * pieces, and does it get over a read that failed? */
#include "base/base.h"
#include "unit.h"
#include "vault/read_ahead.h"

enum { SIZE = 200 * 1000, AHEAD = 32 * 1024, SMALL = 8 * 1024 };

/* A source that counts what it is asked for, and never for what lies past its end. */
struct counting {
    char bytes[SIZE];
    size_t reads;
    size_t last;
    bool fails;
};

static struct err *read_counted(void *state, uint64_t offset, void *out, size_t length)
{
    struct counting *c = state;
    assert_true(offset <= SIZE && length <= SIZE - offset);
    c->reads++;
    c->last = length;
    if (c->fails)
        return err_new(ERR_STORAGE, "the disk is away");
    memcpy(out, c->bytes + offset, length);
    return NULL;
}

struct fixture {
    struct counting below;
    struct source source;
    struct read_ahead *ahead;
    struct source near;
};

static int setup(void **state)
{
    struct fixture *f = must_calloc(1, sizeof *f);
    for (size_t i = 0; i < SIZE; i++)
        f->below.bytes[i] = (char)(i * i / 7);
    f->source = (struct source){read_counted, &f->below, SIZE};
    f->ahead = read_ahead_new(&f->source);
    f->near = read_ahead_source(f->ahead);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    read_ahead_free(f->ahead);
    free(f);
    err_reset();
    return 0;
}

static void assert_read(struct fixture *f, uint64_t offset, size_t length)
{
    char got[SIZE];
    assert_null(source_read(&f->near, offset, got, length));
    assert_memory_equal(got, f->below.bytes + offset, length);
}

static void gives_what_lies_below(void **state)
{
    struct fixture *f = *state;
    uint32_t random = 1;
    assert_int_equal(f->near.size, SIZE);
    for (int i = 0; i < 2000; i++) {
        random = random * 1103515245 + 12345;
        uint64_t offset = (random >> 8) % SIZE;
        size_t length = (size_t)(random >> 4) % (2 * SMALL);
        assert_read(f, offset, length < SIZE - offset ? length : SIZE - (size_t)offset);
    }
    assert_read(f, 0, SIZE);
    assert_read(f, SIZE - 1, 1);
    assert_read(f, SIZE, 0);
}

static void small_pieces_cost_a_read_together(void **state)
{
    struct fixture *f = *state;
    for (uint64_t offset = 0; offset < 4 * (uint64_t)AHEAD; offset += 512)
        assert_read(f, offset, 512);
    assert_int_equal(f->below.reads, 4);
    assert_int_equal(f->below.last, AHEAD);
    assert_read(f, 3 * AHEAD + 100, 10); /* back, in what is there */
    assert_int_equal(f->below.reads, 4);
    assert_read(f, SIZE - 5, 5); /* as much as there is */
    assert_int_equal(f->below.last, 5);
}

static void a_large_piece_is_read_alone(void **state)
{
    struct fixture *f = *state;
    assert_read(f, 0, 100);
    assert_read(f, 100, SMALL + 1);
    assert_int_equal(f->below.last, SMALL + 1);
    assert_read(f, 100, SMALL); /* what was read ahead is still there */
    assert_int_equal(f->below.reads, 2);
}

static void a_failed_read_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    char got[100];
    assert_read(f, 0, 100);
    f->below.fails = true;
    struct err *e = source_read(&f->near, AHEAD, got, sizeof got);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_STORAGE);
    f->below.fails = false;
    assert_read(f, AHEAD, 100);
    assert_read(f, 0, 100);
    e = source_read(&f->near, SIZE - 50, got, sizeof got);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_SOURCE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        WITH_SOURCE(gives_what_lies_below),
        WITH_SOURCE(small_pieces_cost_a_read_together),
        WITH_SOURCE(a_large_piece_is_read_alone),
        WITH_SOURCE(a_failed_read_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
