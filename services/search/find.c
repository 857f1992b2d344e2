/* POST /search/{type}. */
#include "services/search/room.h"

enum { PARAMETERS_MAX = 16 }; /* of the statements that find records */

struct search {
    struct disclosing d;
    struct question question;
    struct uuid person; /* the pseudonym that was asked for; nil: nobody in particular */
    bool asked;         /* about the person, of the national person service */
    struct found *found;
    size_t count;
    bool full; /* the window is: there may be more behind it */
    struct permission *decisions;
    /* The page: which are shown, by index. */
    size_t *shown;
    size_t shown_count;
    size_t allowed;
    size_t other_units;
    bool blocked;
    bool more;
    struct permission joined;
    struct permission needs; /* reasons of what could be opened by a choice */
};

static int by_position(const void *a, const void *b)
{
    const struct position one = position_of(a);
    const struct position two = position_of(b);
    return position_compare(&one, &two);
}

/* Of each of the person's identities as many as are asked for, all in one round trip; of all of
 * them the first. */
static struct err *find_of_person(struct request *request, const struct search *s,
                                  struct value *values, size_t count, struct rows *out)
{
    const struct rows *persons = &s->d.facts.persons;
    struct rows *each = ARENA_ARRAY(request->arena, struct rows, persons->count + 1);
    struct rows all = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    values[count + 2] = V(s->question.reference);
    values[count + 3] = V(s->question.text);
    for (size_t i = 0; i < persons->count; i++) {
        struct uuid person = ROW(struct known_person, *persons, i)->person;
        values[count] = V(person_shard(person));
        values[count + 1] = V(person);
        load_rows(load, &search_by_person, found_fields, sizeof(struct found), &each[i],
                  (struct values){values, count + 4});
    }
    TRY(load_run(load));
    for (size_t i = 0; i < persons->count; i++)
        all.count += each[i].count;
    struct found *found = ARENA_ARRAY(request->arena, struct found, all.count + 1);
    all = (struct rows){.at = found};
    for (size_t i = 0; i < persons->count; i++) {
        if (each[i].count > 0)
            memcpy(found + all.count, each[i].at, each[i].count * sizeof *found);
        all.count += each[i].count;
    }
    qsort(found, all.count, sizeof *found, by_position);
    *out = all;
    return NULL;
}

/* By the way in that what is asked for has. */
static struct err *find_of_anybody(struct request *request, const struct search *s,
                                   struct value *values, size_t count, struct rows *out)
{
    const struct question *q = &s->question;
    const struct sql *sql = &search_by_period;
    if (q->reference.len > 0) {
        sql = &search_by_reference;
        values[count++] = V(q->reference);
        values[count++] = V(q->text);
    } else if (q->text.len > 0) {
        sql = &search_by_text;
        values[count++] = V(q->text);
    } else { /* a period has both ends, or its index is of no use */
        values[3] = q->from.known ? V(q->from) : V(POSITION_FIRST);
        values[4] = q->until.known ? V(q->until) : V(POSITION_LAST);
    }
    return request_rows(request, sql, found_fields, sizeof(struct found), out,
                        (struct values){values, count});
}

static struct err *find_rows(struct request *request, struct search *s)
{
    const struct question *q = &s->question;
    const struct position *w = &q->cursor.window;
    struct rows rows = {0};
    struct value values[PARAMETERS_MAX] = {V(s->d.type->name),
                                           V(q->category),
                                           V(q->unit),
                                           V(q->from),
                                           V(q->until),
                                           V(w->at),
                                           V(w->key.package),
                                           V((int64_t)w->key.shard),
                                           V((int64_t)w->key.part),
                                           V((int64_t)w->key.number),
                                           V(WINDOW + 1)};
    const size_t filters = 11;
    TRY(uuid_is_nil(s->person) ? find_of_anybody(request, s, values, filters, &rows)
                               : find_of_person(request, s, values, filters, &rows));
    s->found = rows.at;
    s->full = rows.count > WINDOW;
    s->count = s->full ? WINDOW : rows.count;
    return NULL;
}

