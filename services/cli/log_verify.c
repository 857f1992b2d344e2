/* r7 log verify: does an extract of the disclosure log agree with what was signed? Needs no server.
 */
#include "log.h"
#include "log_sealed.h"
#include "text/json.h"

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

enum { SMALL_FILE_MAX = 1 << 20, LINE_ARENA = 64 << 20 };
static const size_t DOCUMENT_MAX = (size_t)256 << 20;

void log_fault(struct log_faults *faults, const char *text, ...)
{
    va_list arguments;
    if (faults->count++ >= LOG_FAULTS_TOLD)
        return;
    va_start(arguments, text);
    vprintf(text, arguments);
    va_end(arguments);
    putchar('\n');
}

void log_faults_more(struct log_faults *faults, int64_t count)
{
    faults->count += (size_t)count;
}

struct asked {
    const char *key;
    const char *changes;
    const char *checkpoint;
    const char *tiles;
    const char *journal;
    const char *extract;
};

struct verified {
    struct log_extract_head head;
    struct log_keys keys;
    struct checkpoint *changes; /* by which one handed over to the next */
    size_t change_count;
    bool own_key; /* as the extract says, for want of another */
    struct checkpoint checkpoint;
    struct log_faults faults;
    int64_t right;
    int64_t removed;
};

/* --- what is given */

static struct err *read_small(const char *path, struct arena *arena, struct str *out)
{
    autobuf struct buf text = buf_new(SMALL_FILE_MAX);
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    TRY(cli_read(file, &text));
    *out = arena_str(arena, buf_str(&text));
    return NULL;
}

/* The key as text, or several in a file's lines; then those that they have handed over to. */
static struct err *read_keys(const struct asked *asked, struct arena *arena, struct verified *v)
{
    struct str text = v->head.key;
    struct str line;
    v->own_key = asked->key == NULL;
    if (!v->own_key && access(asked->key, R_OK) == 0)
        TRY(read_small(asked->key, arena, &text));
    else if (!v->own_key)
        text = str_from(asked->key);
    while (str_cut(&text, '\n', &line))
        if (str_trim(line).len > 0)
            TRY(log_keys_add(&v->keys, str_trim(line)));
    if (asked->changes == NULL)
        return NULL;
    TRY(read_small(asked->changes, arena, &text));
    return err_wrap(log_keys_follow(&v->keys, text, arena, &v->changes, &v->change_count), "%s",
                    asked->changes);
}

/* The extract's own checkpoint; a bad signature is a fault that ends it. */
static struct err *read_head(const struct asked *asked, struct str text, struct arena *arena,
                             struct verified *v)
{
    TRY(log_extract_head_read(text, arena, &v->head));
    struct err *e = read_keys(asked, arena, v);
    const char *what = e != NULL ? "the change of key" : "the extract's checkpoint";
    if (e == NULL)
        e = log_keys_open(&v->keys, v->head.checkpoint, arena, &v->checkpoint);
    if (e == NULL || e->code != ERR_CORRUPT)
        return e;
    log_fault(&v->faults, "%s: %s", what, e->detail);
    return e;
}

/* --- the whole log, in lines */

static struct err *load_truth(const struct asked *asked, struct arena *arena, struct verified *v,
                              struct log_truth *out)
{
    struct log_truth journal = {0};
    struct log_truth tiles = {0};
    bool by_journal = asked->journal != NULL;
    if (by_journal)
        TRY(log_truth_of_journal(asked->journal, &v->keys, arena, &v->faults, &journal));
    if (asked->tiles != NULL)
        tiles = log_truth_of_tiles(asked->tiles, &v->checkpoint, by_journal ? &journal : NULL,
                                   &v->faults);
    *out = by_journal ? journal : tiles;
    return NULL;
}

