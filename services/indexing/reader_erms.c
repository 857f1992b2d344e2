/* Reader "erms": cases and documents of a registry (CITS ERMS 2.1 and 3.0, FGS
 * Ärendehantering 2.0). Every aggregation is a case but those of type class, which are the
 * classification itself; every record in it is a document. What stands under an aggregation before
 * its first case or document is its own. */
#include "base/base.h"
#include "reader_inside.h"

static const char erms_namespace[] = "https://DILCIS.eu/XML/ERMS";

static const struct known_rule both[] = {
    {.field = "source_id", .path = "objectId"},
    {.field = "source_id", .path = "@systemIdentifier"},
    {.field = "title", .path = "title"},
    {.field = "title", .path = "otherTitle"},
    {.field = "predecessor", .path = "relation[@relationType=replaces]"},
    {.field = "restricted", .path = "restriction/@restrictionType", .values = {"*=true"}},
    {.field = "protected_person", .path = "agents/agent/protectedIdentity"},
    {.field = "person_number",
     .path = "agents/agent[@agentType=counterpart]/idNumber[@idNumberType=personnummer]"},
    {.field = "author_name", .path = "agents/agent[@agentType=creator]/name"},
    {.field = "author_name", .path = "agents/agent[@agentType=responsible_person]/name"},
    {.field = "author_name", .path = "agents/agent[@agentType=main_signatory]/name"},
    {.field = "author_role", .path = "agents/agent[@agentType=creator]/role"},
    {.field = "author_role", .path = "agents/agent[@agentType=responsible_person]/role"},
    {.field = "unit_name", .path = "agents/agent[@agentType=creator]/unitName"},
    {.field = "unit_name", .path = "agents/agent[@agentType=responsible_person]/unitName"},
    {.field = "responsible_authority", .path = "agents/agent[@agentType=owner]/organisation"},
    {.field = "documented_at", .path = "dates/date[@dateType=created]"},
    {.field = "documented_at", .path = "dates/date[@dateType=originated]"},
    {.field = "signed_at", .path = "dates/date[@dateType=main_signature]"},
    {.field = "status", .path = "status/@value", .values = {"obliterated=nullified", "*="}},
    {.field = "status",
     .path = "eSignatures/eSignature/@present",
     .values = {"true=signed", "1=signed", "*="}},
    {0},
};

static const struct known_rule of_case[] = {
    {.field = "reference", .path = "objectId"},
    {.field = "occurred_at", .path = "dates/date[@dateType=opened]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=opening_date]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=received]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=start]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=created]"},
    {.field = "ended_at", .path = "dates/date[@dateType=closed]"},
    {.field = "ended_at", .path = "dates/date[@dateType=finished]"},
    {.field = "ended_at", .path = "dates/date[@dateType=end]"},
    {0},
};

static const struct known_rule of_document[] = {
    {.field = "occurred_at", .path = "dates/date[@dateType=received]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=sent]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=expedited]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=dispatch]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=created]"},
    {.field = "occurred_at", .path = "dates/date[@dateType=originated]"},
    {0},
};

enum { CASE, DOCUMENT, KINDS };

static struct err *kind_rules(struct reader *reader, const char *category,
                              const struct known_rule *own, struct rules *out)
{
    struct rules rules = {ARENA_ARRAY(reader->kept, struct rule, READER_RULES_MAX), 0};
    rules.at[rules.count++] = (struct rule){.field = S("type"), .value = S("registry")};
    rules.at[rules.count++] = (struct rule){.field = S("category"), .value = str_from(category)};
    reader_add_rules(&rules, own, "", reader->kept);
    reader_add_rules(&rules, both, "", reader->kept);
    reader_add_mapping(&rules, reader->input.mapping);
    *out = rules;
    return rules_resolve(out, "mapping");
}

static struct err *erms_open(struct reader *reader)
{
    static const struct str names[] = {{"aggregation", 11}, {"record", 6}};
    static const struct str classes[] = {{"aggregationType=\"class\"", 23},
                                         {"aggregationType='class'", 23}};
    reader->rules = ARENA_ARRAY(reader->kept, struct rules, KINDS);
    TRY(kind_rules(reader, "case", of_case, &reader->rules[CASE]));
    TRY(kind_rules(reader, "document", of_document, &reader->rules[DOCUMENT]));
    return reader_open_xml(reader, (struct strs){names, COUNT(names)},
                           (struct strs){classes, COUNT(classes)});
}

static bool is_aggregation(const struct cell *cell)
{
    return str_equal(cell->name, S("aggregation"));
}

/* A case or a document, not an element of that name inside something of the supplier's own. */
static bool is_node(const struct cell *cell)
{
    return (is_aggregation(cell) || str_equal(cell->name, S("record"))) &&
           (cell->up == NULL || is_aggregation(cell->up));
}

