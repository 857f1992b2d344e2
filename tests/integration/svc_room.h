/* A room that takes words, and a process of its own for it. Each word becomes a row and an event;
 * "first" has a second, "kill" ends the process, "gate" conflicts and "wait" has to wait until the
 * gate is open. */
#pragma once

#include "../unit/unit.h"

#include "base/base.h"
#include "domain/events.h"
#include "svc/svc.h"
#include "svc/svc_sql.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void word_load(const struct message *m, void *facts, struct arena *own, struct load *load)
{
    (void)m, (void)own;
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

static pid_t process;

/* This program again, told to serve; its settings are R7_... of the environment. */
static void start_room(void)
{
    process = fork();
    assert_true(process >= 0);
    if (process > 0)
        return;
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
