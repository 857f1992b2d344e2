/* Does a byte sequence mean what its syntax, offsets and fragments say, and is one that is wrong
 * refused? */
#include "arena.h"
#include "format/match.h"

#define WHERE "signatures.xml:7"

static struct signature compiled(struct subsequence sub)
{
    struct byte_sequence *sequence = ARENA_NEW(arena, struct byte_sequence);
    sub.where = WHERE;
    sequence->origin = sub.origin;
    assert_null(side_finish(&sub.left, WHERE));
    assert_null(side_finish(&sub.right, WHERE));
    assert_null(pattern_add(arena, &sub, sequence));
    return (struct signature){.sequences = sequence, .count = 1};
}

static bool is_in(const struct signature *signature, struct str bytes)
{
    struct matcher m = {bytes, bytes, MATCH_EFFORT};
    bool matches = signature_matches(signature, &m);
    assert_true(m.effort > 0);
    return matches;
}

/* In bytes of exactly their size, so that a look beyond them is seen by the sanitizer. */
static bool matches(struct subsequence sub, struct str bytes)
{
    struct signature signature = compiled(sub);
    char *copy = must_calloc(bytes.len + 1, 1);
    char *exact = copy + 1;
    memcpy(exact, bytes.ptr, bytes.len);
    bool found = is_in(&signature, (struct str){exact, bytes.len});
    free(copy);
    return found;
}

#define AT_START(text_) ((struct subsequence){.origin = FROM_HEAD, .text = S(text_)})
#define AT_END(text_)   ((struct subsequence){.origin = FROM_TAIL, .text = S(text_)})
#define ANYWHERE(text_) ((struct subsequence){.origin = FROM_NOWHERE, .text = S(text_)})

static void bytes_and_texts(void **state)
{
    (void)state;
    assert_true(matches(AT_START("4D5A"), S("MZ")));
    assert_true(matches(AT_START("4d5a"), S("MZ and more")));
    assert_true(matches(AT_START(" 4D\n5A\t00 "), S("MZ\0")));
    assert_false(matches(AT_START("4D5A"), S("M")));
    assert_false(matches(AT_START("4D5A"), S("")));
    assert_false(matches(AT_START("4D5A"), S(".MZ")));
    assert_true(matches(AT_START("'a \"quoted\" [text]' 00"), S("a \"quoted\" [text]\0")));
    assert_false(matches(AT_START("'Text'"), S("text")));
    assert_true(matches(AT_START("41 ?? 43"), S("AxC")));
    assert_false(matches(AT_START("41 ?? 43"), S("AC")));
    assert_false(matches(AT_START("41 ??"), S("A")));
}

static void sets_and_ranges(void **state)
{
    (void)state;
    assert_true(matches(AT_START("[30:39]"), S("9")));
    assert_false(matches(AT_START("[30:39]"), S(":")));
    assert_true(matches(AT_START("['6'-'7']"), S("6")));
    assert_false(matches(AT_START("['6'-'7']"), S("8")));
    assert_true(matches(AT_START("[!00]41"), S("\1A")));
    assert_false(matches(AT_START("[!00]41"), S("\0A")));
    assert_false(matches(AT_START("[!30:39]"), S("5")));
    assert_true(matches(AT_START("[01 02 'xyz']"), S("y")));
    assert_false(matches(AT_START("[01 02 'xyz']"), S("w")));
    assert_true(matches(AT_START("[!01 02]"), S("\3")));
    /* Several bytes are one value. */
    assert_true(matches(AT_START("[0000:1000]"), S("\x10\0")));
    assert_false(matches(AT_START("[0000:1000]"), S("\x10\1")));
    assert_true(matches(AT_START("[0000:1000]"), S("\x0f\xff")));
    assert_false(matches(AT_START("[0000:1000]"), S("\x0f")));
    assert_true(matches(AT_START("[!0000]"), S("\0\1")));
    assert_false(matches(AT_START("[!0000]"), S("\0\0")));
    assert_true(matches(AT_START("[!4001C8]"), S("\x40\1\xc9")));
    assert_false(matches(AT_START("[!4001C8]"), S("\x40\1\xc8")));
}

