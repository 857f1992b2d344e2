/* Does svc keep its promises when brokers fail, messages come again and a process dies? A room of
 * the test's own, as a process around a real PostgreSQL and librdkafka's mock broker, which can
 * fail as it is told to.
 *
 * R7_TEST_DATABASE: a migrated database of its own, as its superuser (tests/run gives it). */
#include "svc_broker.h"
#include "svc_room.h"

#include <stdio.h>

static struct db *db;
static char folder[] = "/tmp/svc-test-XXXXXX";

static int open_schema(void **state)
{
    (void)state;
    struct db *own = NULL;
    assert_non_null(mkdtemp(folder));
    assert_null(db_open(getenv("R7_TEST_DATABASE"), NULL, NULL, &own));
    assert_null(db_script(
        own, "create schema test;"
             " create table test.word (word text primary key);"
             " create table test.gate (open boolean not null); create sequence test.loads;"
             " insert into access.tenant (id, name, title) values (1, 'region-a', 'Region')"
             " on conflict do nothing"));
    db_close(own);
    return 0;
}

static int close_schema(void **state)
{
    (void)state;
    char note[64];
    snprintf(note, sizeof note, "%s/validation-0.crash", folder);
    unlink(note);
    return rmdir(folder);
}

static int begin(void **state)
{
    begin_arena(state);
    begin_broker();
    setenv("R7_DATABASE_URL", getenv("R7_TEST_DATABASE"), 1);
    setenv("R7_KAFKA_BOOTSTRAP", bus.bootstrap.ptr, 1);
    setenv("R7_KAFKA_SESSION_MS", "3000", 1); /* one that is killed is soon missed */
    setenv("R7_STATE_DIR", folder, 1);
    setenv("R7_WORKERS", "1", 1);
    assert_null(db_open(getenv("R7_TEST_DATABASE"), NULL, NULL, &db));
    assert_null(db_script(db,
                          "truncate test.word, test.gate, validation.inbox, validation.outbox,"
                          " base.suspect, base.set_aside; insert into test.gate values (false)"));
    return 0;
}

static int end(void **state)
{
    if (process > 0)
        kill_room();
    db_close(db);
    end_broker();
    return end_arena(state);
}

struct number_row {
    int64_t number;
};

static int64_t number_of(const char *text)
{
    static const struct field fields[] = {FIELD(struct number_row, number, REQUIRED), FIELDS_END};
    const struct sql sql = {"number", text};
    const struct sql *const list[] = {&sql, NULL};
    struct rows rows = {0};
    struct db *own = NULL;
    assert_null(db_open(getenv("R7_TEST_DATABASE"), NULL, list, &own));
    struct load *load = load_new(own, 0, arena);
    load_rows(load, &sql, fields, sizeof(struct number_row), &rows, NO_VALUES);
    assert_null(load_run(load));
    db_close(own);
    return ROW(struct number_row, rows, 0)->number;
}

static void await_number(const char *text, int64_t wanted)
{
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (number_of(text) != wanted && clock_monotonic_us() < until)
        usleep(50000);
    assert_int_equal(number_of(text), wanted);
}

#define WORDS  "select count(*) as number from test.word"
#define OUTBOX "select count(*) as number from validation.outbox"

static void a_repeated_message_repeats_its_events(void **state)
{
    (void)state;
    struct told told = {.count = 0};
    start_room();
    send_word("m-1", "hello");
    await_told(&told, 1);
    send_word("m-1", "hello");
    await_told(&told, 2);
    assert_true(
        str_equal(bus_header_get(&told.at[0], "ce_id"), bus_header_get(&told.at[1], "ce_id")));
    assert_int_equal(told_of(&told, "hello"), 2);
    assert_int_equal(number_of(WORDS), 1);
}

/* What was committed is told by the next process, when the broker is there again. */
static void the_outbox_survives_a_dead_broker(void **state)
{
    (void)state;
    struct told told = {.count = 0};
    rd_kafka_mock_broker_set_down(cluster, 1);
    assert_null(db_script(
        db, "insert into validation.outbox (event, tenant, topic, type, subject, sequence, data)"
            " values (gen_random_uuid(), 1, '" TOPIC_DELIVERY_VALIDATED "', 'type', 'subject', 1,"
            " '{\"word\": \"kept\"}')"));
    start_room();
    /* The postman has its lock: from now on it tries. */
    await_number(
        "select count(*) as number from pg_locks where locktype = 'advisory' and database ="
        " (select oid from pg_database where datname = current_database())",
        1);
    kill_room();
    assert_int_equal(number_of(OUTBOX), 1);
    start_room();
    rd_kafka_mock_broker_set_up(cluster, 1);
    await_told(&told, 1);
    assert_int_equal(told_of(&told, "kept"), 1);
    await_number(OUTBOX, 0);
}

