/* Are tus' headers read as its text says, and uploads judged as upload.h says? */
#include "arena.h"
#include "services/ingest/announce.h"
#include "services/ingest/tus.h"
#include "services/ingest/upload.h"

static void refused(const struct err *e, enum err_code code)
{
    assert_non_null(e);
    assert_string_equal(err_name(e->code), err_name(code));
}

static void test_version(void **state)
{
    (void)state;
    assert_null(tus_version_check(S("1.0.0")));
    refused(tus_version_check(S("1.0")), ERR_PRECONDITION);
    refused(tus_version_check((struct str){0}), ERR_PRECONDITION);
}

static void test_numbers(void **state)
{
    (void)state;
    int64_t number = 7;
    static const char *const bad[] = {
        "", "-0", "-1", "+1", " 1", "1 ", "0x1", "1e3", "9223372036854775808"};
    for (size_t i = 0; i < COUNT(bad); i++)
        refused(tus_number_read(str_from(bad[i]), "Upload-Offset", &number), ERR_INVALID);
    refused(tus_number_read((struct str){0}, "Upload-Offset", &number), ERR_INVALID);
    assert_int_equal(number, 7);
    assert_null(tus_number_read(S("9223372036854775807"), "Upload-Offset", &number));
    assert_true(number == INT64_MAX);
}

static void test_metadata(void **state)
{
    (void)state;
    struct str got = {0};
    struct str both = S("filename YS56aXA=,agreement QS1L");
    assert_null(tus_metadata_get(both, S("agreement"), arena, &got));
    assert_true(str_equal(got, S("A-K")));
    assert_null(
        tus_metadata_get(S("agreement QS1L, is_confidential"), S("agreement"), arena, &got));
    assert_true(str_equal(got, S("A-K")));
    assert_null(tus_metadata_get(S("filename YS56aXA="), S("agreement"), arena, &got));
    assert_null(got.ptr);
    assert_null(tus_metadata_get((struct str){0}, S("agreement"), arena, &got));
    assert_null(got.ptr);
    refused(tus_metadata_get(S("agreement !!!!"), S("agreement"), arena, &got), ERR_INVALID);
    char *text = arena_alloc(arena, TUS_METADATA_MAX + 1, 1);
    memset(text, 'a', TUS_METADATA_MAX + 1);
    refused(tus_metadata_get((struct str){text, TUS_METADATA_MAX + 1}, S("agreement"), arena, &got),
            ERR_TOO_LARGE);
}

