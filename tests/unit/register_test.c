/* The register of blocks and consents, asked by others (services/access/register.h). */
#include "services/access/register.h"

#include "arena.h"

#define ENVELOPE(body)                                                                             \
    "<s:Envelope xmlns:s=\"" SOAP_ENVELOPE                                                         \
    "\"><s:Header><r:LogicalAddress xmlns:r=\"" SOAP_REGISTRY                                      \
    "\">SE1</r:LogicalAddress></s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define ASKED(name, urn, core, content)                                                            \
    ENVELOPE("<c:" name " xmlns:c=\"" urn "\" xmlns:b=\"" core "\">" content "</c:" name ">")
#define CHECK(content)   ASKED("CheckBlocks", CHECK_BLOCKS_URN, BLOCKING_CORE, content)
#define GET(content)     ASKED("GetBlocks", GET_BLOCKS_URN, BLOCKING_CORE, content)
#define CONSENT(content) ASKED("CheckConsent", CHECK_CONSENT_URN, CONSENT_CORE, content)
#define ACTOR                                                                                      \
    "<c:accessingActor><b:employeeId>E</b:employeeId><b:careProviderId>CP1</b:careProviderId>"     \
    "<b:careUnitId>CU1</b:careUnitId></c:accessingActor>"
#define PATIENT                                                                                    \
    "<c:patientId><b:root>1.2</b:root><b:extension> 191212121212 </b:extension></c:patientId>"
#define ENTITY(from, until, unit, provider, more)                                                  \
    "<c:informationEntities><b:informationStartDate>" from "</b:informationStartDate>"             \
    "<b:informationEndDate>" until "</b:informationEndDate><b:informationCareUnitId>" unit         \
    "</b:informationCareUnitId><b:informationCareProviderId>" provider                             \
    "</b:informationCareProviderId>" more "</c:informationEntities>"
#define ROW "<b:rowNumber>-7</b:rowNumber>"
#define ANY ENTITY("1998-05-01T00:00:00", "1998-05-01T00:00:00", "CU2", "CP1", ROW)

static struct err *read(const char *message, struct register_question *out)
{
    autosoap struct soap_request soap = {0};
    TRY(soap_open(S("text/xml"), str_from(message), arena, &soap));
    return register_read(&soap, arena, out);
}

static void questions_are_read(void **state)
{
    (void)state;
    struct register_question q;
    assert_null(
        read(CHECK(ACTOR PATIENT ENTITY(
                 "1998-05-01T00:00:00", "1999-05-01T00:00:00Z", "CU2", "CP1",
                 "<b:informationType>lak</b:informationType>" ROW) "<x xmlns='urn:other'>more</x>"),
             &q));
    assert_int_equal(q.contract, REGISTER_CHECK_BLOCKS);
    assert_string_equal(arena_cstr(arena, q.number), "191212121212");
    assert_string_equal(arena_cstr(arena, q.care_unit), "CU1");
    assert_int_equal(q.entity_count, 1);
    assert_int_equal(q.entities[0].row, -7);
    assert_string_equal(arena_cstr(arena, q.entities[0].kind), "lak");
    assert_int_equal(q.entities[0].from.us, 893973600000000); /* Swedish without a zone */
    assert_null(read(GET(PATIENT "<c:careProviderIds>CP1</c:careProviderIds><c:careProviderIds>CP2"
                                 "</c:careProviderIds><c:createdOnOrAfter>1970-01-01T00:00:01Z"
                                 "</c:createdOnOrAfter>"),
                     &q));
    assert_int_equal(q.care_providers.count, 2);
    assert_int_equal(q.created_from.us, 1000000);
    assert_null(read(GET("<c:careProviderIds>CP1</c:careProviderIds>"), &q));
    assert_int_equal(q.number.len, 0);
    assert_null(read(CONSENT(ACTOR PATIENT), &q));
    assert_int_equal(q.contract, REGISTER_CHECK_CONSENT);
}

