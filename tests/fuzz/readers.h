/* What the fuzz targets of readers share: read any bytes whole, then once more by parts, which must
 * give as many items. */
#pragma once

#include "base/base.h"
#include "services/indexing/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct err *fuzz_count(const struct reader_input *input, size_t *count)
{
    static struct item item;
    struct reader *reader = NULL;
    bool more = true;
    TRY(reader_open(input, &reader));
    struct err *e = reader_next(reader, &item, &more);
    for (; e == NULL && more; e = reader_next(reader, &item, &more))
        (*count)++;
    reader_close(reader);
    return e;
}

static inline struct err *fuzz_parts(struct reader_input input, size_t *count)
{
    struct reader_part part = {0};
    while (part.to < input.source->size) {
        uint64_t before = part.to;
        input.from = part.to;
        input.first_row = part.next_row;
        TRY(reader_cut(&input, 64, &part));
        assert(part.to > before);
        input.to = part.to;
        TRY(fuzz_count(&input, count));
    }
    return NULL;
}

static inline int fuzz_reader(struct str name, const struct mapping *mapping, struct str bytes)
{
    struct source source = source_from_str(&bytes);
    struct reader_input input = {
        .name = name, .path = S("x"), .source = &source, .to = bytes.len, .mapping = mapping};
    size_t whole = 0;
    size_t parts = 0;
    struct err *e = fuzz_count(&input, &whole);
    assert(e == NULL || e->code != ERR_BUG);
    struct err *again = e == NULL ? fuzz_parts(input, &parts) : NULL;
    assert(again == NULL || again->code != ERR_BUG);
    assert(e != NULL || (again == NULL && whole == parts));
    err_reset();
    return 0;
}
