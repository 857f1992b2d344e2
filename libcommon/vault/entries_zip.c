/* Listing a ZIP by its central directory. Two passes: the first checks names and notes where every
 * entry begins; the second gives the entries, each compared with its local header, and each ending
 * where the next begins. */
#include "vault/entries_inner.h"

#include <sys/stat.h>
#include <zlib.h>

enum {
    LOCAL = 0x04034b50,
    LOCAL_SIZE = 30,
    CENTRAL = 0x02014b50,
    CENTRAL_SIZE = 46,
    DESCRIPTOR = 0x08074b50,
    EXTRA_ZIP64 = 0x0001,
    EXTRA_UNICODE_PATH = 0x7075,
};
enum {
    FLAG_ENCRYPTED = 1 << 0,
    FLAG_DESCRIPTOR = 1 << 3,
    FLAG_PATCH = 1 << 5,
    FLAG_STRONG = 1 << 6,
    FLAG_UTF8 = 1 << 11,
    FLAG_MASKED = 1 << 13,
    FLAGS_COMPARED =
        FLAG_ENCRYPTED | FLAG_DESCRIPTOR | FLAG_PATCH | FLAG_STRONG | FLAG_UTF8 | FLAG_MASKED,
};
enum { METHOD_STORED = 0, METHOD_DEFLATE = 8, METHOD_AES = 99 };

struct zip {
    struct zip_directory directory;
    uint64_t number;  /* entries read in this pass */
    uint64_t at;      /* the next central header */
    uint64_t *starts; /* of all entries, ascending */
    struct entry_path path;
    struct window central;
    struct window local;
};

/* What both headers of an entry say. */
struct header {
    uint16_t flags;
    uint16_t method;
    uint32_t crc32;
    uint64_t stored_length;
    uint64_t length;
    struct str name;
    struct str extra;
};

struct central {
    struct header header;
    uint64_t start; /* of the local header */
    uint32_t attributes;
    struct place place;
};

static const struct place at_end = {0, 0};

/* The extra field with this id, absent when there is none. */
static struct err *find_extra(struct str extra, uint16_t wanted, struct place place,
                              struct str *out)
{
    *out = (struct str){0};
    while (extra.len >= 4) {
        const uint8_t *at = (const uint8_t *)extra.ptr;
        size_t length = le16(at + 2);
        if (length > extra.len - 4)
            return REFUSE(CORRUPT, place, "an extra field is longer than its header");
        if (le16(at) == wanted) {
            if (out->ptr != NULL)
                return REFUSE(CORRUPT, place, "a header has the same extra field twice");
            *out = str_slice(extra, 4, 4 + length);
        }
        extra = str_slice(extra, 4 + length, extra.len);
    }
    return NULL;
}

/* Replaces a value of all ones by the next 64 bits of the ZIP64 field. */
static bool widen(uint64_t *value, struct str *zip64)
{
    if (*value != UINT32_MAX)
        return true;
    if (zip64->len < 8)
        return false;
    *value = le64((const uint8_t *)zip64->ptr);
    *zip64 = str_slice(*zip64, 8, zip64->len);
    return true;
}

/* The fields that local and central header have in the same order, from `flags` on, then name and
 * extra. */
static struct header read_header(const uint8_t *flags, const uint8_t *name)
{
    size_t name_length = le16(flags + 20);
    return (struct header){.flags = le16(flags),
                           .method = le16(flags + 2),
                           .crc32 = le32(flags + 8),
                           .stored_length = le32(flags + 12),
                           .length = le32(flags + 16),
                           .name = {(const char *)name, name_length},
                           .extra = {(const char *)name + name_length, le16(flags + 22)}};
}

static struct err *check_method(const struct central *c)
{
    const struct header *h = &c->header;
    if ((h->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) != 0 || h->method == METHOD_AES)
        return REFUSE(ENCRYPTED, c->place, "the entry is encrypted");
    if ((h->method != METHOD_STORED && h->method != METHOD_DEFLATE) || (h->flags & FLAG_PATCH) != 0)
        return REFUSE(METHOD, c->place, "the entry is compressed by method %u", h->method);
    if (h->method == METHOD_STORED && h->stored_length != h->length)
        return REFUSE(DISAGREE, c->place,
                      "the entry is stored as it is, but its two lengths differ");
    return NULL;
}

