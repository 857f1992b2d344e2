/* GET /records/{record}/print: a record's row on paper (PDF), logged as printed. What lies in its
 * files is asked for as content, and printed by whoever shows it. */
#include "print/print.h"
#include "services/search/room.h"

enum { VALUE_MAX = 4 * 1024 * 1024 };

enum word { PAGE, PRINTED, BY, PURPOSE, HAS_CONTENT, KEY, YES, WORDS };
static const char *const words[WORDS][2] = {
    [PAGE] = {"Page", "Sida"},
    [PRINTED] = {"Printed", "Utskrivet"},
    [BY] = {"by", "av"},
    [PURPOSE] = {"Purpose:", "Ändamål:"},
    [HAS_CONTENT] = {"The document itself is not in this print-out.",
                     "Själva handlingen är inte med i utskriften."},
    [KEY] = {"Record in the archive:", "Postens id i arkivet:"},
    [YES] = {"yes", "ja"},
};

struct page {
    struct print *print;
    const struct opened *opened;
    bool swedish;
    struct arena *arena;
};

/* record_statuses as people say them. */
static const char *const statuses[][2] = {{"not signed", "osignerad"},
                                          {"signed", "signerad"},
                                          {"corrected", "rättad"},
                                          {"nullified", "makulerad"}};

/* What must be marked wherever it is shown. */
static const struct {
    unsigned obligation; /* the bit */
    const char *text[2];
} marks[] = {{1U << OBLIGATION_MARK_UNSIGNED, {"NOT SIGNED", "OSIGNERAD"}},
             {1U << OBLIGATION_MARK_CORRECTED, {"CORRECTED", "RÄTTAD"}},
             {1U << OBLIGATION_MARK_NULLIFIED, {"NULLIFIED", "MAKULERAD"}},
             {1U << OBLIGATION_MARK_RESTRICTED, {"MARKED AS SECRET", "SEKRETESSMARKERAD"}},
             {1U << OBLIGATION_MARK_HOLD, {"MAY NOT BE REMOVED", "BEVARANDESPÄRR"}}};

static const char *say(const struct page *p, enum word word)
{
    return words[word][p->swedish];
}

static struct str category_of(const struct page *p, struct str word)
{
    const struct information_category *category =
        information_category_named(p->opened->d.type, word);
    if (category == NULL)
        return word;
    return p->swedish ? category->sv : category->en;
}

static struct str status_of(const struct page *p, struct str word)
{
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (str_equal(word, str_from(record_statuses[i])))
            return str_from(statuses[i][p->swedish]);
    return word;
}

/* Words of ours by their names, times as people in Sweden write them. */
static struct str value_of(const struct page *p, const struct field *column)
{
    const struct record *r = &p->opened->found->record;
    autobuf struct buf text = buf_new(VALUE_MAX);
    char at[INSTANT_FOR_PEOPLE];
    if (column->offset == offsetof(struct record, category))
        return category_of(p, r->category);
    if (column->offset == offsetof(struct record, status))
        return status_of(p, r->status);
    if (column->type == FIELD_BOOL)
        return FIELD_GET(r, column, bool) ? str_from(say(p, YES)) : (struct str){0};
    if (field_is_absent(column, r))
        return (struct str){0};
    if (column->type == FIELD_INSTANT) {
        instant_for_people(FIELD_GET(r, column, struct instant), at);
        return arena_str(p->arena, str_from(at));
    }
    field_to_text(column, r, &text);
    return arena_str(p->arena, buf_str(&text));
}

static void put_fields(const struct page *p)
{
    const struct opened *o = p->opened;
    for (const struct field *f = shown_fields(o->d.shown, true, &o->permission); f->name != NULL;
         f++) {
        const struct information_field *told =
            information_field_named(o->d.type, str_from(f->name));
        struct str value = value_of(p, f);
        if (value.len == 0)
            continue;
        print_put(p->print, PRINT_STRONG, p->swedish ? told->sv : told->en);
        print_put(p->print, PRINT_TEXT, value);
    }
}

static void put_page(const struct page *p, struct str title, struct instant now)
{
    const struct opened *o = p->opened;
    struct str purpose =
        permission_purpose_text(str_from(permission_purposes[o->d.intent.purpose - 1]), p->swedish);
    char at[INSTANT_FOR_PEOPLE];
    instant_for_people(now, at);
    print_put(p->print, PRINT_TITLE, title);
    print_put(p->print, PRINT_TEXT,
              arena_format(p->arena, "%s %s %s %.*s. %s %.*s. %s", say(p, PRINTED), at, say(p, BY),
                           STR_ARG(o->d.subject.name), say(p, PURPOSE), STR_ARG(purpose),
                           o->found->record.path.len > 0 ? say(p, HAS_CONTENT) : ""));
    for (size_t i = 0; i < COUNT(marks); i++)
        if ((o->permission.obligations & marks[i].obligation) != 0)
            print_put(p->print, PRINT_STRONG, str_from(marks[i].text[p->swedish]));
    put_fields(p);
    print_put(p->print, PRINT_STRONG, str_from(say(p, KEY)));
    print_put(p->print, PRINT_CODE, str_from(found_key_text(o->key).text));
}

struct err *search_print(struct request *request, struct http_reply *reply)
{
    struct str language = http_call_query(request->call, "language");
    bool english = str_equal(language, S("en"));
    struct opened o = {.action = ACTION_PRINTED, .part = S("row")};
    if (language.ptr != NULL && !english && !str_equal(language, S("sv")))
        return err_field(ERR_INVALID, "language", "neither sv nor en");
    TRY(open_record(request, &o));
    struct page page = {.opened = &o, .swedish = !english, .arena = request->arena};
    struct str title = english ? o.d.type->en : o.d.type->sv;
    const struct print_facts facts = {.title = title,
                                      .author = o.d.subject.name,
                                      .language = english ? S("en") : S("sv"),
                                      .page_word = say(&page, PAGE)};
    page.print = print_new(&facts, request->out);
    put_page(&page, title, request->now);
    reply->content_type = "application/pdf";
    reply->headers[0].name = "Content-Disposition";
    reply->headers[0].value = "attachment; filename=\"record.pdf\"";
    return print_end(page.print);
}
