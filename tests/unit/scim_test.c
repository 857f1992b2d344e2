/* Do SCIM's filters, PATCH and resources keep their headers' promises? */
#include "arena.h"
#include "services/access/scim_patch.h"

#define URN_LIST "\"schemas\":[\"" SCIM_URN_USER "\"]"
static const char anna[] =
    "{" URN_LIST ",\"userName\":\"Anna@x.se\",\"externalId\":\"E1\",\"id\":\"none of yours\","
    "\"name\":{\"givenName\":\"Anna\",\"familyName\":\"Ek\",\"formatted\":\"A Ek\"},"
    "\"displayName\":\"Anna \\\"A\\\" Ek\",\"active\":true,\"password\":\"secret\","
    "\"emails\":[{\"value\":\"a@x.se\",\"type\":\"work\"}],"
    "\"" SCIM_URN_ENTERPRISE "\":{\"employeeNumber\":\"SE1-A\",\"department\":\"D\"}}";
static const char group[] =
    "{\"schemas\":[\"" SCIM_URN_GROUP "\"],\"displayName\":\"Staff\",\"members\":["
    "{\"value\":\"u1\",\"type\":\"User\"},{\"value\":\"u2\"},{\"value\":\"u3\"}]}";

static struct scim_resource read_as(enum scim_kind kind, const char *text)
{
    struct scim_resource r;
    scim_resource_begin(kind, arena, &r);
    assert_null(scim_read(str_from(text), &r));
    return r;
}

static void assert_rule(const struct err *e, const char *rule)
{
    assert_non_null(e);
    assert_non_null(e->rule);
    assert_string_equal(e->rule, rule);
}

/* --- filters
 * ---------------------------------------------------------------------------------------- */

static void filters_match(void **state)
{
    static const struct {
        const char *filter;
        bool matches;
    } table[] = {
        {"userName eq \"anna@X.SE\"", true},
        {"USERNAME Eq \"anna@x.se\"", true},
        {SCIM_URN_USER ":userName sw \"anna\"", true},
        {"userName ne \"bo\"", true},
        {"userName ne \"anna@x.se\"", false},
        {"externalId eq \"e1\"", false}, /* case exact */
        {"externalId eq \"E1\"", true},
        {"name.familyName co \"K\"", true},
        {"name.familyName ew \"k\"", true},
        {"name.familyName sw \"k\"", false},
        {"name.familyName gt \"Ea\" and name.familyName le \"EK\"", true},
        {"name.familyName lt \"ek\" or name.familyName ge \"ez\"", false},
        {"displayName eq \"Anna \\\"A\\\" Ek\"", true},
        {"displayName eq \"\\u0041nna \\\"A\\\" Ek\"", true},
        {"active eq true", true},
        {"active ne true", false},
        {"active eq false", false},
        {"nickName pr", false},
        {"nickName eq null", true},
        {"name pr", true},
        {"emails pr", false}, /* not kept */
        {"emails[type eq \"work\"]", false},
        {"emails.value eq \"a@x.se\"", false},
        {"not (emails pr)", true},
        {SCIM_URN_ENTERPRISE ":employeeNumber eq \"SE1-A\"", true},
        /* and before or; parentheses before both */
        {"userName eq \"bo\" and active eq true or externalId eq \"E1\"", true},
        {"externalId eq \"E1\" or userName eq \"bo\" and active eq false", true},
        {"(externalId eq \"E1\" or userName eq \"bo\") and active eq false", false},
        {"not (userName eq \"bo\") and not(active eq false)", true},
        {"not (userName eq \"bo\" or active eq true)", false},
        /* it is a text, and no SQL */
        {"userName eq \"' or '1'='1\"", false},
        {"userName eq \"x\\\" or active eq true or userName eq \\\"y\"", false},
        {"userName eq \"anna@x.se'; drop table access.user; --\"", false},
        {"userName sw \"%\"", false},
        {"userName co \"_\"", false},
    };
    (void)state;
    const struct scim_resource r = read_as(SCIM_USER, anna);
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct scim_filter *filter = NULL;
        assert_null(scim_filter_parse(str_from(table[i].filter), SCIM_USER, arena, &filter));
        if (scim_filter_matches(filter, &r) != table[i].matches)
            fail_msg("%s", table[i].filter);
    }
}

