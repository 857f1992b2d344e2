/* Plans and their printed form. */
#include "svc/plan.h"

#include "base/base.h"
#include "text/json.h"

/* Lists keep their order: each has the place where the next item goes. */
#define APPEND(plan, list, item)                                                                   \
    do {                                                                                           \
        *(plan)->list##_last = (item);                                                             \
        (plan)->list##_last = &(item)->next;                                                       \
    } while (0)

void plan_begin(struct plan *plan, struct arena *arena)
{
    *plan = (struct plan){.arena = arena};
    plan->hold_last = &plan->hold;
    plan->vault_last = &plan->vault;
    plan->bulk_last = &plan->bulk;
    plan->sql_last = &plan->sql;
    plan->events_last = &plan->events;
    plan->cleanup_last = &plan->cleanup;
}

static struct vault_effect *vault_effect(struct plan *plan, enum vault_effect_type type)
{
    struct vault_effect *effect = ARENA_NEW(plan->arena, struct vault_effect);
    effect->type = type;
    APPEND(plan, vault, effect);
    return effect;
}

void plan_flush(struct plan *plan, struct uuid staged)
{
    vault_effect(plan, VAULT_FLUSH)->staged = staged;
}

void plan_place(struct plan *plan, const struct ocfl_object *object)
{
    vault_effect(plan, VAULT_PLACE)->object = object;
}

void plan_object(struct plan *plan, const struct ocfl_object *object)
{
    vault_effect(plan, VAULT_OBJECT)->object = object;
}

void plan_journal(struct plan *plan, struct uuid line, struct str text)
{
    struct vault_effect *effect = vault_effect(plan, VAULT_JOURNAL);
    effect->line = line;
    effect->text = arena_str(plan->arena, text);
}

void plan_destroy_keys(struct plan *plan, struct uuid delivery)
{
    vault_effect(plan, VAULT_DESTROY_KEYS)->subject = delivery;
}

void plan_destroy_staged(struct plan *plan, struct uuid staged)
{
    vault_effect(plan, VAULT_DESTROY_STAGED)->staged = staged;
}

void plan_remove_object(struct plan *plan, struct uuid package)
{
    vault_effect(plan, VAULT_REMOVE_OBJECT)->subject = package;
}

/* The plan outlives the frame that wrote it: bytes behind a value are copied too. */
static struct value own_value(struct value v, struct arena *arena)
{
    switch (v.type) {
    case FIELD_STR:
    case FIELD_JSON:
    case FIELD_BYTES:
        v.str = arena_str(arena, v.str);
        break;
    case FIELD_STRS: {
        struct str *list = ARENA_ARRAY(arena, struct str, v.strs.count + 1);
        for (size_t i = 0; i < v.strs.count; i++)
            list[i] = arena_str(arena, v.strs.at[i]);
        v.strs.at = list;
        break;
    }
    case FIELD_UUIDS: {
        struct uuid *list = ARENA_ARRAY(arena, struct uuid, v.uuids.count + 1);
        if (v.uuids.count > 0)
            memcpy(list, v.uuids.at, v.uuids.count * sizeof *list);
        v.uuids.at = list;
        break;
    }
    case FIELD_I64:
    case FIELD_I32:
    case FIELD_BOOL:
    case FIELD_UUID:
    case FIELD_INSTANT:
    case FIELD_SHA256:
        break;
    }
    return v;
}

static struct sql_effect *sql_effect(struct plan *plan, const struct sql *sql, struct values values)
{
    struct sql_effect *effect = ARENA_NEW(plan->arena, struct sql_effect);
    struct value *copy = ARENA_ARRAY(plan->arena, struct value, values.count + 1);
    for (size_t i = 0; i < values.count; i++)
        copy[i] = own_value(values.at[i], plan->arena);
    *effect = (struct sql_effect){.sql = sql, .values = {copy, values.count}};
    return effect;
}

void plan_sql(struct plan *plan, const struct sql *sql, struct values values)
{
    struct sql_effect *effect = sql_effect(plan, sql, values);
    APPEND(plan, sql, effect);
}

void plan_hold(struct plan *plan, const struct sql *sql, struct values values)
{
    struct sql_effect *effect = sql_effect(plan, sql, values);
    APPEND(plan, hold, effect);
}

void plan_bulk(struct plan *plan, const struct sql *copy, struct str rows, size_t count)
{
    struct bulk_effect *effect = ARENA_NEW(plan->arena, struct bulk_effect);
    *effect = (struct bulk_effect){.copy = copy, .rows = rows, .count = count};
    APPEND(plan, bulk, effect);
}

