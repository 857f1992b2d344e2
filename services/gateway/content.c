/* The files of records, read from the vault. */
#include "services/gateway/room.h"

#include "base/base.h"

enum { OPEN_MAX = 32, HEAD_MAX = 512 * 1024, SCRATCH_MAX = 64 * 1024 * 1024 };

/* The beginning of the file that ranges of the package were last read from: a person's own file
 * lies in it whole, and is so read once and not once for each of its records. */
struct head {
    struct str path;
    struct buf bytes;
};

struct contents {
    struct request *request;
    int32_t tenant;
    const struct record *const *records;
    size_t count;
    size_t at;
    struct package_opened packages[OPEN_MAX];
    struct head heads[OPEN_MAX];
    size_t open;
    struct arena *scratch; /* what was read for the record at hand */
};

struct contents *contents_new(struct request *request, int32_t tenant,
                              const struct record *const *records, size_t count)
{
    struct contents *c = must_calloc(1, sizeof *c);
    c->request = request;
    c->tenant = tenant;
    c->records = records;
    c->count = count;
    c->scratch = arena_new(SCRATCH_MAX);
    return c;
}

static void close_package(struct contents *c, size_t i)
{
    package_file_free(c->packages[i].file);
    buf_free(&c->heads[i].bytes);
}

void contents_drop(struct contents **contents)
{
    struct contents *c = *contents;
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->open; i++)
        close_package(c, i);
    arena_free(c->scratch);
    free(c);
    *contents = NULL;
}

void contents_turn(struct contents *c, size_t at)
{
    c->at = at;
    arena_reset(c->scratch);
}

struct arena *contents_arena(struct contents *c)
{
    return c->scratch;
}

static struct package_reading reading_of(const struct contents *c)
{
    return (struct package_reading){.worker = c->request->worker,
                                    .arena = c->request->arena,
                                    .tenant = c->tenant,
                                    .purpose = "disclose"};
}

/* --- packages
 * ---------------------------------------------------------------------------------------- */

static size_t find(const struct package_opened *packages, size_t count, struct uuid id)
{
    size_t i = 0;
    while (i < count && !uuid_equal(packages[i].id, id))
        i++;
    return i;
}

/* The packages of the record at hand and of those that follow, as many as may be open. */
static size_t next_packages(const struct contents *c, struct package_opened *out)
{
    size_t count = 0;
    for (size_t i = c->at; i < c->count && count < OPEN_MAX; i++)
        if (find(out, count, c->records[i]->package) == count)
            out[count++] = (struct package_opened){.id = c->records[i]->package};
    return count;
}

/* One that is open and comes again stays so; the others are opened together. */
static struct err *open_next(struct contents *c)
{
    struct package_opened next[OPEN_MAX];
    struct package_opened fresh[OPEN_MAX];
    size_t fresh_count = 0;
    size_t kept = 0;
    size_t count = next_packages(c, next);
    for (size_t i = 0; i < c->open; i++) {
        if (find(next, count, c->packages[i].id) == count) {
            close_package(c, i);
            continue;
        }
        c->packages[kept] = c->packages[i];
        c->heads[kept++] = c->heads[i];
    }
    c->open = kept;
    for (size_t i = 0; i < count; i++)
        if (find(c->packages, kept, next[i].id) == kept)
            fresh[fresh_count++] = next[i];
    const struct package_reading reading = reading_of(c);
    TRY(packages_open(&reading, fresh, fresh_count));
    for (size_t i = 0; i < fresh_count; i++) {
        c->heads[c->open] = (struct head){.bytes = buf_new(HEAD_MAX)};
        c->packages[c->open++] = fresh[i];
    }
    return NULL;
}

static struct err *turn_to(struct contents *c, const struct content_place *place, size_t *out)
{
    size_t i = find(c->packages, c->open, place->package);
    if (i == c->open) {
        TRY(open_next(c));
        i = find(c->packages, c->open, place->package);
    }
    if (i == c->open)
        return ERR_BUG_AT("content is read of a package that is not the record's");
    *out = i;
    if (c->packages[i].failure != NULL)
        return c->packages[i].failure;
    return package_file_turn(c->packages[i].file, place->path);
}

/* --- bytes
 * ------------------------------------------------------------------------------------------- */

/* The range of a row inside the file as it is. */
static struct err *size_in(const struct package_file *file, const struct content_place *place,
                           size_t *out)
{
    uint64_t whole = package_file_length(file);
    uint64_t offset = (uint64_t)place->offset;
    uint64_t length = (uint64_t)place->length;
    if (offset > whole || length > whole - offset)
        return err_new(ERR_CORRUPT, "a record is not inside its file");
    *out = (size_t)(length > 0 ? length : whole - offset);
    return NULL;
}

struct err *contents_size(struct contents *c, const struct content_place *place, size_t *out)
{
    size_t i = 0;
    TRY(turn_to(c, place, &i));
    return size_in(c->packages[i].file, place, out);
}

static struct err *read_at(struct contents *c, size_t i, uint64_t offset, char *out, size_t size)
{
    const struct package_reading reading = reading_of(c);
    struct package_file *file = c->packages[i].file;
    size_t got = 0;
    TRY(package_fetch(&reading, c->packages[i].id, file, offset, size));
    return package_file_read(file, out, size, &got);
}

static struct err *read_head(struct contents *c, size_t i, struct str path)
{
    struct head *head = &c->heads[i];
    uint64_t length = package_file_length(c->packages[i].file);
    size_t size = length < HEAD_MAX ? (size_t)length : HEAD_MAX;
    if (str_equal(head->path, path))
        return NULL;
    buf_clear(&head->bytes);
    head->path = (struct str){0};
    TRY(read_at(c, i, 0, buf_reserve(&head->bytes, size), size));
    head->bytes.len = size;
    head->path = path; /* in the request's arena, like every row */
    return NULL;
}

struct err *contents_read(struct contents *c, const struct content_place *place, struct str *out)
{
    size_t i = 0;
    size_t size = 0;
    TRY(turn_to(c, place, &i));
    TRY(size_in(c->packages[i].file, place, &size));
    char *bytes = arena_alloc(c->scratch, size + 1, 1);
    size_t offset = (size_t)place->offset;
    bool is_range = offset > 0 || place->length > 0;
    if (is_range && offset + size <= HEAD_MAX) {
        TRY(read_head(c, i, place->path));
        memcpy(bytes, c->heads[i].bytes.ptr + offset, size);
    } else {
        TRY(read_at(c, i, offset, bytes, size));
    }
    *out = (struct str){bytes, size};
    return NULL;
}
