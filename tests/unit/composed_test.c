/* Are names brought into a form of Unicode as UAX #15 has it, and left alone where they cannot be?
 */
#include "base/base.h"
#include "text/composed.h"
#include "unit.h"

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *composed;
        const char *decomposed;
    } cases[] = {
        {"data/a b.txt", "data/a b.txt", "data/a b.txt"},
        {"\xc3\xa5\xc3\xa4\xc3\xb6", "\xc3\xa5\xc3\xa4\xc3\xb6",
         "a\xcc\x8a"
         "a\xcc\x88"
         "o\xcc\x88"},
        {"a\xcc\x8a\xc3\xa5", "\xc3\xa5\xc3\xa5",
         "a\xcc\x8a"
         "a\xcc\x8a"},
        {"\xc3\xb8\xe2\x82\xac", "\xc3\xb8\xe2\x82\xac",
         "\xc3\xb8\xe2\x82\xac"},   /* ø€ has one form */
        {"\xe2\x84\xaa", "K", "K"}, /* the sign of kelvin */
        {"\xed\x95\x9c", "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"},
        {"e\xcc\xa3\xcc\x82", "\xe1\xbb\x87", "e\xcc\xa3\xcc\x82"},
        {"e\xcc\x82\xcc\xa3", "\xe1\xbb\x87", "e\xcc\xa3\xcc\x82"}, /* marks have an order */
        {"\xef\xac\x81", "\xef\xac\x81", "\xef\xac\x81"}, /* ﬁ means fi, but is not the same */
        {"a\xcc", "a\xcc", "a\xcc"},
    };
    autoarena struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str name = str_from(cases[i].name);
        struct str composed = name_in_form(name, NAME_NFC, arena);
        struct str decomposed = name_in_form(name, NAME_NFD, arena);
        assert_true(str_equal(composed, str_from(cases[i].composed)));
        assert_true(str_equal(decomposed, str_from(cases[i].decomposed)));
        assert_true(name_is_same(composed, decomposed, arena));
    }
    assert_false(name_is_same(S("\xc3\xa5"), S("a"), arena));
}

static void words(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 16);
    assert_string_equal(name_form_word(S("a"), arena), "NFC");
    assert_string_equal(name_form_word(S("\xc3\xa5"), arena), "NFC");
    assert_string_equal(name_form_word(S("a\xcc\x8a"), arena), "NFD");
    assert_string_equal(name_form_word(S("a\xcc\x8a\xc3\xa5"), arena), "neither NFC nor NFD");
}

/* What grows most, as long as a name may be and one byte more. */
static void the_longest(void **state)
{
    (void)state;
    enum { SIGNS = NAME_FORM_MAX / 2 };
    autoarena struct arena *arena = arena_new(1 << 20);
    autobuf struct buf name = buf_new(2 * NAME_FORM_MAX);
    for (int i = 0; i < SIGNS; i++)
        buf_put(&name, S("\xce\x90")); /* ΐ: one letter, two marks */
    struct str longest = name_in_form(buf_str(&name), NAME_NFD, arena);
    assert_int_equal(longest.len, SIGNS * strlen("\xce\xb9\xcc\x88\xcc\x81"));
    assert_true(str_equal(name_in_form(longest, NAME_NFC, arena), longest)); /* it is too long */
    buf_byte(&name, 'a');
    assert_true(str_equal(name_in_form(buf_str(&name), NAME_NFD, arena), buf_str(&name)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(words),
                                       cmocka_unit_test(the_longest)};
    return cmocka_run_group_tests_name("composed", tests, NULL, NULL);
}
