/* Reading the list. */
#include "import_list.h"
#include "text/csv_row.h"
#include "walk.h"

enum { COLUMNS = 4 };
enum column { NAME, BYTES, ALGORITHM, CHECKSUM };
static const char *const column_names[COLUMNS] = {"name", "bytes", "algorithm", "checksum"};

struct reading {
    struct arena *arena;
    struct import_list *list;
    size_t room;
    size_t line;
    char separator; /* of a table; 0: sums */
    enum column order[COLUMNS];
};

/* --- values
 * --------------------------------------------------------------------------------------- */

/* Takes "." out. */
static struct err *read_path(struct reading *r, struct str name, const char **out)
{
    struct buf path = buf_new(IMPORT_PATH_MAX);
    struct err *e = NULL;
    if (name.len == 0 || name.ptr[0] == '/')
        return err_new(ERR_UNSAFE, "a name is empty or absolute");
    for (struct str part = {0}; e == NULL && str_cut(&name, '/', &part);) {
        if (part.len == 0 || str_equal(part, S("..")))
            e = err_new(ERR_UNSAFE, "a name leads upwards, or has an empty part");
        else if (!str_equal(part, S(".")))
            e = walk_check_name(part);
        if (e == NULL && !str_equal(part, S("."))) {
            buf_put(&path, path.len > 0 ? S("/") : (struct str){0});
            buf_put(&path, part);
        }
    }
    if (e == NULL)
        e = buf_done(&path, "a name");
    if (e == NULL && path.len == 0)
        e = err_new(ERR_UNSAFE, "a name is no file's");
    if (e == NULL)
        *out = arena_cstr(r->arena, buf_str(&path));
    buf_free(&path);
    return e;
}

static bool is_digest(enum digest_algorithm algorithm)
{
    return algorithm != DIGEST_CRC32 && algorithm != DIGEST_ADLER32;
}

static struct err *read_digest(struct reading *r, struct str hex, struct checksum *out)
{
    size_t size = digest_size(out->algorithm);
    uint8_t *digest = arena_alloc(r->arena, size, 1);
    if (!hex_decode(hex, digest, size))
        return err_new(ERR_INVALID, "the checksum is not %zu hexadecimal digits", 2 * size);
    out->digest = (struct str){(const char *)digest, size};
    return NULL;
}

static bool algorithm_by_length(size_t length, enum digest_algorithm *out)
{
    for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
        *out = (enum digest_algorithm)i;
        if (is_digest(*out) && 2 * digest_size(*out) == length)
            return true;
    }
    return false;
}

static struct err *add(struct reading *r, const struct listed *file)
{
    struct import_list *list = r->list;
    if (list->count == IMPORT_FILES_MAX)
        return err_new(ERR_TOO_LARGE, "the list has over %d files", IMPORT_FILES_MAX);
    if (list->count == r->room) { /* the arena keeps the smaller ones too: twice as much at most */
        struct listed *more = ARENA_ARRAY(r->arena, struct listed, r->room > 0 ? 2 * r->room : 64);
        if (list->count > 0)
            memcpy(more, list->files, list->count * sizeof *more);
        list->files = more;
        r->room = r->room > 0 ? 2 * r->room : 64;
    }
    path_map_add(list->paths, str_from(file->path), list->count);
    list->files[list->count++] = *file;
    return NULL;
}

/* --- sums
 * ----------------------------------------------------------------------------------------- */

static struct err *read_sum(struct reading *r, struct str line)
{
    struct listed file = {.bytes = -1, .line = r->line};
    size_t length = str_find(line, ' ');
    struct str mark = str_slice(line, length, length + 2);
    if (!str_equal(mark, S("  ")) && !str_equal(mark, S(" *")))
        return err_new(ERR_INVALID, "it is not a checksum, two characters and a name");
    if (!algorithm_by_length(length, &file.sum.algorithm))
        return err_new(ERR_INVALID, "no checksum has %zu digits", length);
    TRY(read_digest(r, str_slice(line, 0, length), &file.sum));
    TRY(read_path(r, str_slice(line, length + 2, line.len), &file.path));
    return add(r, &file);
}