static void questions_that_break_their_contract(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        CHECK(PATIENT ANY),
        CHECK(ACTOR ANY),
        CHECK(ACTOR PATIENT),
        CHECK(ACTOR ACTOR PATIENT ANY),
        CHECK(ACTOR PATIENT PATIENT ANY),
        CHECK(ACTOR PATIENT ANY "<c:more/>"),
        CHECK(ACTOR PATIENT ENTITY("yesterday", "1999-05-01T00:00:00", "CU2", "CP1", ROW)),
        CHECK(ACTOR PATIENT ENTITY("1998-05-01T00:00:00", "1999-05-01T00:00:00", "CU2", "CP1", "")),
        CHECK(ACTOR PATIENT ENTITY("1998-05-01T00:00:00", "1999-05-01T00:00:00", "CU2", "CP1",
                                   "<b:rowNumber>2147483648</b:rowNumber>")),
        CHECK(ACTOR PATIENT ENTITY("1998-05-01T00:00:00", "1999-05-01T00:00:00", "CU2",
                                   "SE00000000000000000000000000000001", ROW)),
        CHECK(ACTOR "<c:patientId><b:root>1.2</b:root></c:patientId>" ANY),
        GET(ACTOR PATIENT),
        GET("<c:careProviderIds> </c:careProviderIds>"),
        GET("<c:createdOnOrAfter>2001</c:createdOnOrAfter>"),
        CONSENT(PATIENT),
        CONSENT(ACTOR PATIENT ANY),
        ENVELOPE("<GetBlocks xmlns=\"urn:other\"/>"),
        ASKED("CheckBlocks", GET_BLOCKS_URN, BLOCKING_CORE, PATIENT),
    };
    struct register_question q;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct err *e = read(wrong[i], &q);
        if (e == NULL)
            fail_msg("%s", wrong[i]);
        assert_int_equal(err_class(e), ERR_CLASS_REJECT);
        assert_null(strstr(e->detail, "19121212"));
    }
}

/* --- CheckBlocks
 * -------------------------------------------------------------------------------------- */

static struct instant on(const char *date)
{
    struct instant at = {0};
    assert_true(date == NULL || instant_parse(arena_format(arena, "%sT00:00:00Z", date), &at));
    return at;
}

static struct permission_span span(const char *from, const char *until)
{
    return (struct permission_span){on(from), on(until)};
}

#define ASKS(provider, unit)                                                                       \
    {                                                                                              \
        .care_provider = S(provider), .care_unit = S(unit)                                         \
    }