static int compare_uuid(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uuid));
}

/* Whom the records are about, each once. */
static struct uuids persons_found(const struct search *s, struct arena *arena)
{
    struct uuid *seeds = ARENA_ARRAY(arena, struct uuid, s->count + 1);
    size_t count = 0;
    size_t distinct = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!uuid_is_nil(found_person(&s->found[i])))
            seeds[count++] = found_person(&s->found[i]);
    qsort(seeds, count, sizeof *seeds, compare_uuid);
    for (size_t i = 0; i < count; i++)
        if (distinct == 0 || !uuid_equal(seeds[distinct - 1], seeds[i]))
            seeds[distinct++] = seeds[i];
    return (struct uuids){seeds, distinct};
}

/* What was decided for one record that is not left out. */
static void take(struct search *s, size_t i, bool later)
{
    const struct permission *p = &s->decisions[i];
    if (p->outcome == PERMISSION_ASK) {
        s->other_units++;
        s->needs.reasons |= p->reasons;
    }
    /* That there are blocked records may be told within a care provider; not what they are. */
    if (p->outcome == PERMISSION_DENY && p->reasons == 1ULL << REASON_BLOCK_INNER)
        s->blocked = true;
    if (p->outcome != PERMISSION_ALLOW)
        return;
    s->allowed++;
    if (!later)
        return;
    if (s->shown_count == s->question.limit) {
        s->more = true;
        return;
    }
    s->shown[s->shown_count++] = i;
    decide_join(&s->joined, p);
}

static void choose_page(struct search *s, struct arena *arena)
{
    const struct cursor *cursor = &s->question.cursor;
    bool *hidden = ARENA_ARRAY(arena, bool, s->count + 1);
    s->shown = ARENA_ARRAY(arena, size_t, s->question.limit);
    found_hide(s->found, s->count, s->question.history, arena, hidden);
    for (size_t i = 0; i < s->count; i++) {
        const struct position at = position_of(&s->found[i]);
        bool later =
            uuid_is_nil(cursor->after.key.package) || position_compare(&cursor->after, &at) < 0;
        if (!hidden[i])
            take(s, i, later);
    }
}

/* Of those shown, the keys of those that oblige to it (all, without an obligation). */
static int64_t write_keys(const struct search *s, unsigned obligation, struct buf *out)
{
    int64_t count = 0;
    buf_put(out, S("\"records\":["));
    for (size_t i = 0; i < s->shown_count; i++) {
        const struct permission *p = &s->decisions[s->shown[i]];
        const struct found_key_text key = found_key_text(found_key(&s->found[s->shown[i]]));
        if (obligation == 0 || (p->obligations & obligation) != 0)
            buf_format(out, "%s\"%s\"", count++ > 0 ? "," : "", key.text);
    }
    buf_put(out, S("]}"));
    return count;
}

/* Which records, and what was asked for without its values. */
static struct err *log_search(const struct request *request, struct batch *log,
                              const struct search *s)
{
    autobuf struct buf what = buf_new((size_t)1 << 20);
    struct disclosure told = {.person = s->person, .permission = &s->joined};
    told.action = s->question.intent.action;
    buf_format(&what, "{\"type\":\"%.*s\",\"filters\":%.*s,\"other_units\":%zu,",
               STR_ARG(s->d.type->name), STR_ARG(s->question.filters), s->other_units);
    told.records = write_keys(s, 0, &what);
    TRY(buf_done(&what, "the log row"));
    told.what = buf_str(&what);
    disclose_log(request, log, &s->d, &told);
    for (size_t i = 0; i < COUNT(logged_apart); i++) {
        if ((s->joined.obligations & logged_apart[i].obligation) == 0)
            continue;
        buf_clear(&what);
        buf_format(&what, "{\"type\":\"%.*s\",", STR_ARG(s->d.type->name));
        told.action = logged_apart[i].action;
        told.records = write_keys(s, logged_apart[i].obligation, &what);
        TRY(buf_done(&what, "the log row"));
        told.what = buf_str(&what);
        disclose_log(request, log, &s->d, &told);
    }
    return NULL;
}

