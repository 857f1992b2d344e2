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
    printf("%.19s  %-20.*s %-14.*s %-25.*s %-10.*s %4lld  %.*s", at, STR_ARG(d->subject_name),
           STR_ARG(d->role), STR_ARG(d->action), STR_ARG(d->purpose), (long long)d->records,
           STR_ARG(d->reasons));
    if (d->unit.len > 0)
        printf("  %.*s", STR_ARG(d->unit));
    if (d->reason.len > 0)
        printf("  \"%.*s\"", STR_ARG(d->reason));
    printf("\n");
}

/* A row of a retired system's log. */
struct imported {
    struct instant at;
    struct str action;
    struct str said;
    struct str subject_name;
    struct str role;
    struct str unit;
    struct str source_system;
};
static const struct field imported_fields[] = {FIELD(struct imported, at, REQUIRED),
                                               FIELD(struct imported, action, REQUIRED),
                                               FIELD(struct imported, said, OPTIONAL),
                                               FIELD(struct imported, subject_name, OPTIONAL),
                                               FIELD(struct imported, role, OPTIONAL),
                                               FIELD(struct imported, unit, OPTIONAL),
                                               FIELD(struct imported, source_system, OPTIONAL),
                                               FIELDS_END};

static void show_imported(const struct imported *i)
{
    char at[INSTANT_TEXT];
    instant_print(i->at, at);
    printf("%.19s  %-20.*s %-14.*s %-25.*s %.*s", at, STR_ARG(i->subject_name), STR_ARG(i->role),
           STR_ARG(i->action), STR_ARG(i->said));
    if (i->unit.len > 0)
        printf("  %.*s", STR_ARG(i->unit));
    printf("  (log of %.*s)\n", STR_ARG(i->source_system));
}

static struct err *read_list(struct str answer, const char *name, const struct field *fields,
                             size_t size, struct arena *arena, void **out, size_t *out_count)
{
    struct str list = {0};
    TRY(json_member(answer, name, arena, &list));
    return json_read_list(list, fields, size, ROWS_MAX, JSON_IGNORE_UNKNOWN, name, arena, out,
                          out_count);
}

/* Both lists are newest first, and are told as one. */
static struct err *show_all(struct str answer, struct arena *arena)
{
    void *disclosures = NULL;
    void *others = NULL;
    size_t count = 0;
    size_t other_count = 0;
    TRY(read_list(answer, "disclosures", disclosure_fields, sizeof(struct disclosure), arena,
                  &disclosures, &count));
    TRY(read_list(answer, "imported", imported_fields, sizeof(struct imported), arena, &others,
                  &other_count));
    const struct disclosure *d = disclosures;
    const struct imported *m = others;
    for (size_t i = 0, j = 0; i < count || j < other_count;) {
        if (j == other_count || (i < count && !instant_before(d[i].at, m[j].at)))
            show(&d[i++]);
        else
            show_imported(&m[j++]);
    }
    if (count + other_count == 0)
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
    remote_put_person(number, NULL, NULL, &body);
    remote_put_text("reason", reason, &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the question"));
    struct str answer = {0};
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/who-read"), buf_str(&body), arena,
                   &answer));
    return show_all(answer, arena);
}
