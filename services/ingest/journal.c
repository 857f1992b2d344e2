/* Decisions in the tenant's journal: their lines, and carrying out a line whose row is missing (S19
 * in libcommon/README.md). A note in an archivist's own words is not in the journal, so a decision
 * that is carried out by its line has none. */
#include "services/ingest/acceptance.h"
#include "text/json.h"

struct line {
    struct str what;
    struct uuid delivery;
    struct uuid package;
    struct uuid about;
    struct str by; /* a user's id, or "agreement" */
    struct str reason;
    struct instant at;
};
static const struct field line_fields[] = {
    FIELD(struct line, what, REQUIRED),    FIELD(struct line, delivery, REQUIRED),
    FIELD(struct line, package, REQUIRED), FIELD(struct line, about, OPTIONAL),
    FIELD(struct line, by, REQUIRED),      FIELD(struct line, reason, OPTIONAL),
    FIELD(struct line, at, REQUIRED),      FIELDS_END};

void plan_decision_line(struct plan *plan, const char *what, const struct delivery *d,
                        struct uuid about, const struct decided *decided)
{
    autobuf struct buf text = buf_new(4096);
    struct uuid_text by = uuid_text(decided->by);
    const struct line line = {.what = str_from(what),
                              .delivery = d->id,
                              .package = d->package,
                              .about = about,
                              .by = uuid_is_nil(decided->by) ? S("agreement") : str_from(by.text),
                              .reason = decided->reason,
                              .at = decided->at};
    json_write(line_fields, &line, &text);
    plan_journal(plan, UUID_FROM(str_from(what), str_from(uuid_text(d->id).text)), buf_str(&text));
}

/* --- again
 * ------------------------------------------------------------------------------------------ */

/* Of which the line is told by its first member: other rooms write in the same journal. */
struct kind {
    struct str what;
};
static const struct field kind_fields[] = {FIELD(struct kind, what, OPTIONAL), FIELDS_END};

static bool is(const struct line *line, const char *what)
{
    return str_equal(line->what, str_from(what));
}

/* Absent for a line that is not this room's. */
static struct err *read_line(const struct journal_line *line, struct arena *arena, struct line *out)
{
    struct kind kind = {0};
    *out = (struct line){0};
    TRY(json_read(line->entry, kind_fields, JSON_IGNORE_UNKNOWN, "", arena, &kind));
    if (!str_equal(kind.what, S("accepted")) && !str_equal(kind.what, S("returned")) &&
        !str_equal(kind.what, S("discarded")))
        return NULL;
    return json_read(line->entry, line_fields, JSON_IGNORE_UNKNOWN, "", arena, out);
}

/* A delivery is accepted or returned, once: of two such lines the first never became a row. */
static struct err *line_about(const struct journal_line *text, struct arena *arena,
                              struct uuid *out_about)
{
    struct line line;
    TRY(read_line(text, arena, &line));
    if (line.what.ptr != NULL)
        *out_about = UUID_FROM(is(&line, "discarded") ? S("discarded") : S("decided"),
                               str_from(uuid_text(line.delivery).text));
    return NULL;
}

static struct err *discard_again(struct plan *plan, const struct line *line,
                                 const struct delivery *d)
{
    bool test = str_equal(d->record_status, S("TEST"));
    if (d->discarded_at.known)
        return NULL;
    if (d->accepted_at.known || (!d->rejected_at.known && !d->returned_at.known && !test))
        return err_rule(ERR_CONFLICT, "not_discardable",
                        "the delivery is neither rejected, returned nor a test");
    plan_discarded(plan, d, line->at);
    return NULL;
}

static struct err *accept_again(struct plan *plan, struct str tenant, const struct line *line,
                                struct delivery *d, const struct current *current,
                                const struct decided *decided)
{
    struct uuid about = current != NULL ? current->id : (struct uuid){0};
    if (!uuid_equal(about, line->about))
        return err_rule(ERR_CONFLICT, "objid_not_current",
                        "another package has the OBJID than when it was accepted");
    plan_accepted(plan, tenant, d, current, decided);
    return NULL;
}

static struct err *decide_again(struct plan *plan, struct str tenant, const struct line *line,
                                struct delivery *d, const struct current *current)
{
    struct decided decided = {.reason = line->reason, .at = line->at};
    bool accepts = is(line, "accepted");
    struct instant stored_at = d->stored_at;
    if (accepts ? d->accepted_at.known : d->returned_at.known)
        return NULL;
    bool by_agreement = str_equal(line->by, S("agreement"));
    if (!by_agreement && !uuid_parse(line->by, &decided.by))
        return err_field(ERR_INVALID, "by", "neither a user's id nor \"agreement\"");
    if (accepts && by_agreement && !d->validated_at.known && !d->rejected_at.known)
        return err_new(ERR_PRECONDITION, "it is accepted with its validation, which comes again");
    /* It was stored when it was decided; a restored catalogue may learn that after this. */
    d->stored_at = line->at;
    TRY(decision_refusal(accepts ? DECISION_ACCEPT : DECISION_RETURN, d, current));
    d->stored_at = stored_at;
    if (accepts)
        return accept_again(plan, tenant, line, d, current, &decided);
    plan_returned(plan, tenant, d, &decided);
    return NULL;
}

struct err *plan_line_again(struct plan *plan, struct str tenant, const struct journal_line *text,
                            const struct delivery *delivery, const struct current *current)
{
    struct line line;
    TRY(read_line(text, plan->arena, &line));
    if (delivery == NULL)
        return err_new(ERR_NOT_FOUND, "there is no delivery %s", uuid_text(line.delivery).text);
    struct delivery d = *delivery;
    return is(&line, "discarded") ? discard_again(plan, &line, &d)
                                  : decide_again(plan, tenant, &line, &d, current);
}

static struct err *line_decide(const struct journal_line *text, struct worker *worker,
                               int32_t tenant, struct arena *arena, struct plan *plan)
{
    struct line line;
    struct str name = {0};
    struct rows delivery = {0};
    struct rows current = {0};
    TRY(read_line(text, arena, &line));
    TRY(worker_tenant(worker, tenant, &name));
    struct load *load = load_new(worker_db(worker), tenant, arena);
    LOAD(load, &ingest_select_delivery, delivery_fields, struct delivery, &delivery,
         V(line.delivery));
    LOAD(load, &ingest_select_current, current_fields, struct current, &current, V(line.delivery));
    TRY(load_run(load));
    return plan_line_again(plan, name, text,
                           delivery.count > 0 ? ROW(struct delivery, delivery, 0) : NULL,
                           current.count > 0 ? ROW(struct current, current, 0) : NULL);
}

const struct journal_reader ingest_journal = {line_about, line_decide};
