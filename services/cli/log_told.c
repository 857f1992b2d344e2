/* From an extract's rows to sentences. */
#include "log_told.h"

#include "base/base.h"
#include "domain/permission.h"
#include "text/json.h"

enum { LINES_EACH = 8, LINES_BESIDE = 40, REASON_MAX = 64 * 1024 };

const char *log_word(enum log_word word, bool swedish)
{
    static const char *const words[LOG_WORDS][2] = {
#define WORD(name, swedish, english) {english, swedish},
#include "log_words.def"
#undef WORD
    };
    return words[word][swedish];
}

struct item {
    int64_t leaf;
    struct json_text row;
};
static const struct field item_fields[] = {
    FIELD(struct item, leaf, REQUIRED), FIELD(struct item, row, REQUIRED, .max = LOG_EXTRACT_MAX),
    FIELDS_END};

struct row {
    struct instant at;
    struct str action;
    struct str purpose;
    int64_t records;
    struct str subject_kind;
    struct str subject_name;
    struct str role;
    struct str unit;
    struct str care_provider;
    struct str reasons;
};
static const struct field row_fields[] = {
    FIELD(struct row, at, REQUIRED),
    FIELD(struct row, action, REQUIRED),
    FIELD(struct row, purpose, REQUIRED),
    FIELD(struct row, records, REQUIRED),
    FIELD(struct row, subject_kind, OPTIONAL),
    FIELD(struct row, subject_name, OPTIONAL, .max = REASON_MAX),
    FIELD(struct row, role, OPTIONAL, .max = REASON_MAX),
    FIELD(struct row, unit, OPTIONAL, .max = REASON_MAX),
    FIELD(struct row, care_provider, OPTIONAL, .max = REASON_MAX),
    FIELD(struct row, reasons, OPTIONAL, .max = REASON_MAX),
    FIELDS_END};

struct name {
    int64_t leaf;
    struct str unit;
    struct str care_provider;
};
static const struct field name_fields[] = {
    FIELD(struct name, leaf, REQUIRED), FIELD(struct name, unit, OPTIONAL, .max = REASON_MAX),
    FIELD(struct name, care_provider, OPTIONAL, .max = REASON_MAX), FIELDS_END};

/* A row of a retired system's log. */
struct imported {
    struct instant at;
    struct str action;
    struct str said;
    struct str subject_name;
    struct str role;
    struct str unit_name;
    struct str care_provider;
    struct str source_system;
};
static const struct field imported_fields[] = {
    FIELD(struct imported, at, REQUIRED),
    FIELD(struct imported, action, REQUIRED),
    FIELD(struct imported, said, OPTIONAL, .max = REASON_MAX),
    FIELD(struct imported, subject_name, OPTIONAL, .max = REASON_MAX),
    FIELD(struct imported, role, OPTIONAL, .max = REASON_MAX),
    FIELD(struct imported, unit_name, OPTIONAL, .max = REASON_MAX),
    FIELD(struct imported, care_provider, OPTIONAL, .max = REASON_MAX),
    FIELD(struct imported, source_system, OPTIONAL, .max = REASON_MAX),
    FIELDS_END};

#define WHOLE(name, ...) FIELD(struct log_extract, name, __VA_ARGS__)
const struct field log_extract_fields[] = {WHOLE(tenant, REQUIRED),
                                           WHOLE(key, REQUIRED, .max = REASON_MAX),
                                           WHOLE(checkpoint, REQUIRED, .max = REASON_MAX),
                                           WHOLE(rows, REQUIRED, .max = LOG_EXTRACT_MAX),
                                           WHOLE(names, REQUIRED, .max = LOG_EXTRACT_MAX),
                                           WHOLE(imported, REQUIRED, .max = LOG_EXTRACT_MAX),
                                           WHOLE(imported_more, REQUIRED),
                                           WHOLE(size, REQUIRED),
                                           WHOLE(unsealed, REQUIRED),
                                           WHOLE(staff_named, REQUIRED),
                                           WHOLE(place_shown, REQUIRED),
                                           WHOLE(care_provider, OPTIONAL),
                                           WHOLE(removed_before, OPTIONAL),
                                           WHOLE(more, REQUIRED),
                                           WHOLE(next, OPTIONAL),
                                           FIELDS_END};

struct telling {
    struct arena *arena;
    bool swedish;
    struct log_lines *lines;
    size_t room;
};

/* --- lines
 * ------------------------------------------------------------------------------------ */

