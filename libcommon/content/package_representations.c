/* Representations of a package, by what its METS files and paths tell of them in any order; and
 * what the rules of each type share. */
#include "content/package_inside.h"

#include "base/base.h"
#include "text/href.h"

enum { TELLINGS = 3 * CONTENT_REPRESENTATIONS };

void package_fault(const struct content_package *p, enum content_rule rule, struct str path,
                   int64_t line, struct str found, struct str expected)
{
    content_fault(
        &p->report,
        &(struct content_fault){
            .rule = rule, .line = line, .inside = path, .found = found, .expected = expected});
}

bool package_is_among(struct str value, const char *const *values)
{
    for (; *values != NULL; values++)
        if (str_equal_nocase(str_trim(value), str_from(*values)))
            return true;
    return false;
}

struct str package_leads(const struct content_package *p, const struct mets_node *node,
                         struct arena *arena)
{
    struct str href = str_trim(node->at[METS_AT_HREF]);
    struct str path = {0};
    bool leads = href.len <= PACKAGE_HREF_MEMORY / 4 &&
                 href_resolve(href, p->now.mets, arena, &path) == HREF_OK;
    return leads ? path : (struct str){0};
}

struct str package_representation(struct str path, struct str *out_below)
{
    struct str begin = S("representations/");
    if (!str_starts(path, begin))
        return (struct str){0};
    struct str rest = str_slice(path, begin.len, path.len);
    size_t slash = str_find(rest, '/');
    *out_below = str_slice(rest, slash + 1, rest.len);
    return slash < rest.len ? str_slice(rest, 0, slash) : (struct str){0};
}

struct representation *package_tell(struct content_package *p, struct str name)
{
    p->too_many |= p->count == TELLINGS;
    if (name.len == 0 || name.len > PACKAGE_NAME_MAX || p->count == TELLINGS)
        return NULL;
    GROW(p->representations, p->count, p->capacity);
    p->representations[p->count] = (struct representation){.name = arena_str(p->arena, name)};
    return &p->representations[p->count++];
}

static int compare_representations(const void *a, const void *b)
{
    const struct representation *left = a;
    const struct representation *right = b;
    return str_compare(left->name, right->name);
}

/* Of two groups the first counts, whatever the order here. */
static void merge(struct representation *into, const struct representation *from)
{
    if (from->mets.ptr != NULL) {
        into->mets = from->mets;
        into->line = from->line;
        into->spec = from->spec;
        into->other = from->other;
        into->has_map = from->has_map;
        into->patients = from->patients;
    }
    if (from->group_line > 0 && (into->group_line == 0 || from->group_line < into->group_line)) {
        into->group_other = from->group_other;
        into->group_line = from->group_line;
    }
    into->mapped |= from->mapped;
}

void package_settle(struct content_package *p)
{
    size_t kept = 0;
    if (p->settled || p->count == 0)
        return;
    qsort(p->representations, p->count, sizeof *p->representations, compare_representations);
    for (size_t i = 1; i < p->count; i++) {
        struct representation *last = &p->representations[kept];
        if (str_equal(last->name, p->representations[i].name))
            merge(last, &p->representations[i]);
        else
            p->representations[++kept] = p->representations[i];
    }
    p->count = kept + 1;
    p->settled = true;
}

struct representation *package_told(struct content_package *p, struct str name)
{
    const struct representation wanted = {.name = name};
    package_settle(p);
    if (p->count == 0)
        return NULL;
    return bsearch(&wanted, p->representations, p->count, sizeof wanted, compare_representations);
}