/* --- a table
 * -------------------------------------------------------------------------------------- */

static struct err *cut_values(struct reading *r, struct str line, struct str **out)
{
    size_t count = 0;
    const char *doubtful = NULL;
    TRY(csv_split_row(line, r->separator, TEXT_DETECT, r->arena, out, &count, &doubtful));
    if (doubtful != NULL)
        return err_new(ERR_INVALID, "it %s", doubtful);
    return count == COLUMNS ? NULL
                            : err_new(ERR_INVALID, "it has %zu values, not %d", count, COLUMNS);
}

static struct err *read_row(struct reading *r, struct str line)
{
    struct listed file = {.line = r->line};
    struct str *values = NULL;
    struct str by_column[COLUMNS];
    TRY(cut_values(r, line, &values));
    for (int i = 0; i < COLUMNS; i++)
        by_column[r->order[i]] = values[i];
    if (!str_to_i64(by_column[BYTES], 0, INT64_MAX, &file.bytes))
        return err_new(ERR_INVALID, "bytes is no number");
    if (!digest_algorithm_parse(by_column[ALGORITHM], &file.sum.algorithm) ||
        !is_digest(file.sum.algorithm))
        return err_new(ERR_INVALID, "the algorithm is none of MD5, SHA-1, SHA-256, SHA-384 and "
                                    "SHA-512");
    TRY(read_digest(r, by_column[CHECKSUM], &file.sum));
    TRY(read_path(r, by_column[NAME], &file.path));
    return add(r, &file);
}

/* Is the first line a table's, with the four names in this order? */
static bool read_heading(struct reading *r, struct str line)
{
    struct str *values = NULL;
    unsigned seen = 0;
    r->separator = csv_separator(line);
    if (cut_values(r, line, &values) != NULL)
        return false;
    for (unsigned i = 0; i < COLUMNS; i++)
        for (unsigned c = 0; c < COLUMNS; c++)
            if (str_equal_nocase(values[i], str_from(column_names[c]))) {
                r->order[i] = (enum column)c;
                seen |= 1U << c;
            }
    return seen == (1U << COLUMNS) - 1;
}

/* --- all of it
 * ------------------------------------------------------------------------------------ */

static struct err *read_line(struct reading *r, struct str line)
{
    if (str_ends(line, S("\r")))
        line = str_slice(line, 0, line.len - 1);
    if (line.len == 0)
        return NULL;
    if (r->line == 1 && read_heading(r, line))
        return NULL;
    if (r->line == 1)
        r->separator = '\0';
    return r->separator != '\0' ? read_row(r, line) : read_sum(r, line);
}

static struct err *at_line(struct err *e, size_t line)
{
    char place[32];
    snprintf(place, sizeof place, "line %zu", line);
    return e == NULL ? NULL : err_field(e->code, place, "%s", e->detail);
}

static struct err *read_lines(struct reading *r, struct str text)
{
    uint64_t first = 0;
    uint64_t second = 0;
    if (str_starts(text, S("\xef\xbb\xbf"))) /* as some programs begin UTF-8 */
        text = str_slice(text, 3, text.len);
    for (struct str line = {0}; str_cut(&text, '\n', &line);) {
        r->line++;
        TRY(at_line(read_line(r, line), r->line));
    }
    if (r->list->count == 0)
        return err_new(ERR_INVALID, "the list has no file");
    if (!path_map_sort(r->list->paths, &first, &second))
        return at_line(
            err_new(ERR_INVALID, "it has the same name as line %zu", r->list->files[first].line),
            r->list->files[second].line);
    return NULL;
}

struct err *import_list_read(struct str text, struct arena *arena, struct import_list *out)
{
    if (text.len > IMPORT_LIST_BYTES_MAX)
        return err_new(ERR_TOO_LARGE, "the list has over %d bytes", IMPORT_LIST_BYTES_MAX);
    *out = (struct import_list){.paths = path_map_new()};
    struct err *e = read_lines(&(struct reading){.arena = arena, .list = out}, text);
    if (e != NULL)
        import_list_free(out);
    return e;
}

void import_list_free(struct import_list *list)
{
    path_map_free(list->paths);
    *list = (struct import_list){0};
}