/* Unix keeps the file's type in the upper half of the attributes; others leave it zero. */
static struct err *check_kind(const struct central *c, const struct entry_path *path)
{
    unsigned type = c->attributes >> 16 & S_IFMT;
    if (type == S_IFLNK)
        return REFUSE(LINK, c->place, "the entry is a link");
    if (type != 0 && type != S_IFREG && type != S_IFDIR)
        return REFUSE(KIND, c->place, "the entry is neither file nor folder");
    if (path->folder ? type == S_IFREG : type == S_IFDIR)
        return REFUSE(DISAGREE, c->place,
                      "path and attributes disagree on whether the entry is a folder");
    if (path->folder && c->header.length != 0)
        return REFUSE(KIND, c->place, "the entry is a folder with content");
    return NULL;
}

static struct err *read_path(struct zip *zip, const struct central *c)
{
    struct str unicode = {0};
    if ((c->header.flags & FLAG_UTF8) != 0)
        return entry_path_set(&zip->path, c->header.name, c->place);
    TRY(find_extra(c->header.extra, EXTRA_UNICODE_PATH, c->place, &unicode));
    const uint8_t *at = (const uint8_t *)unicode.ptr;
    if (unicode.len > 5 && at[0] == 1 &&
        le32(at + 1) == crc32_z(0, (const uint8_t *)c->header.name.ptr, c->header.name.len))
        return entry_path_set(&zip->path, str_slice(unicode, 5, unicode.len), c->place);
    return entry_path_set_dos(&zip->path, c->header.name, c->place);
}

/* The next central header; checks all that it alone can tell and sets zip->path. */
static struct err *read_central(struct zip *zip, struct central *out)
{
    const uint8_t *at = NULL;
    uint64_t left = zip->directory.end - zip->at;
    struct central c = {.place = {zip->number + 1, zip->at}};
    if (left < CENTRAL_SIZE)
        return REFUSE(TRUNCATED, c.place, "the central directory has fewer entries than it counts");
    TRY(window_get(&zip->central, zip->at, CENTRAL_SIZE, &at));
    size_t names = (size_t)le16(at + 28) + le16(at + 30);
    uint64_t whole = CENTRAL_SIZE + names + le16(at + 32);
    if (le32(at) != CENTRAL || whole > left)
        return REFUSE(CORRUPT, c.place, "the central directory holds something else than an entry");
    TRY(window_get(&zip->central, zip->at, CENTRAL_SIZE + names, &at));
    c.header = read_header(at + 8, at + CENTRAL_SIZE);
    c.attributes = le32(at + 38);
    c.start = le32(at + 42);
    c.place.offset = c.start;
    struct str zip64 = {0};
    TRY(find_extra(c.header.extra, EXTRA_ZIP64, c.place, &zip64));
    if (!widen(&c.header.length, &zip64) || !widen(&c.header.stored_length, &zip64) ||
        !widen(&c.start, &zip64))
        return REFUSE(CORRUPT, c.place, "a ZIP64 field is missing");
    c.place.offset = c.start;
    uint16_t disk = le16(at + 34);
    if (disk != 0 &&
        !(disk == UINT16_MAX && zip64.len == 4 && le32((const uint8_t *)zip64.ptr) == 0))
        return REFUSE(MULTI_DISK, c.place, "the entry lies in another part of the ZIP");
    TRY(check_method(&c));
    TRY(read_path(zip, &c));
    TRY(check_kind(&c, &zip->path));
    zip->at += whole;
    zip->number++;
    *out = c;
    return NULL;
}

