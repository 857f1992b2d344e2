/* r7 persons links, unlink: how a person's identities are linked, and the end of a link that is
 * wrong. No number is printed. */
#include "persons.h"
#include "remote.h"
#include "text/json.h"

enum { ANSWER_ARENA = 8 * 1024 * 1024, LINKS_MAX = 1000 };

struct link {
    struct str id;
    bool direct;
    struct str source;
    struct str assurance;
    struct str decided_by;
    struct str reason;
    struct str visibility;
    struct instant valid_from;
    bool in_force;
    struct instant revoked_at;
};
static const struct field link_fields[] = {FIELD(struct link, id, REQUIRED),
                                           FIELD(struct link, direct, REQUIRED),
                                           FIELD(struct link, source, REQUIRED),
                                           FIELD(struct link, assurance, REQUIRED),
                                           FIELD(struct link, decided_by, REQUIRED),
                                           FIELD(struct link, reason, REQUIRED),
                                           FIELD(struct link, visibility, OPTIONAL),
                                           FIELD(struct link, valid_from, REQUIRED),
                                           FIELD(struct link, in_force, REQUIRED),
                                           FIELD(struct link, revoked_at, OPTIONAL),
                                           FIELDS_END};

static void print_link(const struct link *l)
{
    char from[INSTANT_TEXT];
    instant_print(l->valid_from, from);
    printf("%.*s  %-9s %-23.*s %.10s  %.*s%s%.*s, by %.*s: %.*s\n", STR_ARG(l->id),
           l->in_force           ? "in force"
           : l->revoked_at.known ? "withdrawn"
                                 : "ended",
           STR_ARG(l->source), from, STR_ARG(l->assurance), l->visibility.len > 0 ? ", " : "",
           STR_ARG(l->visibility), STR_ARG(l->decided_by), STR_ARG(l->reason));
}

struct err *persons_links(int argc, char **argv)
{
    const char *type = NULL;
    const char *system = NULL;
    const char *reason = NULL;
    const char *given = NULL;
    const struct cli_option options[] = {{.name = "--type", .value = &type},
                                         {.name = "--system", .value = &system},
                                         {.name = "--reason", .value = &reason},
                                         CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ANSWER_ARENA);
    autobuf struct buf body = buf_new(4096);
    struct str number = {0}, answer = {0}, list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, options, 1, &given));
    if (reason == NULL)
        return cli_usage_error("--reason?");
    TRY(remote_read_number(given, arena, &number));
    remote_put_person(number, type, system, &body);
    remote_put_text("reason", reason, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the question"));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/persons/links/find"), buf_str(&body),
                   arena, &answer));
    TRY(json_member(answer, "links", arena, &list));
    TRY(json_read_list(list, link_fields, sizeof(struct link), LINKS_MAX, JSON_IGNORE_UNKNOWN,
                       "links", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        print_link((const struct link *)items + i);
    printf("%zu link%s\n", count, count == 1 ? "" : "s");
    return NULL;
}

struct err *persons_unlink(int argc, char **argv)
{
    const char *reason = NULL;
    const char *given = NULL;
    const struct cli_option options[] = {{.name = "--reason", .value = &reason}, CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new(ANSWER_ARENA);
    struct uuid id;
    TRY(cli_arguments(argc, argv, options, 1, &given));
    if (!uuid_parse(str_from(given), &id))
        return cli_usage_error("\"%s\" is no link: r7 persons links lists them", given);
    if (reason == NULL)
        return cli_usage_error("--reason?");
    TRY(remote_end("ACCESS", arena_format(arena, "/persons/links/%s", uuid_text(id).text), reason,
                   arena));
    printf("%s joins no more\n", uuid_text(id).text);
    return NULL;
}
