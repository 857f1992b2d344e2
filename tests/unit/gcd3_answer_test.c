/* Does the gateway write answers that the contract allows, of files and of what it cannot read, and
 * divide those that grow large? */
#include "gcd3_answer.h"

static void writes_a_text_file(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701120000");
    r.occurred_at = at("20240630");
    r.authored_at = at("20240701130000");
    r.signed_at = at("20240702");
    r.author_id = S("SE0000000001-4001");
    r.author_name = S("Åsa Öberg");
    r.author_role = S("Överläkare");
    r.unit_id = S("K12");
    struct gcd3_content content = {.bytes = S("åäö<>><&\r\n")};
    struct gcd3_item it = item(&r, &content);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out,
                 "<c:accountableHealthcareProvider><c:root>1.2.752.129.2.1.4.1</c:root>"
                 "<c:extension>SE0000000001-1001</c:extension></c:accountableHealthcareProvider>");
    assert_holds(&out, "<c:extension>191212121212</c:extension></c:patientId>"
                       "<c:blockComparisonTime>20240630000000</c:blockComparisonTime>"
                       "<c:approvedForPatient>false</c:approvedForPatient></c:accessControlHeader>"
                       "<c:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>" ADDRESS
                       "</c:extension>"
                       "</c:sourceSystemId><c:record><c:id><c:root>N-1</c:root></c:id>"
                       "<c:timestamp>20240701120000</c:timestamp></c:record><c:author><c:id>");
    assert_holds(&out,
                 "<c:name>Åsa Öberg</c:name><c:timestamp>20240701130000</c:timestamp>"
                 "<c:byRole><c:originalText>Överläkare</c:originalText></c:byRole>"
                 "<c:orgUnit><c:orgUnitName>K12</c:orgUnitName></c:orgUnit></c:author>"
                 "<c:signature><c:timestamp>20240702000000</c:timestamp></c:signature></c:header>");
    assert_holds(
        &out,
        "<c:clinicalDocumentNoteText>åäö&lt;&gt;&gt;&lt;&amp;&#13;\n</c:clinicalDocumentNoteText>");
    assert_holds(&out, "<r:result><c:resultCode>OK</c:resultCode></r:result>");
    assert_lacks(&out, "hasMore");
}

static void writes_what_is_no_text_as_an_attachment(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701");
    struct gcd3_content pdf = {.bytes = S("%PDF-1.4 \xff")};
    struct gcd3_item it = item(&r, &pdf);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:multimediaEntry><c:mediaType>application/pdf</c:mediaType>"
                       "<c:value>JVBERi0xLjQg/w==</c:value></c:multimediaEntry>");
    assert_lacks(&out, "<c:author>");
    assert_lacks(&out, "<c:signature>");
    struct gcd3_content control = {.bytes = S("page\x0c break")};
    it = item(&r, &control);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:mediaType>text/plain</c:mediaType>");
}

static void reads_old_text(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701");
    struct gcd3_content swedish = {.bytes = S("sm\xe5 fr\xe5gor \x96 \xd6l")};
    struct gcd3_item it = item(&r, &swedish);
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:clinicalDocumentNoteText>små frågor – Öl</c:clinicalDocumentNoteText>");
    struct gcd3_content meaningless = {.bytes = S("\x81\x8d")};
    it = item(&r, &meaningless);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:value>gY0=</c:value>");
}

static void writes_several_files_and_none(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240701");
    r.title = S("Inskannad\x01 journal");
    r.care_unit = S("local");
    struct gcd3_content pages[] = {{.bytes = S("II*\0one")}, {.bytes = S("II*\0two")}};
    struct gcd3_item it = item(&r, pages);
    it.count = 2;
    autobuf struct buf out = buf_new(64 * 1024);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "<c:root>N-1</c:root>");
    assert_holds(&out, "<c:root>N-1/2</c:root>");
    assert_holds(
        &out,
        "<c:clinicalDocumentNoteTitle>Inskannad  journal (2/2)</c:clinicalDocumentNoteTitle>");
    assert_lacks(&out, "accountableCareUnit");
    it = item(&r, NULL);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "saknar innehåll");
    struct gcd3_content empty = {.bytes = S(" \n")};
    it = item(&r, &empty);
    buf_clear(&out);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "saknar innehåll");
}

