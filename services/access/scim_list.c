/* Lists of SCIM's resources: filtered, sorted, in pages (RFC 7644 3.4.2). */
#include "services/access/scim.h"

struct list_ask {
    struct str filter;
    struct str sort_by;
    struct str sort_order;
    struct str attributes;
    struct str excluded;
    int64_t start; /* counted from 1 */
    int64_t count; /* resources wanted */
};

/* What the answer is made of: some of the matches, and how many there are. */
struct listing {
    struct scim_found found;
    size_t capacity;
    size_t looked_at; /* values */
    int64_t total;
};

static bool wants_several(enum scim_kind kind, const struct list_ask *ask)
{
    const struct scim_selection selection = scim_select(kind, ask->attributes, ask->excluded);
    uint64_t bit = (uint64_t)1 << (kind == SCIM_USER ? SCIM_GROUP_VALUE : SCIM_MEMBER_VALUE);
    return (selection.only == 0 || (selection.only & bit) != 0) && (selection.without & bit) == 0;
}

static void keep(struct listing *listing, const struct scim_stored *one, struct arena *arena)
{
    struct scim_found *found = &listing->found;
    if (found->count == listing->capacity) {
        size_t capacity = listing->capacity == 0 ? 64 : listing->capacity * 2;
        struct scim_stored *more = ARENA_ARRAY(arena, struct scim_stored, capacity);
        if (found->count > 0)
            memcpy(more, found->at, found->count * sizeof *more);
        found->at = more;
        listing->capacity = capacity;
    }
    found->at[found->count++] = *one;
}

/* A filter that says which one it seeks is asked of that one alone. */
static void narrow(enum scim_kind kind, const struct scim_filter *filter, struct arena *arena,
                   struct scim_query *query)
{
    struct uuid id;
    if (uuid_parse(scim_filter_needs(filter, SCIM_ID), &id))
        query->id = id;
    query->external_id = scim_filter_needs(filter, SCIM_EXTERNAL_ID);
    if (kind == SCIM_USER) {
        query->name = scim_login(scim_filter_needs(filter, SCIM_USER_NAME), arena);
        query->employee_number = scim_filter_needs(filter, SCIM_EMPLOYEE_NUMBER);
    }
}

/* Page after page, asked here. */
static struct err *scan(struct scim_ask *ask, enum scim_kind kind, struct scim_query query,
                        const struct scim_filter *filter, struct listing *listing)
{
    struct scim_found page = {0};
    query.limit = SCIM_PAGE;
    do {
        TRY(scim_kept(kind)->load(ask, &query, &page));
        for (size_t i = 0; i < page.count; i++) {
            listing->looked_at += page.at[i].resource.count;
            if (filter == NULL || scim_filter_matches(filter, &page.at[i].resource))
                keep(listing, &page.at[i], ask->request->arena);
        }
        query.offset += (int64_t)page.count;
        if (listing->looked_at > SCIM_SCAN_MAX)
            return err_rule(ERR_INVALID, "tooMany",
                            "too much to look through: name one by its"
                            " userName, externalId or id");
    } while (page.count == SCIM_PAGE);
    return NULL;
}

static struct err *gather(struct scim_ask *ask, enum scim_kind kind, const struct list_ask *list,
                          struct listing *listing)
{
    const struct scim_filter *filter = NULL;
    struct scim_query query = {0};
    if (list->filter.ptr != NULL) {
        TRY(scim_filter_parse(list->filter, kind, ask->request->arena, &filter));
        narrow(kind, filter, ask->request->arena, &query);
    }
    query.without_several = filter == NULL && !wants_several(kind, list);
    return scan(ask, kind, query, filter, listing);
}

/* --- order
 * ------------------------------------------------------------------------------------------ */

struct sorted {
    struct str key;
    bool exact;
    bool descending;
    size_t place; /* as found: equal ones stay in order */
    struct scim_stored stored;
};

/* Without a value last, whichever way (RFC 7644 3.4.2.3). */
static int by_key(const void *one, const void *two)
{
    const struct sorted *a = one;
    const struct sorted *b = two;
    if ((a->key.ptr == NULL) != (b->key.ptr == NULL))
        return a->key.ptr == NULL ? 1 : -1;
    int order = a->exact ? str_compare(a->key, b->key) : str_compare_nocase(a->key, b->key);
    if (order == 0)
        return (a->place > b->place) - (a->place < b->place);
    return a->descending ? -order : order;
}

