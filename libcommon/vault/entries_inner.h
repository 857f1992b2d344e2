/* What the readers of ZIP and TAR share; nobody else includes it. */
#pragma once

#include <endian.h>

#include "base/base.h"
#include "vault/entries.h"
#include "vault/inflate.h"

enum container_rule {
#define RULE(name, code, word, meaning) RULE_##name,
#include "vault/container_rules.def"
#undef RULE
    RULE_COUNT
};

/* Which entry (from 1; 0 = the container itself) and where it begins. */
struct place {
    uint64_t number;
    uint64_t offset;
};
struct place_text {
    char text[64];
};
struct place_text place_text(struct place place);
struct err *refused(enum container_rule rule, struct err *e) __attribute__((returns_nonnull));
enum err_code rule_code(enum container_rule rule);
#define REFUSE(rule, place, ...)                                                                   \
    refused(RULE_##rule, err_field(rule_code(RULE_##rule), place_text(place).text, __VA_ARGS__))

/* Against bombs: `plain` bytes out of `stored`. */
MUST_USE struct err *growth_check(const struct entry_limits *limits, struct place place,
                                  uint64_t plain, uint64_t stored);

/* A path made safe. */
struct entry_path {
    char text[ENTRY_PATH_MAX + 1];
    size_t length; /* 0: the container's own root ("./") */
    bool folder;   /* it ended with '/' */
};
/* Takes UTF-8 as it stands in the container. */
MUST_USE struct err *entry_path_set(struct entry_path *path, struct str raw, struct place place);
/* UTF-8 or, when that is not well-formed, code page 437. */
MUST_USE struct err *entry_path_set_dos(struct entry_path *path, struct str raw,
                                        struct place place);
struct str entry_path_str(const struct entry_path *path);

/* Paths by hash: 80 bits of SHA-256, then a 48-bit number of the owner's choice; sorted bytewise.
 */
struct path_key {
    uint8_t bytes[16];
};
enum { PATH_KEY_HASH = 10 };
struct path_set {
    struct path_key *keys;
    size_t count;
    size_t capacity;
};
struct path_key path_key(struct str path, uint64_t number);
uint64_t path_key_number(struct path_key key);
void path_set_add(struct path_set *set, struct path_key key);
/* Sorts; false when two have the same hash, whose numbers are then given, lower first. */
bool path_set_sort(struct path_set *set, uint64_t *out_first, uint64_t *out_second);
void path_set_free(struct path_set *set);

/* Reads ahead over a source so that many small reads become few. */
struct window {
    const struct source *source;
    size_t ahead; /* bytes to fetch at once when fewer are asked for */
    uint64_t offset;
    size_t length;
    uint8_t bytes[160 * 1024];
};
/* `length` bytes at `offset`, good until the next call; the caller has checked that they lie in the
 * source. */
MUST_USE struct err *window_get(struct window *window, uint64_t offset, size_t length,
                                const uint8_t **out);

/* Where a ZIP's central directory lies, as its end record says. */
struct zip_directory {
    uint64_t start;
    uint64_t end;
    uint64_t count; /* entries */
};
MUST_USE struct err *zip_find_directory(const struct source *source, struct zip_directory *out);

struct zip;
MUST_USE struct err *zip_open(const struct source *source, const struct entry_limits *limits,
                              struct zip **out);
MUST_USE struct err *zip_next(struct zip *zip, struct entry *out, enum entries_step *out_step);
void zip_free(struct zip *zip);

enum { TAR_BLOCK = 512 };
/* Is this block a TAR header: ustar's magic, or (older) a name and a checksum that fits? */
bool tar_looks_right(const uint8_t block[TAR_BLOCK]);

struct tar;
MUST_USE struct err *tar_open(const struct source *source, enum container container,
                              const struct entry_limits *limits, const struct entries_mark *mark,
                              const struct restart_point *point, struct tar **out);
MUST_USE struct err *tar_next(struct tar *tar, struct entry *out, enum entries_step *out_step);
const struct restart_point *tar_point(const struct tar *tar);
struct entries_mark tar_mark(const struct tar *tar);
void tar_free(struct tar *tar);

static inline uint16_t le16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return le16toh(value);
}

static inline uint32_t le32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static inline uint64_t le64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}
