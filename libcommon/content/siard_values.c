/* Values in metadata.xml as its schemas have them: types of SQL, names of folders, digests. White
 * space around them is judged by the table of elements. */
#include "content/siard.h"

#include "base/base.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ([a-z]|[A-Z])([a-z]|[A-Z]|[0-9]).* */
bool siard_is_folder(struct str text)
{
    return text.len >= 2 && is_letter(text.ptr[0]) &&
           (is_letter(text.ptr[1]) || is_digit(text.ptr[1])) && str_find(text, '\n') == text.len;
}

/* --- digests */

static bool is_hex(struct str text, size_t length)
{
    bool good = text.len == length;
    for (size_t i = 0; good && i < length; i++)
        good = is_digit(text.ptr[i]) || (text.ptr[i] >= 'a' && text.ptr[i] <= 'f') ||
               (text.ptr[i] >= 'A' && text.ptr[i] <= 'F');
    return good;
}

static bool is_base64(struct str text, size_t length)
{
    bool good = text.len == length && text.ptr[length - 1] == '=';
    for (size_t i = 0; good && i + 1 < length; i++)
        good = is_letter(text.ptr[i]) || is_digit(text.ptr[i]) || text.ptr[i] == '+' ||
               text.ptr[i] == '/';
    return good;
}

bool siard_is_digest_1_0(struct str text)
{
    return text.len == 0 || str_starts(text, S("MD5")) || str_starts(text, S("SHA-1"));
}

bool siard_is_digest_2_0(struct str text)
{
    static const struct {
        const char *name;
        size_t hex;
        size_t base64; /* 0: not so */
    } forms[] = {{"MD5", 32, 0}, {"SHA-1", 40, 28}, {"SHA-256:", 64, 44}};
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct str name = str_from(forms[i].name);
        struct str digest = str_slice(text, name.len, text.len);
        if (str_starts(text, name) && (is_hex(digest, forms[i].hex) ||
                                       (forms[i].base64 > 0 && is_base64(digest, forms[i].base64))))
            return true;
    }
    return false;
}

/* --- types of SQL */

/* What may stand in parentheses behind a type's name. */
enum form {
    BARE,      /* nothing */
    LENGTH,    /* n */
    VARYING,   /* n, which SIARD 2.0 demands */
    LARGE,     /* n, K, M or G */
    PRECISION, /* n, which may be 0 */
    NUMBER,    /* n, and the digits behind the point */
};

static const struct type {
    const char *name;
    enum form form;
    bool only_2_0;
    bool since_2_1;
} types[] = {
    {.name = "INTEGER"},
    {.name = "INT"},
    {.name = "SMALLINT"},
    {.name = "BIGINT"},
    {.name = "NUMERIC", .form = NUMBER},
    {.name = "DECIMAL", .form = NUMBER},
    {.name = "DEC", .form = NUMBER, .since_2_1 = true},
    {.name = "REAL"},
    {.name = "DOUBLE PRECISION"},
    {.name = "FLOAT", .form = LENGTH},
    {.name = "CHARACTER", .form = LENGTH},
    {.name = "CHAR", .form = LENGTH},
    {.name = "CHARACTER VARYING", .form = VARYING},
    {.name = "CHAR VARYING", .form = VARYING},
    {.name = "VARCHAR", .form = VARYING},
    {.name = "CHARACTER LARGE OBJECT", .form = LARGE},
    {.name = "CLOB", .form = LARGE},
    {.name = "NATIONAL CHARACTER", .form = LENGTH},
    {.name = "NATIONAL CHAR", .form = LENGTH},
    {.name = "NCHAR", .form = LENGTH},
    {.name = "NATIONAL CHARACTER VARYING", .form = VARYING},
    {.name = "NATIONAL CHAR VARYING", .form = VARYING},
    {.name = "NCHAR VARYING", .form = VARYING},
    {.name = "NATIONAL CHARACTER LARGE OBJECT", .form = LARGE},
    {.name = "NCHAR LARGE OBJECT", .form = LARGE},
    {.name = "NCLOB", .form = LARGE},
    {.name = "XML"},
    {.name = "BIT", .form = LENGTH, .only_2_0 = true},
    {.name = "BIT VARYING", .form = VARYING, .only_2_0 = true},
    {.name = "BINARY", .form = LENGTH},
    {.name = "BINARY VARYING", .form = VARYING},
    {.name = "VARBINARY", .form = VARYING},
    {.name = "BINARY LARGE OBJECT", .form = LARGE},
    {.name = "BLOB", .form = LARGE},
    {.name = "DATE"},
    {.name = "TIME", .form = LENGTH},
    {.name = "TIME WITH TIME ZONE", .form = LENGTH},
    {.name = "TIMESTAMP", .form = PRECISION},
    {.name = "TIMESTAMP WITH TIME ZONE", .form = PRECISION},
    {.name = "BOOLEAN"},
    {.name = "DATALINK", .since_2_1 = true},
};

