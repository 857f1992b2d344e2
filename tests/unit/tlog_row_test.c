/* Is a row of the disclosure log proven by its leaf, whatever of it is withheld, and is what is no
 * row refused (tlog/row.h)? */
#include "arena.h"
#include "base/base.h"
#include "text/json.h"
#include "tlog/row.h"
#include "tlog/tree.h"

static void assert_hash(struct sha256 hash, const char *hex)
{
    assert_string_equal(sha256_text(hash).text, hex);
}

static struct uuid id_of(const char *text)
{
    struct uuid id;
    assert_true(uuid_parse(str_from(text), &id));
    return id;
}

static char salts[64];

static struct tlog_row example(void)
{
    struct tlog_row row = {.id = id_of("00000000-0000-4000-8000-000000000001"),
                           .subject_kind = S("person"),
                           .subject = S("00000000-0000-4000-8000-000000000002"),
                           .subject_name = S("Åsa Ö"),
                           .assignment = id_of("00000000-0000-4000-8000-000000000003"),
                           .role = S("care_staff"),
                           .unit = S("SE1-U1"),
                           .care_provider = S("SE1-CP"),
                           .action = S("read"),
                           .purpose = S("care"),
                           .records = 2,
                           .what = {S("{\"records\": [\"a\", \"b\"], \"n\": 1}")},
                           .reasons = S("own_unit"),
                           .obligations = S(""),
                           .request = id_of("00000000-0000-4000-8000-000000000004"),
                           .leaf = 17};
    assert_true(instant_parse(S("2026-01-31T12:00:00.5Z"), &row.at));
    for (size_t i = 0; i < sizeof salts; i++)
        salts[i] = (char)i;
    row.member_salt = (struct bytes){{salts, 32}};
    row.salt = (struct bytes){{salts + 32, 32}};
    return row;
}

/* As made by another program from the header's words alone. */
#define EXAMPLE_COMMITMENT "a8d6d6ba50276420ed295c1a3943ddbad52711545c68b11c6b8beefe26eca928"
#define EXAMPLE_LEAF       "746888aea6134d94819b4f3dfa2d4b17eb1d85c3fc5e33d0abcdc83b63654f80"

static void the_leaf_of_a_row(void **state)
{
    (void)state;
    struct tlog_row row = example();
    struct sha256 commitment = log_commitment(&row, S("region-a"));
    char record[LOG_RECORD];
    assert_hash(commitment, EXAMPLE_COMMITMENT);
    assert_hash(log_leaf(commitment), EXAMPLE_LEAF);
    log_record(commitment, record);
    assert_hash(tree_leaf((struct str){record, sizeof record}), EXAMPLE_LEAF);
}

/* Each member, and each salt, is in it. */
static void every_member_counts(void **state)
{
    (void)state;
    const struct tlog_row row = example();
    struct sha256 before = log_commitment(&row, S("region-a"));
    struct uuid other = id_of("00000000-0000-4000-8000-00000000000f");
    assert_false(sha256_equal(before, log_commitment(&row, S("region-b"))));
#define CHANGED(member, value)                                                                     \
    do {                                                                                           \
        struct tlog_row changed = row;                                                             \
        changed.member = (value);                                                                  \
        assert_false(sha256_equal(before, log_commitment(&changed, S("region-a"))));               \
    } while (0)
    CHANGED(id, other);
    CHANGED(at.us, row.at.us + 1);
    CHANGED(subject_kind, S("system"));
    CHANGED(subject, S(""));
    CHANGED(subject_name, S("Åsa"));
    CHANGED(assignment, other);
    CHANGED(assignment, (struct uuid){{0}});
    CHANGED(role, ((struct str){0}));
    CHANGED(unit, S("SE1-U2"));
    CHANGED(care_provider, S("SE1-C"));
    CHANGED(person, other);
    CHANGED(action, S("listed"));
    CHANGED(purpose, S("quality"));
    CHANGED(records, 3);
    CHANGED(what.text, S("{\"records\":[\"a\"],\"n\":1}"));
    CHANGED(what.text, S("{\"records\":[\"a\"],\"n\":1e999}"));
    CHANGED(reasons, S("other"));
    CHANGED(obligations, ((struct str){0}));
    CHANGED(reason, S(""));
    CHANGED(request, other);
    CHANGED(trace, S("4bf92f3577b34da6a3ce929d0e0e4736"));
    CHANGED(salt, row.member_salt);
    CHANGED(member_salt, row.salt);
#undef CHANGED
    struct tlog_row same = row;
    same.what.text = S("{\"n\":1.0,\"records\":[\"a\",\"b\"]}");
    same.leaf = 3;
    assert_true(sha256_equal(before, log_commitment(&same, S("region-a"))));
}

