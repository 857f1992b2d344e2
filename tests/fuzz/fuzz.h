/* What the fuzz targets of containers share: list everything, read the first MiB of every entry. */
#pragma once

#include "base/base.h"
#include "vault/entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small limits: a bomb is refused early, so that no run is slow. */
static const struct entry_limits fuzz_limits = {
    .entries = 1000, .length = 16 << 20, .ratio = 200, .ratio_from = 1 << 20};

static inline struct err *fuzz_read(struct entry_reader *reader, const struct entry *entry,
                                    uint64_t from)
{
    char bytes[4096];
    size_t got = 0;
    TRY(entry_open(reader, entry, from));
    for (size_t left = 256; left > 0; left--) {
        TRY(entry_read(reader, bytes, sizeof bytes, &got));
        if (got < sizeof bytes)
            break;
    }
    return NULL;
}

static inline struct err *fuzz_container(struct str bytes, enum container container)
{
    struct source source = source_from_str(&bytes);
    autoentries struct entries *list = NULL;
    TRY(entries_open(&source, container, &fuzz_limits, &list));
    autoreader struct entry_reader *reader = entry_reader_new(&source, container, NULL);
    for (enum entries_step step = ENTRIES_POINT; step != ENTRIES_END;) {
        struct entry entry;
        TRY(entries_next(list, &entry, &step));
        if (step != ENTRIES_ENTRY)
            continue;
        assert(entry.path.len > 0 && entry.path.len <= ENTRY_PATH_MAX && str_is_utf8(entry.path));
        /* A damaged entry must not spoil the next. */
        if (fuzz_read(reader, &entry, 0) == NULL)
            TRY(fuzz_read(reader, &entry, entry.length / 2));
    }
    return NULL;
}
