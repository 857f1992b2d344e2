/* One file of a stored package, by its entry index. */
#include "vault/package.h"

#include "base/base.h"
#include "vault/entry_index.h"

/* The inflater takes its input in blocks; a block may reach this far behind what is needed. */
enum { READ_AHEAD = 1 << 20 };

struct package_file {
    struct package_part *index_part;
    struct source index_source;
    struct entry_index *index;
    struct entry entry;
    uint64_t bytes; /* of the delivered package */
    struct package_part *delivered;
    struct source source;
    struct entry_reader *reader;
    struct restart_point point;    /* scratch: 32 KiB */
    char root[ENTRY_PATH_MAX + 1]; /* put before every path */
};

void package_file_free(struct package_file *file)
{
    if (file == NULL)
        return;
    entry_reader_free(file->reader);
    entry_index_free(file->index);
    package_part_free(file->delivered);
    package_part_free(file->index_part);
    free(file);
}

struct err *package_file_turn(struct package_file *file, struct str path)
{
    struct entry entry;
    autobuf struct buf whole = buf_new(ENTRY_PATH_MAX);
    buf_put(&whole, str_from(file->root));
    buf_put(&whole, path);
    TRY(buf_done(&whole, "a path in a package"));
    TRY(entry_index_find(file->index, buf_str(&whole), &entry));
    if (entry.kind != ENTRY_FILE)
        return err_new(ERR_NOT_FOUND, "there is no such file in the package");
    entry.path = (struct str){0}; /* the caller's */
    file->entry = entry;
    return NULL;
}

struct err *package_file_path(struct package_file *file, uint64_t place, struct arena *arena,
                              struct str *out_path)
{
    struct entry entry = {0};
    struct str root = str_from(file->root);
    enum entries_step step = ENTRIES_POINT;
    while (step == ENTRIES_POINT || (step == ENTRIES_ENTRY && entry.kind != ENTRY_FILE))
        TRY(entry_index_next(file->index, &place, arena, &entry, &file->point, &step));
    if (step == ENTRIES_END || !str_starts(entry.path, root))
        return err_new(ERR_NOT_FOUND, "there is no file at this place of the package");
    *out_path = str_slice(entry.path, root.len, entry.path.len);
    return NULL;
}

struct err *package_file_new(struct package_part *index, struct str root, uint64_t bytes,
                             struct package_file **out)
{
    struct package_file *file = must_calloc(1, sizeof *file);
    file->index_part = index;
    file->index_source = package_part_source(index);
    file->bytes = bytes;
    snprintf(file->root, sizeof file->root, "%.*s", STR_ARG(root));
    struct err *e = entry_index_open(&file->index_source, &file->index);
    if (e != NULL) {
        package_file_free(file);
        return e;
    }
    *out = file;
    return NULL;
}

uint64_t package_file_length(const struct package_file *file)
{
    return file->entry.length;
}

uint64_t package_file_package_bytes(const struct package_file *file)
{
    return file->bytes;
}

/* Where the points of the file's inflated stream stand, and what they count from. */
struct points {
    uint64_t first;
    uint64_t count;
    uint64_t base;  /* plain bytes of the stream before the file */
    uint64_t start; /* the stream in the container */
    uint64_t end;
};

static struct points points_of(const struct package_file *file)
{
    const struct entry *entry = &file->entry;
    if (entry_index_container(file->index) == CONTAINER_TAR_GZ)
        return (struct points){0, entry_index_points(file->index), entry->offset, 0, file->bytes};
    return (struct points){entry->first_point, entry->point_count, 0, entry->offset,
                           entry->offset + entry->stored_length};
}

/* The last byte of the container that may be needed for plain bytes up to `output`: where the next
 * restart point behind them begins. Points are a MiB apart or, where a block is long, more. */
static struct err *input_end(struct package_file *file, const struct points *points,
                             uint64_t output, uint64_t *out)
{
    const uint64_t farthest = UINT64_C(1) << 42;
    bool found = false;
    *out = points->end;
    for (uint64_t ahead = RESTART_SPACING; ahead <= farthest; ahead *= 2) {
        TRY(entry_index_point(file->index, points->first, points->count, output + ahead,
                              &file->point, &found));
        if (!found || file->point.output < output)
            continue;
        if (file->point.input + READ_AHEAD < points->end)
            *out = file->point.input + READ_AHEAD;
        return NULL;
    }
    return NULL;
}

static struct err *input_start(struct package_file *file, const struct points *points,
                               uint64_t output, uint64_t *out)
{
    bool found = false;
    TRY(entry_index_point(file->index, points->first, points->count, output, &file->point, &found));
    /* Bits of the byte before may be left to use. */
    *out = found && file->point.input > points->start ? file->point.input - 1 : points->start;
    return NULL;
}

struct err *package_file_touches(struct package_file *file, uint64_t from, uint64_t length,
                                 uint32_t *out_first, uint32_t *out_last)
{
    const struct entry *entry = &file->entry;
    bool whole_stream = entry_index_container(file->index) == CONTAINER_TAR_GZ;
    uint64_t start = entry->offset + from;
    uint64_t end = start + length;
    if (from > entry->length || length > entry->length - from)
        return err_new(ERR_INVALID, "the file has %llu bytes; more was asked for",
                       (unsigned long long)entry->length);
    if (whole_stream || entry->method == ENTRY_DEFLATE) {
        struct points points = points_of(file);
        TRY(input_start(file, &points, points.base + from, &start));
        end = points.end;
        /* At its end a ZIP's entry is read to the last byte, to see that nothing follows. */
        if (whole_stream || from + length < entry->length)
            TRY(input_end(file, &points, points.base + from + length, &end));
    }
    if (end < start || end > file->bytes)
        return err_new(ERR_CORRUPT, "the entry index places a file outside of its package");
    *out_first = (uint32_t)(start / SEGMENT_BYTES);
    *out_last = (uint32_t)((end > start ? end - 1 : start) / SEGMENT_BYTES);
    if (*out_first >= segment_count(file->bytes)) /* an empty file at the very end */
        *out_first = *out_last = (uint32_t)segment_count(file->bytes) - 1;
    return NULL;
}

void package_file_use(struct package_file *file, struct package_part *delivered)
{
    entry_reader_free(file->reader);
    package_part_free(file->delivered);
    file->delivered = delivered;
    file->source = package_part_source(delivered);
    file->reader = entry_reader_new(&file->source, entry_index_container(file->index), file->index);
}

struct err *package_file_open(struct package_file *file, uint64_t from)
{
    return entry_open(file->reader, &file->entry, from);
}

bool package_file_has(const struct package_file *file, uint32_t first, uint32_t last)
{
    return file->delivered != NULL && package_part_has(file->delivered, first, last);
}

struct err *package_file_read(struct package_file *file, void *out, size_t length, size_t *out_got)
{
    return entry_read(file->reader, out, length, out_got);
}
