/* Does the decision follow the table of cases (data/permission.tsv), and does the table name every
 * reason? */
#include "base/base.h"
#include "domain/permission.h"
#include "unit.h"

#include <stdio.h>

#define TABLE "tests/unit/data/permission.tsv"

enum { CASES_MAX = 500, LIST_MAX = 4, TABLE_MAX = 1 << 20 };

struct inputs {
    struct permission_subject subject;
    struct permission_resource resource;
    struct permission_intent intent;
    struct permission_facts facts;
    struct permission_block blocks[LIST_MAX];
    struct permission_succession predecessors[LIST_MAX];
};

struct row {
    struct str name;
    struct inputs inputs;
    struct str outcome;
    struct str reasons;
    struct str obligations;
};

static struct row rows[CASES_MAX];
static size_t row_count;
static struct arena *arena;

/* --- reading the table --- */

enum value_type { TEXT, NUMBER, YES, WHEN, SPAN, WORD, SET, LIST, BLOCK, PREDECESSOR };

struct key {
    const char *name;
    enum value_type type;
    size_t offset;
    const char *const *words;
};

#define KEY(name_, type_, member, ...)                                                             \
    {                                                                                              \
        .name = (name_), .type = (type_), .offset = offsetof(struct inputs, member), __VA_ARGS__   \
    }

static const char *const protections[] = {"none", "protected", NULL};
static const struct key keys[] = {
    KEY("kind", WORD, subject.kind, .words = permission_subject_kinds),
    KEY("tenant", NUMBER, subject.tenant),
    KEY("active", SPAN, subject.active),
    KEY("role", WORD, subject.assignment.role, .words = permission_roles),
    KEY("unit", TEXT, subject.assignment.unit),
    KEY("care_unit", TEXT, subject.assignment.care_unit),
    KEY("provider", TEXT, subject.assignment.care_provider),
    KEY("purposes", SET, subject.assignment.purposes, .words = permission_purposes),
    KEY("types", LIST, subject.assignment.information_types),
    KEY("assigned", SPAN, subject.assignment.valid),
    KEY("r.tenant", NUMBER, resource.tenant),
    KEY("r.information", WORD, resource.information, .words = permission_informations),
    KEY("r.type", TEXT, resource.information_type),
    KEY("r.provider", TEXT, resource.care_provider),
    KEY("r.care_unit", TEXT, resource.care_unit),
    KEY("r.unit", TEXT, resource.unit),
    KEY("r.stage", TEXT, resource.stage),
    KEY("r.status", TEXT, resource.status),
    KEY("r.time", WHEN, resource.occurred_at),
    KEY("r.person", YES, resource.has_person),
    KEY("r.protection", WORD, resource.protection, .words = protections),
    KEY("r.protected_unit", YES, resource.protected_unit),
    KEY("r.restricted", YES, resource.restricted),
    KEY("r.hold", YES, resource.hold),
    KEY("r.test", YES, resource.test),
    KEY("purpose", WORD, intent.purpose, .words = permission_purposes),
    KEY("action", WORD, intent.action, .words = permission_actions),
    KEY("other_units", YES, intent.other_units),
    KEY("reason", TEXT, intent.reason),
    KEY("emergency", TEXT, intent.emergency),
    KEY("request", TEXT, intent.request_number),
    KEY("now", WHEN, facts.now),
    KEY("blocks_known", YES, facts.blocks_known),
    KEY("block", BLOCK, blocks),
    KEY("predecessor", PREDECESSOR, predecessors),
    KEY("agreement", SPAN, facts.agreement),
    KEY("relation", SPAN, facts.relation),
    KEY("consent", SPAN, facts.consent),
    KEY("certificate", SPAN, facts.certificate),
    KEY("logical_address", SPAN, facts.logical_address),
    KEY("processor_agreement", SPAN, facts.processor_agreement),
    KEY("consumer_accepted", SPAN, facts.consumer_accepted),
    KEY("patient_reading", SPAN, facts.patient_reading),
};

static struct str read_text(struct str text)
{
    if (str_equal(text, S("-")))
        return (struct str){0};
    char *copy = arena_alloc(arena, text.len + 1, 1);
    for (size_t i = 0; i < text.len; i++)
        copy[i] = text.ptr[i] == '_' ? ' ' : text.ptr[i];
    return (struct str){copy, text.len};
}

