/* Sectors, chains and the tree of names of a compound file. */
#include "format/ole2.h"
#include "base/base.h"

#include <endian.h>

enum {
    HEADER = 512,
    HEADER_SECTORS = 109, /* places of table sectors that stand in the header */
    ENTRY = 128,
    MINI_SHIFT = 6,
    SECTOR_MAX = 4096,
    LAST_REGULAR = 0xFFFFFFFA, /* what is greater ends a chain, or is no sector */
    NO_ENTRY = 0xFFFFFFFF,
};

/* One sector kept, since chains are followed in order. */
struct sector {
    uint32_t number;
    bool filled;
    uint8_t bytes[SECTOR_MAX];
};

struct ole2 {
    const struct source *source;
    struct arena *arena;
    unsigned shift;   /* of a sector: 9 or 12 */
    uint32_t sectors; /* that the file has room for */
    uint32_t *table;  /* the sectors that hold the table of chains */
    size_t table_count;
    uint32_t *mini_table; /* … of the chains of small files */
    size_t mini_table_count;
    uint32_t *mini_sectors; /* the sectors that hold the small files' bytes */
    size_t mini_sector_count;
    uint64_t cutoff; /* files below are small */
    struct sector kept;
    struct sector kept_mini;
    struct ole2_entry *entries;
    size_t count;
};

