/* Is a connection that was lost known as lost, wherever in a round trip it was? Between libpq and
 * the server lies a wire that is cut after any byte of an answer. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "db_things.h"

enum { PATIENCE_S = 120 }; /* who asks a dead server for ever is ended by SIGALRM */

static const struct sql end_process = {"end_process",
                                       "select pg_terminate_backend($1::int) as done"};
static const struct sql *const statements[] = {&insert, &names, &own_process, &end_process, NULL};

static int begin(void **state)
{
    alarm(PATIENCE_S);
    return begin_with(state, NULL, statements);
}

/* --- the wire
 * --------------------------------------------------------------------------------------------- */

enum { NEVER = -1 };

struct wire {
    char folder[32];
    struct sockaddr_un near; /* where libpq connects */
    struct sockaddr_un far;  /* the server's */
    int listening;
    atomic_long left; /* bytes of answers until it is cut */
    atomic_int open;  /* libpq's connection, at our end */
    pthread_t thread;
};

/* false: that was the last byte, or somebody hung up. */
static bool carry(struct wire *w, int from, int to, bool answers)
{
    char bytes[8192];
    ssize_t got = read(from, bytes, sizeof bytes);
    long left = answers ? atomic_load(&w->left) : NEVER;
    if (got <= 0)
        return false;
    if (left != NEVER && got >= left)
        got = left;
    if (left != NEVER)
        atomic_store(&w->left, left - got);
    return write(to, bytes, (size_t)got) == got && (left == NEVER || left > got);
}

static void *carry_all(void *state)
{
    struct wire *w = state;
    for (int near; (near = accept(w->listening, NULL, NULL)) >= 0; close(near)) {
        int far = socket(AF_UNIX, SOCK_STREAM, 0);
        atomic_store(&w->open, near);
        bool open = connect(far, (struct sockaddr *)&w->far, sizeof w->far) == 0;
        while (open) {
            struct pollfd ends[] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};
            open = poll(ends, COUNT(ends), -1) > 0 &&
                   (ends[0].revents == 0 || carry(w, near, far, false)) &&
                   (ends[1].revents == 0 || carry(w, far, near, true));
        }
        close(far);
    }
    return NULL;
}

static void lay(struct wire *w)
{
    static const char socket_name[] = ".s.PGSQL.5432";
    struct str at = str_from(strstr(url, "host=") + strlen("host="));
    struct str server = {0};
    assert_true(str_cut(&at, '&', &server));
    *w = (struct wire){.folder = "/tmp/r7-wire-XXXXXX",
                       .near.sun_family = AF_UNIX,
                       .far.sun_family = AF_UNIX,
                       .left = NEVER};
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->near.sun_path, sizeof w->near.sun_path, "%s/%s", w->folder, socket_name);
    snprintf(w->far.sun_path, sizeof w->far.sun_path, "%.*s/%s", STR_ARG(server), socket_name);
    w->listening = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(w->listening, (struct sockaddr *)&w->near, sizeof w->near), 0);
    assert_int_equal(listen(w->listening, 1), 0);
    assert_int_equal(pthread_create(&w->thread, NULL, carry_all, w), 0);
}

static void take_away(struct wire *w)
{
    shutdown(w->listening, SHUT_RDWR);
    pthread_join(w->thread, NULL);
    close(w->listening);
    unlink(w->near.sun_path);
    rmdir(w->folder);
}

/* A connection of the test's own over the wire. */
static struct db *open_over(struct wire *w)
{
    struct db *over = NULL;
    atomic_store(&w->left, NEVER);
    assert_null(
        db_open(arena_format(arena, "%s&host=%s", url, w->folder).ptr, NULL, statements, &over));
    return over;
}

/* --- tests
 * ------------------------------------------------------------------------------------------------
 */

static struct err *write_things(struct db *to, long id)
{
    struct batch *batch = batch_new(to, 0, arena);
    batch_add(batch, &insert, VALUES(V((int64_t)id), V(S("one"))));
    batch_add(batch, &insert, VALUES(V((int64_t)-id), V(S("other"))));
    return batch_run(batch);
}

static struct err *read_things(struct db *from, long id)
{
    (void)id;
    struct rows things = {0};
    struct rows process = {0};
    struct load *load = load_new(from, 0, arena);
    load_rows(load, &names, thing_fields, sizeof(struct thing), &things, NO_VALUES);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &process, NO_VALUES);
    return load_run(load);
}