static struct err *sort(enum scim_kind kind, const struct list_ask *list, struct scim_found *found,
                        struct arena *arena)
{
    const struct scim_attribute *by = scim_attribute_find(kind, list->sort_by, NULL);
    if (by != NULL && by->type == TYPE_COMPLEX && (by->flags & MULTI) != 0)
        by = scim_attribute_find(kind, S("value"), by);
    if (by == NULL || by->type == TYPE_COMPLEX)
        return err_rule(ERR_INVALID, "invalidPath", "sortBy: nothing to sort by");
    struct sorted *all = ARENA_ARRAY(arena, struct sorted, found->count + 1);
    for (size_t i = 0; i < found->count; i++)
        all[i] = (struct sorted){.key = scim_get(&found->at[i].resource, by->id),
                                 .exact = (by->flags & CASE_EXACT) != 0,
                                 .descending = str_equal_nocase(list->sort_order, S("descending")),
                                 .place = i,
                                 .stored = found->at[i]};
    qsort(all, found->count, sizeof *all, by_key);
    for (size_t i = 0; i < found->count; i++)
        found->at[i] = all[i].stored;
    return NULL;
}

/* --- the answer
 * ---------------------------------------------------------------------------------------- */

static void cut_page(const struct list_ask *list, struct listing *listing)
{
    size_t from = (size_t)(list->start - 1) < listing->found.count ? (size_t)(list->start - 1)
                                                                   : listing->found.count;
    size_t left = listing->found.count - from;
    listing->total = (int64_t)listing->found.count;
    listing->found.at += from;
    listing->found.count = left < (size_t)list->count ? left : (size_t)list->count;
}

/* Nothing to look for and nothing to sort: the database cuts the page. */
static struct err *take_page(struct scim_ask *ask, enum scim_kind kind, const struct list_ask *list,
                             struct listing *listing)
{
    const struct scim_query query = {.offset = list->start - 1,
                                     .limit = list->count,
                                     .without_several = !wants_several(kind, list)};
    TRY(scim_kept(kind)->count(ask, &query, &listing->total));
    return list->count > 0 ? scim_kept(kind)->load(ask, &query, &listing->found) : NULL;
}

static void write_list(const struct list_ask *list, const struct listing *listing, struct buf *out)
{
    buf_format(out,
               "{\"schemas\":[\"" SCIM_URN_MESSAGE "ListResponse\"],\"totalResults\":%lld,"
               "\"startIndex\":%lld,\"itemsPerPage\":%zu,\"Resources\":[",
               (long long)listing->total, (long long)list->start, listing->found.count);
    for (size_t i = 0; i < listing->found.count; i++) {
        const struct scim_resource *r = &listing->found.at[i].resource;
        const struct scim_selection selection =
            scim_select(r->kind, list->attributes, list->excluded);
        if (i > 0)
            buf_byte(out, ',');
        scim_write(r, &selection, out);
    }
    buf_put(out, S("]}"));
}

static struct err *answer(struct scim_ask *ask, const struct list_ask *list, bool users,
                          bool groups)
{
    struct listing listing = {0};
    enum scim_kind kind = users ? SCIM_USER : SCIM_GROUP;
    if (list->filter.ptr == NULL && list->sort_by.ptr == NULL && users != groups) {
        TRY(take_page(ask, kind, list, &listing));
    } else {
        if (users)
            TRY(gather(ask, SCIM_USER, list, &listing));
        if (groups)
            TRY(gather(ask, SCIM_GROUP, list, &listing));
        if (list->sort_by.ptr != NULL)
            TRY(sort(kind, list, &listing.found, ask->request->arena));
        cut_page(list, &listing);
    }
    write_list(list, &listing, ask->request->out);
    return NULL;
}

/* --- asked by URL, or by a body
 * ------------------------------------------------------------------------- */

/* Less than 1 is 1, a negative count is 0, and more than a page is a page (RFC 7644 3.4.2.4). */
static void bound(struct list_ask *list)
{
    list->start = list->start < 1 ? 1 : list->start;
    list->count = list->count < 0 ? 0 : list->count;
    list->count = list->count > SCIM_PAGE ? SCIM_PAGE : list->count;
}

