/* The bytes of a row's file as a source, and faults as findings. */
#include "validate/inside.h"

#include "base/base.h"

/* --- the source: forward it costs nothing, backward a start from the beginning */

static struct err *read_in_place(void *state, uint64_t offset, void *out, size_t length)
{
    struct inside_place *p = state;
    size_t got = 0;
    if (offset != p->at)
        TRY(entry_open(p->reader, p->entry, offset));
    p->at = UINT64_MAX; /* nowhere, if this fails */
    TRY(entry_read(p->reader, out, length, &got));
    p->at = offset + got;
    return NULL;
}

struct err *inside_open(const struct inside_file *file, struct inside_place *place,
                        struct source *out)
{
    *place = (struct inside_place){file->reader, &file->row->entry, UINT64_MAX};
    *out = (struct source){read_in_place, place, file->row->entry.length};
    return file->copy != NULL ? spool_end(file->copy, out) : NULL;
}

bool inside_is_stored(enum container container, const struct manifest_row *row)
{
    return container != CONTAINER_TAR_GZ && row->entry.method == ENTRY_STORED;
}

bool inside_wants_copy(enum container container, const struct manifest_row *row)
{
    return row->content != CONTENT_NONE && !inside_is_stored(container, row) &&
           (container == CONTAINER_TAR_GZ || content_is_scattered(row->content));
}

/* --- the findings */

static const struct {
    enum requirement requirement;
    int number;
} places[CONTENT_RULES] = {
#define CONTENT_RULE(word, requirement, number, level, en, sv, mend_en, mend_sv)                   \
    [CONTENT_##word] = {REQ_##requirement, number},
#include "content/rules.def"
#undef CONTENT_RULE
};

void inside_tell(void *state, const struct content_fault *fault)
{
    const struct inside_telling *t = state;
    autobuf struct buf path = buf_new(2 * (ENTRY_PATH_MAX + 1));
    buf_put(&path, t->path);
    if (fault->inside.len > 0 && t->path.len > 0)
        buf_byte(&path, '/');
    buf_put(&path, fault->inside);
    findings_add(t->findings, &(struct finding){.rule = rule_find(places[fault->rule].requirement,
                                                                  places[fault->rule].number),
                                                .line = fault->line,
                                                .element_id = fault->id,
                                                .path = buf_str(&path),
                                                .found = fault->found,
                                                .expected = fault->expected});
}

struct err *inside_check(const struct inside_file *file, struct neighbours *neighbours,
                         struct findings *findings)
{
    const struct manifest_row *row = file->row;
    struct inside_place place;
    struct source source;
    struct inside_telling telling = {findings,
                                     str_slice(row->entry.path, row->below, row->entry.path.len)};
    const struct content_report report = {inside_tell, &telling};
    if (row->content == CONTENT_NONE)
        return NULL;
    TRY(inside_open(file, &place, &source));
    const struct content_around around = {row->entry.path, neighbours_find, neighbours};
    return content_check(row->content, &source, neighbours != NULL ? &around : NULL, &report);
}
