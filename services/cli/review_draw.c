/* r7 review draw --check SEED FILE: which rows of the log the published seed draws, by anybody who
 * has the rows' ids and units: an extract of the log, as JSON lines. */
#include "domain/log_draw.h"
#include "review.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS_FIRST = 1024, ROWS_MAX = 10 * 1000 * 1000, LINE_MAX_BYTES = 4 << 20 };

struct row {
    struct uuid id;
    struct str unit;
    struct str care_provider;
};
static const struct field row_fields[] = {FIELD(struct row, id, REQUIRED),
                                          FIELD(struct row, unit, OPTIONAL),
                                          FIELD(struct row, care_provider, OPTIONAL), FIELDS_END};

struct rows_read {
    struct log_draw_row *at;
    size_t count;
    size_t room;
    struct arena *strata; /* the strata's names */
};

static void add(struct rows_read *rows, struct uuid id, struct str stratum)
{
    if (rows->count == rows->room) {
        rows->room *= 2;
        rows->at = must_realloc(rows->at, rows->room * sizeof *rows->at);
    }
    /* Rows of a unit mostly stand in company. */
    bool same = rows->count > 0 && str_equal(rows->at[rows->count - 1].stratum, stratum);
    rows->at[rows->count] = (struct log_draw_row){
        .id = id,
        .stratum = same ? rows->at[rows->count - 1].stratum : arena_str(rows->strata, stratum)};
    rows->count++;
}

/* A row, bare or as an extract has it, in its member `row`; a line without either is an extract's
 * head. */
static struct err *take_line(struct rows_read *rows, struct str line, bool by_unit,
                             struct arena *arena)
{
    struct row row = {0};
    struct str inside = {0};
    struct str id = {0};
    TRY(json_member(line, "row", arena, &inside));
    inside = inside.ptr != NULL ? inside : line;
    TRY(json_member(inside, "id", arena, &id));
    if (id.ptr == NULL)
        return NULL;
    TRY(json_read(inside, row_fields, JSON_IGNORE_UNKNOWN, "row", arena, &row));
    if (rows->count == ROWS_MAX)
        return err_new(ERR_TOO_LARGE, "over %d rows", ROWS_MAX);
    struct str stratum = by_unit ? row.unit : row.care_provider;
    add(rows, row.id, stratum.ptr != NULL ? stratum : S(""));
    return NULL;
}

static struct err *read_rows(FILE *file, bool by_unit, struct rows_read *rows)
{
    autofree char *line = NULL;
    size_t room = 0;
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    for (size_t number = 1;; number++) {
        ssize_t got = getline(&line, &room, file);
        if (got < 0)
            return ferror(file) == 0 ? NULL : err_errno(ERR_STORAGE, "could not read the rows");
        if (got > LINE_MAX_BYTES)
            return err_new(ERR_TOO_LARGE, "line %zu is over 4 MiB", number);
        struct str text = str_trim((struct str){line, (size_t)got});
        struct err *e = text.len == 0 ? NULL : take_line(rows, text, by_unit, arena);
        if (e != NULL)
            return err_wrap(e, "line %zu", number);
        arena_reset(arena);
    }
}

static void print_drawn(const struct rows_read *rows, size_t drawn)
{
    for (size_t i = 0; i < drawn; i++)
        printf("%s  %.*s\n", uuid_text(rows->at[i].id).text, STR_ARG(rows->at[i].stratum));
    printf("%zu of %zu rows\n", drawn, rows->count);
}

struct err *review_draw(int argc, char **argv)
{
    const char *seed_text = NULL;
    const char *per = "unit";
    const char *each_text = "5";
    const char *path = NULL;
    uint8_t seed[LOG_DRAW_SEED];
    int64_t each = 0;
    const struct cli_option options[] = {{"--check", &seed_text, true},
                                         {"--per", &per, false},
                                         {"--rows", &each_text, false},
                                         CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 1, &path));
    bool by_unit = strcmp(per, "unit") == 0;
    if (!hex_decode(str_from(seed_text), seed, sizeof seed))
        return cli_usage_error(
            "a seed is 64 hexadecimal digits: GET /log/reviews/draws tells them");
    if (!by_unit && strcmp(per, "care_provider") != 0)
        return cli_usage_error("--per is unit or care_provider");
    if (!str_to_i64(str_from(each_text), 1, 1000, &each))
        return cli_usage_error("--rows is 1 to 1000");
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return err_errno(ERR_STORAGE, "could not open the file with the rows");
    struct rows_read rows = {.at = must_calloc(ROWS_FIRST, sizeof *rows.at),
                             .room = ROWS_FIRST,
                             .strata = arena_new((size_t)256 << 20)};
    struct err *e = read_rows(file, by_unit, &rows);
    if (e == NULL)
        print_drawn(&rows, log_draw(seed, rows.at, rows.count, (size_t)each));
    free(rows.at);
    arena_free(rows.strata);
    if (file != stdin)
        fclose(file);
    return e;
}
