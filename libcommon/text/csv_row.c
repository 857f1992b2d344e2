/* Cutting rows. */
#include "text/csv_row.h"
#include "base/base.h"
#include "text/encoding.h"

char csv_separator(struct str header)
{
    static const char candidates[] = {';', '\t', ','};
    size_t counts[COUNT(candidates)] = {0};
    bool quoted = false;
    for (size_t i = 0; i < header.len; i++) {
        quoted ^= header.ptr[i] == '"';
        for (size_t j = 0; j < COUNT(candidates); j++)
            counts[j] += !quoted && header.ptr[i] == candidates[j];
    }
    size_t best = 0;
    for (size_t j = 1; j < COUNT(candidates); j++)
        if (counts[j] > counts[best])
            best = j;
    return candidates[best];
}

bool csv_scan_row(struct csv_scan *scan, struct str bytes, char separator)
{
    while (scan->at < bytes.len) {
        char c = bytes.ptr[scan->at++];
        if (scan->place == CSV_QUOTED) {
            if (c == '"')
                scan->place = CSV_QUOTE_ENDS;
        } else if (c == '\n') {
            return true;
        } else if (c == '"' && scan->place != CSV_BARE) {
            scan->place = CSV_QUOTED; /* begins a cell, or is the second of a doubled one */
        } else {
            scan->place = c == separator ? CSV_CELL_BEGINS : CSV_BARE;
        }
    }
    return false;
}

static struct str without_line_end(struct str bytes)
{
    if (str_ends(bytes, S("\n")))
        bytes.len--;
    if (str_ends(bytes, S("\r")))
        bytes.len--;
    return bytes;
}

static struct str decode(struct str bytes, enum text_encoding encoding, struct arena *arena,
                         const char **out_doubtful)
{
    bool utf8 = encoding != TEXT_WINDOWS_1252 && str_is_utf8(bytes);
    if (!utf8 && encoding == TEXT_UTF8)
        *out_doubtful = "is not UTF-8 as the mapping says; read as Windows-1252";
    return utf8 ? bytes : windows_1252_to_utf8(bytes, arena);
}

/* Takes one cell from the beginning of `rest`, writes its text to `out` and says how long that is.
 * `rest` is left at the separator or empty. */
static size_t take_cell(struct str *rest, char separator, char *out, const char **out_doubtful)
{
    size_t at = 0;
    size_t length = 0;
    bool open = rest->len > 0 && rest->ptr[0] == '"';
    if (open) {
        for (at = 1; open && at < rest->len; at++) {
            bool quote = rest->ptr[at] == '"';
            bool doubled = quote && at + 1 < rest->len && rest->ptr[at + 1] == '"';
            at += doubled;
            open = !quote || doubled;
            if (open)
                out[length++] = rest->ptr[at];
        }
        if (open)
            *out_doubtful = "has a quote left open";
        else if (at < rest->len && rest->ptr[at] != separator)
            *out_doubtful = "has text after a closing quote";
    }
    while (at < rest->len && rest->ptr[at] != separator)
        out[length++] = rest->ptr[at++];
    *rest = str_slice(*rest, at, rest->len);
    return length;
}

struct err *csv_split_row(struct str bytes, char separator, enum text_encoding encoding,
                          struct arena *arena, struct str **out_cells, size_t *out_count,
                          const char **out_doubtful)
{
    *out_doubtful = NULL;
    struct str rest = decode(without_line_end(bytes), encoding, arena, out_doubtful);
    size_t most = 1;
    for (size_t i = 0; i < rest.len; i++)
        most += rest.ptr[i] == separator;
    most = most < CSV_COLUMNS_MAX ? most : CSV_COLUMNS_MAX;

    struct str *cells = ARENA_ARRAY(arena, struct str, most);
    char *text = arena_alloc(arena, rest.len + 1, 1);
    size_t count = 0;
    for (bool more = true; more; count++) {
        if (count == most)
            return err_new(ERR_TOO_LARGE, "a row has more than %d cells", CSV_COLUMNS_MAX);
        size_t length = take_cell(&rest, separator, text, out_doubtful);
        cells[count] = str_trim((struct str){text, length});
        text += length;
        more = rest.len > 0;
        rest = str_slice(rest, 1, rest.len);
    }
    *out_cells = cells;
    *out_count = count;
    return NULL;
}
