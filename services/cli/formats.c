/* r7 formats: which formats the region archives, by its own rulings and by the list that is
 * shipped.
 */
#include "remote.h"
#include "text/json.h"
#include "validate/format_policy.h"

enum { RULINGS_MAX = 100000 };

struct ruling {
    struct str information_type; /* absent: for all */
    struct str puid;
    struct str verdict;
    struct str reason;
    struct instant valid_from;
};
static const struct field ruling_fields[] = {
    FIELD(struct ruling, information_type, OPTIONAL), FIELD(struct ruling, puid, REQUIRED),
    FIELD(struct ruling, verdict, REQUIRED),          FIELD(struct ruling, reason, REQUIRED),
    FIELD(struct ruling, valid_from, REQUIRED),       FIELDS_END};

static void print_line(const struct format_ruling *r, struct str type, const char *from)
{
    printf("%-12.*s %-9.*s %-20.19s %-12.*s %.*s\n", STR_ARG(r->puid), STR_ARG(r->verdict), from,
           STR_ARG(type), STR_ARG(r->reason));
}

/* The region's own, in the order of the room: the newest of each first. */
static struct err *list(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    struct str answer = {0};
    struct str rulings = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, 0, NULL));
    autoarena struct arena *arena = arena_new((size_t)128 << 20);
    TRY(remote_ask(REMOTE_PERSON, "INGEST", HTTP_GET, S("/format-policy"), (struct str){0}, arena,
                   &answer));
    TRY(json_member(answer, "rulings", arena, &rulings));
    TRY(json_read_list(rulings, ruling_fields, sizeof(struct ruling), RULINGS_MAX,
                       JSON_IGNORE_UNKNOWN, "rulings", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct ruling *r = (const struct ruling *)items + i;
        char from[INSTANT_TEXT];
        instant_print(r->valid_from, from);
        print_line(&(struct format_ruling){r->puid, r->verdict, r->reason},
                   r->information_type.len > 0 ? r->information_type : S("-"), from);
    }
    return NULL;
}

/* Needs no server. */
static struct err *list_shipped(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    struct format_ruling ruling;
    TRY(cli_arguments(argc, argv, none, 0, NULL));
    for (size_t i = 0; format_policy_shipped(i, &ruling); i++)
        print_line(&ruling, S("-"), "-");
    return NULL;
}

static struct err *rule(int argc, char **argv)
{
    const char *type = NULL;
    const char *from = NULL;
    const char *reason = NULL;
    const char *operands[2] = {NULL, NULL};
    const struct cli_option options[] = {{"--type", &type, false},
                                         {"--from", &from, false},
                                         {"--reason", &reason, true},
                                         CLI_OPTIONS_END};
    struct str answer = {0};
    TRY(cli_arguments(argc, argv, options, COUNT(operands), operands));
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    autobuf struct buf body = buf_new(8192);
    buf_byte(&body, '{');
    remote_put_text("puid", operands[0], &body);
    remote_put_text("verdict", operands[1], &body);
    remote_put_text("information_type", type, &body);
    remote_put_text("valid_from", from, &body);
    remote_put_text("reason", reason, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the ruling"));
    return remote_ask(REMOTE_PERSON, "INGEST", HTTP_PUT, S("/format-policy"), buf_str(&body), arena,
                      &answer);
}

struct err *formats_command(int argc, char **argv)
{
    static const struct {
        const char *name;
        struct err *(*run)(int argc, char **argv);
    } all[] = {{"list", list}, {"shipped", list_shipped}, {"rule", rule}};
    for (size_t i = 0; argc > 1 && i < COUNT(all); i++)
        if (str_equal(str_from(argv[1]), str_from(all[i].name)))
            return all[i].run(argc - 1, argv + 1);
    return cli_usage_error("list, shipped or rule?");
}
