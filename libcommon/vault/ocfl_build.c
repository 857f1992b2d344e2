/* An object in the work: placed, flushed, read back. */
#include "base/base.h"
#include "base/fault.h"
#include "vault/ocfl_internal.h"
#include "vault/source.h"
#include "vault/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS "extensions/r7e-headers"
#define CONTENT "v1/content"

static const char *const inventories[] = {"inventory.json", "v1/inventory.json"};
static const char *const sidecars[] = {"inventory.json.sha512", "v1/inventory.json.sha512"};

enum { COPY_PIECE = 256 * 1024 };

struct place {
    char text[sizeof HEADERS + UUID_TEXT + 1]; /* below the object's folder */
};

static struct place content_place(enum ocfl_kind kind, const struct segment *segment)
{
    struct place place;
    snprintf(place.text, sizeof place.text, CONTENT "/%s", ocfl_name(kind, segment->index).text);
    return place;
}

static struct place header_place(const struct segment *segment)
{
    struct place place;
    snprintf(place.text, sizeof place.text, HEADERS "/%s", uuid_text(segment->key_id).text);
    return place;
}

/* --- what is written
 * ------------------------------------------------------------------------------- */

static size_t count_segments(const struct ocfl_object *object)
{
    size_t count = 0;
    for (size_t p = 0; p < object->part_count; p++)
        count += object->parts[p].count;
    return count;
}

static struct sha512 sha512_of(struct str bytes)
{
    struct sha512 out;
    struct digests *digests = digests_new(1U << DIGEST_SHA512);
    digests_add(digests, bytes);
    digests_end(digests);
    memcpy(out.bytes, digests_get(digests, DIGEST_SHA512).ptr, sizeof out.bytes);
    digests_free(digests);
    return out;
}

static struct err *read_headers(const struct vault *vault, const struct ocfl_object *object,
                                struct arena *arena, const struct str **out_headers)
{
    struct str *headers = ARENA_ARRAY(arena, struct str, count_segments(object) + 1);
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    *out_headers = headers;
    for (size_t p = 0; p < object->part_count; p++) {
        const struct ocfl_part *part = &object->parts[p];
        autoclose int staging = -1;
        if (!part->placed && part->count > 0)
            TRY(staging_open(vault->locations[0], object->tenant, part->staging, false, &staging));
        for (size_t i = 0; i < part->count && !part->placed; i++) {
            buf_clear(&header);
            TRY(vault_get(staging, segment_header_name(part->segments[i].key_id).text, &header));
            *headers++ = arena_str(arena, buf_str(&header));
        }
    }
    return NULL;
}

static struct err *make_inventory(const struct ocfl_object *object, struct buf *out)
{
    struct ocfl_version version = {.note = object->note, .count = count_segments(object)};
    autofree struct ocfl_content *contents = must_calloc(version.count + 1, sizeof *contents);
    struct ocfl_content *next = contents;
    for (size_t p = 0; p < object->part_count; p++)
        for (size_t i = 0; i < object->parts[p].count; i++) {
            const struct segment *s = &object->parts[p].segments[i];
            *next++ =
                (struct ocfl_content){ocfl_name(object->parts[p].kind, s->index), 1, s->sha512};
        }
    version.contents = contents;
    return ocfl_inventory(object->package, &version, 1, out);
}

struct err *ocfl_texts_make(const struct vault *vault, const struct ocfl_object *object,
                            struct arena *arena, struct ocfl_texts *out)
{
    autobuf struct buf inventory = buf_new(OCFL_INVENTORY_MAX);
    autobuf struct buf sidecar = buf_new(200);
    TRY(make_inventory(object, &inventory));
    out->inventory = arena_str(arena, buf_str(&inventory));
    out->inventory_digest = sha512_of(out->inventory);
    buf_hex(&sidecar, out->inventory_digest.bytes, sizeof out->inventory_digest.bytes);
    buf_put(&sidecar, S(" inventory.json\n"));
    out->sidecar = arena_str(arena, buf_str(&sidecar));
    return read_headers(vault, object, arena, &out->headers);
}

/* --- placing segments
 * ------------------------------------------------------------------------------ */

static struct err *copy_file(int from_folder, const char *from_path, int to_folder,
                             const char *to_path, uint64_t bytes)
{
    autoclose int from = -1;
    autoclose int to = -1;
    TRY(vault_file(from_folder, from_path, &from));
    TRY(vault_new_file(to_folder, to_path, &to));
    size_t most = bytes < COPY_PIECE ? (size_t)bytes : COPY_PIECE;
    autofree char *piece = must_calloc(1, most + 1);
    struct source source = source_from_file(&from, bytes);
    for (uint64_t at = 0; at < bytes; at += most) {
        size_t length = bytes - at < most ? (size_t)(bytes - at) : most;
        TRY(err_wrap(source_read(&source, at, piece, length), "%s", from_path));
        TRY(vault_write(to, (struct str){piece, length}));
    }
    return NULL;
}

