/* Makes OLE2 compound files by hand, for the tests of their reader: sectors of 512 bytes, all files
 * small but those of 4,096 bytes or more. */
#pragma once

#include "base/base.h"

enum { OLE2_SECTOR = 512, OLE2_MEMBERS = 7, OLE2_MINI = 64, OLE2_SIZE = 256 * 1024 };

struct ole2_member {
    const char *name; /* ASCII */
    struct str content;
    bool folder; /* holds the members after it, up to one that ends it */
    bool ends_folder;
};

/* What a test may bend. */
struct ole2_made {
    struct buf bytes;
    size_t table;     /* where the table of chains begins */
    size_t directory; /* where the directory begins */
};

static inline void ole2_put(struct buf *b, size_t at, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++, value >>= 8)
        b->ptr[at + i] = (char)value;
}

static inline void ole2_entry_put(struct buf *b, size_t at, const char *name, unsigned kind)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        ole2_put(b, at + 2 * i, 2, (uint8_t)name[i]);
    ole2_put(b, at + 0x40, 2, 2 * (length + 1));
    ole2_put(b, at + 0x42, 1, kind);
    ole2_put(b, at + 0x44, 4, 0xFFFFFFFF);
    ole2_put(b, at + 0x48, 4, 0xFFFFFFFF);
    ole2_put(b, at + 0x4C, 4, 0xFFFFFFFF);
}

static inline void ole2_chain_put(struct buf *b, size_t table, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ole2_put(b, table + 4 * (first + i), 4, i + 1 < count ? first + i + 1 : 0xFFFFFFFE);
}

/* Sector 0: the table; 1–2: the directory; 3: the table of small files; 4–11: the small files;
 * then the large ones. */
enum { OLE2_SMALL_FIRST = 4, OLE2_SMALL_SECTORS = 8 };

static inline size_t ole2_sector(size_t number)
{
    return (number + 1) * OLE2_SECTOR;
}

static inline void ole2_content_put(struct ole2_made *o, size_t entry, struct str content,
                                    size_t *mini, size_t *sector)
{
    bool small = content.len < 4096;
    size_t piece = small ? OLE2_MINI : OLE2_SECTOR;
    size_t count = (content.len + piece - 1) / piece;
    size_t first = small ? *mini : *sector;
    size_t at = small ? ole2_sector(OLE2_SMALL_FIRST) + first * OLE2_MINI : ole2_sector(first);
    if (content.len > 0)
        memcpy(o->bytes.ptr + at, content.ptr, content.len);
    ole2_chain_put(&o->bytes, small ? ole2_sector(3) : o->table, first, count);
    ole2_put(&o->bytes, entry + 0x74, 4, first);
    ole2_put(&o->bytes, entry + 0x78, 4, content.len);
    *(small ? mini : sector) += count;
}

static inline void ole2_header_put(struct buf *b)
{
    memcpy(b->ptr, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    ole2_put(b, 0x1A, 2, 3);
    ole2_put(b, 0x1C, 2, 0xFFFE);
    ole2_put(b, 0x1E, 2, 9);
    ole2_put(b, 0x20, 2, 6);
    ole2_put(b, 0x2C, 4, 1);
    ole2_put(b, 0x30, 4, 1);
    ole2_put(b, 0x38, 4, 4096);
    ole2_put(b, 0x3C, 4, 3);
    ole2_put(b, 0x40, 4, 1);
    ole2_put(b, 0x44, 4, 0xFFFFFFFE);
    for (size_t i = 0; i < 109; i++)
        ole2_put(b, 0x4C + 4 * i, 4, i == 0 ? 0 : 0xFFFFFFFF);
}

/* At most OLE2_MEMBERS. A member is its elder's right sibling, or the first in its folder. */
static inline struct ole2_made ole2_make(const struct ole2_member *members, size_t count)
{
    struct ole2_made o = {buf_new(OLE2_SIZE), ole2_sector(0), ole2_sector(1)};
    struct buf *b = &o.bytes;
    memset(buf_reserve(b, OLE2_SIZE), 0, OLE2_SIZE);
    size_t mini = 0;
    size_t sector = OLE2_SMALL_FIRST + OLE2_SMALL_SECTORS;
    size_t link = o.directory + 0x4C;
    size_t after_folder = 0;
    ole2_header_put(b);
    for (size_t i = 0; i < OLE2_SECTOR / 4; i++) {
        ole2_put(b, o.table + 4 * i, 4, 0xFFFFFFFF);
        ole2_put(b, ole2_sector(3) + 4 * i, 4, 0xFFFFFFFF);
    }
    ole2_chain_put(b, o.table, 1, 2);
    ole2_chain_put(b, o.table, 3, 1);
    ole2_chain_put(b, o.table, OLE2_SMALL_FIRST, OLE2_SMALL_SECTORS);
    ole2_entry_put(b, o.directory, "Root Entry", 5);
    ole2_put(b, o.directory + 0x74, 4, OLE2_SMALL_FIRST);
    ole2_put(b, o.directory + 0x78, 4, OLE2_SMALL_SECTORS * OLE2_SECTOR);
    for (size_t i = 0; i < count; i++) {
        size_t entry = o.directory + 128 * (i + 1);
        ole2_entry_put(b, entry, members[i].name, members[i].folder ? 1 : 2);
        ole2_put(b, link, 4, i + 1);
        link = entry + (members[i].folder ? 0x4C : 0x48);
        if (members[i].folder)
            after_folder = entry + 0x48;
        else
            ole2_content_put(&o, entry, members[i].content, &mini, &sector);
        if (members[i].ends_folder)
            link = after_folder;
    }
    b->len = ole2_sector(sector);
    return o;
}
