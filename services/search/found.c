/* Records as they are found: keys, the one order, cursors, and what a list leaves out. Pure. */
#include "services/search/room.h"

#define COLUMN(member, ...) FIELD_NAMED(struct found, record.member, #member, __VA_ARGS__)

const struct field found_fields[] = {COLUMN(package, REQUIRED),
                                     COLUMN(person, REQUIRED),
                                     COLUMN(shard, REQUIRED),
                                     COLUMN(part, REQUIRED),
                                     FIELD(struct found, number, REQUIRED),
                                     COLUMN(tenant, REQUIRED),
                                     COLUMN(type, REQUIRED),
                                     COLUMN(category, REQUIRED),
                                     COLUMN(status, REQUIRED),
                                     COLUMN(stage, REQUIRED),
                                     COLUMN(hold, REQUIRED),
                                     COLUMN(occurred_at, OPTIONAL),
                                     COLUMN(ended_at, OPTIONAL),
                                     COLUMN(documented_at, OPTIONAL),
                                     COLUMN(authored_at, OPTIONAL),
                                     COLUMN(signed_at, OPTIONAL),
                                     COLUMN(approved_for_patient, REQUIRED),
                                     COLUMN(protected_person, REQUIRED),
                                     COLUMN(restricted, REQUIRED),
                                     COLUMN(dissent, REQUIRED),
                                     COLUMN(path, OPTIONAL),
                                     COLUMN(offset, REQUIRED),
                                     COLUMN(length, REQUIRED),
                                     COLUMN(attachments, OPTIONAL),
                                     COLUMN(driver, OPTIONAL),
                                     COLUMN(row_offset, REQUIRED),
                                     COLUMN(row_length, REQUIRED),
                                     COLUMN(title, OPTIONAL),
                                     COLUMN(reference, OPTIONAL),
                                     COLUMN(belongs_to, OPTIONAL),
                                     COLUMN(author_id, OPTIONAL),
                                     COLUMN(author_name, OPTIONAL),
                                     COLUMN(author_role, OPTIONAL),
                                     COLUMN(unit_id, OPTIONAL),
                                     COLUMN(unit_name, OPTIONAL),
                                     COLUMN(unit, OPTIONAL),
                                     COLUMN(care_unit, OPTIONAL),
                                     COLUMN(care_provider, OPTIONAL),
                                     COLUMN(responsible_authority, OPTIONAL),
                                     COLUMN(archive_creator, OPTIONAL),
                                     COLUMN(source_system, REQUIRED),
                                     COLUMN(source_id, REQUIRED),
                                     COLUMN(version, OPTIONAL),
                                     COLUMN(predecessor, OPTIONAL),
                                     FIELD(struct found, content_hmac, REQUIRED),
                                     FIELD(struct found, received_at, REQUIRED),
                                     FIELD(struct found, test, REQUIRED),
                                     FIELDS_END};

/* --- keys and positions
 * ----------------------------------------------------------------------------- */

struct uuid found_person(const struct found *found)
{
    const struct record *r = &found->record;
    return uuid_equal(r->person, r->package) ? (struct uuid){0} : r->person;
}

struct found_key found_key(const struct found *found)
{
    const struct record *r = &found->record;
    return (struct found_key){r->package, r->shard, r->part, found->number};
}

struct found_key_text found_key_text(struct found_key key)
{
    struct found_key_text out;
    snprintf(out.text, sizeof out.text, "%s-%d-%d-%d", uuid_text(key.package).text, key.shard,
             key.part, key.number);
    return out;
}

static bool number_cut(struct str *rest, int64_t max, int32_t *out)
{
    struct str text = {0};
    int64_t number = 0;
    if (!str_cut(rest, '-', &text) || !str_to_i64(text, 0, max, &number))
        return false;
    *out = (int32_t)number;
    return true;
}

bool found_key_parse(struct str text, struct found_key *out)
{
    struct found_key key;
    struct str rest = str_slice(text, UUID_TEXT + 1, text.len);
    if (text.len <= UUID_TEXT || text.ptr[UUID_TEXT] != '-' ||
        !uuid_parse(str_slice(text, 0, UUID_TEXT), &key.package) || uuid_is_nil(key.package) ||
        !number_cut(&rest, PERSON_SHARDS - 1, &key.shard) ||
        !number_cut(&rest, INT32_MAX, &key.part) || !number_cut(&rest, INT32_MAX, &key.number) ||
        rest.ptr != NULL)
        return false;
    *out = key;
    return true;
}