/* A second name for a file, or its bytes where the file system has no such thing. */
static struct err *link_file(int from_folder, const char *from_path, int to_folder,
                             const char *to_path, uint64_t bytes)
{
    int linked = linkat(from_folder, from_path, to_folder, to_path, 0);
    if (linked != 0 && errno == EEXIST) {
        TRY(vault_remove(to_folder, to_path));
        linked = linkat(from_folder, from_path, to_folder, to_path, 0);
    }
    if (linked == 0)
        return NULL;
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
        return copy_file(from_folder, from_path, to_folder, to_path, bytes);
    return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_STORAGE, "could not link %s", from_path);
}

/* One part's segments, header before content, into what is built at location number `l`. */
static struct err *place_part(const struct vault *vault, size_t l, const struct ocfl_object *object,
                              const struct ocfl_part *part, const struct str *headers, int building)
{
    autoclose int staging = -1;
    TRY(staging_open(vault->locations[0], object->tenant, part->staging, false, &staging));
    for (size_t i = 0; i < part->count; i++) {
        const struct segment *s = &part->segments[i];
        struct segment_name from = segment_payload_name(s->key_id);
        struct place to = content_place(part->kind, s);
        TRY(vault_put(building, header_place(s).text, headers[i]));
        FAULT("vault.after_header");
        TRY(l == 0 ? link_file(staging, from.text, building, to.text, s->stored_bytes)
                   : copy_file(staging, from.text, building, to.text, s->stored_bytes));
    }
    return NULL;
}

