/* r7 why, r7 readers: why a record may be read, and by whom; now or on a day that has been. */
#include "record.h"
#include "text/json.h"

struct explained {
    struct str word;
    struct str swedish;
    struct str english;
    struct str source;
};
static const struct field explained_fields[] = {
    FIELD(struct explained, word, REQUIRED), FIELD(struct explained, swedish, REQUIRED),
    FIELD(struct explained, english, REQUIRED), FIELD(struct explained, source, OPTIONAL),
    FIELDS_END};

static struct err *print_explained(struct str decision, const char *member, struct arena *arena)
{
    enum { EXPLAINED_MAX = 64 };
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(decision, member, arena, &list));
    TRY(json_read_list(list, explained_fields, sizeof(struct explained), EXPLAINED_MAX,
                       JSON_IGNORE_UNKNOWN, member, arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct explained *e = &((const struct explained *)items)[i];
        printf("  %-24.*s %.*s\n%-26s %.*s\n", STR_ARG(e->word), STR_ARG(e->swedish), "",
               STR_ARG(e->english));
        if (e->source.len > 0)
            printf("%-26s (%.*s)\n", "", STR_ARG(e->source));
    }
    return NULL;
}

static struct err *print_why(struct str answer, struct arena *arena)
{
    struct str decision = {0};
    struct str outcome = {0};
    TRY(json_member(answer, "decision", arena, &decision));
    TRY(json_member(decision, "outcome", arena, &outcome));
    printf("%.*s\n", STR_ARG(outcome));
    TRY(print_explained(decision, "reasons", arena));
    return print_explained(decision, "obligations", arena);
}

/* `name` is one more member of the query, left out without a value. */
static struct str path_of(struct arena *arena, const char *record, const char *what, const char *on,
                          const char *name, const char *value)
{
    struct str dated = arena_format(arena, "/records/%s/%s%s%s", record, what,
                                    on != NULL ? "?on=" : "", on != NULL ? on : "");
    return value == NULL ? dated
                         : arena_format(arena, "%.*s%c%s=%s", STR_ARG(dated),
                                        on != NULL ? '&' : '?', name, value);
}

struct err *why_command(int argc, char **argv)
{
    const char *on = NULL;
    const char *assignment = NULL;
    const struct cli_option options[] = {
        {"--on", &on, false}, {"--assignment", &assignment, false}, CLI_OPTIONS_END};
    struct record_asked asked = {0};
    struct str answer = {0};
    TRY(record_arguments(argc, argv, options, &asked));
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    TRY(record_get(&asked, path_of(arena, asked.record, "why", on, "assignment", assignment), arena,
                   &answer));
    if (!asked.json)
        return print_why(answer, arena);
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}

/* --- r7 readers
 * ------------------------------------------------------------------------------------- */

struct reader {
    struct uuid assignment;
    struct str name;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct str purpose;
    struct str outcome;
    struct str reasons;
};
static const struct field reader_fields[] = {FIELD(struct reader, assignment, REQUIRED),
                                             FIELD(struct reader, name, REQUIRED),
                                             FIELD(struct reader, role, REQUIRED),
                                             FIELD(struct reader, unit, OPTIONAL),
                                             FIELD(struct reader, care_provider, OPTIONAL),
                                             FIELD(struct reader, purpose, REQUIRED),
                                             FIELD(struct reader, outcome, REQUIRED),
                                             FIELD(struct reader, reasons, REQUIRED),
                                             FIELDS_END};

/* A page looks at 200 assignments; few of them may open the record. */
struct readers_page {
    struct json_text readers;
    struct json_text as_of_today;
    struct str next;
};
static const struct field page_fields[] = {FIELD(struct readers_page, readers, REQUIRED),
                                           FIELD(struct readers_page, as_of_today, REQUIRED),
                                           FIELD(struct readers_page, next, OPTIONAL), FIELDS_END};

static struct err *print_readers(const struct readers_page *page, struct arena *arena,
                                 size_t *printed)
{
    enum { PAGE_MAX = 1000 };
    void *items = NULL;
    size_t count = 0;
    TRY(json_read_list(page->readers.text, reader_fields, sizeof(struct reader), PAGE_MAX,
                       JSON_IGNORE_UNKNOWN, "readers", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct reader *r = &((const struct reader *)items)[i];
        struct str place = r->unit.len > 0 ? r->unit : r->care_provider;
        printf("%-5.*s %-24.*s %-16.*s %-14.*s %-20.*s %.*s  %s\n", STR_ARG(r->outcome),
               STR_ARG(r->name), STR_ARG(r->role), STR_ARG(r->purpose), STR_ARG(place),
               STR_ARG(r->reasons), uuid_text(r->assignment).text);
    }
    *printed += count;
    return NULL;
}

static void print_as_of_today(struct str list)
{
    if (!str_equal(list, S("[]")))
        printf("as of today, for want of a history: %.*s\n", STR_ARG(list));
}

/* JSON is a line for each page. */
struct err *readers_command(int argc, char **argv)
{
    const char *on = NULL;
    const struct cli_option options[] = {{"--on", &on, false}, CLI_OPTIONS_END};
    struct record_asked asked = {0};
    struct readers_page page = {0};
    size_t printed = 0;
    TRY(record_arguments(argc, argv, options, &asked));
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    do {
        const char *after = page.next.len > 0 ? arena_cstr(arena, page.next) : NULL;
        struct str answer = {0};
        page = (struct readers_page){0};
        TRY(record_get(&asked, path_of(arena, asked.record, "readers", on, "after", after), arena,
                       &answer));
        TRY(json_read(answer, page_fields, JSON_IGNORE_UNKNOWN, "", arena, &page));
        if (asked.json)
            printf("%.*s\n", STR_ARG(answer));
        else
            TRY(print_readers(&page, arena, &printed));
    } while (page.next.len > 0);
    if (asked.json)
        return NULL;
    if (printed == 0)
        puts("nobody");
    print_as_of_today(page.as_of_today.text);
    return NULL;
}
