/* r7 proposals, approve, refuse: what waits for a second administrator. */
#include "remote.h"
#include "text/json.h"

enum { LIST_MAX = 1000 };

struct proposal {
    struct str id;
    struct str kind;
    struct str reason;
    struct json_text fact;
    struct str proposer;
    struct instant proposed_at;
    struct instant expires_at;
};
static const struct field proposal_fields[] = {
    FIELD(struct proposal, id, REQUIRED),         FIELD(struct proposal, kind, REQUIRED),
    FIELD(struct proposal, reason, REQUIRED),     FIELD(struct proposal, fact, REQUIRED),
    FIELD(struct proposal, proposer, REQUIRED),   FIELD(struct proposal, proposed_at, REQUIRED),
    FIELD(struct proposal, expires_at, REQUIRED), FIELDS_END};

static void print_proposal(const struct proposal *p)
{
    char proposed[INSTANT_TEXT];
    char expires[INSTANT_TEXT];
    instant_print(p->proposed_at, proposed);
    instant_print(p->expires_at, expires);
    printf("%.*s  %.*s, by %.*s at %s, until %s\n", STR_ARG(p->id), STR_ARG(p->kind),
           STR_ARG(p->proposer), proposed, expires);
    printf("    it %.*s\n    %.*s\n", STR_ARG(p->reason), STR_ARG(p->fact.text));
}

struct err *proposals_command(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    struct str answer = {0};
    struct str list = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(cli_arguments(argc, argv, none, 0, NULL));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_GET, S("/proposals"), (struct str){0}, arena,
                   &answer));
    TRY(json_member(answer, "proposals", arena, &list));
    TRY(json_read_list(list, proposal_fields, sizeof(struct proposal), LIST_MAX,
                       JSON_IGNORE_UNKNOWN, "proposals", arena, &items, &count));
    for (size_t i = 0; i < count; i++)
        print_proposal((const struct proposal *)items + i);
    printf("%zu proposal%s\n", count, count == 1 ? "" : "s");
    return NULL;
}

/* An id stands in the address, so it must be one. */
static struct err *read_id(const char *text)
{
    struct uuid id;
    return uuid_parse(str_from(text), &id)
               ? NULL
               : err_new(ERR_INVALID, "the proposal is named by its id");
}

struct err *approve_command(int argc, char **argv)
{
    const char *id = NULL;
    const char *tenant = NULL;
    const struct cli_option options[] = {{.name = "--tenant", .value = &tenant}, CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, options, 1, &id));
    TRY(read_id(id));
    struct str path = tenant == NULL
                          ? arena_format(arena, "/proposals/%s/approval", id)
                          : arena_format(arena, "/tenants/%s/proposals/%s/approval", tenant, id);
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, path, (struct str){0}, arena, &ignored));
    printf("%s has taken effect\n", id);
    return NULL;
}

struct err *refuse_command(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *id = NULL;
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct str ignored = {0};
    TRY(cli_arguments(argc, argv, none, 1, &id));
    TRY(read_id(id));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_DELETE, arena_format(arena, "/proposals/%s", id),
                   (struct str){0}, arena, &ignored));
    printf("%s is refused\n", id);
    return NULL;
}