/* What went through ocfl_place is still there, whole as far as its length tells. */
static struct err *check_placed(const struct ocfl_part *part, int building)
{
    for (size_t i = 0; i < part->count; i++) {
        struct stat status;
        struct place place = content_place(part->kind, &part->segments[i]);
        if (faccessat(building, header_place(&part->segments[i]).text, R_OK, 0) != 0 ||
            fstatat(building, place.text, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            (uint64_t)status.st_size != part->segments[i].stored_bytes)
            return err_new(ERR_CORRUPT, "%s was placed and is not there as it was", place.text);
    }
    return NULL;
}

static struct err *place_all(const struct vault *vault, size_t l, const struct ocfl_object *object,
                             const struct str *headers, int building)
{
    for (size_t p = 0; p < object->part_count; p++) {
        const struct ocfl_part *part = &object->parts[p];
        if (part->placed) {
            TRY(check_placed(part, building));
            continue;
        }
        TRY(place_part(vault, l, object, part, headers, building));
        headers += part->count;
    }
    return NULL;
}

static struct err *verify_all(const struct ocfl_object *object, const struct str *headers,
                              int building, enum read_back *how)
{
    for (size_t p = 0; p < object->part_count; p++) {
        const struct ocfl_part *part = &object->parts[p];
        for (size_t i = 0; i < part->count && !part->placed; i++, headers++) {
            const struct segment *s = &part->segments[i];
            TRY(flush_read_back(building, header_place(s).text, headers->len, sha512_of(*headers),
                                how));
            TRY(flush_read_back(building, content_place(part->kind, s).text, s->stored_bytes,
                                s->sha512, how));
        }
    }
    return NULL;
}

/* --- one at a time
 * -------------------------------------------------------------------------------- */

/* A message that two workers have at the same time must not be worked on by both: one would change
 * files that the other has read back. */
static struct err *lock(int file, int how, const struct ocfl_object *object)
{
    if (flock(file, how | LOCK_NB) == 0)
        return NULL;
    return errno == EWOULDBLOCK
               ? err_new(ERR_TRANSIENT, "package %s is being stored by another worker",
                         uuid_text(object->package).text)
               : err_errno(ERR_STORAGE, "could not lock a folder");
}

static struct err *hold(int location, const struct ocfl_object *object, int how, int *out_staging)
{
    autoclose int staging = -1;
    TRY(staging_open(location, object->tenant, object->package, true, &staging));
    TRY(lock(staging, how, object));
    *out_staging = TAKE_FD(staging);
    return NULL;
}

struct err *ocfl_hold(int location, const struct ocfl_object *object, int *out_staging)
{
    return hold(location, object, LOCK_EX, out_staging);
}

/* A run is held by its first staged payload. */
static struct err *hold_run(const struct vault *vault, const struct ocfl_object *object,
                            int *out_file)
{
    const struct ocfl_part *part = &object->parts[0];
    autoclose int staging = -1;
    autoclose int file = -1;
    assert(object->part_count > 0 && part->count > 0);
    TRY(staging_open(vault->locations[0], object->tenant, part->staging, false, &staging));
    TRY(vault_file(staging, segment_payload_name(part->segments[0].key_id).text, &file));
    TRY(lock(file, LOCK_EX, object));
    *out_file = TAKE_FD(file);
    return NULL;
}

/* Opens the object in the held folder. `out_begun`: an earlier try, or ocfl_place, made it. */
static struct err *open_building(int staging, bool *out_begun, int *out_building)
{
    autoclose int building = -1;
    *out_begun = mkdirat(staging, "object", 0700) != 0; /* why else, the next line tells */
    TRY(vault_folder(staging, "object", false, &building));
    TRY(vault_make_folders(building, CONTENT));
    TRY(vault_make_folders(building, HEADERS));
    *out_building = TAKE_FD(building);
    return NULL;
}

/* Other runs of the same object may be placed meanwhile, but it is not closed. */
static struct err *place_at(const struct vault *vault, size_t l, const struct ocfl_object *object,
                            const struct str *headers, enum read_back *how)
{
    autoclose int stored = -1;
    autoclose int staging = -1;
    autoclose int building = -1;
    bool begun;
    int location = vault->locations[l];
    TRY(hold(location, object, LOCK_SH, &staging));
    struct err *e = ocfl_open_object(location, object->tenant, object->package, &stored);
    if (e == NULL) /* stored already: ocfl_store compares, and nothing is built */
        return staging_destroy(location, object->tenant, object->package);
    if (e->code != ERR_NOT_FOUND)
        return e;
    TRY(open_building(staging, &begun, &building));
    TRY(place_all(vault, l, object, headers, building));
    TRY(flush_filesystem(location));
    return verify_all(object, headers, building, how);
}

struct err *ocfl_place(const struct vault *vault, const struct ocfl_object *object,
                       enum read_back *out_how)
{
    autoarena struct arena *arena = arena_new(OCFL_INVENTORY_MAX);
    autoclose int run = -1;
    const struct str *headers = NULL;
    enum read_back how = READ_FROM_DEVICE;
    TRY(hold_run(vault, object, &run));
    TRY(read_headers(vault, object, arena, &headers));
    for (size_t l = 0; l < vault->count; l++)
        TRY(place_at(vault, l, object, headers, &how));
    *out_how = how;
    return NULL;
}

/* --- what an earlier try left
 * ---------------------------------------------------------------------- */

struct entry_name {
    char text[UUID_TEXT + 1];
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Takes away each name in `folder` that is not wanted: an AIP part that was sealed again has other
 * keys. */
static struct err *sweep(int folder, struct entry_name *wanted, size_t count, bool headers)
{
    qsort(wanted, count, sizeof *wanted, compare_names);
    autodir DIR *directory = NULL;
    const char *name;
    TRY(vault_list(folder, &directory));
    TRY(vault_next(directory, &name));
    while (name != NULL) {
        struct entry_name key = {0};
        memcpy(key.text, name, strnlen(name, sizeof key.text - 1));
        if (bsearch(&key, wanted, count, sizeof *wanted, compare_names) == NULL)
            TRY(headers ? staging_destroy_header(folder, name) : vault_remove(folder, name));
        TRY(vault_next(directory, &name));
    }
    return NULL;
}

static struct err *sweep_building(const struct ocfl_object *object, int building)
{
    autoclose int content = -1;
    autoclose int headers = -1;
    size_t count = count_segments(object);
    autofree struct entry_name *contents = must_calloc(count + 1, sizeof *contents);
    autofree struct entry_name *keys = must_calloc(count + 1, sizeof *keys);
    size_t at = 0;
    for (size_t p = 0; p < object->part_count; p++)
        for (size_t i = 0; i < object->parts[p].count; i++, at++) {
            const struct segment *s = &object->parts[p].segments[i];
            struct ocfl_name name = ocfl_name(object->parts[p].kind, s->index);
            memcpy(contents[at].text, name.text, sizeof name.text);
            uuid_print(s->key_id, keys[at].text);
        }
    TRY(vault_folder(building, CONTENT, false, &content));
    TRY(vault_folder(building, HEADERS, false, &headers));
    TRY(sweep(content, contents, count, false));
    return sweep(headers, keys, count, true);
}

/* --- all of an object
 * ------------------------------------------------------------------------------ */

struct err *ocfl_build(const struct vault *vault, size_t l, const struct ocfl_object *object,
                       const struct ocfl_texts *texts, int staging)
{
    autoclose int building = -1;
    bool begun;
    TRY(open_building(staging, &begun, &building));
    if (begun)
        TRY(sweep_building(object, building));
    TRY(place_all(vault, l, object, texts->headers, building));
    TRY(vault_put(building, "0=ocfl_object_1.1", S("ocfl_object_1.1\n")));
    for (size_t i = 0; i < COUNT(inventories); i++) {
        TRY(vault_put(building, inventories[i], texts->inventory));
        TRY(vault_put(building, sidecars[i], texts->sidecar));
    }
    return NULL;
}

struct err *ocfl_verify(const struct ocfl_object *object, const struct ocfl_texts *texts,
                        int staging, enum read_back *how)
{
    autoclose int building = -1;
    TRY(vault_folder(staging, "object", false, &building));
    TRY(verify_all(object, texts->headers, building, how));
    for (size_t i = 0; i < COUNT(inventories); i++)
        TRY(flush_read_back(building, inventories[i], texts->inventory.len, texts->inventory_digest,
                            how));
    return NULL;
}