/* The checkpoint that the extract goes by, and one that was kept, are both of this log. */
static void check_checkpoint(const char *what, const struct checkpoint *checkpoint,
                             const struct log_truth *truth, struct log_faults *faults)
{
    if (checkpoint->size > truth->size) {
        log_fault(faults, "%s: the log is older than it: %lld leaves, and it has %lld", what,
                  (long long)truth->size, (long long)checkpoint->size);
        return;
    }
    struct sha256 root = log_truth_root(truth, checkpoint->size);
    if (!sha256_equal(root, checkpoint->root))
        log_fault(faults, "%s: its root is not that of the log's first %lld leaves", what,
                  (long long)checkpoint->size);
}

static struct err *check_kept(const struct asked *asked, struct arena *arena, struct verified *v,
                              const struct log_truth *truth)
{
    struct checkpoint kept = {0};
    struct str text = {0};
    if (asked->checkpoint == NULL)
        return NULL;
    TRY(read_small(asked->checkpoint, arena, &text));
    TRY(err_wrap(log_keys_open(&v->keys, text, arena, &kept), "%s", asked->checkpoint));
    if (kept.size > v->checkpoint.size)
        log_fault(&v->faults,
                  "the extract is older than the checkpoint that was kept: %lld leaves, and it has "
                  "%lld",
                  (long long)v->checkpoint.size, (long long)kept.size);
    check_checkpoint("the checkpoint that was kept", &kept, truth, &v->faults);
    return NULL;
}

static struct err *read_rows(FILE *file, struct verified *v, struct log_rows *rows)
{
    autoarena struct arena *arena = arena_new(LINE_ARENA);
    autofree char *line = NULL;
    size_t room = 0;
    for (int64_t number = 2;; number++) {
        struct log_told told;
        ssize_t length = getline(&line, &room, file);
        if (length <= 0)
            return ferror(file) == 0 ? NULL : err_errno(ERR_STORAGE, "could not read the extract");
        const struct err *before = err_mark();
        arena_reset(arena);
        struct err *e = log_extract_read(str_trim((struct str){line, (size_t)length}),
                                         v->head.tenant, arena, &told);
        if (e == NULL)
            log_rows_add(rows, &told);
        else
            log_fault(&v->faults, "line %lld is no row of an extract: %s%s%s", (long long)number,
                      e->field != NULL ? e->field : "", e->field != NULL ? ": " : "", e->detail);
        err_forget(before);
    }
}

static struct err *verify_lines(const struct asked *asked, FILE *file, struct arena *arena,
                                struct verified *v)
{
    struct log_truth truth = {0};
    if (asked->tiles == NULL && asked->journal == NULL)
        return cli_usage_error("an extract of the whole log needs --tiles or --journal");
    TRY(load_truth(asked, arena, v, &truth));
    check_checkpoint("the extract's checkpoint", &v->checkpoint, &truth, &v->faults);
    for (size_t i = 0; i < v->change_count && v->changes[i].size <= truth.size; i++)
        check_checkpoint("the change of key", &v->changes[i], &truth, &v->faults);
    struct err *e = check_kept(asked, arena, v, &truth);
    if (truth.size > v->checkpoint.size)
        truth.size = v->checkpoint.size; /* the journal may have gone on since */
    struct log_rows *rows = log_rows_new(&truth, &v->faults);
    if (e == NULL)
        e = read_rows(file, v, rows);
    if (e == NULL)
        e = log_rows_end(rows, &v->right, &v->removed);
    log_rows_free(rows);
    log_truth_free(&truth);
    return e;
}

/* --- one person's rows, each with its proof */

static void verify_row(const struct log_told *told, struct verified *v)
{
    bool proven = told->has_proof &&
                  tree_inclusion_holds(told->leaf, v->checkpoint.size, log_leaf(told->commitment),
                                       v->checkpoint.root, told->proof, told->proof_count);
    v->right += proven;
    if (!proven)
        log_fault(&v->faults, "leaf %lld, row %s: changed or inserted: %s", (long long)told->leaf,
                  uuid_text(told->id).text,
                  told->has_proof ? "its proof does not hold" : "it has no proof");
}

