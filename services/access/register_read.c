/* Questions to the register of blocks and consents. */
#include "services/access/register.h"

#include "base/base.h"

static const struct {
    enum register_contract contract;
    const char *namespace;
    const char *core; /* of the types within */
    const char *element;
} contracts[] = {
    {REGISTER_CHECK_BLOCKS, CHECK_BLOCKS_URN, BLOCKING_CORE, "CheckBlocks"},
    {REGISTER_GET_BLOCKS, GET_BLOCKS_URN, BLOCKING_CORE, "GetBlocks"},
    {REGISTER_CHECK_CONSENT, CHECK_CONSENT_URN, CONSENT_CORE, "CheckConsent"},
};

#define QUESTION(member, name, ...) FIELD_NAMED(struct register_question, member, name, __VA_ARGS__)
static const struct field actor_fields[] = {
    QUESTION(employee, "employeeId", REQUIRED, .min = 1, .max = REGISTER_HSA_ID_MAX),
    QUESTION(care_provider, "careProviderId", REQUIRED, .min = 1, .max = REGISTER_HSA_ID_MAX),
    QUESTION(care_unit, "careUnitId", REQUIRED, .min = 1, .max = REGISTER_HSA_ID_MAX), FIELDS_END};
static const struct field patient_fields[] = {QUESTION(id_type, "root", REQUIRED, .min = 1),
                                              QUESTION(number, "extension", REQUIRED, .min = 1),
                                              FIELDS_END};
#define ENTITY(member, name, ...) FIELD_NAMED(struct register_entity, member, name, __VA_ARGS__)
static const struct field entity_fields[] = {
    ENTITY(from, "informationStartDate", REQUIRED),
    ENTITY(until, "informationEndDate", REQUIRED),
    ENTITY(care_unit, "informationCareUnitId", REQUIRED, .max = REGISTER_HSA_ID_MAX),
    ENTITY(care_provider, "informationCareProviderId", REQUIRED, .max = REGISTER_HSA_ID_MAX),
    ENTITY(kind, "informationType", OPTIONAL, .max = 6),
    ENTITY(row, "rowNumber", REQUIRED, .min = INT32_MIN, .max = INT32_MAX),
    FIELDS_END};

struct reading {
    const struct soap_request *soap;
    const char *namespace;
    const char *core;
    struct arena *arena;
    struct register_question *out;
    struct register_entity *entities;
    struct str *providers;
    bool actor;
    bool patient;
};

static struct err *read_once(struct reading *r, bool *seen, const struct field *fields,
                             const char *name)
{
    if (*seen)
        return err_field(ERR_INVALID, name, "is given more than once");
    *seen = true;
    return soap_members(r->soap->body, r->core, fields, r->arena, r->out);
}

static struct err *read_entity(struct reading *r)
{
    struct register_question *q = r->out;
    if (r->entities == NULL)
        r->entities = ARENA_ARRAY(r->arena, struct register_entity, REGISTER_ENTITIES_MAX);
    if (q->entity_count == REGISTER_ENTITIES_MAX)
        return err_field(ERR_INVALID, "informationEntities", "are more than %d",
                         REGISTER_ENTITIES_MAX);
    struct register_entity *entity = &r->entities[q->entity_count++];
    *entity = (struct register_entity){0};
    q->entities = r->entities;
    return soap_members(r->soap->body, r->core, entity_fields, r->arena, entity);
}

static struct err *read_provider(struct reading *r)
{
    struct strs *providers = &r->out->care_providers;
    struct str provider = {0};
    TRY(soap_leaf(r->soap->body, r->arena, &provider));
    if (r->providers == NULL)
        r->providers = ARENA_ARRAY(r->arena, struct str, REGISTER_PROVIDERS_MAX);
    if (providers->count == REGISTER_PROVIDERS_MAX)
        return err_field(ERR_INVALID, "careProviderIds", "are more than %d",
                         REGISTER_PROVIDERS_MAX);
    if (provider.len == 0 || provider.len > REGISTER_HSA_ID_MAX)
        return err_field(ERR_INVALID, "careProviderIds", "is no HSA-id");
    r->providers[providers->count++] = provider;
    providers->at = r->providers;
    return NULL;
}

static struct err *read_child(struct reading *r)
{
    struct xml *x = r->soap->body;
    bool get = r->out->contract == REGISTER_GET_BLOCKS;
    if (!get && xml_is(x, r->namespace, "accessingActor"))
        return read_once(r, &r->actor, actor_fields, "accessingActor");
    if (xml_is(x, r->namespace, "patientId"))
        return read_once(r, &r->patient, patient_fields, "patientId");
    if (r->out->contract == REGISTER_CHECK_BLOCKS && xml_is(x, r->namespace, "informationEntities"))
        return read_entity(r);
    if (get && xml_is(x, r->namespace, "careProviderIds"))
        return read_provider(r);
    if (get && xml_is(x, r->namespace, "createdOnOrAfter"))
        return soap_time(x, "createdOnOrAfter", r->arena, &r->out->created_from);
    if (str_equal(xml_namespace(x), str_from(r->namespace)))
        return err_new(ERR_INVALID, "the question has an element that its contract does not know");
    return xml_skip(x);
}

static struct err *check_whole(const struct reading *r)
{
    const struct register_question *q = r->out;
    if (q->contract != REGISTER_GET_BLOCKS && !r->actor)
        return err_field(ERR_INVALID, "accessingActor", "is missing");
    if (q->contract != REGISTER_GET_BLOCKS && !r->patient)
        return err_field(ERR_INVALID, "patientId", "is missing");
    if (q->contract == REGISTER_CHECK_BLOCKS && q->entity_count == 0)
        return err_field(ERR_INVALID, "informationEntities", "are missing");
    return NULL;
}

struct err *register_read(const struct soap_request *soap, struct arena *arena,
                          struct register_question *out)
{
    struct register_question question = {0};
    struct reading r = {.soap = soap, .arena = arena, .out = &question};
    bool found = true;
    for (size_t i = 0; i < COUNT(contracts); i++)
        if (str_equal(soap->namespace, str_from(contracts[i].namespace)) &&
            str_equal(soap->name, str_from(contracts[i].element))) {
            r.namespace = contracts[i].namespace;
            r.core = contracts[i].core;
            question.contract = contracts[i].contract;
        }
    if (r.namespace == NULL)
        return err_new(ERR_INVALID, "the service contract is not offered here");
    for (;;) {
        TRY(soap_next_child(soap->body, &found));
        if (!found)
            break;
        TRY(read_child(&r));
    }
    TRY(soap_end(soap));
    TRY(check_whole(&r));
    *out = question;
    return NULL;
}
