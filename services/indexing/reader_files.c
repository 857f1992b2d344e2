/* Reader "files": an index whose rows point at files of the package (PDF, TIFF, JPEG, text). What
 * most retired systems really deliver. A mapping tells what the columns mean. */
#include "base/base.h"
#include "reader_inside.h"

static bool is_xml(const struct reader *reader)
{
    return str_equal(reader->input.mapping->form, S("xml"));
}

static struct err *files_open(struct reader *reader)
{
    const struct reader_input *in = &reader->input;
    if (in->mapping == NULL)
        return err_new(ERR_INVALID, "an index file needs a mapping");
    if (is_xml(reader))
        return reader_open_xml(reader, (struct strs){&in->mapping->row, 1}, (struct strs){0});
    return csv_open(&reader->csv, in->source, in->from, in->to, in->first_row,
                    mapping_separator(in->mapping), mapping_encoding(in->mapping), reader->kept);
}

static void files_close(struct reader *reader)
{
    csv_close(&reader->csv);
    reader_close_xml(reader);
}

static struct err *next_row(struct reader *reader, struct row *out, bool *out_more)
{
    if (is_xml(reader))
        return reader_next_xml(reader, out, out_more);
    arena_reset(reader->row);
    return csv_next(&reader->csv, reader->row, out, out_more);
}

static struct err *files_next(struct reader *reader, struct item *item, bool *out_more)
{
    struct row row;
    TRY(next_row(reader, &row, out_more));
    if (!*out_more)
        return NULL;
    if (row.unreadable != NULL) {
        item_find(item, row.number, (struct str){0}, "bad_row", row.unreadable);
        return NULL;
    }
    reader_place_row(reader, &row, &item->record);
    rules_apply(&reader->input.mapping->rules, reader->input.mapping->folder, &row, reader->row,
                item);
    return NULL;
}

static struct err *files_cut(struct reader *reader, uint64_t target, struct reader_part *out)
{
    if (is_xml(reader))
        return reader_cut_xml(reader, target, out);
    struct csv *csv = &reader->csv;
    struct reader_part part = {.from = reader->input.from, .first_row = csv->next_number};
    TRY(csv_skip(csv, target, &part.to, &part.next_row));
    *out = part;
    return NULL;
}

const struct reader_kind reader_files = {"files", files_open, files_next, files_cut, files_close};
