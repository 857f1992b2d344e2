/* What a region has decided on log review: read, set by two administrators, shown. */
#include "services/access/review_rules.h"
#include "services/access/proposals.h"
#include "text/json.h"

static const struct review_kind kinds[] = {
#define KIND(word, first, least, most, second, second_least, second_most)                          \
    {#word, &access_find_##word, first, least, most, second, second_least, second_most},
#include "services/access/review_kinds.def"
#undef KIND
};
static const char *const kind_words[] = {
#define KIND(word, ...) #word,
#include "services/access/review_kinds.def"
#undef KIND
    NULL};
static const char *const everies[] = {"day", "week", "month", NULL};
static const char *const pers[] = {"unit", "care_provider", NULL};

static const struct field sample_fields[] = {
    FIELD(struct review_sample, every, REQUIRED, .one_of = everies),
    FIELD(struct review_sample, per, REQUIRED, .one_of = pers),
    FIELD_NAMED(struct review_sample, rows_each, "rows", REQUIRED, .min = 1, .max = 1000),
    FIELDS_END};
static const struct field decision_fields[] = {
    FIELD_NAMED(struct review_decision, sample_text, "sample", REQUIRED),
    FIELD_NAMED(struct review_decision, rules_text, "rules", REQUIRED),
    FIELD(struct review_decision, due_days, REQUIRED, .min = 1, .max = 365),
    FIELD(struct review_decision, threshold, REQUIRED, .min = 1, .max = 1000),
    FIELD(struct review_decision, most_per_day, REQUIRED, .min = 1, .max = 10000),
    FIELD(struct review_decision, every_provider, OPTIONAL),
    FIELD(struct review_decision, second_by_another, OPTIONAL),
    FIELDS_END};
static const struct field rule_fields[] = {
    FIELD(struct review_rule, name, REQUIRED, .min = 1, .max = 64),
    FIELD_NAMED(struct review_rule, kind_word, "kind", REQUIRED, .one_of = kind_words),
    FIELD(struct review_rule, swedish, REQUIRED, .min = 1, .max = 300),
    FIELD(struct review_rule, english, REQUIRED, .min = 1, .max = 300),
    FIELD(struct review_rule, weight, REQUIRED, .min = 1, .max = 100),
    FIELD(struct review_rule, parameters, OPTIONAL),
    FIELDS_END};

static struct field number(const char *name, size_t offset, int32_t least, int32_t most)
{
    return (struct field){.name = name,
                          .type = FIELD_I32,
                          .offset = offset,
                          .presence = REQUIRED,
                          .min = least,
                          .max = most};
}

/* The numbers that the kind takes, and no other. A `most` of 0 would mean no limit (field.h); no
 * kind has one. */
static struct err *read_numbers(struct review_rule *rule, const char *path, struct arena *arena)
{
    const struct review_kind *kind = rule->kind;
    struct field fields[3] = {FIELDS_END, FIELDS_END, FIELDS_END};
    if (kind->first != NULL)
        fields[0] = number(kind->first, offsetof(struct review_rule, first), kind->first_least,
                           kind->first_most);
    if (kind->second != NULL)
        fields[1] = number(kind->second, offsetof(struct review_rule, second), kind->second_least,
                           kind->second_most);
    struct str text = rule->parameters.text.ptr != NULL ? rule->parameters.text : S("{}");
    return json_read(text, fields, JSON_REFUSE_UNKNOWN, path, arena, rule);
}

static struct err *read_rule(struct review_decision *d, size_t i, struct arena *arena)
{
    struct review_rule *rule = &d->rules[i];
    struct str path = arena_format(arena, "rules.rules[%zu].parameters", i);
    for (size_t k = 0; k < COUNT(kinds); k++)
        if (str_equal(rule->kind_word, str_from(kinds[k].word)))
            rule->kind = &kinds[k];
    assert(rule->kind != NULL);
    for (size_t k = 0; k < i; k++)
        if (str_equal(d->rules[k].name, rule->name))
            return err_field(ERR_INVALID, "rules.rules", "two of the same name");
    return read_numbers(rule, path.ptr, arena);
}

struct err *review_decision_read(struct str text, struct arena *arena, struct review_decision *out)
{
    struct review_decision d = {0};
    void *items = NULL;
    if (text.len > REVIEW_TEXT_MAX)
        return err_field(ERR_TOO_LARGE, "rules", "over 24 KiB");
    TRY(json_read(text, decision_fields, JSON_REFUSE_UNKNOWN, "rules", arena, &d));
    TRY(json_read(d.sample_text.text, sample_fields, JSON_REFUSE_UNKNOWN, "rules.sample", arena,
                  &d.sample));
    TRY(json_read_list(d.rules_text.text, rule_fields, sizeof(struct review_rule), REVIEW_RULES_MAX,
                       JSON_REFUSE_UNKNOWN, "rules.rules", arena, &items, &d.rule_count));
    d.rules = items;
    for (size_t i = 0; i < d.rule_count; i++)
        TRY(read_rule(&d, i, arena));
    *out = d;
    return NULL;
}

/* --- setting
 * ---------------------------------------------------------------------------------------- */

struct rules_fact {
    struct uuid id;
    struct instant valid_from;
    struct json_text rules;
    struct str decided_by;
};
const struct field review_rules_whole_fields[] = {
    FIELD(struct rules_fact, id, REQUIRED), FIELD(struct rules_fact, valid_from, REQUIRED),
    FIELD(struct rules_fact, rules, REQUIRED), FIELD(struct rules_fact, decided_by, REQUIRED),
    FIELDS_END};
static const struct field fact_fields[] = {FIELD(struct rules_fact, id, REQUIRED),
                                           FIELD(struct rules_fact, valid_from, REQUIRED),
                                           FIELD(struct rules_fact, rules, REQUIRED), FIELDS_END};
static const struct field body_fields[] = {
    FIELD(struct rules_fact, valid_from, OPTIONAL), FIELD(struct rules_fact, rules, REQUIRED),
    FIELD(struct rules_fact, decided_by, REQUIRED, .min = 1, .max = 200), FIELDS_END};

/* Whether reviewers see every provider's staff is a rule of access. */
static void plan_rules(struct change *change, const void *fact)
{
    const struct rules_fact *f = fact;
    change_concerns_rules(change);
    CHANGE_SQL(change, &access_insert_review_rules, V(f->id), V(f->valid_from), V(f->rules),
               V(told_or_from_journal(f->decided_by)), V(change->at));
}
const struct change_kind change_review_rules = {"review_rules", fact_fields,
                                                sizeof(struct rules_fact), plan_rules};

struct known {
    bool any;
    struct instant done_until; /* days before it have been looked at */
};
static const struct field known_fields[] = {FIELD(struct known, any, REQUIRED),
                                            FIELD(struct known, done_until, OPTIONAL), FIELDS_END};

/* Days that were looked at stay as they are; only a region's first decision may begin in the past.
 */
static struct err *check_from(struct request *request, struct instant from)
{
    static const int64_t MONTH_US = (int64_t)31 * 24 * 3600 * 1000000;
    struct rows rows = {0};
    TRY(request_rows(request, &access_select_review_known, known_fields, sizeof(struct known),
                     &rows, NO_VALUES));
    const struct known *k = ROW(struct known, rows, 0);
    struct instant least = k->any ? request->now : instant_add(request->now, -MONTH_US);
    if (instant_before(from, least) || instant_before(from, k->done_until))
        return err_field(ERR_INVALID, "valid_from", "in the past");
    return NULL;
}

struct err *access_set_review_rules(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rules_fact fact = {.id = uuid_random()};
    struct review_decision decision;
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &fact));
    TRY(review_decision_read(fact.rules.text, request->arena, &decision));
    if (!fact.valid_from.known)
        fact.valid_from = request->now;
    TRY(check_from(request, fact.valid_from));
    reply->status = 204;
    return proposal_or_apply(request, reply, &change, &change_review_rules, &fact, &waits);
}

/* --- showing
 * ---------------------------------------------------------------------------------------- */

static const struct field shown_fields[] = {
    FIELD(struct rules_fact, id, REQUIRED), FIELD(struct rules_fact, valid_from, REQUIRED),
    FIELD(struct rules_fact, rules, REQUIRED, .max = 65536),
    FIELD(struct rules_fact, decided_by, REQUIRED), FIELDS_END};

struct err *access_get_review_rules(struct request *request, struct http_reply *reply)
{
    static const enum permission_role roles[] = {ROLE_LOCAL_ADMINISTRATOR, ROLE_LOG_REVIEWER};
    struct subject subject;
    struct rows rows = {0};
    (void)reply;
    TRY(subject_load(request, &subject));
    TRY(subject_need_role(request, &subject, roles, COUNT(roles)));
    TRY(request_rows(request, &access_select_review_rules, shown_fields, sizeof(struct rules_fact),
                     &rows, NO_VALUES));
    buf_put(request->out, S("{\"decisions\":"));
    json_write_list(shown_fields, rows.at, sizeof(struct rules_fact), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
