/* An object in the work: placed, flushed, read back. */
#include "base/base.h"
#include "vault/ocfl_internal.h"
#include "vault/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS "r7e-headers"

enum { COPY_PIECE = 256 * 1024 };

void ocfl_building_close(const struct ocfl_building *b)
{
    cleanup_close(&b->object);
    cleanup_close(&b->version);
    cleanup_close(&b->content);
    cleanup_close(&b->headers);
}

struct err *ocfl_building_open(int location, const struct ocfl_object *object,
                               struct ocfl_building *b)
{
    autoclose int staging = -1;
    TRY(staging_open(location, object->tenant, object->package, true, &staging));
    TRY(vault_folder(staging, "object", true, &b->object));
    TRY(vault_folder(b->object, "v1", true, &b->version));
    TRY(vault_folder(b->version, "content", true, &b->content));
    return ocfl_descend(b->object, (const char *const[]){"extensions", HEADERS, NULL}, true,
                        &b->headers);
}

/* --- placing segments
 * ------------------------------------------------------------------------------ */

static struct err *copy_file(int from_folder, const char *from_name, int to_folder,
                             const char *to_name)
{
    autoclose int from = -1;
    autoclose int to = -1;
    TRY(vault_file(from_folder, from_name, &from));
    TRY(vault_new_file(to_folder, to_name, &to));
    autofree char *piece = must_calloc(1, COPY_PIECE);
    ssize_t got;
    while ((got = read(from, piece, COPY_PIECE)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            TRY(vault_write(to, (struct str){piece, (size_t)got}));
    return got == 0 ? NULL : err_errno(ERR_STORAGE, "could not read %s", from_name);
}

/* A second name for the staged file, or its bytes where the file system has no such thing. */
static struct err *link_file(int from_folder, const char *from_name, int to_folder,
                             const char *to_name)
{
    TRY(vault_remove(to_folder, to_name));
    if (linkat(from_folder, from_name, to_folder, to_name, 0) == 0)
        return NULL;
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
        return copy_file(from_folder, from_name, to_folder, to_name);
    return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_STORAGE, "could not link %s", from_name);
}

/* One run of segments, header before content, into what is built at location number `l`. */
static struct err *place(const struct vault *vault, size_t l, const struct ocfl_object *object,
                         const struct ocfl_part *part, enum ocfl_kind kind, size_t first,
                         size_t count, const struct ocfl_building *b)
{
    autoclose int staging = -1;
    TRY(staging_open(vault->locations[0], object->tenant, part->staging, false, &staging));
    for (size_t i = first; i < first + count; i++) {
        autobuf struct buf header = buf_new(AGE_HEADER_MAX);
        struct uuid key_id = part->segments[i].key_id;
        struct ocfl_name to = ocfl_name(kind, (uint32_t)i);
        struct segment_name from = segment_payload_name(key_id);
        TRY(vault_get(staging, segment_header_name(key_id).text, &header));
        TRY(vault_put(b->headers, uuid_text(key_id).text, buf_str(&header)));
        TRY(l == 0 ? link_file(staging, from.text, b->content, to.text)
                   : copy_file(staging, from.text, b->content, to.text));
    }
    return NULL;
}

static struct err *read_back_as(int folder, const char *name, struct sha512 due,
                                enum read_back *out_how)
{
    struct sha512 digest;
    uint64_t bytes;
    enum read_back how;
    TRY(flush_read_back(folder, name, &digest, &bytes, &how));
    if (how > *out_how)
        *out_how = how;
    return sha512_equal(digest, due)
               ? NULL
               : err_new(ERR_CORRUPT,
                         "%s came back from the device as other bytes than were staged", name);
}

struct sha512 ocfl_sha512(struct str bytes)
{
    struct sha512 out;
    struct digests *digests = digests_new(1U << DIGEST_SHA512);
    digests_add(digests, bytes);
    digests_end(digests);
    memcpy(out.bytes, digests_get(digests, DIGEST_SHA512).ptr, sizeof out.bytes);
    digests_free(digests);
    return out;
}

static struct err *verify(const struct vault *vault, const struct ocfl_object *object,
                          const struct ocfl_part *part, enum ocfl_kind kind, size_t first,
                          size_t count, const struct ocfl_building *b, enum read_back *out_how)
{
    autoclose int staging = -1;
    TRY(staging_open(vault->locations[0], object->tenant, part->staging, false, &staging));
    for (size_t i = first; i < first + count; i++) {
        autobuf struct buf header = buf_new(AGE_HEADER_MAX);
        struct uuid key_id = part->segments[i].key_id;
        TRY(vault_get(staging, segment_header_name(key_id).text, &header));
        TRY(read_back_as(b->headers, uuid_text(key_id).text, ocfl_sha512(buf_str(&header)),
                         out_how));
        TRY(read_back_as(b->content, ocfl_name(kind, (uint32_t)i).text, part->segments[i].sha512,
                         out_how));
    }
    return NULL;
}

/* What went through ocfl_place is still there, whole as far as its length tells. */
static struct err *check_placed(const struct ocfl_part *part, enum ocfl_kind kind,
                                const struct ocfl_building *b)
{
    for (size_t i = 0; i < part->count; i++) {
        struct stat status;
        struct ocfl_name name = ocfl_name(kind, (uint32_t)i);
        if (fstatat(b->content, name.text, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            (uint64_t)status.st_size != part->segments[i].stored_bytes)
            return err_new(ERR_CORRUPT, "%s was placed and is not there as it was", name.text);
    }
    return NULL;
}

struct err *ocfl_place(const struct vault *vault, const struct ocfl_object *object, size_t first,
                       size_t count, enum read_back *out_how)
{
    const struct ocfl_part *part = &object->delivered;
    assert(first <= part->count && count <= part->count - first);
    *out_how = READ_FROM_DEVICE;
    for (size_t l = 0; l < vault->count; l++) {
        autoclose int stored = -1;
        autobuilding struct ocfl_building b = OCFL_BUILDING;
        struct err *e =
            ocfl_open_object(vault->locations[l], object->tenant, object->package, &stored);
        if (e == NULL)
            continue; /* stored already; ocfl_store compares */
        if (e->code != ERR_NOT_FOUND)
            return e;
        TRY(ocfl_building_open(vault->locations[l], object, &b));
        TRY(place(vault, l, object, part, OCFL_DELIVERED, first, count, &b));
        TRY(flush_filesystem(vault->locations[l]));
        TRY(verify(vault, object, part, OCFL_DELIVERED, first, count, &b, out_how));
    }
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

static struct err *sweep_building(const struct ocfl_object *object, const struct ocfl_building *b)
{
    const struct ocfl_part *const parts[] = {&object->delivered, &object->aip};
    size_t count = object->delivered.count + object->aip.count;
    autofree struct entry_name *contents = must_calloc(count + 1, sizeof *contents);
    autofree struct entry_name *headers = must_calloc(count + 1, sizeof *headers);
    size_t at = 0;
    for (size_t kind = 0; kind < COUNT(parts); kind++)
        for (size_t i = 0; i < parts[kind]->count; i++, at++) {
            struct ocfl_name name = ocfl_name((enum ocfl_kind)kind, (uint32_t)i);
            memcpy(contents[at].text, name.text, sizeof name.text);
            uuid_print(parts[kind]->segments[i].key_id, headers[at].text);
        }
    TRY(sweep(b->content, contents, count, false));
    return sweep(b->headers, headers, count, true);
}

/* --- all of an object
 * ------------------------------------------------------------------------------ */

static struct err *put_inventory(int folder, struct str inventory, struct str sidecar)
{
    TRY(vault_put(folder, "inventory.json", inventory));
    return vault_put(folder, "inventory.json.sha512", sidecar);
}

struct err *ocfl_build(const struct vault *vault, size_t l, const struct ocfl_object *object,
                       struct str inventory)
{
    autobuilding struct ocfl_building b = OCFL_BUILDING;
    autobuf struct buf sidecar = buf_new(200);
    struct sha512 digest = ocfl_sha512(inventory);
    TRY(ocfl_building_open(vault->locations[l], object, &b));
    TRY(sweep_building(object, &b));
    if (object->delivered.placed)
        TRY(check_placed(&object->delivered, OCFL_DELIVERED, &b));
    else
        TRY(place(vault, l, object, &object->delivered, OCFL_DELIVERED, 0, object->delivered.count,
                  &b));
    TRY(place(vault, l, object, &object->aip, OCFL_AIP, 0, object->aip.count, &b));
    TRY(vault_put(b.object, "0=ocfl_object_1.1", S("ocfl_object_1.1\n")));
    buf_hex(&sidecar, digest.bytes, sizeof digest.bytes);
    buf_put(&sidecar, S(" inventory.json\n"));
    TRY(put_inventory(b.version, inventory, buf_str(&sidecar)));
    return put_inventory(b.object, inventory, buf_str(&sidecar));
}

struct err *ocfl_verify(const struct vault *vault, size_t l, const struct ocfl_object *object,
                        struct str inventory, enum read_back *out_how)
{
    autobuilding struct ocfl_building b = OCFL_BUILDING;
    struct sha512 digest = ocfl_sha512(inventory);
    TRY(ocfl_building_open(vault->locations[l], object, &b));
    if (!object->delivered.placed)
        TRY(verify(vault, object, &object->delivered, OCFL_DELIVERED, 0, object->delivered.count,
                   &b, out_how));
    TRY(verify(vault, object, &object->aip, OCFL_AIP, 0, object->aip.count, &b, out_how));
    TRY(read_back_as(b.version, "inventory.json", digest, out_how));
    return read_back_as(b.object, "inventory.json", digest, out_how);
}