static void several_values_are_asked_one_by_one(void **state)
{
    static const struct {
        const char *filter;
        bool matches;
    } table[] = {
        {"members eq \"u2\"", true},
        {"members.value eq \"u2\"", true},
        {"members[value eq \"u2\" and type eq \"User\"]", true},
        {"members[value eq \"u2\" and value eq \"u3\"]", false},
        {"members.value eq \"u2\" and members.value eq \"u3\"", true},
        {"members[value eq \"u9\"]", false},
        {"members[not (value eq \"u1\")]", true},
        {"members ne \"u9\"", true},
        {"members pr", true},
    };
    (void)state;
    const struct scim_resource r = read_as(SCIM_GROUP, group);
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct scim_filter *filter = NULL;
        assert_null(scim_filter_parse(str_from(table[i].filter), SCIM_GROUP, arena, &filter));
        if (scim_filter_matches(filter, &r) != table[i].matches)
            fail_msg("%s", table[i].filter);
    }
}

static void times_are_compared_as_times(void **state)
{
    (void)state;
    const struct scim_filter *filter = NULL;
    struct scim_resource r = read_as(SCIM_USER, anna);
    scim_put(&r, SCIM_META_MODIFIED, S("2026-03-01T12:00:00Z"));
    assert_null(scim_filter_parse(S("meta.lastModified gt \"2026-03-01T12:30:00+01:00\""),
                                  SCIM_USER, arena, &filter));
    assert_true(scim_filter_matches(filter, &r));
    assert_null(scim_filter_parse(S("meta.lastModified eq \"2026-03-01T13:00:00+01:00\""),
                                  SCIM_USER, arena, &filter));
    assert_true(scim_filter_matches(filter, &r));
}

static void bad_filters_are_refused(void **state)
{
    static const char *const table[] = {
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq anna",
        "userName eq \"anna",
        "userName eq \"anna\\\"",
        "userName eq \"a\" \"b\"",
        "userName eq \"a\" and",
        "userName eq \"a\" or or active pr",
        "eq \"a\"",
        "shoeSize eq \"44\"",
        "employeeNumber eq \"1\"", /* of the extension: by its URN only */
        "urn:x:userName eq \"a\"",
        "name eq \"Anna\"",
        "name.formatted.x eq 1 and",
        "userName like \"a\"",
        "userName eq 1",
        "userName eq true",
        "userName eq [\"a\"]",
        "userName eq {}",
        "active gt true",
        "active co true",
        "active eq \"true\"",
        "userName gt null",
        "meta.created gt \"yesterday\"",
        "not userName pr",
        "not (userName pr",
        "(userName pr",
        "userName pr)",
        "userName[value eq \"a\"]",
        "name[givenName eq \"a\"]",
        "groups[groups[value pr]]",
        "groups[value pr",
        "groups[]",
        "userName eq \"a\"; drop",
        "userName eq \"a\xff\"",
    };
    (void)state;
    const struct scim_filter *filter = NULL;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct err *e = scim_filter_parse(str_from(table[i]), SCIM_USER, arena, &filter);
        if (e == NULL || e->rule == NULL || strcmp(e->rule, "invalidFilter") != 0)
            fail_msg("%s", table[i]);
    }
}

/* One more is refused, and the last before it is not. */
static struct err *parse_repeated(const char *before, const char *once, const char *after,
                                  size_t times)
{
    autobuf struct buf text = buf_new(SCIM_FILTER_MAX * 4);
    const struct scim_filter *filter = NULL;
    for (size_t i = 0; i < times; i++)
        buf_put(&text, str_from(before));
    buf_put(&text, str_from(once));
    for (size_t i = 0; i < times; i++)
        buf_put(&text, str_from(after));
    assert_null(buf_done(&text, "filter"));
    return scim_filter_parse(arena_str(arena, buf_str(&text)), SCIM_USER, arena, &filter);
}

static void limits_are_kept(void **state)
{
    (void)state;
    assert_null(parse_repeated("(", "id pr", ")", SCIM_FILTER_DEPTH));
    assert_rule(parse_repeated("(", "id pr", ")", SCIM_FILTER_DEPTH + 1), "invalidFilter");
    assert_null(parse_repeated("id pr or ", "id pr", "", SCIM_FILTER_NODES / 2 - 1));
    assert_rule(parse_repeated("id pr or ", "id pr", "", SCIM_FILTER_NODES / 2), "invalidFilter");
    assert_null(parse_repeated(" ", "id pr", "", SCIM_FILTER_MAX - 5));
    assert_rule(parse_repeated(" ", "id pr", "", SCIM_FILTER_MAX - 4), "invalidFilter");
}

