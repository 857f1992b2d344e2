/* Changes in the tenant's journal: their lines, and carrying out a line whose rows are missing (S19
 * in libcommon/README.md). */
#include "services/access/log_kept.h"
#include "text/json.h"

static const struct change_kind *const kinds[] = {&change_tenant,
                                                  &change_principal,
                                                  &change_address,
                                                  &change_user,
                                                  &change_password,
                                                  &change_tokens,
                                                  &change_unit,
                                                  &change_unit_name,
                                                  &change_unit_code,
                                                  &change_unit_told,
                                                  &change_succession,
                                                  &change_analysis,
                                                  &change_analysis_ended,
                                                  &change_assignment,
                                                  &change_assignment_ended,
                                                  &change_policy,
                                                  &change_person,
                                                  &change_link,
                                                  &change_link_revoked,
                                                  &change_officer,
                                                  &change_person_service,
                                                  &change_person_told,
                                                  &change_link_told,
                                                  &change_block,
                                                  &change_block_ended,
                                                  &change_block_source,
                                                  &change_block_service,
                                                  &change_lift,
                                                  &change_agreement,
                                                  &change_agreement_ended,
                                                  &change_relation,
                                                  &change_consent,
                                                  &change_consent_ended,
                                                  &change_consent_service,
                                                  &change_consent_found,
                                                  &change_blocks_checked,
                                                  &change_emergency,
                                                  &change_emergency_seen,
                                                  &change_provisioned,
                                                  &change_group,
                                                  &change_group_rule,
                                                  &change_group_rule_ended,
                                                  &change_provider,
                                                  &change_identity,
                                                  &change_sign_in_rule,
                                                  &change_break_glass,
                                                  &change_signed_out,
                                                  &change_sign_ins_ended,
                                                  &change_log_purge,
                                                  &change_review_purge,
                                                  &change_log_names,
                                                  &change_review_rules,
                                                  &change_review_period,
                                                  &change_review_decided,
                                                  &change_person_marked,
                                                  &change_staff_person,
                                                  &change_alert_acknowledged,
                                                  &change_alert_rule,
                                                  &change_alert_receiver,
                                                  &change_proposed,
                                                  &change_proposal_decided};

struct line {
    struct str change;
    struct uuid by;
    struct uuid request;
    struct instant at;
    struct json_text fact;
};
static const struct field line_fields[] = {
    FIELD(struct line, change, REQUIRED),  FIELD(struct line, by, REQUIRED),
    FIELD(struct line, request, REQUIRED), FIELD(struct line, at, REQUIRED),
    FIELD(struct line, fact, REQUIRED),    FIELDS_END};

struct err *change_plan_line(struct change *change, const struct change_kind *kind,
                             struct uuid request, const void *fact)
{
    autobuf struct buf told = buf_new(32 * 1024);
    autobuf struct buf text = buf_new(64 * 1024);
    json_write(kind->fields, fact, &told);
    const struct line line = {.change = str_from(kind->name),
                              .by = change->by,
                              .request = request,
                              .at = change->at,
                              .fact = {buf_str(&told)}};
    json_write(line_fields, &line, &text);
    TRY(buf_done(&text, "the journal's line"));
    plan_journal(&change->plan, uuid_random(), buf_str(&text));
    return NULL;
}

/* --- again
 * ------------------------------------------------------------------------------------------ */

struct str told_or_from_journal(struct str told)
{
    return told.ptr != NULL ? told : S(FROM_JOURNAL);
}

/* Of which the line is told by its first member: other rooms write in the same journal. */
struct word {
    struct str change;
};
static const struct field word_fields[] = {FIELD(struct word, change, OPTIONAL), FIELDS_END};

static const struct change_kind *find_kind(struct str word)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(str_from(kinds[i]->name), word))
            return kinds[i];
    return NULL;
}

/* Plans the change again. `out_ours` false: the line is another room's. */
static struct err *plan_again(const struct journal_line *text, int32_t tenant, struct arena *arena,
                              struct change *out, bool *out_ours)
{
    struct word word = {0};
    struct line line = {0};
    TRY(json_read(text->entry, word_fields, JSON_IGNORE_UNKNOWN, "", arena, &word));
    *out_ours = word.change.ptr != NULL;
    if (!*out_ours)
        return NULL;
    const struct change_kind *kind = find_kind(word.change);
    if (kind == NULL)
        return err_field(ERR_INVALID, "change", "no kind that this program knows");
    TRY(json_read(text->entry, line_fields, JSON_IGNORE_UNKNOWN, "", arena, &line));
    void *fact = arena_alloc(arena, 1, kind->size);
    TRY(json_read(line.fact.text, kind->fields, JSON_IGNORE_UNKNOWN, "fact", arena, fact));
    *out = (struct change){.tenant = tenant, .by = line.by, .at = line.at, .again = true};
    plan_begin(&out->plan, arena);
    kind->plan(out, fact);
    return NULL;
}

static struct err *line_about(const struct journal_line *line, struct arena *arena,
                              struct uuid *out_about)
{
    struct change change;
    bool ours = false;
    TRY(plan_again(line, 0, arena, &change, &ours));
    if (ours)
        *out_about = uuid_is_nil(change.about) ? line->id : change.about;
    return NULL;
}

static struct err *line_decide(const struct journal_line *line, struct worker *worker,
                               int32_t tenant, struct arena *arena, struct plan *plan)
{
    struct change change;
    bool ours = false;
    TRY(plan_again(line, tenant, arena, &change, &ours));
    TRY(change_raise_everywhere(worker_db(worker), &change));
    *plan = change.plan;
    return NULL;
}

const struct journal_reader access_journal = {line_about, line_decide};
