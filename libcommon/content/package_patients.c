/* CITS eHealth1, EHGR5: does the list of patients name the patient of each folder? The form of that
 * list is open, but what a folder is called must stand somewhere in it, or nobody can tell whose it
 * is. So words are compared: runs of letters, digits, '-', '_' and '.' (bytes outside of ASCII are
 * letters), and of those only letters and digits, in any case. */
#include "base/base.h"
#include "content/package_inside.h"

enum { WORD_MAX = 256, NAMED = 1 /* the line of a name that was found */ };

struct word {
    char text[WORD_MAX]; /* what counts of it, in lower case */
    size_t length;
    bool bad; /* too long, or no word */
};

struct patients {
    struct identities folders;
    bool sorted;
    bool listed;   /* there was a list … */
    bool unread;   /* … and one that is no text, or too large */
    bool unknown;  /* … or infected, which is told otherwise */
    uint64_t read; /* bytes of lists */
    struct word word;
    struct buf last; /* folder; their files stand together */
};

struct patients *patients_new(void)
{
    struct patients *s = must_calloc(1, sizeof *s);
    s->last = buf_new(4 * WORD_MAX);
    return s;
}

void patients_free(struct patients *s)
{
    if (s == NULL)
        return;
    identities_free(&s->folders);
    buf_free(&s->last);
    free(s);
}

/* --- words */

static bool is_letter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static bool is_in_word(char c)
{
    return is_letter(c) || c == '-' || c == '_' || c == '.';
}

static void word_add(struct word *w, char c)
{
    w->bad |= w->length == WORD_MAX;
    if (is_letter(c) && !w->bad)
        w->text[w->length++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Empty: it is none that a list of words could name. */
static struct str word_of(struct str folder, struct word *out)
{
    *out = (struct word){0};
    for (size_t i = 0; i < folder.len; i++) {
        out->bad |= !is_in_word(folder.ptr[i]);
        word_add(out, folder.ptr[i]);
    }
    return (struct str){out->text, out->bad ? 0 : out->length};
}

/* --- folders, and what names them */

void patients_folder(struct patients *s, struct str folder)
{
    struct word word;
    if (str_equal(folder, buf_str(&s->last)))
        return;
    buf_clear(&s->last);
    buf_put(&s->last, folder);
    struct str name = word_of(folder, &word);
    if (name.len > 0)
        identities_add(&s->folders, name, 0);
}

static void end_word(struct patients *s)
{
    const struct str name = {s->word.text, s->word.bad ? 0 : s->word.length};
    size_t count = 0;
    struct identity *found = name.len > 0 ? identities_find(&s->folders, name, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        found[i].line = NAMED;
    s->word.length = 0;
    s->word.bad = false;
}

void patients_list(struct patients *s, struct str piece)
{
    if (!s->sorted)
        identities_sort(&s->folders);
    s->sorted = s->listed = true;
    s->read += piece.len;
    s->unread |= s->read > PATIENTS_LIST_MAX || memchr(piece.ptr, '\0', piece.len) != NULL ||
                 str_starts(piece, S("%PDF-"));
    for (size_t i = 0; i < piece.len && !s->unread; i++)
        if (is_in_word(piece.ptr[i]))
            word_add(&s->word, piece.ptr[i]);
        else
            end_word(s);
}

void patients_list_end(struct patients *s)
{
    end_word(s);
}

void patients_unknown(struct patients *s)
{
    s->unknown = true;
}

bool patients_is_named(struct patients *s, struct str folder)
{
    struct word word;
    size_t count = 0;
    struct str name = word_of(folder, &word);
    if (!s->listed || s->unknown || s->folders.too_many || name.len == 0)
        return true;
    struct identity *found = identities_find(&s->folders, name, &count);
    bool named = count == 0 || found[0].line == NAMED;
    for (size_t i = 0; i < count; i++)
        found[i].line = NAMED; /* told once */
    return named;
}

bool patients_is_unread(const struct patients *s)
{
    return s->unread;
}