/* A type as it is read; loose: white space may stand between its parts (since 2.1). */
struct reading {
    struct str rest;
    bool loose;
};

static bool take(struct reading *r, struct str text)
{
    bool there = str_starts(r->rest, text);
    if (there)
        r->rest = str_slice(r->rest, text.len, r->rest.len);
    return there;
}

static size_t spaces(const struct reading *r)
{
    size_t count = 0;
    while (count < r->rest.len && memchr(" \t\r\n", r->rest.ptr[count], 4) != NULL)
        count++;
    return count;
}

static void skip(struct reading *r)
{
    if (r->loose)
        r->rest = str_slice(r->rest, spaces(r), r->rest.len);
}

static bool take_space(struct reading *r)
{
    size_t count = spaces(r);
    if (!r->loose)
        return take(r, S(" "));
    skip(r);
    return count > 0;
}

/* Words of capitals; a space between them in the name is white space in the text. */
static bool take_name(struct reading *r, const char *name)
{
    for (; *name != '\0'; name++)
        if (*name == ' ' ? !take_space(r) : !take(r, (struct str){name, 1}))
            return false;
    return true;
}

static bool take_number(struct reading *r, bool may_begin_with_0)
{
    size_t count = 0;
    while (count < r->rest.len && is_digit(r->rest.ptr[count]))
        count++;
    bool good = count > 0 && (may_begin_with_0 || r->rest.ptr[0] != '0');
    r->rest = str_slice(r->rest, count, r->rest.len);
    return good;
}

static bool take_precision(struct reading *r)
{
    return str_starts(r->rest, S("0")) ? take(r, S("0")) : take_number(r, false);
}

/* What stands in parentheses, with them. */
static bool take_form(struct reading *r, enum form form)
{
    skip(r);
    if (!take(r, S("(")))
        return false;
    skip(r);
    if (form == PRECISION ? !take_precision(r) : !take_number(r, false))
        return false;
    skip(r);
    if (form == NUMBER && take(r, S(","))) {
        skip(r);
        if (!take_number(r, r->loose))
            return false;
    }
    if (form == LARGE && !take(r, S("K")) && !take(r, S("M")))
        take(r, S("G"));
    skip(r);
    return take(r, S(")"));
}

/* A form, or none: what stands next then is not of it. */
static bool may_have_form(struct reading *r, enum form form)
{
    struct reading next = *r;
    skip(&next);
    return !str_starts(next.rest, S("(")) || take_form(r, form);
}

static bool take_field(struct reading *r, bool last)
{
    static const char *const fields[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
    for (size_t i = last ? 1 : 0; i < COUNT(fields); i++) {
        bool number = r->loose && !last && str_equal(str_from(fields[i]), S("SECOND"));
        if (take(r, str_from(fields[i])))
            return may_have_form(r, number ? NUMBER : LENGTH);
    }
    return false;
}

/* Since 2.1 seconds are the last field. */
static bool is_interval(struct reading r)
{
    if (!take_name(&r, "INTERVAL "))
        return false;
    bool seconds = str_starts(r.rest, S("SECOND"));
    if (!take_field(&r, false))
        return false;
    return r.rest.len == 0 || (!(seconds && r.loose) && take_name(&r, " TO ") &&
                               take_field(&r, true) && r.rest.len == 0);
}

static bool is_of(const struct type *type, struct reading r)
{
    if ((r.loose ? type->only_2_0 : type->since_2_1) || !take_name(&r, type->name))
        return false;
    if (r.rest.len == 0)
        return type->form != VARYING || r.loose;
    return type->form != BARE && take_form(&r, type->form) && r.rest.len == 0;
}

static bool is_type(struct reading r)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (is_of(&types[i], r))
            return true;
    return is_interval(r);
}

bool siard_is_type(struct str text)
{
    return is_type((struct reading){text, true});
}

bool siard_is_type_2_0(struct str text)
{
    return is_type((struct reading){text, false});
}
