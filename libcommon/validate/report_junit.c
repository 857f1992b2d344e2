/* The report as JUnit XML, in the form that Jenkins, GitLab and GitHub's readers share. */
#include "base/base.h"
#include "text/markup.h"
#include "validate/report_words.h"

struct junit {
    const struct report_about *about;
    const struct findings *findings;
    struct arena *arena; /* of one testcase, or one line of it */
    FILE *out;
};

static bool is_undecided(const struct junit *j, const struct rule *rule)
{
    return rule->requirement == REQ_profile_known && findings_count_rule(j->findings, rule) > 0 &&
           report_outcome(j->about, j->findings) == REPORT_UNDECIDED;
}

/* The element that tells of findings in a testcase. */
static const char *element_of(const struct junit *j, const struct rule *rule)
{
    return rule->level == LEVEL_ERROR ? "failure" : is_undecided(j, rule) ? "error" : "system-out";
}

static void write_places(const struct junit *j, const struct rule *rule)
{
    uint64_t left = findings_count_rule(j->findings, rule);
    struct report_cursor cursor = {0};
    for (const struct finding *f = NULL; (f = report_next(j->findings, rule, &cursor)) != NULL;
         left--) {
        arena_reset(j->arena);
        struct str facts = report_facts(f, j->arena);
        markup_text(j->out, report_place(f, j->arena));
        fputs(facts.len > 0 ? ": " : "", j->out);
        markup_text(j->out, facts);
        fputc('\n', j->out);
    }
    if (left > 0)
        fprintf(j->out, "and %llu more\n", (unsigned long long)left);
}

static void write_rule(const struct junit *j, const struct rule *rule)
{
    uint64_t count = findings_count_rule(j->findings, rule);
    const char *element = element_of(j, rule);
    arena_reset(j->arena);
    fprintf(j->out, "<testcase classname=\"%s\"", requirement_name(rule->requirement));
    markup_attribute(
        j->out, "name",
        arena_format(j->arena, "%d %.*s", rule->number, STR_ARG(rule_text(rule, false, j->arena))));
    if (count == 0) {
        fputs("/>\n", j->out);
        return;
    }
    fprintf(j->out, "><%s", element);
    if (!str_equal(str_from(element), S("system-out"))) {
        markup_attribute(j->out, "message",
                         arena_format(j->arena, "%llu found; to mend it: %s",
                                      (unsigned long long)count, rule_mend(rule, false)));
        markup_attribute(j->out, "type", str_from(level_name(rule->level)));
    }
    fputc('>', j->out);
    write_places(j, rule);
    fprintf(j->out, "</%s></testcase>\n", element);
}

static void write_container(const struct junit *j)
{
    fputs("<testcase classname=\"container\" name=\"it can be read\">", j->out);
    for (size_t i = 0; i < j->about->refusal_count; i++) {
        const struct err *refusal = j->about->refusals[i];
        fputs("<failure", j->out);
        markup_attribute(j->out, "message", str_from(refusal->rule));
        fputs(" type=\"ERROR\">", j->out);
        markup_text(j->out, report_shown(str_from(refusal->field), j->arena));
        fputs(refusal->field != NULL ? ": " : "", j->out);
        markup_text(j->out, report_shown(str_from(refusal->detail), j->arena));
        fputs("</failure>", j->out);
    }
    fputs("</testcase>\n", j->out);
}

static void write_counts(const struct junit *j)
{
    size_t failures = j->about->refusal_count > 0;
    size_t errors = 0;
    for (size_t i = 0; i < rule_count; i++) {
        failures +=
            rules[i].level == LEVEL_ERROR && findings_count_rule(j->findings, &rules[i]) > 0;
        errors += is_undecided(j, &rules[i]);
    }
    fprintf(j->out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\">\n",
            rule_count + 1, failures, errors);
}

struct err *report_junit(const struct report_about *about, const struct findings *findings,
                         FILE *out)
{
    autoarena struct arena *arena = arena_new(REPORT_ARENA);
    const struct junit j = {about, findings, arena, out};
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites><testsuite", out);
    markup_attribute(out, "name", report_name(about, arena));
    write_counts(&j);
    write_container(&j);
    for (size_t i = 0; i < rule_count; i++)
        write_rule(&j, &rules[i]);
    fputs("</testsuite></testsuites>\n", out);
    return report_end(out);
}
