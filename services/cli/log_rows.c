/* Rows of an extract against the leaves of the tree: what was removed, changed, inserted,
 * reordered, truncated or backdated, each by its leaf and its id. Rows and leaves are read side by
 * side, and only what does not fit is kept; what it is, is found by reading the leaves again. */
#include "log_sealed.h"

/* Rows are sealed in the order of their times, but for those that committed late. */
#define LATE_US (INT64_C(10) * 60 * 1000000)

enum { KEPT_MAX = LOG_FAULTS_TOLD, NOWHERE = -1 };

struct misfit { /* a row that is not its leaf's */
    int64_t leaf;
    struct uuid id;
    struct sha256 hash;
    bool is_removed;
    int64_t by_hash; /* the leaf that has this hash, or NOWHERE … */
    int64_t by_id;   /* … or this id */
};

/* Leaves [from, to) that no row came for. */
struct gap {
    int64_t from;
    int64_t to;
};

struct log_rows {
    const struct log_truth *truth;
    struct log_faults *faults;
    struct log_leaves *leaves;
    struct log_leaf at; /* the leaf told last … */
    int64_t number;     /* … its number, -1 before the first … */
    bool found;         /* … and whether its row came */
    bool cut;           /* there were fewer leaves than the truth has */
    int64_t right;
    int64_t removed;
    struct misfit *misfits;
    size_t count;
    size_t room;
    int64_t not_kept; /* of those that do not fit */
    struct gap *gaps;
    size_t gap_count;
    size_t gap_room;
    int64_t missing;
    struct instant newest;
};

struct log_rows *log_rows_new(const struct log_truth *truth, struct log_faults *faults)
{
    struct log_rows *rows = must_calloc(1, sizeof *rows);
    rows->truth = truth;
    rows->faults = faults;
    rows->leaves = log_leaves_new(truth);
    rows->number = -1;
    rows->found = true;
    return rows;
}

void log_rows_free(struct log_rows *rows)
{
    log_leaves_free(rows->leaves);
    free(rows->misfits);
    free(rows->gaps);
    free(rows);
}

/* --- side by side */

static void add_misfit(struct log_rows *rows, const struct log_told *told)
{
    if (rows->count == KEPT_MAX) {
        rows->not_kept++;
        return;
    }
    GROW(rows->misfits, rows->count, rows->room);
    rows->misfits[rows->count++] = (struct misfit){
        told->leaf, told->id, log_leaf(told->commitment), told->is_removed, NOWHERE, NOWHERE};
}

static void add_missing(struct log_rows *rows, int64_t leaf)
{
    rows->missing++;
    if (rows->gap_count > 0 && rows->gaps[rows->gap_count - 1].to == leaf) {
        rows->gaps[rows->gap_count - 1].to++;
    } else if (rows->gap_count < KEPT_MAX) {
        GROW(rows->gaps, rows->gap_count, rows->gap_room);
        rows->gaps[rows->gap_count++] = (struct gap){leaf, leaf + 1};
    }
}

static void next_leaf(struct log_rows *rows)
{
    if (!rows->found)
        add_missing(rows, rows->number);
    rows->number++;
    rows->found = false;
    if (!rows->cut && !log_leaves_next(rows->leaves, &rows->at))
        rows->cut = true;
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

static struct uuid_text id_text(struct uuid id)
{
    return uuid_is_nil(id) ? (struct uuid_text){"not known"} : uuid_text(id);
}

void log_rows_add(struct log_rows *rows, const struct log_told *told)
{
    bool in_order = told->leaf >= rows->number && told->leaf < rows->truth->size;
    while (in_order && rows->number < told->leaf)
        next_leaf(rows);
    if (!in_order || rows->found || !sha256_equal(rows->at.hash, log_leaf(told->commitment))) {
        add_misfit(rows, told);
        return;
    }
    rows->found = true;
    rows->right++;
    rows->removed += told->is_removed;
    if (!told->is_removed)
        check_time(rows, told);
    else if (!log_truth_has_decision(rows->truth, told->decision))
        log_fault(rows->faults, "leaf %lld, row %s: removed by no decision that the journal has",
                  (long long)told->leaf, id_text(rows->at.id).text);
}

/* --- what the misfits are */

/* One of them in a list that is sorted otherwise. */
struct place {
    struct misfit *misfit;
};

static int by_hash(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *two = b;
    return memcmp(&one->misfit->hash, &two->misfit->hash, sizeof one->misfit->hash);
}

static int by_id(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *two = b;
    return memcmp(&one->misfit->id, &two->misfit->id, sizeof one->misfit->id);
}

typedef int place_order(const void *, const void *);

static struct place *sorted(const struct log_rows *rows, place_order *order)
{
    struct place *all = must_calloc(rows->count + 1, sizeof *all);
    for (size_t i = 0; i < rows->count; i++)
        all[i].misfit = &rows->misfits[i];
    qsort(all, rows->count, sizeof *all, order);
    return all;
}

/* The first of those that are equal to what is wanted, or one behind the last. */
static size_t first_of(const struct place *all, size_t count, struct place wanted,
                       place_order *order)
{
    size_t from = 0;
    while (from < count) {
        size_t middle = from + (count - from) / 2;
        if (order(&all[middle], &wanted) < 0)
            from = middle + 1;
        else
            count = middle;
    }
    return from;
}

/* Which leaves have the misfits' hashes and ids. */
static void place_misfits(struct log_rows *rows)
{
    autofree struct place *hashes = sorted(rows, by_hash);
    autofree struct place *ids = sorted(rows, by_id);
    struct log_leaves *leaves = log_leaves_new(rows->truth);
    struct log_leaf leaf;
    for (int64_t number = 0; log_leaves_next(leaves, &leaf); number++) {
        struct misfit like = {.hash = leaf.hash, .id = leaf.id};
        const struct place wanted = {&like};
        for (size_t i = first_of(hashes, rows->count, wanted, by_hash);
             i < rows->count && by_hash(&hashes[i], &wanted) == 0; i++)
            hashes[i].misfit->by_hash = number;
        for (size_t i = first_of(ids, rows->count, wanted, by_id);
             !uuid_is_nil(leaf.id) && i < rows->count && by_id(&ids[i], &wanted) == 0; i++)
            ids[i].misfit->by_id = number;
    }
    log_leaves_free(leaves);
}

/* Is it one of the leaves that no row came for? */
static bool is_missing(const struct log_rows *rows, int64_t leaf)
{
    size_t from = 0;
    size_t to = rows->gap_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (rows->gaps[middle].to <= leaf)
            from = middle + 1;
        else
            to = middle;
    }
    return from < rows->gap_count && rows->gaps[from].from <= leaf;
}

