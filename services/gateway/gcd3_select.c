/* GetCareDocumentation 3.0: which records answer a question. */
#include "gcd3.h"

#include "base/base.h"
#include "gcd3_write.h"

/* The first of them that is known. */
static struct instant first_known(struct instant a, struct instant b, struct instant c)
{
    if (a.known)
        return a;
    return b.known ? b : c;
}

/* TimeStampType has the years 1900 to 2099 only; both bounds are midnight in Sweden (UTC+1). */
static bool write_time(struct instant at, char out[15])
{
    static const int64_t first = INT64_C(-2208992400) * 1000000;
    static const int64_t end = INT64_C(4102441200) * 1000000;
    if (!at.known || at.us < first || at.us >= end)
        return false;
    instant_to_swedish(at, out);
    return true;
}

bool gcd3_times(const struct record *record, struct gcd3_times *out)
{
    struct gcd3_times times = {0};
    struct instant documented =
        first_known(record->documented_at, record->authored_at, record->occurred_at);
    struct instant event =
        first_known(record->occurred_at, record->documented_at, record->authored_at);
    if (!write_time(documented.known ? documented : record->signed_at, times.record) ||
        !write_time(event.known ? event : record->signed_at, times.block))
        return false;
    /* An author must have a time; the document's own is when it was written. */
    bool author =
        record->authored_at.known || record->author_name.len > 0 || record->author_id.len > 0;
    if (author &&
        !write_time(record->authored_at.known ? record->authored_at : documented, times.author))
        return false;
    if (record->signed_at.known && !write_time(record->signed_at, times.signature))
        return false;
    *out = times;
    return true;
}

/* Times are cut to dates before they are compared; the period includes both its ends. */
bool gcd3_in_period(const struct gcd3_question *question, struct str time)
{
    struct str date = str_slice(time, 0, 8);
    return date.len == 8 && str_compare(question->period_start, date) <= 0 &&
           str_compare(date, question->period_end) <= 0;
}

bool gcd3_row_in_period(const struct gcd3_question *question, const struct gcd3_times *times)
{
    return question->period_start.len == 0 || gcd3_in_period(question, str_from(times->record)) ||
           gcd3_in_period(question, str_from(times->author)) ||
           gcd3_in_period(question, str_from(times->signature));
}

/* None given: no filter. Identifiers are compared by what the row has, an HSA-id or an organisation
 * number. */
static bool any_is(const struct iis *wanted, struct str value)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct ii *id = &wanted->at[i];
        bool root = str_equal(id->root, OID_HSA) || str_equal(id->root, OID_ORGANISATION);
        if (root && id->extension.len > 0 && str_equal_nocase(id->extension, value))
            return true;
    }
    return wanted->count == 0;
}

struct candidate {
    const struct record *record;
    struct gcd3_times times;
};

/* Delivered with no care unit, and of a unit that is in none: then the unit itself. */
static struct str care_unit_of(const struct record *record)
{
    return record->care_unit.len > 0 ? record->care_unit : record->unit;
}

static bool answers(const struct gcd3_question *q, const struct candidate *c)
{
    if (!any_is(&q->care_units, care_unit_of(c->record)) ||
        !any_is(&q->healthcare_providers, c->record->care_provider))
        return false;
    return c->record->dissent || gcd3_row_in_period(q, &c->times);
}

/* --- versions
 * --------------------------------------------------------------------------------------- */

static int compare_versions(struct str a, struct str b)
{
    int64_t left = 0;
    int64_t right = 0;
    if (str_to_i64(a, 0, INT64_MAX, &left) && str_to_i64(b, 0, INT64_MAX, &right))
        return (left > right) - (left < right);
    return str_compare(a, b);
}

static int compare_instants(struct instant a, struct instant b)
{
    return instant_before(a, b) || (b.known && !a.known)
               ? -1
               : instant_before(b, a) || (a.known && !b.known);
}

/* "unsigned" < "signed" < "corrected" < "nullified": how far a record has come when nothing else
 * tells. */
static int rank(struct str status)
{
    for (int i = 0; record_statuses[i] != NULL; i++)
        if (str_equal(status, str_from(record_statuses[i])))
            return i + 1;
    return 0;
}

/* By id, the newest version of it first. */
static int by_id(const void *left, const void *right)
{
    const struct record *a = *(const struct record *const *)left;
    const struct record *b = *(const struct record *const *)right;
    int order = str_compare(a->source_id, b->source_id);
    if (order == 0)
        order = compare_versions(b->version, a->version);
    if (order == 0)
        order = rank(b->status) - rank(a->status);
    if (order == 0)
        order = compare_instants(b->documented_at, a->documented_at);
    return order != 0 ? order : memcmp(b->id.bytes, a->id.bytes, sizeof(a->id.bytes));
}

/* Rows sorted by by_id: leaves the first of each id. A row without an id of its own stands for
 * itself. */
static size_t newest_of_each(const struct record **rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || rows[i]->source_id.len == 0 ||
            !str_equal(rows[kept - 1]->source_id, rows[i]->source_id))
            rows[kept++] = rows[i];
    return kept;
}

static int by_text(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

/* The ids that other records say they replace, sorted. */
static struct str *replaced_ids(const struct record *const *rows, size_t count, struct arena *arena,
                                size_t *out_count)
{
    struct str *ids = ARENA_ARRAY(arena, struct str, count + 1);
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i]->predecessor.len > 0 && !str_equal(rows[i]->predecessor, rows[i]->source_id))
            ids[found++] = rows[i]->predecessor;
    qsort(ids, found, sizeof(*ids), by_text);
    *out_count = found;
    return ids;
}

/* --- order
 * ------------------------------------------------------------------------------------------ */

static int compare_places(const char *time, const struct uuid *id, const char *other_time,
                          const struct uuid *other)
{
    int order = strcmp(other_time, time);
    return order != 0 ? order : memcmp(other->bytes, id->bytes, sizeof(id->bytes));
}

static int newest_first(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    return compare_places(a->times.record, &a->record->id, b->times.record, &b->record->id);
}

static bool is_after(const struct candidate *c, const struct gcd3_place *place)
{
    return !place->given ||
           compare_places(c->times.record, &c->record->id, place->time, &place->id) > 0;
}

struct gcd3_selection gcd3_select(const struct gcd3_question *question, const struct record *rows,
                                  size_t count, struct arena *arena)
{
    const struct record **current = ARENA_ARRAY(arena, const struct record *, count + 1);
    for (size_t i = 0; i < count; i++)
        current[i] = &rows[i];
    qsort(current, count, sizeof(struct record *), by_id);
    count = newest_of_each(current, count);
    size_t replaced_count = 0;
    struct str *replaced = replaced_ids(current, count, arena, &replaced_count);

    struct candidate *candidates = ARENA_ARRAY(arena, struct candidate, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct candidate c = {.record = current[i]};
        struct str id = c.record->source_id;
        bool gone =
            str_equal(c.record->status, S("nullified")) ||
            (id.len > 0 && bsearch(&id, replaced, replaced_count, sizeof(id), by_text) != NULL);
        if (!gone && gcd3_times(c.record, &c.times) && answers(question, &c) &&
            is_after(&c, &question->after))
            candidates[kept++] = c;
    }
    qsort(candidates, kept, sizeof(*candidates), newest_first);
    for (size_t i = 0; i < kept; i++)
        current[i] = candidates[i].record;
    return (struct gcd3_selection){current, kept};
}
