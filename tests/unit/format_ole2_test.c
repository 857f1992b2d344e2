/* Does the reader of OLE2 files find every file in them, and refuse what could harm it? */
#include "arena.h"
#include "format/ole2.h"
#include "ole2.h"

static char large[5000];

static const struct ole2_member members[] = {
    {.name = "\001CompObj", .content = {"the program", 11}},
    {.name = "WordDocument", .content = {large, sizeof large}},
    {.name = "ObjectPool", .folder = true},
    {.name = " _1 ", .content = {"inner", 5}},
    {.name = "Empty", .ends_folder = true},
    {.name = "Last", .content = {large, 1000}},
};

static struct ole2_made make(void)
{
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)('a' + i % 26);
    return ole2_make(members, COUNT(members));
}

/* Opens it and reads every file whole. */
static struct err *read_all(struct str bytes, struct buf *told)
{
    struct source source = source_from_str(&bytes);
    struct ole2 *ole2 = NULL;
    size_t count = 0;
    char *content = arena_alloc(arena, 8192, 1);
    TRY(ole2_open(&source, arena, &ole2));
    const struct ole2_entry *entries = ole2_entries(ole2, &count);
    for (size_t i = 0; i < count; i++) {
        size_t got = 0;
        if (!entries[i].folder)
            TRY(ole2_read(ole2, &entries[i], content, 8192, &got));
        buf_format(told, "%.*s%s %zu %.*s\n", STR_ARG(entries[i].path),
                   entries[i].folder ? "/" : "", got, got < 20 ? (int)got : 0, content);
        assert_true(got < 20 || memcmp(content, large, got) == 0);
    }
    return NULL;
}

static void every_file_is_found(void **state)
{
    (void)state;
    struct ole2_made made = make();
    autobuf struct buf told = buf_new(1000);
    assert_null(read_all(buf_str(&made.bytes), &told));
    assert_string_equal(told.ptr, "CompObj 11 the program\n"
                                  "WordDocument 5000 \n"
                                  "ObjectPool/ 0 \n"
                                  "ObjectPool/_1 5 inner\n"
                                  "ObjectPool/Empty 0 \n"
                                  "Last 1000 \n");
    buf_free(&made.bytes);
}

static void only_what_is_asked_for_is_read(void **state)
{
    (void)state;
    struct ole2_made made = make();
    struct str bytes = buf_str(&made.bytes);
    struct source source = source_from_str(&bytes);
    struct ole2 *ole2 = NULL;
    size_t count = 0;
    size_t got = 0;
    char content[600];
    assert_null(ole2_open(&source, arena, &ole2));
    const struct ole2_entry *entries = ole2_entries(ole2, &count);
    assert_null(ole2_read(ole2, &entries[1], content, sizeof content, &got));
    assert_int_equal(got, sizeof content);
    assert_memory_equal(content, large, sizeof content);
    buf_free(&made.bytes);
}

/* Bytes set to a value, at a place counted from one of three beginnings. */
enum from { HEADER, TABLE, DIRECTORY };
struct bent {
    enum from from;
    size_t at;
    size_t bytes;
    uint64_t value;
    const char *said;
};

