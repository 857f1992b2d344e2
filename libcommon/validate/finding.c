/* Findings, bounded, and the words for them. */
#include "validate/finding.h"
#include "base/base.h"

static const struct {
    const char *name;
    const char *en;
    const char *sv;
} requirements[REQUIREMENTS] = {
#define REQUIREMENT(name, en, sv) [REQ_##name] = {#name, en, sv},
#include "content/requirements.def"
#include "validate/fgs_requirements.def"
#include "validate/requirements.def"
#undef REQUIREMENT
};

static const struct {
    const char *en;
    const char *sv;
    const char *mend_en;
    const char *mend_sv;
} checks[CHECKS] = {
#define CHECK(name, moment, en, sv, mend_en, mend_sv) [CHECK_##name] = {en, sv, mend_en, mend_sv},
#include "validate/checks.def"
#include "validate/fgs_checks.def"
#undef CHECK
#define CONTENT_RULE(word, requirement, number, level, en, sv, mend_en, mend_sv)                   \
    [CHECK_content_##word] = {en, sv, mend_en, mend_sv},
#include "content/rules.def"
#undef CONTENT_RULE
};

struct findings {
    struct arena *arena;
    struct finding *kept;
    size_t kept_count;
    size_t kept_capacity;
    uint64_t levels[LEVELS];
    uint64_t *per_rule; /* by index in rules[] */
    struct counted_format *formats;
    size_t format_count;
    size_t format_capacity;
};

const char *requirement_name(enum requirement requirement)
{
    return requirements[requirement].name;
}

const char *level_name(enum level level)
{
    static const char *const names[LEVELS] = {"ERROR", "WARNING", "INFO"};
    return names[level];
}

struct str rule_location(const struct rule *rule, struct arena *arena)
{
    if (rule->element == METS_NONE)
        return S("");
    bool attribute = rule->attribute != METS_AT_NONE;
    if (rule->child != METS_NONE && !attribute)
        return arena_str(arena, str_from(mets_place(rule->child)));
    return arena_format(arena, "%s%s%s", mets_place(rule->element), attribute ? "/" : "",
                        attribute ? mets_attribute_name(rule->attribute) : "");
}

struct str rule_text(const struct rule *rule, bool swedish, struct arena *arena)
{
    return arena_format(arena, "%s: %s",
                        swedish ? requirements[rule->requirement].sv
                                : requirements[rule->requirement].en,
                        swedish ? checks[rule->check].sv : checks[rule->check].en);
}

const char *rule_mend(const struct rule *rule, bool swedish)
{
    return swedish ? checks[rule->check].mend_sv : checks[rule->check].mend_en;
}

struct findings *findings_new(void)
{
    enum { TEXTS = 5, FORMAT_NAMES = 4 * 1024 * 1024 };
    struct findings *f = must_calloc(1, sizeof *f);
    f->arena = arena_new((size_t)FINDINGS_KEPT * TEXTS * (FINDING_TEXT + 32) + FORMAT_NAMES);
    f->per_rule = must_calloc(rule_count, sizeof *f->per_rule);
    return f;
}

void findings_free(struct findings *f)
{
    if (f == NULL)
        return;
    arena_free(f->arena);
    free(f->kept);
    free(f->per_rule);
    free(f->formats);
    free(f);
}

void findings_drop(struct findings **f)
{
    findings_free(*f);
    *f = NULL;
}

struct str finding_text(struct str text)
{
    if (text.ptr == NULL)
        return text;
    size_t end = text.len < FINDING_TEXT ? text.len : FINDING_TEXT;
    while (end < text.len && end > 0 && ((uint8_t)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

static struct str keep_text(struct findings *f, struct str text)
{
    return arena_str(f->arena, finding_text(text));
}

void findings_add(struct findings *f, const struct finding *finding)
{
    f->levels[finding->rule->level]++;
    uint64_t *of_rule = &f->per_rule[finding->rule - rules];
    if (++*of_rule > FINDINGS_PER_RULE || f->kept_count == FINDINGS_KEPT)
        return;
    GROW(f->kept, f->kept_count, f->kept_capacity);
    f->kept[f->kept_count++] = (struct finding){.rule = finding->rule,
                                                .mets = keep_text(f, finding->mets),
                                                .line = finding->line,
                                                .element_id = keep_text(f, finding->element_id),
                                                .path = keep_text(f, finding->path),
                                                .found = keep_text(f, finding->found),
                                                .expected = keep_text(f, finding->expected)};
}

bool findings_add_refusal(struct findings *f, struct str mets, const struct err *refusal)
{
    static const enum requirement refusals[] = {REQ_xml_doctype, REQ_xml_limit, REQ_xml_wellformed,
                                                REQ_mets_root};
    for (size_t i = 0; i < COUNT(refusals); i++)
        if (refusal->rule != NULL &&
            str_equal(str_from(refusal->rule), str_from(requirement_name(refusals[i])))) {
            struct str found = str_from(refusal->detail);
            int64_t line = xml_cut_line(&found);
            findings_add(f, &(struct finding){.rule = rule_find(refusals[i], 1),
                                              .mets = mets,
                                              .line = line,
                                              .found = found});
            return true;
        }
    return false;
}

bool is_refusal(const struct err *e)
{
    return e != NULL && err_class(e) == ERR_CLASS_REJECT && e->rule != NULL;
}

void findings_add_problems(struct findings *f, struct str mets, const struct mets *document)
{
    size_t kept = 0;
    uint64_t all = 0;
    const struct xml_problem *problems = mets_problems(document, &kept, &all);
    const struct rule *rule = rule_find(REQ_mets_schema, 1);
    for (size_t i = 0; i < kept; i++)
        findings_add(f, &(struct finding){.rule = rule,
                                          .mets = mets,
                                          .line = problems[i].line,
                                          .found = problems[i].message});
    findings_count_more(f, rule, all - kept);
}

void findings_count_more(struct findings *f, const struct rule *rule, uint64_t more)
{
    f->levels[rule->level] += more;
    f->per_rule[rule - rules] += more;
}

const struct finding *findings_kept(const struct findings *f, size_t *out_count)
{
    *out_count = f->kept_count;
    return f->kept;
}

uint64_t findings_count(const struct findings *f, enum level level)
{
    return f->levels[level];
}

uint64_t findings_count_rule(const struct findings *f, const struct rule *rule)
{
    return f->per_rule[rule - rules];
}

/* Where the PUID stands, or would. */
static size_t format_place(const struct findings *f, struct str puid)
{
    size_t from = 0;
    for (size_t to = f->format_count; from < to;) {
        size_t middle = (from + to) / 2;
        if (str_compare(f->formats[middle].puid, puid) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void insert_format(struct findings *f, size_t at, struct str puid, struct str name)
{
    GROW(f->formats, f->format_count, f->format_capacity);
    memmove(&f->formats[at + 1], &f->formats[at], (f->format_count - at) * sizeof *f->formats);
    f->formats[at] =
        (struct counted_format){.puid = keep_text(f, puid), .name = keep_text(f, name)};
    f->format_count++;
}

void findings_count_format(struct findings *f, struct str puid, struct str name, uint64_t files,
                           uint64_t bytes)
{
    size_t at = format_place(f, puid);
    if (at == f->format_count || !str_equal(f->formats[at].puid, puid))
        insert_format(f, at, puid, name);
    f->formats[at].files += files;
    f->formats[at].bytes += bytes;
}

const struct counted_format *findings_formats(const struct findings *f, size_t *out_count)
{
    *out_count = f->format_count;
    return f->formats;
}
