/* Is a database of more tables than are judged told of, once, and the rest of it judged still? */
#include "containers.h"
#include "content.h"
#include "content/siard.h"

enum { METADATA_MAX = 64 << 20 };

struct counted {
    size_t many;
    size_t no_table; /* of those that are kept, each is looked for */
};

static void count_fault(void *state, const struct content_fault *fault)
{
    struct counted *counted = state;
    counted->many += fault->rule == CONTENT_siard_many;
    counted->no_table += fault->rule == CONTENT_siard_no_table;
}

static void put_metadata(struct buf *out, size_t tables)
{
    buf_put(out,
            S("<siardArchive xmlns='http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd' "
              "version='2.1'><schemas><schema><name>s</name><folder>schema0</folder><tables>"));
    for (size_t i = 0; i < tables; i++)
        buf_format(out, "<table><name>a</name><folder>t%zu</folder><rows>0</rows></table>", i);
    buf_put(out, S("</tables></schema></schemas></siardArchive>"));
}

static struct counted judge(size_t tables)
{
    struct counted counted = {0};
    autobuf struct buf metadata = buf_new(METADATA_MAX);
    autobuf struct buf archive = buf_new(METADATA_MAX);
    put_metadata(&metadata, tables);
    const struct zip_member member = {
        .name = S(SIARD_METADATA), .content = buf_str(&metadata), .method = 8};
    put_zip(&archive, &member, 1);
    struct str bytes = buf_str(&archive);
    struct source source = source_from_str(&bytes);
    assert_null(content_check(CONTENT_SIARD_2_1, &source, NULL,
                              &(struct content_report){count_fault, &counted}));
    return counted;
}

static void more_tables_than_are_judged(void **state)
{
    (void)state;
    struct counted at_most = judge(SIARD_TABLES);
    assert_int_equal(at_most.many, 0);
    assert_int_equal(at_most.no_table, SIARD_TABLES);
    struct counted more = judge(SIARD_TABLES + 5);
    assert_int_equal(more.many, 1);
    assert_int_equal(more.no_table, SIARD_TABLES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(more_tables_than_are_judged)};
    return cmocka_run_group_tests_name("content_siard_limit", tests, NULL, NULL);
}
