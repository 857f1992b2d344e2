/* text/information_type.h: the types of this repository, and what is refused. */
#include "text/information_type.h"

#include "arena.h"

static void the_types_of_the_house(void **state)
{
    (void)state;
    struct information_types types;
    struct err *e = information_types_load("schemas/information-types", arena, &types);
    if (e != NULL)
        fail_msg("%s: %s", e->field, e->detail);
    assert_int_equal(types.count, 3);
    const struct information_type *care = information_type_named(&types, S("care"));
    const struct information_type *registry = information_type_named(&types, S("registry"));
    assert_non_null(care);
    assert_non_null(registry);
    assert_non_null(information_type_named(&types, S("access-log")));
    assert_true(care->about_person && !care->text_search);
    assert_true(!registry->about_person && registry->text_search);
    assert_true(str_equal(information_category_named(care, S("vko"))->sv, S("Vårdkontakt")));
    assert_true(information_field_named(registry, S("reference"))->searchable);
    assert_null(information_type_named(&types, S("weather")));
    assert_null(information_field_named(care, S("weather")));
    assert_null(information_category_named(care, S("weather")));
}

#define TYPE(information, fields)                                                                  \
    "{\"name\":\"x\",\"sv\":\"x\",\"en\":\"x\",\"information\":\"" information                     \
    "\",\"readers\":[],"                                                                           \
    "\"access\":[],\"about_person\":false,\"text_search\":false,\"secrecy\":\"x\","                \
    "\"secrecy_years\":70,\"secrecy_from\":\"occurred_at\",\"retention\":\"x\","                   \
    "\"retention_years\":0,\"retention_from\":\"ended_at\",\"categories\":[],\"fields\":[" fields  \
    "]}"
#define FIELD_OF(name, more)                                                                       \
    "{\"name\":\"" name "\",\"type\":\"text\",\"sv\":\"x\",\"en\":\"x\"," more "}"

static void refuses(const char *json, const char *field)
{
    struct information_type type;
    struct err *e = information_type_read(str_from(json), arena, &type);
    assert_non_null(e);
    assert_string_equal(e->field, field);
}

static void what_is_wrong_is_told_by_its_field(void **state)
{
    (void)state;
    struct information_type type;
    assert_null(
        information_type_read(S(TYPE("care", FIELD_OF("a", "\"field\":\"title\""))), arena, &type));
    refuses("{}", "name");
    refuses(TYPE("gossip", ""), "information");
    refuses(TYPE("care", "{\"name\":\"a\"}"), "fields[0].type");
    refuses(TYPE("care", FIELD_OF("a", "\"shown\":false")), "fields[0]");
    refuses(TYPE("care", FIELD_OF("a", "\"field\":\"smell\"")), "fields[0]");
    refuses(TYPE("care", FIELD_OF("a", "\"path\":\"b\",\"searchable\":true")), "fields[0]");
    refuses(TYPE("care", FIELD_OF("a", "\"field\":\"title\"") "," FIELD_OF("a", "\"path\":\"b\"")),
            "fields[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(the_types_of_the_house),
        WITH_ARENA(what_is_wrong_is_told_by_its_field),
    };
    return cmocka_run_group_tests_name("information_type", tests, NULL, NULL);
}