void plan_event(struct plan *plan, struct str topic, struct uuid subject, int64_t sequence,
                const struct field *fields, const void *data)
{
    autobuf struct buf json = buf_new((size_t)1 << 20);
    json_write(fields, data, &json);
    struct event *event = ARENA_NEW(plan->arena, struct event);
    *event = (struct event){.topic = arena_str(plan->arena, topic),
                            .type = arena_format(plan->arena, "se.r7e.%.*s.v1", STR_ARG(topic)).ptr,
                            .subject = subject,
                            .sequence = sequence,
                            .data = arena_str(plan->arena, buf_str(&json))};
    APPEND(plan, events, event);
}

struct uuid event_id(struct str room, struct uuid subject, struct str topic, int64_t sequence)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)sequence);
    return UUID_FROM(room, str_from(uuid_text(subject).text), topic,
                     ((struct str){text, (size_t)length}));
}

void plan_cleanup(struct plan *plan, struct uuid staged)
{
    struct cleanup_effect *effect = ARENA_NEW(plan->arena, struct cleanup_effect);
    effect->staged = staged;
    APPEND(plan, cleanup, effect);
}

static void print_value(const struct value *v, struct buf *out)
{
    if (v->null) {
        buf_put(out, S("null"));
        return;
    }
    autobuf struct buf text = buf_new(FIELD_BYTES_MAX);
    const struct field field = {.type = v->type == FIELD_I32 ? FIELD_I64 : v->type,
                                .presence = REQUIRED};
    field_to_text(&field, &v->str, &text);
    bool bare = v->type == FIELD_I64 || v->type == FIELD_I32 || v->type == FIELD_BOOL ||
                v->type == FIELD_JSON;
    if (bare)
        buf_put(out, buf_str(&text));
    else
        json_quote(buf_str(&text), out);
}

static void print_sql(const char *name, const struct sql_effect *effect, struct buf *out)
{
    buf_format(out, "\"%s\":[", name);
    for (const struct sql_effect *e = effect; e != NULL; e = e->next) {
        buf_format(out, "%s{\"statement\":\"%s\",\"values\":[", e == effect ? "" : ",",
                   e->sql->name);
        for (size_t i = 0; i < e->values.count; i++) {
            if (i > 0)
                buf_byte(out, ',');
            print_value(&e->values.at[i], out);
        }
        buf_put(out, S("]}"));
    }
    buf_put(out, S("]"));
}

static void print_vault(const struct plan *plan, struct buf *out)
{
    static const char *const names[] = {"flush",        "place",          "object",       "journal",
                                        "destroy_keys", "destroy_staged", "remove_object"};
    buf_put(out, S("\"vault\":["));
    for (const struct vault_effect *e = plan->vault; e != NULL; e = e->next) {
        buf_format(out, "%s{\"effect\":\"%s\",", e == plan->vault ? "" : ",", names[e->type]);
        switch (e->type) {
        case VAULT_FLUSH:
        case VAULT_DESTROY_STAGED:
            buf_format(out, "\"staged\":\"%s\"}", uuid_text(e->staged).text);
            break;
        case VAULT_PLACE:
        case VAULT_OBJECT:
            buf_format(out, "\"package\":\"%s\"}", uuid_text(e->object->package).text);
            break;
        case VAULT_DESTROY_KEYS:
        case VAULT_REMOVE_OBJECT:
            buf_format(out, "\"subject\":\"%s\"}", uuid_text(e->subject).text);
            break;
        case VAULT_JOURNAL:
            buf_format(out, "\"line\":\"%s\",\"text\":%.*s}", uuid_text(e->line).text,
                       STR_ARG(e->text));
            break;
        }
    }
    buf_put(out, S("]"));
}

void plan_print(const struct plan *plan, struct buf *out)
{
    buf_byte(out, '{');
    if (plan->hold != NULL) {
        print_sql("hold", plan->hold, out);
        buf_byte(out, ',');
    }
    print_vault(plan, out);
    buf_byte(out, ',');
    buf_put(out, S("\"bulk\":["));
    for (const struct bulk_effect *b = plan->bulk; b != NULL; b = b->next)
        buf_format(out, "%s{\"statement\":\"%s\",\"rows\":%zu,\"sha256\":\"%s\"}",
                   b == plan->bulk ? "" : ",", b->copy->name, b->count,
                   sha256_text(sha256_of(b->rows)).text);
    buf_put(out, S("],"));
    print_sql("sql", plan->sql, out);
    buf_put(out, S(",\"events\":["));
    for (const struct event *e = plan->events; e != NULL; e = e->next)
        buf_format(out, "%s{\"topic\":\"%.*s\",\"subject\":\"%s\",\"sequence\":%lld,\"data\":%.*s}",
                   e == plan->events ? "" : ",", STR_ARG(e->topic), uuid_text(e->subject).text,
                   (long long)e->sequence, STR_ARG(e->data));
    buf_put(out, S("],\"cleanup\":["));
    for (const struct cleanup_effect *c = plan->cleanup; c != NULL; c = c->next)
        buf_format(out, "%s\"%s\"", c == plan->cleanup ? "" : ",", uuid_text(c->staged).text);
    buf_put(out, S("]}\n"));
}
