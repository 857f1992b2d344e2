/* Makes ZIP, TAR and gzip by hand, good ones and liars, for the tests of the entry reader. */
#pragma once

#include "base/base.h"
#include "vault/entries.h"

#include <zlib.h>

#define MAKER static __attribute__((unused))

enum { CONTAINER_TEST_MAX = 96 << 20 };

MAKER void put_le(struct buf *b, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++, value >>= 8)
        buf_byte(b, (char)value);
}

/* Deflate; `wrap` as zlib's windowBits: -15 raw, 31 gzip. */
MAKER void put_deflated(struct buf *b, struct str plain, int wrap)
{
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)plain.ptr, .avail_in = (unsigned)plain.len};
    if (deflateInit2(&z, 6, Z_DEFLATED, wrap, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.avail_out = (unsigned)deflateBound(&z, plain.len);
    z.next_out = (uint8_t *)buf_reserve(b, z.avail_out);
    if (z.next_out == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    b->len += z.total_out;
    deflateEnd(&z);
}

enum {
    ZIP_UTF8 = 1 << 11,
    ZIP_ENCRYPTED = 1,
    ZIP_STREAMED = 8,
    UNIX_LINK = 0120000,
    UNIX_FIFO = 0010000
};

struct zip_member {
    struct str name;
    struct str content;
    unsigned method; /* 0 or 8 are carried out, others only stated */
    unsigned flags;  /* ZIP_STREAMED: zeros in front, a data descriptor behind */
    bool zip64;
    unsigned mode;    /* as Unix writes it */
    struct str extra; /* of the central header */
    /* Lies: */
    struct str local_name;
    unsigned local_method;
    uint64_t more_length; /* added to the stated length, in both headers */
    uint64_t local_more_length;
    uint32_t crc_error;   /* xor, in both headers */
    uint64_t start_error; /* added to where the central header says the entry begins */
    struct str gap;       /* bytes behind the data */
    unsigned disk;
};

struct zip_made {
    uint32_t crc32;
    uint64_t start, stored_length, length;
};

MAKER struct zip_made put_local(struct buf *b, const struct zip_member *m)
{
    autobuf struct buf data = buf_new(CONTAINER_TEST_MAX);
    if (m->method == 8)
        put_deflated(&data, m->content, -15);
    else
        buf_put(&data, m->content);
    struct zip_made made = {
        .crc32 =
            (uint32_t)crc32_z(0, (const uint8_t *)m->content.ptr, m->content.len) ^ m->crc_error,
        .start = b->len,
        .stored_length = data.len,
        .length = m->content.len + m->more_length};
    bool streamed = (m->flags & ZIP_STREAMED) != 0;
    struct str name = m->local_name.ptr != NULL ? m->local_name : m->name;
    buf_put(b, S("PK\3\4\24\0"));
    put_le(b, 2, m->flags);
    put_le(b, 2, m->method + m->local_method);
    put_le(b, 4, 0);
    put_le(b, 4, streamed ? 0 : made.crc32);
    put_le(b, 4, m->zip64 ? UINT32_MAX : streamed ? 0 : made.stored_length);
    put_le(b, 4, m->zip64 ? UINT32_MAX : streamed ? 0 : made.length + m->local_more_length);
    put_le(b, 2, name.len);
    put_le(b, 2, m->zip64 ? 20 : 0);
    buf_put(b, name);
    if (m->zip64) {
        put_le(b, 2, 1);
        put_le(b, 2, 16);
        put_le(b, 8, streamed ? 0 : made.length);
        put_le(b, 8, streamed ? 0 : made.stored_length);
    }
    buf_put(b, buf_str(&data));
    if (streamed) {
        buf_put(b, S("PK\7\10"));
        put_le(b, 4, made.crc32);
        put_le(b, m->zip64 ? 8 : 4, made.stored_length);
        put_le(b, m->zip64 ? 8 : 4, made.length);
    }
    buf_put(b, m->gap);
    return made;
}

MAKER void put_central(struct buf *b, const struct zip_member *m, struct zip_made made)
{
    uint64_t start = made.start + m->start_error;
    buf_put(b, S("PK\1\2\24\3\24\0"));
    put_le(b, 2, m->flags);
    put_le(b, 2, m->method);
    put_le(b, 4, 0);
    put_le(b, 4, made.crc32);
    put_le(b, 4, m->zip64 ? UINT32_MAX : made.stored_length);
    put_le(b, 4, m->zip64 ? UINT32_MAX : made.length);
    put_le(b, 2, m->name.len);
    put_le(b, 2, m->extra.len + (m->zip64 ? 28 : 0));
    put_le(b, 2, 0);
    put_le(b, 2, m->disk);
    put_le(b, 2, 0);
    put_le(b, 4, (uint64_t)m->mode << 16);
    put_le(b, 4, m->zip64 ? UINT32_MAX : start);
    buf_put(b, m->name);
    if (m->zip64) {
        put_le(b, 2, 1);
        put_le(b, 2, 24);
        put_le(b, 8, made.length);
        put_le(b, 8, made.stored_length);
        put_le(b, 8, start);
    }
    buf_put(b, m->extra);
}

/* With a ZIP64 end record when any member is ZIP64. `count` is what the end record claims. */
MAKER void put_end(struct buf *b, uint64_t directory, uint64_t count, bool zip64)
{
    uint64_t end = b->len;
    if (zip64) {
        buf_put(b, S("PK\6\6"));
        put_le(b, 8, 44);
        put_le(b, 4, 45 << 16 | 45);
        put_le(b, 8, 0);
        put_le(b, 8, count);
        put_le(b, 8, count);
        put_le(b, 8, end - directory);
        put_le(b, 8, directory);
        buf_put(b, S("PK\6\7"));
        put_le(b, 4, 0);
        put_le(b, 8, end);
        put_le(b, 4, 1);
    }
    buf_put(b, S("PK\5\6\0\0\0\0"));
    put_le(b, 2, zip64 ? UINT16_MAX : count);
    put_le(b, 2, zip64 ? UINT16_MAX : count);
    put_le(b, 4, zip64 ? UINT32_MAX : end - directory);
    put_le(b, 4, zip64 ? UINT32_MAX : directory);
    put_le(b, 2, 0);
}

MAKER void put_zip(struct buf *b, const struct zip_member *members, size_t count)
{
    struct zip_made *made = must_calloc(count + 1, sizeof *made);
    bool zip64 = false;
    for (size_t i = 0; i < count; i++)
        made[i] = put_local(b, &members[i]);
    uint64_t directory = b->len;
    for (size_t i = 0; i < count; i++) {
        put_central(b, &members[i], made[i]);
        zip64 |= members[i].zip64;
    }
    put_end(b, directory, count, zip64);
    free(made);
}

enum tar_form { TAR_USTAR, TAR_GNU, TAR_V7 };

struct tar_member {
    struct str name;
    struct str content;
    char type; /* 0 = '0' */
    enum tar_form form;
    struct str prefix;
    bool binary_size; /* as GNU writes sizes above 8 GiB */
    uint64_t more_size;
    int checksum_error;
};

MAKER void put_padding(struct buf *b)
{
    while (b->len % 512 != 0)
        buf_byte(b, '\0');
}

MAKER void put_tar_header(struct buf *b, const struct tar_member *m)
{
    char h[512] = {0};
    uint64_t size = m->content.len + m->more_size;
    unsigned sum = 0;
    memcpy(h, m->name.ptr, m->name.len < 100 ? m->name.len : 100);
    snprintf(h + 100, 8, "%07o", 0644U);
    if (m->binary_size) {
        h[124] = (char)0x80;
        for (int i = 0; i < 8; i++)
            h[135 - i] = (char)(size >> (8 * i));
    } else {
        snprintf(h + 124, 12, "%011llo", (unsigned long long)size);
    }
    h[156] = m->form == TAR_V7 ? '\0' : m->type != 0 ? m->type : '0';
    if (m->form != TAR_V7)
        memcpy(h + 257, m->form == TAR_GNU ? "ustar  " : "ustar\00000", 8);
    if (m->prefix.len > 0)
        memcpy(h + 345, m->prefix.ptr, m->prefix.len);
    memset(h + 148, ' ', 8);
    for (size_t i = 0; i < sizeof h; i++)
        sum += (uint8_t)h[i];
    snprintf(h + 148, 8, "%06o", sum + (unsigned)m->checksum_error);
    buf_put(b, (struct str){h, sizeof h});
}

MAKER void put_tar_member(struct buf *b, const struct tar_member *m)
{
    put_tar_header(b, m);
    buf_put(b, m->content);
    put_padding(b);
}

MAKER void put_blocks(struct buf *b, size_t count)
{
    for (size_t i = 0; i < 512 * count; i++)
        buf_byte(b, '\0');
}

MAKER void put_tar(struct buf *b, const struct tar_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_tar_member(b, &members[i]);
    put_blocks(b, 2);
}

/* Lists and reads everything: "path length\n" a file, "path/\n" a folder, with the content behind
 * when short. */
MAKER struct err *tell(struct str bytes, const struct entry_limits *limits, struct buf *out)
{
    enum container container;
    enum entries_step step = ENTRIES_POINT;
    autoentries struct entries *list = NULL;
    autoarena struct arena *arena = arena_new(CONTAINER_TEST_MAX);
    struct source source = source_from_str(&bytes);
    TRY(container_recognise(str_slice(bytes, 0, CONTAINER_FIRST_BYTES), &container));
    TRY(entries_open(&source, container, limits, &list));
    autoreader struct entry_reader *reader = entry_reader_new(&source, container, NULL);
    for (;;) {
        struct entry entry;
        struct str content;
        TRY(entries_next(list, &entry, &step));
        if (step == ENTRIES_END)
            return NULL;
        if (step == ENTRIES_POINT)
            continue;
        buf_put(out, entry.path);
        if (entry.kind == ENTRY_FOLDER) {
            buf_put(out, S("/\n"));
            continue;
        }
        TRY(entry_read_whole(reader, &entry, CONTAINER_TEST_MAX / 4, arena, &content));
        buf_format(out, " %zu", content.len);
        if (content.len <= 16)
            buf_format(out, " %.*s", STR_ARG(content));
        buf_byte(out, '\n');
        arena_reset(arena);
    }
}

MAKER const char *rule_of(struct str bytes, const struct entry_limits *limits)
{
    autobuf struct buf out = buf_new(CONTAINER_TEST_MAX);
    const struct err *e = tell(bytes, limits, &out);
    return e == NULL ? "good" : e->rule != NULL ? e->rule : e->detail;
}

/* Text that deflates to about half, never the same twice. */
MAKER void put_text(struct buf *b, size_t length, uint64_t seed)
{
    static const char *const words[] = {"journal", "anteckning", "patient",   "besök",
                                        "läkare",  "region",     "2026-01-02"};
    size_t end = b->len + length;
    while (b->len < end) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        buf_format(b, "%s %llu ", words[seed >> 60 & 3], (unsigned long long)(seed >> 44));
    }
    b->len = end;
}
