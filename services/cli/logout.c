/* r7 logout: the token is over in every room, and kept no more. */
#include "remote.h"
#include "text/json.h"

struct logout_answer {
    struct str provider_url;
};
static const struct field answer_fields[] = {
    FIELD(struct logout_answer, provider_url, OPTIONAL, .max = 4096), FIELDS_END};

struct err *logout_command(int argc, char **argv)
{
    const struct cli_option options[] = {CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct logout_answer answer = {0};
    struct str body = {0};
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    struct err *e =
        remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/logout"), (struct str){0}, arena, &body);
    if (e == NULL || e->code == ERR_UNAUTHENTICATED) /* it was over already */
        TRY(remote_forget_token(arena));
    TRY(e);
    TRY(json_read(body, answer_fields, JSON_IGNORE_UNKNOWN, "", arena, &answer));
    printf("signed out\n");
    if (answer.provider_url.len > 0)
        printf("of the identity provider too, in the browser that signed in there:\n%.*s\n",
               STR_ARG(answer.provider_url));
    return NULL;
}
