/* inventory.json: what an object consists of (OCFL 1.1 §3.5). */
#include "base/base.h"
#include "text/json.h"
#include "vault/ocfl.h"

#include <inttypes.h>

/* The members' texts of two inventories; one of a package of 2 TB has 11 MB. */
enum { COMPARE_MAX = 256 * 1024 * 1024 };

struct ocfl_name ocfl_name(enum ocfl_kind kind, uint32_t index)
{
    struct ocfl_name name;
    snprintf(name.text, sizeof name.text, "%s-%08" PRIu32, kind == OCFL_AIP ? "aip" : "seg", index);
    return name;
}

/* By digest, then by place: equal digests stand together, and no order of the input shows. */
static int compare(const void *a, const void *b)
{
    const struct ocfl_content *left = a;
    const struct ocfl_content *right = b;
    int order = memcmp(&left->digest, &right->digest, sizeof left->digest);
    if (order == 0 && left->version != right->version)
        order = left->version < right->version ? -1 : 1;
    return order != 0 ? order : strcmp(left->name.text, right->name.text);
}

/* {"<digest>": ["<path>", …], …}; `full` writes paths in the object, else names in the version. */
static void put_digests(const struct ocfl_content *sorted, size_t count, bool full, struct buf *out)
{
    buf_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        const struct ocfl_content *content = &sorted[i];
        if (i > 0 && compare(&sorted[i - 1], content) == 0)
            continue; /* the same place, from an earlier version's state */
        if (i > 0 && sha512_equal(sorted[i - 1].digest, content->digest)) {
            buf_byte(out, ',');
        } else {
            buf_put(out, i > 0 ? S("],\n\"") : S("\n\""));
            buf_hex(out, content->digest.bytes, sizeof content->digest.bytes);
            buf_put(out, S("\":["));
        }
        if (full)
            buf_format(out, "\"v%" PRIu32 "/content/%s\"", content->version, content->name.text);
        else
            buf_format(out, "\"%s\"", content->name.text);
    }
    buf_put(out, count > 0 ? S("]}") : S("}"));
}

static void put_member(const char *name, struct str value, struct buf *out)
{
    buf_format(out, "\"%s\": ", name);
    json_quote(value, out);
}

static void put_version(const struct ocfl_version *version, size_t number,
                        const struct ocfl_content *sorted, struct buf *out)
{
    char created[INSTANT_TEXT];
    instant_print(version->note.created, created);
    buf_format(out, "\"v%zu\": {\n", number);
    put_member("created", str_from(created), out);
    buf_put(out, S(",\n"));
    put_member("message", version->note.message, out);
    buf_put(out, S(",\n\"user\": {"));
    put_member("name", version->note.user_name, out);
    buf_put(out, S(", "));
    put_member("address", version->note.user_address, out);
    buf_put(out, S("},\n\"state\": "));
    put_digests(sorted, version->count, false, out);
    buf_byte(out, '}');
}

static struct ocfl_content *sorted_copy(struct ocfl_content *room,
                                        const struct ocfl_version *version)
{
    if (version->count > 0)
        memcpy(room, version->contents, version->count * sizeof *room);
    qsort(room, version->count, sizeof *room, compare);
    return room;
}

struct err *ocfl_inventory(struct uuid package, const struct ocfl_version *versions, size_t count,
                           struct buf *out)
{
    assert(count > 0);
    size_t total = 0;
    for (size_t v = 0; v < count; v++)
        total += versions[v].count;
    autofree struct ocfl_content *all = must_calloc(total + 1, sizeof *all);
    size_t at = 0;
    for (size_t v = 0; v < count; at += versions[v++].count)
        sorted_copy(all + at, &versions[v]);
    buf_format(out,
               "{\n\"id\": \"urn:uuid:%s\",\n\"type\": \"https://ocfl.io/1.1/spec/#inventory\",\n"
               "\"digestAlgorithm\": \"sha512\",\n\"head\": \"v%zu\",\n\"versions\": {\n",
               uuid_text(package).text, count);
    at = 0;
    for (size_t v = 0; v < count; at += versions[v++].count) {
        put_version(&versions[v], v + 1, all + at, out);
        buf_put(out, v + 1 < count ? S(",\n") : S("},\n"));
    }
    qsort(all, total, sizeof *all, compare);
    buf_put(out, S("\"manifest\": "));
    put_digests(all, total, true, out);
    buf_put(out, S("\n}\n"));
    return buf_done(out, "the inventory");
}

struct err *ocfl_inventory_same(struct str a, struct str b, bool *out_same)
{
    static const char *const members[] = {"id", "head", "manifest"};
    autoarena struct arena *arena = arena_new(COMPARE_MAX);
    bool same = true;
    for (size_t i = 0; i < COUNT(members); i++) {
        struct str left;
        struct str right;
        TRY(json_member(a, members[i], arena, &left));
        TRY(json_member(b, members[i], arena, &right));
        same = same && str_equal(left, right);
    }
    *out_same = same;
    return NULL;
}
