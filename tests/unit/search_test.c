/* Room search's pure parts: the one order, cursors, what a list leaves out, grouped decisions,
 * ranges. */
#include "arena.h"
#include "services/search/room.h"

static struct uuid uuid_of(uint8_t last)
{
    return (struct uuid){{1, 2, 3, [15] = last}};
}

static struct found record(const char *id, int32_t number)
{
    return (struct found){.record = {.package = uuid_of(1),
                                     .person = uuid_of(2),
                                     .tenant = 1,
                                     .type = S("care"),
                                     .status = S("signed"),
                                     .stage = S("intermediate"),
                                     .care_provider = S("SE1-CP"),
                                     .care_unit = S("SE1-CU"),
                                     .source_system = S("SE1-VAS"),
                                     .source_id = str_from(id)},
                          .number = number,
                          .content_hmac = uuid_of((uint8_t)number)};
}
/* The region has said that all blocks of the system are here. */
static struct known_system all_blocks = {.id = S("SE1-VAS")};

static void keys_and_order(void **state)
{
    (void)state;
    struct found_key key = {uuid_of(7), 1023, 4, 2147483647};
    struct found_key read;
    assert_true(found_key_parse(str_from(found_key_text(key).text), &read));
    assert_memory_equal(&key, &read, sizeof key);
    static const char *const wrong[] = {"",
                                        "01020300-0000-0000-0000-000000000007",
                                        "01020300-0000-0000-0000-000000000007-1-2",
                                        "01020300-0000-0000-0000-000000000007-1024-2-3",
                                        "01020300-0000-0000-0000-000000000007-1-2-3-4",
                                        "01020300-0000-0000-0000-000000000007-1--2-3",
                                        "00000000-0000-0000-0000-000000000000-1-2-3",
                                        "01020300-0000-0000-0000-000000000007-1-2-99999999999"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(found_key_parse(str_from(wrong[i]), &read));
    struct position late = {{2000, true}, {uuid_of(1), 0, 0, 0}};
    struct position early = {{1000, true}, {uuid_of(9), 0, 0, 0}};
    struct position unknown = {{0, false}, {uuid_of(9), 0, 0, 0}};
    struct position second = {{1000, true}, {uuid_of(9), 0, 0, 1}};
    assert_true(position_compare(&late, &early) < 0);
    assert_true(position_compare(&early, &unknown) < 0);
    assert_true(position_compare(&second, &early) < 0);
    assert_int_equal(position_compare(&early, &early), 0);
}

static void cursors(void **state)
{
    (void)state;
    struct cursor cursor = {.after = {{-5000, true}, {uuid_of(3), 12, 3, 4}}};
    struct cursor read;
    struct str text = arena_str(arena, str_from(cursor_print(&cursor).text));
    assert_true(cursor_parse(text, &read));
    assert_int_equal(position_compare(&cursor.after, &read.after), 0);
    assert_true(uuid_is_nil(read.window.key.package));
    cursor.after.at = (struct instant){0};
    assert_true(cursor_parse(arena_str(arena, str_from(cursor_print(&cursor).text)), &read));
    assert_false(read.after.at.known);
    assert_false(cursor_parse(str_slice(text, 0, text.len - 1), &read));
    assert_false(cursor_parse(S("zz"), &read));
    cursor.after.key.shard = 4000;
    assert_false(cursor_parse(arena_str(arena, str_from(cursor_print(&cursor).text)), &read));
    cursor.after = (struct position){{INT64_MAX, true}, {uuid_of(3), 1, 3, 4}};
    assert_false(cursor_parse(arena_str(arena, str_from(cursor_print(&cursor).text)), &read));
}

static void assert_hidden(const struct found *found, size_t count, bool history,
                          const char *expected)
{
    bool hidden[16] = {false};
    char got[17] = "";
    found_hide(found, count, history, arena, hidden);
    for (size_t i = 0; i < count; i++)
        got[i] = hidden[i] ? 'x' : '.';
    assert_string_equal(got, expected);
}

static void latest_versions(void **state)
{
    (void)state;
    struct found found[] = {record("a", 0), record("a", 1), record("b", 2), record("a", 3)};
    found[0].record.version = S("9");
    found[1].record.version = S("10");
    found[3].record.version = S("2");
    assert_hidden(found, 4, false, "x..x");
    assert_hidden(found, 4, true, "....");
    found[1].record.status = S("nullified"); /* the whole record is, whatever it said before */
    assert_hidden(found, 4, false, "xx.x");
    assert_hidden(found, 4, true, "....");
    struct found times[] = {record("a", 0), record("a", 1)};
    times[0].received_at = (struct instant){2, true};
    times[1].received_at = (struct instant){1, true};
    assert_hidden(times, 2, false, ".x");
    times[1].record.authored_at = (struct instant){1, true};
    assert_hidden(times, 2, false, "x.");
    times[1].record.source_system = S("SE1-OTHER"); /* another system's "a" is another record */
    assert_hidden(times, 2, false, "..");
}

static void replaced(void **state)
{
    (void)state;
    struct found found[] = {record("a", 0), record("b", 1), record("c", 2)};
    found[1].record.predecessor = S("a");
    found[2].record.predecessor = S("b");
    assert_hidden(found, 3, false, "xx.");
    assert_hidden(found, 3, true, "...");
    found[2].record.status = S("nullified"); /* replaces nothing */
    assert_hidden(found, 3, false, "x.x");
    found[1].record.predecessor = S("b"); /* a version of itself */
    assert_hidden(found, 2, false, "..");
}

static void sent_again(void **state)
{
    (void)state;
    struct found found[] = {record("a", 0), record("a", 1), record("a", 2)};
    for (size_t i = 0; i < 3; i++)
        found[i].content_hmac = uuid_of(100);
    assert_hidden(found, 3, false, "xx.");
    assert_hidden(found, 3, true, ".xx");
    found[2].content_hmac = uuid_of(101);
    assert_hidden(found, 3, true, ".x.");
    found[1].record.status = S("corrected"); /* the same bytes, but something else is said */
    assert_hidden(found, 3, true, "...");
}

static void decisions(void **state)
{
    (void)state;
    static const struct str types[] = {{"care", 4}};
    static const struct str access[] = {{"care_provider", 13}};
    const struct information_type type = {
        .name = S("care"), .information = S("care"), .access = {access, 1}};
    const struct permission_subject subject = {.kind = SUBJECT_PERSON,
                                               .tenant = 1,
                                               .active = {.from = {1, true}},
                                               .assignment = {.role = ROLE_CARE_STAFF,
                                                              .unit = S("SE1-U"),
                                                              .care_unit = S("SE1-CU"),
                                                              .care_provider = S("SE1-CP"),
                                                              .purposes = 1U << PURPOSE_CARE,
                                                              .information_types = {types, 1},
                                                              .reach = REACH_NOT_STATED,
                                                              .valid = {.from = {1, true}},
                                                              .analysis = {.from = {1, true}}}};
    struct permission_intent intent = {.purpose = PURPOSE_CARE, .action = ACTION_SEARCHED};
    struct known_person person = {
        .seed = uuid_of(2), .person = uuid_of(5), .protection = S("protected"), .version = 1};
    struct known_person searched[] = {
        {.seed = uuid_of(5), .person = uuid_of(5), .protection = S("protected")},
        {.seed = uuid_of(5), .person = uuid_of(2), .protection = S("none")}};
    struct known_unit unit = {S("SE1-SECRET"), true, 1};
    struct facts facts = {
        .permission = {.now = {100, true}}, .block_sources = {&all_blocks, 1}, .units = {&unit, 1}};
    const struct asked asked = {1, &subject, &type, &intent, &facts};
    struct found found[] = {record("a", 0), record("b", 1), record("c", 2), record("d", 3)};
    struct permission got[4];
    found[1].record.care_unit = S("SE1-SECRET");
    found[2].record.care_provider = S("SE2-CP");
    decide_all(&asked, found, 4, arena, got);
    assert_int_equal(got[0].outcome, PERMISSION_ALLOW);
    assert_int_equal(got[1].outcome, PERMISSION_ASK);
    assert_true((got[1].obligations & 1U << OBLIGATION_HIDE_UNIT) != 0);
    assert_int_equal(got[2].outcome, PERMISSION_DENY);
    assert_memory_equal(&got[0], &got[3], sizeof got[0]);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) == 0);
    facts.persons = (struct rows){&person, 1}; /* by another identity of the same person */
    decide_all(&asked, found, 1, arena, got);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0);
    facts.persons = (struct rows){searched, 2}; /* searched for by the other */
    decide_all(&asked, found, 1, arena, got);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0);
    searched[0].protection = S("not_known");
    decide_all(&asked, found, 1, arena, got);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0);
    searched[0].protection = S("none");
    searched[0].known_until = (struct instant){300, true};
    searched[1].known_until = (struct instant){200, true};
    decide_all(&asked, found, 1, arena, got);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) == 0);
    assert_int_equal(got[0].until.us, 200);
    facts.permission.now =
        (struct instant){200, true}; /* a day on which a word no longer counted */
    decide_all(&asked, found, 1, arena, got);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0);
    facts.permission.now = (struct instant){199, true};
    decide_all(&asked, found, 1, arena, got);
    assert_true((got[0].obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) == 0);
    facts.permission.now = (struct instant){100, true};
    decide_all(&asked, found, 3, arena, got);
    assert_int_equal(decide_refusal(&got[2])->code, ERR_NOT_FOUND);
    struct permission at_all;
    assert_null(decide_at_all(&asked, &at_all));
    intent.purpose = PURPOSE_ARCHIVE;
    struct err *e = decide_at_all(&asked, &at_all);
    assert_int_equal(e->code, ERR_FORBIDDEN);
    assert_string_equal(e->rule, "role_purpose,assignment_purpose");
}

