/* The end of a ZIP: its end record, with or without ZIP64, and where the central directory lies. */
#include "vault/entries_inner.h"

enum {
    END = 0x06054b50,
    END_SIZE = 22,
    END64 = 0x06064b50,
    END64_SIZE = 56,
    LOCATOR = 0x07064b50,
    LOCATOR_SIZE = 20,
};

static const struct place at_end = {0, 0};

/* The end record whose comment reaches exactly to the last byte; two such would be two ZIPs in one.
 */
static struct err *find_end(const struct source *source, uint64_t *out_at,
                            uint8_t out_end[END_SIZE])
{
    size_t length =
        source->size < END_SIZE + UINT16_MAX ? (size_t)source->size : END_SIZE + UINT16_MAX;
    autofree uint8_t *tail = must_calloc(length, 1);
    size_t found = 0;
    TRY(source_read(source, source->size - length, tail, length));
    for (size_t left = END_SIZE; left <= length; left++) {
        const uint8_t *at = tail + length - left;
        if (le32(at) != END || le16(at + 20) != left - END_SIZE)
            continue;
        if (found != 0)
            return REFUSE(AMBIGUOUS, at_end, "the ZIP has two end records");
        found = left;
    }
    if (found == 0)
        return REFUSE(TRUNCATED, at_end, "the ZIP has no end record as its last bytes");
    *out_at = source->size - found;
    memcpy(out_end, tail + length - found, END_SIZE);
    return NULL;
}

/* A field of the short record is either the same as in the long one or all ones. */
static bool same_or_all_ones(uint64_t short_value, uint64_t all_ones, uint64_t value)
{
    return short_value == value || short_value == all_ones;
}

/* With ZIP64 another end record and its locator stand before the short one. */
static struct err *read_end64(const struct source *source, uint64_t end_at,
                              const uint8_t end[END_SIZE], struct zip_directory *out)
{
    uint8_t locator[LOCATOR_SIZE];
    uint8_t end64[END64_SIZE];
    uint64_t locator_at = end_at - LOCATOR_SIZE;
    TRY(source_read(source, locator_at, locator, LOCATOR_SIZE));
    uint64_t at = le64(locator + 8);
    if (le32(locator + 4) != 0 || le32(locator + 16) > 1)
        return REFUSE(MULTI_DISK, at_end, "the ZIP is one part of several");
    if (locator_at < END64_SIZE || at > locator_at - END64_SIZE)
        return REFUSE(CORRUPT, at_end, "the ZIP64 end record is not where its locator says");
    TRY(source_read(source, at, end64, END64_SIZE));
    if (le32(end64) != END64 || le64(end64 + 4) != locator_at - at - 12)
        return REFUSE(CORRUPT, at_end, "the ZIP64 end record is not where its locator says");
    if (le32(end64 + 16) != 0 || le32(end64 + 20) != 0 || le64(end64 + 24) != le64(end64 + 32))
        return REFUSE(MULTI_DISK, at_end, "the ZIP is one part of several");
    uint64_t size = le64(end64 + 40);
    struct zip_directory d = {.start = le64(end64 + 48), .end = at, .count = le64(end64 + 32)};
    if (size > at || d.start != at - size)
        return REFUSE(CORRUPT, at_end,
                      "the central directory does not end where the end record begins");
    if (!same_or_all_ones(le16(end + 10), UINT16_MAX, d.count) ||
        !same_or_all_ones(le32(end + 12), UINT32_MAX, size) ||
        !same_or_all_ones(le32(end + 16), UINT32_MAX, d.start))
        return REFUSE(DISAGREE, at_end, "the two end records of the ZIP disagree");
    *out = d;
    return NULL;
}

static struct err *has_locator(const struct source *source, uint64_t end_at, bool *out)
{
    uint8_t signature[4] = {0};
    if (end_at >= LOCATOR_SIZE)
        TRY(source_read(source, end_at - LOCATOR_SIZE, signature, sizeof signature));
    *out = le32(signature) == LOCATOR;
    return NULL;
}

struct err *zip_find_directory(const struct source *source, struct zip_directory *out)
{
    uint8_t end[END_SIZE];
    uint64_t end_at = 0;
    bool zip64 = false;
    TRY(find_end(source, &end_at, end));
    TRY(has_locator(source, end_at, &zip64));
    if (zip64)
        return read_end64(source, end_at, end, out);
    if (le16(end + 4) != 0 || le16(end + 6) != 0 || le16(end + 8) != le16(end + 10))
        return REFUSE(MULTI_DISK, at_end, "the ZIP is one part of several");
    struct zip_directory d = {.start = le32(end + 16), .end = end_at, .count = le16(end + 10)};
    if (d.start > end_at || end_at - d.start != le32(end + 12))
        return REFUSE(CORRUPT, at_end,
                      "the central directory does not end where the end record begins");
    *out = d;
    return NULL;
}
