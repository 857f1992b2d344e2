/* Rows of an extract against the leaves of the tree: what was removed, changed, inserted,
 * reordered, truncated or backdated, each by its leaf and its id. */
#include "log_sealed.h"

/* Rows are sealed in the order of their times, but for those that committed late. */
#define LATE_US (INT64_C(10) * 60 * 1000000)

enum { NOT_SEEN, SEEN, REMOVED, EXPLAINED };

struct stranger { /* a row that is not its leaf's */
    int64_t leaf;
    struct uuid id;
    struct sha256 hash;
    bool is_removed;
};

struct log_rows {
    const struct log_truth *truth;
    struct log_faults *faults;
    uint8_t *state; /* of each leaf */
    int64_t right;
    int64_t removed;
    struct stranger *strangers;
    size_t count;
    size_t room;
    struct instant newest;
};

struct log_rows *log_rows_new(const struct log_truth *truth, struct log_faults *faults)
{
    struct log_rows *rows = must_calloc(1, sizeof *rows);
    rows->truth = truth;
    rows->faults = faults;
    rows->state = must_calloc((size_t)truth->size + 1, 1);
    return rows;
}

void log_rows_free(struct log_rows *rows)
{
    free(rows->state);
    free(rows->strangers);
    free(rows);
}

static void add_stranger(struct log_rows *rows, const struct log_told *told)
{
    if (rows->count == rows->room) {
        rows->room = rows->room == 0 ? 256 : 2 * rows->room;
        rows->strangers = must_realloc(rows->strangers, rows->room * sizeof(struct stranger));
    }
    rows->strangers[rows->count++] =
        (struct stranger){told->leaf, told->id, log_leaf(told->commitment), told->is_removed};
}

static void check_time(struct log_rows *rows, const struct log_told *told)
{
    if (rows->newest.known && told->at.us < rows->newest.us - LATE_US) {
        char at[INSTANT_TEXT];
        instant_print(told->at, at);
        log_fault(rows->faults,
                  "leaf %lld, row %s: backdated: it says %s, and stands behind rows that are later",
                  (long long)told->leaf, uuid_text(told->id).text, at);
        return;
    }
    if (!rows->newest.known || instant_before(rows->newest, told->at))
        rows->newest = told->at;
}

void log_rows_add(struct log_rows *rows, const struct log_told *told)
{
    const struct log_truth *truth = rows->truth;
    if (told->leaf >= truth->size || rows->state[told->leaf] != NOT_SEEN ||
        !sha256_equal(truth->leaves[told->leaf], log_leaf(told->commitment))) {
        add_stranger(rows, told);
        return;
    }
    rows->state[told->leaf] = told->is_removed ? REMOVED : SEEN;
    rows->right++;
    rows->removed += told->is_removed;
    if (!told->is_removed)
        check_time(rows, told);
    else if (!log_truth_has_decision(truth, told->decision))
        log_fault(rows->faults, "leaf %lld, row %s: removed by no decision that the journal has",
                  (long long)told->leaf,
                  uuid_is_nil(truth->ids[told->leaf]) ? "not known"
                                                      : uuid_text(truth->ids[told->leaf]).text);
}

/* --- what the strangers are */

struct place {
    const struct sha256 *hash;
    const struct uuid *id;
};

static int by_hash(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *two = b;
    return memcmp(one->hash, two->hash, sizeof *one->hash);
}

static int by_id(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *two = b;
    return memcmp(one->id, two->id, sizeof *one->id);
}

/* All leaves, in the order of their hashes or ids. */
static struct place *sorted(const struct log_truth *truth, int (*order)(const void *, const void *))
{
    struct place *places = must_calloc((size_t)truth->size + 1, sizeof *places);
    for (int64_t i = 0; i < truth->size; i++)
        places[i] = (struct place){&truth->leaves[i], &truth->ids[i]};
    qsort(places, (size_t)truth->size, sizeof *places, order);
    return places;
}

/* Where it belongs, or -1. */
static int64_t find(const struct log_truth *truth, const struct place *places, struct place wanted,
                    int (*order)(const void *, const void *))
{
    const struct place *found =
        bsearch(&wanted, places, (size_t)truth->size, sizeof *places, order);
    return found != NULL ? found->hash - truth->leaves : -1;
}

static void explain(struct log_rows *rows, int64_t leaf)
{
    if (rows->state[leaf] == NOT_SEEN)
        rows->state[leaf] = EXPLAINED;
}

static void name_stranger(struct log_rows *rows, const struct stranger *s, int64_t by_its_hash,
                          int64_t by_its_id)
{
    const char *id = uuid_text(s->id).text;
    char text[UUID_TEXT + 1];
    snprintf(text, sizeof text, "%s", id);
    if (s->is_removed) {
        log_fault(rows->faults, "leaf %lld: said to be removed by decision, and is another's",
                  (long long)s->leaf);
    } else if (by_its_hash >= 0 && by_its_hash != s->leaf) {
        explain(rows, by_its_hash);
        log_fault(rows->faults, "leaf %lld, row %s: reordered: it belongs at leaf %lld",
                  (long long)s->leaf, text, (long long)by_its_hash);
    } else if (by_its_hash >= 0) {
        log_fault(rows->faults, "leaf %lld, row %s: inserted: told twice", (long long)s->leaf,
                  text);
    } else if (by_its_id == s->leaf) {
        explain(rows, s->leaf);
        log_fault(rows->faults, "leaf %lld, row %s: changed", (long long)s->leaf, text);
    } else if (by_its_id >= 0) {
        explain(rows, by_its_id);
        log_fault(rows->faults,
                  "leaf %lld, row %s: changed, and reordered: it belongs at leaf %lld",
                  (long long)s->leaf, text, (long long)by_its_id);
    } else {
        log_fault(rows->faults, "leaf %lld, row %s: inserted: no leaf is its own",
                  (long long)s->leaf, text);
    }
}

static void name_strangers(struct log_rows *rows)
{
    const struct log_truth *truth = rows->truth;
    if (rows->count == 0)
        return;
    autofree struct place *hashes = sorted(truth, by_hash);
    autofree struct place *ids = sorted(truth, by_id);
    for (size_t i = 0; i < rows->count; i++) {
        const struct stranger *s = &rows->strangers[i];
        const struct place wanted = {&s->hash, &s->id};
        int64_t id_at = uuid_is_nil(s->id) ? -1 : find(truth, ids, wanted, by_id);
        name_stranger(rows, s, find(truth, hashes, wanted, by_hash), id_at);
    }
}

/* --- what is missing */

static void name_missing(struct log_rows *rows)
{
    const struct log_truth *truth = rows->truth;
    int64_t end = truth->size;
    while (end > 0 && rows->state[end - 1] == NOT_SEEN)
        end--;
    if (end < truth->size)
        log_fault(rows->faults,
                  "leaves %lld to %lld: truncated: the log has rows to leaf %lld only",
                  (long long)end, (long long)truth->size - 1, (long long)end - 1);
    for (int64_t i = 0; i < truth->size; i++)
        if (rows->state[i] == NOT_SEEN)
            log_fault(rows->faults, "leaf %lld, row %s: removed", (long long)i,
                      uuid_is_nil(truth->ids[i]) ? "not known" : uuid_text(truth->ids[i]).text);
}

int64_t log_rows_end(struct log_rows *rows, int64_t *out_removed)
{
    name_strangers(rows);
    name_missing(rows);
    *out_removed = rows->removed;
    return rows->right;
}
