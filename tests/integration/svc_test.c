/* Does svc keep its promises when brokers fail, messages come again and a process dies? A room of
 * the test's own, as a process around a real PostgreSQL and librdkafka's mock broker, which can
 * fail as it is told to.
 *
 * R7_TEST_DATABASE: a migrated database of its own, as its superuser (tests/run gives it). */
#include "../unit/unit.h"

#include "base/base.h"
#include "domain/events.h"
#include "svc/svc.h"
#include "svc/svc_sql.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the room
 * ---------------------------------------------------------------------------------------- */

/* It takes words. Each becomes a row and an event; "first" has a second,
 * "kill" ends the process, "gate" conflicts and
 * "wait" has to wait until the gate is open. */
struct word {
    struct str word;
};
static const struct field word_fields[] = {FIELD(struct word, word, REQUIRED), FIELDS_END};

static const struct svc_sql tables = SVC_SQL("validation");
static const struct sql put_word = {"put_word", "insert into test.word (word) values ($1)"};
static const struct sql pass_gate = {
    "pass_gate", "select base.expect(count(*), 1) from test.gate where open and $1 <> ''"};
struct gate {
    bool open;
};
static const struct field gate_fields[] = {FIELD(struct gate, open, REQUIRED), FIELDS_END};
static const struct sql select_gate = {
    "select_gate", "select open from test.gate where nextval('test.loads') > 0"};
static const struct sql *const room_sql[] = {&put_word, &pass_gate, &select_gate, NULL};

static void word_load(const struct message *m, void *facts, struct arena *arena, struct load *load)
{
    (void)m, (void)arena;
    load_rows(load, &select_gate, gate_fields, sizeof(struct gate), facts, NO_VALUES);
}

static struct err *word_decide(const struct work *work, struct plan *plan)
{
    const struct word *data = work->message->data;
    if (str_equal(data->word, S("kill")))
        raise(SIGKILL);
    if (str_equal(data->word, S("wait")) &&
        !ROW(struct gate, *(const struct rows *)work->facts, 0)->open)
        return err_new(ERR_TRANSIENT, "the gate is shut");
    if (str_equal(data->word, S("gate")))
        PLAN_SQL(plan, &pass_gate, V(data->word));
    PLAN_SQL(plan, &put_word, V(data->word));
    plan_event(plan, S(TOPIC_DELIVERY_VALIDATED), work->message->subject, 1, word_fields, data);
    const struct word second = {S("second")};
    if (str_equal(data->word, S("first")))
        plan_event(plan, S(TOPIC_DELIVERY_VALIDATED), work->message->subject, 2, word_fields,
                   &second);
    return NULL;
}

static const struct input inputs[] = {{.topic = TOPIC_DELIVERY_RECEIVED,
                                       .fields = word_fields,
                                       .data_size = sizeof(struct word),
                                       .facts_size = sizeof(struct rows),
                                       .load = word_load,
                                       .decide = word_decide},
                                      {0}};

static const struct svc room = {.name = "validation",
                                .summary = "takes words",
                                .sql = room_sql,
                                .tables = &tables,
                                .inputs = inputs,
                                .schema = 1};

/* --- the broker, and what is around the room
 * ---------------------------------------------------------------------------------------- */

enum { WAIT_MS = 60000, PARTITIONS = 1 };

static rd_kafka_t *owner;
static rd_kafka_mock_cluster_t *cluster;
static struct bus_config bus;
static struct bus_producer *producer;
static struct bus_consumer *consumer;
static struct arena *arena;
static struct db *db;
static pid_t process;
static char folder[] = "/tmp/svc-test-XXXXXX";

static void stand_up_broker(void)
{
    static const char *const topics[] = {TOPIC_DELIVERY_RECEIVED, TOPIC_DELIVERY_VALIDATED,
                                         TOPIC_DELIVERY_RECEIVED ".set-aside"};
    char reason[256];
    owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    assert_non_null(owner);
    cluster = rd_kafka_mock_cluster_new(owner, 1);
    assert_non_null(cluster);
    for (size_t i = 0; i < COUNT(topics); i++)
        assert_int_equal(rd_kafka_mock_topic_create(cluster, topics[i], PARTITIONS, 1), 0);
    bus = (struct bus_config){.bootstrap = str_from(rd_kafka_mock_cluster_bootstraps(cluster))};
}

