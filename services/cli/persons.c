/* r7 persons: asks the national person service about people. Numbers stand in a file or come on
 * standard input, never in a command's arguments, and none is printed: lines are named. */
#include "persons.h"
#include "remote.h"
#include "text/json.h"

#include <unistd.h>

enum { LINES_MAX = 1000000, LINE_MAX_BYTES = 256 };

struct outcome {
    bool known;
    int32_t links_made;
    int32_t links_ended;
};
static const struct field outcome_fields[] = {
    FIELD(struct outcome, known, REQUIRED), FIELD(struct outcome, links_made, REQUIRED),
    FIELD(struct outcome, links_ended, REQUIRED), FIELDS_END};

struct tally {
    size_t asked;
    size_t unknown;
    size_t refused;
    int64_t links_made;
    int64_t links_ended;
};

/* "NUMBER", or "NUMBER OID" for one that does not tell its kind by itself. */
static struct err *send_line(struct str line, struct arena *arena, struct tally *tally)
{
    autobuf struct buf body = buf_new(8 * (size_t)LINE_MAX_BYTES);
    struct str number = {0};
    struct str answer = {0};
    struct outcome outcome = {0};
    if (line.len > LINE_MAX_BYTES)
        return err_new(ERR_TOO_LARGE, "longer than %d bytes", LINE_MAX_BYTES);
    (void)str_cut(&line, ' ', &number);
    buf_put(&body, S("{\"person\":{\"number\":"));
    json_quote(number, &body);
    if (str_trim(line).len > 0) {
        buf_put(&body, S(",\"id_type\":"));
        json_quote(str_trim(line), &body);
    }
    buf_put(&body, S("}}"));
    TRY(buf_done(&body, "the line"));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/persons/refresh"), buf_str(&body), arena,
                   &answer));
    TRY(json_read(answer, outcome_fields, JSON_IGNORE_UNKNOWN, "", arena, &outcome));
    tally->asked++;
    tally->unknown += !outcome.known;
    tally->links_made += outcome.links_made;
    tally->links_ended += outcome.links_ended;
    return NULL;
}

/* What one line is refused for is that line's; that nobody answers, or who signed in may not, is
 * all lines'. */
static bool ends_all(const struct err *e)
{
    return err_class(e) == ERR_CLASS_TRANSIENT || e->code == ERR_UNAUTHENTICATED ||
           e->code == ERR_PRECONDITION || e->code == ERR_UNSUPPORTED;
}

static struct err *send_lines(struct str text, struct tally *tally)
{
    autoarena struct arena *arena = arena_new((size_t)32 << 20);
    struct str line = {0};
    for (size_t number = 1; text.len > 0 && str_cut(&text, '\n', &line); number++) {
        line = str_trim(line);
        if (line.len == 0)
            continue;
        if (number > LINES_MAX)
            return err_new(ERR_TOO_LARGE, "the list has over %d lines", LINES_MAX);
        struct err *e = send_line(line, arena, tally);
        if (e != NULL && ends_all(e))
            return err_wrap(e, "line %zu; those before are done", number);
        if (e != NULL) {
            fprintf(stderr, "line %zu: %s\n", number, e->detail);
            tally->refused++;
        }
        err_reset();
        arena_reset(arena);
    }
    return NULL;
}

static struct err *refresh(int argc, char **argv)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    autobuf struct buf text = buf_new((size_t)64 << 20);
    autoarena struct arena *arena = arena_new((size_t)128 << 20);
    struct tally tally = {0};
    struct str list = {0};
    const char *path = NULL;
    TRY(cli_arguments(argc, argv, none, 1, &path));
    if (strcmp(path, "-") == 0) {
        TRY(err_wrap(cli_read(STDIN_FILENO, &text), "standard input"));
        list = buf_str(&text);
    } else {
        TRY(remote_read_file(path, arena, &list));
    }
    struct err *e = send_lines(list, &tally);
    printf("%zu asked about, %zu not known there, %lld links made, %lld ended, %zu refused\n",
           tally.asked, tally.unknown, (long long)tally.links_made, (long long)tally.links_ended,
           tally.refused);
    if (e != NULL)
        return e;
    return tally.refused == 0 ? NULL
                              : err_new(ERR_INVALID, "%zu lines were refused", tally.refused);
}

struct err *persons_command(int argc, char **argv)
{
    static const struct cli_word words[] = {
        {"refresh", refresh}, {"links", persons_links}, {"unlink", persons_unlink}, {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
