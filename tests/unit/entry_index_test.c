/* Does the entry index find one entry of many, and does a range read from its restart points give
 * the same bytes? */
#include "containers.h"
#include "unit.h"
#include "vault/entry_index.h"

enum { LARGE = 5 << 20 };

/* Reads an entry through and writes its points and itself to the index. */
static void add_read(struct entry_index_writer *writer, struct entry_reader *reader,
                     struct entry *entry, struct buf *out)
{
    static char bytes[64 * 1024];
    size_t got = 0;
    assert_null(entry_open(reader, entry, 0));
    do {
        assert_null(entry_read(reader, bytes, sizeof bytes, &got));
        if (entry_point(reader) != NULL)
            entry_index_add_point(writer, entry_point(reader), out);
    } while (got == sizeof bytes);
    entry->sha256 = sha256_of(entry->path);
    entry_index_add(writer, entry, out);
}

static void index_of(struct str bytes, enum container container, struct buf *out)
{
    enum entries_step step = ENTRIES_POINT;
    autoentries struct entries *list = NULL;
    struct source source = source_from_str(&bytes);
    assert_null(entries_open(&source, container, NULL, &list));
    autoreader struct entry_reader *reader = entry_reader_new(&source, container, NULL);
    autoindexwriter struct entry_index_writer *writer = entry_index_writer_new(container, out);
    for (;;) {
        struct entry entry;
        assert_null(entries_next(list, &entry, &step));
        if (step == ENTRIES_END)
            break;
        if (step == ENTRIES_POINT)
            entry_index_add_point(writer, entries_point(list), out);
        else
            add_read(writer, reader, &entry, out);
    }
    assert_null(entry_index_end(writer, out));
}

/* Ranges in an order that needs going forth and back. */
static void assert_ranges(struct str bytes, struct buf *index_bytes, const char *path,
                          struct str content)
{
    static const size_t places[] = {4500000, 10, 1200000, 1200100, 3000000, LARGE - 5, 2500000, 0};
    struct str index_str = buf_str(index_bytes);
    struct source source = source_from_str(&bytes);
    struct source index_source = source_from_str(&index_str);
    autoindex struct entry_index *index = NULL;
    struct entry entry;
    assert_null(entry_index_open(&index_source, &index));
    assert_null(entry_index_find(index, str_from(path), &entry));
    assert_true(sha256_equal(entry.sha256, sha256_of(str_from(path))));
    autoreader struct entry_reader *reader =
        entry_reader_new(&source, entry_index_container(index), index);
    for (size_t i = 0; i < COUNT(places); i++) {
        char got_bytes[300];
        size_t got = 0;
        struct str expected = str_slice(content, places[i], places[i] + sizeof got_bytes);
        assert_null(entry_open(reader, &entry, places[i]));
        assert_null(entry_read(reader, got_bytes, sizeof got_bytes, &got));
        assert_true(str_equal((struct str){got_bytes, got}, expected));
    }
    assert_int_equal(entry_open(reader, &entry, LARGE + 1)->code, ERR_INVALID);
}

static void zip_ranges(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf index = buf_new(CONTAINER_TEST_MAX);
    put_text(&text, LARGE, 1);
    const struct zip_member members[] = {
        {.name = S("small"), .content = S("x"), .method = 8},
        {.name = S("deflated"), .content = buf_str(&text), .method = 8},
        {.name = S("stored"), .content = buf_str(&text)}};
    put_zip(&zip, members, COUNT(members));
    index_of(buf_str(&zip), CONTAINER_ZIP, &index);
    assert_in_range(index.len, 4 * 2000, 5 * RESTART_WINDOW);
    assert_ranges(buf_str(&zip), &index, "deflated", buf_str(&text));
    assert_ranges(buf_str(&zip), &index, "stored", buf_str(&text));
    err_reset();
}

static void put_large_tar_gz(struct buf *gz, struct str text, size_t member_size)
{
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    const struct tar_member members[] = {{.name = S("a"), .content = text},
                                         {.name = S("b"), .content = text}};
    put_tar(&tar, members, COUNT(members));
    for (size_t at = 0; at < tar.len; at += member_size)
        put_deflated(gz, str_slice(buf_str(&tar), at, at + member_size), 31);
}

static void tar_gz_ranges(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(CONTAINER_TEST_MAX);
    put_text(&text, LARGE, 2);
    for (size_t member_size = 1 << 16; member_size <= 1 << 24; member_size <<= 4) {
        autobuf struct buf gz = buf_new(CONTAINER_TEST_MAX);
        autobuf struct buf index = buf_new(CONTAINER_TEST_MAX);
        put_large_tar_gz(&gz, buf_str(&text), member_size);
        index_of(buf_str(&gz), CONTAINER_TAR_GZ, &index);
        assert_ranges(buf_str(&gz), &index, "b", buf_str(&text));
        assert_ranges(buf_str(&gz), &index, "a", buf_str(&text));
    }
    err_reset();
}

