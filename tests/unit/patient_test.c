/* Is the number that a record was stored under found in the text that described it, and no other?
 */
#include "unit.h"

#include "services/gateway/room.h"

static const struct str key = {"0123456789abcdef0123456789abcdef", 32};

static struct uuid pseudonym(struct str number, struct str type, struct arena *arena)
{
    const struct identity_told told = {.number = number, .type = type, .system = S("vas")};
    const struct identity identity = identity_read(&told, arena);
    return person_pseudonym(key, &identity);
}

static bool find(struct str text, struct uuid person, struct arena *arena, struct ii *out)
{
    struct record record = {.person = person, .source_system = S("vas")};
    assert_true(instant_from_swedish(S("19990101"), &record.authored_at));
    return patient_in_text(text, &record, S("1.2.752.97.3.1.3"), key, arena, out);
}

static void found_in_rows_and_elements(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct uuid person = pseudonym(S("191212121212"), (struct str){0}, arena);
    const struct str texts[] = {S("n1;19121212-1212;2020"), S("n1\t\"191212121212\"\tx\r\n"),
                                S("<p nr='19121212-1212'/>"), S("<nr> 191212121212 </nr>"),
                                S("191212121213;191212121212")};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ii found = {0};
        assert_true(find(texts[i], person, arena, &found));
        assert_true(str_equal(found.root, PERSON_TYPE_PERSONNUMMER));
        assert_true(str_equal(found.extension, S("191212121212")));
    }
}

/* Ten digits have a century at the time they were written, as the reader saw it. */
static void found_with_ten_digits(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    const struct identity_told told = {.number = S("121212-1212"), .year = 1999};
    const struct identity identity = identity_read(&told, arena);
    struct ii found = {0};
    assert_true(find(S("n1;121212-1212;x"), person_pseudonym(key, &identity), arena, &found));
    assert_true(str_equal(found.extension, identity.normalised.digits));
}

static void not_found(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct uuid person = pseudonym(S("191212121212"), (struct str){0}, arena);
    struct uuid local = pseudonym(S("4711"), (struct str){0}, arena);
    struct uuid reserve = pseudonym(S("4711"), S("1.2.752.97.3.1.3"), arena);
    struct ii found = {0};
    assert_false(find(S("n1;191212121213;x"), person, arena, &found));
    assert_false(find(S(""), person, arena, &found));
    assert_false(find(S("n1;4711"), local, arena, &found)); /* has no OID */
    assert_true(find(S("n1;4711"), reserve, arena, &found));
    assert_true(str_equal(found.root, S("1.2.752.97.3.1.3")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(found_in_rows_and_elements),
                                       cmocka_unit_test(found_with_ten_digits),
                                       cmocka_unit_test(not_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