struct position position_of(const struct found *found)
{
    return (struct position){found->record.occurred_at, found_key(found)};
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Written ascending, as PostgreSQL compares the same columns, and turned round. */
int position_compare(const struct position *a, const struct position *b)
{
    int by = order(a->at.known ? a->at.us : INT64_MIN, b->at.known ? b->at.us : INT64_MIN);
    if (by == 0)
        by = memcmp(a->key.package.bytes, b->key.package.bytes, sizeof a->key.package.bytes);
    if (by == 0)
        by = order(a->key.shard, b->key.shard);
    if (by == 0)
        by = order(a->key.part, b->key.part);
    if (by == 0)
        by = order(a->key.number, b->key.number);
    return -by;
}

/* --- cursors: both positions in hexadecimal
 * --------------------------------------------------------- */

struct packed_position {
    int64_t us; /* INT64_MIN: not known */
    struct uuid package;
    int32_t shard;
    int32_t part;
    int32_t number;
    int32_t zero;
};
_Static_assert(sizeof(struct packed_position) * 4 < sizeof(struct cursor_text), "two fit");

static struct packed_position pack(const struct position *p)
{
    return (struct packed_position){p->at.known ? p->at.us : INT64_MIN,
                                    p->key.package,
                                    p->key.shard,
                                    p->key.part,
                                    p->key.number,
                                    0};
}

static struct position unpack(const struct packed_position *p)
{
    return (struct position){{p->us == INT64_MIN ? 0 : p->us, p->us != INT64_MIN},
                             {p->package, p->shard, p->part, p->number}};
}

struct cursor_text cursor_print(const struct cursor *cursor)
{
    const struct packed_position both[2] = {pack(&cursor->window), pack(&cursor->after)};
    struct cursor_text out = {0};
    hex_encode((const uint8_t *)both, sizeof both, out.text);
    return out;
}

static bool in_range(const struct position *p)
{
    return (!p->at.known || (p->at.us >= POSITION_FIRST.us && p->at.us <= POSITION_LAST.us)) &&
           p->key.shard >= 0 && p->key.shard < PERSON_SHARDS && p->key.part >= 0 &&
           p->key.number >= 0;
}

bool cursor_parse(struct str text, struct cursor *out)
{
    struct packed_position both[2];
    if (!hex_decode(text, (uint8_t *)both, sizeof both))
        return false;
    const struct cursor cursor = {unpack(&both[0]), unpack(&both[1])};
    if (!in_range(&cursor.window) || !in_range(&cursor.after))
        return false;
    *out = cursor;
    return true;
}

/* --- what a list leaves out
 * ------------------------------------------------------------------------- */

static int compare_id(const struct found *a, const struct found *b)
{
    int by = str_compare(a->record.source_system, b->record.source_system);
    return by != 0 ? by : str_compare(a->record.source_id, b->record.source_id);
}

static int compare_times(struct instant a, struct instant b)
{
    return order(a.known ? a.us : INT64_MIN, b.known ? b.us : INT64_MIN);
}

/* Versions are text; two that are numbers are compared as numbers, "9" before "10". */
static int compare_version(struct str a, struct str b)
{
    int64_t first = 0;
    int64_t second = 0;
    if (str_to_i64(a, 0, INT64_MAX, &first) && str_to_i64(b, 0, INT64_MAX, &second))
        return order(first, second);
    return a.len == 0 || b.len == 0 ? 0 : str_compare(a, b);
}

/* Of one source id, the older first: by the source's own version, then by when it was written, then
 * by when it came here. */
static int compare_age(const struct found *a, const struct found *b)
{
    int by = compare_version(a->record.version, b->record.version);
    if (by == 0)
        by = compare_times(a->record.authored_at, b->record.authored_at);
    if (by == 0)
        by = compare_times(a->record.documented_at, b->record.documented_at);
    return by != 0 ? by : compare_times(a->received_at, b->received_at);
}

static int compare_rows(const void *a, const void *b)
{
    const struct found *first = *(const struct found *const *)a;
    const struct found *second = *(const struct found *const *)b;
    int by = compare_id(first, second);
    if (by == 0)
        by = compare_age(first, second);
    return by != 0 ? by : order(first < second ? 0 : 1, first < second ? 1 : 0);
}

static bool sent_again(const struct found *a, const struct found *b)
{
    return uuid_equal(a->content_hmac, b->content_hmac) &&
           str_equal(a->record.status, b->record.status);
}

/* Is there one with this source system and id? */
static const struct found *const *with_id(const struct found *const *sorted, size_t count,
                                          const struct found *wanted)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (compare_id(sorted[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && compare_id(sorted[low], wanted) == 0 ? &sorted[low] : NULL;
}

static bool is_nullified(const struct found *f)
{
    return str_equal(f->record.status, S("nullified"));
}

/* All of one source id, oldest first. */
static void hide_run(const struct found *const *run, size_t count, const struct found *base,
                     bool history, bool *hidden)
{
    for (size_t i = 0; i < count; i++) {
        bool old = i + 1 < count || is_nullified(run[i]);
        bool again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = sent_again(run[j], run[i]);
        hidden[run[i] - base] = again || (old && !history);
    }
    /* The latest is shown even when an older row has the same content. */
    if (!history && !is_nullified(run[count - 1]))
        hidden[run[count - 1] - base] = false;
}

static void hide_replaced(const struct found *const *sorted, size_t count, const struct found *base,
                          bool *hidden)
{
    for (size_t i = 0; i < count; i++) {
        struct found replaced = {.record = {.source_system = sorted[i]->record.source_system,
                                            .source_id = sorted[i]->record.predecessor}};
        if (replaced.record.source_id.len == 0 || is_nullified(sorted[i]) ||
            compare_id(&replaced, sorted[i]) == 0)
            continue;
        const struct found *const *at = with_id(sorted, count, &replaced);
        for (; at != NULL && at < sorted + count && compare_id(*at, &replaced) == 0; at++)
            hidden[*at - base] = true;
    }
}

void found_hide(const struct found *found, size_t count, bool history, struct arena *arena,
                bool *hidden)
{
    const struct found **sorted = ARENA_ARRAY(arena, const struct found *, count + 1);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &found[i];
    qsort(sorted, count, sizeof(struct found *), compare_rows);
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && compare_id(sorted[from], sorted[to]) == 0)
            to++;
        hide_run(sorted + from, to - from, found, history, hidden);
    }
    if (!history)
        hide_replaced(sorted, count, found, hidden);
}
