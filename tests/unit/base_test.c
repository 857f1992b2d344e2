/* Does base keep its headers' promises? */
#include "base/base.h"
#include "base/digest.h"
#include "base/field.h"
#include "unit.h"

static void str_numbers(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_true(str_to_i64(S("-12"), -20, 20, &value));
    assert_int_equal(value, -12);
    assert_false(str_to_i64(S("21"), -20, 20, &value));
    assert_false(str_to_i64(S(""), 0, 9, &value));
    assert_false(str_to_i64(S("1x"), 0, 99, &value));
    assert_false(str_to_i64(S("99999999999999999999"), 0, INT64_MAX, &value));
    assert_int_equal(value, -12);
}

static void utf8(void **state)
{
    (void)state;
    assert_true(str_is_utf8(S("å ä ö €")));
    assert_false(str_is_utf8(S("\xe5")));
    assert_false(str_is_utf8(S("\xc0\x80")));
    assert_false(str_is_utf8(S("\xed\xa0\x80")));
    assert_false(str_is_utf8(S("a\0b")));
    assert_true(str_is_utf8(S("")));
}

static void cut_parts(void **state)
{
    (void)state;
    struct str rest = S("a,,b");
    struct str part;
    assert_true(str_cut(&rest, ',', &part) && str_equal(part, S("a")));
    assert_true(str_cut(&rest, ',', &part) && part.len == 0);
    assert_true(str_cut(&rest, ',', &part) && str_equal(part, S("b")));
    assert_false(str_cut(&rest, ',', &part));
}

static void buffer_latches(void **state)
{
    (void)state;
    autobuf struct buf b = buf_new(8);
    buf_put(&b, S("12345"));
    buf_put(&b, S("6789"));
    buf_put(&b, S("x"));
    assert_true(b.failed);
    assert_true(str_equal(buf_str(&b), S("12345")));
    struct err *e = buf_done(&b, "the answer");
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TOO_LARGE);
}

static void base64(void **state)
{
    (void)state;
    autobuf struct buf b = buf_new(100);
    buf_base64(&b, S("f"));
    buf_base64(&b, S("fo"));
    buf_base64(&b, S("foo"));
    assert_true(str_equal(buf_str(&b), S("Zg==Zm8=Zm9v")));
}

static void instants(void **state)
{
    (void)state;
    struct instant at;
    char text[INSTANT_TEXT];
    assert_true(instant_parse(S("2026-03-29T03:30:00.25+02:00"), &at));
    instant_print(at, text);
    assert_string_equal(text, "2026-03-29T01:30:00.250000Z");
    assert_true(instant_parse(S("1969-12-31 23:59:59.5+00"), &at));
    assert_int_equal(at.us, -500000);
    instant_print(at, text);
    assert_string_equal(text, "1969-12-31T23:59:59.500000Z");
    assert_false(instant_parse(S("2026-02-29T00:00:00Z"), &at));
    assert_false(instant_parse(S("2026-02-28T00:00:00"), &at));
    assert_false(instant_parse(S("2026-02-28"), &at));
    assert_false(instant_parse(S("2026-02-28T24:00:00Z"), &at)); /* RFC 3339 has no such hour */
}

static void instants_of_xml_schema(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *instant; /* NULL: it is none */
    } cases[] = {{"2026-02-28T23:59:59.5Z", "2026-02-28T23:59:59.500000Z"},
                 {"2026-02-28T24:00:00Z", "2026-03-01T00:00:00Z"},
                 {"2026-12-31T24:00:00.000+01:00", "2026-12-31T23:00:00Z"},
                 {"2026-02-28T24:00:01Z", NULL},
                 {"2026-02-28T24:01:00Z", NULL},
                 {"2026-02-28T24:00:00.001Z", NULL},
                 {"2026-02-29T24:00:00Z", NULL},
                 {"2026-02-28T24:00:00", NULL},
                 {"2026-02-28T25:00:00Z", NULL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct instant at;
        char text[INSTANT_TEXT];
        bool is = instant_from_xsd(str_from(cases[i].text), &at);
        assert_int_equal(is, cases[i].instant != NULL);
        if (is)
            instant_print(at, text);
        assert_true(!is || strcmp(text, cases[i].instant) == 0);
    }
}

