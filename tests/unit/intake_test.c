/* Do intake.h and running_digest.h keep their promises: laid down anywhere and taken up again, the
 * bytes are the same, the digest of all of them is right, and what was not sure is forgotten? */
#include "base/base.h"
#include "unit.h"
#include "vault/intake.h"

#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 100 * 1000 };

static const uint64_t package_bytes = SEGMENT_BYTES + 3 * AGE_CHUNK + 17;
static char path[] = "/tmp/intake-XXXXXX";
static int folder = -1;
static struct file_key *file_keys;
static struct digests *expected;

static int make_folder(void **state)
{
    (void)state;
    folder = mkdtemp(path) != NULL ? open(path, O_RDONLY | O_DIRECTORY) : -1;
    expected = digests_new(1U << DIGEST_SHA256);
    return folder < 0 || file_keys_new(8, &file_keys) != NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char line[100];
    close(folder);
    digests_free(expected);
    file_keys_free(file_keys, 8);
    snprintf(line, sizeof line, "rm -r %s", path);
    return system(line);
}

static struct segment_key key_number(size_t i)
{
    const struct str number = {(const char *)&i, sizeof i};
    memset(&file_keys[i], (int)i + 1, sizeof file_keys[i]);
    return (struct segment_key){uuid_from_parts(&number, 1), &file_keys[i], S("a header")};
}

/* A byte that tells its place. */
static void fill(char *out, uint64_t from, size_t length)
{
    for (size_t i = 0; i < length; i++)
        out[i] = (char)((from + i) * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

/* Gives the bytes from `from` until the segment is full or `until` is reached. */
static uint64_t give(struct intake *in, uint64_t from, uint64_t until)
{
    static char piece[PIECE];
    while (from < until && !intake_is_full(in)) {
        size_t length = until - from < PIECE ? (size_t)(until - from) : PIECE;
        fill(piece, from, length);
        struct str rest = {piece, length};
        assert_null(intake_add(in, &rest));
        from += length - rest.len;
    }
    return from;
}

static void test_laid_down_and_taken_up(void **state)
{
    (void)state;
    struct running_digest place = running_digest_start();
    struct segment done[2] = {0};
    struct segment part = {0};
    struct segment_key keys[6];
    for (size_t i = 0; i < COUNT(keys); i++)
        keys[i] = key_number(i);

    /* A go that ends within a chunk: only whole chunks are sure. */
    struct intake *in = intake_new(folder, package_bytes, &place);
    assert_null(intake_begin(in, &keys[0], NULL));
    assert_int_equal(give(in, 0, 5 * AGE_CHUNK + 9), 5 * AGE_CHUNK + 9);
    assert_null(intake_end(in, &part, &place));
    assert_int_equal(place.bytes, 5 * AGE_CHUNK);
    assert_int_equal(part.plain_bytes, 5 * AGE_CHUNK);
    intake_free(in);

    /* A go that dies without an end: what it wrote is not looked at. */
    in = intake_new(folder, package_bytes, &place);
    assert_null(intake_begin(in, &keys[1], &keys[0]));
    give(in, place.bytes, 90 * AGE_CHUNK);
    intake_free(in);

    /* From the same place again, to the end of the segment and over it. */
    in = intake_new(folder, package_bytes, &place);
    assert_null(intake_begin(in, &keys[2], &keys[0]));
    assert_int_equal(give(in, place.bytes, package_bytes), SEGMENT_BYTES);
    assert_true(intake_is_full(in));
    assert_null(intake_end(in, &done[0], &place));
    assert_int_equal(place.bytes, SEGMENT_BYTES);
    assert_null(intake_begin(in, &keys[3], NULL));
    give(in, place.bytes, SEGMENT_BYTES + 2 * AGE_CHUNK);
    assert_null(intake_end(in, &part, &place));
    assert_int_equal(place.bytes, SEGMENT_BYTES + 2 * AGE_CHUNK);
    intake_free(in);

    /* And the last bytes. */
    in = intake_new(folder, package_bytes, &place);
    assert_null(intake_begin(in, &keys[4], &keys[3]));
    give(in, place.bytes, package_bytes);
    assert_true(intake_is_full(in));
    assert_null(intake_end(in, &done[1], &place));
    struct sha256 whole = intake_sha256(in);
    intake_free(in);

    const struct segment_key *used[] = {&keys[2], &keys[4]};
    struct segment_file files[2];
    int descriptors[2];
    assert_null(segment_open_staged(folder, done, 2, descriptors));
    for (size_t i = 0; i < 2; i++) {
        assert_true(uuid_equal(done[i].key_id, used[i]->id));
        files[i] = (struct segment_file){done[i].index, done[i].plain_bytes, done[i].stored_bytes,
                                         descriptors[i], used[i]->key};
    }
    struct segment_reader *reader = NULL;
    assert_null(segment_reader_new(files, 2, package_bytes, &reader));
    struct source source = segment_reader_source(reader);
    static char got[PIECE];
    static char wanted[PIECE];
    digests_reset(expected, 1U << DIGEST_SHA256);
    for (uint64_t at = 0; at < package_bytes; at += PIECE) {
        size_t length = package_bytes - at < PIECE ? (size_t)(package_bytes - at) : PIECE;
        assert_null(source_read(&source, at, got, length));
        fill(wanted, at, length);
        assert_memory_equal(got, wanted, length);
        digests_add(expected, (struct str){wanted, length});
    }
    digests_end(expected);
    assert_memory_equal(digests_get(expected, DIGEST_SHA256).ptr, whole.bytes, 32);
    segment_reader_free(reader);
    close(descriptors[0]);
    close(descriptors[1]);
}

static void test_old_bytes_that_were_changed(void **state)
{
    (void)state;
    struct running_digest place = running_digest_start();
    struct segment part = {0};
    struct segment_key keys[] = {key_number(6), key_number(7)};
    struct intake *in = intake_new(folder, package_bytes, &place);
    assert_null(intake_begin(in, &keys[0], NULL));
    give(in, 0, 3 * AGE_CHUNK);
    assert_null(intake_end(in, &part, &place));
    autoclose int file = openat(folder, segment_payload_name(keys[0].id).text, O_WRONLY);
    assert_int_equal(pwrite(file, "x", 1, 2 * AGE_CHUNK), 1);
    assert_int_equal(intake_begin(in, &keys[1], &keys[0])->code, ERR_CORRUPT);
    intake_free(in);
    err_reset();
}

static void test_running_digest(void **state)
{
    (void)state;
    struct running_digest running = running_digest_start();
    struct sha256 empty = running_digest_end(&running, S(""));
    struct sha256 wanted = sha256_of(S(""));
    assert_memory_equal(empty.bytes, wanted.bytes, sizeof wanted.bytes);
    static char text[1000];
    fill(text, 0, sizeof text);
    for (size_t cut = 0; cut < sizeof text; cut += RUNNING_BLOCK) {
        struct running_digest first = running_digest_start();
        running_digest_add(&first, (struct str){text, cut});
        struct sha256 got = running_digest_end(&first, (struct str){text + cut, sizeof text - cut});
        wanted = sha256_of((struct str){text, sizeof text});
        assert_int_equal(first.bytes, cut);
        assert_memory_equal(got.bytes, wanted.bytes, sizeof wanted.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_laid_down_and_taken_up),
                                       cmocka_unit_test(test_old_bytes_that_were_changed),
                                       cmocka_unit_test(test_running_digest)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
