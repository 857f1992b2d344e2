/* Asking the rooms. */
#include "remote.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIMEOUT_MS = 30000, ANSWER_LIMIT = 64 * 1024 * 1024, FILE_LIMIT = 1024 * 1024 };

struct err *remote_read_file(const char *path, struct arena *arena, struct str *out)
{
    autobuf struct buf text = buf_new(FILE_LIMIT);
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return err_errno(ERR_INVALID, "could not open \"%s\"", path);
    TRY(err_wrap(cli_read(file, &text), "\"%s\"", path));
    *out = arena_str(arena, buf_str(&text));
    return NULL;
}

/* --- the token
 * -------------------------------------------------------------------------------------- */

static struct err *token_folder(struct arena *arena, struct str *out)
{
    struct str home = cli_environment("HOME");
    if (home.ptr == NULL)
        return err_field(ERR_INVALID, "HOME", "not set: there is no place for the token");
    *out = arena_format(arena, "%s/.config/r7", home.ptr);
    return NULL;
}

struct err *remote_keep_token(struct str token, struct arena *arena)
{
    struct str folder = {0};
    TRY(token_folder(arena, &folder));
    const char *above = arena_cstr(arena, str_slice(folder, 0, folder.len - 3));
    if ((mkdir(above, 0700) != 0 && errno != EEXIST) ||
        (mkdir(folder.ptr, 0700) != 0 && errno != EEXIST))
        return err_errno(ERR_STORAGE, "could not make \"%s\"", folder.ptr);
    const char *name = arena_format(arena, "%s/token", folder.ptr).ptr;
    const char *beside = arena_format(arena, "%s.%d", name, (int)getpid()).ptr;
    autoclose int file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 || write(file, token.ptr, token.len) != (ssize_t)token.len ||
        rename(beside, name) != 0)
        return err_errno(ERR_STORAGE, "could not write \"%s\"", name);
    return NULL;
}

struct err *remote_forget_token(struct arena *arena)
{
    struct str folder = {0};
    if (cli_environment("R7_TOKEN").ptr != NULL)
        return NULL;
    TRY(token_folder(arena, &folder));
    const char *path = arena_format(arena, "%s/token", folder.ptr).ptr;
    return unlink(path) == 0 || errno == ENOENT
               ? NULL
               : err_errno(ERR_STORAGE, "could not remove \"%s\"", path);
}

static struct err *find_token(struct arena *arena, struct str *out)
{
    struct str folder = {0};
    *out = cli_environment("R7_TOKEN");
    if (out->ptr != NULL)
        return NULL;
    TRY(token_folder(arena, &folder));
    const char *path = arena_format(arena, "%s/token", folder.ptr).ptr;
    if (access(path, R_OK) != 0)
        return err_new(ERR_UNAUTHENTICATED, "nobody has signed in: r7 login");
    TRY(remote_read_file(path, arena, out));
    *out = str_trim(*out);
    return NULL;
}

/* --- asking
 * ----------------------------------------------------------------------------------------- */

struct problem {
    struct str detail;
    struct str field;
};
static const struct field problem_fields[] = {FIELD(struct problem, detail, OPTIONAL),
                                              FIELD(struct problem, field, OPTIONAL), FIELDS_END};

static enum err_code code_of(int status)
{
    switch (status) {
    case 401:
        return ERR_UNAUTHENTICATED;
    case 403:
        return ERR_FORBIDDEN;
    case 404:
    case 410:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 423:
        return ERR_LOCKED;
    case 429:
        return ERR_THROTTLED;
    case 507:
        return ERR_STORAGE_FULL;
    default:
        return status >= 500 ? ERR_TRANSIENT : ERR_INVALID;
    }
}

struct err *remote_refusal(const struct http_answer_in *answer, struct arena *arena)
{
    struct problem problem = {0};
    struct err *e =
        json_read(answer->body, problem_fields, JSON_IGNORE_UNKNOWN, "", arena, &problem);
    if (e != NULL || problem.detail.len == 0)
        return err_new(code_of(answer->status), "the room answered with status %d", answer->status);
    return problem.field.len > 0
               ? err_field(code_of(answer->status), problem.field.ptr, "%s", problem.detail.ptr)
               : err_new(code_of(answer->status), "%s", problem.detail.ptr);
}

