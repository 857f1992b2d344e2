/* What the readers of XML share. */
#include "base/base.h"
#include "reader_inside.h"

struct err *reader_open_xml(struct reader *reader, struct strs names, struct strs except)
{
    const struct reader_input *in = &reader->input;
    reader->text = buf_new(XML_ROW_TEXT_MAX);
    return xml_cut_open(&reader->xml, in->source, in->from, in->to, in->first_row, names, except);
}

void reader_close_xml(struct reader *reader)
{
    xml_cut_close(&reader->xml);
    buf_free(&reader->text);
}

struct err *reader_next_xml(struct reader *reader, struct row *out, bool *out_more)
{
    struct xml_piece piece;
    TRY(xml_cut_next(&reader->xml, &piece, out_more));
    if (!*out_more)
        return NULL;
    arena_reset(reader->row);
    *out = xml_row_read(&piece, reader->row, &reader->text);
    return NULL;
}

struct err *reader_cut_xml(struct reader *reader, uint64_t target, struct reader_part *out)
{
    struct reader_part part = {.from = reader->input.from, .first_row = reader->xml.next_number};
    TRY(xml_cut_skip(&reader->xml, target, &part.to, &part.next_row));
    *out = part;
    return NULL;
}

static struct rule rule_from(const struct known_rule *known, const char *under, struct arena *arena)
{
    struct rule rule = {.field = str_from(known->field)};
    bool whole = known->path[0] == '/' || under[0] == '\0';
    rule.column = whole ? str_from(known->path + (known->path[0] == '/'))
                        : arena_format(arena, "%s/%s", under, known->path);
    struct str *values = ARENA_ARRAY(arena, struct str, COUNT(known->values));
    while (rule.values.count < COUNT(known->values) && known->values[rule.values.count] != NULL) {
        values[rule.values.count] = str_from(known->values[rule.values.count]);
        rule.values.count++;
    }
    rule.values.at = values;
    return rule;
}

void reader_add_rules(struct rules *rules, const struct known_rule *known, const char *under,
                      struct arena *arena)
{
    for (; known->field != NULL; known++)
        rules->at[rules->count++] = rule_from(known, under, arena);
}

void reader_add_mapping(struct rules *rules, const struct mapping *mapping)
{
    for (size_t i = 0; mapping != NULL && i < mapping->rules.count; i++) {
        rules->at[rules->count] = mapping->rules.at[i];
        rules->at[rules->count++].first = 0;
    }
}