/* The room in a process of its own: this program again, told to serve. */
static void start_room(void)
{
    process = fork();
    assert_true(process >= 0);
    if (process > 0)
        return;
    setenv("R7_DATABASE_URL", getenv("R7_TEST_DATABASE"), 1);
    setenv("R7_KAFKA_BOOTSTRAP", bus.bootstrap.ptr, 1);
    setenv("R7_STATE_DIR", folder, 1);
    setenv("R7_WORKERS", "1", 1);
    execl("/proc/self/exe", "svc_test", "--serve", (char *)NULL);
    _exit(127);
}

static bool room_died(void)
{
    return process > 0 && waitpid(process, NULL, WNOHANG) == process;
}

static void kill_room(void)
{
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    process = 0;
}

static int begin(void **state)
{
    (void)state;
    static const char *const out[] = {TOPIC_DELIVERY_VALIDATED,
                                      TOPIC_DELIVERY_RECEIVED ".set-aside", NULL};
    arena = arena_new((size_t)64 << 20);
    stand_up_broker();
    assert_null(db_open(getenv("R7_TEST_DATABASE"), NULL, NULL, &db));
    assert_null(db_script(db,
                          "truncate test.word, test.gate, validation.inbox, validation.outbox,"
                          " base.suspect, base.set_aside; insert into test.gate values (false)"));
    assert_null(bus_producer_open(&bus, &producer));
    assert_null(bus_consumer_open(&bus, "watch", BUS_SESSION_MS, out, &consumer));
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (process > 0)
        kill_room();
    bus_consumer_close(consumer);
    bus_producer_close(producer);
    db_close(db);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    arena_free(arena);
    err_reset();
    return 0;
}

/* One word, as the room before it would send it. Those of one place in the batch have one key. */
static void send_word(const char *id, const char *word)
{
    bool acknowledged = false;
    struct uuid subject = UUID_FROM(S("subject"), str_from(id));
    const struct bus_message message = {
        .topic = S(TOPIC_DELIVERY_RECEIVED),
        .key = S("one partition"),
        .value = arena_format(arena, "{\"word\":\"%s\"}", word),
        .headers = {{S("ce_id"), str_from(id)},
                    {S("ce_subject"), arena_str(arena, str_from(uuid_text(subject).text))},
                    {S("tenant"), S("1")}},
        .header_count = 3};
    for (int tries = 0; tries < 10 && !acknowledged; tries++) {
        struct err *e = bus_produce(producer, &message, &acknowledged);
        e = e == NULL ? bus_flush(producer, WAIT_MS, NULL) : e;
        if (e != NULL)
            print_message("# sent again: %s\n", e->detail);
    }
    assert_true(acknowledged);
}

/* What the room has told so far. */
struct told {
    struct bus_message at[64];
    size_t count;
};

static void read_told(struct told *told)
{
    const struct bus_limits limits = {64, 1 << 20, 100, 10};
    struct bus_message *messages = NULL;
    size_t count = 0;
    assert_null(bus_poll(consumer, &limits, arena, &messages, &count));
    assert_true(told->count + count <= COUNT(told->at));
    for (size_t i = 0; i < count; i++) {
        struct bus_message *m = &told->at[told->count++];
        *m = messages[i];
        m->topic = arena_str(arena, m->topic);
        m->value = arena_str(arena, m->value);
        m->header_count = 1;
        m->headers[0] = (struct bus_header){
            S("ce_id"), arena_str(arena, bus_header_get(&messages[i], "ce_id"))};
    }
    bus_release(consumer);
}

/* Waits until the room has told `count` things. */
static void await_told(struct told *told, size_t count)
{
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (told->count < count && clock_monotonic_us() < until)
        read_told(told);
    assert_int_equal(told->count, count);
}

static size_t told_of(const struct told *told, const char *word)
{
    struct str value = arena_format(arena, "{\"word\": \"%s\"}", word);
    struct str tight = arena_format(arena, "{\"word\":\"%s\"}", word);
    size_t count = 0;
    for (size_t i = 0; i < told->count; i++)
        count += str_equal(told->at[i].value, value) || str_equal(told->at[i].value, tight);
    return count;
}

static void await_word(struct told *told, const char *word)
{
    int64_t until = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (told_of(told, word) == 0 && clock_monotonic_us() < until)
        read_told(told);
    assert_true(told_of(told, word) > 0);
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

/* --- the promises
 * ---------------------------------------------------------------------------------------- */

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