/* One of care staff who has chosen to open other units, and what that needs. */
static const struct str care_types[] = {{"care", 4}};
static const struct str care_access[] = {{"care_provider", 13}};
static const struct information_type care_type = {
    .name = S("care"), .information = S("care"), .access = {care_access, 1}};
static const struct permission_intent care_intent = {.purpose = PURPOSE_CARE,
                                                     .action = ACTION_SEARCHED,
                                                     .other_units = true,
                                                     .reason = S("on call")};
static const struct permission_subject care_subject = {
    .kind = SUBJECT_PERSON,
    .tenant = 1,
    .active = {.from = {1, true}},
    .assignment = {.role = ROLE_CARE_STAFF,
                   .care_unit = S("SE1-CU"),
                   .care_provider = S("SE1-CP"),
                   .purposes = 1U << PURPOSE_CARE,
                   .information_types = {care_types, 1},
                   .reach = REACH_NOT_STATED,
                   .valid = {.from = {1, true}},
                   .analysis = {.from = {1, true}}}};

static void blocks_by_time(void **state)
{
    (void)state;
    const struct permission_block block = {.care_provider = S("SE1-CP"),
                                           .care_unit = S("SE1-OTHER"),
                                           .valid = {.from = {1, true}},
                                           .records_from = {50, true}};
    const struct facts facts = {
        .permission = {.now = {100, true}, .blocks = &block, .block_count = 1},
        .block_sources = {&all_blocks, 1}};
    const struct asked asked = {1, &care_subject, &care_type, &care_intent, &facts};
    struct found found[] = {record("a", 0), record("b", 1)};
    struct permission got[2];
    for (size_t i = 0; i < 2; i++)
        found[i].record.care_unit = S("SE1-OTHER");
    found[0].record.occurred_at = (struct instant){40, true};
    found[1].record.occurred_at = (struct instant){60, true};
    decide_all(&asked, found, 2, arena, got);
    assert_int_equal(got[0].outcome, PERMISSION_ALLOW);
    assert_int_equal(got[1].reasons, 1ULL << REASON_BLOCK_INNER);
}

