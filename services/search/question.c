/* What is asked: the body of a search, the headers of a reading, a range of bytes. */
#include "services/search/room.h"
#include "text/json.h"

enum { FILTER_MAX = 512, TEXT_MAX = 200, REASON_MAX = 1000, PERSON_BODY_MAX = 512 };

struct person_body {
    struct str number;
    struct str type;
};
static const struct field person_fields[] = {
    FIELD(struct person_body, number, REQUIRED, .min = 1, .max = 64),
    FIELD(struct person_body, type, OPTIONAL, .min = 1, .max = 128), FIELDS_END};

/* Names as in the API; what is absent asks for nothing. */
struct body {
    struct json_text person;
    struct instant from;
    struct instant to;
    struct str unit;
    struct str category;
    struct str reference;
    struct str text;
    bool history;
    bool other_units;
    bool restricted_links;
    struct str reason;
    struct str request_number;
    struct str purpose;
    int32_t limit;
    struct str after;
};
/* Those that narrow the search stand first: their names are logged, their values never. */
enum { FILTERS = 8 };
static const struct field body_fields[] = {
    FIELD(struct body, person, OPTIONAL, .max = PERSON_BODY_MAX),
    FIELD(struct body, from, OPTIONAL),
    FIELD(struct body, to, OPTIONAL),
    FIELD(struct body, unit, OPTIONAL, .min = 1, .max = FILTER_MAX),
    FIELD(struct body, category, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct body, reference, OPTIONAL, .min = 1, .max = FILTER_MAX),
    FIELD(struct body, text, OPTIONAL, .min = 1, .max = TEXT_MAX),
    FIELD(struct body, history, OPTIONAL),
    FIELD(struct body, other_units, OPTIONAL),
    FIELD(struct body, restricted_links, OPTIONAL),
    FIELD(struct body, reason, OPTIONAL, .max = REASON_MAX),
    FIELD(struct body, request_number, OPTIONAL, .max = 128),
    FIELD(struct body, purpose, OPTIONAL, .one_of = permission_purposes),
    FIELD(struct body, limit, OPTIONAL, .min = 1, .max = PAGE_MAX),
    FIELD(struct body, after, OPTIONAL, .max = 256),
    FIELDS_END};

struct err *purpose_read(struct str word, const struct subject *subject,
                         enum permission_purpose *out)
{
    unsigned set = subject->permission.assignment.purposes;
    if (word.len > 0)
        *out = (enum permission_purpose)permission_word(permission_purposes, word);
    else if (set != 0 && (set & (set - 1)) == 0)
        *out = (enum permission_purpose)__builtin_ctz(set);
    else
        return err_field(ERR_INVALID, "purpose",
                         "your assignment has several purposes: say which one this is for");
    return *out != PURPOSE_NOT_KNOWN ? NULL
                                     : err_field(ERR_INVALID, "purpose", "no purpose of ours");
}

/* Ten digits have no century, and a guess could show another person's records. */
static struct err *read_person(struct str json, struct arena *arena, struct identity *out)
{
    struct person_body person = {0};
    TRY(json_read(json, person_fields, JSON_REFUSE_UNKNOWN, "person", arena, &person));
    const struct identity_told told = {.number = person.number, .type = person.type};
    *out = identity_read(&told, arena);
    if (identity_is_absent(out))
        return err_field(ERR_INVALID, "person.number", "empty");
    if (out->valid && out->normalised.digits.len != 12)
        return err_field(ERR_INVALID, "person.number",
                         "write all twelve digits: ten have no century");
    if (!out->valid && person.type.len == 0)
        return err_field(ERR_INVALID, "person.number",
                         "not a valid national number; for any other number say its type");
    return NULL;
}

static struct str filter_names(const struct body *body, struct arena *arena)
{
    autobuf struct buf names = buf_new(1024);
    buf_byte(&names, '[');
    for (size_t i = 0; i < FILTERS; i++) {
        const struct field *f = &body_fields[i];
        bool given = f->type == FIELD_BOOL ? FIELD_GET(body, f, bool) : !field_is_absent(f, body);
        if (given)
            buf_format(&names, "%s\"%s\"", names.len > 1 ? "," : "", f->name);
    }
    buf_byte(&names, ']');
    return arena_str(arena, buf_str(&names));
}

