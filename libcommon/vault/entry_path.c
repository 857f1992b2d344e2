/* Paths of entries: made safe, put in UTF-8, and remembered by hash. */
#include "vault/entries_inner.h"

/* Code page 437 above 0x7f, as Unicode's CP437.TXT has it. */
static const uint16_t cp437[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

static struct err *too_long(struct place place)
{
    return REFUSE(PATH_LENGTH, place, "a path is longer than %d bytes", ENTRY_PATH_MAX);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* C0, DEL and C1 (in UTF-8 C2 80 to C2 9F). */
static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.ptr[i];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < s.len && (uint8_t)s.ptr[i + 1] < 0xa0))
            return true;
    }
    return false;
}

static struct err *check_characters(struct str raw, struct place place)
{
    if (raw.len == 0)
        return REFUSE(PATH_UNSAFE, place, "a path is empty");
    if (raw.len > ENTRY_PATH_MAX)
        return too_long(place);
    if (has_control(raw))
        return REFUSE(PATH_UNSAFE, place, "a path holds control characters");
    if (!str_is_utf8(raw))
        return REFUSE(PATH_ENCODING, place, "a path is not well-formed UTF-8");
    if (str_find(raw, '\\') < raw.len)
        return REFUSE(PATH_UNSAFE, place, "a path holds a backslash");
    if (raw.ptr[0] == '/' || (raw.len >= 2 && is_letter(raw.ptr[0]) && raw.ptr[1] == ':'))
        return REFUSE(PATH_UNSAFE, place, "a path is absolute");
    return NULL;
}

struct err *entry_path_set(struct entry_path *path, struct str raw, struct place place)
{
    TRY(check_characters(raw, place));
    path->length = 0;
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): no empty one is here */
    path->folder = raw.ptr[raw.len - 1] == '/';
    struct str rest = path->folder ? str_slice(raw, 0, raw.len - 1) : raw;
    struct str part;
    for (size_t depth = 0; str_cut(&rest, '/', &part);) {
        if (part.len == 0)
            return REFUSE(PATH_UNSAFE, place, "a path has an empty part");
        if (str_equal(part, S("..")))
            return REFUSE(PATH_UNSAFE, place, "a path leads upwards");
        if (str_equal(part, S(".")))
            continue;
        if (++depth > ENTRY_DEPTH_MAX)
            return REFUSE(PATH_LENGTH, place, "a path is deeper than %d folders", ENTRY_DEPTH_MAX);
        if (path->length > 0)
            path->text[path->length++] = '/';
        memcpy(path->text + path->length, part.ptr, part.len);
        path->length += part.len;
    }
    path->text[path->length] = '\0';
    return NULL;
}

struct err *entry_path_check(struct str path, uint64_t entries)
{
    struct entry_path safe;
    const struct place place = {.number = entries + 1};
    if (entries == entry_limits_default.entries)
        return REFUSE(ENTRIES, place, "there are more than %llu entries",
                      (unsigned long long)entries);
    return entry_path_set(&safe, path, place);
}

struct err *entry_path_set_dos(struct entry_path *path, struct str raw, struct place place)
{
    char utf8[ENTRY_PATH_MAX + 3];
    size_t length = 0;
    if (str_is_utf8(raw))
        return entry_path_set(path, raw, place);
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t byte = (uint8_t)raw.ptr[i];
        unsigned c = byte < 0x80 ? byte : cp437[byte - 0x80];
        if (c < 0x80) {
            utf8[length++] = (char)c;
        } else if (c < 0x800) {
            utf8[length++] = (char)(0xc0 | c >> 6);
            utf8[length++] = (char)(0x80 | (c & 0x3f));
        } else {
            utf8[length++] = (char)(0xe0 | c >> 12);
            utf8[length++] = (char)(0x80 | (c >> 6 & 0x3f));
            utf8[length++] = (char)(0x80 | (c & 0x3f));
        }
        if (length > ENTRY_PATH_MAX)
            return too_long(place);
    }
    return entry_path_set(path, (struct str){utf8, length}, place);
}

struct str entry_path_str(const struct entry_path *path)
{
    return (struct str){path->text, path->length};
}

struct path_key path_key(struct str path, uint64_t number)
{
    struct path_key key;
    struct sha256 hash = sha256_of(path);
    memcpy(key.bytes, hash.bytes, PATH_KEY_HASH);
    for (size_t i = sizeof key.bytes; i-- > PATH_KEY_HASH; number >>= 8)
        key.bytes[i] = (uint8_t)number;
    return key;
}

uint64_t path_key_number(struct path_key key)
{
    uint64_t number = 0;
    for (size_t i = PATH_KEY_HASH; i < sizeof key.bytes; i++)
        number = number << 8 | key.bytes[i];
    return number;
}

void path_set_add(struct path_set *set, struct path_key key)
{
    if (set->count == set->capacity) {
        set->capacity = set->capacity == 0 ? 1024 : set->capacity + set->capacity / 2;
        set->keys = must_realloc(set->keys, set->capacity * sizeof set->keys[0]);
    }
    set->keys[set->count++] = key;
}

static uint64_t eight_bytes(const uint8_t *at)
{
    uint64_t big;
    memcpy(&big, at, sizeof big);
    return be64toh(big);
}

/* Bytewise, and as two numbers, for millions are compared. */
static int compare_keys(const void *a, const void *b)
{
    const struct path_key *left = a;
    const struct path_key *right = b;
    uint64_t x = eight_bytes(left->bytes);
    uint64_t y = eight_bytes(right->bytes);
    if (x == y) {
        x = eight_bytes(left->bytes + sizeof x);
        y = eight_bytes(right->bytes + sizeof y);
    }
    return (x > y) - (x < y);
}

bool path_set_sort(struct path_set *set, uint64_t *out_first, uint64_t *out_second)
{
    if (set->count > 0)
        qsort(set->keys, set->count, sizeof set->keys[0], compare_keys);
    for (size_t i = 1; i < set->count; i++) {
        if (memcmp(&set->keys[i - 1], &set->keys[i], PATH_KEY_HASH) != 0)
            continue;
        *out_first = path_key_number(set->keys[i - 1]);
        *out_second = path_key_number(set->keys[i]);
        return false;
    }
    return true;
}

void path_set_free(struct path_set *set)
{
    free(set->keys);
    *set = (struct path_set){0};
}