static void put(struct telling *t, enum print_style style, struct str text)
{
    assert(t->lines->count < t->room);
    t->lines->at[t->lines->count++] = (struct log_line){style, text};
}

static void say(struct telling *t, enum print_style style, enum log_word word)
{
    put(t, style, str_from(log_word(word, t->swedish)));
}

/* The word and what follows it; nothing when that is absent. */
static void say_with(struct telling *t, enum log_word word, struct str text)
{
    if (text.len > 0)
        put(t, PRINT_TEXT,
            arena_format(t->arena, "%s%.*s", log_word(word, t->swedish), STR_ARG(text)));
}

static struct str number(struct telling *t, int64_t value)
{
    return arena_format(t->arena, "%lld", (long long)value);
}

static struct str time_of(struct telling *t, struct instant at)
{
    char text[INSTANT_FOR_PEOPLE];
    instant_for_people(at, text);
    return arena_str(t->arena, str_from(text));
}

/* Who, and in brackets as what; either may be absent. */
static struct str with_role(struct telling *t, struct str who, struct str role)
{
    if (who.len == 0)
        return role;
    return role.len > 0 ? arena_format(t->arena, "%.*s (%.*s)", STR_ARG(who), STR_ARG(role)) : who;
}

static struct str who_of(struct telling *t, const struct row *row)
{
    struct str role = permission_role_text(row->role, t->swedish);
    if (str_equal(row->subject_kind, S("national_service")))
        role = str_from(log_word(LOG_SERVICE, t->swedish));
    else if (str_equal(row->subject_kind, S("system")))
        role = str_from(log_word(LOG_SYSTEM, t->swedish));
    return with_role(t, row->subject_name, role);
}

/* The name, and in brackets what it is known by. */
static struct str named(struct telling *t, struct str name, struct str id)
{
    return with_role(t, name, id);
}

static struct str reasons_of(struct telling *t, struct str words)
{
    autobuf struct buf text = buf_new(REASON_MAX);
    struct str word;
    while (str_cut(&words, ',', &word)) {
        buf_put(&text, text.len > 0 ? S(" ") : S(""));
        buf_put(&text, permission_reason_text(word, t->swedish));
    }
    return arena_str(t->arena, buf_str(&text));
}

/* --- what happened
 * ---------------------------------------------------------------------------- */

static void tell_row(struct telling *t, int64_t leaf, const struct row *row,
                     const struct name *name)
{
    const struct str at = time_of(t, row->at);
    const struct str what = permission_action_text(row->action, t->swedish);
    put(t, PRINT_STRONG, arena_format(t->arena, "%.*s  %.*s", STR_ARG(at), STR_ARG(what)));
    say_with(t, LOG_WHO, who_of(t, row));
    say_with(t, LOG_UNIT, named(t, name != NULL ? name->unit : (struct str){0}, row->unit));
    say_with(t, LOG_PROVIDER,
             named(t, name != NULL ? name->care_provider : (struct str){0}, row->care_provider));
    say_with(t, LOG_PURPOSE, permission_purpose_text(row->purpose, t->swedish));
    say_with(t, LOG_COUNT, number(t, row->records));
    say_with(t, LOG_REASON, reasons_of(t, row->reasons));
    say_with(t, LOG_LEAF, number(t, leaf));
}

static void tell_imported(struct telling *t, const struct imported *i)
{
    const struct str at = time_of(t, i->at);
    const struct str what =
        i->said.len > 0 ? i->said : permission_action_text(i->action, t->swedish);
    put(t, PRINT_STRONG, arena_format(t->arena, "%.*s  %.*s", STR_ARG(at), STR_ARG(what)));
    say_with(t, LOG_WHO, with_role(t, i->subject_name, i->role));
    say_with(t, LOG_UNIT, i->unit_name);
    say_with(t, LOG_PROVIDER, i->care_provider);
    say_with(t, LOG_SOURCE, i->source_system);
}