/* Requests of Kafka's protocol, by their numbers, and what a broker may answer each for a while. */
static const struct answer {
    const char *name;
    int16_t request;
    rd_kafka_resp_err_t code;
} answers[] = {
    {"produce: not leader", 0, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION},
    {"produce: timed out", 0, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT},
    {"produce: not enough replicas", 0, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS},
    {"produce: after append", 0, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND},
    {"produce: unknown topic", 0, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART},
    {"produce: disk", 0, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR},
    {"fetch: not leader", 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION},
    {"fetch: unknown topic", 1, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART},
    {"fetch: disk", 1, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR},
    {"metadata: no leader", 3, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE},
    {"commit: loading", 8, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
    {"commit: not coordinator", 8, RD_KAFKA_RESP_ERR_NOT_COORDINATOR},
    {"commit: rebalance", 8, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS},
    {"coordinator: away", 10, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE},
    {"join: loading", 11, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
    {"heartbeat: not coordinator", 12, RD_KAFKA_RESP_ERR_NOT_COORDINATOR},
    {"heartbeat: rebalance", 12, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS},
};

static void each_retriable_answer_is_outlived(void **state)
{
    (void)state;
    enum { TIMES = 3 };
    struct told told = {.count = 0};
    start_room();
    send_word("begin", "begin");
    await_told(&told, 1);
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct answer *a = &answers[i];
        const char *id = arena_format(arena, "answer-%zu", i).ptr;
        print_message("# %s\n", a->name);
        rd_kafka_mock_push_request_errors(cluster, a->request, TIMES, a->code, a->code, a->code);
        send_word(id, id);
        await_number(WORDS, (int64_t)i + 2);
        await_number(OUTBOX, 0);
        rd_kafka_mock_clear_request_errors(cluster, a->request);
    }
    for (size_t i = 0; i < COUNT(answers); i++)
        await_word(&told, arena_format(arena, "answer-%zu", i).ptr);
}

static bool is_word(const struct bus_message *message, const char *word)
{
    struct told one = {.at = {*message}, .count = 1};
    return told_of(&one, word) == 1;
}

/* Order is promised for each subject: what could not be sent holds back what comes after it. */
static void a_failed_letter_is_not_overtaken(void **state)
{
    (void)state;
    struct told told = {.count = 0};
    setenv("R7_FAULT", "bus.before_produce:1:error", 1);
    start_room();
    unsetenv("R7_FAULT");
    send_word("o-1", "first");
    await_told(&told, 2);
    assert_true(is_word(&told.at[0], "first"));
    assert_true(is_word(&told.at[1], "second"));
}

static void one_conflict_holds_no_neighbour_up(void **state)
{
    (void)state;
    struct told told = {.count = 0};
    send_word("c-1", "before");
    send_word("c-2", "gate");
    send_word("c-3", "after");
    start_room();
    await_number(WORDS, 2);
    assert_int_equal(number_of(WORDS " where word = 'gate'"), 0);
    assert_null(db_script(db, "update test.gate set open = true"));
    await_number(WORDS, 3);
    await_number(OUTBOX, 0);
    await_word(&told, "gate");
    await_word(&told, "before");
    await_word(&told, "after");
    assert_int_equal(told_of(&told, "gate"), 1);
}

static bool tells_of_crashes(const struct told *told)
{
    for (size_t i = 0; i < told->count; i++)
        if (str_ends(told->at[i].topic, S(".set-aside")))
            return strstr(told->at[i].value.ptr, "crashes_reader") != NULL;
    return false;
}

/* S5. One death among its neighbours, three alone; then it is set aside and they are not. */
static void what_crashes_its_reader_is_set_aside_alone(void **state)
{
    (void)state;
    enum { ALONE = 3 };
    struct told told = {.count = 0};
    int deaths = 0;
    send_word("s-1", "before");
    send_word("s-2", "kill");
    send_word("s-3", "after");
    start_room();
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 3 * 1000;
    while (!(tells_of_crashes(&told) && told_of(&told, "after") > 0) &&
           clock_monotonic_us() < until) {
        if (room_died()) {
            deaths++;
            start_room();
        }
        read_told(&told);
    }
    assert_true(tells_of_crashes(&told));
    assert_int_equal(deaths, 1 + ALONE);
    assert_true(told_of(&told, "before") > 0);
    await_number(WORDS, 2);
    await_number("select count(*) as number from base.suspect", 0);
    send_word("s-2", "kill"); /* told again it is passed over, or it would kill again */
    send_word("s-4", "end");
    await_word(&told, "end");
    assert_false(room_died());
    assert_int_equal(number_of("select count(*) as number from base.set_aside"
                               " where state = 'open' and rule = 'crashes_reader' and times = 1"),
                     1);
}

/* What was in hand when the process died for another reason, and now must wait, has crashed nobody.
 */
static void waiting_is_no_crash(void **state)
{
    (void)state;
    struct told told = {.count = 0};
    send_word("w-1", "wait");
    assert_null(db_script(db,
                          "insert into base.suspect (consumer, topic, partition, identity) values"
                          " ('validation', '" TOPIC_DELIVERY_RECEIVED "', 0, '0');"
                          " alter sequence test.loads restart"));
    start_room();
    await_number("select (last_value > 6)::int as number from test.loads", 1);
    assert_null(db_script(db, "update test.gate set open = true"));
    await_word(&told, "wait");
    await_number(WORDS, 1);
    await_number("select count(*) as number from base.suspect", 0);
}

int main(int argc, char **argv)
{
    if (argc == 2 && str_equal(str_from(argv[1]), S("--serve")))
        return svc_main(&room, 1, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_repeated_message_repeats_its_events, begin, end),
        cmocka_unit_test_setup_teardown(the_outbox_survives_a_dead_broker, begin, end),
        cmocka_unit_test_setup_teardown(each_retriable_answer_is_outlived, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_letter_is_not_overtaken, begin, end),
        cmocka_unit_test_setup_teardown(one_conflict_holds_no_neighbour_up, begin, end),
        cmocka_unit_test_setup_teardown(what_crashes_its_reader_is_set_aside_alone, begin, end),
        cmocka_unit_test_setup_teardown(waiting_is_no_crash, begin, end),
    };
    return cmocka_run_group_tests_name("svc", tests, open_schema, close_schema);
}
