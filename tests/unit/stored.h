/* A package in a vault, made as ingest, validation and preservation make it: sealed delivered
 * segments, and an AIP part of a note and the entry index. For tests that read what is stored. */
#pragma once

#include "base/base.h"
#include "vault/entry_index.h"
#include "vault/package.h"
#include "vault/staging.h"

#include <unistd.h>

enum { STORED_SEGMENTS = 8, STORED_PIECE = 64 * 1024 };

struct stored_segment {
    struct segment segment;
    struct file_key key;
    struct str header; /* in the arena */
};
struct stored {
    struct uuid package;
    uint64_t bytes;
    struct sha256 sha256;
    struct stored_segment delivered[STORED_SEGMENTS];
    size_t delivered_count;
    struct stored_segment note;
    struct stored_segment entries[STORED_SEGMENTS];
    size_t entries_count;
};

#define STORED __attribute__((unused)) static

STORED struct err *stored_index_entry(struct entry_index_writer *writer,
                                      struct entry_reader *reader, struct entry *entry,
                                      struct buf *out)
{
    static char bytes[STORED_PIECE];
    size_t got = 0;
    if (entry->kind == ENTRY_FILE) {
        TRY(entry_open(reader, entry, 0));
        do {
            TRY(entry_read(reader, bytes, sizeof bytes, &got));
            if (entry_point(reader) != NULL)
                entry_index_add_point(writer, entry_point(reader), out);
        } while (got == sizeof bytes);
    }
    entry_index_add(writer, entry, out);
    return NULL;
}

STORED struct err *stored_index(struct str bytes, struct buf *out)
{
    enum container container = CONTAINER_ZIP;
    enum entries_step step = ENTRIES_POINT;
    autoentries struct entries *list = NULL;
    struct source source = source_from_str(&bytes);
    TRY(container_recognise(str_slice(bytes, 0, CONTAINER_FIRST_BYTES), &container));
    TRY(entries_open(&source, container, NULL, &list));
    autoreader struct entry_reader *reader = entry_reader_new(&source, container, NULL);
    autoindexwriter struct entry_index_writer *writer = entry_index_writer_new(container, out);
    while (step != ENTRIES_END) {
        struct entry entry;
        TRY(entries_next(list, &entry, &step));
        if (step == ENTRIES_POINT)
            entry_index_add_point(writer, entries_point(list), out);
        else if (step == ENTRIES_ENTRY)
            TRY(stored_index_entry(writer, reader, &entry, out));
    }
    return entry_index_end(writer, out);
}

/* Seals the bytes as one part; numbers begin at `first`. */
STORED struct err *stored_seal(int folder, const struct age_recipient *recipients,
                               size_t recipient_count, struct str bytes, uint32_t first,
                               struct arena *arena, struct stored_segment *out, size_t *out_count,
                               struct sha256 *out_sha256)
{
    struct segment_key with[STORED_SEGMENTS];
    struct segment segments[STORED_SEGMENTS];
    struct segment_total total;
    for (size_t i = 0; i < STORED_SEGMENTS; i++) {
        autobuf struct buf header = buf_new(AGE_HEADER_MAX);
        file_key_random(&out[i].key);
        TRY(age_header_write(recipients, recipient_count, &out[i].key, &header));
        out[i].header = arena_str(arena, buf_str(&header));
        with[i] = (struct segment_key){uuid_random(), &out[i].key, out[i].header};
    }
    struct segment_writer *writer = segment_writer_new(folder, with, STORED_SEGMENTS, segments);
    struct err *e = segment_writer_add(writer, bytes);
    if (e == NULL)
        e = segment_writer_end(writer, &total);
    segment_writer_free(writer);
    TRY(e);
    for (size_t i = 0; i < total.segments; i++) {
        out[i].segment = segments[i];
        out[i].segment.index += first;
    }
    *out_count = total.segments;
    *out_sha256 = total.sha256;
    return NULL;
}

/* Seals and stores; `out` is large: static, or on the heap. */
STORED struct err *stored_make(const struct vault *vault, struct str tenant, struct uuid package,
                               const struct age_recipient *recipients, size_t recipient_count,
                               struct str bytes, struct arena *arena, struct stored *out)
{
    struct uuid upload = uuid_random();
    struct uuid sealed = uuid_random();
    autoclose int upload_folder = -1;
    autoclose int sealed_folder = -1;
    struct stored_segment notes[STORED_SEGMENTS];
    size_t note_count = 0;
    struct sha256 ignored;
    enum read_back how;
    autobuf struct buf index = buf_new((size_t)1 << 30);
    TRY(stored_index(bytes, &index));
    TRY(staging_open(vault->locations[0], tenant, upload, true, &upload_folder));
    TRY(staging_open(vault->locations[0], tenant, sealed, true, &sealed_folder));
    TRY(stored_seal(upload_folder, recipients, recipient_count, bytes, 0, arena, out->delivered,
                    &out->delivered_count, &out->sha256));
    TRY(stored_seal(sealed_folder, recipients, recipient_count, S("a note"), 0, arena, notes,
                    &note_count, &ignored));
    TRY(stored_seal(sealed_folder, recipients, recipient_count, buf_str(&index), 1, arena,
                    out->entries, &out->entries_count, &ignored));
    out->package = package;
    out->bytes = bytes.len;
    out->note = notes[0];
    struct segment delivered[STORED_SEGMENTS];
    struct segment aip[STORED_SEGMENTS + 1];
    for (size_t i = 0; i < out->delivered_count; i++)
        delivered[i] = out->delivered[i].segment;
    aip[0] = out->note.segment;
    for (size_t i = 0; i < out->entries_count; i++)
        aip[1 + i] = out->entries[i].segment;
    const struct ocfl_part parts[] = {
        {OCFL_DELIVERED, upload, delivered, out->delivered_count, false},
        {OCFL_AIP, sealed, aip, 1 + out->entries_count, false}};
    const struct ocfl_object object = {
        .tenant = tenant,
        .package = package,
        .parts = parts,
        .part_count = COUNT(parts),
        .note = {clock_now(), S("stored by a test"), S("test"), S("urn:r7e:test")}};
    return ocfl_store(vault, &object, 1, &how);
}
