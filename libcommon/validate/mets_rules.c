/* The engine: chooses the rules by PROFILE, keeps the identifiers, and hands each element to its
 * rules. */
#include "validate/mets_rules.h"
#include "base/base.h"
#include "validate/fgs.h"
#include "validate/mets_rules_inside.h"

enum { KEPT_LIMIT = 64 * 1024 * 1024, OPENS = 0, CLOSES = 1 };

typedef void check_function(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node);

static const struct {
    check_function *function;
    bool closes;
} checks[CHECKS] = {
#define FUNCTION_OPENS(name)                          .function = check_##name
#define FUNCTION_CLOSES(name)                         .function = check_##name, .closes = true
#define FUNCTION_RAISED(name)                         .function = NULL
#define CHECK(name, moment, en, sv, mend_en, mend_sv) [CHECK_##name] = {FUNCTION_##moment(name)},
#include "validate/checks.def"
#include "validate/fgs_checks.def"
#undef CHECK
};

struct mets_rules *mets_rules_new(const struct mets_rules_about *about, struct findings *findings)
{
    struct mets_rules *r = must_calloc(1, sizeof *r);
    r->about = *about;
    r->findings = findings;
    r->arena = arena_new(KEPT_LIMIT);
    r->division_arena = arena_new(DIVISION_MEMORY);
    return r;
}

void mets_rules_free(struct mets_rules *r)
{
    if (r == NULL)
        return;
    id_set_free(&r->ids);
    id_set_free(&r->sections);
    id_set_free(&r->groups);
    id_set_free(&r->division_labels);
    id_set_free(&r->mets_files);
    arena_free(r->arena);
    arena_free(r->division_arena);
    free(r);
}

/* --- words
 * --------------------------------------------------------------------------------------------- */

static struct str nearest_id(const struct mets_node *node)
{
    while (node != NULL && node->at[METS_AT_ID].len == 0)
        node = node->parent;
    return node != NULL ? node->at[METS_AT_ID] : (struct str){0};
}

void rule_broken(struct mets_rules *r, const struct rule *rule, const struct mets_node *node,
                 struct str found, struct str expected)
{
    findings_add(r->findings, &(struct finding){.rule = rule,
                                                .mets = r->about.mets,
                                                .line = node->line,
                                                .element_id = nearest_id(node),
                                                .found = found,
                                                .expected = expected});
}

struct str rule_values(const struct rule *rule, struct arena *arena)
{
    autobuf struct buf out = buf_new(FINDING_TEXT);
    for (const char *const *value = rule->values; value != NULL && *value != NULL; value++)
        buf_format(&out, "%s%s", out.len > 0 ? ", " : "", *value);
    return arena_str(arena, buf_str(&out));
}

void broken_values(struct mets_rules *r, const struct rule *rule, const struct mets_node *node,
                   struct str found)
{
    autoarena struct arena *arena = arena_new(64 * 1024);
    rule_broken(r, rule, node, found, rule_values(rule, arena));
}

bool is_among(struct str value, const char *const *values)
{
    for (; *values != NULL; values++)
        if (str_equal(value, str_from(*values)))
            return true;
    return false;
}

bool is_blank(struct str value)
{
    return str_trim(value).len == 0;
}

bool starts_with_nocase(struct str value, struct str prefix)
{
    return str_equal_nocase(str_slice(value, 0, prefix.len), prefix);
}

bool next_name(struct str *rest, struct str *out_name)
{
    size_t from = 0;
    while (from < rest->len && memchr(" \t\r\n", rest->ptr[from], 4) != NULL)
        from++;
    size_t to = from;
    while (to < rest->len && memchr(" \t\r\n", rest->ptr[to], 4) == NULL)
        to++;
    *out_name = str_slice(*rest, from, to);
    *rest = str_slice(*rest, to, rest->len);
    return out_name->len > 0;
}

void names_add(struct mets_rules *r, struct names *names, struct str name)
{
    if (names->count < NAMES_SHOWN)
        names->at[names->count++] = arena_str(r->arena, str_slice(name, 0, FINDING_TEXT));
}

struct str folder_from(const struct mets_rules *r, struct str folder, struct arena *arena)
{
    size_t end = r->about.mets.len;
    while (end > 0 && r->about.mets.ptr[end - 1] != '/')
        end--;
    return arena_format(arena, "%.*s%.*s", (int)end, r->about.mets.ptr, STR_ARG(folder));
}

/* --- identifiers
 * --------------------------------------------------------------------------------------- */

static unsigned kind_of(enum mets_element element)
{
    switch (element) {
    case METS_AMD:
    case METS_TECH:
    case METS_RIGHTS:
    case METS_SOURCE:
    case METS_DIGIPROV:
        return ID_AMD;
    case METS_DMD:
        return ID_DMD;
    case METS_GROUP:
        return ID_GROUP;
    default: /* most elements are of no interest here */
        return ID_OTHER;
    }
}

