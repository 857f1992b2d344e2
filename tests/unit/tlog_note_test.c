/* Are signed notes and checkpoints as Go's reads them (tlog/note.h)? */
#include "arena.h"
#include "base/base.h"
#include "tlog/note.h"

/* The key and the note of the documentation of Go's sumdb/note. */
#define NEUMANN_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define NEUMANN_NOTE                                                                               \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"                                                  \
    "\n"                                                                                           \
    "\xe2\x80\x94 PeterNeumann "                                                                   \
    "x08go/ZJkuBS9UG/"                                                                             \
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static void a_note_that_is_no_checkpoint(void **state)
{
    (void)state;
    struct checkpoint found;
    struct note_signer signer = {.name = S("PeterNeumann")};
    autobuf struct buf key = buf_new(NOTE_KEY_MAX);
    assert_true(hex_decode(S("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"),
                           signer.seed, sizeof signer.seed));
    note_key_print(&signer, &key);
    assert_string_equal(key.ptr, NEUMANN_KEY);
    struct err *e = checkpoint_open(S(NEUMANN_NOTE), S(NEUMANN_KEY), &found);
    assert_int_equal(e->code, ERR_CORRUPT);
    assert_string_equal(e->rule, "checkpoint");
}

static struct note_signer signer_of(const char *name)
{
    struct note_signer signer = {.name = str_from(name)};
    for (int i = 0; i < NOTE_SEED; i++)
        signer.seed[i] = (uint8_t)i;
    return signer;
}

/* One key hands over to another: both must have signed, and the one before have named the next. */
static void another_key(void **state)
{
    (void)state;
    struct note_signer signers[2] = {signer_of("r7e/region-a"), signer_of("r7e/region-a")};
    struct checkpoint told = {.size = 300, .root = sha256_of(S("root"))};
    struct checkpoint found;
    autobuf struct buf next = buf_new(NOTE_KEY_MAX);
    autobuf struct buf before = buf_new(NOTE_KEY_MAX);
    autobuf struct buf note = buf_new(NOTE_MAX);
    autobuf struct buf plain = buf_new(NOTE_MAX);
    autobuf struct buf alone = buf_new(NOTE_MAX);
    signers[0].seed[0] = 99;
    note_key_print(&signers[0], &next);
    note_key_print(&signers[1], &before);
    checkpoint_sign(&told, signers, 2, &plain); /* anybody may put a signature of his own below */
    assert_string_equal(checkpoint_hand_over(buf_str(&plain), buf_str(&before), &found)->rule,
                        "key_change");
    told.next_key = buf_str(&next);
    checkpoint_sign(&told, signers, 2, &note);
    assert_null(checkpoint_hand_over(buf_str(&note), buf_str(&before), &found));
    assert_true(str_equal(found.next_key, buf_str(&next)));
    assert_int_equal(found.size, 300);
    assert_null(checkpoint_open(buf_str(&note), buf_str(&next), &found));
    assert_string_equal(checkpoint_hand_over(buf_str(&note), buf_str(&next), &found)->rule,
                        "key_change");
    checkpoint_sign(&told, &signers[1], 1, &alone);
    assert_string_equal(checkpoint_hand_over(buf_str(&alone), buf_str(&before), &found)->rule,
                        "key_change");
    buf_clear(&alone);
    told.next_key = S(NEUMANN_KEY); /* another log's */
    checkpoint_sign(&told, signers, 2, &alone);
    assert_string_equal(checkpoint_open(buf_str(&alone), buf_str(&before), &found)->rule,
                        "checkpoint");
}

static void checkpoints(void **state)
{
    (void)state;
    struct note_signer signer = signer_of("r7e/region-a");
    struct note_signer other = signer_of("r7e/region-b");
    struct checkpoint told = {.size = 300, .root = sha256_of(S("root"))};
    struct checkpoint found;
    autobuf struct buf key = buf_new(NOTE_KEY_MAX);
    autobuf struct buf other_key = buf_new(NOTE_KEY_MAX);
    autobuf struct buf note = buf_new(NOTE_MAX);
    note_key_print(&signer, &key);
    note_key_print(&other, &other_key);
    checkpoint_sign(&told, &signer, 1, &note);
    assert_true(str_starts(buf_str(&note), S("r7e/region-a\n300\n")));
    assert_null(checkpoint_open(buf_str(&note), buf_str(&key), &found));
    assert_true(str_equal(found.origin, signer.name));
    assert_int_equal(found.size, 300);
    assert_true(sha256_equal(found.root, told.root));
    assert_string_equal(checkpoint_open(buf_str(&note), buf_str(&other_key), &found)->rule,
                        "signature");
    for (size_t i = 0; i < note.len; i++) {
        note.ptr[i] ^= 1;
        assert_non_null(checkpoint_open(buf_str(&note), buf_str(&key), &found));
        note.ptr[i] ^= 1;
        assert_non_null(checkpoint_open(str_slice(buf_str(&note), 0, i), buf_str(&key), &found));
    }
    for (size_t i = 0; i < key.len; i++) {
        key.ptr[i] ^= 1;
        assert_non_null(checkpoint_open(buf_str(&note), buf_str(&key), &found));
        key.ptr[i] ^= 1;
    }
    assert_false(note_name_is_good(S("with blank")));
    assert_false(note_name_is_good(S("a+b")));
    assert_false(note_name_is_good(S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(a_note_that_is_no_checkpoint),
                                       WITH_ARENA(checkpoints), WITH_ARENA(another_key)};
    return cmocka_run_group_tests_name("tlog_note", tests, NULL, NULL);
}