/* YYYY or YYYY-MM-DD; empty or "-" is not known. */
static struct instant read_when(struct str text)
{
    struct instant at = {0};
    if (text.len == 0 || str_equal(text, S("-")))
        return at;
    struct str full =
        arena_format(arena, "%.*s%sT00:00:00Z", STR_ARG(text), text.len == 4 ? "-01-01" : "");
    assert_true(instant_parse(full, &at));
    return at;
}

static struct permission_span read_span(struct str text)
{
    if (text.len == 0 || str_equal(text, S("-")))
        return (struct permission_span){0};
    size_t dots = str_find(text, '.');
    assert_true(dots + 2 <= text.len);
    return (struct permission_span){read_when(str_slice(text, 0, dots)),
                                    read_when(str_slice(text, dots + 2, text.len))};
}

static unsigned read_word(const char *const *words, struct str text)
{
    unsigned word = permission_word(words, text);
    assert_true(word != 0 || str_equal(text, S("-")));
    return word;
}

static unsigned read_set(const char *const *words, struct str text)
{
    unsigned set = 0;
    struct str part;
    while (str_cut(&text, ',', &part))
        set |= 1U << read_word(words, part);
    return set;
}

static struct strs read_list(struct str text)
{
    struct str *list = ARENA_ARRAY(arena, struct str, text.len + 1);
    struct strs read = {list, 0};
    struct str part;
    while (str_cut(&text, ',', &part))
        if (!str_equal(part, S("-")))
            list[read.count++] = part;
    return read;
}

static struct str next_part(struct str *rest)
{
    struct str part = {0};
    (void)str_cut(rest, '/', &part);
    return part;
}

static void read_block(struct str text, struct inputs *in)
{
    assert_true(in->facts.block_count < LIST_MAX);
    struct str kind = next_part(&text);
    assert_true(str_equal(kind, S("inner")) || str_equal(kind, S("outer")));
    struct permission_block block = {.outer = str_equal(kind, S("outer"))};
    block.care_provider = read_text(next_part(&text));
    block.care_unit = read_text(next_part(&text));
    block.valid = read_span(next_part(&text));
    block.lifted = read_span(next_part(&text));
    struct permission_span of_records = read_span(next_part(&text));
    block.records_from = of_records.from;
    block.records_until = of_records.until;
    in->blocks[in->facts.block_count++] = block;
}

static void read_predecessor(struct str text, struct inputs *in)
{
    assert_true(in->facts.predecessor_count < LIST_MAX);
    struct permission_succession p = {0};
    p.unit = read_text(next_part(&text));
    p.care_unit = read_text(next_part(&text));
    p.valid = read_span(next_part(&text));
    in->predecessors[in->facts.predecessor_count++] = p;
}

#define AT(type) (*(type *)(void *)((char *)in + key->offset))

static void set_value(const struct key *key, struct str text, struct inputs *in)
{
    int64_t number = 0;
    switch (key->type) {
    case TEXT:
        AT(struct str) = read_text(text);
        return;
    case NUMBER:
        assert_true(str_to_i64(text, INT32_MIN, INT32_MAX, &number));
        AT(int32_t) = (int32_t)number;
        return;
    case YES:
        assert_true(str_equal(text, S("yes")) || str_equal(text, S("no")));
        AT(bool) = str_equal(text, S("yes"));
        return;
    case WHEN:
        AT(struct instant) = read_when(text);
        return;
    case SPAN:
        AT(struct permission_span) = read_span(text);
        return;
    case WORD:
        AT(unsigned) = read_word(key->words, text);
        return;
    case SET:
        AT(unsigned) = read_set(key->words, text);
        return;
    case LIST:
        AT(struct strs) = read_list(text);
        return;
    case BLOCK:
        read_block(text, in);
        return;
    case PREDECESSOR:
        read_predecessor(text, in);
        return;
    }
}

static void set_inputs(struct str changes, struct inputs *in)
{
    struct str change;
    while (changes.len > 0 && str_cut(&changes, ' ', &change)) {
        struct str name;
        (void)str_cut(&change, '=', &name);
        size_t i = 0;
        while (i < COUNT(keys) && !str_equal(name, str_from(keys[i].name)))
            i++;
        if (i == COUNT(keys))
            fail_msg("no such key: %.*s", STR_ARG(name));
        set_value(&keys[i], change, in);
    }
}

static const struct row *row_named(struct str name)
{
    for (size_t i = 0; i < row_count; i++)
        if (str_equal(rows[i].name, name))
            return &rows[i];
    fail_msg("no earlier case \"%.*s\"", STR_ARG(name));
    return NULL;
}