static struct err *send(enum remote_as as, struct str url, enum http_method method,
                        const char *const *headers, struct str body, struct arena *arena,
                        struct http_answer_in *out)
{
    struct http_client_config config = {.ca = cli_environment("R7_CA"), .timeout_ms = TIMEOUT_MS};
    if (as == REMOTE_SYSTEM) {
        config.certificate = cli_environment("R7_CERT");
        config.key = cli_environment("R7_KEY");
    }
    struct http_client *client = http_client_new(&config);
    struct err *e = http_fetch(client, method, url, headers, body, ANSWER_LIMIT, arena, out);
    http_client_free(client);
    return e;
}

/* `further` is one more header, or NULL. */
static struct err *ask(enum remote_as as, const char *room, enum http_method method,
                       struct str path, const char *further, struct str body, struct arena *arena,
                       struct str *out_body)
{
    const char *headers[] = {"Content-Type: application/json", NULL, NULL, NULL};
    size_t count = 1;
    const char *variable = arena_format(arena, "R7_%s_URL", room).ptr;
    struct str base = cli_environment(variable);
    struct http_answer_in answer = {0};
    struct str token = {0};
    if (base.ptr == NULL)
        return err_field(ERR_INVALID, variable, "not set: where the room is; . var/demo/env");
    if (as == REMOTE_PERSON) {
        TRY(find_token(arena, &token));
        headers[count++] = arena_format(arena, "Authorization: Bearer %.*s", STR_ARG(token)).ptr;
    }
    headers[count] = further;
    struct str url = arena_format(arena, "%s%.*s", base.ptr, STR_ARG(path));
    TRY(send(as, url, method, headers, body, arena, &answer));
    if (answer.status < 200 || answer.status > 299)
        return remote_refusal(&answer, arena);
    *out_body = answer.body;
    return NULL;
}

struct err *remote_ask(enum remote_as as, const char *room, enum http_method method,
                       struct str path, struct str body, struct arena *arena, struct str *out_body)
{
    return ask(as, room, method, path, NULL, body, arena, out_body);
}

struct err *remote_command(const char *room, struct str path, struct str body, struct arena *arena,
                           struct str *out_body)
{
    struct uuid key = UUID_FROM(S("r7 command"), path, body);
    const char *header = arena_format(arena, "Idempotency-Key: %s", uuid_text(key).text).ptr;
    return ask(REMOTE_PERSON, room, HTTP_POST, path, header, body, arena, out_body);
}

struct err *remote_end(const char *room, struct str path, const char *reason, struct arena *arena)
{
    struct str ignored = {0};
    if (strpbrk(reason, "\r\n") != NULL)
        return err_field(ERR_INVALID, "reason", "more than one line");
    return ask(REMOTE_PERSON, room, HTTP_DELETE, path,
               arena_format(arena, "R7-Reason: %s", reason).ptr, (struct str){0}, arena, &ignored);
}

/* What came instead of the bytes. */
static struct err *refusal_in(int descriptor, int status, struct arena *arena)
{
    enum { PROBLEM_MAX = 64 * 1024 };
    char *text = arena_alloc(arena, PROBLEM_MAX, 1);
    ssize_t got = pread(descriptor, text, PROBLEM_MAX, 0);
    const struct http_answer_in answer = {.status = status,
                                          .body = {text, got > 0 ? (size_t)got : 0}};
    return remote_refusal(&answer, arena);
}