static void what_a_filter_needs_is_told(void **state)
{
    (void)state;
    const struct scim_filter *filter = NULL;
    assert_null(scim_filter_parse(S("active eq true and (id pr and userName eq \"a\")"), SCIM_USER,
                                  arena, &filter));
    assert_string_equal(scim_filter_needs(filter, SCIM_USER_NAME).ptr, "a");
    assert_null(scim_filter_needs(filter, SCIM_EXTERNAL_ID).ptr);
    assert_null(scim_filter_parse(S("userName eq \"a\" or id pr"), SCIM_USER, arena, &filter));
    assert_null(scim_filter_needs(filter, SCIM_USER_NAME).ptr);
    assert_null(scim_filter_parse(S("not (userName eq \"a\")"), SCIM_USER, arena, &filter));
    assert_null(scim_filter_needs(filter, SCIM_USER_NAME).ptr);
}

/* --- resources
 * -------------------------------------------------------------------------------------- */

static const char *written(const struct scim_resource *r, struct scim_selection selection)
{
    autobuf struct buf out = buf_new(1 << 20);
    scim_write(r, &selection, &out);
    assert_null(buf_done(&out, "resource"));
    return arena_cstr(arena, buf_str(&out));
}

static void what_is_not_needed_is_not_kept(void **state)
{
    (void)state;
    const struct scim_resource r = read_as(SCIM_USER, anna);
    assert_string_equal(written(&r, (struct scim_selection){0}),
                        "{\"schemas\":[\"" SCIM_URN_USER "\",\"" SCIM_URN_ENTERPRISE "\"],"
                        "\"externalId\":\"E1\",\"userName\":\"Anna@x.se\","
                        "\"name\":{\"givenName\":\"Anna\",\"familyName\":\"Ek\"},"
                        "\"displayName\":\"Anna \\\"A\\\" Ek\",\"active\":true,"
                        "\"" SCIM_URN_ENTERPRISE "\":{\"employeeNumber\":\"SE1-A\"}}");
}

static void attributes_are_selected(void **state)
{
    (void)state;
    struct scim_resource r = read_as(SCIM_USER, anna);
    scim_put(&r, SCIM_ID, S("7"));
    const struct scim_selection only = {
        .only = scim_attribute_set(SCIM_USER, S("name.familyName, active,shoeSize"))};
    assert_string_equal(written(&r, only), "{\"schemas\":[\"" SCIM_URN_USER "\"],\"id\":\"7\","
                                           "\"name\":{\"familyName\":\"Ek\"},\"active\":true}");
    const struct scim_selection without = {
        .without = scim_attribute_set(
            SCIM_USER,
            S("name,displayName,id,externalId,active," SCIM_URN_ENTERPRISE ":employeeNumber"))};
    assert_string_equal(written(&r, without), "{\"schemas\":[\"" SCIM_URN_USER "\"],\"id\":\"7\","
                                              "\"userName\":\"Anna@x.se\"}");
    const struct scim_resource g = read_as(SCIM_GROUP, group);
    const struct scim_selection values = {.only =
                                              scim_attribute_set(SCIM_GROUP, S("members.value"))};
    assert_string_equal(written(&g, values),
                        "{\"schemas\":[\"" SCIM_URN_GROUP "\"],\"members\":[{\"value\":\"u1\"},"
                        "{\"value\":\"u2\"},{\"value\":\"u3\"}]}");
}

static void bad_resources_are_refused(void **state)
{
    static const struct {
        const char *members;
        const char *rule;
    } table[] = {
        {"\"userName\":7", "invalidValue"},
        {"\"userName\":\"\"", "invalidValue"},
        {"\"userName\":\"a\",\"active\":\"perhaps\"", "invalidValue"},
        {"\"userName\":\"a\",\"active\":1", "invalidValue"},
        {"\"userName\":\"a\",\"name\":\"Anna\"", "invalidValue"},
        {"\"userName\":\"a\",\"name\":{\"shoe\":\"x\"}", "invalidValue"},
        {"\"userName\":\"a\",\"shoeSize\":\"44\"", "invalidSyntax"},
        {"\"userName\":\"a\",\"" SCIM_URN_ENTERPRISE "\":7", "invalidValue"},
        {"\"userName\":\"a\",\"" SCIM_URN_ENTERPRISE "\":{\"x\":1}", "invalidSyntax"},
        {"\"displayName\":\"nobody\"", "invalidValue"},
    };
    (void)state;
    struct scim_resource r;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct str text = arena_format(arena, "{" URN_LIST ",%s}", table[i].members);
        scim_resource_begin(SCIM_USER, arena, &r);
        assert_rule(scim_read(text, &r), table[i].rule);
    }
    scim_resource_begin(SCIM_USER, arena, &r);
    assert_rule(scim_read(S("{\"schemas\":[\"" SCIM_URN_GROUP "\"],\"userName\":\"a\"}"), &r),
                "invalidSyntax");
    scim_resource_begin(SCIM_USER, arena, &r);
    assert_non_null(scim_read(S("[1]"), &r));
}

