/* Listing a TAR by its headers, one group (extended headers and the entry's own) after another; the
 * same through gzip, where data are inflated to be passed over. */
#include "vault/entries_inner.h"

enum {
    NAME = 0,
    NAME_SIZE = 100,
    SIZE = 124,
    SIZE_SIZE = 12,
    CHECKSUM = 148,
    CHECKSUM_SIZE = 8,
    TYPE = 156
};
enum { MAGIC = 257, PREFIX = 345, PREFIX_SIZE = 155 };
enum { EXTENSION_MAX = 64 * 1024 }; /* a pax header or long name; real ones are below 10 KiB */

struct tar {
    struct entry_limits limits;
    struct inflate_stream stream; /* the whole container */
    struct inflater *inflater;    /* NULL when it is not compressed */
    uint64_t at;                  /* the next header in the (inflated) TAR */
    uint64_t number;
    uint64_t length;       /* plain bytes of all entries so far */
    struct place latest;   /* the newest entry */
    struct path_set paths; /* numbered by the byte where the entry's headers begin */
    struct entry_path path;
    struct window window;
    char extension[EXTENSION_MAX];
};

/* What the extended headers of a group say about its entry. */
struct group {
    struct place place;
    bool has_path;
    bool from_pax; /* pax goes before GNU's long name */
    bool has_size;
    uint64_t size;
    size_t path_length;
    char path[ENTRY_PATH_MAX];
};

/* Up to `length` bytes at t->at, which moves on; less only at the end. */
static struct err *take_some(struct tar *t, void *out, size_t length, size_t *out_got)
{
    const uint8_t *bytes = NULL;
    if (t->inflater != NULL) {
        TRY(inflater_read(t->inflater, out, length, out_got));
    } else {
        uint64_t left = t->stream.end - t->at;
        *out_got = left < length ? (size_t)left : length;
        TRY(window_get(&t->window, t->at, *out_got, &bytes));
        memcpy(out, bytes, *out_got);
    }
    t->at += *out_got;
    return NULL;
}

static struct err *take(struct tar *t, struct place place, void *out, size_t length)
{
    size_t got = 0;
    TRY(take_some(t, out, length, &got));
    if (got < length)
        return REFUSE(TRUNCATED, place, "the TAR is cut off: its two zero blocks are missing");
    return NULL;
}

static uint64_t padded(uint64_t length)
{
    return (length + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Octal digits, blanks before them, a blank or NUL behind. */
static bool octal(const uint8_t *field, size_t length, uint64_t *out)
{
    size_t i = 0;
    uint64_t value = 0;
    while (i < length && field[i] == ' ')
        i++;
    size_t first = i;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++)
        value = value << 3 | (uint64_t)(field[i] - '0');
    if (i == first || (i < length && field[i] != ' ' && field[i] != '\0'))
        return false;
    *out = value;
    return true;
}

/* Octal, or GNU's big-endian binary behind a first byte 0x80. */
static bool read_size(const uint8_t *field, uint64_t *out)
{
    if (field[0] != 0x80)
        return octal(field, SIZE_SIZE, out);
    if (!is_zero(field + 1, SIZE_SIZE - 9))
        return false;
    uint64_t value;
    memcpy(&value, field + SIZE_SIZE - 8, sizeof value);
    *out = be64toh(value);
    return true;
}

/* The sum of all bytes with the checksum itself as blanks; some old writers summed signed bytes,
 * which makes 256 less of each above 127. */
static bool checksum_fits(const uint8_t block[TAR_BLOCK])
{
    uint64_t stated = 0;
    uint32_t high = 0;
    uint32_t sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += block[i];
        high += block[i] >> 7;
    }
    for (size_t i = CHECKSUM; i < CHECKSUM + CHECKSUM_SIZE; i++) {
        sum += (uint32_t)' ' - block[i];
        high -= block[i] >> 7;
    }
    return octal(block + CHECKSUM, CHECKSUM_SIZE, &stated) &&
           (stated == sum || stated + 256 * high == sum);
}

bool tar_looks_right(const uint8_t block[TAR_BLOCK])
{
    return memcmp(block + MAGIC, "ustar", 5) == 0 || (block[NAME] != 0 && checksum_fits(block));
}

static struct err *set_path(struct group *g, struct str path)
{
    if (path.len > sizeof g->path)
        return REFUSE(PATH_LENGTH, g->place, "a path is longer than %d bytes", ENTRY_PATH_MAX);
    memcpy(g->path, path.ptr, path.len);
    g->path_length = path.len;
    g->has_path = true;
    return NULL;
}