/* Names it. Returns the leaf that it explains the lack of, or NOWHERE. */
static int64_t name_misfit(struct log_rows *rows, const struct misfit *m)
{
    const long long leaf = m->leaf;
    const struct uuid_text text = uuid_text(m->id);
    const char *id = text.text;
    if (m->is_removed) {
        log_fault(rows->faults, "leaf %lld: said to be removed by decision, and is another's",
                  leaf);
        return NOWHERE;
    }
    if (m->by_hash == m->leaf) {
        bool late = is_missing(rows, m->leaf);
        log_fault(rows->faults,
                  late ? "leaf %lld, row %s: out of order: it stands behind rows of later leaves"
                       : "leaf %lld, row %s: inserted: told twice",
                  leaf, id);
        return late ? m->leaf : NOWHERE;
    }
    if (m->by_hash != NOWHERE)
        log_fault(rows->faults, "leaf %lld, row %s: reordered: it belongs at leaf %lld", leaf, id,
                  (long long)m->by_hash);
    else if (m->by_id == m->leaf)
        log_fault(rows->faults, "leaf %lld, row %s: changed", leaf, id);
    else if (m->by_id != NOWHERE)
        log_fault(rows->faults,
                  "leaf %lld, row %s: changed, and reordered: it belongs at leaf %lld", leaf, id,
                  (long long)m->by_id);
    else
        log_fault(rows->faults, "leaf %lld, row %s: inserted: no leaf is its own", leaf, id);
    return m->by_hash != NOWHERE ? m->by_hash : m->by_id;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *one = a;
    const int64_t *two = b;
    return (*one > *two) - (*one < *two);
}

/* Names all; the missing leaves that they explain, sorted, each once, to be freed. */
static int64_t *name_misfits(struct log_rows *rows, size_t *out_count)
{
    int64_t *explained = must_calloc(rows->count + 1, sizeof *explained);
    size_t count = 0;
    *out_count = 0;
    if (rows->count > 0)
        place_misfits(rows);
    for (size_t i = 0; i < rows->count; i++) {
        int64_t leaf = name_misfit(rows, &rows->misfits[i]);
        if (leaf != NOWHERE && is_missing(rows, leaf))
            explained[count++] = leaf;
    }
    qsort(explained, count, sizeof *explained, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || explained[i] != explained[i - 1])
            explained[(*out_count)++] = explained[i];
    return explained;
}

/* --- what is missing */

static void name_truncated(const struct log_rows *rows, const int64_t *explained, size_t count)
{
    const struct gap *last = rows->gap_count > 0 ? &rows->gaps[rows->gap_count - 1] : NULL;
    const int64_t size = rows->truth->size;
    if (last == NULL || last->to != size)
        return;
    int64_t end =
        count > 0 && explained[count - 1] >= last->from ? explained[count - 1] + 1 : last->from;
    if (end < size)
        log_fault(rows->faults,
                  "leaves %lld to %lld: truncated: the log has rows to leaf %lld only",
                  (long long)end, (long long)size - 1, (long long)end - 1);
}

static void name_missing(struct log_rows *rows, const int64_t *explained, size_t count)
{
    int64_t left = rows->missing - (int64_t)count;
    struct log_leaves *leaves = log_leaves_new(rows->truth);
    struct log_leaf leaf;
    size_t gap = 0;
    size_t next = 0;
    for (int64_t number = 0; left > 0 && rows->faults->count < LOG_FAULTS_TOLD; number++) {
        while (gap < rows->gap_count && rows->gaps[gap].to <= number)
            gap++;
        if (gap == rows->gap_count || !log_leaves_next(leaves, &leaf))
            break;
        bool is_explained = next < count && explained[next] == number;
        next += is_explained;
        if (is_explained || number < rows->gaps[gap].from)
            continue;
        log_fault(rows->faults, "leaf %lld, row %s: removed", (long long)number,
                  id_text(leaf.id).text);
        left--;
    }
    log_leaves_free(leaves);
    log_faults_more(rows->faults, left);
}

struct err *log_rows_end(struct log_rows *rows, int64_t *out_right, int64_t *out_removed)
{
    size_t count;
    while (rows->number < rows->truth->size - 1)
        next_leaf(rows);
    if (!rows->found)
        add_missing(rows, rows->number);
    if (rows->cut)
        return err_new(ERR_STORAGE, "the journal was changed while it was read");
    if (rows->not_kept > 0)
        log_fault(rows->faults, "so much does not fit that what is missing is not told");
    autofree int64_t *explained = name_misfits(rows, &count);
    log_faults_more(rows->faults, rows->not_kept);
    if (rows->not_kept == 0) {
        name_truncated(rows, explained, count);
        name_missing(rows, explained, count);
    }
    *out_right = rows->right;
    *out_removed = rows->removed;
    return NULL;
}
