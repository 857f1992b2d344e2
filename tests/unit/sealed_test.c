/* Are encrypted packages judged as sealed.h says? What Debian's age writes: tests/integration. */
#include "arena.h"
#include "services/ingest/sealed.h"

/* An age file of `plain` to an identity that nobody keeps, under `key`. */
static struct str seal(struct str plain, const struct file_key *key)
{
    struct age_identity identity;
    autobuf struct buf out = buf_new((size_t)1 << 20);
    age_identity_random(&identity);
    struct age_recipient recipient = age_identity_recipient(&identity);
    assert_null(age_header_write(&recipient, 1, key, &out));
    struct age_stream *stream = age_stream_new();
    age_stream_begin(stream, key, NULL, &out);
    age_stream_add(stream, plain, &out);
    age_stream_end(stream, &out);
    age_stream_free(stream);
    return arena_str(arena, buf_str(&out));
}

static struct door_facts measure(struct str value, const struct file_key *key)
{
    struct door_facts facts = {0};
    const struct bus_message raw = {.value = value};
    struct message m = {.raw = &raw};
    sealed_find(&raw, &m);
    m.opened = m.unopened == NULL ? key : NULL;
    sealed_measure(&m, &facts);
    return facts;
}

static void test_forms(void **state)
{
    (void)state;
    assert_true(sealed_is(S("age-encryption.org/v1\n")));
    assert_true(sealed_is(S("age-encryption.org/v2\n")));
    assert_true(sealed_is(S("-----BEGIN AGE ENCRYPTED FILE-----\n")));
    assert_false(sealed_is(S("PK\x03\x04")));
    assert_false(sealed_is((struct str){0}));
    struct door_facts facts = measure(S("-----BEGIN AGE ENCRYPTED FILE-----\n"), NULL);
    assert_string_equal(facts.unopened->rule, "age_armor");
    facts = measure(S("age-encryption.org/v1\n-> X25519"), NULL);
    assert_string_equal(facts.unopened->rule, "age_damaged");
}

/* Encrypted twice it is the same package. */
static void test_plaintext_is_measured(void **state)
{
    (void)state;
    struct file_key keys[2];
    char *bytes = arena_alloc(arena, 200000, 1);
    memset(bytes, 'x', 200000);
    struct str plain = {bytes, 200000};
    for (size_t i = 0; i < COUNT(keys); i++) {
        file_key_random(&keys[i]);
        struct door_facts facts = measure(seal(plain, &keys[i]), &keys[i]);
        assert_null(facts.unopened);
        assert_int_equal(facts.bytes, 200000);
        assert_true(sha256_equal(facts.sha256, sha256_of(plain)));
    }
    struct door_facts nothing = measure(seal(S(""), &keys[0]), &keys[0]);
    assert_null(nothing.unopened);
    assert_int_equal(nothing.bytes, 0);
}

/* What does not open is measured as it came. */
static void test_damage(void **state)
{
    (void)state;
    struct file_key key;
    file_key_random(&key);
    struct str good = seal(S("a package"), &key);
    char *bytes = arena_alloc(arena, good.len, 1);
    memcpy(bytes, good.ptr, good.len);
    struct str value = {bytes, good.len};
    for (size_t cut = 1; cut < AGE_NONCE + AGE_TAG + 9; cut += 7) {
        struct door_facts facts = measure(str_slice(value, 0, value.len - cut), &key);
        assert_string_equal(facts.unopened->rule, "age_damaged");
        assert_int_equal(facts.bytes, value.len - cut);
    }
    bytes[good.len - 1] ^= 1;
    struct door_facts facts = measure(value, &key);
    assert_string_equal(facts.unopened->rule, "age_damaged");
    assert_true(sha256_equal(facts.sha256, sha256_of(value)));
}

static const char *rule_of(bool must_be_encrypted, struct str value, struct err *unopened)
{
    struct agreement agreement = {.system = S("vas"),
                                  .in_force = true,
                                  .must_be_encrypted = must_be_encrypted,
                                  .package_bytes_max = 1000};
    const struct bus_message raw = {
        .value = value,
        .headers = {{S("ce_id"), S("one")}, {S("ce_type"), S("se.r7e.delivery.package.v1")}},
        .header_count = 2};
    const struct message m = {.raw = &raw, .system = S("vas")};
    const struct door_facts facts = {
        .bytes = (int64_t)value.len, .unopened = unopened, .agreement = {&agreement, 1}};
    const struct err *e = door_refusal(&m, &facts);
    return e != NULL ? e->rule : "";
}

static void test_refusals(void **state)
{
    (void)state;
    struct str sealed = S("age-encryption.org/v1\n");
    struct err *strange = err_rule(ERR_INVALID, "age_recipient", "to others");
    assert_string_equal(rule_of(false, S("PK"), NULL), "");
    assert_string_equal(rule_of(true, S("PK"), NULL), "encryption_required");
    assert_string_equal(rule_of(false, sealed, NULL), "");
    assert_string_equal(rule_of(true, sealed, NULL), "");
    assert_string_equal(rule_of(true, sealed, strange), "age_recipient");
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(test_forms),
                                       WITH_ARENA(test_plaintext_is_measured),
                                       WITH_ARENA(test_damage), WITH_ARENA(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
