/* Checking a range of the manifest. */
#include "validate/check.h"

#include "base/base.h"
#include "base/digest.h"
#include "validate/fixity.h"
#include "validate/inside.h"
#include "validate/manifest.h"

enum { PIECE = 256 * 1024, ROW_MEMORY = 64 * 1024 };

struct checking {
    struct manifest_check *c;
    struct packed_reader *rows;
    struct entry_reader *reader;
    struct digests *digests;
    unsigned always; /* digests that are asked for of every file */
    struct inspector *inspector;
    struct arena *row; /* its path */
    char *piece;
    struct neighbours *neighbours;
    struct spool *copy; /* of the file; NULL: none is needed */
};

static struct err *note_point(struct checking *k)
{
    const struct restart_point *point = entry_point(k->reader);
    if (point == NULL || k->c->index == NULL)
        return NULL;
    entry_index_add_point(k->c->index->writer, point, &k->c->index->bytes);
    return index_out_flush(k->c->index);
}

/* The file's path in the package. */
static struct str path_of(const struct manifest_row *row)
{
    return str_slice(row->entry.path, row->below, row->entry.path.len);
}

/* An entry index, and who is told of each file, want SHA-256; without them what METS states is
 * enough. */
static unsigned always(const struct manifest_check *c)
{
    bool told = c->inspection != NULL && c->inspection->tell != NULL;
    return c->index != NULL || told ? 1U << DIGEST_SHA256 : 0;
}

/* Reads the file once, through the inspector and every digest that is asked for. */
static struct err *read_file(struct checking *k, const struct manifest_row *row, bool *out_safe)
{
    digests_reset(k->digests, row->digests | k->always);
    TRY(entry_open(k->reader, &row->entry, 0));
    TRY(inspector_begin(k->inspector, row->entry.length, row->scanned));
    bool stored = inside_is_stored(k->c->container, row);
    for (size_t got = PIECE, pieces = 0; got == PIECE; pieces++) {
        TRY(entry_read(k->reader, k->piece, PIECE, &got));
        const struct str piece = {k->piece, got};
        digests_add(k->digests, piece);
        TRY(inspector_add(k->inspector, piece));
        if (pieces == 0 && k->copy == NULL && !stored &&
            inspector_looks_inside(k->inspector, piece))
            k->copy = spool_new(k->c->folder);
        if (k->copy != NULL)
            TRY(spool_add(k->copy, piece));
        TRY(note_point(k));
    }
    digests_end(k->digests);
    TRY(inspector_end(k->inspector, path_of(row), out_safe));
    *out_safe &= !row->infected;
    return NULL;
}

/* What is no number of bytes, as "-1" by xs:long may be, is no file's size. */
static bool size_differs(struct str stated, uint64_t length)
{
    uint64_t size = 0;
    struct str number = str_trim(stated);
    if (number.len == 0)
        return false; /* the rules of METS have asked for it */
    if (str_starts(number, S("+")))
        number = str_slice(number, 1, number.len);
    return !str_to_u64(number, UINT64_MAX, &size) || size != length;
}

static void compare(struct checking *k, const struct manifest_row *row, const struct expectation *e)
{
    enum digest_algorithm algorithm = DIGEST_SHA256;
    const struct listed_file listed = {e->element, e->mets, e->line, e->id, path_of(row), e->by};
    if (size_differs(e->size, row->entry.length))
        fixity_size(k->c->findings, &listed, e->size, row->entry.length);
    if (e->checksum.len == 0 || e->checksum_type.len == 0)
        return; /* the rules of METS have asked for them */
    if (!digest_algorithm_parse(e->checksum_type, &algorithm)) {
        fixity_unsupported(k->c->findings, &listed, e->checksum_type);
        return;
    }
    char hex[2 * DIGEST_LARGEST];
    struct str digest = digests_get(k->digests, algorithm);
    hex_encode((const uint8_t *)digest.ptr, digest.len, hex);
    struct str found = {hex, 2 * digest.len};
    if (!str_equal_nocase(found, str_trim(e->checksum)))
        fixity_checksum(k->c->findings, &listed, e->checksum, found);
}

static struct err *compare_all(struct checking *k, const struct manifest_row *row)
{
    for (uint64_t i = 0; i < row->expectations; i++) {
        struct packed record;
        bool more = false;
        TRY(packed_next(k->rows, &record, &more));
        if (!more)
            return ERR_BUG_AT("a part of the manifest ends in the middle of a row");
        struct expectation said = expectation_take(&record);
        TRY(packed_done(&record));
        compare(k, row, &said);
    }
    return NULL;
}

/* Read once more, by what it is and by what it should be. */
static struct err *look_inside(struct checking *k, const struct manifest_row *row)
{
    const struct inside_file file = {row, k->reader, k->copy};
    struct inside_place place;
    struct source whole;
    TRY(inside_open(&file, &place, &whole));
    TRY(inspector_identify(k->inspector, path_of(row), &whole));
    return inside_check(&file, k->neighbours, k->c->findings);
}

static struct err *check_row(struct checking *k, struct packed *record)
{
    struct manifest_row row = manifest_take(record);
    TRY(packed_done(record));
    arena_reset(k->row);
    row.entry.path = arena_str(k->row, row.entry.path);
    spool_free(k->copy);
    k->copy = NULL;
    if (row.entry.kind == ENTRY_FILE) {
        bool safe = false; /* nobody else reads the file before this is said */
        if (inside_wants_copy(k->c->container, &row))
            k->copy = spool_new(k->c->folder);
        TRY(read_file(k, &row, &safe));
        TRY(compare_all(k, &row));
        if (safe)
            TRY(look_inside(k, &row));
        if (k->always != 0)
            memcpy(row.entry.sha256.bytes, digests_get(k->digests, DIGEST_SHA256).ptr,
                   sizeof row.entry.sha256.bytes);
        inspector_tell(k->inspector, path_of(&row), row.entry.length, row.entry.sha256);
        k->c->files++;
        k->c->bytes += (int64_t)row.entry.length;
    }
    if (k->c->index == NULL)
        return NULL;
    entry_index_add(k->c->index->writer, &row.entry, &k->c->index->bytes);
    return index_out_flush(k->c->index);
}

static struct err *check_rows(struct checking *k)
{
    for (bool more = true;;) {
        struct packed record;
        TRY(packed_next(k->rows, &record, &more));
        if (!more)
            return NULL;
        TRY(check_row(k, &record));
    }
}

struct err *manifest_check(struct manifest_check *c)
{
    struct checking k = {.c = c,
                         .rows = packed_reader_new(c->manifest, c->first_row, c->end_row),
                         .reader = entry_reader_new(c->source, c->container, c->points),
                         .digests = digests_new(0),
                         .always = always(c),
                         .inspector = inspector_new(c->inspection, c->findings),
                         .neighbours = neighbours_new(c->manifest),
                         .row = arena_new(ROW_MEMORY),
                         .piece = must_realloc(NULL, PIECE)};
    struct err *e = check_rows(&k);
    packed_reader_free(k.rows);
    entry_reader_free(k.reader);
    digests_free(k.digests);
    inspector_free(k.inspector);
    neighbours_free(k.neighbours);
    arena_free(k.row);
    spool_free(k.copy);
    free(k.piece);
    return e;
}
