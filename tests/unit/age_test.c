/* Does age.h keep its promise: are our files age's files, and are bad ones refused? */
#include "base/base.h"
#include "base/digest.h"
#include "unit.h"
#include "vault/age.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/r7-age-XXXXXX";

static const char *path(const char *name)
{
    static char text[2][128];
    static unsigned turn;
    char *out = text[turn++ % 2];
    snprintf(out, sizeof text[0], "%s/%s", folder, name);
    return out;
}

static void save(const char *name, struct str bytes)
{
    FILE *file = fopen(path(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    fclose(file);
}

static void load(const char *name, struct buf *out)
{
    FILE *file = fopen(path(name), "rb");
    struct stat status;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    char *at = buf_reserve(out, (size_t)status.st_size);
    out->len += fread(at, 1, (size_t)status.st_size, file);
    fclose(file);
}

/* Runs a shell command in the folder; true when it succeeds. */
static bool run(const char *command)
{
    autobuf struct buf line = buf_new(1000);
    buf_format(&line, "cd %s && %s", folder, command);
    return system(line.ptr) == 0;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    return run("rm -f -- *") && rmdir(folder) == 0 ? 0 : 1;
}

static void fill(struct buf *out, size_t length)
{
    char *at = buf_reserve(out, length);
    for (size_t i = 0; i < length; i++)
        at[i] = (char)(i * 2654435761U >> 13);
    out->len += length;
}

/* The whole age file of `plain` for the recipients. */
static void encrypt(const struct age_recipient *recipients, size_t count, struct str plain,
                    size_t step, struct buf *out)
{
    struct file_key key;
    struct age_stream *stream = age_stream_new();
    file_key_random(&key);
    assert_null(age_header_write(recipients, count, &key, out));
    age_stream_begin(stream, &key, NULL, out);
    for (size_t at = 0; at < plain.len; at += step)
        age_stream_add(stream, str_slice(plain, at, at + step), out);
    age_stream_end(stream, out);
    age_stream_free(stream);
    assert_null(buf_done(out, "the file"));
}

static struct err *decrypt(struct str file, const struct age_identity *identity, struct buf *out)
{
    struct source source = source_from_str(&file);
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    struct file_key key;
    TRY(age_header_read(&source, &header));
    TRY(age_header_open(buf_str(&header), identity, &key));
    struct age_reader *reader = age_reader_new();
    struct err *e = age_reader_open_file(reader, &source, &key);
    if (e == NULL) {
        struct source plain = age_reader_source(reader);
        e = source_read(&plain, 0, buf_reserve(out, (size_t)plain.size), (size_t)plain.size);
        out->len = (size_t)plain.size;
    }
    age_reader_free(reader);
    return e;
}

static void keys_as_text(void **state)
{
    (void)state;
    /* The test vector of age's own README. */
    struct age_identity identity;
    struct age_recipient recipient;
    struct str secret =
        S("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX");
    struct str public = S("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj");
    assert_null(age_identity_parse(secret, &identity));
    assert_null(age_recipient_parse(public, &recipient));
    struct age_recipient own = age_identity_recipient(&identity);
    assert_memory_equal(own.point, recipient.point, 32);
    autobuf struct buf text = buf_new(200);
    age_identity_print(&identity, &text);
    assert_true(str_equal(buf_str(&text), secret));
    buf_clear(&text);
    age_recipient_print(recipient, &text);
    assert_true(str_equal(buf_str(&text), public));
    for (size_t i = 0; i < public.len; i++) {
        char changed[100];
        memcpy(changed, public.ptr, public.len);
        changed[i] = changed[i] == 'q' ? 'p' : 'q';
        assert_non_null(age_recipient_parse((struct str){changed, public.len}, &recipient));
    }
    assert_non_null(age_recipient_parse(str_slice(public, 0, public.len - 1), &recipient));
    assert_non_null(age_recipient_parse(
        S("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ"), &recipient));
    assert_non_null(age_identity_parse(public, &identity));
}

static void locked_keys(void **state)
{
    (void)state;
    struct file_key *keys;
    assert_null(file_keys_new(1000, &keys));
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(keys[i].bytes[0], 0);
    file_key_random(&keys[999]);
    file_keys_free(keys, 1000);
    file_keys_free(NULL, 7);
}

static const size_t lengths[] = {
    0, 1, 17, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, 2 * AGE_CHUNK, 3 * AGE_CHUNK + 5000};

static void age_opens_ours(void **state)
{
    (void)state;
    struct age_identity identities[3];
    struct age_recipient recipients[3];
    for (size_t i = 0; i < 3; i++) {
        age_identity_random(&identities[i]);
        recipients[i] = age_identity_recipient(&identities[i]);
        autobuf struct buf text = buf_new(200);
        age_identity_print(&identities[i], &text);
        char name[] = "identity0";
        name[8] = (char)('0' + i);
        save(name, buf_str(&text));
    }
    for (size_t i = 0; i < COUNT(lengths); i++) {
        autobuf struct buf plain = buf_new(1 << 20);
        autobuf struct buf file = buf_new(1 << 20);
        fill(&plain, lengths[i]);
        encrypt(recipients, 3, buf_str(&plain), i % 2 == 0 ? 1000 : 200000, &file);
        save("ours", buf_str(&plain));
        save("ours.age", buf_str(&file));
        assert_true(
            run("for i in 0 1 2; do age -d -i identity$i ours.age | cmp - ours || exit 1; done"));
    }
}

static void we_open_ages(void **state)
{
    (void)state;
    struct age_identity identity;
    autobuf struct buf text = buf_new(300);
    age_identity_random(&identity);
    age_recipient_print(age_identity_recipient(&identity), &text);
    save("recipient", buf_str(&text));
    /* A second recipient of another type, where the machine can make one, must be skipped. */
    assert_true(run("if ssh-keygen -q -t ed25519 -N '' -f ssh </dev/null 2>/dev/null; "
                    "then echo '-R ssh.pub' >options; else : >options; fi"));
    for (size_t i = 0; i < COUNT(lengths); i++) {
        autobuf struct buf plain = buf_new(1 << 20);
        autobuf struct buf file = buf_new(1 << 20);
        autobuf struct buf opened = buf_new(1 << 20);
        fill(&plain, lengths[i]);
        save("theirs", buf_str(&plain));
        assert_true(run("rm -f theirs.age; age $(cat options) -R recipient -o theirs.age theirs"));
        load("theirs.age", &file);
        assert_null(decrypt(buf_str(&file), &identity, &opened));
        assert_true(str_equal(buf_str(&opened), buf_str(&plain)));
    }
    assert_true(run("age -a -R recipient -o armor theirs"));
    autobuf struct buf armor = buf_new(1 << 20);
    autobuf struct buf opened = buf_new(1 << 20);
    load("armor", &armor);
    struct err *e = decrypt(buf_str(&armor), &identity, &opened);
    assert_string_equal(e->rule, "age_armor");
}

/* Each byte of a header changed, and each cut of it: never opened, never a crash. */
static void changed_headers(void **state)
{
    (void)state;
    struct age_identity identity;
    age_identity_random(&identity);
    struct age_recipient recipient = age_identity_recipient(&identity);
    struct file_key key;
    struct file_key got;
    file_key_random(&key);
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    assert_null(age_header_write(&recipient, 1, &key, &header));
    assert_null(age_header_open(buf_str(&header), &identity, &got));
    assert_memory_equal(got.bytes, key.bytes, 16);
    for (size_t i = 0; i < header.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            header.ptr[i] = (char)(header.ptr[i] ^ 1 << bit);
            assert_non_null(age_header_open(buf_str(&header), &identity, &got));
            header.ptr[i] = (char)(header.ptr[i] ^ 1 << bit);
        }
        assert_non_null(age_header_open(str_slice(buf_str(&header), 0, i), &identity, &got));
        err_reset();
    }
    struct age_identity other;
    age_identity_random(&other);
    assert_string_equal(age_header_open(buf_str(&header), &other, &got)->rule, "age_recipient");
    buf_byte(&header, 'x');
    assert_int_equal(age_header_open(buf_str(&header), &identity, &got)->code, ERR_CORRUPT);
}

static enum err_code refused(struct str header)
{
    struct age_identity identity;
    autobuf struct buf opened = buf_new(1 << 20);
    age_identity_random(&identity);
    struct err *e = decrypt(header, &identity, &opened);
    assert_non_null(e);
    return e->code;
}

#define VERSION "age-encryption.org/v1\n"
#define MAC     "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define LINE64  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

static void hostile_headers(void **state)
{
    (void)state;
    assert_int_equal(refused(S("")), ERR_CORRUPT);
    assert_int_equal(refused(S("age-encryption.org/v2\n")), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\n\n" MAC)),
                     ERR_UNSUPPORTED);
    assert_int_equal(refused(S(VERSION "-> \n\n" MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> a  b\n\n" MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> a \n\n" MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> grease\r\n\n" MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> grease\n" LINE64 MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> grease\n" LINE64 "\n" MAC)), ERR_INVALID);
    assert_int_equal(refused(S(VERSION "-> grease\nAB\n" MAC)), ERR_CORRUPT); /* bits left over */
    assert_int_equal(refused(S(VERSION "-> grease\nAA==\n" MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> X25519 AA\n\n" MAC)), ERR_CORRUPT);
    assert_int_equal(refused(S(VERSION "-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" MAC)),
                     ERR_CORRUPT); /* the shared secret is zero */
    autobuf struct buf many = buf_new(1 << 20);
    buf_put(&many, S(VERSION));
    for (int i = 0; i <= AGE_STANZAS_MAX; i++)
        buf_put(&many, S("-> grease\n\n"));
    assert_int_equal(refused(buf_str(&many)), ERR_TOO_LARGE);
    buf_clear(&many);
    buf_put(&many, S(VERSION "-> grease\n"));
    for (int i = 0; i < 2000; i++)
        buf_put(&many, S(LINE64));
    assert_int_equal(refused(buf_str(&many)), ERR_TOO_LARGE);
}

static void ranges_and_changes(void **state)
{
    (void)state;
    struct file_key key;
    file_key_random(&key);
    autobuf struct buf plain = buf_new(1 << 20);
    autobuf struct buf sealed = buf_new(1 << 20);
    fill(&plain, 4 * AGE_CHUNK);
    struct age_stream *stream = age_stream_new();
    age_stream_begin(stream, &key, NULL, &sealed);
    age_stream_add(stream, buf_str(&plain), &sealed);
    age_stream_end(stream, &sealed);
    age_stream_free(stream);
    assert_int_equal(sealed.len, age_payload_size(plain.len));

    struct str stored = buf_str(&sealed);
    struct source file = source_from_str(&stored);
    struct age_reader *reader = age_reader_new();
    static char out[4 * AGE_CHUNK];
    assert_null(age_reader_open(reader, &file, 0, stored.len, &key));
    struct source source = age_reader_source(reader);
    static const size_t places[] = {
        0, 1, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, 3 * AGE_CHUNK - 7, 4 * AGE_CHUNK};
    for (size_t i = 0; i < COUNT(places); i++)
        for (size_t j = i; j < COUNT(places); j++) {
            assert_null(source_read(&source, places[i], out, places[j] - places[i]));
            assert_memory_equal(out, plain.ptr + places[i], places[j] - places[i]);
        }
    assert_int_equal(source_read(&source, 4 * AGE_CHUNK, out, 1)->code, ERR_CORRUPT);

    /* A changed byte spoils its own chunk and no other. */
    for (size_t at = AGE_NONCE; at < stored.len; at += 9973) {
        sealed.ptr[at] ^= 1;
        assert_null(age_reader_open(reader, &file, 0, stored.len, &key));
        source = age_reader_source(reader);
        size_t hurt = (at - AGE_NONCE) / (AGE_CHUNK + AGE_TAG);
        for (size_t chunk = 0; chunk < 4; chunk++) {
            struct err *e = source_read(&source, chunk * AGE_CHUNK + 5, out, 10);
            assert_int_equal(e != NULL, chunk == hurt);
        }
        sealed.ptr[at] ^= 1;
        err_reset();
    }
    sealed.ptr[0] ^= 1; /* the nonce spoils all */
    assert_null(age_reader_open(reader, &file, 0, stored.len, &key));
    source = age_reader_source(reader);
    assert_int_equal(source_read(&source, 0, out, 1)->code, ERR_CORRUPT);
    age_reader_free(reader);
}

static void cut_files(void **state)
{
    (void)state;
    struct age_identity identity;
    age_identity_random(&identity);
    struct age_recipient recipient = age_identity_recipient(&identity);
    autobuf struct buf plain = buf_new(1 << 20);
    autobuf struct buf file = buf_new(1 << 20);
    fill(&plain, 3 * AGE_CHUNK + 100);
    encrypt(&recipient, 1, buf_str(&plain), 4096, &file);
    static const size_t left_out[] = {
        1, 15, 16, 17, 100, 115, 116, 117, 116 + AGE_CHUNK + AGE_TAG, 190000};
    for (size_t i = 0; i < COUNT(left_out); i++) {
        autobuf struct buf opened = buf_new(1 << 20);
        struct err *e =
            decrypt(str_slice(buf_str(&file), 0, file.len - left_out[i]), &identity, &opened);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_CORRUPT);
    }
    autobuf struct buf opened = buf_new(1 << 20);
    buf_byte(&file, 'x');
    assert_int_equal(decrypt(buf_str(&file), &identity, &opened)->code, ERR_CORRUPT);
    uint64_t size;
    assert_non_null(age_plain_size(0, &size));
    assert_non_null(age_plain_size(AGE_NONCE, &size));
    assert_non_null(age_plain_size(AGE_NONCE + AGE_TAG - 1, &size));
    assert_null(age_plain_size(AGE_NONCE + AGE_TAG, &size));
    assert_int_equal(size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_as_text),       cmocka_unit_test(locked_keys),
        cmocka_unit_test(age_opens_ours),     cmocka_unit_test(we_open_ages),
        cmocka_unit_test(changed_headers),    cmocka_unit_test(hostile_headers),
        cmocka_unit_test(ranges_and_changes), cmocka_unit_test(cut_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
