/* Does segment.h keep its promise: any pieces in, any range out, each segment an age file, no
 * change unseen? */
#include "base/base.h"
#include "unit.h"
#include "vault/flush.h"
#include "vault/segment.h"

#include <fcntl.h>
#include <unistd.h>

static char path[] = "/tmp/r7-segment-XXXXXX";
static int folder = -1;
static struct age_identity identity;

static bool run(const char *command)
{
    autobuf struct buf line = buf_new(1000);
    buf_format(&line, "cd %s && %s", path, command);
    return system(line.ptr) == 0;
}

static int make_folder(void **state)
{
    (void)state;
    age_identity_random(&identity);
    folder = mkdtemp(path) != NULL ? open(path, O_RDONLY | O_DIRECTORY) : -1;
    autobuf struct buf text = buf_new(100);
    age_identity_print(&identity, &text);
    return folder < 0 || vault_put(folder, "identity", buf_str(&text)) != NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    close(folder);
    return run("rm -f -- *") && rmdir(path) == 0 ? 0 : 1;
}

/* The package's byte at a place: different in each segment and chunk. */
static uint8_t byte_at(uint64_t place)
{
    return (uint8_t)(place * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

enum { KEYS = 3 };
static struct file_key *file_keys;
static struct buf headers[KEYS];
static struct segment_key keys[KEYS];
static struct segment segments[KEYS];
static struct segment_total total;

static void make_keys(void)
{
    struct age_recipient recipient = age_identity_recipient(&identity);
    assert_null(file_keys_new(KEYS, &file_keys));
    for (size_t i = 0; i < KEYS; i++) {
        headers[i] = buf_new(AGE_HEADER_MAX);
        file_key_random(&file_keys[i]);
        assert_null(age_header_write(&recipient, 1, &file_keys[i], &headers[i]));
        keys[i] = (struct segment_key){uuid_random(), &file_keys[i], buf_str(&headers[i])};
    }
}

static void drop_keys(void)
{
    for (size_t i = 0; i < KEYS; i++)
        buf_free(&headers[i]);
    file_keys_free(file_keys, KEYS);
}

static struct err *write_package(uint64_t bytes, size_t step, size_t with_keys)
{
    struct segment_writer *writer = segment_writer_new(folder, keys, with_keys, segments);
    struct err *e = NULL;
    char *piece = must_calloc(step, 1);
    for (uint64_t at = 0; at < bytes && e == NULL;) {
        size_t length = bytes - at < step ? (size_t)(bytes - at) : step;
        for (size_t i = 0; i < length; i++)
            piece[i] = (char)byte_at(at + i);
        e = segment_writer_add(writer, (struct str){piece, length});
        at += length;
    }
    free(piece);
    if (e == NULL)
        e = segment_writer_end(writer, &total);
    segment_writer_free(writer);
    return e;
}

/* A reader over what was written last. */
struct opened {
    int descriptors[KEYS];
    struct segment_file files[KEYS];
    struct segment_reader *reader;
    struct source source;
};

static struct err *open_package(struct opened *o)
{
    *o = (struct opened){0};
    TRY(segment_open_staged(folder, segments, total.segments, o->descriptors));
    for (size_t i = 0; i < total.segments; i++)
        o->files[i] =
            (struct segment_file){segments[i].index, segments[i].plain_bytes,
                                  segments[i].stored_bytes, o->descriptors[i], keys[i].key};
    TRY(segment_reader_new(o->files, total.segments, total.bytes, &o->reader));
    o->source = segment_reader_source(o->reader);
    return NULL;
}

static void close_package(struct opened *o)
{
    segment_reader_free(o->reader);
    for (size_t i = 0; i < total.segments; i++)
        close(o->descriptors[i]);
}

static void check_range(struct opened *o, uint64_t from, size_t length)
{
    uint8_t *out = must_calloc(length + 1, 1);
    assert_null(source_read(&o->source, from, out, length));
    for (size_t i = 0; i < length; i++)
        assert_int_equal(out[i], byte_at(from + i));
    free(out);
}

static void small_packages(void **state)
{
    (void)state;
    make_keys();
    static const uint64_t lengths[] = {0, 1, AGE_CHUNK, 300000};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct opened o;
        assert_null(write_package(lengths[i], 777, 1));
        assert_int_equal(total.bytes, lengths[i]);
        assert_int_equal(total.segments, 1);
        assert_null(open_package(&o));
        check_range(&o, 0, (size_t)lengths[i]);
        assert_int_equal(source_read(&o.source, lengths[i], &(char){0}, 1)->code, ERR_CORRUPT);
        close_package(&o);
        autobuf struct buf command = buf_new(1000);
        buf_format(&command, "cat %s %s | age -d -i identity | sha256sum | grep -q %s",
                   segment_header_name(keys[0].id).text, segment_payload_name(keys[0].id).text,
                   sha256_text(total.sha256).text);
        assert_true(run(command.ptr));
    }
    drop_keys();
}

static void large_package(void **state)
{
    (void)state;
    const uint64_t bytes = 2 * SEGMENT_BYTES + 123456;
    make_keys();
    assert_null(write_package(bytes, 1000003, KEYS));
    assert_int_equal(total.segments, 3);
    assert_int_equal(segments[2].plain_bytes, 123456);
    for (size_t i = 0; i < 3; i++) {
        enum read_back how = READ_FROM_DEVICE;
        assert_null(flush_filesystem(folder));
        assert_null(flush_read_back(folder, segment_payload_name(keys[i].id).text,
                                    segments[i].stored_bytes, segments[i].sha512, &how));
        assert_int_equal(flush_read_back(folder, segment_payload_name(keys[i].id).text,
                                         segments[i].stored_bytes, segments[(i + 1) % 3].sha512,
                                         &how)
                             ->code,
                         ERR_CORRUPT);
    }
    struct opened o;
    assert_null(open_package(&o));
    static const uint64_t cuts[] = {0, AGE_CHUNK, SEGMENT_BYTES, 2 * SEGMENT_BYTES};
    for (size_t i = 0; i < COUNT(cuts); i++) {
        uint64_t from = cuts[i] > 70000 ? cuts[i] - 70000 : 0;
        check_range(&o, from, 140001);
        check_range(&o, cuts[i], 1);
    }
    check_range(&o, bytes - 1, 1);
    close_package(&o);

    /* Only the middle segment: reading it is fine, reading beside it is our mistake. */
    assert_null(segment_open_staged(folder, &segments[1], 1, o.descriptors));
    struct segment_file middle = {1, segments[1].plain_bytes, segments[1].stored_bytes,
                                  o.descriptors[0], keys[1].key};
    assert_null(segment_reader_new(&middle, 1, bytes, &o.reader));
    o.source = segment_reader_source(o.reader);
    check_range(&o, SEGMENT_BYTES + 5, 100);
    assert_int_equal(source_read(&o.source, SEGMENT_BYTES - 1, (char[2]){0}, 2)->code, ERR_BUG);
    segment_reader_free(o.reader);
    close(o.descriptors[0]);
    assert_int_equal(write_package(bytes, 1 << 20, 2)->code, ERR_TOO_LARGE);
    drop_keys();
}

/* A package that ends on a cut has no empty segment behind it. */
static void exact_package(void **state)
{
    (void)state;
    make_keys();
    int64_t start = clock_monotonic_us();
    assert_null(write_package(SEGMENT_BYTES, 1 << 20, KEYS));
    print_message(
        "sealed 64 MiB (made, SHA-256, ChaCha20-Poly1305, SHA-512, written) at %lld MB/s\n",
        (long long)(SEGMENT_BYTES / (uint64_t)(clock_monotonic_us() - start)));
    assert_int_equal(total.segments, 1);
    assert_int_equal(segments[0].stored_bytes, age_payload_size(SEGMENT_BYTES));
    drop_keys();
}

static void damage(void **state)
{
    (void)state;
    make_keys();
    struct opened o;
    assert_null(write_package(200000, 4096, 1));
    struct segment_name own = segment_payload_name(keys[0].id);
    const char *name = own.text;
    autoclose int file = openat(folder, name, O_RDWR);
    for (off_t at = 0; at < (off_t)segments[0].stored_bytes; at += 31337) {
        char byte;
        char out[200000];
        assert_int_equal(pread(file, &byte, 1, at), 1);
        byte ^= 4;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
        assert_null(open_package(&o));
        struct err *e = source_read(&o.source, 0, out, sizeof out);
        assert_int_equal(e->code, ERR_CORRUPT);
        assert_non_null(strstr(e->detail, "segment 0"));
        close_package(&o);
        byte ^= 4;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
    }
    assert_null(open_package(&o));
    check_range(&o, 0, 200000);
    close_package(&o);
    assert_int_equal(ftruncate(file, (off_t)segments[0].stored_bytes - 1), 0);
    struct err *e = open_package(&o);
    assert_int_equal(e->code, ERR_CORRUPT);
    assert_non_null(strstr(e->detail, "segment 0"));
    close(o.descriptors[0]);
    drop_keys();
}

/* Writing again leaves the earlier file whole for whoever has another name for it. */
static void written_again(void **state)
{
    (void)state;
    make_keys();
    assert_null(write_package(1000, 100, 1));
    struct segment_name own = segment_payload_name(keys[0].id);
    const char *name = own.text;
    struct sha512 before = segments[0].sha512;
    assert_int_equal(linkat(folder, name, folder, "linked", 0), 0);
    assert_null(write_package(1000, 100, 1));
    assert_false(sha512_equal(before, segments[0].sha512));
    enum read_back how = READ_FROM_DEVICE;
    assert_null(flush_read_back(folder, "linked", segments[0].stored_bytes, before, &how));
    drop_keys();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_packages), cmocka_unit_test(large_package),
        cmocka_unit_test(exact_package),  cmocka_unit_test(damage),
        cmocka_unit_test(written_again),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
