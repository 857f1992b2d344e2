/* Which objects does an agreement let ingest ask for, at which address, and what does a store's
 * answer mean? */
#include "arena.h"

#include "services/ingest/object.h"

static const struct object_store store = {.endpoint = S("https://s3.example.se:9000"),
                                          .bucket = S("archive-in"),
                                          .prefix = S("r7/kurvan/"),
                                          .region = S("eu-north-1"),
                                          .credentials = S("kurvan")};

static void assert_rule(const struct err *e, const char *rule)
{
    assert_non_null(e);
    assert_non_null(e->rule);
    assert_string_equal(e->rule, rule);
    assert_int_equal(err_class(e), ERR_CLASS_REJECT);
}

static void assert_waits(const struct err *e)
{
    assert_non_null(e);
    assert_null(e->rule);
    assert_int_equal(err_class(e), ERR_CLASS_TRANSIENT);
}

static void uri_names_agreed_object(void **state)
{
    struct str key = {0};
    (void)state;
    assert_null(object_key(S("s3://archive-in/r7/kurvan/2026/a b.zip"), &store, &key));
    assert_true(str_equal(key, S("r7/kurvan/2026/a b.zip")));
    assert_null(object_key(S("s3://archive-in/r7/kurvan/...a"), &store, &key));
}

static void uri_names_another(void **state)
{
    static const char *const others[] = {
        "",
        "s3://",
        "s3://archive-in",
        "s3://archive-in/",
        "S3://archive-in/r7/kurvan/x",
        "https://archive-in/r7/kurvan/x",
        "file:///etc/passwd",
        "s3://archive-in2/r7/kurvan/x",
        "s3://archive-in:443/r7/kurvan/x",
        "s3://user@archive-in/r7/kurvan/x",
        "s3:///r7/kurvan/x",
        "s3://archive-in//r7/kurvan/x",
        "s3://archive-in/r7/kurvan",
        "s3://archive-in/r7/kurvan/",
        "s3://archive-in/r7/kurvan2/x",
        "s3://archive-in/r7/kurvan/../ronden/x",
        "s3://archive-in/r7/kurvan/..",
        "s3://archive-in/r7/kurvan/./x",
        "s3://archive-in/r7/kurvan//x",
        "s3://archive-in/r7/kurvan/x/",
        "s3://archive-in/r7/kurvan/%2e%2e/x",
        "s3://archive-in/r7/kurvan/x?versionId=1",
        "s3://archive-in/r7/kurvan/x#y",
        "s3://archive-in/r7/kurvan/x\\y",
        "s3://archive-in/r7/kurvan/x\r\nHost: y",
        "s3://archive-in/r7/kurvan/\xff",
    };
    struct str key = S("untouched");
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_rule(object_key(str_from(others[i]), &store, &key), "uri_not_agreed");
    assert_rule(object_key(S("s3://archive-in/r7/kurvan/x"), &(struct object_store){0}, &key),
                "uri_not_agreed");
    assert_true(str_equal(key, S("untouched")));
}

static void key_is_encoded(void **state)
{
    (void)state;
    assert_string_equal(object_url(&store, S("r7/å b+(1)=~_-.zip"), arena).ptr,
                        "https://s3.example.se:9000/archive-in/"
                        "r7/%C3%A5%20b%2B%281%29%3D~_-.zip");
}

static void store_is_checked(void **state)
{
    static const char *const endpoints[] = {
        "",
        "s3.example.se",
        "https://",
        "https://s3.example.se/",
        "https://s3.example.se/path",
        "https://user:x@s3.example.se",
        "https://S3.example.se",
        "https://s3.example.se:",
        "https://s3.example.se:0",
        "https://s3.example.se:65536",
        "https://s3.example.se:80:80",
        "http://s3.example.se",
        "http://127.0.0.1.example.se",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
    };
    static const char *const prefixes[] = {"r7", "/", "/r7/", "r7//x/", "../", "r7/./", "r7/å/"};
    struct object_store s = store;
    (void)state;
    assert_null(object_store_check(&(struct object_store){0}));
    assert_non_null(object_store_check(&(struct object_store){.bucket = store.bucket}));
    assert_null(object_store_check(&s));
    s.endpoint = S("http://127.0.0.1:7070");
    assert_null(object_store_check(&s));
    for (size_t i = 0; i < COUNT(endpoints); i++) {
        s.endpoint = str_from(endpoints[i]);
        assert_non_null(object_store_check(&s));
    }
    s = store;
    s.prefix = S("");
    assert_null(object_store_check(&s));
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        s.prefix = str_from(prefixes[i]);
        assert_non_null(object_store_check(&s));
    }
    s = store;
    s.credentials = S("../kurvan");
    assert_non_null(object_store_check(&s));
    s.credentials = (struct str){0};
    assert_non_null(object_store_check(&s));
}

static const struct object_range asked = {.from = 100, .to = 200, .bytes = 1000};

static struct err *judge(int status, const char *range, const char *etag)
{
    const struct object_head head = {status, str_from(range), str_from(etag)};
    return object_judge(&head, &asked);
}

static void answer_is_judged(void **state)
{
    static const int later[] = {301, 307, 400, 401, 403, 408, 429, 500, 502, 503, 504};
    (void)state;
    assert_null(judge(206, "bytes 100-199/1000", "\"v1\""));
    assert_rule(judge(206, "bytes 100-199/1001", "\"v1\""), "bytes_mismatch");
    assert_rule(judge(404, NULL, NULL), "object_missing");
    assert_rule(judge(412, NULL, NULL), "object_changed");
    assert_rule(judge(416, NULL, NULL), "bytes_mismatch");
    for (size_t i = 0; i < COUNT(later); i++)
        assert_waits(judge(later[i], NULL, NULL));
    assert_waits(judge(200, NULL, "\"v1\""));
    assert_waits(judge(206, "bytes 0-99/1000", "\"v1\""));
    assert_waits(judge(206, "bytes 100-199/*", "\"v1\""));
    assert_waits(judge(206, "bytes 100-199/99999999999999999999", "\"v1\""));
    assert_waits(judge(206, "bytes 100-199/1000", NULL));
    assert_waits(judge(206, "bytes 100-199/1000", "W/\"v1\""));
    assert_waits(judge(206, "bytes 100-199/1000", "\"v 1\""));
}

static void version_is_kept(void **state)
{
    struct object_range again = asked;
    struct object_head head = {206, S("bytes 100-199/1000"), S("\"v2\"")};
    (void)state;
    again.etag = S("\"v1\"");
    assert_rule(object_judge(&head, &again), "object_changed");
    head.etag = S("\"v1\"");
    assert_null(object_judge(&head, &again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(uri_names_agreed_object), WITH_ARENA(uri_names_another),
        WITH_ARENA(key_is_encoded),          WITH_ARENA(store_is_checked),
        WITH_ARENA(answer_is_judged),        WITH_ARENA(version_is_kept),
    };
    return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
