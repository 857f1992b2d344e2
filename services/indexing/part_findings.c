/* What is wrong or odd in the files that tell of records, on its way into the plan. */
#include "base/base.h"
#include "services/indexing/room.h"
#include "text/json.h"

/* A thousand findings at their longest. */
enum { FINDINGS_BYTES_MAX = 4 * 1024 * 1024 };

struct finding_row {
    int64_t place;
    int64_t row_number;
    struct str column_name;
    struct str rule;
    struct str why;
    bool unreadable;
};
static const struct field finding_fields[] = {FIELD(struct finding_row, place, REQUIRED),
                                              FIELD(struct finding_row, row_number, OPTIONAL),
                                              FIELD(struct finding_row, column_name, OPTIONAL),
                                              FIELD(struct finding_row, rule, REQUIRED),
                                              FIELD(struct finding_row, why, REQUIRED),
                                              FIELD(struct finding_row, unreadable, REQUIRED),
                                              FIELDS_END};

struct part_findings part_findings_new(void)
{
    return (struct part_findings){.rows = buf_new(FINDINGS_BYTES_MAX)};
}

void part_findings_free(struct part_findings *findings)
{
    buf_free(&findings->rows);
}

void part_findings_add(struct part_findings *findings, int64_t place, const struct finding *finding,
                       bool unreadable)
{
    if (findings->count == FINDINGS_KEPT)
        return;
    const struct finding_row row = {.place = place,
                                    .row_number = finding->row,
                                    .column_name = finding->column,
                                    .rule = str_from(finding->rule),
                                    .why = str_from(finding->why),
                                    .unreadable = unreadable};
    buf_byte(&findings->rows, findings->count++ == 0 ? '[' : ',');
    json_write(finding_fields, &row, &findings->rows);
}

void part_findings_add_item(struct part_findings *findings, int64_t place, const struct item *item,
                            bool unreadable)
{
    for (size_t i = 0; i < item->finding_count; i++)
        part_findings_add(findings, place, &item->findings[i], unreadable);
}

void part_findings_add_file(struct part_findings *findings, int64_t place, const struct err *e)
{
    const struct finding finding = {.rule = "bad_file", .why = e->detail};
    part_findings_add(findings, place, &finding, true);
}

struct err *part_findings_plan(struct part_findings *findings, struct plan *plan,
                               struct uuid package, int32_t part)
{
    if (findings->count == 0)
        return NULL;
    buf_byte(&findings->rows, ']');
    TRY(buf_done(&findings->rows, "the findings of a part"));
    const struct json_text rows = {arena_str(plan->arena, buf_str(&findings->rows))};
    PLAN_SQL(plan, &indexing_insert_findings, V(package), V(part), V(rows));
    return NULL;
}