/* A service has been asked about one unit's records of one system, at the times 50 to 60. */
static const struct known_check check_of_person = {.system = S("SE1-VAS"),
                                                   .care_provider = S("SE1-CP"),
                                                   .care_unit = S("SE1-OTHER"),
                                                   .records_from = {50, true},
                                                   .records_until = {60, true},
                                                   .valid_until = {200, true}};

static struct permission decide_one(const struct facts *facts, const struct found *found)
{
    const struct asked asked = {1, &care_subject, &care_type, &care_intent, facts};
    struct permission got;
    decide_all(&asked, found, 1, arena, &got);
    return got;
}

static void checked_blocks(void **state)
{
    (void)state;
    const uint64_t unknown = 1ULL << REASON_BLOCKS_NOT_KNOWN;
    struct known_check checks[] = {check_of_person, check_of_person};
    struct known_person persons[] = {
        {.seed = uuid_of(2), .person = uuid_of(2), .protection = S("none")},
        {.seed = uuid_of(2), .person = uuid_of(3), .protection = S("none")}};
    struct known_system mirror = {.id = S("SE1-VAS"), .known_until = {150, true}};
    struct facts facts = {
        .permission = {.now = {100, true}}, .persons = {persons, 1}, .checks = {checks, 1}};
    struct found found = record("a", 0);
    found.record.care_unit = S("SE1-OTHER");
    found.record.occurred_at = (struct instant){50, true};
    checks[0].person = uuid_of(2);
    checks[1].person = uuid_of(3);
    assert_int_equal(decide_one(&facts, &found).outcome, PERMISSION_ALLOW);
    assert_int_equal(decide_one(&facts, &found).until.us, 200);
    found.record.occurred_at.us = 60;
    assert_int_equal(decide_one(&facts, &found).outcome, PERMISSION_ALLOW);
    /* Of others than those that were asked about nothing is known. */
    for (int64_t outside = 49; outside <= 61; outside += 12) {
        found.record.occurred_at.us = outside;
        assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    }
    found.record.occurred_at = (struct instant){0};
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    found.record.occurred_at = (struct instant){50, true};
    found.record.care_unit = S("SE1-THIRD");
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    found.record.care_unit = S("SE1-OTHER");
    found.record.source_system = S("SE1-OTHER-VAS");
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    found.record.source_system = S("SE1-VAS");
    found.record.category = S("upp"); /* alerts may be left out of a block: asked for themselves */
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    checks[0].kind = S("upp");
    assert_int_equal(decide_one(&facts, &found).outcome, PERMISSION_ALLOW);
    found.record.category = S("voo");
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    checks[0].kind = (struct str){0};
    checks[0].care_provider = S("SE2-CP");
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    checks[0].care_provider = S("SE1-CP");
    /* A mirror that is fresh for a shorter time, and for a longer one. */
    facts.block_sources = (struct rows){&mirror, 1};
    assert_int_equal(decide_one(&facts, &found).until.us, 200);
    mirror.known_until.us = 300;
    assert_int_equal(decide_one(&facts, &found).until.us, 300);
    facts.block_sources = (struct rows){0};
    /* Another number that is openly the person's must have been asked about too. */
    facts.persons.count = 2;
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
    persons[1].restricted = true;
    assert_int_equal(decide_one(&facts, &found).outcome, PERMISSION_ALLOW);
    found.record.person = uuid_of(3); /* … and the record's own, whatever the link */
    assert_int_not_equal(decide_one(&facts, &found).reasons & unknown, 0);
    persons[1].restricted = false;
    checks[1].valid_until.us = 120;
    facts.checks.count = 2;
    assert_int_equal(decide_one(&facts, &found).until.us, 120);
    /* A record of nobody that was asked for. */
    found.record.person = uuid_of(9);
    assert_int_equal(decide_one(&facts, &found).reasons, unknown);
}