static void read_row(struct str line)
{
    struct str from;
    struct str changes;
    struct row *row = &rows[row_count];
    assert_true(row_count < CASES_MAX);
    bool whole = str_cut(&line, '\t', &row->name) && str_cut(&line, '\t', &from) &&
                 str_cut(&line, '\t', &changes) && str_cut(&line, '\t', &row->outcome) &&
                 str_cut(&line, '\t', &row->reasons) && str_cut(&line, '\t', &row->obligations);
    if (!whole || line.ptr != NULL)
        fail_msg("row %zu has not six columns", row_count + 1);
    if (!str_equal(from, S("-")))
        row->inputs = row_named(from)->inputs;
    set_inputs(changes, &row->inputs);
    row_count++;
}

static int read_table(void **state)
{
    (void)state;
    arena = arena_new(64U << 20);
    char *bytes = arena_alloc(arena, TABLE_MAX, 1);
    FILE *file = fopen(TABLE, "rb");
    assert_non_null(file);
    struct str rest = {bytes, fread(bytes, 1, TABLE_MAX, file)};
    fclose(file);
    assert_true(rest.len > 0 && rest.len < TABLE_MAX);
    struct str line;
    while (str_cut(&rest, '\n', &line))
        if (line.len > 0 && line.ptr[0] != '#')
            read_row(line);
    return 0;
}

static int drop_table(void **state)
{
    (void)state;
    arena_drop(&arena);
    return 0;
}

static struct permission decide(struct inputs *in)
{
    in->facts.blocks = in->blocks;
    in->facts.predecessors = in->predecessors;
    return permission_decide(&in->subject, &in->resource, &in->intent, &in->facts);
}

/* --- the questions --- */

static void every_case(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct permission permission = decide(&rows[i].inputs);
        autobuf struct buf reasons = buf_new(4096);
        autobuf struct buf obligations = buf_new(4096);
        permission_print_reasons(&permission, &reasons);
        permission_print_obligations(&permission, &obligations);
        if (str_equal(rows[i].outcome, str_from(permission_outcomes[permission.outcome])) &&
            str_equal(rows[i].reasons, buf_str(&reasons)) &&
            str_equal(rows[i].obligations, buf_str(&obligations)))
            continue;
        wrong++;
        print_error("%.*s: %s %.*s [%.*s]\n", STR_ARG(rows[i].name),
                    permission_outcomes[permission.outcome], STR_ARG(buf_str(&reasons)),
                    STR_ARG(buf_str(&obligations)));
    }
    print_message("permission: %zu cases\n", row_count);
    assert_true(row_count >= 80);
    assert_int_equal(wrong, 0);
}

static bool is_named(struct str list, const char *word)
{
    struct str part;
    while (str_cut(&list, ',', &part))
        if (str_equal(part, str_from(word)))
            return true;
    return false;
}

/* A rule that no case needs is a rule that nobody would miss. */
static void every_word_has_a_case(void **state)
{
    (void)state;
    static const char *const reasons[] = {
#define REASON(name, word, effect, swedish, english, source) word,
#include "domain/permission_reasons.def"
#undef REASON
    };
    static const char *const obligations[] = {
#define OBLIGATION(name, word, swedish, english) word,
#include "domain/permission_words.def"
    };
    for (size_t w = 0; w < COUNT(reasons); w++) {
        size_t i = 0;
        while (i < row_count && !is_named(rows[i].reasons, reasons[w]))
            i++;
        if (i == row_count)
            fail_msg("no case has the reason %s", reasons[w]);
    }
    for (size_t w = 0; w < COUNT(obligations); w++) {
        size_t i = 0;
        while (i < row_count && !is_named(rows[i].obligations, obligations[w]))
            i++;
        if (i == row_count)
            fail_msg("no case has the obligation %s", obligations[w]);
    }
}

/* Whatever else is said: those who operate the archive see no content, and no one sees another
 * region's. */
static void walls(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        struct inputs in = rows[i].inputs;
        in.resource.tenant = in.subject.tenant + 1;
        struct permission permission = decide(&in);
        assert_int_equal(permission.outcome, PERMISSION_DENY);
        assert_int_equal(permission.reasons, 1ULL << REASON_OTHER_TENANT);
        in = rows[i].inputs;
        in.subject.kind = SUBJECT_PERSON;
        for (unsigned role = ROLE_LOCAL_ADMINISTRATOR; role <= ROLE_ORGANISATION_ADMINISTRATOR;
             role++) {
            in.subject.assignment.role = (enum permission_role)role;
            assert_int_equal(decide(&in).outcome, PERMISSION_DENY);
        }
    }
}