static uint32_t number(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static struct err *corrupt(const char *what)
{
    return err_rule(ERR_CORRUPT, "ole2", "the compound file is damaged: %s", what);
}

/* --- sectors and chains */

static struct err *read_sector(const struct ole2 *o, uint32_t sector, size_t offset, void *out,
                               size_t length)
{
    if (sector >= o->sectors)
        return corrupt("it names a sector that it does not have");
    return source_read(o->source, (((uint64_t)sector + 1) << o->shift) + offset, out, length);
}

/* The table's entry for a sector, where `table` are the sectors that hold the table. */
static struct err *follow(const struct ole2 *o, struct sector *kept, const uint32_t *table,
                          size_t count, uint32_t sector, uint32_t *out)
{
    size_t per = ((size_t)1 << o->shift) / 4;
    if (sector / per >= count)
        return corrupt("a chain leaves its table");
    uint32_t holder = table[sector / per];
    if (!kept->filled || kept->number != holder) {
        kept->filled = false;
        TRY(read_sector(o, holder, 0, kept->bytes, (size_t)1 << o->shift));
        kept->number = holder;
        kept->filled = true;
    }
    *out = number(kept->bytes + sector % per * 4);
    return NULL;
}

static struct err *next_sector(struct ole2 *o, uint32_t sector, uint32_t *out)
{
    return follow(o, &o->kept, o->table, o->table_count, sector, out);
}

/* The sectors of a chain, at most `most`. */
static struct err *chain(struct ole2 *o, uint32_t first, size_t most, uint32_t **out,
                         size_t *out_count)
{
    uint32_t *list = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (uint32_t sector = first; sector < LAST_REGULAR;) {
        if (count == o->sectors)
            return corrupt("a chain runs in a circle");
        if (count == most)
            return err_rule(ERR_TOO_LARGE, "ole2",
                            "a chain of the compound file has more than %zu sectors", most);
        if (count == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            uint32_t *grown = ARENA_ARRAY(o->arena, uint32_t, capacity);
            if (count > 0)
                memcpy(grown, list, count * sizeof(*list));
            list = grown;
        }
        list[count++] = sector;
        TRY(next_sector(o, sector, &sector));
    }
    *out = list;
    *out_count = count;
    return NULL;
}

/* --- header and table */

static struct err *read_header(struct ole2 *o, uint8_t header[HEADER])
{
    static const uint8_t magic[8] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    if (o->source->size < HEADER)
        return corrupt("it is shorter than its header");
    TRY(source_read(o->source, 0, header, HEADER));
    if (memcmp(header, magic, sizeof magic) != 0)
        return corrupt("it does not begin as one");
    o->shift = header[0x1E];
    if ((o->shift != 9 && o->shift != 12) || header[0x1F] != 0 || header[0x20] != MINI_SHIFT)
        return corrupt("its sectors have a size that there is not");
    uint64_t whole = o->source->size >> o->shift;
    uint64_t rest = o->source->size - (whole << o->shift) > 0;
    uint64_t sectors = whole + rest > 0 ? whole + rest - 1 : 0;
    if (sectors >= LAST_REGULAR)
        return err_rule(ERR_TOO_LARGE, "ole2", "the compound file has too many sectors");
    o->sectors = (uint32_t)sectors;
    o->cutoff = number(header + 0x38);
    return NULL;
}

/* Sectors of the table that stand in a sector of their own, the last place naming the next. */
static struct err *read_more_table(struct ole2 *o, uint32_t sector, size_t needed)
{
    uint8_t bytes[SECTOR_MAX];
    size_t per = ((size_t)1 << o->shift) / 4;
    for (size_t steps = 0; o->table_count < needed && sector < LAST_REGULAR; steps++) {
        if (steps > needed)
            return corrupt("its table runs in a circle");
        TRY(read_sector(o, sector, 0, bytes, (size_t)1 << o->shift));
        for (size_t i = 0; i + 1 < per && o->table_count < needed; i++)
            o->table[o->table_count++] = number(bytes + i * 4);
        sector = number(bytes + (per - 1) * 4);
    }
    return NULL;
}

/* Not more of the table than the file's sectors need, whatever the header says. */
static struct err *read_table(struct ole2 *o, const uint8_t header[HEADER])
{
    size_t per = ((size_t)1 << o->shift) / 4;
    size_t needed = o->sectors / per + 1;
    size_t stated = number(header + 0x2C);
    needed = stated < needed ? stated : needed;
    if (needed > (size_t)OLE2_MINI_SECTORS_MAX)
        return err_rule(ERR_TOO_LARGE, "ole2", "the compound file's table is too large");
    o->table = ARENA_ARRAY(o->arena, uint32_t, needed + 1);
    for (size_t i = 0; i < HEADER_SECTORS && o->table_count < needed; i++)
        o->table[o->table_count++] = number(header + 0x4C + i * 4);
    return read_more_table(o, number(header + 0x44), needed);
}

/* --- the tree of names */

/* Of one name: UTF-16 with its length in bytes behind it, the ending zero counted. */
static struct err *name_put(const uint8_t *entry, struct buf *out)
{
    size_t units = (size_t)(entry[0x40] | entry[0x41] << 8) / 2;
    if (units < 1 || units > 32)
        return corrupt("a name has a length that there is not");
    for (size_t i = 0; i + 1 < units; i++) {
        unsigned c = (unsigned)(entry[2 * i] | entry[2 * i + 1] << 8);
        if (c == 0)
            return corrupt("a name holds zeros");
        if (c < 0x80) {
            buf_byte(out, (char)c);
        } else if (c < 0x800) {
            buf_byte(out, (char)(0xC0 | c >> 6));
            buf_byte(out, (char)(0x80 | (c & 0x3F)));
        } else {
            buf_byte(out, (char)(0xE0 | c >> 12));
            buf_byte(out, (char)(0x80 | (c >> 6 & 0x3F)));
            buf_byte(out, (char)(0x80 | (c & 0x3F)));
        }
    }
    return NULL;
}

static struct str trim_name(struct str name)
{
    while (name.len > 0 && (unsigned char)name.ptr[0] <= ' ')
        name = str_slice(name, 1, name.len);
    while (name.len > 0 && (unsigned char)name.ptr[name.len - 1] <= ' ')
        name = str_slice(name, 0, name.len - 1);
    return name;
}

enum { KIND_FOLDER = 1, KIND_FILE = 2, KIND_ROOT = 5, NAME_BYTES = 3 * 32 };

/* A branch of the tree that is still to be walked: the siblings from `entry` on. */
struct branch {
    uint32_t entry;
    uint32_t depth;
    struct str folder;
};

struct tree {
    const uint8_t *bytes;
    uint32_t count;
    bool *seen;
    struct branch *waiting;
    size_t waiting_count;
};

/* Each entry names at most three others and is walked once, so that the list has room. */
static void tree_wait(struct tree *t, const uint8_t *link, uint32_t depth, struct str folder)
{
    if (number(link) != NO_ENTRY)
        t->waiting[t->waiting_count++] = (struct branch){number(link), depth, folder};
}

static struct err *add_entry(struct ole2 *o, const uint8_t *at, struct str folder, struct str *path)
{
    autobuf struct buf name = buf_new(NAME_BYTES + 1);
    TRY(name_put(at, &name));
    struct str trimmed = trim_name(buf_str(&name));
    *path = arena_format(o->arena, "%.*s%s%.*s", STR_ARG(folder), folder.len > 0 ? "/" : "",
                         STR_ARG(trimmed));
    uint64_t length = number(at + 0x78);
    if (o->shift == 12)
        length |= (uint64_t)number(at + 0x7C) << 32;
    o->entries[o->count++] = (struct ole2_entry){.path = *path,
                                                 .folder = at[0x42] == KIND_FOLDER,
                                                 .length = length,
                                                 .start = number(at + 0x74)};
    return NULL;
}

static struct err *walk_branch(struct ole2 *o, struct tree *t, struct branch branch)
{
    if (branch.entry >= t->count)
        return corrupt("its tree names an entry that it does not have");
    if (t->seen[branch.entry])
        return corrupt("its tree names an entry twice");
    t->seen[branch.entry] = true;
    const uint8_t *at = t->bytes + (size_t)branch.entry * ENTRY;
    struct str path = {0};
    if (at[0x42] != KIND_FOLDER && at[0x42] != KIND_FILE)
        return corrupt("its tree names what is neither file nor folder");
    TRY(add_entry(o, at, branch.folder, &path));
    tree_wait(t, at + 0x44, branch.depth, branch.folder);
    tree_wait(t, at + 0x48, branch.depth, branch.folder);
    if (at[0x42] == KIND_FOLDER && branch.depth == OLE2_DEPTH_MAX)
        return err_rule(ERR_TOO_LARGE, "ole2", "folders of the compound file lie deeper than %d",
                        OLE2_DEPTH_MAX);
    if (at[0x42] == KIND_FOLDER)
        tree_wait(t, at + 0x4C, branch.depth + 1, path);
    return NULL;
}

static struct err *walk_tree(struct ole2 *o, const uint8_t *bytes, uint32_t count)
{
    struct tree t = {.bytes = bytes, .count = count};
    t.seen = ARENA_ARRAY(o->arena, bool, count);
    t.waiting = ARENA_ARRAY(o->arena, struct branch, 3 * (size_t)count + 1);
    o->entries = ARENA_ARRAY(o->arena, struct ole2_entry, count);
    t.seen[0] = true;
    tree_wait(&t, bytes + 0x4C, 1, S(""));
    while (t.waiting_count > 0)
        TRY(walk_branch(o, &t, t.waiting[--t.waiting_count]));
    return NULL;
}

static struct err *read_directory(struct ole2 *o, uint32_t first, uint8_t **out,
                                  uint32_t *out_count)
{
    uint32_t *sectors = NULL;
    size_t count = 0;
    size_t size = (size_t)1 << o->shift;
    TRY(chain(o, first, OLE2_ENTRIES_MAX * ENTRY / size, &sectors, &count));
    if (count == 0)
        return corrupt("it has no directory");
    uint8_t *bytes = arena_alloc(o->arena, count, size);
    for (size_t i = 0; i < count; i++)
        TRY(read_sector(o, sectors[i], 0, bytes + i * size, size));
    if (bytes[0x42] != KIND_ROOT)
        return corrupt("its directory does not begin with the root");
    *out = bytes;
    *out_count = (uint32_t)(count * size / ENTRY);
    return NULL;
}

struct err *ole2_open(const struct source *source, struct arena *arena, struct ole2 **out)
{
    struct ole2 *o = ARENA_NEW(arena, struct ole2);
    uint8_t header[HEADER];
    uint8_t *directory = NULL;
    uint32_t count = 0;
    *o = (struct ole2){.source = source, .arena = arena};
    TRY(read_header(o, header));
    TRY(read_table(o, header));
    TRY(read_directory(o, number(header + 0x30), &directory, &count));
    TRY(walk_tree(o, directory, count));
    TRY(chain(o, number(header + 0x3C), OLE2_MINI_SECTORS_MAX, &o->mini_table,
              &o->mini_table_count));
    TRY(chain(o, number(directory + 0x74), OLE2_MINI_SECTORS_MAX, &o->mini_sectors,
              &o->mini_sector_count));
    *out = o;
    return NULL;
}

const struct ole2_entry *ole2_entries(const struct ole2 *ole2, size_t *out_count)
{
    *out_count = ole2->count;
    return ole2->entries;
}

/* --- files */

static struct err *read_piece(struct ole2 *o, bool small, uint32_t sector, uint8_t *out,
                              size_t length)
{
    if (!small)
        return read_sector(o, sector, 0, out, length);
    unsigned shift = o->shift - MINI_SHIFT;
    if (sector >> shift >= o->mini_sector_count)
        return corrupt("a small file leaves the sectors of small files");
    size_t within = (sector & ((1U << shift) - 1)) << MINI_SHIFT;
    return read_sector(o, o->mini_sectors[sector >> shift], within, out, length);
}

static struct err *next_piece(struct ole2 *o, bool small, uint32_t *sector)
{
    return small ? follow(o, &o->kept_mini, o->mini_table, o->mini_table_count, *sector, sector)
                 : next_sector(o, *sector, sector);
}

struct err *ole2_read(struct ole2 *ole2, const struct ole2_entry *entry, void *out, size_t capacity,
                      size_t *out_got)
{
    bool small = entry->length < ole2->cutoff;
    size_t piece = (size_t)1 << (small ? MINI_SHIFT : ole2->shift);
    size_t wanted = entry->length < capacity ? (size_t)entry->length : capacity;
    uint32_t sector = entry->start;
    for (size_t done = 0; done < wanted;) {
        if (sector >= LAST_REGULAR)
            return corrupt("a file is shorter than its directory says");
        size_t length = wanted - done < piece ? wanted - done : piece;
        TRY(read_piece(ole2, small, sector, (uint8_t *)out + done, length));
        done += length;
        if (done < wanted)
            TRY(next_piece(ole2, small, &sector));
    }
    *out_got = wanted;
    return NULL;
}