static void assert_range(const char *header, uint64_t size, uint64_t from, uint64_t length,
                         bool partial)
{
    struct range range;
    assert_null(range_read(str_from(header), size, &range));
    assert_int_equal(range.from, from);
    assert_int_equal(range.length, length);
    assert_int_equal(range.partial, partial);
}

static void ranges(void **state)
{
    (void)state;
    struct range range;
    assert_range(NULL, 100, 0, 100, false);
    assert_range("bytes=0-9", 100, 0, 10, true);
    assert_range("bytes=90-", 100, 90, 10, true);
    assert_range("bytes=90-500", 100, 90, 10, true);
    assert_range("bytes=-10", 100, 90, 10, true);
    assert_range("bytes=-500", 100, 0, 100, true);
    assert_range("bytes=0-0", 1, 0, 1, true);
    /* Passed over, as the RFC lets a server: not ours, several, nonsense. */
    assert_range("pages=1-2", 100, 0, 100, false);
    assert_range("bytes=0-1,5-6", 100, 0, 100, false);
    assert_range("bytes=9-1", 100, 0, 100, false);
    assert_range("bytes=-", 100, 0, 100, false);
    assert_range("bytes=5", 100, 0, 100, false);
    assert_range("bytes=99999999999999999999-", 100, 0, 100, false);
    assert_range("bytes", 100, 0, 100, false);
    assert_int_equal(range_read(S("bytes=100-"), 100, &range)->code, ERR_RANGE);
    assert_int_equal(range_read(S("bytes=-0"), 100, &range)->code, ERR_RANGE);
    assert_int_equal(range_read(S("bytes=0-"), 0, &range)->code, ERR_RANGE);
}

static void purposes(void **state)
{
    (void)state;
    struct subject subject = {.permission.assignment.purposes = 1U << PURPOSE_ARCHIVE};
    enum permission_purpose got;
    assert_null(purpose_read((struct str){0}, &subject, &got));
    assert_int_equal(got, PURPOSE_ARCHIVE);
    assert_null(purpose_read(S("care"), &subject, &got)); /* permission_decide refuses it */
    assert_int_equal(got, PURPOSE_CARE);
    assert_int_equal(purpose_read(S("fun"), &subject, &got)->code, ERR_INVALID);
    subject.permission.assignment.purposes |= 1U << PURPOSE_CARE;
    assert_int_equal(purpose_read((struct str){0}, &subject, &got)->code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(keys_and_order),  WITH_ARENA(cursors),
                                       WITH_ARENA(latest_versions), WITH_ARENA(replaced),
                                       WITH_ARENA(sent_again),      WITH_ARENA(decisions),
                                       WITH_ARENA(blocks_by_time),  WITH_ARENA(checked_blocks),
                                       WITH_ARENA(ranges),          WITH_ARENA(purposes)};
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
