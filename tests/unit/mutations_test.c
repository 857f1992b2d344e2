/* Is a package that is right in everything clean by every profile, and does each thing that is
 * changed in it break its own rule and no other? Is there a change for every rule? */
#include "unit.h"

#include "mutations.h"
#include "validate/judge.h"

#include <fcntl.h>
#include <unistd.h>

#define PACKAGE_SCHEMA "schemas/xsd/eark/package.xsd"

/* Longer than a media type can be. */
#define LONG_TYPE "application/x-" X64 X64 X64 X64
#define X64       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct mutation mutations[] = {
#define CHANGE(profile, file, anchor, cut, put, findings)                                          \
    {PROFILE_##profile, CHANGED, file, anchor, cut, put, findings, NULL, NULL},
#define CUT(profile, file, from, to, findings)                                                     \
    {PROFILE_##profile, CUT_OUT, file, from, to, NULL, findings, NULL, NULL},
#define RENAME(profile, from, to, findings)                                                        \
    {PROFILE_##profile, RENAMED, from, NULL, NULL, to, findings, NULL, NULL},
#define REMOVE(profile, file, findings)                                                            \
    {PROFILE_##profile, REMOVED, file, NULL, NULL, NULL, findings, NULL, NULL},
#define ADD(profile, file, content, findings)                                                      \
    {PROFILE_##profile, ADDED, file, NULL, NULL, content, findings, NULL, NULL},
#define DAMAGE(profile, file, findings)                                                            \
    {PROFILE_##profile, DAMAGED, file, NULL, NULL, NULL, findings, NULL, NULL},
#define COMPRESS(profile, findings)                                                                \
    {PROFILE_##profile, COMPRESSED, NULL, NULL, NULL, NULL, findings, NULL, NULL},
#define LIST(profile, document, listed, put, file, name, findings)                                 \
    {PROFILE_##profile, CHANGED, document, "", listed, put, findings, file, name},
#define ADD_BESIDE(profile, added, file, name, findings)                                           \
    {PROFILE_##profile, ADDED, added, NULL, NULL, "x", findings, file, name},
#include "tests/unit/mutations.def"
#undef LIST
#undef ADD_BESIDE
#undef CHANGE
#undef CUT
#undef RENAME
#undef REMOVE
#undef ADD
#undef DAMAGE
#undef COMPRESS
};

static const struct {
    enum requirement requirement;
    int number;
    const char *reason;
} not_mutated[] = {
#define NOT_MUTATED(requirement, number, reason) {REQ_##requirement, number, reason},
#include "tests/unit/not_mutated.def"
#undef NOT_MUTATED
};

static struct xml_schema *schema;
static bool broken[2048][16]; /* what some mutation broke, by requirement and number */

static int open_schema(void **state)
{
    (void)state;
    assert_true(REQUIREMENTS < COUNT(broken));
    assert_null(xml_schema_open(PACKAGE_SCHEMA, &schema));
    return 0;
}

static int close_schema(void **state)
{
    (void)state;
    xml_schema_close(schema);
    err_reset();
    return 0;
}

/* The first of its rule; that nothing is scanned or identified here is told of every package. */
static bool is_new(const struct finding *kept, size_t at)
{
    if (kept[at].rule->requirement == REQ_not_scanned ||
        kept[at].rule->requirement == REQ_file_format)
        return false;
    for (size_t i = 0; i < at; i++)
        if (kept[i].rule == kept[at].rule)
            return false;
    return true;
}

/* Each rule that is broken, once, and the rule by which the container was refused. */
static struct str judge(enum profile profile, const struct mutation *m, struct arena *arena)
{
    autofindings struct findings *findings = findings_new();
    autoclose int scratch = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autobuf struct buf out = buf_new(TEST_PACKAGE_MAX);
    struct str bytes = make_package(profile, m, arena);
    struct source source = source_from_str(&bytes);
    struct judging j = {.schema = schema, .folder = scratch, .arena = arena, .findings = findings};
    size_t count = 0;
    assert_true(instant_parse(S("2026-06-01T00:00:00Z"), &j.now));
    assert_null(judge_container(&j, &source));
    assert_null(j.refusal);
    const struct finding *kept = findings_kept(findings, &count);
    for (size_t i = 0; i < count; i++)
        if (is_new(kept, i)) {
            const struct rule *rule = kept[i].rule;
            broken[rule->requirement][rule->number] = true;
            buf_format(&out, "%s%s.%d", out.len > 0 ? " " : "", requirement_name(rule->requirement),
                       rule->number);
        }
    return arena_str(arena, buf_str(&out));
}

/* A package without a METS file of its representation is warned of, and of nothing else. */
static struct str always(enum profile profile)
{
    return strcmp(profiles[profile].from, "compound.xml") == 0 ? S("CSIPSTR12.1") : S("");
}

static void the_clean_are_clean(void **state)
{
    (void)state;
    for (enum profile profile = 0; profile < PROFILES; profile++) {
        autoarena struct arena *arena = arena_new(64 << 20);
        struct str told = judge(profile, NULL, arena);
        if (!str_equal(told, always(profile)))
            fail_msg("%s is not clean: %.*s", profiles[profile].name, STR_ARG(told));
    }
}

/* What is found beside what always is. */
static struct str own(enum profile profile, struct str told)
{
    struct str known = always(profile);
    if (known.len == 0 || !str_starts(told, known))
        return told;
    return str_slice(told, known.len + (told.len > known.len), told.len);
}

static void each_change_its_finding(void **state)
{
    (void)state;
    size_t wrong = 0;
    memset(broken, 0, sizeof broken);
    for (size_t i = 0; i < COUNT(mutations); i++) {
        const struct mutation *m = &mutations[i];
        autoarena struct arena *arena = arena_new(64 << 20);
        struct str told = own(m->profile, judge(m->profile, m, arena));
        if (str_equal(told, str_from(m->findings)))
            continue;
        wrong++;
        print_message("%s %s: \"%s\" \"%s\" -> \"%s\"\n  wanted %s\n  raises %.*s\n",
                      profiles[m->profile].name, m->file != NULL ? m->file : "",
                      m->anchor != NULL ? m->anchor : "", m->cut != NULL ? m->cut : "",
                      m->put != NULL ? m->put : "", m->findings, STR_ARG(told));
    }
    assert_int_equal(wrong, 0);
}

static bool is_named(const struct rule *rule)
{
    for (size_t i = 0; i < COUNT(not_mutated); i++)
        if (not_mutated[i].requirement == rule->requirement &&
            not_mutated[i].number == rule->number)
            return true;
    return false;
}

/* Either a change breaks the rule of the package, or not_mutated.def says why none does; never
 * both. */
static void every_rule_is_broken(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < rule_count; i++) {
        const struct rule *rule = &rules[i];
        bool done = broken[rule->requirement][rule->number];
        if (done != is_named(rule))
            continue;
        wrong++;
        print_message("%s.%d %s\n", requirement_name(rule->requirement), rule->number,
                      done ? "has a mutation and a reason for none" : "has no mutation");
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clean_are_clean),
        cmocka_unit_test(each_change_its_finding),
        cmocka_unit_test(every_rule_is_broken),
    };
    return cmocka_run_group_tests_name("mutations", tests, open_schema, close_schema);
}
