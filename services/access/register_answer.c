/* Answers of the register of blocks and consents. */
#include "services/access/register.h"

#include "base/base.h"

#define C  S("c") /* the contract's own elements */
#define B  S("b") /* those of its domain */
#define OK S("OK")

#define SECOND_US INT64_C(1000000)
/* A change that is being written may have a time some seconds back: who asks again from the time
 * that was told is told of it, and of others a second time. */
#define OVERLAP_US (60 * SECOND_US)

enum register_status register_check(const struct register_question *question,
                                    const struct register_entity *entity,
                                    const struct register_facts *facts)
{
    const struct permission_assignment actor = {.care_unit = question->care_unit,
                                                .care_provider = question->care_provider};
    const struct permission_blockable on = {.care_provider = entity->care_provider,
                                            .care_unit = entity->care_unit,
                                            .kind = entity->kind,
                                            .from = entity->from,
                                            .until = entity->until};
    if (entity->care_provider.len == 0 || entity->care_unit.len == 0 ||
        instant_before(entity->until, entity->from))
        return REGISTER_WRONG;
    if (str_equal(question->care_provider, entity->care_provider) &&
        str_equal(question->care_unit, entity->care_unit))
        return REGISTER_OK;
    return permission_blocked(&actor, &on, &facts->permission) != 0 ? REGISTER_BLOCKED
                                                                    : REGISTER_OK;
}

/* --- writing
 * ------------------------------------------------------------------------------------------ */

static void put_time(struct xml_writer *w, const char *name, struct instant at)
{
    char text[INSTANT_TEXT];
    instant_print(at, text);
    xml_write_leaf(w, B, str_from(name), str_from(text));
}

static void put_id(struct xml_writer *w, const char *name, struct uuid id)
{
    xml_write_leaf(w, B, str_from(name), str_from(uuid_text(id).text));
}

static void put_result(struct xml_writer *w, struct str code, struct str text)
{
    xml_write_open(w, B, S("result"));
    xml_write_leaf(w, B, S("resultCode"), code);
    xml_write_leaf(w, B, S("resultText"), text);
    xml_write_close(w);
}

/* --- CheckBlocks
 * -------------------------------------------------------------------------------------- */

static void check_blocks(struct xml_writer *w, const struct register_question *q,
                         const struct register_facts *facts, size_t *out_count)
{
    static const char *const words[] = {"OK", "BLOCKED", "VALIDATIONERROR"};
    xml_write_open(w, C, S("checkBlocksResult"));
    put_result(w, OK, (struct str){0});
    for (size_t i = 0; i < q->entity_count; i++) {
        char row[16];
        enum register_status status = register_check(q, &q->entities[i], facts);
        snprintf(row, sizeof row, "%d", (int)q->entities[i].row);
        *out_count += status == REGISTER_BLOCKED;
        xml_write_open(w, B, S("checkResults"));
        xml_write_leaf(w, B, S("status"), str_from(words[status]));
        xml_write_leaf(w, B, S("rowNumber"), str_from(row));
        xml_write_close(w);
    }
    xml_write_close(w);
}

/* --- GetBlocks
 * ---------------------------------------------------------------------------------------- */

static bool is_asked(const struct register_question *q, struct str care_provider)
{
    bool asked = q->care_providers.count == 0;
    for (size_t i = 0; i < q->care_providers.count && !asked; i++)
        asked = str_equal(q->care_providers.at[i], care_provider);
    return asked;
}

/* Is the lift told with the block? In force, of this block, and for a unit that can be named. */
static bool is_told(const struct register_facts *facts, size_t lift,
                    const struct permission_block *block)
{
    const struct permission_lift *l = &facts->permission.lifts[lift];
    return facts->lifts[lift].for_unit.len > 0 &&
           permission_in_force(l->valid, facts->permission.now) &&
           (l->outer || !block->outer || !uuid_is_nil(l->block)) &&
           permission_lift_covers(l, block);
}

/* When it, or a lift of it, was recorded. */
static struct instant last_told(const struct register_facts *facts, size_t block)
{
    struct instant at = facts->blocks[block].recorded_at;
    for (size_t i = 0; i < facts->permission.lift_count; i++)
        if (is_told(facts, i, &facts->permission.blocks[block]) &&
            instant_before(at, facts->lifts[i].recorded_at))
            at = facts->lifts[i].recorded_at;
    return at;
}

static void put_excluded(struct xml_writer *w, struct str kind)
{
    xml_write_open(w, B, S("excludedInformationTypes"));
    xml_write_leaf(w, B, S("infoTypeId"), kind);
    xml_write_leaf(w, B, S("infoTypeDescription"),
                   str_equal(kind, S("lak")) ? S("Läkemedel - Ordination/förskrivning")
                                             : S("Uppmärksamhetsinformation"));
    xml_write_close(w);
}

static void put_lifts(struct xml_writer *w, const struct register_facts *facts,
                      const struct permission_block *block)
{
    for (size_t i = 0; i < facts->permission.lift_count; i++) {
        if (!is_told(facts, i, block))
            continue;
        xml_write_open(w, B, S("temporaryRevokes"));
        put_id(w, "temporaryRevokeId", facts->lifts[i].id);
        put_time(w, "endDate", facts->permission.lifts[i].valid.until);
        xml_write_leaf(w, B, S("revokedForCareUnitId"), facts->lifts[i].for_unit);
        xml_write_leaf(w, B, S("revokedForEmployeeId"), facts->lifts[i].for_employee);
        xml_write_close(w);
    }
}

