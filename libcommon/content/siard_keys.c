/* The columns that metadata describes, and those that its keys name: is each of these one of them?
 */
#include "base/base.h"
#include "base/digest.h"
#include "content/siard.h"

enum { KEY_KEPT = 128 };

/* A column that a key names. */
struct siard_key {
    uint64_t column;
    uint64_t short_column; /* by what stands behind the last dot of its name */
    int64_t line;
    struct str text;
};

static uint64_t hash_column(const struct siard_column_name *name, struct str column)
{
    autobuf struct buf all = buf_new(4 * SIARD_NAME_KEPT);
    const struct str parts[] = {name->schema, name->table, str_slice(column, 0, SIARD_NAME_KEPT)};
    uint64_t hash;
    for (size_t i = 0; i < COUNT(parts); i++) {
        buf_put(&all, parts[i]);
        buf_byte(&all, '\0');
    }
    memcpy(&hash, sha256_of(buf_str(&all)).bytes, sizeof hash);
    return hash;
}

bool siard_keys_add_column(struct siard_keys *k, const struct siard_column_name *name)
{
    if (!siard_has_room(k->s, k->column_count, SIARD_COLUMNS))
        return false;
    GROW(k->columns, k->column_count, k->column_capacity);
    k->columns[k->column_count++] = hash_column(name, name->column);
    return true;
}

bool siard_keys_add_key(struct siard_keys *k, const struct siard_column_name *name, int64_t line)
{
    struct str text = name->column;
    if (!siard_has_room(k->s, k->key_count, SIARD_KEYS))
        return false;
    const char *dot = text.len > 0 ? memrchr(text.ptr, '.', text.len) : NULL;
    struct str last = dot != NULL ? str_slice(text, (size_t)(dot + 1 - text.ptr), text.len) : text;
    GROW(k->keys, k->key_count, k->key_capacity);
    k->keys[k->key_count++] =
        (struct siard_key){.column = hash_column(name, text),
                           .short_column = hash_column(name, last),
                           .line = line,
                           .text = arena_str(k->s->arena, str_slice(text, 0, KEY_KEPT))};
    return true;
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static bool is_column(const struct siard_keys *k, uint64_t hash)
{
    return k->column_count > 0 &&
           bsearch(&hash, k->columns, k->column_count, sizeof hash, compare_hashes) != NULL;
}

void siard_keys_check(struct siard_keys *k)
{
    if (k->column_count > 0)
        qsort(k->columns, k->column_count, sizeof *k->columns, compare_hashes);
    for (size_t i = 0; i < k->key_count; i++)
        if (!is_column(k, k->keys[i].column) && !is_column(k, k->keys[i].short_column))
            siard_metadata_fault(k->s, CONTENT_siard_key, k->keys[i].line, k->keys[i].text);
}

void siard_keys_free(struct siard_keys *k)
{
    free(k->columns);
    free(k->keys);
}
