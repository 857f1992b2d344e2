/* Swedish identity numbers and pseudonyms. */
#include "domain/person.h"

#include "base/base.h"
#include "base/digest.h"

/* Nobody in Sweden has lived longer; a greater age means another century. */
enum { OLDEST = 120, COORDINATION_DAY = 60 };

/* A national number taken apart: ten or twelve digits and the sign before the last four, if any. */
struct digits {
    char at[12];
    size_t count;
    char sign; /* '-', '+' or 0 */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter_or_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Old systems write a blank where the sign should be. */
static bool is_sign(char c)
{
    return c == '-' || c == '+' || c == ' ';
}

static bool digits_read(struct str text, struct digits *out)
{
    struct digits d = {0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_digit(c) && d.count < sizeof d.at)
            d.at[d.count++] = c;
        else if (is_sign(c) && text.len - i == 5 && (d.count == 6 || d.count == 8))
            d.sign = c == ' ' ? '\0' : c;
        else
            return false;
    }
    *out = d;
    return d.count == 10 || d.count == 12;
}

static int two(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* The ten digits from the year's tens on. */
static const char *ten(const struct digits *d)
{
    return d->at + d->count - 10;
}

static bool is_coordination(const struct digits *d)
{
    return two(ten(d) + 4) > COORDINATION_DAY;
}

/* Ten digits alone: the year 2000 and its tens, which has every leap day that any century has. */
static bool real_date(const struct digits *d)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = d->count == 12 ? two(d->at) * 100 + two(d->at + 2) : 2000 + two(d->at);
    int month = two(ten(d) + 2);
    int day = two(ten(d) + 4) - (is_coordination(d) ? COORDINATION_DAY : 0);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (d->count == 12 && (year < 1800 || year > 2099))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day < 29 || leap;
}

/* Luhn: every second digit from the first doubled, the digits of all products summed. */
static bool right_check_digit(const struct digits *d)
{
    int sum = 0;
    for (size_t i = 0; i < 10; i++) {
        int product = (ten(d)[i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += product / 10 + product % 10;
    }
    return sum % 10 == 0;
}

static bool is_valid(const struct digits *d)
{
    return real_date(d) && right_check_digit(d);
}

/* The year of birth of a number with ten digits, written in `year`; 0 when two centuries are
 * possible. */
static int birth_year(const struct digits *d, int year)
{
    int age = ((year - two(d->at)) % 100 + 100) % 100; /* or a hundred more */
    if (year == 0)
        return 0;
    if (d->sign == '+')
        return age + 100 <= OLDEST ? year - age - 100 : 0;
    if (d->sign == '-' || age + 100 > OLDEST)
        return year - age;
    return 0;
}

/* Twelve digits without sign, or what was delivered when the century is not certain. */
static struct str normalise(const struct digits *d, bool valid, int year, struct str delivered,
                            struct arena *arena)
{
    if (d->count == 12)
        return arena_str(arena, (struct str){d->at, 12});
    int born = valid ? birth_year(d, year) : 0;
    return born != 0 ? arena_format(arena, "%02d%.10s", born / 100, d->at) : delivered;
}

static bool is_national(struct str type)
{
    return str_equal(type, PERSON_TYPE_PERSONNUMMER) ||
           str_equal(type, PERSON_TYPE_SAMORDNINGSNUMMER);
}

struct identity identity_read(const struct identity_told *told, struct arena *arena)
{
    struct str number = arena_str(arena, str_trim(told->number));
    struct str type = arena_str(arena, str_trim(told->type));
    struct digits d = {0};
    if (number.len == 0)
        return (struct identity){0};

    struct identity identity = {.type = type, .delivered = {number}, .normalised = {number}};
    bool national_form = (type.len == 0 || is_national(type)) && digits_read(number, &d);
    identity.valid = national_form && is_valid(&d);
    if (identity.valid)
        identity.type =
            is_coordination(&d) ? PERSON_TYPE_SAMORDNINGSNUMMER : PERSON_TYPE_PERSONNUMMER;
    else if (type.len == 0)
        identity.type = arena_format(arena, "local:%.*s", STR_ARG(told->system));
    if (national_form && is_national(identity.type))
        identity.normalised.digits = normalise(&d, identity.valid, told->year, number, arena);
    return identity;
}

bool identity_is_absent(const struct identity *identity)
{
    return identity->delivered.digits.len == 0;
}

struct uuid person_pseudonym(struct str key, const struct identity *identity)
{
    struct str parts[] = {identity->type, {"", 1}, identity->normalised.digits};
    struct sha256 mac = hmac_sha256(key, parts, COUNT(parts));
    struct uuid pseudonym;
    memcpy(pseudonym.bytes, mac.bytes, sizeof pseudonym.bytes);
    return pseudonym;
}

int32_t person_shard(struct uuid pseudonym)
{
    return pseudonym.bytes[0] << 2 | pseudonym.bytes[1] >> 6;
}

/* Length of a UUID, or of a digest in hexadecimal, that begins the text; 0 if neither does. */
static size_t opaque_length(struct str text)
{
    struct uuid id;
    size_t length = 0;
    bool letters = false;
    if (uuid_parse(str_slice(text, 0, UUID_TEXT), &id))
        return UUID_TEXT;
    for (; length < text.len && is_letter_or_digit(text.ptr[length]); length++) {
        if (!is_hex(text.ptr[length]))
            return 0;
        letters |= !is_digit(text.ptr[length]);
    }
    return letters && length >= 32 ? length : 0;
}

/* Does a valid number with `before` digits in front of the last four begin the text, and end there?
 */
static bool number_begins(struct str text, size_t before)
{
    struct digits d;
    bool sign = text.len > before && is_sign(text.ptr[before]);
    size_t length = before + sign + 4;
    if (text.len < length || (text.len > length && is_digit(text.ptr[length])))
        return false;
    return digits_read(str_slice(text, 0, length), &d) && d.count == before + 4 && is_valid(&d);
}

bool looks_like_personal_number(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = str_slice(text, i, text.len);
        bool begins_word = i == 0 || !is_letter_or_digit(text.ptr[i - 1]);
        size_t opaque = begins_word ? opaque_length(rest) : 0;
        if (opaque > 0) {
            i += opaque - 1;
            continue;
        }
        if (i > 0 && is_digit(text.ptr[i - 1]))
            continue;
        if (number_begins(rest, 6) || number_begins(rest, 8))
            return true;
    }
    return false;
}