/* Some way in that an index serves; never "everything". */
static struct err *check_way_in(const struct information_type *type, const struct question *q)
{
    bool person = !identity_is_absent(&q->identity);
    if (q->text.len > 0 && !type->text_search)
        return err_field(ERR_INVALID, "text", "records of this type are not searched by text");
    if (type->about_person && !person)
        return err_field(ERR_INVALID, "person", "records of this type are found by person");
    if (!person && q->reference.len == 0 && q->text.len == 0 &&
        !(type->text_search && (q->from.known || q->until.known)))
        return err_new(ERR_INVALID, "say a person, a reference, a text or a period");
    return NULL;
}

struct err *question_read(struct request *request, const struct information_type *type,
                          const struct subject *subject, struct question *out)
{
    struct body body = {0};
    struct question q = {.limit = PAGE_DEFAULT};
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    if (body.person.text.ptr != NULL)
        TRY(read_person(body.person.text, request->arena, &q.identity));
    if (body.after.len > 0 && !cursor_parse(body.after, &q.cursor))
        return err_field(ERR_INVALID, "after", "not a cursor of ours");
    q.from = body.from;
    q.until = body.to;
    q.unit = body.unit;
    q.category = body.category;
    q.reference = body.reference;
    q.text = body.text;
    q.history = body.history;
    q.limit = body.limit > 0 ? (size_t)body.limit : PAGE_DEFAULT;
    q.filters = filter_names(&body, request->arena);
    q.intent =
        (struct permission_intent){.action = body.after.len > 0 ? ACTION_LISTED : ACTION_SEARCHED,
                                   .other_units = body.other_units,
                                   .restricted_links = body.restricted_links,
                                   .reason = body.reason,
                                   .request_number = body.request_number};
    TRY(purpose_read(body.purpose, subject, &q.intent.purpose));
    TRY(check_way_in(type, &q));
    *out = q;
    return NULL;
}

/* A day alone is its first moment, in Sweden. */
static bool parse_day(struct str text, struct instant *out)
{
    struct str rest = text;
    struct str part = {0};
    autobuf struct buf digits = buf_new(16);
    while (str_cut(&rest, '-', &part))
        buf_put(&digits, part);
    return text.len == 10 && digits.len == 8 && instant_from_swedish(buf_str(&digits), out);
}

struct err *day_read(struct str text, struct instant *out)
{
    return text.ptr == NULL || instant_parse(text, out) || parse_day(text, out)
               ? NULL
               : err_field(ERR_INVALID, "on", "neither YYYY-MM-DD nor a time by RFC 3339");
}

static struct err *read_header(const struct http_call *call, const char *name, struct str *out)
{
    struct str text = str_trim(http_call_header(call, name));
    if (text.len > REASON_MAX)
        return err_field(ERR_TOO_LARGE, name, "longer than %d bytes", REASON_MAX);
    if (text.len > 0 && !str_is_utf8(text))
        return err_field(ERR_INVALID, name, "not UTF-8");
    *out = text;
    return NULL;
}

struct err *intent_read(struct request *request, const struct subject *subject,
                        enum permission_action action, struct permission_intent *out)
{
    struct permission_intent intent = {.action = action};
    struct str purpose = {0};
    struct str other_units = {0};
    TRY(read_header(request->call, "R7-Purpose", &purpose));
    TRY(read_header(request->call, "R7-Reason", &intent.reason));
    TRY(read_header(request->call, "R7-Request-Number", &intent.request_number));
    TRY(read_header(request->call, "R7-Other-Units", &other_units));
    intent.other_units = str_equal(other_units, S("true"));
    TRY(purpose_read(purpose, subject, &intent.purpose));
    *out = intent;
    return NULL;
}

/* --- ranges (RFC 9110 14)
 * --------------------------------------------------------------------------- */

struct err *range_read(struct str header, uint64_t size, struct range *out)
{
    struct str rest = str_slice(header, 6, header.len);
    struct str first = {0};
    uint64_t from = 0;
    uint64_t last = 0;
    *out = (struct range){0, size, false};
    if (!str_starts(header, S("bytes=")) || str_find(rest, ',') < rest.len ||
        !str_cut(&rest, '-', &first) || rest.ptr == NULL)
        return NULL;
    bool suffix = first.len == 0;
    bool open = rest.len == 0;
    if ((suffix && open) || (!suffix && !str_to_u64(first, UINT64_MAX, &from)) ||
        (!open && !str_to_u64(rest, UINT64_MAX, &last)) || (!suffix && !open && last < from))
        return NULL;
    if (suffix) {
        from = last < size ? size - last : 0;
        open = true;
    }
    if (from >= size)
        return err_new(ERR_RANGE, "the content has %llu bytes", (unsigned long long)size);
    if (open || last >= size)
        last = size - 1;
    *out = (struct range){from, last - from + 1, true};
    return NULL;
}