static void bits(void **state)
{
    (void)state;
    assert_true(matches(AT_START("[&81]"), S("\x91")));
    assert_false(matches(AT_START("[&81]"), S("\x80")));
    assert_true(matches(AT_START("[~81]"), S("\x80")));
    assert_false(matches(AT_START("[~81]"), S("\x42")));
    assert_true(matches(AT_START("[!&01]"), S("\2")));
    assert_false(matches(AT_START("[!&01]"), S("\3")));
    assert_true(matches(AT_START("&01 ~0F"), S("\1\x18")));
    assert_false(matches(AT_START("&01 ~0F"), S("\1\x10")));
}

static void choices(void **state)
{
    (void)state;
    assert_true(matches(AT_START("'v=' (22|27) '1'"), S("v='1")));
    assert_true(matches(AT_START("'v=' (22|27) '1'"), S("v=\"1")));
    assert_false(matches(AT_START("'v=' (22|27) '1'"), S("v=1")));
    assert_true(matches(AT_START("41(0D0A|0A)42"), S("A\nB")));
    assert_true(matches(AT_START("41(0D0A|0A)42"), S("A\r\nB")));
    assert_false(matches(AT_START("41(0D0A|0A)42"), S("A\rB")));
    assert_true(matches(AT_START("(0D0A|0A)"), S("\r\n")));
    assert_true(matches(AT_START("('ab'|'a')('bc'|'d')"), S("abc")));
    assert_true(matches(AT_START("([30:31]|'x'|?? )"), S("q")));
    assert_true(matches(AT_END("41(0D0A|0A)"), S("... A\r\n")));
}

static void gaps(void **state)
{
    (void)state;
    assert_true(matches(AT_START("41{2}42"), S("A..B")));
    assert_false(matches(AT_START("41{2}42"), S("A.B")));
    assert_true(matches(AT_START("41{1-3}42"), S("A.B")));
    assert_true(matches(AT_START("41{1-3}42"), S("A...B")));
    assert_false(matches(AT_START("41{1-3}42"), S("A....B")));
    assert_true(matches(AT_START("41{0}42"), S("AB")));
    assert_true(matches(AT_START("{3}41"), S("...A")));
    assert_false(matches(AT_START("{3}41"), S("..A")));
    assert_true(matches(AT_START("{1-2}'abc'"), S("..abc")));
    assert_true(matches(AT_START("41*42"), S("A..........B")));
    assert_false(matches(AT_START("41*42"), S("B..........A")));
    assert_true(matches(AT_START("41{3-*}42"), S("A...B")));
    assert_false(matches(AT_START("41{3-*}42"), S("A..B")));
    assert_true(matches(AT_START("41{1}*{1}42"), S("A..B")));
    assert_false(matches(AT_START("41{1}*{1}42"), S("A.B")));
    assert_true(matches(AT_END("41*42{2}"), S("..A....B..")));
    assert_false(matches(AT_END("41*42{2}"), S("..A....B.")));
    assert_true(matches(AT_END("41{3-*}42"), S("A...B")));
    assert_false(matches(AT_END("41{3-*}42"), S("A..B")));
    /* A nearer B leads nowhere, the farther does. */
    assert_true(matches(AT_START("41{0-5}42{1}43"), S("AB.B.C")));
}

static struct subsequence with_offset(struct subsequence sub, uint32_t least, uint32_t most)
{
    sub.offset = (struct gap){least, most};
    return sub;
}

static void offsets(void **state)
{
    (void)state;
    assert_true(matches(with_offset(AT_START("'ab'"), 2, 4), S("..ab")));
    assert_true(matches(with_offset(AT_START("'ab'"), 2, 4), S("....ab")));
    assert_false(matches(with_offset(AT_START("'ab'"), 2, 4), S(".ab")));
    assert_false(matches(with_offset(AT_START("'ab'"), 2, 4), S(".....ab")));
    assert_true(matches(with_offset(AT_END("'ab'"), 2, 4), S("xab..")));
    assert_true(matches(with_offset(AT_END("'ab'"), 2, 4), S("ab....")));
    assert_false(matches(with_offset(AT_END("'ab'"), 2, 4), S("ab.")));
    assert_false(matches(with_offset(AT_END("'ab'"), 2, 4), S("ab.....")));
    assert_true(matches(AT_END("'ab'"), S("ab")));
    assert_true(matches(ANYWHERE("'ab'"), S("....ab....")));
    assert_false(matches(with_offset(ANYWHERE("'ab'"), 5, 0), S("....ab....")));
}

