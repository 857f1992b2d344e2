/* --once: one message and its facts from standard input, the plan to standard output. No Kafka, no
 * database: it is how cases are tested, and how support asks "what would you do with this
 * message?".
 *
 *   {"topic": "delivery.received", "tenant": 1, "now": "2026-…Z", "data": {…},
 *    "facts": {"statement name": [rows]}, "tenant_name": "region-a"}
 *
 * Inputs that need file keys or bytes of the vault are tested with real ones in tests/integration
 * instead. */
#include "svc/internal.h"
#include "text/json.h"

#include <unistd.h>

enum { CASE_LIMIT = 16 * 1024 * 1024 };

struct once {
    struct str topic;
    int32_t tenant;
    struct str tenant_name;
    struct str identity;
    struct uuid subject;
    struct instant now;
    struct json_text data;
    struct json_text facts;
};

static const struct field once_fields[] = {
    FIELD(struct once, topic, REQUIRED),
    FIELD(struct once, tenant, REQUIRED, .min = 1, .max = INT16_MAX),
    FIELD(struct once, tenant_name, REQUIRED),
    FIELD(struct once, identity, OPTIONAL),
    FIELD(struct once, subject, OPTIONAL),
    FIELD(struct once, now, REQUIRED),
    FIELD(struct once, data, REQUIRED, .max = CASE_LIMIT),
    FIELD(struct once, facts, OPTIONAL, .max = CASE_LIMIT),
    FIELDS_END};

static struct err *read_all(struct buf *out)
{
    for (;;) {
        char *at = buf_reserve(out, 64 * 1024);
        if (at == NULL)
            return buf_done(out, "the case");
        ssize_t got = read(STDIN_FILENO, at, 64 * 1024);
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read the case");
        if (got == 0)
            return NULL;
        out->len += (size_t)got;
    }
}

static const struct input *find_input(const struct svc *svc, struct str topic)
{
    for (const struct input *i = svc->inputs; i != NULL && i->topic != NULL; i++)
        if (i->fields != NULL && str_equal(str_from(i->topic), topic))
            return i;
    return NULL;
}

static struct err *decide(const struct house *house, struct str text, struct arena *arena,
                          struct plan *plan)
{
    struct once once = {0};
    TRY(json_read(text, once_fields, JSON_REFUSE_UNKNOWN, "", arena, &once));
    const struct input *input = find_input(house->svc, once.topic);
    if (input == NULL)
        return err_field(ERR_INVALID, "topic", "%s does not take this topic", house->svc->name);
    void *data = arena_alloc(arena, 1, input->data_size);
    void *facts = arena_alloc(arena, 1, input->facts_size > 0 ? input->facts_size : 1);
    TRY(json_read(once.data.text, input->fields, JSON_REFUSE_UNKNOWN, "data", arena, data));
    const struct message message = {.identity = once.identity,
                                    .topic = once.topic,
                                    .subject = once.subject,
                                    .tenant = once.tenant,
                                    .data = data,
                                    .now = once.now};
    struct load *load =
        load_from_json(once.facts.text.ptr != NULL ? once.facts.text : S("{}"), arena);
    input->load(&message, facts, arena, load);
    TRY(load_run(load));
    const struct work work = {.message = &message,
                              .facts = facts,
                              .house = house,
                              .arena = arena,
                              .tenant = once.tenant_name,
                              .staged_folder = -1};
    return input->decide(&work, plan);
}

int once_run(const struct svc *svc, struct house *house)
{
    (void)svc;
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    autobuf struct buf text = buf_new(CASE_LIMIT);
    autobuf struct buf out = buf_new(CASE_LIMIT);
    struct plan plan;
    plan_begin(&plan, arena);
    struct err *e = read_all(&text);
    if (e == NULL)
        e = decide(house, buf_str(&text), arena, &plan);
    if (e == NULL)
        plan_print(&plan, &out);
    else
        problem_write(e, (struct str){0}, &out);
    fwrite(out.ptr, 1, out.len, stdout);
    return e == NULL ? 0 : 1;
}