/* Cut after each byte of the answers until the round trip is whole. */
static void cut_everywhere(struct err *(*round_trip)(struct db *, long))
{
    struct wire wire;
    long cuts = 0;
    lay(&wire);
    for (bool whole = false; !whole; cuts++) {
        struct db *over = open_over(&wire);
        atomic_store(&wire.left, cuts);
        const struct err *e = round_trip(over, cuts + 1);
        whole = e == NULL;
        assert_true(whole || (e->code == ERR_DATABASE_LOST && db_is_lost(over)));
        db_close(over);
    }
    take_away(&wire);
    assert_true(cuts > 50);
}

static void writing_is_cut_at_any_byte(void **state)
{
    (void)state;
    cut_everywhere(write_things);
}

static void reading_is_cut_at_any_byte(void **state)
{
    (void)state;
    put_thing(1, S("first"));
    cut_everywhere(read_things);
}

/* A server that dies says why to whoever is not asking, and hangs up. What can still be read then
 * hides from libpq that nothing can be written: it calls such a connection open for ever. */
static void it_hung_up_while_nobody_asked(void **state)
{
    (void)state;
    static const char fatal[] = "E\0\0\0\x29"
                                "SFATAL\0VFATAL\0C57P02\0Msomebody died\0"; /* and the last zero */
    static const char warning[] = "N\0\0\0\x2d"
                                  "SWARNING\0VWARNING\0C57P02\0Msomebody died\0";
    static const struct str goodbyes[] = {
        {fatal, sizeof fatal}, {warning, sizeof warning}, {NULL, 0}};
    struct err *(*const round_trips[])(struct db *, long) = {write_things, read_things};
    struct wire wire;
    lay(&wire);
    for (size_t i = 0; i < COUNT(goodbyes) * COUNT(round_trips); i++) {
        struct db *over = open_over(&wire);
        struct str goodbye = goodbyes[i / COUNT(round_trips)];
        int near = atomic_load(&wire.open);
        assert_int_equal(send(near, goodbye.ptr, goodbye.len, 0), goodbye.len);
        shutdown(near, SHUT_RDWR);
        const struct err *e = round_trips[i % COUNT(round_trips)](over, 1);
        assert_int_equal(e->code, ERR_DATABASE_LOST);
        assert_true(db_is_lost(over));
        db_close(over);
    }
    take_away(&wire);
}

/* The server itself says goodbye, between two answers of a round trip. */
static void ended_among_answers(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &rows, NO_VALUES);
    assert_null(load_run(load));
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &end_process, VALUES(V(ROW(struct number_row, rows, 0)->number)));
    batch_add(batch, &insert, VALUES(V(1), V(S("lost"))));
    const struct err *e = batch_run(batch);
    assert_int_equal(e->code, ERR_DATABASE_LOST);
    assert_true(db_is_lost(db));
    e = read_things(db, 0);
    assert_int_equal(e->code, ERR_DATABASE_LOST);
}

static void ended_while_idle(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct load *load = load_new(db, 0, arena);
    load_rows(load, &own_process, number_fields, sizeof(struct number_row), &rows, NO_VALUES);
    assert_null(load_run(load));
    assert_false(db_went_away(db));
    struct db *killer = NULL;
    assert_null(db_open(url, NULL, statements, &killer));
    assert_null(db_run(killer, &end_process, VALUES(V(ROW(struct number_row, rows, 0)->number))));
    db_close(killer);
    int64_t until = clock_monotonic_us() + 10000000;
    while (!db_went_away(db) && clock_monotonic_us() < until)
        poll(NULL, 0, 10);
    assert_true(db_went_away(db));
    struct batch *batch = batch_new(db, 0, arena);
    batch_add(batch, &insert, VALUES(V(1), V(S("lost"))));
    const struct err *e = batch_run(batch);
    assert_non_null(e);
    assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
    assert_true(db_is_lost(db));
}

static void nobody_answers(void **state)
{
    (void)state;
    struct db *nowhere = NULL;
    const struct err *e = db_open("host=/nowhere dbname=x", NULL, NULL, &nowhere);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_DATABASE_LOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THINGS(writing_is_cut_at_any_byte),
        WITH_THINGS(reading_is_cut_at_any_byte),
        WITH_THINGS(it_hung_up_while_nobody_asked),
        WITH_THINGS(ended_among_answers),
        WITH_THINGS(ended_while_idle),
        WITH_THINGS(nobody_answers),
    };
    return cmocka_run_group_tests_name("db_lost", tests, make_things, NULL);
}