static void large_answers_are_divided(void **state)
{
    (void)state;
    struct record rows[40];
    for (int i = 0; i < 40; i++)
        rows[i] = note(arena_cstr(arena, arena_format(arena, "%02d,", i)),
                       arena_cstr(arena, arena_format(arena, "20240101%02d0000", i / 4)));
    char *bytes = arena_alloc(arena, 2000, 1);
    memset(bytes, 'x', 2000);
    struct gcd3_content content = {.bytes = {bytes, 2000}};
    size_t seen = 0;
    size_t answers = 0;
    struct str reference = S("");
    do {
        autobuf struct buf out = buf_new(48 * 1024);
        struct gcd3_question q = question(arena_cstr(
            arena, arena_format(arena, PATIENT "<r:hasMoreReference>%.*s</r:hasMoreReference>",
                                STR_ARG(reference))));
        assert_null(gcd3_refusal(&q, S(ADDRESS)).ptr);
        struct gcd3_selection chosen = gcd3_select(&q, rows, COUNT(rows), arena);
        struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), &out);
        bool full = false;
        size_t next = 0;
        for (; next < chosen.count && !full; next += full ? 0 : 1) {
            struct gcd3_item it = item(chosen.at[next], &content);
            assert_null(gcd3_add(&answer, &it, &full));
        }
        assert_null(gcd3_end(&answer, full ? chosen.at[next - 1] : NULL, 0));
        assert_valid(&out);
        seen += answer.records;
        answers++;
        const char *start = strstr(out.ptr, "<r:reference>");
        reference = start != NULL ? arena_str(arena, (struct str){start + 13, 14 + 1 + 36})
                                  : (struct str){0};
    } while (reference.ptr != NULL);
    assert_int_equal(seen, 40);
    assert_true(answers > 2 && answers < 6);
}

static void too_large_for_any_answer(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240101");
    autobuf struct buf out = buf_new(40 * 1024);
    char *bytes = arena_alloc(arena, 64 * 1024, 1);
    memset(bytes, '<', 64 * 1024);
    struct gcd3_content content = {.bytes = {bytes, 64 * 1024}};
    struct gcd3_item it = item(&r, &content);
    answer_one(PATIENT, &it, &out);
    assert_holds(&out, "Begär ut det från arkivet");
    struct gcd3_question q = question(PATIENT);
    buf_clear(&out);
    struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), &out);
    assert_true(gcd3_fits(&answer, 1000));
    assert_false(gcd3_fits(&answer, 40 * 1024));
}

/* One of two files is damaged: the other is sent, and the answer does not look complete. */
static void says_what_it_cannot_read(void **state)
{
    (void)state;
    struct record r = note("N-1", "20240101");
    autobuf struct buf out = buf_new(40 * 1024);
    const struct gcd3_content contents[] = {{.instead = GCD3_UNREADABLE}, {.bytes = S("Sida två")}};
    struct gcd3_item it = item(&r, contents);
    struct gcd3_question q = question(PATIENT);
    struct gcd3_answer answer = gcd3_begin(&q, S(ADDRESS), &out);
    bool full = true;
    it.count = COUNT(contents);
    assert_null(gcd3_add(&answer, &it, &full));
    assert_false(full);
    assert_null(gcd3_end(&answer, NULL, 1));
    assert_valid(&out);
    assert_holds(&out, "kan inte läsas i arkivet. Felet är känt där");
    assert_holds(&out, "Sida två");
    assert_holds(&out, "<c:resultCode>INFO</c:resultCode><c:resultText>1 dokument visas utan");
}

static void refusal_is_an_answer(void **state)
{
    (void)state;
    autobuf struct buf out = buf_new(4096);
    gcd3_answer_error(S("INVALID_REQUEST: x"), &out);
    assert_valid(&out);
    assert_holds(&out,
                 "<r:result><c:resultCode>ERROR</c:resultCode><c:resultText>INVALID_REQUEST: x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(writes_a_text_file),
        WITH_ARENA(writes_what_is_no_text_as_an_attachment),
        WITH_ARENA(reads_old_text),
        WITH_ARENA(writes_several_files_and_none),
        WITH_ARENA(large_answers_are_divided),
        WITH_ARENA(too_large_for_any_answer),
        WITH_ARENA(says_what_it_cannot_read),
        WITH_ARENA(refusal_is_an_answer),
    };
    return cmocka_run_group_tests_name("gcd3_answer", tests, NULL, NULL);
}
