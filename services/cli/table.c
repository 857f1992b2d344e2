/* What rows of tables have in common. Pure. */
#include "services/cli/table.h"
#include "text/json.h"

#define HOUR_US (INT64_C(3600) * 1000000)

struct err *table_read_header(const struct str *cells, size_t count, const char *const *names,
                              size_t columns, const char *of, struct table_header *out)
{
    struct table_header header = {.count = count};
    for (size_t c = 0; c < TABLE_COLUMNS_MAX; c++)
        header.place[c] = -1;
    for (size_t i = 0; i < count; i++) {
        struct str name = str_trim(cells[i]);
        size_t c = 0;
        while (c < columns && !str_equal(name, str_from(names[c])))
            c++;
        if (c == columns)
            return err_new(ERR_INVALID, "\"%.*s\" is no column of a table of %s", STR_ARG(name),
                           of);
        if (header.place[c] >= 0)
            return err_new(ERR_INVALID, "the column %s stands twice", names[c]);
        header.place[c] = (int)i;
    }
    *out = header;
    return NULL;
}

struct err *table_check_row(const struct table_header *header, size_t count)
{
    return count == header->count ? NULL
                                  : err_new(ERR_INVALID, "the row has %zu cells, the header %zu",
                                            count, header->count);
}

struct str table_cell(const struct table_header *header, const struct str *cells, size_t column)
{
    return header->place[column] < 0 ? (struct str){0} : str_trim(cells[header->place[column]]);
}

bool table_is_id(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7F || strchr("/?#%\\\"<>", (char)c) != NULL)
            return false;
    }
    return text.len > 0;
}

/* Days are 23 to 25 hours long, so the middle of the next one is 36 hours after the first second.
 */
static bool read_date(struct str text, bool last, struct instant *out)
{
    char digits[15] = "";
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-')
        return false;
    snprintf(digits, sizeof digits, "%.4s%.2s%.2s", text.ptr, text.ptr + 5, text.ptr + 8);
    if (!instant_from_swedish(str_from(digits), out))
        return false;
    if (!last)
        return true;
    instant_to_swedish(instant_add(*out, 36 * HOUR_US), digits);
    return instant_from_swedish((struct str){digits, 8}, out);
}

struct err *table_put_time(const char *name, struct str text, bool last, struct buf *out)
{
    struct instant at = {0};
    if (!read_date(text, last, &at) && !instant_parse(text, &at))
        return err_field(ERR_INVALID, name, "is no date (1998-05-31) and no time with its zone");
    char printed[INSTANT_TEXT];
    instant_print(at, printed);
    json_quote(str_from(printed), out);
    return NULL;
}
