/* Content information types by folder, sorted for the join. */
#include "validate/content_types.h"

#include "base/base.h"
#include "validate/mets_rules.h"

enum { WORD_MAX = 256 }; /* no type is longer; what is, is none that has a reader */

struct part {
    struct str folder; /* "representations/rep1" */
    bool own;          /* stated by its own METS, which counts more */
    size_t order;
    struct content_stated stated;
};

struct content_types {
    struct arena *arena;
    struct content_stated package;
    struct part *parts;
    size_t count;
    size_t capacity;
};

struct content_types *content_types_new(struct arena *arena)
{
    struct content_types *t = must_calloc(1, sizeof *t);
    t->arena = arena;
    return t;
}

void content_types_free(struct content_types *t)
{
    if (t == NULL)
        return;
    free(t->parts);
    free(t);
}

static struct str word_of(struct arena *arena, const struct mets_node *node,
                          enum mets_attribute attribute)
{
    struct str word = str_trim(node->at[attribute]);
    return word.len > 0 && word.len <= WORD_MAX ? arena_str(arena, word) : (struct str){0};
}

static struct content_stated stated_by(struct arena *arena, const struct mets_node *node)
{
    return (struct content_stated){.type = word_of(arena, node, METS_AT_CSIP_CONTENT),
                                   .other = word_of(arena, node, METS_AT_CSIP_OTHERCONTENT)};
}

static void add(struct content_types *t, struct str folder, bool own, const struct mets_node *node)
{
    if (t->count == CONTENT_TYPES_MAX || folder.len > WORD_MAX ||
        node->at[METS_AT_CSIP_CONTENT].len == 0)
        return;
    GROW(t->parts, t->count, t->capacity);
    t->parts[t->count] =
        (struct part){arena_str(t->arena, folder), own, t->count, stated_by(t->arena, node)};
    t->count++;
}

/* "representations/rep1" of a path in it; absent when it lies in none. */
static struct str representation_of(struct str path)
{
    static const char begin[] = "representations/";
    size_t length = sizeof begin - 1;
    if (path.len <= length || !str_equal_nocase(str_slice(path, 0, length), str_from(begin)))
        return (struct str){0};
    return str_slice(path, 0, length + str_find(str_slice(path, length, path.len), '/'));
}

void content_types_see(struct content_types *t, const struct mets_node *node, struct str mets)
{
    bool root = str_equal(mets, S("METS.xml"));
    if (node->element == METS_ROOT && root) {
        t->package = stated_by(t->arena, node);
        t->package.aip = eark_profile_of(node->at[METS_AT_PROFILE]).kind == FOR_AIP;
    } else if (node->element == METS_ROOT)
        add(t, representation_of(mets), true, node);
    else if (node->element == METS_GROUP && root)
        add(t, representation_of(node->at[METS_AT_USE]), false, node);
}

/* Folders that differ in case only are one, as references find them. */
static int compare_folders(struct str a, struct str b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both > 0 ? strncasecmp(a.ptr, b.ptr, both) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *left = a;
    const struct part *right = b;
    int order = compare_folders(left->folder, right->folder);
    if (order != 0 || left->own != right->own)
        return order != 0 ? order : right->own - left->own;
    return (left->order > right->order) - (left->order < right->order);
}

void content_types_end(struct content_types *t)
{
    if (t->count > 1)
        qsort(t->parts, t->count, sizeof *t->parts, compare_parts);
}

/* The first of those with this folder, or the package's. */
static const struct content_stated *stated_for(const struct content_types *t, struct str folder)
{
    size_t low = 0;
    size_t high = folder.len > 0 ? t->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_folders(t->parts[middle].folder, folder) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found =
        folder.len > 0 && low < t->count && compare_folders(t->parts[low].folder, folder) == 0;
    return found ? &t->parts[low].stated : &t->package;
}

enum content_kind content_types_kind(const struct content_types *t, struct str path)
{
    struct content_stated stated = *stated_for(t, representation_of(path));
    stated.aip = t->package.aip;
    return content_kind_of(&stated, path);
}
