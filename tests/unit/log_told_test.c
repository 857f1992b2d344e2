/* Does a patient's extract of the log say in plain words what its rows say, and nothing that was
 * withheld? */
#include "arena.h"

#include "services/cli/log_told.h"

#define ROW                                                                                        \
    "{\"leaf\":7,\"salt\":\"\",\"row\":{\"action\":\"%s\",\"at\":\"2026-07-01T10:00:00Z\","        \
    "\"id\":\"11111111-2222-3333-4444-555555555555\",\"purpose\":\"care\",\"records\":2,"          \
    "\"tenant\":\"region-a\",\"subject_kind\":\"person\",\"role\":\"care_staff\","                 \
    "\"unit\":\"SE1-U1\",\"reasons\":\"emergency,own_unit\" %s},\"keys\":{},\"withheld\":{},"      \
    "\"proof\":[]}"
#define EXTRACT                                                                                    \
    "{\"format\":\"r7e-log-extract-v1\",\"tenant\":\"region-a\",\"key\":\"k\","                    \
    "\"checkpoint\":\"a\\nb\\n\",\"rows\":[%s],\"removed\":[],\"names\":[%s],\"imported\":[%s],"   \
    "\"imported_more\":false,\"size\":8,\"unsealed\":%d,\"staff_named\":%s,"                       \
    "\"place_shown\":true,\"more\":false}"
#define NAMED   ",\"subject_name\":\"Nora Å\""
#define NAMES   "{\"leaf\":7,\"unit\":\"Ekeby vårdcentral\"}"
#define NOT_ITS "{\"leaf\":8,\"unit\":\"Ekeby vårdcentral\"}"
#define RETIRED                                                                                    \
    "{\"at\":\"2021-01-01T10:00:00Z\",\"action\":\"other\",\"said\":\"Bytt "                       \
    "etikett\",\"source_system\":\"VAS\"}"

static const struct log_asked swedish = {.from = "2026-01-01", .swedish = true};
static const struct log_asked english = {.swedish = false};

/* All of it, a line each. */
static struct str told(struct str extract, const struct log_asked *asked)
{
    struct log_lines lines = {0};
    struct buf text = buf_new((size_t)1 << 20);
    struct err *e = log_tell(extract, asked, arena, &lines);
    assert_null(e);
    for (size_t i = 0; i < lines.count; i++) {
        buf_put(&text, lines.at[i].text);
        buf_byte(&text, '\n');
    }
    struct str out = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return (struct str){arena_cstr(arena, out), out.len};
}

static void has(struct str text, const char *words)
{
    if (strstr(text.ptr, words) == NULL)
        print_error("not said: %s\nin: %s\n", words, text.ptr);
    assert_non_null(strstr(text.ptr, words));
}

static void lacks(struct str text, const char *words)
{
    assert_null(strstr(text.ptr, words));
}

static struct str row_with(const char *more)
{
    return arena_format(arena, ROW, "emergency", more);
}

static void an_emergency_is_told_plainly(void **state)
{
    (void)state;
    struct str text = told(
        arena_format(arena, EXTRACT, row_with(NAMED).ptr, NAMES, RETIRED, 0, "true"), &swedish);
    has(text, "2026-07-01 12:00:00  Nödöppning: läste med hänvisning till fara för patientens liv");
    has(text, "Vem: Nora Å (Vårdpersonal)\nEnhet: Ekeby vårdcentral (SE1-U1)\nÄndamål: Vård\n");
    has(text, "Tillåtet därför att: Nödöppning: fara för patientens liv eller hälsa. Uppgiften hör "
              "till den egna enheten.\n");
    has(text, "Från och med 2026-01-01\n");
    has(text, "2021-01-01 11:00:00  Bytt etikett\nSystem: VAS\n");
    has(text, "Rad i den förseglade loggen: 7\n");
    lacks(text, "namn står inte med");
    text = told(arena_format(arena, EXTRACT, row_with(NAMED).ptr, NAMES, "", 0, "true"), &english);
    has(text, "Emergency access: read because the patient's life or health was said to be in "
              "danger\nWho: Nora Å (Care staff)\nUnit: Ekeby vårdcentral (SE1-U1)\n");
    lacks(text, "Events in retired systems");
}

static void a_question_to_a_service_is_told_plainly(void **state)
{
    (void)state;
    const struct str row = arena_format(arena, ROW, "asked_national_service", NAMED);
    const struct str extract = arena_format(arena, EXTRACT, row.ptr, NAMES, "", 0, "true");
    has(told(extract, &swedish),
        "2026-07-01 12:00:00  Frågade en nationell tjänst om patientens spärrar eller samtycke; "
        "tjänsten fick inget innehåll\nVem: Nora Å (Vårdpersonal)\n");
    has(told(extract, &english), "Asked a national service about the patient's blocks or consent; "
                                 "it was given no content\nWho: Nora Å (Care staff)\n");
}

static void what_is_withheld_is_said_to_be(void **state)
{
    (void)state;
    struct str text =
        told(arena_format(arena, EXTRACT, row_with("").ptr, "", "", 3, "false"), &swedish);
    has(text, "Personalens namn står inte med, enligt regionens beslut.\n");
    has(text, "Vem: Vårdpersonal\nEnhet: SE1-U1\n");
    has(text, "be om utdraget igen om en stund): 3\n");
    text = told(arena_format(arena, EXTRACT, "", "", "", 0, "true"), &swedish);
    has(text, "Ingen har tagit del av uppgifter om dig under tiden.\n");
}

static void what_is_no_extract_is_refused(void **state)
{
    (void)state;
    struct log_lines lines = {0};
    struct err *e =
        log_tell(arena_format(arena, EXTRACT, row_with(NAMED).ptr, NOT_ITS, "", 0, "true"),
                 &swedish, arena, &lines);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_INVALID);
    e = log_tell(S("{\"rows\":[]}"), &swedish, arena, &lines);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(an_emergency_is_told_plainly),
                                       WITH_ARENA(a_question_to_a_service_is_told_plainly),
                                       WITH_ARENA(what_is_withheld_is_said_to_be),
                                       WITH_ARENA(what_is_no_extract_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