static void swedish_time(void **state)
{
    (void)state;
    struct instant at;
    char text[INSTANT_TEXT];
    assert_true(instant_from_swedish(S("20260701120000"), &at));
    instant_print(at, text);
    assert_string_equal(text, "2026-07-01T10:00:00Z");
    assert_true(instant_from_swedish(S("19980115"), &at));
    instant_print(at, text);
    assert_string_equal(text, "1998-01-14T23:00:00Z");
    char back[15];
    instant_to_swedish(at, back);
    assert_string_equal(back, "19980115000000");
    assert_false(instant_from_swedish(S("18991231"), &at));
    assert_false(instant_from_swedish(S("20260231"), &at));
    assert_false(instant_from_swedish(S("2026070112"), &at));
}

static void uuids(void **state)
{
    (void)state;
    struct uuid id = UUID_FROM(S("ingest"), S("x"), S("1"));
    struct uuid other = UUID_FROM(S("ingest"), S("x1"), S(""));
    assert_false(uuid_equal(id, other));
    assert_true(uuid_equal(id, UUID_FROM(S("ingest"), S("x"), S("1"))));
    struct uuid back;
    assert_true(uuid_parse(str_from(uuid_text(id).text), &back));
    assert_true(uuid_equal(id, back));
    assert_int_equal(id.bytes[6] >> 4, 5);
    assert_false(uuid_parse(S("5b1c3f8e-8a55-4c0b-9a5e-7e2d0f6a9c1g"), &back));
}

static void digests_in_one_pass(void **state)
{
    (void)state;
    struct digests *d = digests_new(1U << DIGEST_MD5 | 1U << DIGEST_SHA256 | 1U << DIGEST_CRC32);
    digests_add(d, S("a"));
    digests_add(d, S("bc"));
    digests_end(d);
    char hex[65] = {0};
    hex_encode((const uint8_t *)digests_get(d, DIGEST_MD5).ptr, 16, hex);
    assert_string_equal(hex, "900150983cd24fb0d6963f7d28e17f72");
    hex_encode((const uint8_t *)digests_get(d, DIGEST_CRC32).ptr, 4, hex);
    hex[8] = '\0';
    assert_string_equal(hex, "352441c2");
    assert_memory_equal(digests_get(d, DIGEST_SHA256).ptr, sha256_of(S("abc")).bytes, 32);
    digests_free(d);
    enum digest_algorithm algorithm;
    assert_true(digest_algorithm_parse(S("sha512"), &algorithm));
    assert_int_equal(algorithm, DIGEST_SHA512);
    assert_false(digest_algorithm_parse(S("WHIRLPOOL"), &algorithm));
}

static void error_wraps(void **state)
{
    (void)state;
    struct err *e = err_field(ERR_INVALID, "bytes", "not a number");
    struct err *outer = err_wrap(e, "could not read delivery %d", 7);
    assert_string_equal(outer->detail, "could not read delivery 7: not a number");
    assert_string_equal(outer->field, "bytes");
    assert_int_equal(outer->code, ERR_INVALID);
    assert_null(err_wrap(NULL, "x"));
    err_reset();
}

struct sample {
    struct str name;
    int32_t count;
    struct strs tags;
};

static void fields_from_text(void **state)
{
    (void)state;
    static const struct field fields[] = {FIELD(struct sample, name, REQUIRED, .max = 3),
                                          FIELD(struct sample, count, REQUIRED, .min = 1, .max = 9),
                                          FIELD(struct sample, tags, OPTIONAL), FIELDS_END};
    autoarena struct arena *arena = arena_new(1 << 20);
    struct sample s = {0};
    assert_null(field_from_text(&fields[0], S("abc"), &s, "name", arena));
    assert_int_equal(field_from_text(&fields[0], S("abcd"), &s, "name", arena)->code,
                     ERR_TOO_LARGE);
    assert_string_equal(field_from_text(&fields[1], S("10"), &s, "a.count", arena)->field,
                        "a.count");
    assert_null(field_from_text(&fields[2], S("{x,\"y,\\\"z\"}"), &s, "tags", arena));
    assert_int_equal(s.tags.count, 2);
    assert_true(str_equal(s.tags.at[1], S("y,\"z")));
    autobuf struct buf out = buf_new(100);
    field_to_text(&fields[2], &s, &out);
    assert_true(str_equal(buf_str(&out), S("{\"x\",\"y,\\\"z\"}")));
    err_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_numbers),
        cmocka_unit_test(utf8),
        cmocka_unit_test(cut_parts),
        cmocka_unit_test(buffer_latches),
        cmocka_unit_test(base64),
        cmocka_unit_test(instants),
        cmocka_unit_test(instants_of_xml_schema),
        cmocka_unit_test(swedish_time),
        cmocka_unit_test(uuids),
        cmocka_unit_test(digests_in_one_pass),
        cmocka_unit_test(error_wraps),
        cmocka_unit_test(fields_from_text),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
