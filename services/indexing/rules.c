/* Rules: from a row's texts to a record's fields. */
#include "base/base.h"
#include "mapping.h"

static const char person_number[] = "person_number";
static const char person_id_type[] = "person_id_type";

void item_find(struct item *item, int64_t row, struct str column, const char *rule, const char *why)
{
    for (size_t i = 0; i < item->finding_count; i++)
        if (str_equal(item->findings[i].column, column) &&
            strcmp(item->findings[i].rule, rule) == 0)
            return;
    if (item->finding_count < FINDINGS_PER_ROW)
        item->findings[item->finding_count++] = (struct finding){row, column, rule, why};
}

static struct err *resolve_one(struct rules *rules, size_t i, const char *path)
{
    struct rule *rule = &rules->at[i];
    bool identity = str_equal(rule->field, str_from(person_number)) ||
                    str_equal(rule->field, str_from(person_id_type));
    rule->target = record_delivered_field(rule->field);
    if (rule->target == NULL && !identity)
        return err_field(ERR_INVALID, path, "\"%.*s\" is no field of a record",
                         STR_ARG(rule->field));
    if ((rule->column.len > 0) == (rule->value.len > 0))
        return err_field(ERR_INVALID, path, "rule %zu needs either a column or a value", i + 1);
    if (rule->format.len > 0 && (rule->target == NULL || rule->target->type != FIELD_INSTANT))
        return err_field(ERR_INVALID, path, "\"%.*s\" is no time and has no format",
                         STR_ARG(rule->field));
    while (!str_equal(rules->at[rule->first].field, rule->field))
        rule->first++;
    return NULL;
}

struct err *rules_resolve(struct rules *rules, const char *path)
{
    if (rules->count > RULES_MAX)
        return err_field(ERR_TOO_LARGE, path, "more than %d rules", RULES_MAX);
    for (size_t i = 0; i < rules->count; i++)
        TRY(resolve_one(rules, i, path));
    return NULL;
}

/* "YYYY-MM-DD hh:mm" into YYYYMMDDhhmmss, a letter's digits where it stands; missing parts of the
 * time are 0. */
static bool by_format(struct str text, struct str format, char digits[14])
{
    static const char parts[] = "YYYYMMDDhhmmss";
    memset(digits, '0', 14);
    if (text.len != format.len)
        return false;
    for (size_t i = 0, used[128] = {0}; i < format.len; i++) {
        unsigned char letter = (unsigned char)format.ptr[i];
        const char *part = letter < 128 && letter != '\0' ? strchr(parts, (char)letter) : NULL;
        if (part == NULL && letter != (unsigned char)text.ptr[i])
            return false;
        if (part == NULL)
            continue;
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || part[used[letter]] != (char)letter)
            return false;
        digits[part - parts + (ptrdiff_t)used[letter]++] = text.ptr[i];
    }
    return true;
}

/* Digits with or without '-', ':', 'T' and blanks; a fraction of the second is left out. */
static bool by_digits(struct str text, char digits[14])
{
    size_t count = 0;
    memset(digits, '0', 14);
    for (size_t i = 0; i < text.len && text.ptr[i] != '.' && text.ptr[i] != ','; i++) {
        char c = text.ptr[i];
        if (c >= '0' && c <= '9' && count < 14)
            digits[count++] = c;
        else if (strchr("-: T", c) == NULL || c == '\0')
            return false;
    }
    return count == 8 || count == 12 || count == 14;
}

/* Before 1900 the zone's own rules are not kept; an hour east of Greenwich is right but for 14
 * seconds. */
static bool old_time(const char digits[14], struct instant *out)
{
    char text[32];
    snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s+01:00", digits, digits + 4,
             digits + 6, digits + 8, digits + 10, digits + 12);
    return instant_parse(str_from(text), out);
}

static bool read_time(struct str text, struct str format, struct instant *out)
{
    char digits[14];
    if (format.len == 0 && instant_parse(text, out))
        return true;
    if (!(format.len > 0 ? by_format(text, format, digits) : by_digits(text, digits)))
        return false;
    return instant_from_swedish((struct str){digits, sizeof digits}, out) ||
           (digits[0] == '1' && digits[1] < '9' && old_time(digits, out));
}

static bool read_truth(struct str text, bool *out)
{
    static const char *const yes[] = {"1", "ja", "j", "sant", "s", "true", "t", "yes", "y", "x"};
    static const char *const no[] = {"0", "nej", "n", "falskt", "f", "false", "no"};
    for (size_t i = 0; i < COUNT(yes); i++)
        if (str_equal_nocase(text, str_from(yes[i])))
            return *out = true;
    for (size_t i = 0; i < COUNT(no); i++)
        if (str_equal_nocase(text, str_from(no[i])))
            return !(*out = false);
    return false;
}