/* What is not known opens nothing: taking any one input away never gives more than there was. */
static void not_known_never_opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        enum permission_outcome before = decide(&rows[i].inputs).outcome;
        for (size_t k = 0; k < COUNT(keys); k++) {
            /* A test delivery is a delivery that says so; a block is the patient's own, and known
             * or not is told; a provider that is not told is a case of its own for what is not
             * care. */
            if (strcmp(keys[k].name, "r.test") == 0 || keys[k].type == BLOCK ||
                keys[k].type == PREDECESSOR ||
                (strcmp(keys[k].name, "r.provider") == 0 &&
                 rows[i].inputs.resource.information != INFORMATION_CARE))
                continue;
            struct inputs in = rows[i].inputs;
            static const size_t sizes[] = {[TEXT] = sizeof(struct str),
                                           [NUMBER] = sizeof(int32_t),
                                           [YES] = sizeof(bool),
                                           [WHEN] = sizeof(struct instant),
                                           [SPAN] = sizeof(struct permission_span),
                                           [WORD] = sizeof(unsigned),
                                           [SET] = sizeof(unsigned),
                                           [LIST] = sizeof(struct strs)};
            memset((char *)&in + keys[k].offset, 0, sizes[keys[k].type]);
            if (decide(&in).outcome > before)
                fail_msg("%.*s: opens when %s is not known", STR_ARG(rows[i].name), keys[k].name);
        }
    }
}

/* The first instant at which something changes is never later than the first change of the outcome.
 */
static void until_is_early_enough(void **state)
{
    (void)state;
    const int64_t day = 86400LL * 1000000;
    for (size_t i = 0; i < row_count; i++) {
        struct inputs in = rows[i].inputs;
        struct permission first = decide(&in);
        if (!in.facts.now.known)
            continue;
        struct instant start = in.facts.now;
        for (int days = 1; days < 1000; days++) {
            in.facts.now = instant_add(start, days * day);
            if (first.until.known && !instant_before(in.facts.now, first.until))
                break;
            assert_int_equal(decide(&in).reasons, first.reasons);
        }
    }
}

static void printed(void **state)
{
    (void)state;
    struct inputs in = row_named(S("emergency"))->inputs;
    in.subject.active.until = (struct instant){0};
    in.subject.assignment.valid.until = (struct instant){.us = 1795392000000000, .known = true};
    struct permission permission = decide(&in);
    autobuf struct buf out = buf_new(4096);
    permission_print(&permission, &out);
    assert_string_equal(
        out.ptr,
        "{\"outcome\":\"allow\",\"reasons\":[{\"word\":\"emergency\",\"swedish\":\"Nödöppning: "
        "fara för patientens liv "
        "eller hälsa.\",\"english\":\"Emergency access: danger to the patient's life or "
        "health.\",\"source\":\"lag "
        "2022:913\"}],\"obligations\":[{\"word\":\"log\",\"swedish\":\"Utlämnandet ska loggas "
        "innan något visas.\","
        "\"english\":\"The disclosure is logged before anything is "
        "shown.\"},{\"word\":\"alert_administrator\","
        "\"swedish\":\"Den lokala administratören ska underrättas om "
        "nödöppningen.\",\"english\":\"The local "
        "administrator is told of the emergency access.\"}],\"until\":\"2026-11-23T00:00:00Z\"}");
}

/* The texts go into JSON as they are. */
static void texts_need_no_escape(void **state)
{
    (void)state;
    struct permission all = {.reasons = REASONS == 64 ? ~0ULL : (1ULL << REASONS) - 1,
                             .obligations = (1U << OBLIGATIONS) - 1};
    autobuf struct buf out = buf_new(1 << 20);
    permission_print(&all, &out);
    assert_null(buf_done(&out, "the texts"));
    assert_true(str_is_utf8(buf_str(&out)));
    assert_int_equal(str_find(buf_str(&out), '\\'), out.len);
    for (size_t i = 0; i < out.len; i++)
        assert_true((unsigned char)out.ptr[i] >= ' ');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(every_word_has_a_case),
        cmocka_unit_test(walls),
        cmocka_unit_test(not_known_never_opens),
        cmocka_unit_test(until_is_early_enough),
        cmocka_unit_test(printed),
        cmocka_unit_test(texts_need_no_escape),
    };
    return cmocka_run_group_tests_name("permission", tests, read_table, drop_table);
}
