/* Asking a service that keeps blocks about one patient's records. */
#include "services/access/block_check.h"

#include "base/base.h"
#include "services/access/register.h"

static const struct soap_contract contract = {
    "informationsecurity/authorization/blocking/CheckBlocks/4/rivtabp21",
    CHECK_BLOCKS_URN ":CheckBlocks", CHECK_BLOCKS_URN, "CheckBlocksResponse"};

/* --- the answer
 * ------------------------------------------------------------------------------------- */

struct row {
    struct str status;
    int32_t number;
};
static const struct field row_fields[] = {
    FIELD(struct row, status, REQUIRED),
    FIELD_NAMED(struct row, number, "rowNumber", REQUIRED, .min = 1, .max = BLOCK_CHECK_MAX),
    FIELDS_END};
struct code {
    struct str text;
};
static const struct field code_fields[] = {FIELD_NAMED(struct code, text, "resultCode", REQUIRED),
                                           FIELDS_END};

struct reading {
    struct xml *x;
    struct block_check_entity *entities;
    size_t count;
    struct arena *arena;
    struct str code;
    bool answered[BLOCK_CHECK_MAX];
    size_t answers;
};

static struct err *read_row(struct reading *r)
{
    struct row row = {0};
    TRY(soap_members(r->x, BLOCKING_CORE, row_fields, r->arena, &row));
    if ((size_t)row.number > r->count || r->answered[row.number - 1])
        return err_field(ERR_INVALID, "rowNumber", "was not asked for, or is answered twice");
    struct block_check_entity *entity = &r->entities[row.number - 1];
    entity->judged = !str_equal(row.status, S("VALIDATIONERROR"));
    entity->blocked = str_equal(row.status, S("BLOCKED"));
    if (entity->judged && !entity->blocked && !str_equal(row.status, S("OK")))
        return err_field(ERR_INVALID, "status", "is not OK, BLOCKED or VALIDATIONERROR");
    r->answered[row.number - 1] = true;
    r->answers++;
    return NULL;
}

static struct err *read_code(struct reading *r)
{
    struct code code = {0};
    TRY(soap_members(r->x, BLOCKING_CORE, code_fields, r->arena, &code));
    if (r->code.len > 0)
        return err_field(ERR_INVALID, "result", "is given more than once");
    r->code = code.text;
    return NULL;
}

static struct err *read_result(struct reading *r)
{
    bool more;
    for (;;) {
        TRY(soap_next_child(r->x, &more));
        if (!more)
            return NULL;
        if (xml_is(r->x, BLOCKING_CORE, "result"))
            TRY(read_code(r));
        else if (xml_is(r->x, BLOCKING_CORE, "checkResults"))
            TRY(read_row(r));
        else
            TRY(xml_skip(r->x));
    }
}

struct err *block_check_read(struct xml *x, struct block_check_entity *entities, size_t count,
                             struct arena *arena)
{
    struct reading r = {.x = x, .entities = entities, .count = count, .arena = arena};
    bool more, seen = false;
    assert(count > 0 && count <= BLOCK_CHECK_MAX);
    for (;;) {
        TRY(soap_next_child(x, &more));
        if (!more)
            break;
        if (!xml_is(x, CHECK_BLOCKS_URN, "checkBlocksResult")) {
            TRY(xml_skip(x));
            continue;
        }
        if (seen)
            return err_field(ERR_INVALID, "checkBlocksResult", "is given more than once");
        seen = true;
        TRY(read_result(&r));
    }
    if (!str_equal(r.code, S("OK")))
        return err_field(ERR_INVALID, "resultCode", "is not OK");
    return r.answers == count ? NULL
                              : err_field(ERR_INVALID, "checkResults", "do not answer every row");
}

/* --- the question
 * ----------------------------------------------------------------------------------- */

static void write_time(struct xml_writer *w, struct str name, struct instant at)
{
    char text[INSTANT_TEXT];
    instant_print(at, text);
    xml_write_leaf(w, S(ACTOR_QUESTION_CORE), name, str_from(text));
}

static void write_entity(struct xml_writer *w, const struct block_check_entity *entity, size_t row)
{
    const struct str d = S(ACTOR_QUESTION_CORE);
    char number[24];
    snprintf(number, sizeof number, "%zu", row);
    xml_write_open(w, S(ACTOR_QUESTION_PREFIX), S("informationEntities"));
    write_time(w, S("informationStartDate"), entity->records_from);
    write_time(w, S("informationEndDate"), entity->records_until);
    xml_write_leaf(w, d, S("informationCareUnitId"), entity->care_unit);
    xml_write_leaf(w, d, S("informationCareProviderId"), entity->care_provider);
    xml_write_leaf(w, d, S("informationType"), entity->kind);
    xml_write_leaf(w, d, S("rowNumber"), str_from(number));
    xml_write_close(w);
}

static void write_question(struct xml_writer *w, const struct actor_question *q,
                           const struct block_check_entity *entities, size_t count)
{
    actor_question_open(w, S("CheckBlocks"), S(CHECK_BLOCKS_URN), S(BLOCKING_CORE), q);
    for (size_t i = 0; i < count; i++)
        write_entity(w, &entities[i], i + 1);
    xml_write_close(w);
}

struct err *block_check_ask(const struct soap_service *service,
                            const struct actor_question *question,
                            struct block_check_entity *entities, size_t count, struct arena *arena)
{
    autobuf struct buf text = buf_new(128 * 1024);
    autosoap struct soap_request answer = {0};
    struct xml_writer w = xml_write_begin(&text);
    soap_question_begin(&w, service->logical_address);
    write_question(&w, question, entities, count);
    soap_answer_end(&w);
    TRY(xml_write_done(&w, "the question"));
    TRY(soap_ask(service, &contract, buf_str(&text), arena, &answer));
    const struct err *e = block_check_read(answer.body, entities, count, arena);
    if (e == NULL)
        e = soap_end(&answer);
    return e == NULL ? NULL : err_new(ERR_TRANSIENT, "the block service's answer cannot be used");
}
