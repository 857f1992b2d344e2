/* Is every requirement of E-ARK CSIP, SIP, AIP and DIP either judged or named with the reason why
 * it is not, and none both? */
#include "base/base.h"
#include "unit.h"
#include "validate/finding.h"

#include <unistd.h>

#define REQUIREMENTS_TABLE "../shared/docs/eark-requirements.tsv"

static const struct {
    const char *name;
    const char *reason;
} not_judged[] = {
#define NOT_JUDGED(name, reason) {#name, reason},
#include "validate/not_judged.def"
#undef NOT_JUDGED
};

static bool is_judged(struct str name)
{
    for (size_t i = 0; i < rule_count; i++)
        if (str_equal(name, str_from(requirement_name(rules[i].requirement))))
            return true;
    return false;
}

static bool is_not_judged(struct str name)
{
    for (size_t i = 0; i < COUNT(not_judged); i++)
        if (str_equal(name, str_from(not_judged[i].name)))
            return true;
    return false;
}

static void what_is_named_has_rules(void **state)
{
    (void)state;
    for (enum requirement r = 0; r < REQUIREMENTS; r++)
        if (!is_judged(str_from(requirement_name(r))))
            fail_msg("%s has no rule", requirement_name(r));
    for (size_t i = 0; i < COUNT(not_judged); i++)
        if (is_judged(str_from(not_judged[i].name)) || not_judged[i].reason[0] == '\0')
            fail_msg("%s is judged, or has no reason", not_judged[i].name);
}

/* How many lines of the table are of these specifications; none is forgotten. */
static size_t read_table(FILE *table)
{
    char line[8192];
    size_t count = 0;
    while (fgets(line, sizeof line, table) != NULL) {
        struct str rest = str_from(line);
        struct str name;
        struct str specification;
        assert_true(str_cut(&rest, '\t', &name) && str_cut(&rest, '\t', &specification));
        if (str_starts(specification, S("CITS")) || str_equal(name, S("id")))
            continue;
        count++;
        if (is_judged(name) == is_not_judged(name))
            fail_msg("%.*s is judged %s", STR_ARG(name),
                     is_judged(name) ? "and named with a reason" : "nowhere");
    }
    return count;
}

static void none_is_forgotten(void **state)
{
    (void)state;
    FILE *table = fopen(REQUIREMENTS_TABLE, "r");
    if (table == NULL) {
        print_message("left out: " REQUIREMENTS_TABLE " is not here\n");
        return;
    }
    size_t count = read_table(table);
    fclose(table);
    assert_true(count > 190);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_named_has_rules),
        cmocka_unit_test(none_is_forgotten),
    };
    return cmocka_run_group_tests_name("requirements", tests, NULL, NULL);
}