/* What is the node's own: to the first case or document inside it. */
static struct row own_row(const struct row *piece, size_t at)
{
    const struct cell *top = &piece->cells[at];
    struct row row = *piece;
    row.offset = top->offset;
    row.length = top->length;
    row.cells = row.top = top;
    row.count = 1;
    while (at + row.count < piece->count && !is_node(&top[row.count]) &&
           (top[row.count].offset == 0 || top[row.count].offset < top->offset + top->length))
        row.count++;
    return row;
}

/* The id of the case that a node stands in; absent when it stands alone. */
static struct str parent_id(struct reader *reader, const struct cell *node)
{
    if (node->up != reader->parent) {
        struct row parent = own_row(&reader->piece, (size_t)(node->up - reader->piece.cells));
        reader->parent = node->up;
        reader->parent_id = row_text(&parent, S("objectId"));
    }
    return node->up != NULL ? reader->parent_id : (struct str){0};
}

/* Titles and descriptions, for searching. */
static struct str search_text(const struct row *row, struct arena *arena)
{
    static const char *const paths[] = {"title", "otherTitle", "subject", "keywords/keyword",
                                        "description"};
    size_t length = 0;
    for (size_t i = 0; i < row->count; i++)
        length += row->cells[i].text.len + 1;
    char *text = arena_alloc(arena, length * COUNT(paths), 1);
    length = 0;
    for (size_t i = 0; i < COUNT(paths); i++)
        for (size_t j = 0; j < row->count; j++) {
            const struct cell *c = &row->cells[j];
            if (c->text.len == 0 || !cell_is(c, row->top, str_from(paths[i])))
                continue;
            memcpy(text + length, c->text.ptr, c->text.len);
            text[length + c->text.len] = '\n';
            length += c->text.len + 1;
        }
    return str_trim((struct str){text, length});
}

/* The computer files of the node: the first is its content, the rest are attachments. */
static void place_files(const struct reader *reader, const struct row *row, struct item *item)
{
    struct record *r = &item->record;
    struct str folder =
        reader->input.mapping != NULL ? reader->input.mapping->folder : (struct str){0};
    struct str *files = ARENA_ARRAY(reader->row, struct str, row->count);
    size_t count = 0;
    for (size_t i = 0; i < row->count; i++) {
        struct str path = row->cells[i].text;
        if (path.len == 0 ||
            !cell_is(&row->cells[i], row->top, S("additionalInformation/appendix/@path")))
            continue;
        files[count] = mapping_path(path, folder, reader->row);
        if (files[count].len > 0)
            count++;
        else
            item_find(item, row->number, S("appendix/@path"), "bad_value", "is an unsafe path");
    }
    reader_content_is_row(r);
    if (count == 0)
        return;
    r->path = files[0];
    r->offset = r->length = 0;
    r->attachments = (struct strs){files + 1, count - 1};
}

static void make_record(struct reader *reader, size_t at, struct item *item)
{
    const struct cell *node = &reader->piece.cells[at];
    struct row row = own_row(&reader->piece, at);
    struct record *r = &item->record;
    rules_apply(&reader->rules[is_aggregation(node) ? CASE : DOCUMENT], (struct str){0}, &row,
                reader->row, item);
    reader_place_row(reader, &row, r);
    place_files(reader, &row, item);
    r->text = search_text(&row, reader->row);
    r->belongs_to = parent_id(reader, node);
    if (r->belongs_to.len == 0)
        r->belongs_to = row_text(&row, S("parentAggregationId"));
    if (r->reference.len == 0)
        r->reference = r->belongs_to;
}

static struct err *erms_next(struct reader *reader, struct item *item, bool *out_more)
{
    struct row *piece = &reader->piece;
    while (reader->piece_at < piece->count && !is_node(&piece->cells[reader->piece_at]))
        reader->piece_at++;
    if (reader->piece_at < piece->count) {
        *out_more = true;
        make_record(reader, reader->piece_at++, item);
        return NULL;
    }
    reader->parent = NULL;
    reader->piece_at = 0;
    *piece = (struct row){0};
    TRY(reader_next_xml(reader, piece, out_more));
    if (!*out_more)
        return NULL;
    if (piece->unreadable != NULL)
        item_find(item, piece->number, (struct str){0}, "bad_row", piece->unreadable);
    else if (!str_equal(piece->namespace, str_from(erms_namespace)))
        item_find(item, piece->number, (struct str){0}, "unknown_namespace",
                  "is not in the namespace of CITS ERMS");
    else
        make_record(reader, reader->piece_at++, item);
    if (!item->has_record)
        piece->count = 0;
    return NULL;
}

const struct reader_kind reader_erms = {"erms", erms_open, erms_next, reader_cut_xml,
                                        reader_close_xml};