static struct err *verify_document(struct str text, struct arena *arena, struct verified *v)
{
    enum { ROWS_MAX = 1000000 };
    struct json_part *parts = NULL;
    struct str rows = {0};
    size_t count = 0;
    autoarena struct arena *row = arena_new(LINE_ARENA);
    TRY(json_member(text, "rows", arena, &rows));
    TRY(json_parts(rows, ROWS_MAX, "rows", arena, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        struct log_told told;
        const struct err *before = err_mark();
        arena_reset(row);
        struct err *e = log_extract_read(parts[i].text, v->head.tenant, row, &told);
        if (e == NULL)
            verify_row(&told, v);
        else
            log_fault(&v->faults, "row %zu is none of an extract: %s%s%s", i + 1,
                      e->field != NULL ? e->field : "", e->field != NULL ? ": " : "", e->detail);
        err_forget(before);
    }
    return NULL;
}

/* --- */

static bool has_rows(struct str text, struct arena *arena)
{
    struct str rows = {0};
    return json_member(text, "rows", arena, &rows) == NULL && rows.ptr != NULL;
}

/* The first line is a header, or the file is one document. */
static struct err *verify_file(const struct asked *asked, FILE *file, struct verified *v,
                               struct arena *arena)
{
    autofree char *line = NULL;
    size_t room = 0;
    ssize_t length = getline(&line, &room, file);
    if (length <= 0)
        return err_new(ERR_INVALID, "\"%s\" is empty", asked->extract);
    struct str first = arena_str(arena, str_trim((struct str){line, (size_t)length}));
    struct log_extract_head head;
    if (log_extract_head_read(first, arena, &head) == NULL && !has_rows(first, arena)) {
        TRY(read_head(asked, first, arena, v));
        return verify_lines(asked, file, arena, v);
    }
    autobuf struct buf whole = buf_new(DOCUMENT_MAX);
    rewind(file);
    TRY(cli_read(fileno(file), &whole));
    TRY(read_head(asked, buf_str(&whole), arena, v));
    return verify_document(buf_str(&whole), arena, v);
}

static void tell(const struct verified *v)
{
    if (v->faults.count > LOG_FAULTS_TOLD)
        printf("… and %zu more\n", v->faults.count - LOG_FAULTS_TOLD);
    printf("%.*s: %lld rows are as they were sealed, of them %lld removed by decision; %zu faults; "
           "checkpoint of %lld leaves%s\n",
           STR_ARG(v->head.tenant), (long long)v->right, (long long)v->removed, v->faults.count,
           (long long)v->checkpoint.size,
           v->own_key ? ", by the extract's own key: compare it with one you were given" : "");
}

struct err *log_verify(int argc, char **argv)
{
    struct asked asked = {0};
    const struct cli_option options[] = {{"--key", &asked.key, false},
                                         {"--changes", &asked.changes, false},
                                         {"--checkpoint", &asked.checkpoint, false},
                                         {"--tiles", &asked.tiles, false},
                                         {"--journal", &asked.journal, false},
                                         CLI_OPTIONS_END};
    struct verified v = {0};
    TRY(cli_arguments(argc, argv, options, 1, &asked.extract));
    autoarena struct arena *arena = arena_new((size_t)4 << 30);
    FILE *file = fopen(asked.extract, "re");
    if (file == NULL)
        return cli_undecided(err_errno(ERR_STORAGE, "could not open \"%s\"", asked.extract));
    struct err *e = verify_file(&asked, file, &v, arena);
    fclose(file);
    if (e != NULL && v.faults.count == 0)
        return cli_is_usage_error(e) ? e : cli_undecided(e);
    tell(&v);
    return v.faults.count == 0
               ? NULL
               : err_new(ERR_CORRUPT, "the log is not what was signed: %zu faults", v.faults.count);
}

struct err *log_verify_command(int argc, char **argv)
{
    static const struct cli_word words[] = {{"verify", log_verify}, {NULL, NULL}};
    return cli_run_word(argc, argv, words);
}