static struct err *attempt_search(struct request *request, struct batch *log, void *state)
{
    struct search *s = state;
    const struct information_type *type = s->d.type;
    const struct shown *shown = s->d.shown;
    const struct instant today = {0};
    const bool asked_before = s->asked; /* once a request: it may take seconds */
    *s = (struct search){.d = {.type = type, .shown = shown}, .asked = asked_before};
    s->d.facts = FACTS_AT(request->now);
    TRY(subject_load(request, &s->d.subject));
    TRY(question_read(request, type, &s->d.subject, &s->question));
    s->d.intent = s->question.intent;
    const struct asked asked = {.tenant = request->tenant,
                                .subject = &s->d.subject.permission,
                                .type = type,
                                .intent = &s->d.intent,
                                .facts = &s->d.facts};
    TRY(decide_at_all(&asked, &s->joined));
    if (!identity_is_absent(&s->question.identity)) {
        struct str key = {0};
        TRY(worker_pseudonym_key(request->worker, request->tenant, request->arena, &key));
        s->person = person_pseudonym(key, &s->question.identity);
    }
    struct uuids seeds = {&s->person, uuid_is_nil(s->person) ? 0 : 1};
    if (seeds.count > 0)
        TRY(facts_first(request, seeds, today, NULL, 0, &s->d.facts));
    if (seeds.count > 0 && !asked_before) {
        s->asked = true;
        if (told_anew(request, s->d.subject.user, &s->question.identity, s->person, &s->d.facts)) {
            request->now = worker_now(request->worker);
            s->d.facts = FACTS_AT(request->now);
            TRY(facts_first(request, seeds, today, NULL, 0, &s->d.facts));
        }
    }
    TRY(find_rows(request, s));
    /* When nobody was named, whoever was found. */
    seeds = seeds.count > 0 ? (struct uuids){0} : persons_found(s, request->arena);
    TRY(facts_first(request, seeds, today, s->found, s->count, &s->d.facts));
    TRY(facts_read(request, &s->d.subject, s->found, s->count, &s->d.facts));
    s->decisions = ARENA_ARRAY(request->arena, struct permission, s->count + 1);
    decide_all(&asked, s->found, s->count, request->arena, s->decisions);
    choose_page(s, request->arena);
    return log_search(request, log, s);
}

static void write_next(const struct search *s, struct buf *out)
{
    struct cursor next = s->question.cursor;
    if (s->more) {
        next.after = position_of(&s->found[s->shown[s->shown_count - 1]]);
    } else if (s->full) {
        next.window = position_of(&s->found[s->count - 1]);
        next.after = next.window;
    } else {
        return;
    }
    buf_format(out, ",\"next\":\"%s\"", cursor_print(&next).text);
}

static void write_answer(const struct search *s, struct buf *out)
{
    buf_put(out, S("{\"records\":["));
    for (size_t i = 0; i < s->shown_count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        answer_record(&s->found[s->shown[i]], s->d.shown, false, &s->decisions[s->shown[i]], out);
    }
    bool first_window = uuid_is_nil(s->question.cursor.window.key.package);
    buf_format(out, "],\"count\":%zu,\"exact\":%s,\"other_units\":%zu,\"blocked\":%s", s->allowed,
               first_window && !s->full ? "true" : "false", s->other_units,
               s->blocked ? "true" : "false");
    if (s->other_units > 0) {
        buf_put(out, S(",\"needs\":\""));
        permission_print_reasons(&s->needs, out);
        buf_byte(out, '"');
    }
    write_next(s, out);
    buf_byte(out, '}');
}

struct err *search_find(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct search s = {0};
    TRY(search_type(request->house, http_param(&request->match, "type"), &s.d.type, &s.d.shown));
    TRY(disclose(request, attempt_search, &s));
    write_answer(&s, request->out);
    return NULL;
}