struct err *remote_save(const char *room, struct str path, const char *const *headers,
                        struct str body, int descriptor, struct arena *arena)
{
    const char *all[REMOTE_HEADERS + 3] = {"Content-Type: application/json"};
    const char *variable = arena_format(arena, "R7_%s_URL", room).ptr;
    const struct http_client_config config = {.ca = cli_environment("R7_CA"),
                                              .timeout_ms = TIMEOUT_MS};
    struct str base = cli_environment(variable);
    struct str token = {0};
    struct http_answer_in answer = {0};
    if (base.ptr == NULL)
        return err_field(ERR_INVALID, variable, "not set: where the room is; . var/demo/env");
    TRY(find_token(arena, &token));
    all[1] = arena_format(arena, "Authorization: Bearer %.*s", STR_ARG(token)).ptr;
    for (size_t i = 0; i < REMOTE_HEADERS && headers != NULL && headers[i] != NULL; i++)
        all[i + 2] = headers[i];
    struct str url = arena_format(arena, "%s%.*s", base.ptr, STR_ARG(path));
    struct http_client *client = http_client_new(&config);
    struct err *e = http_download(client, url, all, body, descriptor, arena, &answer);
    http_client_free(client);
    TRY(e);
    return answer.status >= 200 && answer.status <= 299
               ? NULL
               : refusal_in(descriptor, answer.status, arena);
}

struct err *remote_save_file(const char *room, struct str path, const char *const *headers,
                             struct str body, const char *file, struct arena *arena)
{
    const char *beside = arena_format(arena, "%s.partial", file).ptr;
    autoclose int descriptor = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return err_errno(ERR_STORAGE, "could not make \"%s\"", beside);
    struct err *e = remote_save(room, path, headers, body, descriptor, arena);
    if (e == NULL && (fsync(descriptor) != 0 || rename(beside, file) != 0))
        e = err_errno(ERR_STORAGE, "could not write \"%s\"", file);
    if (e != NULL)
        unlink(beside);
    return e;
}

void remote_put_text(const char *name, const char *value, struct buf *body)
{
    if (value == NULL)
        return;
    buf_format(body, "%s\"%s\":", body->len > 1 ? "," : "", name);
    json_quote(str_from(value), body);
}

void remote_put_person(struct str number, const char *type, const char *system, struct buf *body)
{
    buf_put(body, S("{\"person\":{\"number\":"));
    json_quote(number, body);
    remote_put_text("id_type", type, body);
    remote_put_text("source_system", system, body);
    buf_byte(body, '}');
}

struct err *remote_put_day(const char *name, const char *date, int days, struct buf *body)
{
    struct instant at = {0};
    char digits[16] = "";
    char text[INSTANT_TEXT];
    if (date == NULL)
        return NULL;
    for (size_t i = 0, n = 0; date[i] != '\0' && n < 9; i++)
        if (date[i] != '-')
            digits[n++] = date[i];
    if (!instant_from_swedish(str_from(digits), &at) || strlen(digits) != 8)
        return cli_usage_error("--%s is no date (1998-05-31)", name);
    if (days > 0) { /* the day after begins at midnight, however long this day is */
        at = instant_add(at, INT64_C(26) * 3600 * 1000000);
        instant_to_swedish(at, digits);
        digits[8] = '\0';
        if (!instant_from_swedish(str_from(digits), &at))
            return cli_usage_error("--%s is no date of ours", name);
    }
    instant_print(at, text);
    remote_put_text(name, text, body);
    return NULL;
}

struct err *remote_read_number(const char *given, struct arena *arena, struct str *out)
{
    char line[128];
    if (strcmp(given, "-") != 0) {
        *out = str_from(given);
        return NULL;
    }
    if (isatty(STDIN_FILENO))
        fputs("person: ", stderr);
    if (fgets(line, sizeof line, stdin) == NULL)
        return err_new(ERR_INVALID, "no number was given");
    *out = arena_str(arena, str_trim(str_from(line)));
    return NULL;
}

struct err *kafka_administrator(struct bus_config *out)
{
    *out =
        (struct bus_config){cli_environment("R7_KAFKA_BOOTSTRAP"), cli_environment("R7_KAFKA_CA"),
                            cli_environment("R7_KAFKA_CERT"), cli_environment("R7_KAFKA_KEY")};
    return out->bootstrap.ptr != NULL
               ? NULL
               : err_field(ERR_INVALID, "R7_KAFKA_BOOTSTRAP",
                           "not set: where Kafka is (host:port); . var/demo/env");
}
