/* Reader "rivta": care documents as the national service contracts write them, an answer's body or
 * one record in a file. A record's place is the range of its element, so it can be read back
 * without the rest. */
#include "base/base.h"
#include "reader_inside.h"
#include "rivta_rules.h"

/* The contract's rules, body before header, then the mapping's, for what the file leaves out. */
static struct err *contract_rules(const struct rivta_contract *contract,
                                  const struct mapping *mapping, struct arena *arena,
                                  struct rules *out)
{
    struct rules rules = {ARENA_ARRAY(arena, struct rule, READER_RULES_MAX), 0};
    rules.at[rules.count++] = (struct rule){.field = S("type"), .value = S("care")};
    rules.at[rules.count++] =
        (struct rule){.field = S("category"), .value = str_from(contract->category)};
    reader_add_rules(&rules, contract->body, contract->header, arena);
    reader_add_rules(&rules, contract->common, contract->header, arena);
    reader_add_mapping(&rules, mapping);
    *out = rules;
    return rules_resolve(out, "mapping");
}

static struct err *rivta_open(struct reader *reader)
{
    struct str *names = ARENA_ARRAY(reader->kept, struct str, rivta_contract_count);
    reader->rules = ARENA_ARRAY(reader->kept, struct rules, rivta_contract_count);
    for (size_t i = 0; i < rivta_contract_count; i++) {
        names[i] = str_from(rivta_contracts[i].element);
        TRY(contract_rules(&rivta_contracts[i], reader->input.mapping, reader->kept,
                           &reader->rules[i]));
    }
    return reader_open_xml(reader, (struct strs){names, rivta_contract_count}, (struct strs){0});
}

static const struct rules *rules_for(const struct reader *reader, const struct row *row)
{
    for (size_t i = 0; i < rivta_contract_count; i++)
        if (str_equal(row->top->name, str_from(rivta_contracts[i].element)) &&
            (str_equal(row->namespace, str_from(rivta_contracts[i].namespace)) ||
             str_equal(row->namespace, str_from(rivta_contracts[i].domain))))
            return &reader->rules[i];
    return NULL;
}

static struct err *rivta_next(struct reader *reader, struct item *item, bool *out_more)
{
    struct row row;
    TRY(reader_next_xml(reader, &row, out_more));
    if (!*out_more)
        return NULL;
    if (row.unreadable != NULL) {
        item_find(item, row.number, (struct str){0}, "bad_row", row.unreadable);
        return NULL;
    }
    const struct rules *rules = rules_for(reader, &row);
    if (rules == NULL) {
        item_find(item, row.number, (struct str){0}, "unknown_contract",
                  "belongs to no service contract or version that is read");
        return NULL;
    }
    reader_place_row(reader, &row, &item->record);
    reader_content_is_row(&item->record);
    rules_apply(rules, (struct str){0}, &row, reader->row, item);
    return NULL;
}

const struct reader_kind reader_rivta = {"rivta", rivta_open, rivta_next, reader_cut_xml,
                                         reader_close_xml};