/* --- PATCH
 * ------------------------------------------------------------------------------------------ */

static struct err *patch(struct scim_resource *r, const char *operations)
{
    return scim_patch(
        arena_format(arena, "{\"schemas\":[\"" SCIM_URN_MESSAGE "PatchOp\"],\"Operations\":[%s]}",
                     operations),
        r);
}

static void users_are_patched(void **state)
{
    (void)state;
    struct scim_resource r = read_as(SCIM_USER, anna);
    assert_null(patch(&r,
                      "{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"},"
                      "{\"op\":\"replace\",\"path\":\"name.familyName\",\"value\":\"Al\"},"
                      "{\"op\":\"add\",\"value\":{\"externalId\":\"E2\",\"name.givenName\":\"Bo\","
                      "\"" SCIM_URN_ENTERPRISE ":employeeNumber\":\"SE1-B\"}},"
                      "{\"op\":\"remove\",\"path\":\"displayName\"},"
                      "{\"op\":\"add\",\"path\":\"emails[type eq \\\"work\\\"].value\","
                      "\"value\":\"b@x.se\"}"));
    assert_string_equal(written(&r, (struct scim_selection){0}),
                        "{\"schemas\":[\"" SCIM_URN_USER "\",\"" SCIM_URN_ENTERPRISE "\"],"
                        "\"externalId\":\"E2\",\"userName\":\"Anna@x.se\","
                        "\"name\":{\"familyName\":\"Al\",\"givenName\":\"Bo\"},\"active\":false,"
                        "\"" SCIM_URN_ENTERPRISE "\":{\"employeeNumber\":\"SE1-B\"}}");
    assert_null(patch(&r, "{\"op\":\"replace\",\"path\":\"name\",\"value\":{\"givenName\":\"Ny\"}},"
                          "{\"op\":\"remove\",\"path\":\"name.familyName\"},"
                          "{\"op\":\"remove\",\"path\":\"" SCIM_URN_ENTERPRISE "\"},"
                          "{\"op\":\"remove\",\"path\":\"active\"}"));
    assert_string_equal(written(&r, (struct scim_selection){0}),
                        "{\"schemas\":[\"" SCIM_URN_USER "\"],\"externalId\":\"E2\","
                        "\"userName\":\"Anna@x.se\",\"name\":{\"givenName\":\"Ny\"}}");
    assert_null(patch(&r, "{\"op\":\"add\",\"path\":\"" SCIM_URN_ENTERPRISE
                          "\",\"value\":{\"employeeNumber\":\"SE1-C\"}}"));
    assert_string_equal(scim_get(&r, SCIM_EMPLOYEE_NUMBER).ptr, "SE1-C");
}

static const char *members_of(const struct scim_resource *r)
{
    autobuf struct buf out = buf_new(1000);
    for (size_t i = 0; i < r->count; i++)
        if (r->values[i].attribute == SCIM_MEMBER_VALUE)
            buf_format(&out, "%.*s ", STR_ARG(r->values[i].text));
    return arena_cstr(arena, buf_str(&out));
}

