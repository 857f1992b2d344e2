/* r7 units: the register of units from a table, and what delivered records have that it lacks. */
#include "services/cli/units.h"
#include "remote.h"
#include "text/json.h"

enum { GAPS_ARENA = 512 * 1024 * 1024, ROW_ARENA = 8 * 1024 * 1024, GAPS_MAX = 10000 };

/* --- import
 * ----------------------------------------------------------------------------------------- */

static struct err *import(int argc, char **argv)
{
    static const struct table_kind units = {unit_table_read, unit_table_row};
    return table_import(argc, argv, &units);
}

/* --- list
 * ------------------------------------------------------------------------------------------- */

struct listed {
    struct str id;
    struct str name;
    struct str care_unit;
    struct str care_provider;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field listed_fields[] = {FIELD(struct listed, id, REQUIRED),
                                             FIELD(struct listed, name, REQUIRED),
                                             FIELD(struct listed, care_unit, OPTIONAL),
                                             FIELD(struct listed, care_provider, REQUIRED),
                                             FIELD(struct listed, valid_from, REQUIRED),
                                             FIELD(struct listed, valid_until, OPTIONAL),
                                             FIELDS_END};

/* "1990-01-01", as the table told it: in Swedish time. */
static struct str day_of(struct instant at, struct arena *arena)
{
    char digits[15];
    if (!at.known)
        return (struct str){0};
    instant_to_swedish(at, digits);
    return arena_format(arena, "%.4s-%.2s-%.2s", digits, digits + 4, digits + 6);
}

/* One page; *last is the last id, and absent when there is no more. */
static struct err *list_page(struct str text, struct str *last, struct arena *arena)
{
    enum { PAGE_MAX = 1000 };
    struct str answer = {0}, list = {0}, more = {0};
    void *items = NULL;
    size_t count = 0;
    autobuf struct buf path = buf_new(2048);
    buf_put(&path, S("/units?after="));
    buf_percent(&path, *last);
    buf_put(&path, S("&text="));
    buf_percent(&path, text);
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_GET, buf_str(&path), (struct str){0}, arena,
                   &answer));
    TRY(json_member(answer, "units", arena, &list));
    TRY(json_member(answer, "more", arena, &more));
    TRY(json_read_list(list, listed_fields, sizeof(struct listed), PAGE_MAX, JSON_IGNORE_UNKNOWN,
                       "units", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct listed *u = (const struct listed *)items + i;
        printf("%-24.*s %-20.*s %-20.*s %.*s–%-10.*s  %.*s\n", STR_ARG(u->id),
               STR_ARG(u->care_unit), STR_ARG(u->care_provider),
               STR_ARG(day_of(u->valid_from, arena)), STR_ARG(day_of(u->valid_until, arena)),
               STR_ARG(u->name));
        *last = u->id;
    }
    if (count == 0 || !str_equal(more, S("true")))
        *last = (struct str){0};
    return NULL;
}

static struct err *list(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *text = NULL;
    char after[256] = "";
    struct str last = {0};
    TRY(cli_arguments(argc, argv, none, argc > 1 ? 1 : 0, &text));
    do {
        autoarena struct arena *arena = arena_new(ROW_ARENA);
        TRY(list_page(str_from(text), &last, arena));
        snprintf(after, sizeof after, "%.*s", STR_ARG(last));
        last = str_from(after);
    } while (last.len > 0);
    return NULL;
}

/* --- gaps
 * ------------------------------------------------------------------------------------------- */

struct gap {
    struct str source_system;
    struct str code;
    int64_t records;
    struct str first_month;
    struct str last_month;
};
static const struct field gap_fields[] = {
    FIELD(struct gap, source_system, REQUIRED), FIELD(struct gap, code, REQUIRED),
    FIELD(struct gap, records, REQUIRED),       FIELD(struct gap, first_month, OPTIONAL),
    FIELD(struct gap, last_month, OPTIONAL),    FIELDS_END};

static struct err *print_gaps(const void *items, size_t count)
{
    int64_t records = 0;
    for (size_t i = 0; i < count; i++) {
        const struct gap *gap = (const struct gap *)items + i;
        printf("%9lld  %-20.*s %-20.*s %.*s–%.*s\n", (long long)gap->records,
               STR_ARG(gap->source_system), STR_ARG(gap->code), STR_ARG(gap->first_month),
               STR_ARG(gap->last_month));
        records += gap->records;
    }
    if (count == 0)
        puts("none");
    return count == 0 ? NULL
                      : err_new(ERR_INVALID, "the register does not know %zu codes of %lld records",
                                count, (long long)records);
}

static struct err *gaps(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(GAPS_ARENA);
    const char *delivery = NULL;
    struct uuid id;
    bool json = cli_take_flag(&argc, argv, "--json");
    struct str answer = {0};
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, argc > 1 ? 1 : 0, &delivery));
    if (delivery != NULL && !uuid_parse(str_from(delivery), &id))
        return cli_usage_error("\"%s\" is no delivery: r7 deliver prints one", delivery);
    struct str path = delivery == NULL
                          ? S("/units/gaps")
                          : arena_format(arena, "/units/gaps?delivery=%s", uuid_text(id).text);
    TRY(remote_ask(REMOTE_PERSON, "INDEXING", HTTP_GET, path, (struct str){0}, arena, &answer));
    TRY(json_member(answer, "gaps", arena, &list));
    TRY(json_read_list(list, gap_fields, sizeof(struct gap), GAPS_MAX, JSON_IGNORE_UNKNOWN, "gaps",
                       arena, &items, &count));
    if (!json)
        return print_gaps(items, count);
    fwrite(answer.ptr, 1, answer.len, stdout);
    putchar('\n');
    return count == 0 ? NULL : err_new(ERR_INVALID, "there are %zu", count);
}

/* --- refresh
 * ---------------------------------------------------------------------------------------- */

static struct err *refresh(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ROW_ARENA);
    bool take = cli_take_flag(&argc, argv, "--take");
    const char **units = ARENA_ARRAY(arena, const char *, (size_t)argc + 1);
    size_t count = 0;
    TRY(cli_arguments_list(argc, argv, none, units, &count));
    for (size_t i = 0; i < count; i++) {
        struct str answer = {0};
        struct str path = arena_format(arena, "/units/%s/refresh", units[i]);
        if (!table_is_id(str_from(units[i])))
            return cli_usage_error("\"%s\" is no unit", units[i]);
        TRY(err_wrap(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, path,
                                take ? S("{\"take\":true}") : S("{}"), arena, &answer),
                     "%s", units[i]));
        printf("%.*s\n", STR_ARG(answer));
    }
    return NULL;
}

struct err *units_command(int argc, char **argv)
{
    static const struct cli_word words[] = {
        {"import", import}, {"list", list}, {"gaps", gaps}, {"refresh", refresh}, {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
