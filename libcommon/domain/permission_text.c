/* Access in words: the lists as text, and a decision as it is told and logged. */
#include "base/base.h"
#include "domain/permission.h"

const char *const permission_subject_kinds[] = {
#define SUBJECT(name, word) word,
#include "domain/permission_words.def"
    NULL};
const char *const permission_informations[] = {
#define INFORMATION(name, word) word,
#include "domain/permission_words.def"
    NULL};
const char *const permission_reaches[] = {
#define REACH(name, word) word,
#include "domain/permission_words.def"
    NULL};
const char *const permission_purposes[] = {
#define PURPOSE(name, word, swedish, english) word,
#include "domain/permission_words.def"
    NULL};
const char *const permission_actions[] = {
#define ACTION(name, word, swedish, english) word,
#include "domain/permission_words.def"
    NULL};
const char *const permission_logged[] = {
#define ACTION(name, word, swedish, english) word,
#define LOGGED(name, word, swedish, english) word,
#include "domain/permission_words.def"
    NULL};
const char *const permission_roles[] = {
#define ROLE(name, word, swedish, english, information, purposes, actions) word,
#include "domain/permission_roles.def"
#undef ROLE
    NULL};
const char *const permission_outcomes[] = {"deny", "ask", "allow", NULL};

/* The texts are ours and hold nothing that JSON would have escaped. */
struct explanation {
    const char *word;
    const char *swedish;
    const char *english;
    const char *source; /* NULL: the reasons tell it */
};

static const struct explanation reasons[REASONS] = {
#define REASON(name, word, effect, swedish, english, source) {word, swedish, english, source},
#include "domain/permission_reasons.def"
#undef REASON
};
static const struct explanation obligations[OBLIGATIONS] = {
#define OBLIGATION(name, word, swedish, english) {word, swedish, english, NULL},
#include "domain/permission_words.def"
};

static const struct explanation actions[] = {
#define ACTION(name, word, swedish, english) {word, swedish, english, NULL},
#define LOGGED(name, word, swedish, english) {word, swedish, english, NULL},
#include "domain/permission_words.def"
};
static const struct explanation purposes[] = {
#define PURPOSE(name, word, swedish, english) {word, swedish, english, NULL},
#include "domain/permission_words.def"
};
static const struct explanation roles[] = {
#define ROLE(name, word, swedish, english, information, purposes, actions)                         \
    {word, swedish, english, NULL},
#include "domain/permission_roles.def"
#undef ROLE
};

static struct str text_of(const struct explanation *list, size_t count, struct str word,
                          bool swedish)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(word, str_from(list[i].word)))
            return str_from(swedish ? list[i].swedish : list[i].english);
    return word;
}

struct str permission_action_text(struct str word, bool swedish)
{
    return text_of(actions, COUNT(actions), word, swedish);
}

struct str permission_purpose_text(struct str word, bool swedish)
{
    return text_of(purposes, COUNT(purposes), word, swedish);
}

struct str permission_role_text(struct str word, bool swedish)
{
    return text_of(roles, COUNT(roles), word, swedish);
}

struct str permission_reason_text(struct str word, bool swedish)
{
    return text_of(reasons, COUNT(reasons), word, swedish);
}

unsigned permission_word(const char *const *words, struct str word)
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (str_equal(word, str_from(words[i])))
            return i + 1;
    return 0;
}

static void print_words(uint64_t set, const struct explanation *list, size_t count, struct buf *out)
{
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        if ((set >> i & 1U) == 0)
            continue;
        buf_format(out, "%s%s", comma, list[i].word);
        comma = ",";
    }
}

void permission_print_reasons(const struct permission *permission, struct buf *out)
{
    print_words(permission->reasons, reasons, REASONS, out);
}

void permission_tell(const struct permission *permission, struct buf *out)
{
    for (size_t i = 0; i < REASONS; i++)
        if ((permission->reasons >> i & 1U) != 0)
            buf_format(out, "%s%s", out->len > 0 ? " " : "", reasons[i].english);
}

void permission_print_obligations(const struct permission *permission, struct buf *out)
{
    print_words(permission->obligations, obligations, OBLIGATIONS, out);
}

static void print_explanations(uint64_t set, const struct explanation *list, size_t count,
                               struct buf *out)
{
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        if ((set >> i & 1U) == 0)
            continue;
        buf_format(out, "%s{\"word\":\"%s\",\"swedish\":\"%s\",\"english\":\"%s\"", comma,
                   list[i].word, list[i].swedish, list[i].english);
        if (list[i].source != NULL)
            buf_format(out, ",\"source\":\"%s\"", list[i].source);
        buf_byte(out, '}');
        comma = ",";
    }
}

void permission_print(const struct permission *permission, struct buf *out)
{
    buf_format(out, "{\"outcome\":\"%s\",\"reasons\":[", permission_outcomes[permission->outcome]);
    print_explanations(permission->reasons, reasons, REASONS, out);
    buf_put(out, S("],\"obligations\":["));
    print_explanations(permission->obligations, obligations, OBLIGATIONS, out);
    buf_byte(out, ']');
    if (permission->until.known) {
        char until[INSTANT_TEXT];
        instant_print(permission->until, until);
        buf_format(out, ",\"until\":\"%s\"", until);
    }
    buf_byte(out, '}');
}
