/* The table of cases of permission_decide (data/permission.tsv), read. One who includes this has
 * the cases in `cases`; the unit test asks the function, the integration test the rooms. */
#pragma once

#include "base/base.h"
#include "domain/permission.h"
#include "unit.h"

#include <stdio.h>

#define TABLE "tests/unit/data/permission.tsv"

enum { CASES_MAX = 600, LIST_MAX = 4, TABLE_MAX = 1 << 20 };

struct inputs {
    struct permission_subject subject;
    struct permission_resource resource;
    struct permission_intent intent;
    struct permission_facts facts;
    struct permission_block blocks[LIST_MAX];
    struct permission_lift lifts[LIST_MAX];
    struct permission_succession predecessors[LIST_MAX];
    struct permission_agreement agreements[LIST_MAX];
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

enum value_type {
    TEXT,
    NUMBER,
    YES,
    WHEN,
    SPAN,
    SPANS,
    WORD,
    SET,
    LIST,
    BLOCK,
    LIFT,
    PREDECESSOR,
    AGREEMENT
};

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

/* All that is decided of, in the order of enum permission_action. */
static const char *const actions[] = {
#define ACTION(name, word, swedish, english)   word,
#define LOGGED(name, word, swedish, english)   word,
#define UNLOGGED(name, word, swedish, english) word,
#include "domain/permission_words.def"
    NULL};
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
    KEY("reach", WORD, subject.assignment.reach, .words = permission_reaches),
    KEY("assigned", SPAN, subject.assignment.valid),
    KEY("analysis", SPAN, subject.assignment.analysis),
    KEY("r.tenant", NUMBER, resource.tenant),
    KEY("r.information", WORD, resource.information, .words = permission_informations),
    KEY("r.type", TEXT, resource.information_type),
    KEY("r.provider", TEXT, resource.care_provider),
    KEY("r.care_unit", TEXT, resource.care_unit),
    KEY("r.unit", TEXT, resource.unit),
    KEY("r.unit_as_delivered", TEXT, resource.unit_as_delivered),
    KEY("r.category", TEXT, resource.category),
    KEY("r.stage", TEXT, resource.stage),
    KEY("r.status", TEXT, resource.status),
    KEY("r.time", WHEN, resource.occurred_at),
    KEY("r.person", YES, resource.has_person),
    KEY("r.protection", WORD, resource.protection, .words = protections),
    KEY("r.protection_until", WHEN, resource.protection_until),
    KEY("r.openly_linked", YES, resource.openly_linked),
    KEY("r.protected_unit", YES, resource.protected_unit),
    KEY("r.restricted", YES, resource.restricted),
    KEY("r.hold", YES, resource.hold),
    KEY("r.test", YES, resource.test),
    KEY("r.others_deed", YES, resource.others_deed),
    KEY("purpose", WORD, intent.purpose, .words = permission_purposes),
    KEY("action", WORD, intent.action, .words = actions),
    KEY("other_units", YES, intent.other_units),
    KEY("restricted_links", YES, intent.restricted_links),
    KEY("reason", TEXT, intent.reason),
    KEY("request", TEXT, intent.request_number),
    KEY("now", WHEN, facts.now),
    KEY("blocks_known", SPAN, resource.blocks_known),
    KEY("block", BLOCK, blocks),
    KEY("lift", LIFT, lifts),
    KEY("predecessor", PREDECESSOR, predecessors),
    KEY("agreement", AGREEMENT, agreements),
    KEY("relation", SPANS, facts.relation),
    KEY("consent", SPANS, facts.consent),
    KEY("emergency", SPANS, facts.emergency),
    KEY("whole_log", SPAN, facts.whole_log),
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

static struct permission_spans read_spans(struct str text)
{
    struct permission_span *all = ARENA_ARRAY(arena, struct permission_span, LIST_MAX);
    struct permission_spans spans = {all, 0};
    struct str part;
    if (str_equal(text, S("-")))
        return spans;
    while (str_cut(&text, ',', &part)) {
        assert_true(spans.count < LIST_MAX);
        all[spans.count++] = read_span(part);
    }
    return spans;
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

/* The case's first block, its second … */
static struct uuid block_number(size_t number)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%zu", number);
    return UUID_FROM(S("case"), str_from(digits));
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
    struct permission_span of_records = read_span(next_part(&text));
    block.records_from = of_records.from;
    block.records_until = of_records.until;
    block.excluded = read_list(text);
    block.id = block_number(in->facts.block_count + 1);
    in->blocks[in->facts.block_count++] = block;
}

static void read_lift(struct str text, struct inputs *in)
{
    assert_true(in->facts.lift_count < LIST_MAX);
    struct permission_lift lift = {.outer = str_equal(next_part(&text), S("outer"))};
    lift.care_provider = read_text(next_part(&text));
    lift.care_unit = read_text(next_part(&text));
    lift.valid = read_span(next_part(&text));
    if (text.len > 0) {
        int64_t number = 0;
        assert_true(str_to_i64(text, 1, LIST_MAX, &number));
        lift.block = block_number((size_t)number);
    }
    in->lifts[in->facts.lift_count++] = lift;
}

static void read_agreement(struct str text, struct inputs *in)
{
    if (str_equal(text, S("-"))) {
        in->facts.agreement_count = 0;
        return;
    }
    assert_true(in->facts.agreement_count < LIST_MAX);
    struct permission_agreement a = {.care_provider = read_text(next_part(&text))};
    a.valid = read_span(next_part(&text));
    in->agreements[in->facts.agreement_count++] = a;
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
    case SPANS:
        AT(struct permission_spans) = read_spans(text);
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
    case LIFT:
        read_lift(text, in);
        return;
    case PREDECESSOR:
        read_predecessor(text, in);
        return;
    case AGREEMENT:
        read_agreement(text, in);
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
    abort();
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