static struct err *number(const struct request *request, const char *name, int64_t *out)
{
    struct str text = http_call_query(request->call, name);
    return text.ptr == NULL || str_to_i64(text, -INT32_MAX, INT32_MAX, out)
               ? NULL
               : err_rule(ERR_INVALID, "invalidValue", "%s: not a number", name);
}

static struct err *list_by_url(struct request *request, struct http_reply *reply, bool users)
{
    struct scim_ask ask;
    struct list_ask list = {.filter = http_call_query(request->call, "filter"),
                            .sort_by = http_call_query(request->call, "sortBy"),
                            .sort_order = http_call_query(request->call, "sortOrder"),
                            .attributes = http_call_query(request->call, "attributes"),
                            .excluded = http_call_query(request->call, "excludedAttributes"),
                            .start = 1,
                            .count = SCIM_PAGE};
    TRY(scim_begin(request, reply, &ask));
    TRY(number(request, "startIndex", &list.start));
    TRY(number(request, "count", &list.count));
    bound(&list);
    return answer(&ask, &list, users, !users);
}

struct search_body {
    struct strs schemas;
    struct str filter;
    struct str sort_by;
    struct str sort_order;
    struct strs attributes;
    struct strs excluded;
    struct json_text start;
    struct json_text count;
};
static const struct field search_fields[] = {
    FIELD(struct search_body, schemas, REQUIRED, .max = 16),
    FIELD(struct search_body, filter, OPTIONAL, .max = SCIM_FILTER_MAX),
    FIELD_NAMED(struct search_body, sort_by, "sortBy", OPTIONAL),
    FIELD_NAMED(struct search_body, sort_order, "sortOrder", OPTIONAL),
    FIELD(struct search_body, attributes, OPTIONAL, .max = SCIM_ATTRIBUTES),
    FIELD_NAMED(struct search_body, excluded, "excludedAttributes", OPTIONAL,
                .max = SCIM_ATTRIBUTES),
    FIELD_NAMED(struct search_body, start, "startIndex", OPTIONAL),
    FIELD(struct search_body, count, OPTIONAL),
    FIELDS_END};

static struct str joined(struct strs names, struct arena *arena)
{
    autobuf struct buf list = buf_new((size_t)64 * 1024);
    for (size_t i = 0; i < names.count; i++) {
        buf_put(&list, i > 0 ? S(",") : S(""));
        buf_put(&list, names.at[i]);
    }
    return names.count > 0 ? arena_str(arena, buf_str(&list)) : (struct str){0};
}

static struct err *body_number(struct json_text text, const char *name, int64_t *out)
{
    return text.text.ptr == NULL || str_to_i64(text.text, -INT32_MAX, INT32_MAX, out)
               ? NULL
               : err_rule(ERR_INVALID, "invalidValue", "%s: not a number", name);
}

static struct err *search(struct request *request, struct http_reply *reply, bool users,
                          bool groups)
{
    struct scim_ask ask;
    struct search_body body = {0};
    TRY(scim_begin(request, reply, &ask));
    TRY(json_read(request->body, search_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    struct list_ask list = {.filter = body.filter,
                            .sort_by = body.sort_by,
                            .sort_order = body.sort_order,
                            .attributes = joined(body.attributes, request->arena),
                            .excluded = joined(body.excluded, request->arena),
                            .start = 1,
                            .count = SCIM_PAGE};
    TRY(body_number(body.start, "startIndex", &list.start));
    TRY(body_number(body.count, "count", &list.count));
    bound(&list);
    return answer(&ask, &list, users, groups);
}

struct err *scim_list_users(struct request *request, struct http_reply *reply)
{
    return list_by_url(request, reply, true);
}

struct err *scim_list_groups(struct request *request, struct http_reply *reply)
{
    return list_by_url(request, reply, false);
}

struct err *scim_search_users(struct request *request, struct http_reply *reply)
{
    return search(request, reply, true, false);
}

struct err *scim_search_groups(struct request *request, struct http_reply *reply)
{
    return search(request, reply, false, true);
}

struct err *scim_search_all(struct request *request, struct http_reply *reply)
{
    return search(request, reply, true, true);
}
