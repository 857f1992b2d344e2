/* Of several lines about the same, which one counts? And what do lines of room access tell? */
#include "arena.h"
#include "services/access/room.h"
#include "svc/internal.h"

static void the_last_counts(void **state)
{
    (void)state;
    const struct uuid a = uuid_random();
    const struct uuid b = uuid_random();
    struct told lines[] = {{.about = a, .at = {0, 0}},      {.about = b, .at = {0, 10}},
                           {.about = a, .at = {0, 20}},     {.about = {{0}}, .at = {0, 30}},
                           {.about = {{0}}, .at = {0, 40}}, {.about = a, .at = {1, 0}}};
    static const bool overtaken[] = {true, false, true, false, false, false};
    replay_mark_overtaken(lines, COUNT(lines));
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(lines[i].overtaken, overtaken[i]);
    replay_mark_overtaken(lines, 0);
}

/* --- access
 * ----------------------------------------------------------------------------------------- */

#define USER "00000000-0000-4000-8000-000000000001"
#define ID   "00000000-0000-4000-8000-000000000002"
#define AT   "2026-01-02T03:04:05Z"

static struct journal_line line_of(const char *change, const char *fact)
{
    return (struct journal_line){uuid_random(), arena_format(arena,
                                                             "{\"change\":\"%s\",\"by\":\"" USER
                                                             "\",\"request\":\"" ID
                                                             "\",\"at\":\"" AT "\",\"fact\":%s}",
                                                             change, fact)};
}

/* Every kind, as the journal tells it; and whether another of the same row overtakes it. */
static const struct {
    const char *change;
    const char *fact;
    bool replaces;
} kinds[] = {
    {"tenant", "{\"id\":1,\"name\":\"region-a\",\"administrator\":\"" USER "\"}", false},
    {"principal",
     "{\"subject\":\"s\",\"kind\":\"system\",\"tenant\":\"region-a\",\"name\":\"vas\",\"revoked\":"
     "true}",
     true},
    {"logical_address",
     "{\"address\":\"SE1\",\"tenant\":\"region-a\",\"processor_agreement\":true}", true},
    {"user", "{\"id\":\"" USER "\"}", false},
    {"password", "{\"user\":\"" USER "\"}", false},
    {"tokens", "{\"user\":\"" USER "\"}", false},
    {"assignment",
     "{\"id\":\"" ID "\",\"user\":\"" USER
     "\",\"role\":\"archivist\",\"purposes\":[\"archive\"],\"information_types\":[\"care\"],"
     "\"valid_from\":\"" AT "\"}",
     false},
    {"assignment_ended", "{\"id\":\"" ID "\",\"user\":\"" USER "\",\"valid_until\":\"" AT "\"}",
     false},
    {"unit", "{\"id\":\"U\",\"name\":\"Unit\",\"care_provider\":\"CP\",\"valid_from\":\"" AT "\"}",
     false}, /* what it was is told: each counts */
    {"succession",
     "{\"id\":\"" ID "\",\"unit\":\"U\",\"successor\":\"V\",\"valid_from\":\"" AT "\"}", true},
    {"unit_name", "{\"unit\":\"U\",\"name\":\"N\",\"valid_from\":\"" AT "\"}", true},
    {"unit_code",
     "{\"unit\":\"U\",\"source_system\":\"S\",\"code\":\"C\",\"valid_from\":\"" AT "\"}", true},
    {"consumer_policy", "{\"service\":\"S\",\"care_provider\":\"CP\",\"valid_from\":\"" AT "\"}",
     true},
    {"unit_told",
     "{\"unit\":\"U\",\"name\":\"N\",\"care_provider\":\"CP\",\"care_provider_name\":\"C\","
     "\"taken\":true,\"is_protected\":false}",
     false},
    {"identity_officer", "{\"user\":\"" USER "\",\"valid_from\":\"" AT "\"}", true},
    {"person_link_revoked", "{\"id\":\"" ID "\",\"person\":\"" USER "\",\"other\":\"" ID "\"}",
     false},
    {"person", "{\"person\":\"" ID "\",\"protection\":\"none\",\"deceased\":true}", false},
    {"person_told",
     "{\"person\":\"" ID "\",\"known\":true,\"is_protected\":false,\"deceased\":false}", false},
    {"person_service", "{\"asked\":true,\"fresh_hours\":24}", false},
    {"signed_out", "{\"user\":\"" USER "\",\"token\":\"" ID "\"}", false},
    {"sign_ins_ended", "{\"user\":\"" USER "\"}", false},
    {"person_link",
     "{\"id\":\"" ID "\",\"person\":\"" USER "\",\"other\":\"" ID
     "\",\"assurance\":\"high\",\"valid_from\":\"" AT "\"}",
     false},
};

static void changes_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct journal_line one = line_of(kinds[i].change, kinds[i].fact);
        const struct journal_line two = line_of(kinds[i].change, kinds[i].fact);
        const struct journal_line less = line_of(kinds[i].change, "{}");
        struct uuid about_one;
        struct uuid about_two;
        assert_null(access_journal.about(&one, arena, &about_one));
        assert_null(access_journal.about(&two, arena, &about_two));
        if (uuid_equal(about_one, about_two) != kinds[i].replaces)
            fail_msg("%s: overtaken, or not, by a line of the same", kinds[i].change);
        assert_true(kinds[i].replaces || uuid_equal(about_one, one.id));
        assert_int_equal(access_journal.about(&less, arena, &about_one)->code, ERR_INVALID);
    }
}

static void others_are_not(void **state)
{
    (void)state;
    struct uuid about = {0};
    const struct journal_line foreign = {uuid_random(), S("{\"what\":\"accepted\"}")};
    const struct journal_line unknown = line_of("queen", "{}");
    const struct journal_line bad = {uuid_random(), S("{\"change\":")};
    assert_null(access_journal.about(&foreign, arena, &about));
    assert_true(uuid_is_nil(about));
    assert_int_equal(access_journal.about(&unknown, arena, &about)->code, ERR_INVALID);
    assert_int_equal(access_journal.about(&bad, arena, &about)->code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_counts),
                                       WITH_ARENA(changes_are_read), WITH_ARENA(others_are_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