static const struct bent bent[] = {
    {HEADER, 0, 1, 0, "does not begin as one"},
    {HEADER, 0x1E, 2, 10, "sectors have a size"},
    {HEADER, 0x1E, 2, 0x0109, "sectors have a size"},
    {HEADER, 0x20, 2, 9, "sectors have a size"},
    {HEADER, 0x2C, 4, 0, "leaves its table"},
    {HEADER, 0x4C, 4, 5000, "a sector that it does not have"},
    {HEADER, 0x30, 4, 5000, "leaves its table"},
    {HEADER, 0x30, 4, 0xFFFFFFFE, "no directory"},
    {HEADER, 0x30, 4, 4, "does not begin with the root"},
    {HEADER, 0x3C, 4, 4000, "leaves its table"},
    {TABLE, 4 * 1, 4, 1, "runs in a circle"},
    {TABLE, 4 * 2, 4, 1, "runs in a circle"},
    {TABLE, 4 * 4, 4, 4, "runs in a circle"},
    {TABLE, 4 * 12, 4, 0xFFFFFFFE, "shorter than its directory says"},
    {TABLE, 4 * 12, 4, 100, "a sector that it does not have"},
    {DIRECTORY, 0x42, 1, 2, "does not begin with the root"},
    {DIRECTORY, 0x4C, 4, 100, "an entry that it does not have"},
    {DIRECTORY, 0x74, 4, 5000, "leaves its table"},
    {DIRECTORY, 0x74, 4, 0xFFFFFFFE, "leaves the sectors of small files"},
    {DIRECTORY, 128 + 0x44, 4, 1, "an entry twice"},
    {DIRECTORY, 128 + 0x48, 4, 0, "an entry twice"},
    {DIRECTORY, 3 * 128 + 0x4C, 4, 3, "an entry twice"},
    {DIRECTORY, 128 + 0x42, 1, 0, "neither file nor folder"},
    {DIRECTORY, 128 + 0x40, 2, 0, "a name has a length"},
    {DIRECTORY, 128 + 0x40, 2, 66, "a name has a length"},
    {DIRECTORY, 128 + 0x40, 2, 64, "a name holds zeros"},
    {DIRECTORY, 128 + 0x74, 4, 5000, "leaves the sectors of small files"},
    {DIRECTORY, 128 + 0x78, 4, 4000, "shorter than its directory says"},
    {DIRECTORY, 2 * 128 + 0x78, 4, 0xFFFFFFFF, "shorter than its directory says"},
};

static void damage_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bent); i++) {
        struct ole2_made made = make();
        autobuf struct buf told = buf_new(10000);
        const size_t begin[] = {0, made.table, made.directory};
        ole2_put(&made.bytes, begin[bent[i].from] + bent[i].at, bent[i].bytes, bent[i].value);
        struct err *e = read_all(buf_str(&made.bytes), &told);
        if (e == NULL || strstr(e->detail, bent[i].said) == NULL)
            fail_msg("%zu: %s, not %s", i, e != NULL ? e->detail : "nothing", bent[i].said);
        assert_int_equal(e->code, ERR_CORRUPT);
        assert_string_equal(e->rule, "ole2");
        buf_free(&made.bytes);
    }
}

static void cut_anywhere_it_is_refused_or_read(void **state)
{
    (void)state;
    struct ole2_made made = make();
    for (size_t length = 0; length < made.bytes.len; length += 97) {
        autobuf struct buf told = buf_new(10000);
        char *exact = must_calloc(length + 1, 1);
        memcpy(exact + 1, made.bytes.ptr, length);
        struct err *e = read_all((struct str){exact + 1, length}, &told);
        assert_true(e == NULL || e->code == ERR_CORRUPT);
        assert_true(e != NULL || length > made.bytes.len - OLE2_SECTOR);
        free(exact);
        arena_reset(arena);
    }
    buf_free(&made.bytes);
}

/* A table that goes on in sectors of its own. */
static void a_long_table(void **state)
{
    (void)state;
    struct ole2_made made = make();
    autobuf struct buf told = buf_new(10000);
    size_t large_enough = (size_t)OLE2_SIZE;
    made.bytes.len = large_enough; /* 511 sectors need four of the table */
    ole2_put(&made.bytes, 0x2C, 4, 4);
    for (size_t i = 1; i < 4; i++)
        ole2_put(&made.bytes, 0x4C + 4 * i, 4, 100 + i);
    assert_null(read_all(buf_str(&made.bytes), &told));
    /* From a sector that names itself as the next: what is needed is taken, and no more. */
    ole2_put(&made.bytes, 0x2C, 4, 0xFFFFFFFF);
    ole2_put(&made.bytes, 0x44, 4, 200);
    ole2_put(&made.bytes, ole2_sector(200) + OLE2_SECTOR - 4, 4, 200);
    buf_clear(&told);
    assert_null(read_all(buf_str(&made.bytes), &told));
    buf_free(&made.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(every_file_is_found), WITH_ARENA(only_what_is_asked_for_is_read),
        WITH_ARENA(damage_is_refused),   WITH_ARENA(cut_anywhere_it_is_refused_or_read),
        WITH_ARENA(a_long_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