static void see_id(struct mets_rules *r, const struct mets_node *node)
{
    struct str id = str_trim(node->at[METS_AT_ID]);
    if (id.len == 0)
        return;
    if ((id_set_put(&r->ids, id, kind_of(node->element)) & ID_DEFINED) != 0)
        rule_broken(r, rule_find(REQ_mets_id_unique, 1), node, id, (struct str){0});
}

static void see_references(struct mets_rules *r, const struct mets_node *node,
                           enum mets_attribute attribute)
{
    struct str rest = node->at[attribute];
    struct str id;
    while (next_name(&rest, &id)) {
        if ((id_set_put(&r->ids, id, ID_REFERRED) & (ID_DEFINED | ID_REFERRED)) != 0)
            continue;
        if (r->pending.count < NAMES_SHOWN)
            r->pending_lines[r->pending.count] = node->line;
        names_add(r, &r->pending, id);
    }
}

/* What nobody defined: the first few by name, the rest by number. */
static void judge_references(struct mets_rules *r)
{
    size_t broken = id_set_count(&r->ids, ID_DEFINED | ID_REFERRED, ID_REFERRED);
    const struct rule *rule = rule_find(REQ_mets_id_reference, 1);
    for (size_t i = 0; i < r->pending.count; i++) {
        if ((id_set_get(&r->ids, r->pending.at[i]) & ID_DEFINED) != 0)
            continue;
        broken--;
        rule_broken(r, rule, &(struct mets_node){.line = r->pending_lines[i]}, r->pending.at[i],
                    (struct str){0});
    }
    if (broken > 0)
        rule_broken(r, rule, &(struct mets_node){0}, arena_format(r->arena, "%zu more", broken),
                    (struct str){0});
}

/* --- profile
 * ------------------------------------------------------------------------------------------- */

static bool says(struct str profile, const char *word)
{
    char text[FINDING_TEXT + 1];
    snprintf(text, sizeof text, "%.*s", STR_ARG(str_slice(profile, 0, FINDING_TEXT)));
    return strcasestr(text, word) != NULL;
}

struct eark_profile eark_profile_of(struct str profile)
{
    static const struct {
        const char *word;
        unsigned version;
    } versions[] = {{"v2-0-4", IN_2_0},
                    {"v2-1-0", IN_2_1},
                    {"v2-2-0", IN_2_2},
                    {"eark-project.com/METS", IN_2_0}};
    static const struct {
        const char *word;
        unsigned kind;
    } kinds[] = {{"E-ARK-SIP", FOR_SIP}, {"E-ARK-AIP", FOR_AIP}, {"E-ARK-DIP", FOR_DIP}};
    bool known = says(profile, "dilcis.eu/") || says(profile, "eark-project.com/");
    struct eark_profile out = {known, known ? IN_2_1 : IN_2_2, 0};
    for (size_t i = 0; known && i < COUNT(versions); i++)
        if (says(profile, versions[i].word))
            out.version = versions[i].version;
    for (size_t i = 0; known && i < COUNT(kinds); i++)
        if (says(profile, kinds[i].word))
            out.kind = kinds[i].kind;
    return out;
}

static void choose_version(struct mets_rules *r, const struct mets_node *root)
{
    if (r->about.fgs)
        r->profile.version = fgs_version(root);
    else
        r->profile = eark_profile_of(root->at[METS_AT_PROFILE]);
}

static bool rule_applies(const struct mets_rules *r, const struct rule *rule)
{
    unsigned document = rule->applies & (IN_ROOT | IN_REPRESENTATION);
    unsigned here = r->about.representation ? IN_REPRESENTATION : IN_ROOT;
    unsigned kind = rule->applies & FOR_SOME;
    return (rule->applies & r->profile.version) != 0 &&
           (kind == 0 || (kind & r->profile.kind) != 0) &&
           (document == 0 || (document & here) != 0) && checks[rule->check].function != NULL;
}

static void choose_rules(struct mets_rules *r)
{
    for (size_t i = 0; i < rule_count; i++) {
        if (!rule_applies(r, &rules[i]))
            continue;
        struct rule_list *list =
            &r->lists[rules[i].element][checks[rules[i].check].closes ? CLOSES : OPENS];
        if (list->at == NULL)
            list->at = ARENA_ARRAY(r->arena, const struct rule *, rule_count);
        list->at[list->count++] = &rules[i];
    }
}

void mets_rules_see(struct mets_rules *r, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (node == NULL) {
        judge_references(r);
        return;
    }
    if (node->element == METS_ROOT && !event->closes) {
        choose_version(r, node);
        choose_rules(r);
        r->objid = arena_str(r->arena, str_slice(node->at[METS_AT_OBJID], 0, FINDING_TEXT));
    }
    if (!event->closes) {
        see_id(r, node);
        see_references(r, node, METS_AT_ADMID);
        see_references(r, node, METS_AT_DMDID);
        see_references(r, node, METS_AT_FILEID);
    }
    note_header(r, event);
    note_structure(r, event);
    note_pointers(r, event);
    note_metadata(r, event);
    const struct rule_list *list = &r->lists[node->element][event->closes ? CLOSES : OPENS];
    for (size_t i = 0; i < list->count; i++)
        checks[list->at[i]->check].function(r, list->at[i], node);
}