static void members_are_patched(void **state)
{
    static const struct {
        const char *operation;
        const char *members;
    } table[] = {
        {"{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"u4\"}]}", "u1 u2 u3 u4 "},
        {"{\"op\":\"add\",\"value\":{\"members\":[{\"value\":\"u4\"}]}}", "u1 u2 u3 u4 "},
        {"{\"op\":\"remove\",\"path\":\"members[value eq \\\"u2\\\"]\"}", "u1 u3 "},
        {"{\"op\":\"remove\",\"path\":\"members[value eq \\\"u9\\\"]\"}", "u1 u2 u3 "},
        {"{\"op\":\"remove\",\"path\":\"members[value ne \\\"u2\\\"]\"}", "u2 "},
        {"{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"u1\"},{\"value\":\"u3\"}]"
         "}",
         "u2 "},
        {"{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"u9\\\"] or members[value "
         "pr\"}]}",
         "u1 u2 u3 "},
        {"{\"op\":\"remove\",\"path\":\"members\"}", ""},
        {"{\"op\":\"replace\",\"path\":\"members\",\"value\":[{\"value\":\"u7\"}]}", "u7 "},
        {"{\"op\":\"replace\",\"value\":{\"members\":[]}}", ""},
        {"{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"Other\"}", "u1 u2 u3 "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct scim_resource r = read_as(SCIM_GROUP, group);
        assert_null(patch(&r, table[i].operation));
        assert_string_equal(members_of(&r), table[i].members);
    }
}

static void bad_patches_are_refused(void **state)
{
    static const struct {
        enum scim_kind kind;
        const char *operation;
        const char *rule;
    } table[] = {
        {SCIM_USER, "{\"op\":\"move\",\"path\":\"active\",\"value\":true}", "invalidSyntax"},
        {SCIM_USER, "{\"op\":\"add\",\"path\":\"active\"}", "invalidValue"},
        {SCIM_USER, "{\"op\":\"add\",\"path\":\"active\",\"value\":true,\"x\":1}", "invalidSyntax"},
        {SCIM_USER, "{\"op\":\"add\",\"value\":7}", "invalidValue"},
        {SCIM_USER, "{\"op\":\"remove\"}", "noTarget"},
        {SCIM_USER, "{\"op\":\"remove\",\"path\":\"userName\"}", "mutability"},
        {SCIM_USER, "{\"op\":\"replace\",\"path\":\"userName\",\"value\":null}", "mutability"},
        {SCIM_USER, "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}", "mutability"},
        {SCIM_USER, "{\"op\":\"add\",\"path\":\"groups\",\"value\":[{\"value\":\"g\"}]}",
         "mutability"},
        {SCIM_USER, "{\"op\":\"replace\",\"path\":\"shoeSize\",\"value\":\"4\"}", "invalidPath"},
        {SCIM_USER, "{\"op\":\"replace\",\"path\":\"\",\"value\":\"4\"}", "invalidPath"},
        {SCIM_USER, "{\"op\":\"replace\",\"path\":\"userName x\",\"value\":\"4\"}", "invalidPath"},
        {SCIM_USER, "{\"op\":\"replace\",\"value\":{\"shoeSize\":\"4\"}}", "invalidPath"},
        {SCIM_GROUP, "{\"op\":\"remove\",\"path\":\"members[shoe eq 1]\"}", "invalidPath"},
        {SCIM_GROUP,
         "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"g\",\"type\":\"Group\"}]}",
         "invalidValue"},
        {SCIM_GROUP, "{\"op\":\"add\",\"path\":\"members\",\"value\":[{}]}", "invalidValue"},
        {SCIM_GROUP, "{\"op\":\"add\",\"path\":\"members\",\"value\":[7]}", "invalidValue"},
        {SCIM_GROUP,
         "{\"op\":\"replace\",\"path\":\"members[value eq \\\"u1\\\"].value\",\"value\":\"u2\"}",
         "mutability"},
        {SCIM_GROUP,
         "{\"op\":\"replace\",\"path\":\"members[value eq \\\"u9\\\"].value\",\"value\":\"u2\"}",
         "noTarget"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct scim_resource r =
            table[i].kind == SCIM_USER ? read_as(SCIM_USER, anna) : read_as(SCIM_GROUP, group);
        struct err *e = patch(&r, table[i].operation);
        if (e == NULL || e->rule == NULL || strcmp(e->rule, table[i].rule) != 0)
            fail_msg("%s: %s", table[i].operation, e != NULL ? e->detail : "taken");
    }
    struct scim_resource r = read_as(SCIM_USER, anna);
    assert_rule(scim_patch(S("{\"schemas\":[\"x\"],\"Operations\":[]}"), &r), "invalidSyntax");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(filters_match),
        WITH_ARENA(several_values_are_asked_one_by_one),
        WITH_ARENA(times_are_compared_as_times),
        WITH_ARENA(bad_filters_are_refused),
        WITH_ARENA(limits_are_kept),
        WITH_ARENA(what_a_filter_needs_is_told),
        WITH_ARENA(what_is_not_needed_is_not_kept),
        WITH_ARENA(attributes_are_selected),
        WITH_ARENA(bad_resources_are_refused),
        WITH_ARENA(users_are_patched),
        WITH_ARENA(members_are_patched),
        WITH_ARENA(bad_patches_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
