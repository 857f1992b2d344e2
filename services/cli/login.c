/* r7 login: a password for a token, or an identity provider's word. */
#include "login.h"
#include "remote.h"
#include "text/json.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_TEXT = 260, ASSIGNMENTS = 100 };

struct login_request {
    struct str tenant;
    struct str login;
    struct str password;
    struct str assignment;
};
static const struct field request_fields[] = {
    FIELD(struct login_request, tenant, REQUIRED), FIELD(struct login_request, login, REQUIRED),
    FIELD(struct login_request, password, REQUIRED),
    FIELD(struct login_request, assignment, OPTIONAL), FIELDS_END};

struct assignment {
    struct str id;
    struct str role;
    struct str unit;
};
static const struct field assignment_fields[] = {
    FIELD(struct assignment, id, REQUIRED), FIELD(struct assignment, role, REQUIRED),
    FIELD(struct assignment, unit, OPTIONAL), FIELDS_END};

struct login_answer {
    struct str token;
    struct str expires_at;
    struct str name;
    struct json_text assignment;
    struct json_text assignments;
};
static const struct field answer_fields[] = {
    FIELD(struct login_answer, token, OPTIONAL, .max = 8192),
    FIELD(struct login_answer, expires_at, OPTIONAL),
    FIELD(struct login_answer, name, REQUIRED),
    FIELD(struct login_answer, assignment, OPTIONAL),
    FIELD(struct login_answer, assignments, OPTIONAL),
    FIELDS_END};

/* From the terminal, without showing it. */
static struct err *type_password(char text[PASSWORD_TEXT], struct str *out)
{
    struct termios shown;
    autoclose int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &shown) != 0)
        return err_field(ERR_INVALID, "R7_PASSWORD",
                         "not set, and there is no terminal to type a password at");
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    dprintf(terminal, "password: ");
    tcsetattr(terminal, TCSAFLUSH, &hidden);
    ssize_t got = read(terminal, text, PASSWORD_TEXT);
    tcsetattr(terminal, TCSAFLUSH, &shown);
    dprintf(terminal, "\n");
    if (got <= 0)
        return err_new(ERR_INVALID, "no password was typed");
    struct str rest = {text, (size_t)got};
    return str_cut(&rest, '\n', out) ? NULL : ERR_BUG_AT("a text without a first line");
}

static struct err *ask(struct login_request *request, struct arena *arena, struct str *out_body)
{
    char typed[PASSWORD_TEXT];
    autobuf struct buf text = buf_new(8192);
    request->password = cli_environment("R7_PASSWORD");
    if (request->password.ptr == NULL)
        TRY(type_password(typed, &request->password));
    json_write(request_fields, request, &text);
    struct err *e = remote_ask(REMOTE_ANYONE, "ACCESS", HTTP_POST, S("/login"), buf_str(&text),
                               arena, out_body);
    OPENSSL_cleanse(typed, sizeof typed);
    return e;
}

static struct err *show_choice(const struct login_answer *answer, struct arena *arena)
{
    void *items = NULL;
    size_t count = 0;
    TRY(json_read_list(answer->assignments.text, assignment_fields, sizeof(struct assignment),
                       ASSIGNMENTS, JSON_IGNORE_UNKNOWN, "assignments", arena, &items, &count));
    const struct assignment *all = items;
    for (size_t i = 0; i < count; i++)
        printf("%.*s  %.*s  %.*s\n", STR_ARG(all[i].id), STR_ARG(all[i].role),
               STR_ARG(all[i].unit));
    return err_new(ERR_INVALID, "there are several assignments: choose one with --assignment");
}

static struct err *keep(const struct login_answer *answer, struct arena *arena)
{
    struct assignment chosen = {0};
    TRY(json_read(answer->assignment.text, assignment_fields, JSON_IGNORE_UNKNOWN, "", arena,
                  &chosen));
    TRY(remote_keep_token(answer->token, arena));
    printf("signed in as %.*s: %.*s%s%.*s, until %.*s\n", STR_ARG(answer->name),
           STR_ARG(chosen.role), chosen.unit.len > 0 ? " at " : "", STR_ARG(chosen.unit),
           STR_ARG(answer->expires_at));
    return NULL;
}

/* With --oidc the operand is the provider, and may be left out. */
static struct err *sign_in(int argc, char **argv, const struct cli_option *options,
                           const char *const *tenant, const char *const *assignment,
                           struct arena *arena, struct str *out_body)
{
    const char *operand = NULL;
    bool oidc = cli_take_flag(&argc, argv, "--oidc");
    TRY(oidc ? cli_arguments_most(argc, argv, options, 1, &operand)
             : cli_arguments(argc, argv, options, 1, &operand));
    if (*tenant == NULL)
        return cli_usage_error("--tenant is missing, and R7_TENANT is not set");
    if (oidc)
        return login_oidc(*tenant, operand, *assignment, arena, out_body);
    struct login_request request = {.tenant = str_from(*tenant),
                                    .login = str_from(operand),
                                    .assignment = str_from(*assignment)};
    return ask(&request, arena, out_body);
}

struct err *login_command(int argc, char **argv)
{
    const char *tenant = cli_environment("R7_TENANT").ptr;
    const char *assignment = NULL;
    bool print = cli_take_flag(&argc, argv, "--print");
    const struct cli_option options[] = {{.name = "--tenant", .value = &tenant},
                                         {.name = "--assignment", .value = &assignment},
                                         CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)8 << 20);
    struct login_answer answer = {0};
    struct str body = {0};
    TRY(sign_in(argc, argv, options, &tenant, &assignment, arena, &body));
    TRY(json_read(body, answer_fields, JSON_IGNORE_UNKNOWN, "", arena, &answer));
    if (answer.token.len == 0)
        return show_choice(&answer, arena);
    if (!print)
        return keep(&answer, arena);
    printf("%.*s\n", STR_ARG(answer.token));
    return NULL;
}
