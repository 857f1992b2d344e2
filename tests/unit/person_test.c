/* domain/person.h: identities as delivered, pseudonyms, and finding numbers in text. */
#include "domain/person.h"

#include "arena.h"
#include "base/digest.h"

static void reads(const char *number, const char *type, int year, const char *want_type,
                  const char *want, bool valid)
{
    struct identity_told told = {str_from(number), str_from(type), S("SYS"), year};
    struct identity got = identity_read(&told, arena);
    assert_string_equal(arena_cstr(arena, got.type), want_type);
    assert_string_equal(arena_cstr(arena, got.normalised.digits), want);
    assert_true(str_equal(got.delivered.digits, str_trim(str_from(number))));
    assert_int_equal(got.valid, valid);
}

#define PNR "1.2.752.129.2.1.3.1"
#define SAM "1.2.752.129.2.1.3.3"
#define SLL "1.2.752.97.3.1.3"

static void forms_of_a_number(void **state)
{
    (void)state;
    reads("191212121212", PNR, 0, PNR, "191212121212", true);
    reads("19121212-1212", NULL, 0, PNR, "191212121212", true);
    reads(" 19121212 1212 ", NULL, 0, PNR, "191212121212", true);
    reads("19121272-1219", NULL, 0, SAM, "191212721219", true);
    reads("191212721219", PNR, 0, SAM, "191212721219", true);
}

static void ten_digits_have_a_century_at_a_time(void **state)
{
    (void)state;
    reads("121212-1212", NULL, 0, PNR, "121212-1212", true);
    reads("121212-1212", NULL, 1995, PNR, "191212121212", true);
    reads("121212-1212", NULL, 2011, PNR, "191212121212", true);
    reads("121212-1212", NULL, 2012, PNR, "201212121212", true);
    reads("121212+1212", NULL, 2012, PNR, "191212121212", true);
    reads("121212+1212", NULL, 1995, PNR, "121212+1212", true);
    reads("1212121212", NULL, 1995, PNR, "191212121212", true);
    reads("1212121212", NULL, 2020, PNR, "1212121212", true);
}

static void anything_is_accepted(void **state)
{
    (void)state;
    reads("191212121213", PNR, 0, PNR, "191212121213", false);
    reads("19121212-1213", PNR, 0, PNR, "191212121213", false);
    reads("121212-1213", PNR, 1995, PNR, "121212-1213", false);
    reads("191302301212", PNR, 0, PNR, "191302301212", false);
    reads("1912121212AB", PNR, 0, PNR, "1912121212AB", false);
    reads("19121212-1213", NULL, 0, "local:SYS", "19121212-1213", false);
    reads("R-4711", NULL, 0, "local:SYS", "R-4711", false);
    reads("99121212ABCD", SLL, 0, SLL, "99121212ABCD", false);
    reads("19121212-1212", SLL, 0, SLL, "19121212-1212", false);
    struct identity none = identity_read(&(struct identity_told){.number = S("  ")}, arena);
    assert_true(identity_is_absent(&none));
}

static void pseudonym_is_of_the_identity(void **state)
{
    (void)state;
    struct identity_told a = {.number = S("19121212-1212")};
    struct identity_told b = {.number = S("121212-1212"), .year = 1990};
    struct identity_told c = {.number = S("191212121212"), .type = str_from(SLL)};
    struct identity ia = identity_read(&a, arena);
    struct identity ib = identity_read(&b, arena);
    struct identity ic = identity_read(&c, arena);
    struct uuid pa = person_pseudonym(S("key"), &ia);
    assert_true(uuid_equal(pa, person_pseudonym(S("key"), &ib)));
    assert_false(uuid_equal(pa, person_pseudonym(S("key"), &ic)));
    assert_false(uuid_equal(pa, person_pseudonym(S("other"), &ia)));
    struct sha256 mac = hmac_sha256(S("key"),
                                    (struct str[]){S(PNR "\0"
                                                         "191212121212")},
                                    1);
    assert_memory_equal(pa.bytes, mac.bytes, 16);
    assert_int_equal(person_shard((struct uuid){{0xff, 0xc0}}), 1023);
    assert_int_equal(person_shard((struct uuid){{0x00, 0x7f}}), 1);
}

static void finds_numbers_in_text(void **state)
{
    (void)state;
    assert_true(looks_like_personal_number(S("191212121212")));
    assert_true(looks_like_personal_number(S("1212121212")));
    assert_true(looks_like_personal_number(S("journal-19121212-1212.pdf")));
    assert_true(looks_like_personal_number(S("patient 121212+1212, besök")));
    assert_true(looks_like_personal_number(S("pnr=19121272-1219")));
    assert_true(looks_like_personal_number(S("x191212121212x")));
    assert_false(looks_like_personal_number(S("")));
    assert_false(looks_like_personal_number(S("191212121213")));
    assert_false(looks_like_personal_number(S("20260122121212")));
    assert_false(looks_like_personal_number(S("191302301212")));
    assert_false(looks_like_personal_number(S("urn:uuid:a2f1c7de-0000-4000-8000-191212121212")));
    assert_false(looks_like_personal_number(
        S("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991212121212")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(forms_of_a_number),     WITH_ARENA(ten_digits_have_a_century_at_a_time),
        WITH_ARENA(anything_is_accepted),  WITH_ARENA(pseudonym_is_of_the_identity),
        WITH_ARENA(finds_numbers_in_text),
    };
    return cmocka_run_group_tests_name("person", tests, NULL, NULL);
}
