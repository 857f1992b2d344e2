/* The manifest's files by their paths. */
#include "validate/neighbours.h"

#include "base/base.h"
#include "validate/manifest.h"
#include "vault/path_map.h"

struct neighbours {
    const struct source *manifest;
    bool read;
    bool too_many;
    struct path_map *map; /* to a place in `others` */
    struct content_other *others;
    size_t count;
    size_t capacity;
};

struct neighbours *neighbours_new(const struct source *manifest)
{
    struct neighbours *n = must_calloc(1, sizeof *n);
    n->manifest = manifest;
    return n;
}

void neighbours_free(struct neighbours *n)
{
    if (n == NULL)
        return;
    path_map_free(n->map);
    free(n->others);
    free(n);
}

static void add(struct neighbours *n, const struct manifest_row *row)
{
    GROW(n->others, n->count, n->capacity);
    path_map_add(n->map, row->entry.path, n->count);
    n->others[n->count++] = (struct content_other){.length = row->entry.length};
}

/* The first digest that is one. */
static void state(struct content_other *other, const struct expectation *said)
{
    struct str digest = str_trim(said->checksum);
    enum digest_algorithm algorithm = DIGEST_SHA256;
    if (other->stated || !digest_algorithm_parse(said->checksum_type, &algorithm) ||
        digest.len != 2 * digest_size(algorithm) || digest.len < 2 * sizeof other->digest)
        return;
    other->stated = hex_decode(str_slice(digest, 0, 2 * sizeof other->digest), other->digest,
                               sizeof other->digest);
    other->algorithm = (uint8_t)algorithm;
}

static struct err *take(struct neighbours *n, struct packed_reader *rows, struct packed *record)
{
    struct manifest_row row = manifest_take(record);
    bool is_file = row.entry.kind == ENTRY_FILE;
    TRY(packed_done(record));
    if (is_file)
        add(n, &row);
    for (uint64_t i = 0; i < row.expectations; i++) {
        bool more = false;
        TRY(packed_next(rows, record, &more));
        if (!more)
            return ERR_BUG_AT("the manifest ends in the middle of a row");
        struct expectation said = expectation_take(record);
        TRY(packed_done(record));
        if (is_file)
            state(&n->others[n->count - 1], &said);
    }
    return NULL;
}

static struct err *read_rows(struct neighbours *n, struct packed_reader *rows)
{
    for (bool more = true;;) {
        struct packed record;
        TRY(packed_next(rows, &record, &more));
        n->too_many = n->count == NEIGHBOURS_MOST;
        if (!more || n->too_many)
            return NULL;
        TRY(take(n, rows, &record));
    }
}

static struct err *read_manifest(struct neighbours *n)
{
    uint64_t first = 0;
    uint64_t second = 0;
    struct packed_reader *rows = packed_reader_new(n->manifest, 0, n->manifest->size);
    n->map = path_map_new();
    struct err *e = read_rows(n, rows);
    packed_reader_free(rows);
    TRY(e);
    n->read = true;
    if (!path_map_sort(n->map, &first, &second))
        return ERR_BUG_AT("a manifest has two files of one path");
    return NULL;
}

struct err *neighbours_find(void *state, struct str path, struct content_other *out,
                            enum content_presence *out_presence)
{
    struct neighbours *n = state;
    uint64_t place = 0;
    if (!n->read)
        TRY(read_manifest(n));
    *out_presence = n->too_many ? CONTENT_IS_UNKNOWN : CONTENT_IS_ABSENT;
    if (n->too_many || !path_map_find(n->map, path, &place))
        return NULL;
    *out = n->others[place];
    *out_presence = CONTENT_IS_THERE;
    return NULL;
}
