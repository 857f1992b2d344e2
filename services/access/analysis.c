/* What may rest on a needs-and-risk analysis: pure. */
#include "services/access/analysis.h"

static bool has(struct strs list, struct str word)
{
    for (size_t i = 0; i < list.count; i++)
        if (str_equal(list.at[i], word))
            return true;
    return false;
}

/* Is each word of the one in the other? *out_missing: the first that is not. */
static bool within(struct strs some, struct strs all, struct str *out_missing)
{
    for (size_t i = 0; i < some.count; i++)
        if (!has(all, some.at[i])) {
            *out_missing = some.at[i];
            return false;
        }
    return true;
}

static struct err *outside(const struct analysis *analysis, const char *field, struct str what)
{
    return err_field(ERR_INVALID, field, "analysis %.*s does not cover %.*s", STR_ARG(analysis->id),
                     STR_ARG(what.len > 0 ? what : S("an assignment without one")));
}

struct err *analysis_covers(const struct analysis *analysis, const struct assignment *a)
{
    struct str missing = {0};
    bool all_units = analysis->units.count == 0;
    if (!str_equal(a->care_provider, analysis->care_provider))
        return outside(analysis, "care_provider", a->care_provider);
    if (!all_units && !has(analysis->units, a->unit))
        return outside(analysis, "unit", a->unit);
    if (!all_units && a->care_unit.len > 0 && !has(analysis->units, a->care_unit))
        return outside(analysis, "care_unit", a->care_unit);
    if (!within(a->purposes, analysis->purposes, &missing))
        return outside(analysis, "purposes", missing);
    if (!within(a->information_types, analysis->information_types, &missing))
        return outside(analysis, "information_types", missing);
    return NULL;
}

struct err *analysis_supports(const struct analysis *analysis, const struct assignment *a,
                              struct instant now)
{
    const struct permission_span valid = {analysis->valid_from, analysis->valid_until};
    if (!permission_in_force(valid, now))
        return err_field(ERR_INVALID, "analysis", "%.*s is not in force", STR_ARG(analysis->id));
    if (analysis->taken_over)
        return err_field(ERR_INVALID, "analysis",
                         "%.*s was taken over from a text: tell its decision first",
                         STR_ARG(analysis->id));
    return analysis_covers(analysis, a);
}

static bool same(struct strs one, struct strs two)
{
    struct str ignored = {0};
    return within(one, two, &ignored) && within(two, one, &ignored);
}

struct err *analysis_is_same(const struct analysis *before, const struct analysis *after)
{
    static const char why[] = "what an analysis covers never changes: give another its own id";
    if (!str_equal(before->care_provider, after->care_provider))
        return err_field(ERR_CONFLICT, "care_provider", why);
    if (!same(before->units, after->units))
        return err_field(ERR_CONFLICT, "units", why);
    if (!same(before->purposes, after->purposes))
        return err_field(ERR_CONFLICT, "purposes", why);
    if (!same(before->information_types, after->information_types))
        return err_field(ERR_CONFLICT, "information_types", why);
    return NULL;
}
