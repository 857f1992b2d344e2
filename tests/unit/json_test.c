/* Does text/json keep its header's promise? */
#include "base/base.h"
#include "text/json.h"
#include "unit.h"

struct sample {
    struct str name;
    int64_t bytes;
    struct instant at;
    struct json_text more;
    struct bytes raw;
    struct strs tags;
};

static const struct field fields[] = {FIELD(struct sample, name, REQUIRED, .min = 1, .max = 20),
                                      FIELD(struct sample, bytes, OPTIONAL, .max = 100),
                                      FIELD(struct sample, at, OPTIONAL),
                                      FIELD(struct sample, more, OPTIONAL),
                                      FIELD(struct sample, raw, OPTIONAL),
                                      FIELD(struct sample, tags, OPTIONAL, .max = 2),
                                      FIELDS_END};

static struct err *read(const char *text, struct arena *arena, struct sample *out)
{
    return json_read(str_from(text), fields, JSON_REFUSE_UNKNOWN, "data", arena, out);
}

static void round_trip(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct sample s = {0};
    const char *text =
        "{\"name\":\"å "
        "\\\"x\\\"\\n\",\"bytes\":7,\"at\":\"2026-01-31T12:00:00Z\",\"more\":{\"a\":[1]},"
        "\"raw\":\"AAE=\",\"tags\":[\"x\",\"y\"]}";
    assert_null(read(text, arena, &s));
    assert_int_equal(s.bytes, 7);
    assert_int_equal(s.raw.raw.len, 2);
    autobuf struct buf out = buf_new(1000);
    json_write(fields, &s, &out);
    assert_string_equal(out.ptr, text);
}

static void names_the_field(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct sample s = {0};
    assert_string_equal(read("{}", arena, &s)->field, "data.name");
    assert_string_equal(read("{\"name\":\"x\",\"bytes\":101}", arena, &s)->field, "data.bytes");
    assert_string_equal(read("{\"name\":\"x\",\"bytes\":1.5}", arena, &s)->field, "data.bytes");
    assert_string_equal(read("{\"name\":\"x\",\"other\":1}", arena, &s)->field, "data.other");
    assert_string_equal(read("{\"name\":\"x\",\"tags\":[\"a\",\"b\",\"c\"]}", arena, &s)->field,
                        "data.tags");
    assert_string_equal(read("{\"name\":\"x\",\"name\":\"y\"}", arena, &s)->field, "data");
    assert_string_equal(read("[]", arena, &s)->field, "data");
    err_reset();
}

static void canonical(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(1000);
    assert_null(json_canonical(S("{ \"b\":1, \"a\":{\"d\":2,\"c\":\"å\"} }"), &out));
    assert_string_equal(out.ptr, "{\"a\":{\"c\":\"å\",\"d\":2},\"b\":1}");
}

/* The samples of RFC 8785, sections 3.2.2.3 to 3.2.3 and appendix B. */
static void canonical_as_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *wanted;
    } samples[] = {
        {"[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]",
         "[333333333.3333333,1e+30,4.5,0.002,1e-27]"},
        {"[-0, 0.0, -5e-324, 1.7976931348623157e308, 9007199254740992, 295147905179352830000,"
         "9.999999999999997e22, 1e23, 999999999999999700000, 1e21, 9.999999999999997e-7, 0.000001]",
         "[0,0,-5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000,"
         "9.999999999999997e+22,1e+23,999999999999999700000,1e+21,9.999999999999997e-7,0.000001]"},
        {"\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\\b\\t\\r\\f\\u007f\"",
         "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\r\\f\x7f\""},
        {"{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
         "\"\\u00f6\":7,\"\":8}",
         "{\"\":8,\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
         "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}"},
        {"[true, false, null, {}, []]", "[true,false,null,{},[]]"},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        autobuf struct buf out = buf_new(1000);
        assert_null(json_canonical(str_from(samples[i].given), &out));
        assert_string_equal(out.ptr, samples[i].wanted);
    }
    autobuf struct buf out = buf_new(1000);
    assert_non_null(json_canonical(S("1e999"), &out));
    assert_non_null(json_canonical(S("{\"a\":1,\"a\":2}"), &out));
}

static void bad_utf8_is_replaced(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(1000);
    json_quote(S("a\xe5z\x01"), &out);
    assert_string_equal(out.ptr, "\"a\xef\xbf\xbdz\\u0001\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(names_the_field),
        cmocka_unit_test(canonical), cmocka_unit_test(canonical_as_the_standard),
        cmocka_unit_test(bad_utf8_is_replaced)};
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
