/* r7 find: records by person, reference, words or period. */
#include "remote.h"
#include "text/json.h"

enum { BODY_MAX = 16 * 1024, ROWS_MAX = 200 };

struct found {
    struct str record;
    struct str category;
    struct str status;
    struct instant occurred_at;
    struct json_text fields;
};
static const struct field found_fields[] = {FIELD(struct found, record, REQUIRED),
                                            FIELD(struct found, category, REQUIRED),
                                            FIELD(struct found, status, REQUIRED),
                                            FIELD(struct found, occurred_at, OPTIONAL),
                                            FIELD(struct found, fields, REQUIRED, .max = 1 << 20),
                                            FIELDS_END};

struct answer {
    struct json_text records;
    int64_t count;
    bool exact;
    int64_t other_units;
    bool blocked;
    struct str needs;
    struct str next;
};
static const struct field answer_fields[] = {
    FIELD(struct answer, records, REQUIRED, .max = 1 << 26),
    FIELD(struct answer, count, REQUIRED),
    FIELD(struct answer, exact, REQUIRED),
    FIELD(struct answer, other_units, REQUIRED),
    FIELD(struct answer, blocked, REQUIRED),
    FIELD(struct answer, needs, OPTIONAL),
    FIELD(struct answer, next, OPTIONAL),
    FIELDS_END};

static struct str text_of(const struct found *found, const char *name, struct arena *arena)
{
    struct str text = {0};
    struct err *e = json_member(found->fields.text, name, arena, &text);
    return e == NULL && text.ptr != NULL ? text : S("");
}

static void print_found(const struct found *f, struct arena *arena)
{
    char at[15] = "";
    if (f->occurred_at.known)
        instant_to_swedish(f->occurred_at, at);
    struct str title = text_of(f, "title", arena);
    struct str reference = text_of(f, "reference", arena);
    struct str unit = text_of(f, "unit_name", arena);
    printf("%s\n    %.4s-%.2s-%.2s  %.*s  %.*s", arena_cstr(arena, f->record), at, at + 4, at + 6,
           STR_ARG(f->category), STR_ARG(f->status));
    const struct str more[] = {reference, title, unit};
    for (size_t i = 0; i < COUNT(more); i++)
        if (more[i].len > 0)
            printf("  %.*s", STR_ARG(more[i]));
    printf("\n");
}

static struct err *print_answer(struct str json, struct arena *arena)
{
    struct answer answer = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(json_read(json, answer_fields, JSON_IGNORE_UNKNOWN, "", arena, &answer));
    TRY(json_read_list(answer.records.text, found_fields, sizeof(struct found), ROWS_MAX,
                       JSON_IGNORE_UNKNOWN, "records", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        print_found(&((const struct found *)items)[i], arena);
    printf("%s%lld record%s\n", answer.exact ? "" : "at least ", (long long)answer.count,
           answer.count == 1 ? "" : "s");
    if (answer.other_units > 0)
        printf("%lld more may be opened; that needs: %.*s\n", (long long)answer.other_units,
               STR_ARG(answer.needs));
    if (answer.blocked)
        puts("the patient has blocked records of other units");
    if (answer.next.len > 0)
        printf("more: --after %.*s\n", STR_ARG(answer.next));
    return NULL;
}

/* --- the question
 * ----------------------------------------------------------------------------------- */

static void put_flag(const char *name, bool given, struct buf *body)
{
    if (given)
        buf_format(body, "%s\"%s\":true", body->len > 1 ? "," : "", name);
}

static struct err *put_person(const char *person, const char *type, struct arena *arena,
                              struct buf *body)
{
    struct str number = {0};
    if (person == NULL)
        return type == NULL ? NULL : cli_usage_error("--type is of a person: --person is missing");
    TRY(remote_read_number(person, arena, &number));
    buf_put(body, S("\"person\":{\"number\":"));
    json_quote(number, body);
    if (type != NULL) {
        buf_put(body, S(",\"type\":"));
        json_quote(str_from(type), body);
    }
    buf_byte(body, '}');
    return NULL;
}

struct err *find_command(int argc, char **argv)
{
    const char *person = NULL, *type = NULL, *reference = NULL, *words = NULL, *from = NULL;
    const char *to = NULL, *unit = NULL, *category = NULL, *reason = NULL, *purpose = NULL;
    const char *limit = NULL, *after = NULL, *information_type = NULL;
    const struct cli_option options[] = {{"--person", &person, false},
                                         {"--type", &type, false},
                                         {"--reference", &reference, false},
                                         {"--text", &words, false},
                                         {"--from", &from, false},
                                         {"--to", &to, false},
                                         {"--unit", &unit, false},
                                         {"--category", &category, false},
                                         {"--reason", &reason, false},
                                         {"--purpose", &purpose, false},
                                         {"--limit", &limit, false},
                                         {"--after", &after, false},
                                         CLI_OPTIONS_END};
    bool history = cli_take_flag(&argc, argv, "--history");
    bool other_units = cli_take_flag(&argc, argv, "--other-units");
    bool restricted_links = cli_take_flag(&argc, argv, "--restricted-links");
    bool json = cli_take_flag(&argc, argv, "--json");
    int64_t number = 0;
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, options, 1, &information_type));
    if (limit != NULL && !str_to_i64(str_from(limit), 1, ROWS_MAX, &number))
        return cli_usage_error("--limit is a number from 1 to %d", ROWS_MAX);
    autoarena struct arena *arena = arena_new((size_t)256 << 20);
    autobuf struct buf body = buf_new(BODY_MAX);
    buf_byte(&body, '{');
    TRY(put_person(person, type, arena, &body));
    remote_put_text("reference", reference, &body);
    remote_put_text("text", words, &body);
    TRY(remote_put_day("from", from, 0, &body));
    TRY(remote_put_day("to", to, 1, &body));
    remote_put_text("unit", unit, &body);
    remote_put_text("category", category, &body);
    remote_put_text("reason", reason, &body);
    remote_put_text("purpose", purpose, &body);
    remote_put_text("after", after, &body);
    put_flag("history", history, &body);
    put_flag("other_units", other_units, &body);
    put_flag("restricted_links", restricted_links, &body);
    if (number > 0)
        buf_format(&body, "%s\"limit\":%lld", body.len > 1 ? "," : "", (long long)number);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the question"));
    TRY(remote_ask(REMOTE_PERSON, "SEARCH", HTTP_POST,
                   arena_format(arena, "/search/%s", information_type), buf_str(&body), arena,
                   &answer));
    if (!json)
        return print_answer(answer, arena);
    printf("%.*s\n", STR_ARG(answer));
    return NULL;
}
