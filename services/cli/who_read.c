/* r7 who-read: who has read a person's records, for those who review the log. */
#include "remote.h"
#include "text/json.h"

struct disclosure {
    struct instant at;
    struct str subject_name;
    struct str role;
    struct str unit;
    struct str action;
    struct str purpose;
    int64_t records;
    struct str reasons;
    struct str reason;
};
static const struct field disclosure_fields[] = {
    FIELD(struct disclosure, at, REQUIRED),      FIELD(struct disclosure, subject_name, REQUIRED),
    FIELD(struct disclosure, role, OPTIONAL),    FIELD(struct disclosure, unit, OPTIONAL),
    FIELD(struct disclosure, action, REQUIRED),  FIELD(struct disclosure, purpose, REQUIRED),
    FIELD(struct disclosure, records, REQUIRED), FIELD(struct disclosure, reasons, REQUIRED),
    FIELD(struct disclosure, reason, OPTIONAL),  FIELDS_END};

enum { ROWS_MAX = 10000 };

static void show(const struct disclosure *d)
{
    char at[INSTANT_TEXT];
    instant_print(d->at, at);
    printf("%.19s  %-20.*s %-14.*s %-18.*s %-10.*s %4lld  %.*s", at, STR_ARG(d->subject_name),
           STR_ARG(d->role), STR_ARG(d->action), STR_ARG(d->purpose), (long long)d->records,
           STR_ARG(d->reasons));
    if (d->unit.len > 0)
        printf("  %.*s", STR_ARG(d->unit));
    if (d->reason.len > 0)
        printf("  \"%.*s\"", STR_ARG(d->reason));
    printf("\n");
}

static struct err *show_all(struct str answer, struct arena *arena)
{
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(json_member(answer, "disclosures", arena, &list));
    TRY(json_read_list(list, disclosure_fields, sizeof(struct disclosure), ROWS_MAX,
                       JSON_IGNORE_UNKNOWN, "disclosures", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        show(&((const struct disclosure *)items)[i]);
    if (count == 0)
        puts("nobody");
    return NULL;
}

struct err *who_read_command(int argc, char **argv)
{
    const char *person = NULL;
    const char *reason = NULL;
    const struct cli_option options[] = {
        {"--person", &person, true}, {"--reason", &reason, false}, CLI_OPTIONS_END};
    struct str number = {0};
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    TRY(remote_read_number(person, arena, &number));
    autobuf struct buf body = buf_new(8192);
    buf_put(&body, S("{\"person\":{\"number\":"));
    json_quote(number, &body);
    buf_byte(&body, '}');
    if (reason != NULL) {
        buf_put(&body, S(",\"reason\":"));
        json_quote(str_from(reason), &body);
    }
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the question"));
    struct str answer = {0};
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/who-read"), buf_str(&body), arena,
                   &answer));
    return show_all(answer, arena);
}