/* The evaluation rules as CheckBlocksResponder_4.0.xsd writes them. */
static void blocks_are_checked_as_the_contract_says(void **state)
{
    (void)state;
    static const struct str lak = {"lak", 3};
    const struct {
        const char *what;
        struct permission_block block;
        const char *provider, *unit; /* who asks */
        const char *from, *until, *kind;
        enum register_status status;
    } rows[] = {
        {"inner, another unit",
         {.care_unit = S("CU2")},
         "CP1",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"inner, the unit itself",
         {.care_unit = S("CU2")},
         "CP1",
         "CU2",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_OK},
        {"inner, another care provider",
         {.care_unit = S("CU2")},
         "CP9",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"inner, a unit of that name elsewhere",
         {.care_unit = S("CU2")},
         "CP9",
         "CU2",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"inner, on a third unit",
         {.care_unit = S("CU3")},
         "CP1",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_OK},
        {"inner, on every unit",
         {.outer = false},
         "CP1",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"outer, within the provider",
         {.outer = true},
         "CP1",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_OK},
        {"outer, another care provider",
         {.outer = true},
         "CP9",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"left out of it: lak",
         {.outer = true},
         "CP9",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         "lak",
         REGISTER_OK},
        {"another kind is left out: lak",
         {.outer = true},
         "CP9",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         "upp",
         REGISTER_BLOCKED},
        {"no kind is told, left out: lak",
         {.outer = true},
         "CP9",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"within the block's time",
         {.outer = true, .records_from = on("1998-01-01"), .records_until = on("2000-01-01")},
         "CP9",
         "CU1",
         "1998-05-01",
         "1999-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"reaching into it",
         {.outer = true, .records_from = on("1998-01-01"), .records_until = on("2000-01-01")},
         "CP9",
         "CU1",
         "1990-05-01",
         "1998-01-01",
         NULL,
         REGISTER_BLOCKED},
        {"reaching out of it",
         {.outer = true, .records_from = on("1998-01-01"), .records_until = on("2000-01-01")},
         "CP9",
         "CU1",
         "1999-12-31",
         "2005-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"around it",
         {.outer = true, .records_from = on("1998-01-01"), .records_until = on("2000-01-01")},
         "CP9",
         "CU1",
         "1990-05-01",
         "2005-05-01",
         NULL,
         REGISTER_BLOCKED},
        {"before it",
         {.outer = true, .records_from = on("1998-01-01")},
         "CP9",
         "CU1",
         "1990-05-01",
         "1997-12-31",
         NULL,
         REGISTER_OK},
        {"after it",
         {.outer = true, .records_until = on("2000-01-01")},
         "CP9",
         "CU1",
         "2000-01-01",
         "2005-05-01",
         NULL,
         REGISTER_OK},
        {"a block that has ended",
         {.outer = true, .valid = span("1990-01-01", "1999-01-01")},
         "CP9",
         "CU1",
         "1998-05-01",
         "1998-05-01",
         NULL,
         REGISTER_OK},
        {"ends before it begins",
         {.outer = true},
         "CP9",
         "CU1",
         "1998-05-02",
         "1998-05-01",
         NULL,
         REGISTER_WRONG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct permission_block block = rows[i].block;
        block.care_provider = S("CP1");
        if (!block.valid.from.known)
            block.valid = span("1990-01-01", NULL);
        block.excluded = (struct strs){&lak, strstr(rows[i].what, "lak") != NULL ? 1 : 0};
        const struct register_facts facts = {
            .permission = {.now = on("2026-11-22"), .blocks = &block, .block_count = 1}};
        const struct register_question q = {.care_provider = str_from(rows[i].provider),
                                            .care_unit = str_from(rows[i].unit)};
        const struct register_entity entity = {.from = on(rows[i].from),
                                               .until = on(rows[i].until),
                                               .care_unit = S("CU2"),
                                               .care_provider = S("CP1"),
                                               .kind = str_from(rows[i].kind)};
        if (register_check(&q, &entity, &facts) != rows[i].status)
            fail_msg("%s", rows[i].what);
    }
}

static void lifts_open_for_who_asks(void **state)
{
    (void)state;
    const struct permission_block blocks[] = {
        {.care_provider = S("CP1"), .care_unit = S("CU2"), .valid = span("1990-01-01", NULL)}};
    const struct permission_lift lift = {.care_provider = S("CP1"),
                                         .care_unit = S("CU2"),
                                         .valid = span("2026-11-22", "2026-11-23")};
    const struct register_row told = {.source = S("register")};
    struct register_facts facts = {
        .permission = {.blocks = blocks, .block_count = 1, .lifts = &lift, .lift_count = 1},
        .blocks = &told};
    const struct register_question q = ASKS("CP1", "CU1");
    const struct register_entity entity = ASKS("CP1", "CU2");
    const struct register_entity nowhere = ASKS("CP1", "");
    facts.permission.now = on("2026-11-22");
    assert_int_equal(register_check(&q, &entity, &facts), REGISTER_OK);
    facts.permission.now = on("2026-11-23");
    assert_int_equal(register_check(&q, &entity, &facts), REGISTER_BLOCKED);
    assert_int_equal(register_check(&q, &nowhere, &facts), REGISTER_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(questions_are_read),
        WITH_ARENA(questions_that_break_their_contract),
        WITH_ARENA(blocks_are_checked_as_the_contract_says),
        WITH_ARENA(lifts_open_for_who_asks),
    };
    return cmocka_run_group_tests_name("register", tests, NULL, NULL);
}
