/* What each information type shows, made once from its file: tables for json_write. */
#include "services/search/room.h"

enum { STATE_LIMIT = 16 * 1024 * 1024 };

/* Place of care: hidden for a person with protected personal data. */
static bool tells_place(struct str column)
{
    static const char *const columns[] = {"unit", "unit_id", "unit_name", "care_unit",
                                          "belongs_to"};
    for (size_t i = 0; i < COUNT(columns); i++)
        if (str_equal(column, str_from(columns[i])))
            return true;
    return false;
}

static const struct field *record_column(struct str name)
{
    for (const struct field *f = record_fields; f->name != NULL; f++)
        if (str_equal(str_from(f->name), name))
            return f;
    return NULL;
}

/* Names of files are the supplier's and are never shown: how many there are is told beside. */
static const struct field *fields_of(const struct information_type *type, bool alone,
                                     bool hide_place, struct arena *arena)
{
    struct field *fields = ARENA_ARRAY(arena, struct field, type->field_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct information_field *f = &type->fields[i];
        const struct field *column = record_column(f->field);
        if (column == NULL || (!alone && !f->shown) || str_equal(f->type, S("file")) ||
            (hide_place && tells_place(f->field)))
            continue;
        fields[count] = *column;
        fields[count].name = arena_cstr(arena, f->name);
        fields[count++].presence = OPTIONAL;
    }
    return fields;
}

struct err *search_start(struct house *house)
{
    struct arena *arena = arena_new(STATE_LIMIT); /* for the life of the process */
    struct search_state *state = ARENA_NEW(arena, struct search_state);
    struct str folder =
        arena_format(arena, "%.*s/information-types", STR_ARG(house->config.schemas));
    TRY(information_types_load(folder.ptr, arena, &state->types));
    struct shown *shown = ARENA_ARRAY(arena, struct shown, state->types.count + 1);
    for (size_t i = 0; i < state->types.count; i++)
        for (int alone = 0; alone < 2; alone++)
            for (int hide = 0; hide < 2; hide++)
                shown[i].fields[alone][hide] =
                    fields_of(&state->types.at[i], alone == 1, hide == 1, arena);
    state->shown = shown;
    house->state = state;
    return NULL;
}

struct err *search_type(const struct house *house, struct str name,
                        const struct information_type **out_type, const struct shown **out_shown)
{
    const struct search_state *state = house->state;
    const struct information_type *type = information_type_named(&state->types, name);
    if (type == NULL)
        return err_new(ERR_NOT_FOUND, "there is no such information type");
    *out_type = type;
    *out_shown = &state->shown[type - state->types.at];
    return NULL;
}