static struct err *set_from_pax(struct group *g, struct str key, struct str value, bool global)
{
    bool is_path = str_equal(key, S("path"));
    bool is_size = str_equal(key, S("size"));
    if (str_starts(key, S("GNU.sparse.")))
        return REFUSE(SPARSE, g->place, "the entry is a sparse file");
    if (global && (is_path || is_size))
        return REFUSE(CORRUPT, g->place, "a global header gives all entries the same path or size");
    if (is_size && !str_to_u64(value, INT64_MAX, &g->size))
        return REFUSE(CORRUPT, g->place, "the size in a pax header is no number");
    g->has_size |= is_size;
    g->from_pax |= is_path;
    return is_path ? set_path(g, value) : NULL;
}

/* Records "LENGTH key=value\n", LENGTH in decimal and counting itself. */
static struct err *read_pax(struct group *g, struct str records, bool global)
{
    while (records.len > 0) {
        uint64_t length = 0;
        size_t digits = str_find(records, ' ');
        if (!str_to_u64(str_slice(records, 0, digits), records.len, &length) ||
            length < digits + 2 || records.ptr[length - 1] != '\n')
            return REFUSE(CORRUPT, g->place, "a pax header is damaged");
        struct str record = str_slice(records, digits + 1, length - 1);
        size_t equals = str_find(record, '=');
        if (equals == record.len)
            return REFUSE(CORRUPT, g->place, "a pax header is damaged");
        TRY(set_from_pax(g, str_slice(record, 0, equals), str_slice(record, equals + 1, record.len),
                         global));
        records = str_slice(records, length, records.len);
    }
    return NULL;
}

static struct err *read_extension(struct tar *t, struct group *g, char type, uint64_t size)
{
    uint8_t padding[TAR_BLOCK];
    if (size > EXTENSION_MAX)
        return REFUSE(CORRUPT, g->place, "an extended header is larger than %d bytes",
                      EXTENSION_MAX);
    TRY(take(t, g->place, t->extension, (size_t)size));
    TRY(take(t, g->place, padding, (size_t)(padded(size) - size)));
    struct str content = {t->extension, (size_t)size};
    if (type == 'L') /* GNU ends it with NUL */
        return g->from_pax ? NULL : set_path(g, str_slice(content, 0, str_find(content, '\0')));
    return read_pax(g, content, type == 'g');
}

static struct str text_field(const uint8_t *field, size_t size)
{
    const char *text = (const char *)field;
    return (struct str){text, strnlen(text, size)};
}

static struct err *read_path(struct tar *t, struct group *g, const uint8_t block[TAR_BLOCK])
{
    struct str name = text_field(block + NAME, NAME_SIZE);
    struct str prefix = text_field(block + PREFIX, PREFIX_SIZE);
    if (g->has_path)
        return entry_path_set(&t->path, (struct str){g->path, g->path_length}, g->place);
    if (memcmp(block + MAGIC, "ustar", 6) != 0 || prefix.len == 0)
        return entry_path_set(&t->path, name, g->place);
    memcpy(g->path, prefix.ptr, prefix.len);
    g->path[prefix.len] = '/';
    memcpy(g->path + prefix.len + 1, name.ptr, name.len);
    return entry_path_set(&t->path, (struct str){g->path, prefix.len + 1 + name.len}, g->place);
}

static struct err *check_type(const struct group *g, char type)
{
    switch (type) {
    case '\0': /* a file, as V7 wrote it */
    case '0':
    case '5':
    case '7': /* contiguous: a file for everybody else */
        return NULL;
    case '1':
    case '2':
    case 'K': /* long name of a link's target */
        return REFUSE(LINK, g->place, "the entry is a link");
    case 'S':
        return REFUSE(SPARSE, g->place, "the entry is a sparse file");
    case 'M':
        return REFUSE(MULTI_DISK, g->place, "the entry began in another part of the TAR");
    default:
        return REFUSE(KIND, g->place, "the entry is neither file nor folder");
    }
}

static struct err *read_entry(struct tar *t, struct group *g, const uint8_t block[TAR_BLOCK],
                              uint64_t size, struct entry *out)
{
    char type = (char)block[TYPE];
    TRY(check_type(g, type));
    TRY(read_path(t, g, block));
    bool folder = type == '5' || t->path.folder;
    if (folder && size > 0)
        return REFUSE(KIND, g->place, "the entry is a folder with content");
    if (t->inflater == NULL &&
        (t->stream.end - t->at < size || t->stream.end - t->at < padded(size)))
        return REFUSE(TRUNCATED, g->place, "the entry reaches past the end of the TAR");
    if (__builtin_add_overflow(t->length, size, &t->length))
        return REFUSE(BOMB, g->place, "the lengths of all entries pass 64 bits");
    TRY(growth_check(&t->limits, g->place, t->length,
                     t->inflater != NULL ? UINT64_MAX : t->stream.end));
    t->number++;
    t->latest = g->place;
    *out = (struct entry){.path = entry_path_str(&t->path),
                          .kind = folder ? ENTRY_FOLDER : ENTRY_FILE,
                          .offset = t->at,
                          .stored_length = size,
                          .length = size};
    t->at += padded(size);
    if (t->path.length > 0)
        path_set_add(&t->paths, path_key(out->path, g->place.offset));
    return NULL;
}

