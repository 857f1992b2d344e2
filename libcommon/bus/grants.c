/* Access rights, through the brokers' admin API. */
#include "base/base.h"
#include "bus/internal.h"

/* Rights as the brokers have them; in an arena, each ended by bindings_drop. */
struct bindings {
    rd_kafka_AclBinding_t **at;
    size_t count;
};

static void bindings_drop(struct bindings *bindings)
{
    rd_kafka_AclBinding_destroy_array(bindings->at, bindings->count);
}

static rd_kafka_AclBinding_t *binding(rd_kafka_ResourceType_t type, struct str name,
                                      const struct bus_grant *grant,
                                      rd_kafka_AclOperation_t operation, struct arena *arena)
{
    bool prefix = str_ends(name, S("*"));
    char reason[256];
    return rd_kafka_AclBinding_new(
        type, arena_cstr(arena, prefix ? str_slice(name, 0, name.len - 1) : name),
        prefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        arena_cstr(arena, grant->principal), "*", operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
        reason, sizeof reason);
}

static const rd_kafka_AclOperation_t operation_of[] = {
    [BUS_READ] = RD_KAFKA_ACL_OPERATION_READ,
    [BUS_WRITE] = RD_KAFKA_ACL_OPERATION_WRITE,
    [BUS_DELETE] = RD_KAFKA_ACL_OPERATION_DELETE,
};

static struct bindings wanted(const struct bus_grant *grants, size_t count, struct arena *arena)
{
    struct bindings out = {ARENA_ARRAY(arena, rd_kafka_AclBinding_t *, count * 3 + 1), 0};
    for (size_t i = 0; i < count; i++) {
        const struct bus_grant *g = &grants[i];
        out.at[out.count++] =
            binding(RD_KAFKA_RESOURCE_TOPIC, g->topic, g, operation_of[g->right], arena);
        out.at[out.count++] =
            binding(RD_KAFKA_RESOURCE_TOPIC, g->topic, g, RD_KAFKA_ACL_OPERATION_DESCRIBE, arena);
        if (g->group.len > 0)
            out.at[out.count++] =
                binding(RD_KAFKA_RESOURCE_GROUP, g->group, g, RD_KAFKA_ACL_OPERATION_READ, arena);
    }
    return out;
}

/* --- the brokers' answers
 * ----------------------------------------------------------------------------- */

static struct err *given(rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_acl_result_t **results =
        rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_error_t *failed = rd_kafka_acl_result_error(results[i]);
        if (failed != NULL)
            return kafka_error(rd_kafka_error_code(failed), "give a right");
    }
    return NULL;
}

static struct err *taken_back(rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_DeleteAcls_result_response_t **responses =
        rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_error_t *failed = rd_kafka_DeleteAcls_result_response_error(responses[i]);
        if (failed != NULL)
            return kafka_error(rd_kafka_error_code(failed), "take back a right");
    }
    return NULL;
}

static struct err *grants_result(rd_kafka_event_t *event)
{
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(rd_kafka_event_error(event), "change rights");
    return rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATEACLS_RESULT ? given(event)
                                                                          : taken_back(event);
}

/* --- what is too much
 * ---------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return str_equal(str_from(a), str_from(b));
}

static bool is_wanted(const rd_kafka_AclBinding_t *held, const struct bindings *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const rd_kafka_AclBinding_t *w = wanted->at[i];
        if (rd_kafka_AclBinding_restype(w) == rd_kafka_AclBinding_restype(held) &&
            rd_kafka_AclBinding_resource_pattern_type(w) ==
                rd_kafka_AclBinding_resource_pattern_type(held) &&
            rd_kafka_AclBinding_operation(w) == rd_kafka_AclBinding_operation(held) &&
            same_text(rd_kafka_AclBinding_name(w), rd_kafka_AclBinding_name(held)) &&
            same_text(rd_kafka_AclBinding_principal(w), rd_kafka_AclBinding_principal(held)) &&
            same_text(rd_kafka_AclBinding_host(w), rd_kafka_AclBinding_host(held)))
            return true;
    }
    return false;
}

/* What one principal is allowed that is not wanted, as filters that match it and nothing else. */
static struct err *too_much(rd_kafka_event_t *event, const struct bindings *wanted,
                            struct arena *arena, struct bindings *out)
{
    size_t count = 0;
    char reason[256];
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(rd_kafka_event_error(event), "read rights");
    const rd_kafka_AclBinding_t **held =
        rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event), &count);
    *out = (struct bindings){ARENA_ARRAY(arena, rd_kafka_AclBinding_t *, count + 1), 0};
    for (size_t i = 0; i < count; i++)
        if (!is_wanted(held[i], wanted))
            out->at[out->count++] = rd_kafka_AclBindingFilter_new(
                rd_kafka_AclBinding_restype(held[i]), rd_kafka_AclBinding_name(held[i]),
                rd_kafka_AclBinding_resource_pattern_type(held[i]),
                rd_kafka_AclBinding_principal(held[i]), rd_kafka_AclBinding_host(held[i]),
                rd_kafka_AclBinding_operation(held[i]), RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason,
                sizeof reason);
    return NULL;
}

static struct err *find_too_much(rd_kafka_t *kafka, rd_kafka_queue_t *queue, struct str principal,
                                 const struct bindings *wanted, struct arena *arena,
                                 struct bindings *out)
{
    char reason[256];
    rd_kafka_event_t *event = NULL;
    rd_kafka_AclBindingFilter_t *all = rd_kafka_AclBindingFilter_new(
        RD_KAFKA_RESOURCE_ANY, NULL, RD_KAFKA_RESOURCE_PATTERN_ANY, arena_cstr(arena, principal),
        NULL, RD_KAFKA_ACL_OPERATION_ANY, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason,
        sizeof reason);
    rd_kafka_DescribeAcls(kafka, all, NULL, queue);
    struct err *e = admin_event(queue, &event);
    if (e == NULL) {
        e = too_much(event, wanted, arena, out);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AclBinding_destroy(all);
    return e;
}

static struct err *take_back(rd_kafka_t *kafka, rd_kafka_queue_t *queue, struct str principal,
                             const struct bindings *wanted, struct arena *arena)
{
    struct bindings filters = {0};
    struct err *e = find_too_much(kafka, queue, principal, wanted, arena, &filters);
    if (e == NULL && filters.count > 0) {
        rd_kafka_DeleteAcls(kafka, filters.at, filters.count, NULL, queue);
        e = admin_answer(queue, grants_result);
    }
    bindings_drop(&filters);
    return e;
}

static bool is_first(const struct bus_grant *grants, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_equal(grants[i].principal, grants[at].principal))
            return false;
    return true;
}

struct err *bus_grants_make(const struct bus_config *config, const struct bus_grant *grants,
                            size_t count)
{
    rd_kafka_t *kafka = NULL;
    TRY(admin_open(config, &kafka));
    autoarena struct arena *arena = arena_new(1 << 24);
    struct bindings made = wanted(grants, count, arena);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_CreateAcls(kafka, made.at, made.count, NULL, queue);
    struct err *e = admin_answer(queue, grants_result);
    for (size_t i = 0; i < count && e == NULL; i++)
        if (is_first(grants, i))
            e = take_back(kafka, queue, grants[i].principal, &made, arena);
    rd_kafka_queue_destroy(queue);
    bindings_drop(&made);
    kafka_destroy(kafka, 0);
    return e;
}