static struct err *read_back(const struct tlog_row *row, unsigned withheld, struct log_told *out)
{
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    const struct sha256 proof[2] = {sha256_of(S("a")), sha256_of(S("b"))};
    log_extract_row(row, S("region-a"), withheld, proof, 2, &text);
    assert_null(buf_done(&text, "a row"));
    return log_extract_read(arena_str(arena, buf_str(&text)), S("region-a"), arena, out);
}

static void whatever_is_withheld(void **state)
{
    (void)state;
    struct tlog_row row = example();
    struct log_told told;
    for (unsigned i = 0; i <= LOG_MEMBERS; i++) {
        unsigned withheld = i == LOG_MEMBERS ? log_covered : 1U << i;
        assert_null(read_back(&row, withheld, &told));
        assert_hash(told.commitment, EXAMPLE_COMMITMENT);
        assert_true(uuid_equal(told.id, row.id));
        assert_int_equal(told.at.us, row.at.us);
        assert_int_equal(told.leaf, 17);
        assert_true(told.has_proof && told.proof_count == 2 && !told.is_removed);
        assert_true(sha256_equal(told.proof[1], sha256_of(S("b"))));
    }
    row.what.text = S("[1e999]");
    assert_null(read_back(&row, 0, &told));
    assert_true(sha256_equal(told.commitment, log_commitment(&row, S("region-a"))));
}

static void withheld_is_not_told(void **state)
{
    (void)state;
    struct tlog_row row = example();
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    log_extract_row(&row, S("region-a"), 1U << LOG_MEMBER_subject_name | 1U << LOG_MEMBER_unit,
                    NULL, 0, &text);
    assert_null(strstr(text.ptr, "Åsa"));
    assert_null(strstr(text.ptr, "SE1-U1"));
    assert_non_null(strstr(text.ptr, "SE1-CP"));
    assert_null(strstr(text.ptr, "proof"));
}

static void rows_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"leaf\":1}",
                                      "{\"leaf\":-1,\"salt\":\"\",\"row\":{}}",
                                      "{\"leaf\":281474976710656,\"salt\":\"\",\"row\":{}}",
                                      "{\"removed\":{\"leaf\":1,\"commitment\":\"AAAA\","
                                      "\"decision\":\"x\",\"at\":\"2026-01-01T00:00:00Z\"}}",
                                      "{\"removed\":{\"leaf\":1}}"};
    struct log_told told;
    struct tlog_row row = example();
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_non_null(log_extract_read(str_from(bad[i]), S("region-a"), arena, &told));
    log_extract_row(&row, S("region-a"), 0, NULL, 0, &text);
    assert_non_null(log_extract_read(buf_str(&text), S("region-b"), arena, &told));
    assert_null(log_extract_read(buf_str(&text), S("region-a"), arena, &told));
    assert_false(told.has_proof);
    /* A key that is missing, or a member that no row has, is no row: what is shown must be covered.
     */
    char *key = strstr(strstr(text.ptr, "\"keys\""), "\"unit\"");
    memcpy(key, "\"unix\"", 6);
    assert_non_null(log_extract_read(buf_str(&text), S("region-a"), arena, &told));
}

static void removed_rows(void **state)
{
    (void)state;
    struct sha256 commitment = sha256_of(S("x"));
    struct log_removed removed = {.leaf = 5,
                                  .commitment = {{(const char *)commitment.bytes, 32}},
                                  .decision = S("gallringsbeslut 7"),
                                  .at = {1, true}};
    struct log_told told;
    autobuf struct buf text = buf_new(LOG_LINE_MAX);
    log_extract_removed(&removed, &text);
    assert_null(log_extract_read(buf_str(&text), S("region-a"), arena, &told));
    assert_true(told.is_removed && told.leaf == 5 && sha256_equal(told.commitment, commitment));
    assert_true(str_equal(told.decision, removed.decision));
}

static void heads(void **state)
{
    (void)state;
    struct log_extract_head head;
    assert_null(log_extract_head_read(S("{\"format\":\"r7e-log-extract-v1\",\"tenant\":\"t\","
                                        "\"key\":\"k\",\"checkpoint\":\"c\"}"),
                                      arena, &head));
    assert_true(str_equal(head.tenant, S("t")));
    assert_non_null(log_extract_head_read(S("{\"format\":\"r7e-log-extract-v2\",\"tenant\":\"t\","
                                            "\"key\":\"k\",\"checkpoint\":\"c\"}"),
                                          arena, &head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(the_leaf_of_a_row),
                                       WITH_ARENA(every_member_counts),
                                       WITH_ARENA(whatever_is_withheld),
                                       WITH_ARENA(withheld_is_not_told),
                                       WITH_ARENA(rows_that_are_none),
                                       WITH_ARENA(removed_rows),
                                       WITH_ARENA(heads)};
    return cmocka_run_group_tests_name("tlog_row", tests, NULL, NULL);
}
