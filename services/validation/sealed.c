/* Sealing and opening again. */
#include "services/validation/sealed.h"

#include "base/base.h"
#include "services/validation/room.h"

enum { COPY = 256 * 1024 };

const struct field sealed_row_fields[] = {FIELD(struct sealed_row, staged, REQUIRED),
                                          FIELD(struct sealed_row, number, REQUIRED),
                                          FIELD(struct sealed_row, what, REQUIRED),
                                          FIELD(struct sealed_row, part, OPTIONAL),
                                          FIELD(struct sealed_row, key, REQUIRED),
                                          FIELD(struct sealed_row, bytes, REQUIRED),
                                          FIELD(struct sealed_row, stored_bytes, REQUIRED),
                                          FIELD(struct sealed_row, sha512, REQUIRED),
                                          FIELDS_END};

struct segment_writer *sealing_begin(const struct sealing *s, struct sealed_file *file)
{
    size_t left = s->work->fresh_count - s->used;
    file->segments = ARENA_ARRAY(s->work->arena, struct segment, left + 1);
    return segment_writer_new(s->work->staged_folder, s->work->fresh + s->used, left,
                              file->segments);
}

struct err *sealing_end(struct sealing *s, struct segment_writer *writer, struct sealed_file *file)
{
    TRY(segment_writer_end(writer, &file->total));
    s->used += file->total.segments;
    return NULL;
}

struct err *seal_text(struct sealing *s, struct str text, struct sealed_file *out)
{
    struct segment_writer *writer = sealing_begin(s, out);
    struct err *e = segment_writer_add(writer, text);
    if (e == NULL)
        e = sealing_end(s, writer, out);
    segment_writer_free(writer);
    return e;
}

static struct err *copy(const struct source *source, struct segment_writer *writer, char *piece)
{
    for (uint64_t at = 0; at < source->size;) {
        uint64_t left = source->size - at;
        size_t length = left < COPY ? (size_t)left : COPY;
        TRY(source_read(source, at, piece, length));
        TRY(segment_writer_add(writer, (struct str){piece, length}));
        at += length;
    }
    return NULL;
}

struct err *seal_source(struct sealing *s, const struct source *source, struct sealed_file *out)
{
    struct segment_writer *writer = sealing_begin(s, out);
    char *piece = must_calloc(1, COPY);
    struct err *e = copy(source, writer, piece);
    if (e == NULL)
        e = sealing_end(s, writer, out);
    free(piece);
    segment_writer_free(writer);
    return e;
}

void sealing_plan(struct sealing *s, struct plan *plan, struct uuid delivery, const char *what,
                  int32_t part, const struct sealed_file *file)
{
    struct value none = V(part);
    none.null = part < 0;
    for (size_t i = 0; i < file->total.segments; i++) {
        const struct segment *segment = &file->segments[i];
        PLAN_SQL(plan, &validation_insert_sealed, V(s->work->staged), V(s->rows++), V(delivery),
                 V(str_from(what)), none, V(segment->key_id), V((int64_t)segment->plain_bytes),
                 V((int64_t)segment->stored_bytes), V(file->total.sha256),
                 V(segment_sha512(segment)));
    }
}

/* --- opening
 * --------------------------------------------------------------------------------------- */

static bool same_file(const struct sealed_row *a, const struct sealed_row *b)
{
    return a->part == b->part && str_equal(a->what, b->what) && uuid_equal(a->staged, b->staged);
}

static struct err *open_file(const struct work *work, const struct sealed_row *rows, size_t count,
                             const struct file_key *keys, struct opened_file *out)
{
    struct segment *segments = NULL;
    struct segment_row *as_segments = ARENA_ARRAY(work->arena, struct segment_row, count);
    for (size_t i = 0; i < count; i++)
        as_segments[i] = (struct segment_row){(int32_t)i, rows[i].key, rows[i].bytes,
                                              rows[i].stored_bytes, rows[i].sha512};
    TRY(segment_rows_read(as_segments, count, work->arena, &segments));
    out->what = rows[0].what;
    out->part = rows[0].part;
    return staged_open(work->vault, work->tenant, rows[0].staged, segments, keys, count,
                       work->arena, &out->staged);
}

struct err *sealed_files_open(const struct work *work, const struct rows *rows,
                              const struct file_key *keys, struct sealed_files *out)
{
    out->at = ARENA_ARRAY(work->arena, struct opened_file, rows->count + 1);
    for (size_t i = 0; i < rows->count;) {
        const struct sealed_row *first = ROW(struct sealed_row, *rows, i);
        size_t count = 1;
        while (i + count < rows->count &&
               same_file(first, ROW(struct sealed_row, *rows, i + count)))
            count++;
        struct opened_file *file = &out->at[out->count++];
        file->staged = (struct staged)STAGED_NONE;
        struct err *e = open_file(work, first, count, keys + i, file);
        if (e != NULL && e->code == ERR_NOT_FOUND) /* judged meanwhile: the rows will say so */
            return err_new(ERR_CONFLICT, "what a step has sealed is gone");
        TRY(e);
        i += count;
    }
    return NULL;
}

void sealed_files_close(struct sealed_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        staged_close(&files->at[i].staged);
    files->count = 0;
}

const struct source *sealed_files_of(const struct sealed_files *files, const char *what,
                                     struct arena *arena, size_t *out_count)
{
    struct source *sources = ARENA_ARRAY(arena, struct source, files->count + 1);
    *out_count = 0;
    for (size_t i = 0; i < files->count; i++)
        if (str_equal(files->at[i].what, str_from(what)))
            sources[(*out_count)++] = files->at[i].staged.source;
    return sources;
}
