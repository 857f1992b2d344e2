/* r7 log extract: a patient's extract of the log, as a file with proofs (JSON) or in words (text,
 * PDF). The room gives it a page at a time, all of them proven in the tree of the first. */
#include "log.h"
#include "log_told.h"
#include "remote.h"
#include "text/json.h"

#include <fcntl.h>
#include <unistd.h>

enum { ARENA_MAX = 1 << 30, BODY_MAX = 16 * 1024, PAGES_MAX = 100 };

struct asked {
    struct str person;
    const char *reason;
    const char *from;
    const char *to;
};

/* --- asking
 * ----------------------------------------------------------------------------------- */

static struct err *write_body(const struct asked *a, const struct log_extract *first,
                              const struct log_extract *last, struct buf *body)
{
    remote_put_person(a->person, NULL, NULL, body);
    remote_put_text("reason", a->reason, body);
    TRY(remote_put_day("from", a->from, 0, body));
    TRY(remote_put_day("to", a->to, 1, body));
    if (last != NULL) {
        buf_format(body, ",\"size\":%lld,\"after\":", (long long)first->size);
        buf_put(body, last->next.text);
    }
    buf_byte(body, '}');
    return buf_done(body, "the question");
}

static struct err *ask_page(const struct asked *a, const struct log_extract *first,
                            const struct log_extract *last, struct arena *arena,
                            struct log_extract *out)
{
    autobuf struct buf body = buf_new(BODY_MAX);
    struct str answer = {0};
    TRY(write_body(a, first, last, &body));
    TRY(remote_ask(REMOTE_PERSON, "ACCESS", HTTP_POST, S("/log/extract"), buf_str(&body), arena,
                   &answer));
    return json_read(answer, log_extract_fields, JSON_IGNORE_UNKNOWN, "", arena, out);
}

/* The items of one list behind those of another. */
static void join(struct buf *list, struct str more)
{
    struct str items = str_trim(str_slice(more, 1, more.len - 1));
    if (items.len > 0 && list->len > 0)
        buf_byte(list, ',');
    buf_put(list, items);
}

static void put_member(const char *name, struct str text, struct buf *out)
{
    if (text.len == 0)
        return;
    buf_format(out, ",\"%s\":", name);
    json_quote(text, out);
}

/* One extract of all pages. */
static struct err *write_whole(const struct log_extract *first, const struct log_extract *last,
                               const struct buf *rows, const struct buf *names, struct buf *out)
{
    char removed[INSTANT_TEXT];
    instant_print(first->removed_before, removed);
    buf_put(out, S("{\"format\":\"r7e-log-extract-v1\""));
    put_member("tenant", first->tenant, out);
    put_member("key", first->key, out);
    put_member("checkpoint", first->checkpoint, out);
    buf_put(out, S(",\"rows\":["));
    buf_put(out, buf_str(rows));
    buf_put(out, S("],\"removed\":[],\"names\":["));
    buf_put(out, buf_str(names));
    buf_put(out, S("],\"imported\":"));
    buf_put(out, first->imported.text);
    buf_format(out, ",\"imported_more\":%s,\"size\":%lld,\"unsealed\":%lld",
               first->imported_more ? "true" : "false", (long long)first->size,
               (long long)first->unsealed);
    buf_format(out, ",\"staff_named\":%s,\"place_shown\":%s,\"more\":%s",
               first->staff_named ? "true" : "false", first->place_shown ? "true" : "false",
               last->more ? "true" : "false");
    put_member("care_provider", first->care_provider, out);
    put_member("removed_before", str_from(removed), out);
    buf_byte(out, '}');
    return buf_done(out, "the extract");
}

static struct err *ask_all(const struct asked *a, struct arena *arena, struct buf *out)
{
    autobuf struct buf rows = buf_new(LOG_EXTRACT_MAX);
    autobuf struct buf names = buf_new(LOG_EXTRACT_MAX);
    struct log_extract first = {0};
    struct log_extract page = {0};
    TRY(ask_page(a, NULL, NULL, arena, &first));
    page = first;
    join(&rows, first.rows.text);
    join(&names, first.names.text);
    for (int i = 1; page.more && i < PAGES_MAX; i++) {
        struct log_extract next = {0};
        TRY(ask_page(a, &first, &page, arena, &next));
        page = next;
        join(&rows, page.rows.text);
        join(&names, page.names.text);
    }
    TRY(buf_done(&rows, "the extract"));
    TRY(buf_done(&names, "the extract"));
    return write_whole(&first, &page, &rows, &names, out);
}