/* The register's records_until is the first instant after; the contract's end is the last one, and
 * whole seconds are what records have. */
static void put_span(struct xml_writer *w, const struct permission_block *block)
{
    if (block->records_from.known)
        put_time(w, "informationStartDate", block->records_from);
    if (block->records_until.known)
        put_time(w, "informationEndDate",
                 (struct instant){(block->records_until.us - 1) / SECOND_US * SECOND_US, true});
}

static void put_block(struct xml_writer *w, const struct register_question *q,
                      const struct register_facts *facts, size_t i)
{
    const struct permission_block *block = &facts->permission.blocks[i];
    xml_write_open(w, B, S("blocks"));
    put_id(w, "blockId", block->id);
    xml_write_leaf(w, B, S("blockType"), block->outer ? S("Outer") : S("Inner"));
    put_span(w, block);
    xml_write_leaf(w, B, S("informationCareUnitId"), block->care_unit);
    xml_write_leaf(w, B, S("informationCareProviderId"), block->care_provider);
    xml_write_open(w, B, S("patientId"));
    xml_write_leaf(w, B, S("root"), q->id_type);
    xml_write_leaf(w, B, S("extension"), q->number);
    xml_write_close(w);
    for (size_t e = 0; e < block->excluded.count; e++)
        put_excluded(w, block->excluded.at[e]);
    put_lifts(w, facts, block);
    xml_write_leaf(w, B, S("ownerId"), facts->blocks[i].source);
    xml_write_close(w);
}

/* Whoever keeps a copy fetches all anew when this has changed: a block has ended. */
static struct instant latest_cancellation(const struct register_question *q,
                                          const struct permission_facts *facts)
{
    struct instant latest = {0, true};
    for (size_t i = 0; i < facts->block_count; i++) {
        const struct permission_block *b = &facts->blocks[i];
        if (is_asked(q, b->care_provider) && b->valid.until.known &&
            !instant_before(facts->now, b->valid.until) && instant_before(latest, b->valid.until))
            latest = b->valid.until;
    }
    return latest;
}

/* The register keeps pseudonyms and no numbers, so it cannot say whose blocks a care provider has:
 * it tells a patient's, to who knows the number. */
static void get_blocks(struct xml_writer *w, const struct register_question *q,
                       const struct register_facts *facts, size_t *out_count)
{
    const struct permission_facts *p = &facts->permission;
    xml_write_open(w, C, S("blockHeader"));
    if (q->number.len == 0)
        put_result(w, S("VALIDATIONERROR"),
                   S("patientId is needed: this register keeps no numbers of patients"));
    else
        put_result(w, OK, (struct str){0});
    for (size_t i = 0; i < p->block_count; i++) {
        if (!permission_in_force(p->blocks[i].valid, p->now) ||
            !is_asked(q, p->blocks[i].care_provider) ||
            instant_before(last_told(facts, i), q->created_from))
            continue;
        put_block(w, q, facts, i);
        ++*out_count;
    }
    put_time(w, "nextCreatedOnOrAfter", instant_add(p->now, -OVERLAP_US));
    put_time(w, "latestCancellation", latest_cancellation(q, p));
    xml_write_close(w);
}

/* --- CheckConsent
 * ------------------------------------------------------------------------------------- */

static void check_consent(struct xml_writer *w, const struct register_facts *facts,
                          size_t *out_count)
{
    const struct permission_facts *p = &facts->permission;
    bool consent = permission_any_in_force(p->consent, p->now);
    bool emergency = permission_any_in_force(p->emergency, p->now);
    *out_count = consent || emergency;
    xml_write_open(w, C, S("checkResult"));
    put_result(w, OK, (struct str){0});
    xml_write_leaf(w, B, S("hasConsent"), consent || emergency ? S("true") : S("false"));
    if (consent || emergency)
        xml_write_leaf(w, B, S("assertionType"), consent ? S("Consent") : S("Emergency"));
    xml_write_close(w);
}

void register_answer(const struct register_question *question, const struct register_facts *facts,
                     struct buf *out, size_t *out_count)
{
    static const struct {
        const char *element;
        const char *namespace;
        const char *core;
    } answers[] = {
        [REGISTER_CHECK_BLOCKS] = {"CheckBlocksResponse", CHECK_BLOCKS_URN, BLOCKING_CORE},
        [REGISTER_GET_BLOCKS] = {"GetBlocksResponse", GET_BLOCKS_URN, BLOCKING_CORE},
        [REGISTER_CHECK_CONSENT] = {"CheckConsentResponse", CHECK_CONSENT_URN, CONSENT_CORE}};
    struct xml_writer w = xml_write_begin(out);
    *out_count = 0;
    soap_answer_begin(&w);
    xml_write_open(&w, C, str_from(answers[question->contract].element));
    xml_write_attribute(&w, S("xmlns"), C, str_from(answers[question->contract].namespace));
    xml_write_attribute(&w, S("xmlns"), B, str_from(answers[question->contract].core));
    if (question->contract == REGISTER_CHECK_BLOCKS)
        check_blocks(&w, question, facts, out_count);
    else if (question->contract == REGISTER_GET_BLOCKS)
        get_blocks(&w, question, facts, out_count);
    else
        check_consent(&w, facts, out_count);
    xml_write_close(&w);
    soap_answer_end(&w);
}
