/* Sealed bytes of a stored package as a source: one segment open at a time. */
#include "base/base.h"
#include "vault/package.h"

#include <fcntl.h>
#include <unistd.h>

struct package_part {
    int locations[VAULT_LOCATIONS_MAX];
    size_t location_count;
    char tenant[VAULT_TENANT_MAX + 1];
    struct uuid package;
    enum ocfl_kind kind;
    struct segment *segments;
    struct file_key *keys;
    size_t count;
    uint64_t bytes;

    size_t location;               /* where the last good bytes came from: asked first */
    struct segment_file file;      /* the open segment … */
    struct segment_reader *reader; /* … NULL when there is none */
};

static void close_segment(struct package_part *part)
{
    if (part->reader == NULL)
        return;
    segment_reader_free(part->reader);
    close(part->file.descriptor);
    part->reader = NULL;
}

void package_part_free(struct package_part *part)
{
    if (part == NULL)
        return;
    close_segment(part);
    for (size_t i = 0; i < part->location_count; i++)
        close(part->locations[i]);
    file_keys_free(part->keys, part->count);
    free(part->segments);
    free(part);
}

static struct err *keep_locations(struct package_part *part, const struct vault *vault)
{
    for (size_t i = 0; i < vault->count; i++) {
        int own = fcntl(vault->locations[i], F_DUPFD_CLOEXEC, 0);
        if (own < 0)
            return err_errno(ERR_STORAGE, "could not open a storage location");
        part->locations[part->location_count++] = own;
    }
    return NULL;
}

struct err *package_part_open(const struct package_place *place, enum ocfl_kind kind,
                              const struct segment *segments, struct file_key *keys, size_t count,
                              uint64_t bytes, struct package_part **out)
{
    assert(count > 0 && vault_tenant_ok(place->tenant));
    struct package_part *part = must_calloc(1, sizeof *part);
    part->package = place->package;
    part->kind = kind;
    part->keys = keys;
    part->count = count;
    part->bytes = bytes;
    part->segments = must_calloc(count, sizeof *segments);
    memcpy(part->tenant, place->tenant.ptr, place->tenant.len);
    memcpy(part->segments, segments, count * sizeof *segments);
    struct err *e = keep_locations(part, place->vault);
    if (e != NULL)
        package_part_free(part);
    else
        *out = part;
    return e;
}

bool package_part_has(const struct package_part *part, uint32_t first, uint32_t last)
{
    uint32_t begin = part->segments[0].index;
    return first >= begin && last < begin + part->count;
}

/* The number of a segment among its file's: a file of the AIP part begins anywhere in it. */
static uint32_t number_of(const struct package_part *part, size_t at)
{
    return part->kind == OCFL_AIP ? (uint32_t)at : part->segments[at].index;
}

static struct err *open_segment(struct package_part *part, size_t at, size_t location)
{
    const struct segment *segment = &part->segments[at];
    if (part->reader != NULL && part->file.index == number_of(part, at) &&
        part->location == location)
        return NULL;
    close_segment(part);
    int descriptor = -1;
    TRY(ocfl_open(part->locations[location], str_from(part->tenant), part->package, part->kind,
                  segment, 1, &descriptor));
    part->file = (struct segment_file){number_of(part, at), segment->plain_bytes,
                                       segment->stored_bytes, descriptor, &part->keys[at]};
    part->location = location;
    struct err *e = segment_reader_new(&part->file, 1, part->bytes, &part->reader);
    if (e != NULL)
        close(descriptor);
    return e;
}

/* From any location that has it whole: a bad copy is no reason to refuse a good one. When none has,
 * an error that may pass outweighs one that stays (a location that is away may hold the good copy),
 * and a copy that is damaged one that is not there. */
static struct err *read_piece(struct package_part *part, size_t at, uint64_t offset, void *out,
                              size_t length)
{
    struct err *worst = NULL;
    size_t first = part->location;
    for (size_t i = 0; i < part->location_count; i++) {
        struct err *e = open_segment(part, at, (first + i) % part->location_count);
        if (e == NULL) {
            struct source plain = segment_reader_source(part->reader);
            e = source_read(&plain, offset, out, length);
        }
        if (e == NULL)
            return NULL;
        close_segment(part);
        if (worst == NULL || worst->code == ERR_NOT_FOUND || err_class(e) == ERR_CLASS_TRANSIENT)
            worst = e;
    }
    return worst;
}

static struct err *read_part(void *state, uint64_t offset, void *out, size_t length)
{
    struct package_part *part = state;
    for (size_t done = 0; done < length;) {
        uint64_t at = (offset + done) / SEGMENT_BYTES - number_of(part, 0);
        uint64_t within = (offset + done) % SEGMENT_BYTES;
        size_t piece = length - done;
        if (piece > SEGMENT_BYTES - within)
            piece = (size_t)(SEGMENT_BYTES - within);
        if (at >= part->count)
            return ERR_BUG_AT("a segment is read that was not asked for");
        TRY(read_piece(part, (size_t)at, offset + done, (char *)out + done, piece));
        done += piece;
    }
    return NULL;
}

struct source package_part_source(struct package_part *part)
{
    return (struct source){read_part, part, part->bytes};
}