/* A listing that stops at every step and is taken up by somebody else gives the same, the gzip
 * trailers checked. */
static void resumed(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf gz = buf_new(CONTAINER_TEST_MAX);
    put_text(&text, LARGE, 3);
    put_large_tar_gz(&gz, buf_str(&text), 1 << 24);
    for (int damage = 0; damage < 2; damage++) {
        static struct restart_point point;
        bool has_point = false;
        struct entries_mark mark = {0};
        enum entries_step step = ENTRIES_POINT;
        struct err *e = NULL;
        uint64_t entries = 0;
        gz.ptr[gz.len - 6] ^= (char)damage; /* of the CRC-32 at the very end */
        struct str bytes = buf_str(&gz);
        struct source source = source_from_str(&bytes);
        while (step != ENTRIES_END && e == NULL) {
            struct entry entry;
            autoentries struct entries *list = NULL;
            assert_null(entries_resume(&source, CONTAINER_TAR_GZ, NULL, &mark,
                                       has_point ? &point : NULL, &list));
            e = entries_next(list, &entry, &step);
            mark = entries_mark(list);
            entries += e == NULL && step == ENTRIES_ENTRY;
            if (e == NULL && step == ENTRIES_POINT) {
                has_point = true;
                point = *entries_point(list);
            }
        }
        assert_int_equal(entries, 2);
        assert_int_equal(mark.number, 2);
        assert_string_equal(e != NULL ? e->rule : "good", damage ? "container_checksum" : "good");
    }
    err_reset();
}

static struct str name_of(size_t i, char text[32])
{
    snprintf(text, 32, "p/data/%zu.xml", i);
    return str_from(text);
}

static void one_of_many(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    char text[32];
    struct entry entry = {.length = 7, .stored_length = 7, .has_crc32 = true, .crc32 = 0xfffefdfc};
    autobuf struct buf bytes = buf_new(CONTAINER_TEST_MAX);
    autoindexwriter struct entry_index_writer *writer =
        entry_index_writer_new(CONTAINER_TAR, &bytes);
    for (size_t i = 0; i < MANY; i++) {
        entry.path = name_of(i, text);
        entry.offset = 1000 * i;
        entry_index_add(writer, &entry, &bytes);
    }
    assert_null(entry_index_end(writer, &bytes));
    struct str all = buf_str(&bytes);
    struct source source = source_from_str(&all);
    autoindex struct entry_index *index = NULL;
    assert_null(entry_index_open(&source, &index));
    assert_int_equal(entry_index_count(index), MANY);
    for (size_t i = 0; i < MANY; i += 7) {
        assert_null(entry_index_find(index, name_of(i, text), &entry));
        assert_int_equal(entry.offset, 1000 * i);
        assert_int_equal(entry.crc32, 0xfffefdfc);
    }
    assert_int_equal(entry_index_find(index, S("p/data/20000.xml"), &entry)->code, ERR_NOT_FOUND);
    err_reset();
}

/* Going through an index and writing what comes gives the same index: so pieces are joined. */
static void joined(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf gz = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf bytes = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf again = buf_new(CONTAINER_TEST_MAX);
    autoarena struct arena *arena = arena_new(1 << 20);
    put_text(&text, LARGE, 4);
    put_large_tar_gz(&gz, buf_str(&text), 1 << 22);
    index_of(buf_str(&gz), CONTAINER_TAR_GZ, &bytes);
    struct str all = buf_str(&bytes);
    struct source source = source_from_str(&all);
    autoindex struct entry_index *index = NULL;
    assert_null(entry_index_open(&source, &index));
    autoindexwriter struct entry_index_writer *writer =
        entry_index_writer_new(CONTAINER_TAR_GZ, &again);
    uint64_t cursor = 0;
    for (;;) {
        struct entry entry;
        struct restart_point point;
        enum entries_step step = ENTRIES_END;
        assert_null(entry_index_next(index, &cursor, arena, &entry, &point, &step));
        if (step == ENTRIES_END)
            break;
        if (step == ENTRIES_POINT)
            entry_index_add_point(writer, &point, &again);
        else
            entry_index_add(writer, &entry, &again);
    }
    assert_null(entry_index_end(writer, &again));
    assert_true(str_equal(buf_str(&again), all));
}

