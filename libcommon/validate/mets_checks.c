/* Checks of attributes: of the root, of times, of media types. */
#include "base/base.h"
#include "validate/media_type.h"
#include "validate/mets_rules_inside.h"

#define NOTHING ((struct str){0})

static struct str value_of(const struct rule *rule, const struct mets_node *node)
{
    return node->at[rule->attribute];
}

void check_present(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (is_blank(value_of(rule, node)))
        rule_broken(r, rule, node, value_of(rule, node), NOTHING);
}

void check_is(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (!is_among(value_of(rule, node), rule->values))
        broken_values(r, rule, node, value_of(rule, node));
}

void check_one_of(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (!is_blank(value_of(rule, node)) && !is_among(value_of(rule, node), rule->values))
        broken_values(r, rule, node, value_of(rule, node));
}

void check_not_empty(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    if (value.ptr != NULL && is_blank(value))
        rule_broken(r, rule, node, value, NOTHING);
}

void check_child(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    if (node->children[rule->child] == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

void check_child_once(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    uint32_t count = node->children[rule->child];
    if (count <= 1)
        return; /* as all files of a large package do */
    autoarena struct arena *arena = arena_new(4096);
    rule_broken(r, rule, node, arena_format(arena, "%u", count), S("1"));
}

void check_some_file_has(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    if ((r->file_attributes >> rule->attribute & 1) == 0)
        rule_broken(r, rule, node, NOTHING, NOTHING);
}

/* --- root
 * ---------------------------------------------------------------------------------------------- */

/* The folder that the document lies in; absent when it is not known. */
static struct str own_folder(const struct mets_rules *r)
{
    struct str path = r->about.mets;
    size_t end = path.len;
    while (end > 0 && path.ptr[end - 1] != '/')
        end--;
    if (end == 0)
        return r->about.folder;
    size_t from = end - 1;
    while (from > 0 && path.ptr[from - 1] != '/')
        from--;
    return str_slice(path, from, end - 1);
}

void check_objid_is_folder(struct mets_rules *r, const struct rule *rule,
                           const struct mets_node *node)
{
    struct str folder = own_folder(r);
    struct str objid = value_of(rule, node);
    if (folder.ptr == NULL || is_blank(objid))
        return;
    bool same = folder.len == objid.len;
    for (size_t i = 0; same && i < objid.len;
         i++) /* ':' cannot stand in every file name: "urn+uuid+…" */
        same = objid.ptr[i] == folder.ptr[i] || (objid.ptr[i] == ':' && folder.ptr[i] == '+');
    if (!same)
        rule_broken(r, rule, node, objid, folder);
}

/* The vocabulary writes en dashes, most people a hyphen. */
static struct str plain_dashes(struct str value, struct arena *arena)
{
    char *copy = arena_alloc(arena, value.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        bool dash = str_starts(str_slice(value, i, value.len), S("–"));
        copy[length++] = dash ? '-' : value.ptr[i];
        i += dash ? sizeof "–" - 2 : 0;
    }
    return (struct str){copy, length};
}

static bool is_category(struct str value)
{
    static const char *const categories[] = {
#define CATEGORY(name) name,
#include "validate/content_categories.def"
#undef CATEGORY
    };
    autoarena struct arena *arena = arena_new(64 * 1024);
    struct str plain = plain_dashes(str_slice(value, 0, FINDING_TEXT), arena);
    for (size_t i = 0; i < COUNT(categories); i++)
        if (str_equal_nocase(plain, str_from(categories[i])))
            return true;
    return false;
}

static bool is_other(struct str value)
{
    return str_equal_nocase(str_trim(value), S("OTHER"));
}

void check_category_known(struct mets_rules *r, const struct rule *rule,
                          const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    if (!is_blank(value) && !is_category(value))
        rule_broken(r, rule, node, value, NOTHING);
}

void check_other_category_stated(struct mets_rules *r, const struct rule *rule,
                                 const struct mets_node *node)
{
    if (is_other(node->at[METS_AT_TYPE]) && is_blank(value_of(rule, node)))
        rule_broken(r, rule, node, value_of(rule, node), NOTHING);
}

void check_other_category_new(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    if (is_other(node->at[METS_AT_TYPE]) && !is_blank(value) && !is_other(value) &&
        is_category(value))
        rule_broken(r, rule, node, value, NOTHING);
}

void check_other_category_fits(struct mets_rules *r, const struct rule *rule,
                               const struct mets_node *node)
{
    if (!is_blank(value_of(rule, node)) && !is_other(node->at[METS_AT_TYPE]))
        rule_broken(r, rule, node, node->at[METS_AT_TYPE], S("OTHER"));
}

void check_other_content_stated(struct mets_rules *r, const struct rule *rule,
                                const struct mets_node *node)
{
    if (str_equal(node->at[METS_AT_CSIP_CONTENT], S("OTHER")) && is_blank(value_of(rule, node)))
        rule_broken(r, rule, node, value_of(rule, node), NOTHING);
}

void check_other_content_new(struct mets_rules *r, const struct rule *rule,
                             const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    const char *const *vocabulary = rule_find(REQ_CSIP4, 3)->values;
    if (str_equal(node->at[METS_AT_CSIP_CONTENT], S("OTHER")) && !is_blank(value) &&
        !is_other(value) && is_among(value, vocabulary))
        rule_broken(r, rule, node, value, NOTHING);
}

/* CITS SIARD states the version of SIARD there. */
void check_other_content_fits(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    struct str type = node->at[METS_AT_CSIP_CONTENT];
    if (is_blank(value_of(rule, node)) || str_equal(type, S("OTHER")) ||
        starts_with_nocase(type, S("citssiard")) || starts_with_nocase(type, S("SIARD")))
        return;
    rule_broken(r, rule, node, type, S("OTHER"));
}

void check_is_url(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    if (!is_blank(value) && !starts_with_nocase(value, S("http://")) &&
        !starts_with_nocase(value, S("https://")))
        rule_broken(r, rule, node, value, S("https://…"));
}

void check_profile_known(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    if (!r->profile.known)
        rule_broken(r, rule, node, value_of(rule, node), NOTHING);
}

/* --- header
 * -------------------------------------------------------------------------------------------- */

/* xs:dateTime; without a zone it is taken for the latest that it can mean. */
static bool parse_time(struct str text, struct instant *out)
{
    autoarena struct arena *arena = arena_new(4096);
    struct str value = str_trim(text);
    return value.len < 100 &&
           (instant_from_xsd(value, out) ||
            instant_from_xsd(arena_format(arena, "%.*s-12:00", STR_ARG(value)), out));
}

void check_not_in_future(struct mets_rules *r, const struct rule *rule,
                         const struct mets_node *node)
{
    enum { CLOCKS_DIFFER_US = 5 * 60 * 1000000 };
    struct instant at = {0};
    struct str value = value_of(rule, node);
    bool zoned = instant_from_xsd(str_trim(value), &at);
    int64_t allowed =
        zoned ? CLOCKS_DIFFER_US : (int64_t)26 * 3600 * 1000000; /* zones reach from -12 to +14 */
    if (parse_time(value, &at) && instant_before(instant_add(r->about.now, allowed), at))
        rule_broken(r, rule, node, value, NOTHING);
}

/* --- media types
 * ----------------------------------------------------------------------------------------- */

/* A type of a form that is kept for private use may be agreed on; any other must be registered. */
static bool is_private_type(struct str type)
{
    size_t slash = str_find(type, '/');
    struct str subtype = str_slice(type, slash + 1, type.len);
    return (starts_with_nocase(subtype, S("x-")) || starts_with_nocase(subtype, S("x.")) ||
            starts_with_nocase(subtype, S("vnd.")) || starts_with_nocase(subtype, S("prs."))) &&
           media_type_is_wellformed(type);
}

void check_media_type(struct mets_rules *r, const struct rule *rule, const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    if (!is_blank(value) && !media_type_is_registered(value) && !is_private_type(value))
        rule_broken(r, rule, node, value, NOTHING);
}

void check_media_type_private(struct mets_rules *r, const struct rule *rule,
                              const struct mets_node *node)
{
    struct str value = value_of(rule, node);
    if (!is_blank(value) && is_private_type(value) && !media_type_is_registered(value))
        rule_broken(r, rule, node, value, NOTHING);
}

void check_media_type_short(struct mets_rules *r, const struct rule *rule,
                            const struct mets_node *node)
{
    enum { LONGEST = 256 };
    struct str value = value_of(rule, node);
    if (value.len > LONGEST)
        rule_broken(r, rule, node, value, NOTHING);
}