/* --- writing
 * ---------------------------------------------------------------------------------- */

static void write_text(const struct log_lines *lines, struct buf *out)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct log_line *line = &lines->at[i];
        if (line->style == PRINT_HEADING || line->style == PRINT_STRONG)
            buf_byte(out, '\n');
        if (line->style == PRINT_TEXT || line->style == PRINT_CODE)
            buf_put(out, S("    "));
        buf_put(out, line->text);
        buf_byte(out, '\n');
    }
}

static struct err *write_pdf(const struct log_lines *lines, bool swedish, struct str author,
                             struct buf *out)
{
    const struct print_facts facts = {.title = str_from(log_word(LOG_TITLE, swedish)),
                                      .author = author,
                                      .language = swedish ? S("sv") : S("en"),
                                      .page_word = log_word(LOG_PAGE, swedish)};
    struct print *print = print_new(&facts, out);
    for (size_t i = 0; i < lines->count; i++)
        print_put(print, lines->at[i].style, lines->at[i].text);
    return print_end(print);
}

/* Into a file that was not there, for the caller alone; or to standard output. */
static struct err *save(struct str bytes, const char *path)
{
    if (path == NULL)
        return fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len
                   ? NULL
                   : err_new(ERR_STORAGE, "could not write the extract");
    autoclose int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return err_errno(ERR_INVALID, "could not make %s", path);
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(file, bytes.ptr + done, bytes.len - done);
        if (n < 0)
            return err_errno(ERR_STORAGE, "could not write %s", path);
        done += (size_t)n;
    }
    return NULL;
}

static struct err *present(struct str extract, const char *format, const struct log_asked *told,
                           struct arena *arena, struct buf *out)
{
    struct log_lines lines = {0};
    struct log_extract head = {0};
    TRY(log_tell(extract, told, arena, &lines));
    TRY(json_read(extract, log_extract_fields, JSON_IGNORE_UNKNOWN, "", arena, &head));
    if (strcmp(format, "pdf") == 0)
        return write_pdf(&lines, told->swedish, head.tenant, out);
    write_text(&lines, out);
    return buf_done(out, "the extract");
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

struct err *log_extract_command(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", "pdf", NULL};
    static const char *const languages[] = {"sv", "en", NULL};
    const char *person = NULL, *from = NULL, *to = NULL, *reason = NULL, *file = NULL;
    const char *format = "text", *language = "sv";
    const struct cli_option options[] = {
        {"--person", &person, true},  {"--reason", &reason, true},
        {"--from", &from, false},     {"--to", &to, false},
        {"--format", &format, false}, {"--language", &language, false},
        {"--out", &file, false},      CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    if (!is_one_of(format, formats) || !is_one_of(language, languages))
        return cli_usage_error("--format is text, json or pdf; --language is sv or en");
    if (strcmp(format, "pdf") == 0 && file == NULL && isatty(STDOUT_FILENO))
        return cli_usage_error("a PDF goes into a file: --out");
    autoarena struct arena *arena = arena_new(ARENA_MAX);
    autobuf struct buf extract = buf_new(LOG_EXTRACT_MAX);
    autobuf struct buf out = buf_new(LOG_EXTRACT_MAX);
    struct asked asked = {.reason = reason, .from = from, .to = to};
    TRY(remote_read_number(person, arena, &asked.person));
    TRY(ask_all(&asked, arena, &extract));
    if (strcmp(format, "json") == 0) {
        buf_byte(&extract, '\n');
        return save(buf_str(&extract), file);
    }
    const struct log_asked told = {from, to, clock_now(), language[0] == 's'};
    TRY(present(buf_str(&extract), format, &told, arena, &out));
    return save(buf_str(&out), file);
}