static void duplicates(void **state)
{
    (void)state;
    struct entry entry = {.path = S("a")};
    autobuf struct buf bytes = buf_new(CONTAINER_TEST_MAX);
    autoindexwriter struct entry_index_writer *writer =
        entry_index_writer_new(CONTAINER_TAR, &bytes);
    entry_index_add(writer, &entry, &bytes);
    entry_index_add(writer, &entry, &bytes);
    assert_string_equal(entry_index_end(writer, &bytes)->rule, "container_duplicate_name");
    err_reset();
}

/* The form on disk is final: these bytes must never change. */
static void form_on_disk(void **state)
{
    (void)state;
    static const struct restart_point point = {.output = 1 << 20,
                                               .input = 300,
                                               .crc32 = 0x01020304,
                                               .bits = 3,
                                               .window_length = 3,
                                               .window = "abc"};
    const struct entry entry = {.path = S("a/b"),
                                .method = ENTRY_DEFLATE,
                                .offset = 30,
                                .stored_length = 400,
                                .length = 2 << 20,
                                .has_crc32 = true,
                                .crc32 = 0xa1a2a3a4};
    static const char items[] = "R7eIdx\0\1"
                                "P\x80\x80\x40\xac\x02\0\3\1\2\3\4\3\3abc"
                                "E\6\3a/b\x1e\x90\3\x80\x80\x80\1\xa1\xa2\xa3\xa4\0\1";
    static const char points[] = "\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\x08";
    static const char tail[] = "\0\0\0\0\0\0\0\x2c\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0R7eIdx";
    autobuf struct buf bytes = buf_new(CONTAINER_TEST_MAX);
    autoindexwriter struct entry_index_writer *writer =
        entry_index_writer_new(CONTAINER_ZIP, &bytes);
    entry_index_add_point(writer, &point, &bytes);
    entry_index_add(writer, &entry, &bytes);
    assert_null(entry_index_end(writer, &bytes));
    struct sha256 hash = sha256_of(S("a/b"));
    assert_memory_equal(bytes.ptr, items, sizeof items - 1);
    assert_memory_equal(bytes.ptr + sizeof items - 1, hash.bytes, 10);
    assert_memory_equal(bytes.ptr + sizeof items - 1 + 10, "\0\0\0\0\0\x19", 6);
    assert_memory_equal(bytes.ptr + sizeof items - 1 + 16, points, 16);
    assert_memory_equal(bytes.ptr + bytes.len - 32, tail, 32);
    assert_int_equal(bytes.len, sizeof items - 1 + 32 + 2048 + 32);
}

/* Any byte of the index may be wrong: an error or another answer, never worse. */
static void damaged(void **state)
{
    (void)state;
    autobuf struct buf text = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf zip = buf_new(CONTAINER_TEST_MAX);
    autobuf struct buf bytes = buf_new(CONTAINER_TEST_MAX);
    put_text(&text, 3 << 19, 5);
    const struct zip_member member = {.name = S("a"), .content = buf_str(&text), .method = 8};
    put_zip(&zip, &member, 1);
    index_of(buf_str(&zip), CONTAINER_ZIP, &bytes);
    struct str zip_str = buf_str(&zip);
    struct source zip_source = source_from_str(&zip_str);
    for (size_t i = 0; i < bytes.len; i += bytes.len - i < 2300 || i < 40 ? 1 : 97) {
        struct entry entry;
        char out[100];
        size_t got = 0;
        autoindex struct entry_index *index = NULL;
        bytes.ptr[i] ^= (char)0xc1;
        struct str all = buf_str(&bytes);
        struct source source = source_from_str(&all);
        struct err *e = entry_index_open(&source, &index);
        if (e == NULL)
            e = entry_index_find(index, S("a"), &entry);
        if (e == NULL) {
            autoreader struct entry_reader *reader =
                entry_reader_new(&zip_source, CONTAINER_ZIP, index);
            e = entry_open(reader, &entry, (3 << 19) - 50);
            if (e == NULL)
                e = entry_read(reader, out, sizeof out, &got);
        }
        assert_true(e == NULL || e->code == ERR_CORRUPT || e->code == ERR_NOT_FOUND ||
                    e->code == ERR_INVALID);
        bytes.ptr[i] ^= (char)0xc1;
        err_reset();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zip_ranges),   cmocka_unit_test(tar_gz_ranges),
        cmocka_unit_test(resumed),      cmocka_unit_test(one_of_many),
        cmocka_unit_test(joined),       cmocka_unit_test(duplicates),
        cmocka_unit_test(form_on_disk), cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests_name("entry_index", tests, NULL, NULL);
}
