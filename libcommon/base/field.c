/* Field values and their text. */
#include "base/field.h"
#include "base/base.h"

static const char *const type_names[] = {
    [FIELD_STR] = "string",    [FIELD_I64] = "integer", [FIELD_I32] = "integer",
    [FIELD_BOOL] = "boolean",  [FIELD_UUID] = "uuid",   [FIELD_INSTANT] = "instant",
    [FIELD_SHA256] = "sha256", [FIELD_JSON] = "json",   [FIELD_BYTES] = "bytes",
    [FIELD_STRS] = "strings",  [FIELD_UUIDS] = "uuids",
};

const char *field_type_name(enum field_type type)
{
    return type_names[type];
}

static struct err *wrong(const char *path, const char *what)
{
    return err_field(ERR_INVALID, path, "%s", what);
}

static struct err *check_one_of(const struct field *f, struct str text, const char *path)
{
    if (f->one_of == NULL)
        return NULL;
    for (const char *const *value = f->one_of; *value != NULL; value++)
        if (str_equal(text, str_from(*value)))
            return NULL;
    return wrong(path, "not one of the allowed values");
}

static struct err *read_text(const struct field *f, struct str text, void *base, const char *path)
{
    int64_t max = f->max != 0 ? f->max : FIELD_TEXT_MAX;
    if ((int64_t)text.len > max)
        return err_field(ERR_TOO_LARGE, path, "longer than %lld bytes", (long long)max);
    if ((int64_t)text.len < f->min)
        return wrong(path, text.len == 0 ? "empty" : "too short");
    if (!str_is_utf8(text))
        return wrong(path, "not valid UTF-8");
    TRY(check_one_of(f, text, path));
    *FIELD_AT(base, f, struct str) = text;
    return NULL;
}

static struct err *read_number(const struct field *f, struct str text, void *base, const char *path)
{
    bool small = f->type == FIELD_I32;
    int64_t max = f->max != 0 ? f->max : small ? INT32_MAX : INT64_MAX;
    int64_t min = f->min != 0 || f->max != 0 ? f->min : small ? INT32_MIN : INT64_MIN + 1;
    int64_t value = 0;
    if (!str_to_i64(text, min, max, &value))
        return err_field(ERR_INVALID, path, "not a whole number from %lld to %lld", (long long)min,
                         (long long)max);
    if (small)
        *FIELD_AT(base, f, int32_t) = (int32_t)value;
    else
        *FIELD_AT(base, f, int64_t) = value;
    return NULL;
}

/* "\x…" as PostgreSQL prints bytea. */
static struct err *read_bytes(const struct field *f, struct str text, void *base, const char *path,
                              struct arena *arena)
{
    int64_t max = f->max != 0 ? f->max : FIELD_BYTES_MAX;
    if (!str_starts(text, S("\\x")) || text.len % 2 != 0)
        return wrong(path, "not bytes in hexadecimal");
    size_t length = (text.len - 2) / 2;
    if ((int64_t)length > max)
        return err_field(ERR_TOO_LARGE, path, "longer than %lld bytes", (long long)max);
    uint8_t *bytes = arena_alloc(arena, length + 1, 1);
    if (!hex_decode(str_slice(text, 2, text.len), bytes, length))
        return wrong(path, "not bytes in hexadecimal");
    *FIELD_AT(base, f, struct bytes) = (struct bytes){{(const char *)bytes, length}};
    return NULL;
}

/* One element of PostgreSQL's array text: quoted with backslashes, or bare up to a comma. */
static struct str array_element(struct str *rest, struct arena *arena)
{
    char *copy = arena_alloc(arena, rest->len + 1, 1);
    size_t length = 0;
    size_t at = 0;
    bool quoted = rest->ptr[0] == '"';
    for (at = quoted; at < rest->len && rest->ptr[at] != (quoted ? '"' : ','); at++) {
        if (quoted && rest->ptr[at] == '\\' && at + 1 < rest->len)
            at++;
        copy[length++] = rest->ptr[at];
    }
    at += quoted;
    *rest = at < rest->len ? str_slice(*rest, at + 1, rest->len) : (struct str){0};
    return (struct str){copy, length};
}

