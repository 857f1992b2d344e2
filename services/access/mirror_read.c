/* Asking a service for blocks, and reading what it says. */
#include "services/access/mirror.h"

#include "base/base.h"

#define BLOCKING  "urn:riv:informationsecurity:authorization:blocking:"
#define CORE      BLOCKING "4"
#define RESPONDER BLOCKING "GetBlocksResponder:4"

static const struct soap_contract contract = {
    "informationsecurity/authorization/blocking/GetBlocks/4/rivtabp21", RESPONDER ":GetBlocks",
    RESPONDER, "GetBlocksResponse"};

enum { BLOCKS_MAX = 1000000, LIFTS_MAX = 1000, SECOND_US = 1000000 };

#define LIFT(member, name, ...) FIELD_NAMED(struct mirror_lift, member, name, __VA_ARGS__)
static const struct field lift_fields[] = {
    LIFT(id, "temporaryRevokeId", REQUIRED, .min = 1, .max = 36), LIFT(until, "endDate", REQUIRED),
    LIFT(for_unit, "revokedForCareUnitId", REQUIRED, .min = 1, .max = 32),
    LIFT(for_employee, "revokedForEmployeeId", OPTIONAL, .max = 32), FIELDS_END};
#define BLOCK(member, name, ...) FIELD_NAMED(struct mirror_block, member, name, __VA_ARGS__)
static const struct field patient_fields[] = {BLOCK(id_type, "root", REQUIRED, .min = 1),
                                              BLOCK(number, "extension", REQUIRED, .min = 1),
                                              FIELDS_END};
struct code {
    struct str text;
};
static const struct field result_fields[] = {FIELD_NAMED(struct code, text, "resultCode", REQUIRED),
                                             FIELDS_END};
static const struct field excluded_fields[] = {
    FIELD_NAMED(struct code, text, "infoTypeId", REQUIRED), FIELDS_END};

struct reading {
    struct xml *x;
    struct str care_provider;
    struct arena *arena;
    struct mirror_answer *out;
    size_t room; /* for blocks */
    bool ok;
};

static struct err *leaf(struct reading *r, struct str *out)
{
    return soap_leaf(r->x, r->arena, out);
}

static struct err *read_type(struct reading *r, struct mirror_block *block, bool *typed)
{
    struct str type = {0};
    TRY(leaf(r, &type));
    block->outer = str_equal(type, S("Outer"));
    *typed = block->outer || str_equal(type, S("Inner"));
    return *typed ? NULL : err_field(ERR_INVALID, "blockType", "is neither Inner nor Outer");
}

/* A kind that we do not know is not left out: the block covers more, never less. */
static struct err *read_excluded(struct reading *r, struct mirror_block *block)
{
    struct code code = {0};
    TRY(soap_members(r->x, CORE, excluded_fields, r->arena, &code));
    bool known = str_equal(code.text, S("lak")) || str_equal(code.text, S("upp"));
    for (size_t i = 0; i < block->excluded.count && known; i++)
        known = !str_equal(block->excluded.at[i], code.text);
    if (!known)
        return NULL;
    struct str *all = ARENA_ARRAY(r->arena, struct str, 2);
    if (block->excluded.count > 0)
        all[0] = block->excluded.at[0];
    all[block->excluded.count] = code.text;
    block->excluded = (struct strs){all, block->excluded.count + 1};
    return NULL;
}

static struct err *read_lift(struct reading *r, struct mirror_block *block, size_t *room)
{
    struct mirror_lift lift = {0};
    TRY(soap_members(r->x, CORE, lift_fields, r->arena, &lift));
    if (block->lift_count == LIFTS_MAX)
        return err_new(ERR_INVALID, "a block has over %d lifts", LIFTS_MAX);
    block->lifts =
        arena_grow(r->arena, block->lifts, block->lift_count, room, sizeof *block->lifts);
    block->lifts[block->lift_count++] = lift;
    return NULL;
}

/* What a block must have been told. */
struct seen {
    bool type;
    bool patient;
    size_t lift_room;
};

static struct err *read_text_member(struct reading *r, struct mirror_block *block, bool *out_known)
{
    *out_known = true;
    if (xml_is(r->x, CORE, "blockId"))
        return leaf(r, &block->id);
    if (xml_is(r->x, CORE, "informationCareUnitId"))
        return leaf(r, &block->care_unit);
    if (xml_is(r->x, CORE, "informationCareProviderId"))
        return leaf(r, &block->care_provider);
    if (xml_is(r->x, CORE, "informationStartDate"))
        return soap_time(r->x, "informationStartDate", r->arena, &block->records_from);
    if (xml_is(r->x, CORE, "informationEndDate"))
        return soap_time(r->x, "informationEndDate", r->arena, &block->records_until);
    *out_known = false;
    return NULL;
}