struct str mapping_path(struct str text, struct str folder, struct arena *arena)
{
    char *path = arena_alloc(arena, folder.len + text.len + 1, 1);
    size_t length = 0;
    while (str_starts(text, S("./")) || str_starts(text, S(".\\")))
        text = str_slice(text, 2, text.len);
    struct str parts[] = {folder, text};
    for (size_t i = 0; i < COUNT(parts); i++)
        for (size_t j = 0; j < parts[i].len; j++)
            path[length++] = parts[i].ptr[j] == '\\' ? '/' : parts[i].ptr[j];
    struct str whole = {path, length};
    struct str part;
    for (struct str rest = whole; str_cut(&rest, '/', &part);)
        if (part.len == 0 || str_equal(part, S("..")) || str_equal(part, S(".")))
            return (struct str){0};
    return whole;
}

static bool read_paths(struct str text, struct str folder, struct arena *arena, struct strs *out)
{
    size_t most = 1;
    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == '|';
    struct str *paths = ARENA_ARRAY(arena, struct str, most);
    size_t count = 0;
    struct str part;
    for (struct str rest = text; str_cut(&rest, '|', &part);) {
        paths[count] = mapping_path(str_trim(part), folder, arena);
        if (paths[count++].len == 0)
            return false;
    }
    *out = (struct strs){paths, count};
    return true;
}

/* Sets one field from its text; says what is wrong, or NULL. */
static const char *set_field(const struct rule *rule, struct str text, struct str folder,
                             struct arena *arena, struct record *record)
{
    const struct field *f = rule->target;
    if (f->type == FIELD_INSTANT)
        return read_time(text, rule->format, FIELD_AT(record, f, struct instant))
                   ? NULL
                   : "is no date or time";
    if (f->type == FIELD_BOOL)
        return read_truth(text, FIELD_AT(record, f, bool)) ? NULL : "is neither yes nor no";
    if (f->type == FIELD_STRS)
        return read_paths(text, folder, arena, FIELD_AT(record, f, struct strs))
                   ? NULL
                   : "holds an unsafe path";
    if (f->offset == offsetof(struct record, path)) {
        text = mapping_path(text, folder, arena);
        if (text.len == 0)
            return "is an unsafe path";
    }
    struct err *e = field_from_text(f, text, record, f->name, arena);
    return e != NULL ? e->detail : NULL;
}

/* "J=voo": what the delivery's word means. "*=" stands for any other word; without it that is
 * absent. */
static struct str translate(const struct strs *values, struct str word)
{
    struct str other = {0};
    for (size_t i = 0; i < values->count; i++) {
        struct str meaning = values->at[i];
        struct str name = {0};
        if (!str_cut(&meaning, '=', &name))
            continue;
        if (str_equal_nocase(name, word))
            return meaning;
        if (str_equal(name, S("*")))
            other = meaning;
    }
    return other;
}

static struct str text_of(const struct rule *rule, const struct row *row, struct item *item)
{
    struct str text = rule->column.len > 0 ? row_text(row, rule->column) : rule->value;
    if (text.len == 0 || rule->values.count == 0)
        return text;
    struct str meaning = translate(&rule->values, text);
    if (meaning.ptr == NULL)
        item_find(item, row->number, rule->column, "unknown_value",
                  "holds a word that the mapping does not know");
    return meaning;
}

void rules_apply(const struct rules *rules, struct str folder, const struct row *row,
                 struct arena *arena, struct item *item)
{
    bool decided[RULES_MAX] = {false};
    struct identity_told told = {0};
    if (row->doubtful != NULL)
        item_find(item, row->number, (struct str){0}, "doubtful_row", row->doubtful);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->at[i];
        struct str text = decided[rule->first] ? (struct str){0} : text_of(rule, row, item);
        if (text.len == 0)
            continue;
        decided[rule->first] = true;
        if (rule->target == NULL) {
            *(str_equal(rule->field, str_from(person_number)) ? &told.number : &told.type) = text;
            continue;
        }
        const char *wrong = set_field(rule, text, folder, arena, &item->record);
        if (wrong != NULL)
            item_find(item, row->number, rule->column, "bad_value", wrong);
    }
    item_finish(item, &told, row->number, arena);
}

void item_finish(struct item *item, const struct identity_told *told, int64_t row,
                 struct arena *arena)
{
    struct record *r = &item->record;
    struct identity_told whole = *told;
    item->row = row;
    whole.system = r->source_system;
    whole.year = record_year(r);
    r->identity = identity_read(&whole, arena);
    if (r->status.len == 0)
        r->status = r->signed_at.known ? S("signed") : S("unsigned");
    if (r->type.len == 0 || r->category.len == 0) {
        item_find(item, row, (struct str){0}, "no_category", "has no information type or category");
        return;
    }
    item->has_record = true;
}
