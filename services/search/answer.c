/* A record in an answer: the same members for every type and source system; what differs by type
 * stands in `fields`, by the type's file. */
#include "services/search/room.h"
#include "text/json.h"

struct record_view {
    struct str record;
    struct str type;
    struct str category;
    struct str status;
    struct instant occurred_at;
    struct str source_system;
    int32_t attachments;
    bool has_content;
    struct str obligations;
};
static const struct field record_view_fields[] = {
    FIELD(struct record_view, record, REQUIRED),
    FIELD(struct record_view, type, REQUIRED),
    FIELD(struct record_view, category, REQUIRED),
    FIELD(struct record_view, status, REQUIRED),
    FIELD(struct record_view, occurred_at, OPTIONAL),
    FIELD(struct record_view, source_system, REQUIRED),
    FIELD(struct record_view, attachments, REQUIRED),
    FIELD(struct record_view, has_content, REQUIRED),
    FIELD(struct record_view, obligations, REQUIRED),
    FIELDS_END};

const struct field *shown_fields(const struct shown *shown, bool alone,
                                 const struct permission *permission)
{
    return shown
        ->fields[alone][(permission->obligations & 1U << OBLIGATION_HIDE_PROTECTED_PERSON) != 0];
}

void answer_record(const struct found *found, const struct shown *shown, bool alone,
                   const struct permission *permission, struct buf *out)
{
    const struct record *r = &found->record;
    const struct found_key_text key = found_key_text(found_key(found));
    autobuf struct buf obligations = buf_new(4096);
    permission_print_obligations(permission, &obligations);
    const struct record_view view = {.record = str_from(key.text),
                                     .type = r->type,
                                     .category = r->category,
                                     .status = r->status,
                                     .occurred_at = r->occurred_at,
                                     .source_system = r->source_system,
                                     .attachments = (int32_t)r->attachments.count,
                                     .has_content = r->path.len > 0 || r->row_length > 0,
                                     .obligations = buf_str(&obligations)};
    json_write(record_view_fields, &view, out);
    buf_cut(out, out->len - 1); /* the closing brace: one member more */
    buf_put(out, S(",\"fields\":"));
    json_write(shown_fields(shown, alone, permission), r, out);
    buf_byte(out, '}');
}