static void open_ends_have_a_limit(void **state)
{
    (void)state;
    char *bytes = arena_alloc(arena, FORMAT_SCAN + 2, 1);
    bytes[FORMAT_SCAN] = 'x';
    assert_true(matches(ANYWHERE("'x'"), (struct str){bytes, FORMAT_SCAN + 2}));
    assert_true(matches(AT_START("00*'x'"), (struct str){bytes, FORMAT_SCAN + 2}));
    bytes[FORMAT_SCAN] = 0;
    bytes[FORMAT_SCAN + 1] = 'x';
    assert_false(matches(ANYWHERE("'x'"), (struct str){bytes, FORMAT_SCAN + 2}));
    assert_true(matches(with_offset(AT_START("'x'"), 0, FORMAT_SCAN + 1),
                        (struct str){bytes, FORMAT_SCAN + 2}));
}

struct beside {
    bool left;
    uint64_t position;
    struct gap gap;
    struct str text;
};

static struct subsequence with_fragments(struct subsequence sub, const struct beside *list,
                                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_null(side_add(arena, list[i].left ? &sub.left : &sub.right, WHERE, list[i].position,
                             list[i].gap, list[i].text));
    return sub;
}

static void fragments(void **state)
{
    (void)state;
    static const struct beside list[] = {{true, 1, {1, 1}, S("'L1'")},
                                         {true, 2, {0, 2}, S("'L2'")},
                                         {false, 1, {0, 0}, S("'R1'")},
                                         {false, 1, {2, 2}, S("'r'")},
                                         {false, 2, {1, 3}, S("[30:39]")}};
    struct subsequence at_start = with_fragments(AT_START("'=A='"), list, COUNT(list));
    assert_true(matches(at_start, S("L2L1.=A=R1.7")));
    assert_true(matches(at_start, S("L2..L1.=A=R1...7")));
    assert_true(matches(at_start, S("L2..L1.=A=..r...7")));
    assert_false(matches(at_start, S("L2...L1.=A=R1.7"))); /* too far from each other */
    assert_false(matches(at_start, S("L2L1=A=R1.7")));     /* too near */
    assert_false(matches(at_start, S("L2L1.=A=R17")));     /* … on the right */
    assert_false(matches(at_start, S(".L2L1.=A=R1.7")));   /* not at the start */
    assert_false(matches(at_start, S("L2L1.=A=.r.7")));    /* its own gap */
    assert_false(matches(at_start, S("L2L1.=A=R1.")));     /* cut off */
    assert_false(matches(at_start, S("2L1.=A=R1.7")));     /* … on the left */
    struct subsequence at_end = with_fragments(AT_END("'=A='"), list, COUNT(list));
    assert_true(matches(at_end, S("xxL2L1.=A=R1.7")));
    assert_false(matches(at_end, S("xxL2L1.=A=R1.7.")));
    /* The second anchor is the one. */
    assert_true(matches(with_offset(at_start, 0, 20), S("L2.=A=R1.7 L2L1.=A=R1.7")));
    assert_true(matches(with_offset(at_end, 0, 20), S("L2L1.=A=R1.7 L1.=A=R1.7")));
}

