/* What the tests of GetCareDocumentation's answers share: one is written, held against the official
 * schema, and looked into. */
#pragma once

#include "gcd3_question.h"

#include <errno.h>
#include <unistd.h>

static inline void assert_holds(const struct buf *out, const char *text)
{
    if (strstr(out->ptr, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, out->ptr);
}

static inline void assert_lacks(const struct buf *out, const char *text)
{
    if (strstr(out->ptr, text) != NULL)
        fail_msg("\"%s\" is in: %s", text, out->ptr);
}

/* For tests/tools/schematron.sh: the answers as files in the folder GCD3_KEEP. */
static inline void keep(const struct buf *out)
{
    static int number;
    const char *folder = getenv("GCD3_KEEP"); /* NOLINT(concurrency-mt-unsafe): one thread */
    if (folder == NULL)
        return;
    struct str name =
        arena_format(arena, "%s/%s-%02d.xml", folder, program_invocation_short_name, ++number);
    FILE *file = fopen(name.ptr, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(out->ptr, 1, out->len, file), out->len);
    assert_int_equal(fclose(file), 0);
}

/* The answer's body against the official schema, by xmllint. */
static inline void assert_valid(const struct buf *out)
{
    static const char schema[] =
        "../shared/rivta/clinicalprocess.healthcond.description/3.0.5/interactions/"
        "GetCareDocumentationInteraction/GetCareDocumentationResponder_3.0.xsd";
    static bool told;
    keep(out);
    if (access(schema, R_OK) != 0) {
        if (!told)
            print_message("left out: ../shared is not here, so answers were not held against the "
                          "official schema\n");
        told = true;
        return;
    }
    char name[] = "/tmp/gcd3-XXXXXX";
    autoclose int fd = mkstemp(name);
    assert_true(fd >= 0);
    const char *body = strstr(out->ptr, "<soapenv:Body>") + strlen("<soapenv:Body>");
    size_t length = (size_t)(strstr(body, "</soapenv:Body>") - body);
    assert_int_equal(write(fd, body, length), length);
    struct str command = arena_format(
        arena, "xmllint --noout --huge --schema %s %s 2>%s.err || { cat %s.err >&2; exit 1; }",
        schema, name, name, name);
    int status =
        system(arena_cstr(arena, command)); /* NOLINT(cert-env33-c): a test's fixed command */
    unlink(name);
    unlink(arena_cstr(arena, arena_format(arena, "%s.err", name)));
    assert_int_equal(status, 0);
}

static inline struct gcd3_item item(const struct record *record, const struct gcd3_content *content)
{
    return (struct gcd3_item){
        .record = record,
        .patient_id = {PERSON_TYPE_PERSONNUMMER, S("191212121212")},
        .contents = content,
        .count = content != NULL ? 1 : 0,
    };
}

/* A whole answer of one record. */
static inline void answer_one(const char *inner, const struct gcd3_item *it, struct buf *out)
{
    struct gcd3_question q = question(inner);
    struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), out);
    bool full = true;
    assert_null(gcd3_add(&answer, it, &full));
    assert_false(full);
    assert_null(gcd3_end(&answer, NULL, 0));
    assert_valid(out);
}