static struct err *read_list(const struct field *f, struct str text, void *base, const char *path,
                             struct arena *arena)
{
    if (text.len < 2 || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
        return wrong(path, "not a list");
    struct str inner = str_slice(text, 1, text.len - 1);
    size_t most = 1;
    for (size_t i = 0; i < inner.len; i++)
        most += inner.ptr[i] == ',';
    struct str *values = ARENA_ARRAY(arena, struct str, most);
    size_t count = 0;
    for (struct str rest = inner; rest.len > 0;)
        values[count++] = array_element(&rest, arena);
    if (f->type == FIELD_STRS) {
        *FIELD_AT(base, f, struct strs) = (struct strs){values, count};
        return NULL;
    }
    struct uuid *ids = ARENA_ARRAY(arena, struct uuid, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!uuid_parse(values[i], &ids[i]))
            return wrong(path, "not a list of UUIDs");
    *FIELD_AT(base, f, struct uuids) = (struct uuids){ids, count};
    return NULL;
}

struct err *field_from_text(const struct field *f, struct str text, void *base, const char *path,
                            struct arena *arena)
{
    switch (f->type) {
    case FIELD_STR:
        return read_text(f, text, base, path);
    case FIELD_I64:
    case FIELD_I32:
        return read_number(f, text, base, path);
    case FIELD_BOOL:
        if (!str_equal(text, S("t")) && !str_equal(text, S("f")) && !str_equal(text, S("true")) &&
            !str_equal(text, S("false")))
            return wrong(path, "not true or false");
        *FIELD_AT(base, f, bool) = text.ptr[0] == 't';
        return NULL;
    case FIELD_UUID:
        return uuid_parse(text, FIELD_AT(base, f, struct uuid)) ? NULL : wrong(path, "not a UUID");
    case FIELD_INSTANT:
        return instant_parse(text, FIELD_AT(base, f, struct instant))
                   ? NULL
                   : wrong(path, "not a time with zone");
    case FIELD_SHA256: {
        bool prefixed = str_starts(text, S("\\x"));
        struct sha256 *out = FIELD_AT(base, f, struct sha256);
        return hex_decode(prefixed ? str_slice(text, 2, text.len) : text, out->bytes,
                          sizeof out->bytes)
                   ? NULL
                   : wrong(path, "not a SHA-256 in hexadecimal");
    }
    case FIELD_JSON:
        *FIELD_AT(base, f, struct json_text) = (struct json_text){text};
        return NULL;
    case FIELD_BYTES:
        return read_bytes(f, text, base, path, arena);
    case FIELD_STRS:
    case FIELD_UUIDS:
        return read_list(f, text, base, path, arena);
    }
    return ERR_BUG_AT("field %s has no type", f->name);
}

bool field_is_absent(const struct field *f, const void *base)
{
    switch (f->type) {
    case FIELD_STR:
        return FIELD_GET(base, f, struct str).ptr == NULL;
    case FIELD_UUID:
        return uuid_is_nil(FIELD_GET(base, f, struct uuid));
    case FIELD_INSTANT:
        return !FIELD_GET(base, f, struct instant).known;
    case FIELD_SHA256:
        return sha256_is_zero(FIELD_GET(base, f, struct sha256));
    case FIELD_JSON:
        return FIELD_GET(base, f, struct json_text).text.ptr == NULL;
    case FIELD_BYTES:
        return FIELD_GET(base, f, struct bytes).raw.ptr == NULL;
    case FIELD_STRS:
        return FIELD_GET(base, f, struct strs).at == NULL;
    case FIELD_UUIDS:
        return FIELD_GET(base, f, struct uuids).at == NULL;
    case FIELD_I64:
        return f->presence == OPTIONAL && FIELD_GET(base, f, int64_t) == 0;
    case FIELD_I32:
        return f->presence == OPTIONAL && FIELD_GET(base, f, int32_t) == 0;
    case FIELD_BOOL:
        return false;
    }
    return true;
}

static void write_strings(const struct strs *list, struct buf *out)
{
    buf_byte(out, '{');
    for (size_t i = 0; i < list->count; i++) {
        buf_put(out, i > 0 ? S(",\"") : S("\""));
        for (size_t c = 0; c < list->at[i].len; c++) {
            if (list->at[i].ptr[c] == '"' || list->at[i].ptr[c] == '\\')
                buf_byte(out, '\\');
            buf_byte(out, list->at[i].ptr[c]);
        }
        buf_byte(out, '"');
    }
    buf_byte(out, '}');
}

static void write_uuids(const struct uuids *list, struct buf *out)
{
    buf_byte(out, '{');
    for (size_t i = 0; i < list->count; i++)
        buf_format(out, "%s%s", i > 0 ? "," : "", uuid_text(list->at[i]).text);
    buf_byte(out, '}');
}

void field_to_text(const struct field *f, const void *base, struct buf *out)
{
    switch (f->type) {
    case FIELD_STR:
        buf_put(out, FIELD_GET(base, f, struct str));
        return;
    case FIELD_I64:
        buf_format(out, "%lld", (long long)FIELD_GET(base, f, int64_t));
        return;
    case FIELD_I32:
        buf_format(out, "%d", FIELD_GET(base, f, int32_t));
        return;
    case FIELD_BOOL:
        buf_put(out, FIELD_GET(base, f, bool) ? S("true") : S("false"));
        return;
    case FIELD_UUID:
        buf_put(out, str_from(uuid_text(FIELD_GET(base, f, struct uuid)).text));
        return;
    case FIELD_INSTANT: {
        char text[INSTANT_TEXT];
        instant_print(FIELD_GET(base, f, struct instant), text);
        buf_put(out, str_from(text));
        return;
    }
    case FIELD_SHA256:
        buf_put(out, S("\\x"));
        buf_hex(out, FIELD_GET(base, f, struct sha256).bytes, sizeof(struct sha256));
        return;
    case FIELD_JSON:
        buf_put(out, FIELD_GET(base, f, struct json_text).text);
        return;
    case FIELD_BYTES: {
        struct str raw = FIELD_GET(base, f, struct bytes).raw;
        buf_put(out, S("\\x"));
        buf_hex(out, (const uint8_t *)raw.ptr, raw.len);
        return;
    }
    case FIELD_STRS: {
        struct strs list = FIELD_GET(base, f, struct strs);
        write_strings(&list, out);
        return;
    }
    case FIELD_UUIDS: {
        struct uuids list = FIELD_GET(base, f, struct uuids);
        write_uuids(&list, out);
        return;
    }
    }
}
