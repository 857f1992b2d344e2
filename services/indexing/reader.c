/* What is the same for all readers. */
#include "reader.h"

#include "base/base.h"
#include "reader_inside.h"

/* Ceilings that the limits of rows and elements keep far below. */
enum { KEPT_MAX = 16 * 1024 * 1024, ROW_MEMORY_MAX = 512 * 1024 * 1024 };

static const struct reader_kind *const kinds[] = {&reader_files, &reader_rivta, &reader_erms};

static const struct reader_kind *kind_named(struct str name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(name, str_from(kinds[i]->name)))
            return kinds[i];
    return NULL;
}

struct err *reader_open(const struct reader_input *input, struct reader **out)
{
    const struct reader_kind *kind = kind_named(input->name);
    if (kind == NULL)
        return err_new(ERR_UNSUPPORTED, "there is no reader \"%.*s\"", STR_ARG(input->name));
    if (input->from > input->to || input->to > input->source->size)
        return ERR_BUG_AT("the part to read lies outside the file");
    struct reader *reader = must_calloc(1, sizeof *reader);
    *reader = (struct reader){.input = *input,
                              .kind = kind,
                              .kept = arena_new(KEPT_MAX),
                              .row = arena_new(ROW_MEMORY_MAX)};
    struct err *e = kind->open(reader);
    if (e != NULL)
        reader_close(reader);
    else
        *out = reader;
    return e;
}

void reader_close(struct reader *reader)
{
    if (reader == NULL)
        return;
    reader->kind->close(reader);
    arena_free(reader->kept);
    arena_free(reader->row);
    free(reader);
}

struct err *reader_next(struct reader *reader, struct item *out, bool *out_more)
{
    out->finding_count = 0;
    out->has_record = false;
    out->record = reader->input.defaults != NULL ? *reader->input.defaults : (struct record){0};
    return reader->kind->next(reader, out, out_more);
}

struct err *reader_cut(const struct reader_input *input, uint64_t target, struct reader_part *out)
{
    struct reader_input rest = *input;
    struct reader *reader = NULL;
    rest.to = input->source->size;
    TRY(reader_open(&rest, &reader));
    struct err *e = reader->kind->cut(reader, target, out);
    reader_close(reader);
    return e;
}

void reader_place_row(const struct reader *reader, const struct row *row, struct record *record)
{
    record->driver = reader->input.path;
    record->row_offset = (int64_t)row->offset;
    record->row_length = (int64_t)row->length;
}

void reader_content_is_row(struct record *record)
{
    record->path = record->driver;
    record->offset = record->row_offset;
    record->length = record->row_length;
}