/* One zero block has been read: a second must follow, and then nothing but zeros. */
static struct err *read_end(struct tar *t, struct place place)
{
    uint8_t block[TAR_BLOCK];
    uint64_t first = 0;
    uint64_t second = 0;
    size_t got = 0;
    TRY(take(t, place, block, sizeof block));
    for (;;) {
        if (!is_zero(block, sizeof block))
            return REFUSE(TRAILING, place, "bytes follow the end of the TAR");
        memset(block, 0, sizeof block);
        TRY(take_some(t, block, sizeof block, &got));
        if (got == 0)
            break;
    }
    if (!path_set_sort(&t->paths, &first, &second))
        return REFUSE(DUPLICATE, ((struct place){0, second}),
                      "the entry has the same path as the one at byte %llu",
                      (unsigned long long)first);
    return NULL;
}

/* The headers up to and with the entry's own; or the end. */
static struct err *read_group(struct tar *t, struct entry *out, enum entries_step *out_step)
{
    uint8_t block[TAR_BLOCK];
    struct group g = {.place = {t->number + 1, t->at}};
    *out_step = ENTRIES_ENTRY;
    for (int extensions = 0;; extensions++) {
        uint64_t size = 0;
        TRY(take(t, g.place, block, sizeof block));
        if (is_zero(block, sizeof block)) {
            *out_step = ENTRIES_END;
            return extensions == 0
                       ? read_end(t, g.place)
                       : REFUSE(CORRUPT, g.place, "an extended header has no entry behind it");
        }
        char type = (char)block[TYPE];
        if (!checksum_fits(block))
            return REFUSE(CHECKSUM, g.place, "the header's checksum is wrong");
        if (!read_size(block + SIZE, &size) || size > INT64_MAX)
            return REFUSE(CORRUPT, g.place, "the size in a header is no number");
        if (type != 'x' && type != 'g' && type != 'L')
            return read_entry(t, &g, block, g.has_size ? g.size : size, out);
        if (extensions == 8) /* one of each kind is all there ever is a reason for */
            return REFUSE(CORRUPT, g.place, "an entry has more than 8 extended headers");
        TRY(read_extension(t, &g, type, size));
    }
}

struct err *tar_next(struct tar *t, struct entry *out, enum entries_step *out_step)
{
    if (t->inflater != NULL)
        inflater_point_taken(t->inflater);
    do {
        if (t->inflater != NULL) {
            TRY(inflater_skip(t->inflater, t->at, true));
            if (inflater_point(t->inflater) != NULL) {
                *out_step = ENTRIES_POINT;
                return NULL;
            }
            if (inflater_output(t->inflater) < t->at)
                return REFUSE(TRUNCATED, t->latest, "the entry reaches past the end of the TAR");
        }
        TRY(read_group(t, out, out_step));
        if (t->number > t->limits.entries)
            return REFUSE(ENTRIES, t->latest, "the TAR has more than %llu entries",
                          (unsigned long long)t->limits.entries);
    } while (*out_step == ENTRIES_ENTRY && t->path.length == 0); /* the root itself is no entry */
    return NULL;
}

struct err *tar_open(const struct source *source, enum container container,
                     const struct entry_limits *limits, const struct entries_mark *mark,
                     const struct restart_point *point, struct tar **out)
{
    struct tar *t = must_calloc(1, sizeof *t);
    *out = t; /* freed by the caller's list, after an error too */
    t->limits = *limits;
    t->at = mark->offset;
    t->number = mark->number;
    t->length = mark->length;
    t->window.source = source;
    t->window.ahead = 16 << 10;
    t->stream = (struct inflate_stream){
        .source = source, .end = source->size, .wrap = INFLATE_GZIP, .limits = &t->limits};
    if (container == CONTAINER_TAR)
        return mark->offset <= source->size ? NULL
                                            : ERR_BUG_AT("a mark lies behind the end of its TAR");
    if (point != NULL && point->output > mark->offset)
        return ERR_BUG_AT("a restart point lies behind its mark");
    t->inflater = inflater_new();
    return inflater_start(t->inflater, &t->stream, point);
}

const struct restart_point *tar_point(const struct tar *t)
{
    return t->inflater != NULL ? inflater_point(t->inflater) : NULL;
}

struct entries_mark tar_mark(const struct tar *t)
{
    return (struct entries_mark){.offset = t->at, .number = t->number, .length = t->length};
}

void tar_free(struct tar *t)
{
    if (t == NULL)
        return;
    inflater_free(t->inflater);
    path_set_free(&t->paths);
    free(t);
}