static struct err *read_block_member(struct reading *r, struct mirror_block *block,
                                     struct seen *seen)
{
    bool known = false;
    TRY(read_text_member(r, block, &known));
    if (known)
        return NULL;
    if (xml_is(r->x, CORE, "blockType"))
        return read_type(r, block, &seen->type);
    if (xml_is(r->x, CORE, "excludedInformationTypes"))
        return read_excluded(r, block);
    if (xml_is(r->x, CORE, "temporaryRevokes"))
        return read_lift(r, block, &seen->lift_room);
    if (!xml_is(r->x, CORE, "patientId"))
        return xml_skip(r->x);
    seen->patient = true;
    return soap_members(r->x, CORE, patient_fields, r->arena, block);
}

/* The last second that is told is of the block. An outer block is of all units. */
static struct err *finish_block(const struct reading *r, const struct seen *seen,
                                struct mirror_block *block)
{
    if (!seen->type || !seen->patient || block->id.len == 0 || block->id.len > 36 ||
        block->care_unit.len > 64)
        return err_new(ERR_INVALID, "a block is not whole");
    if (!str_equal(block->care_provider, r->care_provider))
        return err_new(ERR_INVALID, "a block is of another care provider than was asked for");
    if (block->outer)
        block->care_unit = (struct str){0};
    if (block->records_until.known)
        block->records_until = instant_add(block->records_until, SECOND_US);
    return block->records_from.known && block->records_until.known &&
                   !instant_before(block->records_from, block->records_until)
               ? err_new(ERR_INVALID, "a block ends before it begins")
               : NULL;
}

static struct err *read_block(struct reading *r)
{
    struct mirror_block block = {0};
    struct seen seen = {0};
    bool found = true;
    for (;;) {
        TRY(soap_next_child(r->x, &found));
        if (!found)
            break;
        TRY(read_block_member(r, &block, &seen));
    }
    TRY(finish_block(r, &seen, &block));
    if (r->out->count == BLOCKS_MAX)
        return err_new(ERR_INVALID, "there are over %d blocks", BLOCKS_MAX);
    r->out->blocks =
        arena_grow(r->arena, r->out->blocks, r->out->count, &r->room, sizeof *r->out->blocks);
    r->out->blocks[r->out->count++] = block;
    return NULL;
}

static struct err *read_result(struct reading *r)
{
    struct code code = {0};
    TRY(soap_members(r->x, CORE, result_fields, r->arena, &code));
    r->ok = str_equal(code.text, S("OK")) || str_equal(code.text, S("INFO"));
    return r->ok ? NULL : err_new(ERR_INVALID, "the service says that it could not answer");
}

static struct err *read_header_member(struct reading *r)
{
    if (xml_is(r->x, CORE, "result"))
        return read_result(r);
    if (xml_is(r->x, CORE, "blocks"))
        return read_block(r);
    if (xml_is(r->x, CORE, "nextCreatedOnOrAfter"))
        return leaf(r, &r->out->next_from);
    if (xml_is(r->x, CORE, "latestCancellation"))
        return leaf(r, &r->out->latest_cancellation);
    return xml_skip(r->x);
}

static struct err *read_header(struct reading *r)
{
    bool found = true;
    for (;;) {
        TRY(soap_next_child(r->x, &found));
        if (!found)
            break;
        TRY(read_header_member(r));
    }
    bool told = r->out->next_from.len > 0 && r->out->next_from.len <= 64 &&
                r->out->latest_cancellation.len > 0 && r->out->latest_cancellation.len <= 64;
    return r->ok && told ? NULL : err_new(ERR_INVALID, "the answer is not whole");
}

struct err *mirror_read(struct xml *x, struct str care_provider, struct arena *arena,
                        struct mirror_answer *out)
{
    struct mirror_answer answer = {0};
    struct reading r = {.x = x, .care_provider = care_provider, .arena = arena, .out = &answer};
    bool found = true;
    bool headed = false;
    for (;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            break;
        if (headed || !xml_is(x, RESPONDER, "blockHeader")) {
            TRY(xml_skip(x));
            continue;
        }
        headed = true;
        TRY(read_header(&r));
    }
    if (!headed)
        return err_new(ERR_INVALID, "the answer is empty");
    *out = answer;
    return NULL;
}

struct err *mirror_ask(const struct soap_service *service, struct str care_provider,
                       struct str from, struct arena *arena, struct mirror_answer *out)
{
    autobuf struct buf text = buf_new(16 * 1024);
    autosoap struct soap_request answer = {0};
    struct xml_writer w = xml_write_begin(&text);
    soap_question_begin(&w, service->logical_address);
    xml_write_open(&w, S("q"), S("GetBlocks"));
    xml_write_attribute(&w, S("xmlns"), S("q"), S(RESPONDER));
    xml_write_leaf(&w, S("q"), S("careProviderIds"), care_provider);
    xml_write_leaf(&w, S("q"), S("createdOnOrAfter"), from);
    xml_write_close(&w);
    soap_answer_end(&w);
    TRY(xml_write_done(&w, "the question"));
    TRY(soap_ask(service, &contract, buf_str(&text), arena, &answer));
    const struct err *e = mirror_read(answer.body, care_provider, arena, out);
    if (e == NULL)
        e = soap_end(&answer);
    return e == NULL ? NULL
                     : err_new(ERR_TRANSIENT, "the block service's answer cannot be used: %s",
                               e->code == ERR_INVALID ? e->detail : "it cannot be read");
}