static void test_checksum(void **state)
{
    (void)state;
    struct tus_checksum got = {0};
    assert_null(tus_checksum_read(S("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), arena, &got));
    assert_int_equal(got.algorithm, DIGEST_SHA1);
    assert_int_equal(got.digest.len, 20);
    static const char *const bad[] = {"",
                                      "sha1",
                                      "sha1 ",
                                      "sha1 Kq5s",
                                      "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
                                      "crc32 Kq5sNg==",
                                      "sha1 ====",
                                      "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="};
    for (size_t i = 0; i < COUNT(bad); i++)
        refused(tus_checksum_read(str_from(bad[i]), arena, &got), ERR_INVALID);
}

static void test_date(void **state)
{
    (void)state;
    struct instant at = {0};
    char text[TUS_DATE];
    assert_true(instant_parse(S("1994-11-06T08:49:37Z"), &at));
    tus_date_print(at, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void test_may_begin(void **state)
{
    (void)state;
    const struct ingest_settings settings = {.uploads_max = 3, .staging_reserve = 10};
    const struct agreement good = {.system = S("vas"), .in_force = true, .package_bytes_max = 1000};
    struct agreement over = good;
    over.in_force = false;
    struct upload_wish wish = {.bytes = 100, .uploads = 2, .due = 50, .room = 160};
    assert_null(upload_may_begin(&wish, &good, S("vas"), &settings));
    refused(upload_may_begin(&wish, NULL, S("vas"), &settings), ERR_INVALID);
    refused(upload_may_begin(&wish, &good, S("other"), &settings), ERR_INVALID);
    refused(upload_may_begin(&wish, &over, S("vas"), &settings), ERR_INVALID);
    wish.room = 159;
    refused(upload_may_begin(&wish, &good, S("vas"), &settings), ERR_STORAGE_FULL);
    wish.uploads = 3;
    refused(upload_may_begin(&wish, &good, S("vas"), &settings), ERR_THROTTLED);
    wish = (struct upload_wish){.bytes = 1001, .room = INT64_MAX};
    refused(upload_may_begin(&wish, &good, S("vas"), &settings), ERR_TOO_LARGE);
    wish = (struct upload_wish){.bytes = 0, .room = INT64_MAX};
    refused(upload_may_begin(&wish, &good, S("vas"), &settings), ERR_INVALID);
    wish = (struct upload_wish){.bytes = 1, .due = INT64_MAX, .room = INT64_MAX};
    refused(upload_may_begin(&wish, &good, S("vas"), &settings), ERR_STORAGE_FULL);
}

static void test_may_take(void **state)
{
    (void)state;
    struct upload upload = {.bytes = INT64_C(1) << 40, .received = 65536};
    struct upload_patch patch = {.offset = 65536, .length = 10};
    assert_null(upload_may_take(&upload, &patch));
    patch.length = upload.bytes - 65536;
    assert_null(upload_may_take(&upload, &patch));
    patch.length++;
    refused(upload_may_take(&upload, &patch), ERR_TOO_LARGE);
    patch = (struct upload_patch){.offset = 65535, .length = 10};
    refused(upload_may_take(&upload, &patch), ERR_CONFLICT);
    patch = (struct upload_patch){.offset = 65536, .length = UPLOAD_CHECKED_MAX, .checked = true};
    assert_null(upload_may_take(&upload, &patch));
    patch.length++;
    refused(upload_may_take(&upload, &patch), ERR_TOO_LARGE);
    patch = (struct upload_patch){.offset = 65536, .length = -1};
    assert_null(upload_may_take(&upload, &patch));
    upload.writing = true;
    refused(upload_may_take(&upload, &patch), ERR_LOCKED);
}

/* What stands about an announcement, in letters: k, its id has become a delivery of these bytes; o,
 * of others; s, another id's has these bytes; c, the upload is complete; x, and has other bytes; u,
 * it is a delivery; w, another announcement waits for it; n, there is no upload. */
static void test_announced_in_vain(void **state)
{
    (void)state;
    static const struct row {
        const char *facts;
        bool ends;
    } rows[] = {{"", false},   {"c", false},  {"kc", true},   {"k", true},   {"sc", true},
                {"s", true},   {"o", false},  {"oc", false},  {"osc", true}, {"kx", false},
                {"sx", false}, {"ku", false}, {"kcw", false}, {"kn", false}, {"sn", false}};
    const struct sha256 these = sha256_of(S("these"));
    const struct sha256 others = sha256_of(S("others"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *f = rows[i].facts;
        struct upload upload = {.id = uuid_random(), .version = 7};
        if (strpbrk(f, "cux") != NULL)
            upload.sha256 = strchr(f, 'x') != NULL ? others : these;
        if (strchr(f, 'u') != NULL)
            upload.delivery = uuid_random();
        struct announcement waiting = {.upload = upload.id};
        struct delivery known = {.sha256 = strchr(f, 'k') != NULL ? these : others};
        struct delivery same = {.sha256 = these};
        struct announcement_facts announcement = {.upload = {&upload, strchr(f, 'n') == NULL},
                                                  .waiting = {&waiting, strchr(f, 'w') != NULL}};
        const struct door_facts facts = {.sha256 = these,
                                         .known = {&known, strpbrk(f, "ko") != NULL},
                                         .same = {&same, strchr(f, 's') != NULL},
                                         .announcement = &announcement};
        struct plan plan;
        plan_begin(&plan, arena);
        announcement_end_upload(&facts, &plan);
        if ((plan.cleanup != NULL) != rows[i].ends)
            fail_msg("%s: the upload %s", f, rows[i].ends ? "stays" : "ends");
        if (rows[i].ends)
            assert_ptr_equal(plan.sql->sql, &upload_end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_version),  WITH_ARENA(test_numbers),
        WITH_ARENA(test_metadata), WITH_ARENA(test_checksum),
        WITH_ARENA(test_date),     WITH_ARENA(test_may_begin),
        WITH_ARENA(test_may_take), WITH_ARENA(test_announced_in_vain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
