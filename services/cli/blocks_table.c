/* A row of a table of blocks → what is asked of room access. Pure. */
#include "services/cli/blocks.h"
#include "text/json.h"

static const char *const names[BLOCK_COLUMNS] = {
#define BLOCK_COLUMN(name) #name,
#include "services/cli/blocks_columns.def"
};
_Static_assert((int)BLOCK_COLUMNS <= TABLE_COLUMNS_MAX, "a header has room for all");

#define IS(name) (1U << BLOCK_COLUMN_##name)
static const unsigned needed =
    IS(source) | IS(source_id) | IS(kind) | IS(person) | IS(care_provider);
static const unsigned plain = IS(source) | IS(source_id) | IS(care_provider) | IS(care_unit);
static const unsigned times =
    IS(records_from) | IS(records_until) | IS(valid_from) | IS(valid_until);
static const unsigned last_days = IS(records_until) | IS(valid_until);

struct err *block_table_read(const struct str *cells, size_t count, struct table_header *out)
{
    TRY(table_read_header(cells, count, names, BLOCK_COLUMNS, "blocks", out));
    for (size_t c = 0; c < BLOCK_COLUMNS; c++)
        if ((needed >> c & 1U) != 0 && out->place[c] < 0)
            return err_new(ERR_INVALID, "the column %s is needed", names[c]);
    return NULL;
}

static void put_name(const char *name, struct buf *out)
{
    buf_format(out, "%s\"%s\":", out->ptr[out->len - 1] == '{' ? "" : ",", name);
}

static struct err *put_kind(struct str text, struct buf *out)
{
    bool outer = str_equal(text, S("outer"));
    if (!outer && !str_equal(text, S("inner")))
        return err_field(ERR_INVALID, "kind", "is neither inner nor outer");
    put_name("outer", out);
    buf_format(out, "%s", outer ? "true" : "false");
    return NULL;
}

static void put_person(const struct table_header *table, const struct str *cells, struct buf *out)
{
    static const struct {
        const char *name;
        enum block_column column;
    } members[] = {{"number", BLOCK_COLUMN_person},
                   {"id_type", BLOCK_COLUMN_person_type},
                   {"source_system", BLOCK_COLUMN_person_system}};
    put_name("person", out);
    buf_byte(out, '{');
    for (size_t i = 0; i < COUNT(members); i++) {
        struct str text = table_cell(table, cells, members[i].column);
        if (text.len == 0)
            continue;
        put_name(members[i].name, out);
        json_quote(text, out);
    }
    buf_byte(out, '}');
}

static void put_excluded(struct str text, struct buf *out)
{
    const char *before = "[";
    struct str word;
    if (text.len == 0)
        return;
    put_name("excluded", out);
    while (str_cut(&text, ' ', &word)) {
        if (word.len == 0)
            continue;
        buf_put(out, str_from(before));
        json_quote(word, out);
        before = ",";
    }
    buf_byte(out, ']');
}

static struct err *put_column(enum block_column c, struct str text, struct buf *out)
{
    if (text.len == 0)
        return (needed >> c & 1U) != 0 ? err_field(ERR_INVALID, names[c], "is empty") : NULL;
    if ((plain >> c & 1U) != 0) {
        put_name(names[c], out);
        json_quote(text, out);
    }
    if ((times >> c & 1U) == 0)
        return NULL;
    put_name(names[c], out);
    return table_put_time(names[c], text, (last_days >> c & 1U) != 0, out);
}

struct err *block_table_row(const struct table_header *table, const struct str *cells, size_t count,
                            struct arena *arena, struct table_change *out)
{
    autobuf struct buf body = buf_new(64 * 1024);
    TRY(table_check_row(table, count));
    buf_byte(&body, '{');
    for (enum block_column c = 0; c < BLOCK_COLUMNS; c++)
        TRY(put_column(c, table_cell(table, cells, c), &body));
    TRY(put_kind(table_cell(table, cells, BLOCK_COLUMN_kind), &body));
    put_person(table, cells, &body);
    put_excluded(table_cell(table, cells, BLOCK_COLUMN_excluded), &body);
    buf_byte(&body, '}');
    TRY(buf_done(&body, "the row"));
    *out = (struct table_change){
        .method = HTTP_POST, .path = S("/blocks"), .body = arena_str(arena, buf_str(&body))};
    return NULL;
}