static void tell_beginning(struct telling *t, const struct log_extract *w,
                           const struct log_asked *asked)
{
    struct str made = time_of(t, asked->made);
    say(t, PRINT_TITLE, LOG_TITLE);
    say_with(t, LOG_MADE, arena_format(t->arena, "%.*s, %.*s", STR_ARG(w->tenant), STR_ARG(made)));
    say_with(t, LOG_PERIOD_FROM, str_from(asked->from));
    say_with(t, LOG_PERIOD_TO, str_from(asked->to));
    say(t, PRINT_TEXT, LOG_INTRO);
    say_with(t, LOG_PART, w->care_provider);
    if (!w->staff_named)
        say(t, PRINT_TEXT, LOG_NO_NAMES);
    if (!w->place_shown)
        say(t, PRINT_TEXT, LOG_NO_PLACES);
    if (w->removed_before.known)
        say_with(t, LOG_REMOVED, time_of(t, w->removed_before));
    if (w->unsealed > 0)
        say_with(t, LOG_UNSEALED, number(t, w->unsealed));
    if (w->more || w->imported_more)
        say(t, PRINT_TEXT, LOG_MORE);
}

static void tell_check(struct telling *t, const struct log_extract *w)
{
    struct str rest = w->checkpoint;
    struct str line;
    say(t, PRINT_HEADING, LOG_CHECK);
    say(t, PRINT_TEXT, LOG_CHECK_WHY);
    say(t, PRINT_TEXT, LOG_CHECK_HOW);
    say(t, PRINT_STRONG, LOG_CHECKPOINT);
    for (int i = 0; i < LINES_EACH && str_cut(&rest, '\n', &line); i++)
        put(t, PRINT_CODE, line);
    say(t, PRINT_STRONG, LOG_KEY);
    put(t, PRINT_CODE, w->key);
}

/* --- the whole
 * -------------------------------------------------------------------------------- */

struct lists {
    const struct item *items;
    size_t item_count;
    const struct name *names;
    size_t name_count;
    const struct imported *imported;
    size_t imported_count;
};

static struct err *read_list(struct json_text list, const struct field *fields, size_t size,
                             const char *path, struct arena *arena, void *out, size_t *out_count)
{
    void *items = NULL;
    TRY(json_read_list(list.text, fields, size, LOG_ROWS_MAX, JSON_IGNORE_UNKNOWN, path, arena,
                       &items, out_count));
    memcpy(out, &items, sizeof items);
    return NULL;
}

static struct err *read_lists(const struct log_extract *w, struct arena *arena, struct lists *out)
{
    TRY(read_list(w->rows, item_fields, sizeof(struct item), "rows", arena, &out->items,
                  &out->item_count));
    TRY(read_list(w->names, name_fields, sizeof(struct name), "names", arena, &out->names,
                  &out->name_count));
    return read_list(w->imported, imported_fields, sizeof(struct imported), "imported", arena,
                     &out->imported, &out->imported_count);
}

/* Names stand in the order of the rows, or there are none. */
static struct err *tell_rows(struct telling *t, const struct lists *lists)
{
    for (size_t i = 0; i < lists->item_count; i++) {
        const struct item *item = &lists->items[i];
        const struct name *name = i < lists->name_count ? &lists->names[i] : NULL;
        struct row row = {0};
        TRY(json_read(item->row.text, row_fields, JSON_IGNORE_UNKNOWN, "rows", t->arena, &row));
        if (name != NULL && name->leaf != item->leaf)
            return err_field(ERR_INVALID, "names", "not those of the rows");
        tell_row(t, item->leaf, &row, name);
    }
    return NULL;
}

struct err *log_tell(struct str extract, const struct log_asked *asked, struct arena *arena,
                     struct log_lines *out)
{
    struct log_extract whole = {0};
    struct lists lists = {0};
    struct log_lines lines = {0};
    TRY(json_read(extract, log_extract_fields, JSON_IGNORE_UNKNOWN, "", arena, &whole));
    TRY(read_lists(&whole, arena, &lists));
    struct telling t = {.arena = arena,
                        .swedish = asked->swedish,
                        .lines = &lines,
                        .room =
                            (lists.item_count + lists.imported_count) * LINES_EACH + LINES_BESIDE};
    lines.at = ARENA_ARRAY(arena, struct log_line, t.room);
    tell_beginning(&t, &whole, asked);
    say(&t, PRINT_HEADING, LOG_EVENTS);
    if (lists.item_count == 0)
        say(&t, PRINT_TEXT, LOG_NOBODY);
    TRY(tell_rows(&t, &lists));
    if (lists.imported_count > 0) {
        say(&t, PRINT_HEADING, LOG_IMPORTED);
        say(&t, PRINT_TEXT, LOG_IMPORTED_INTRO);
    }
    for (size_t i = 0; i < lists.imported_count; i++)
        tell_imported(&t, &lists.imported[i]);
    tell_check(&t, &whole);
    *out = lines;
    return NULL;
}