static int compare_starts(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static struct err *note_entries(struct zip *zip, const struct entry_limits *limits,
                                struct path_set *paths)
{
    uint64_t total = 0;
    struct central c = {0};
    while (zip->number < zip->directory.count) {
        TRY(read_central(zip, &c));
        if (__builtin_add_overflow(total, c.header.length, &total))
            return REFUSE(BOMB, c.place, "the lengths of all entries pass 64 bits");
        TRY(growth_check(limits, c.place, total, zip->directory.end));
        zip->starts[zip->number - 1] = c.start;
        if (zip->path.length > 0)
            path_set_add(paths, path_key(entry_path_str(&zip->path), zip->number));
    }
    if (zip->at != zip->directory.end)
        return REFUSE(DISAGREE, at_end, "the central directory has more entries than it counts");
    return NULL;
}

static struct err *check_starts(struct zip *zip)
{
    size_t count = (size_t)zip->directory.count;
    if (count > 0)
        qsort(zip->starts, count, sizeof zip->starts[0], compare_starts);
    for (size_t i = 1; i < count; i++)
        if (zip->starts[i - 1] == zip->starts[i])
            return REFUSE(OVERLAP, ((struct place){0, zip->starts[i]}),
                          "two entries begin at the same byte");
    if ((count > 0 ? zip->starts[0] : zip->directory.start) != 0)
        return REFUSE(GAP, ((struct place){0, 0}),
                      "the ZIP begins with bytes that belong to no entry");
    return NULL;
}

static struct err *first_pass(struct zip *zip, const struct entry_limits *limits,
                              struct path_set *paths)
{
    uint64_t first = 0;
    uint64_t second = 0;
    TRY(zip_find_directory(zip->central.source, &zip->directory));
    if (zip->directory.count > limits->entries)
        return REFUSE(ENTRIES, at_end, "the ZIP has more than %llu entries",
                      (unsigned long long)limits->entries);
    if (zip->directory.count > (zip->directory.end - zip->directory.start) / CENTRAL_SIZE)
        return REFUSE(DISAGREE, at_end, "the central directory has fewer entries than it counts");
    zip->starts = must_calloc((size_t)zip->directory.count + 1, sizeof zip->starts[0]);
    zip->at = zip->directory.start;
    TRY(note_entries(zip, limits, paths));
    if (!path_set_sort(paths, &first, &second))
        return REFUSE(DUPLICATE, ((struct place){second, zip->starts[second - 1]}),
                      "the entry has the same path as entry %llu", (unsigned long long)first);
    return check_starts(zip);
}

struct err *zip_open(const struct source *source, const struct entry_limits *limits,
                     struct zip **out)
{
    struct path_set paths = {0};
    struct zip *zip = must_calloc(1, sizeof *zip);
    zip->central.source = zip->local.source = source;
    zip->central.ahead = 64 << 10;
    zip->local.ahead = 16 << 10;
    struct err *e = first_pass(zip, limits, &paths);
    path_set_free(&paths);
    zip->at = zip->directory.start;
    zip->number = 0;
    if (e != NULL)
        zip_free(zip);
    else
        *out = zip;
    return e;
}

/* Where the entry after this one begins, or the central directory. */
static uint64_t next_start(const struct zip *zip, uint64_t start)
{
    const uint64_t *found =
        bsearch(&start, zip->starts, (size_t)zip->directory.count, sizeof start, compare_starts);
    size_t next = (size_t)(found - zip->starts) + 1;
    return next < zip->directory.count ? zip->starts[next] : zip->directory.start;
}

/* A streaming writer knows sizes and checksum only afterwards: zero in front, the truth behind the
 * data. */
static bool same_or_unknown(uint64_t local, uint64_t central, bool descriptor)
{
    return local == central || (descriptor && local == 0);
}

static struct err *check_agreement(const struct central *c, struct header local)
{
    const struct header *central = &c->header;
    bool descriptor = (central->flags & FLAG_DESCRIPTOR) != 0;
    struct str zip64 = {0};
    TRY(find_extra(local.extra, EXTRA_ZIP64, c->place, &zip64));
    if (!widen(&local.length, &zip64) || !widen(&local.stored_length, &zip64))
        return REFUSE(CORRUPT, c->place, "a ZIP64 field is missing");
    if ((local.flags & FLAGS_COMPARED) != (central->flags & FLAGS_COMPARED) ||
        local.method != central->method || !str_equal(local.name, central->name))
        return REFUSE(DISAGREE, c->place,
                      "local header and central directory disagree on name, method or flags");
    if (!same_or_unknown(local.crc32, central->crc32, descriptor) ||
        !same_or_unknown(local.length, central->length, descriptor) ||
        !same_or_unknown(local.stored_length, central->stored_length, descriptor))
        return REFUSE(DISAGREE, c->place,
                      "local header and central directory disagree on length or checksum");
    return NULL;
}

/* Behind the data: with or without signature, lengths of 4 or 8 bytes. Its size tells which. */
static struct err *check_descriptor(struct zip *zip, const struct central *c, uint64_t at,
                                    uint64_t size)
{
    const uint8_t *d = NULL;
    if (size != 12 && size != 16 && size != 20 && size != 24)
        return REFUSE(GAP, c->place, "%llu bytes behind the entry are no data descriptor",
                      (unsigned long long)size);
    TRY(window_get(&zip->local, at, (size_t)size, &d));
    bool wide = size >= 20;
    bool good = true;
    if (size == 16 || size == 24) {
        good = le32(d) == DESCRIPTOR;
        d += 4;
    }
    uint64_t stored_length = wide ? le64(d + 4) : le32(d + 4);
    uint64_t length = wide ? le64(d + 12) : le32(d + 8);
    if (!good || le32(d) != c->header.crc32 || stored_length != c->header.stored_length ||
        length != c->header.length)
        return REFUSE(DISAGREE, c->place, "data descriptor and central directory disagree");
    return NULL;
}

static struct err *check_local(struct zip *zip, const struct central *c, uint64_t *out_data)
{
    const uint8_t *at = NULL;
    uint64_t end = next_start(zip, c->start);
    if (end < c->start || end - c->start < LOCAL_SIZE)
        return REFUSE(OVERLAP, c->place, "the entry has no room before the next one begins");
    TRY(window_get(&zip->local, c->start, LOCAL_SIZE, &at));
    if (le32(at) != LOCAL)
        return REFUSE(CORRUPT, c->place,
                      "there is no local header where the central directory says");
    size_t size = LOCAL_SIZE + (size_t)le16(at + 26) + le16(at + 28);
    if (size > end - c->start || c->header.stored_length > end - c->start - size)
        return REFUSE(OVERLAP, c->place, "the entry reaches into the next one");
    TRY(window_get(&zip->local, c->start, size, &at));
    TRY(check_agreement(c, read_header(at + 6, at + LOCAL_SIZE)));
    uint64_t data_end = c->start + size + c->header.stored_length;
    if ((c->header.flags & FLAG_DESCRIPTOR) != 0)
        TRY(check_descriptor(zip, c, data_end, end - data_end));
    else if (data_end != end)
        return REFUSE(GAP, c->place, "bytes behind the entry belong to nothing");
    *out_data = c->start + size;
    return NULL;
}

struct err *zip_next(struct zip *zip, struct entry *out, enum entries_step *out_step)
{
    struct central c = {0};
    uint64_t data = 0;
    do {
        if (zip->number == zip->directory.count) {
            *out_step = ENTRIES_END;
            return NULL;
        }
        TRY(read_central(zip, &c));
        TRY(check_local(zip, &c, &data));
    } while (zip->path.length == 0); /* the root itself is no entry */
    *out =
        (struct entry){.path = entry_path_str(&zip->path),
                       .kind = zip->path.folder ? ENTRY_FOLDER : ENTRY_FILE,
                       .method = c.header.method == METHOD_DEFLATE ? ENTRY_DEFLATE : ENTRY_STORED,
                       .offset = data,
                       .stored_length = c.header.stored_length,
                       .length = c.header.length,
                       .has_crc32 = true,
                       .crc32 = c.header.crc32};
    *out_step = ENTRIES_ENTRY;
    return NULL;
}

void zip_free(struct zip *zip)
{
    if (zip == NULL)
        return;
    free(zip->starts);
    free(zip);
}