static void wrong_sequences(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        " ",
                                        "4",
                                        "4G",
                                        "'",
                                        "'open",
                                        "''",
                                        "'\xc3\xa5'",
                                        "[",
                                        "[]",
                                        "[30",
                                        "[30:]",
                                        "[39:30]",
                                        "[30:3939]",
                                        "[0000 11]",
                                        "[!]",
                                        "]",
                                        "?",
                                        "(",
                                        "()",
                                        "(41",
                                        "(41|)",
                                        "(41|(42|43))",
                                        "{",
                                        "{2",
                                        "{x}",
                                        "{3-1}41",
                                        "41{-2}42",
                                        "*",
                                        "*41",
                                        "41*",
                                        "41{2}",
                                        "41{2-*}",
                                        "{99999999}41",
                                        "[&]",
                                        "41|42",
                                        "41{16777216}42{1}{16777216}43"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct byte_sequence sequence = {.origin = FROM_HEAD};
        struct subsequence sub = {.where = WHERE, .origin = FROM_HEAD, .text = str_from(wrong[i])};
        struct err *e = pattern_add(arena, &sub, &sequence);
        if (e == NULL)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_int_equal(e->code, ERR_INVALID);
        assert_string_equal(e->field, WHERE);
    }
}

static void wrong_fragments(void **state)
{
    (void)state;
    struct side side = {0};
    assert_non_null(side_add(arena, &side, WHERE, 0, (struct gap){0}, S("41")));
    assert_non_null(side_add(arena, &side, WHERE, 65, (struct gap){0}, S("41")));
    assert_non_null(side_add(arena, &side, WHERE, 1, (struct gap){0}, S("41{2}42")));
    assert_non_null(side_add(arena, &side, WHERE, 1, (struct gap){0}, S("41*42")));
    assert_null(side_add(arena, &side, WHERE, 2, (struct gap){0}, S("41")));
    assert_non_null(side_finish(&side, WHERE)); /* 1 is empty */
    struct byte_sequence sequence = {.origin = FROM_HEAD};
    struct subsequence sub = {.where = WHERE, .text = S("{2}41"), .left = side};
    assert_non_null(pattern_add(arena, &sub, &sequence));
}

static void over_the_limits(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(SEQUENCE_TEXT_MAX);
    struct byte_sequence sequence = {0};
    struct subsequence sub = {.where = WHERE};
    for (int i = 0; i <= SEQUENCE_CHOICES_MAX; i++)
        buf_put(&text, i == 0 ? S("(4141") : S("|4242"));
    buf_put(&text, S(")"));
    sub.text = buf_str(&text);
    assert_int_equal(pattern_add(arena, &sub, &sequence)->code, ERR_TOO_LARGE);
    buf_clear(&text);
    for (int i = 0; i <= SEQUENCE_PIECES_MAX; i++)
        buf_put(&text, S("41{1}"));
    buf_put(&text, S("41"));
    sub.text = buf_str(&text);
    assert_int_equal(pattern_add(arena, &sub, &sequence)->code, ERR_TOO_LARGE);
    buf_clear(&text);
    for (int i = 0; i <= SEQUENCE_FRAGMENTS_MAX; i++)
        buf_put(&text, S("41{1}"));
    buf_put(&text, S("4142"));
    sub.text = buf_str(&text);
    assert_int_equal(pattern_add(arena, &sub, &sequence)->code, ERR_TOO_LARGE);
}

/* Each A may begin many ways through the As, none of which ends. */
static void what_is_made_to_be_slow_ends(void **state)
{
    (void)state;
    char *bytes = arena_alloc(arena, FORMAT_SCAN, 1);
    memset(bytes, 'A', FORMAT_SCAN);
    struct signature signature =
        compiled(ANYWHERE("'AA'{0-9999}'AA'{0-9999}'AA'{0-9999}'AA'{0-9999}'AA'{0-9999}'B'"));
    struct matcher m = {{bytes, FORMAT_SCAN}, {bytes, FORMAT_SCAN}, MATCH_EFFORT};
    assert_false(signature_matches(&signature, &m));
    assert_int_equal(m.effort, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(bytes_and_texts),
        WITH_ARENA(sets_and_ranges),
        WITH_ARENA(bits),
        WITH_ARENA(choices),
        WITH_ARENA(gaps),
        WITH_ARENA(offsets),
        WITH_ARENA(open_ends_have_a_limit),
        WITH_ARENA(fragments),
        WITH_ARENA(wrong_sequences),
        WITH_ARENA(wrong_fragments),
        WITH_ARENA(over_the_limits),
        WITH_ARENA(what_is_made_to_be_slow_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
