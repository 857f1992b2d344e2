/* Are encrypted packages and records judged as sealed.h says? What Debian's age writes:
 * tests/integration. */
#include "arena.h"
#include "services/ingest/gather.h"
#include "services/ingest/sealed.h"

/* An age file of `plain` to an identity that nobody keeps, under `key`. */
static struct str seal(struct str plain, const struct file_key *key)
{
    struct age_identity identity;
    autobuf struct buf out = buf_new((size_t)2 << 20);
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

/* A record of the value, as svc gives it to the room. */
static struct message record_of(struct bus_message *raw, struct str value,
                                const struct file_key *key)
{
    *raw = (struct bus_message){.topic = S("deliveries.region-a.vas"),
                                .value = value,
                                .headers = {{S("ce_id"), S("r-1")},
                                            {S("ce_type"), S(TYPE_RECORD)},
                                            {S("ce_agreement"), S("A-1")},
                                            {S("content-type"), S("text/xml")}},
                                .header_count = 4};
    struct message m = {.raw = raw, .topic = raw->topic};
    assert_null(door_read(raw, arena, &m));
    if (m.sealed.len > 0) {
        m.opened = key;
        m.unopened = sealed_opens(&m);
    }
    return m;
}

static const char *record_rule(struct str value, const struct file_key *key)
{
    struct bus_message raw;
    const struct message m = record_of(&raw, value, key);
    const struct err *e = door_refused_alone(&m);
    return e != NULL ? e->rule : "";
}

static void a_record_is_its_plaintext(void **state)
{
    (void)state;
    struct file_key key;
    struct bus_message raw;
    file_key_random(&key);
    char *bytes = arena_alloc(arena, RECORD_BYTES_MAX + 1, 1);
    memset(bytes, 'x', RECORD_BYTES_MAX + 1);
    const size_t lengths[] = {1, AGE_CHUNK, AGE_CHUNK + 1, RECORD_BYTES_MAX};
    char *plain = arena_alloc(arena, RECORD_BYTES_MAX, 1);
    struct age_reader *reader = age_reader_new();
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct str content = {bytes, lengths[i]};
        const struct message m = record_of(&raw, seal(content, &key), &key);
        assert_null(door_refused_alone(&m));
        assert_int_equal(sealed_bytes(&m), lengths[i]);
        assert_null(sealed_read(&m, reader, plain));
        assert_memory_equal(plain, bytes, lengths[i]);
    }
    age_reader_free(reader);
    assert_string_equal(record_rule(seal(S(""), &key), &key), "empty");
    assert_string_equal(record_rule(seal((struct str){bytes, RECORD_BYTES_MAX + 1}, &key), &key),
                        "record_too_large");
}

/* Wherever it was cut or changed, and whatever key is tried. */
static void a_damaged_record_is_refused_alone(void **state)
{
    (void)state;
    struct file_key key;
    struct file_key other;
    file_key_random(&key);
    file_key_random(&other);
    struct str good = seal(S("<a>a record</a>"), &key);
    char *bytes = arena_alloc(arena, good.len, 1);
    struct str value = {bytes, good.len};
    size_t prefix = S("age-encryption.org/v1\n").len;
    memcpy(bytes, good.ptr, good.len);
    assert_string_equal(record_rule(value, &key), "");
    assert_string_equal(record_rule(value, &other), "age_damaged");
    for (size_t cut = prefix; cut < value.len; cut++)
        assert_string_equal(record_rule(str_slice(value, 0, cut), &key), "age_damaged");
    for (size_t at = good.len - AGE_NONCE - AGE_TAG - 15; at < good.len; at++) {
        bytes[at] ^= 1;
        assert_string_equal(record_rule(value, &key), "age_damaged");
        bytes[at] ^= 1;
    }
}

/* One in clear is enough: then each is judged alone. */
static void an_agreement_is_kept_by_all_that_joined(void **state)
{
    (void)state;
    struct file_key key;
    struct bus_message raws[3];
    file_key_random(&key);
    struct agreement agreement = {
        .system = S("vas"), .in_force = true, .must_be_encrypted = true, .package_bytes_max = 1000};
    const struct door_facts facts = {.agreement = {&agreement, 1}};
    struct message sealed = record_of(&raws[0], seal(S("<a/>"), &key), &key);
    struct message another = record_of(&raws[1], seal(S("<b/>"), &key), &key);
    struct message clear = record_of(&raws[2], S("<c/>"), NULL);
    assert_true(gather_joins(&sealed, &another) && gather_joins(&sealed, &clear));
    sealed.next = &another;
    assert_null(door_refusal(&sealed, &facts));
    another.next = &clear;
    assert_string_equal(door_refusal(&sealed, &facts)->rule, "encryption_required");
    agreement.must_be_encrypted = false;
    assert_null(door_refusal(&sealed, &facts));
    another.unopened = err_rule(ERR_INVALID, "age_recipient", "to others");
    assert_false(gather_joins(&sealed, &another)); /* holds nobody up */
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
                                       WITH_ARENA(test_damage),
                                       WITH_ARENA(test_refusals),
                                       WITH_ARENA(a_record_is_its_plaintext),
                                       WITH_ARENA(a_damaged_record_is_refused_alone),
                                       WITH_ARENA(an_agreement_is_kept_by_all_that_joined)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
