/* DICOM files by PS3.10 ("Part 10"): preamble, prefix, file meta information (group 2, always
 * explicit little endian), and then data elements to the end of the file. Values are passed over:
 * what an element is cannot be wrong here, only that it does not end where it says. */
#include "content/inside.h"

#include "base/base.h"

enum {
    PREAMBLE = 128,
    PREFIX = 4,
    META = PREAMBLE + PREFIX, /* where the file meta information begins */
    HEADER = 8,               /* tag, VR and a short length; or tag and length */
    LONG_HEADER = 12,
    UNDEFINED = -1,
    LEVELS = 64, /* sequences in each other */
    AHEAD = 4096,
    UID_MAX = 64,
};

enum {
    GROUP_LENGTH = 0x00020000,
    TRANSFER_SYNTAX = 0x00020010,
    ITEM = 0xfffee000,
    ITEM_END = 0xfffee00d,
    SEQUENCE_END = 0xfffee0dd,
};

/* How the elements after the file meta information are written. */
struct syntax {
    bool explicit_vr;
    bool big_endian;
    bool deflated; /* they cannot be walked through without inflating */
};

struct walk {
    const struct source *file;
    struct syntax syntax;
    uint64_t at;
    uint64_t from; /* where `ahead` begins */
    size_t length;
    uint8_t ahead[AHEAD];
};

struct element {
    uint32_t tag;
    int64_t length; /* UNDEFINED: until its end is told */
    bool unknown;   /* VR UN: what is in it is written implicitly (PS3.5 6.2.2) */
};

/* PS3.5 and PS3.6 annex A; the last part of some counts through. */
static const struct {
    const char *begin;
    int64_t from;
    int64_t to;
} syntaxes[] = {
    {"1.2.840.10008.1.2.1.", 98, 99},   {"1.2.840.10008.1.2.4.", 50, 81},
    {"1.2.840.10008.1.2.4.", 90, 95},   {"1.2.840.10008.1.2.4.", 100, 112},
    {"1.2.840.10008.1.2.4.", 201, 205}, {"1.2.840.10008.1.2.6.", 1, 2},
    {"1.2.840.10008.1.2.7.", 1, 3},     {"1.2.840.10008.1.2.8.", 1, 1},
    {"1.2.840.10008.1.2.", 1, 2},       {"1.2.840.10008.1.2.", 5, 5},
};
#define IMPLICIT_LITTLE "1.2.840.10008.1.2"
#define EXPLICIT_BIG    "1.2.840.10008.1.2.2"
#define DEFLATED        "1.2.840.10008.1.2.1.99"
#define JPIP_DEFLATED   "1.2.840.10008.1.2.4.95"

static bool is_known(struct str uid)
{
    int64_t last = 0;
    if (str_equal(uid, S(IMPLICIT_LITTLE)))
        return true;
    for (size_t i = 0; i < COUNT(syntaxes); i++) {
        struct str begin = str_from(syntaxes[i].begin);
        struct str rest = str_slice(uid, begin.len, uid.len);
        rest = str_ends(rest, S(".1")) ? str_slice(rest, 0, rest.len - 2) : rest;
        if (str_starts(uid, begin) && str_to_i64(rest, syntaxes[i].from, syntaxes[i].to, &last))
            return true;
    }
    return false;
}

static struct syntax syntax_of(struct str uid)
{
    return (struct syntax){.explicit_vr = !str_equal(uid, S(IMPLICIT_LITTLE)),
                           .big_endian = str_equal(uid, S(EXPLICIT_BIG)),
                           .deflated =
                               str_equal(uid, S(DEFLATED)) || str_equal(uid, S(JPIP_DEFLATED))};
}

/* `length` bytes at w->at, or what is left; they live until the next call. */
static struct err *look(struct walk *w, size_t length, struct str *out)
{
    uint64_t left = w->file->size - w->at;
    length = left < length ? (size_t)left : length;
    if (w->at < w->from || w->at - w->from > w->length || length > w->length - (w->at - w->from)) {
        size_t fetched = left < AHEAD ? (size_t)left : AHEAD;
        w->length = 0;
        TRY(source_read(w->file, w->at, w->ahead, fetched));
        w->from = w->at;
        w->length = fetched;
    }
    *out = (struct str){(const char *)w->ahead + (w->at - w->from), length};
    return NULL;
}

static uint32_t number(const struct walk *w, const char *at, size_t bytes)
{
    const uint8_t *b = (const uint8_t *)at;
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | b[w->syntax.big_endian ? i : bytes - 1 - i];
    return value;
}

/* VRs whose length has four bytes and stands behind two that say nothing (PS3.5 7.1.2). */
static bool has_long_length(struct str vr)
{
    static const char *const wide[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                       "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t i = 0; i < COUNT(wide); i++)
        if (str_equal(vr, str_from(wide[i])))
            return true;
    return false;
}

/* The element at w->at, and w->at behind its header; *out_cut: the file ends before that. */
static struct err *next_element(struct walk *w, struct element *out, bool *out_cut)
{
    struct str bytes = {0};
    TRY(look(w, LONG_HEADER, &bytes));
    *out_cut = bytes.len < HEADER;
    if (*out_cut)
        return NULL;
    *out = (struct element){.tag = number(w, bytes.ptr, 2) << 16 | number(w, bytes.ptr + 2, 2)};
    struct str vr = str_slice(bytes, 4, 6);
    size_t header = HEADER;
    uint32_t length = 0;
    if (!w->syntax.explicit_vr || out->tag >> 16 == ITEM >> 16) {
        length = number(w, bytes.ptr + 4, 4);
    } else if (!has_long_length(vr)) {
        length = number(w, bytes.ptr + 6, 2);
    } else {
        *out_cut = bytes.len < LONG_HEADER;
        if (*out_cut)
            return NULL;
        length = number(w, bytes.ptr + 8, 4);
        header = LONG_HEADER;
        out->unknown = str_equal(vr, S("UN"));
    }
    bool undefined = length == UINT32_MAX;
    out->length = undefined ? UNDEFINED : (int64_t)length;
    w->at += header;
    return NULL;
}

static void add(const struct content_report *report, enum content_rule rule, struct str found,
                struct str expected)
{
    report->add(report->state,
                &(struct content_fault){.rule = rule, .found = found, .expected = expected});
}

static void add_offset(const struct content_report *report, enum content_rule rule, uint64_t at)
{
    char text[48];
    snprintf(text, sizeof text, "byte %llu", (unsigned long long)at);
    add(report, rule, str_from(text), (struct str){0});
}

/* --- the file meta information */

/* Steps over a value; false when the file ends in it. */
static bool skip(struct walk *w, const struct element *e)
{
    if (e->length == UNDEFINED || (uint64_t)e->length > w->file->size - w->at)
        return false;
    w->at += (uint64_t)e->length;
    return true;
}

static struct err *group_end(struct walk *w, uint64_t *out, bool *out_good)
{
    struct element e = {0};
    struct str value = {0};
    bool cut = false;
    TRY(next_element(w, &e, &cut));
    *out_good = !cut && e.tag == GROUP_LENGTH && e.length == 4;
    if (!*out_good)
        return NULL;
    TRY(look(w, 4, &value));
    *out_good = value.len == 4 && number(w, value.ptr, 4) <= w->file->size - w->at - 4;
    if (*out_good)
        *out = w->at + 4 + number(w, value.ptr, 4);
    w->at += 4;
    return NULL;
}

/* Up to `end`, the transfer syntax kept: *out_good, whether elements of group 2 end just there. */
static struct err *read_meta(struct walk *w, uint64_t end, char *uid, size_t *out_length,
                             bool *out_good)
{
    struct element e = {0};
    struct str value = {0};
    bool cut = false;
    while (w->at < end && *out_good) {
        TRY(next_element(w, &e, &cut));
        if (!cut && e.tag == TRANSFER_SYNTAX && e.length > 0 && e.length <= UID_MAX) {
            TRY(look(w, (size_t)e.length, &value));
            while (value.len > 0 &&
                   (value.ptr[value.len - 1] == '\0' || value.ptr[value.len - 1] == ' '))
                value.len--; /* an odd length is filled up */
            memcpy(uid, value.ptr, value.len);
            *out_length = value.len;
        }
        *out_good = !cut && e.tag >> 16 == GROUP_LENGTH >> 16 && skip(w, &e) && w->at <= end;
    }
    return NULL;
}

/* --- the data elements */

/* One element passed over, or entered; *out_ended: the file ends inside it. */
static struct err *pass(struct walk *w, bool *implicit, size_t *level, bool *out_ended)
{
    struct element e = {0};
    bool explicit_vr = w->syntax.explicit_vr;
    w->syntax.explicit_vr = explicit_vr && !implicit[*level];
    struct err *unread = next_element(w, &e, out_ended);
    w->syntax.explicit_vr = explicit_vr;
    TRY(unread);
    if (*out_ended)
        return NULL;
    if (e.tag == ITEM_END || e.tag == SEQUENCE_END) {
        *level -= *level > 0;
    } else if (e.length == UNDEFINED) {
        *out_ended = *level + 1 == LEVELS;
        if (!*out_ended)
            implicit[*level + 1] = implicit[*level] || e.unknown;
        *level += !*out_ended;
    } else {
        *out_ended = !skip(w, &e);
    }
    return NULL;
}

static struct err *walk_through(struct walk *w, const struct content_report *report)
{
    bool implicit[LEVELS] = {0};
    size_t level = 0;
    bool ended = false;
    uint64_t at = w->at;
    while (w->at < w->file->size && !ended) {
        at = w->at;
        TRY(pass(w, implicit, &level, &ended));
    }
    if (ended || level > 0)
        add_offset(report, CONTENT_dicom_truncated, at);
    return NULL;
}

static struct err *check_elements(struct walk *w, const struct content_report *report)
{
    uint64_t end = 0;
    char uid[UID_MAX];
    size_t length = 0;
    bool good = false;
    TRY(group_end(w, &end, &good));
    if (good)
        TRY(read_meta(w, end, uid, &length, &good));
    if (!good) {
        add_offset(report, CONTENT_dicom_group, w->at);
        return NULL;
    }
    struct str syntax = {uid, length};
    if (length == 0) {
        add(report, CONTENT_dicom_syntax, (struct str){0}, (struct str){0});
        return NULL;
    }
    if (!is_known(syntax)) {
        add(report, CONTENT_dicom_syntax_known, syntax, (struct str){0});
        return NULL;
    }
    w->syntax = syntax_of(syntax);
    return w->syntax.deflated ? NULL : walk_through(w, report);
}

static struct err *check(struct walk *w, const struct content_report *report)
{
    struct str first = {0};
    TRY(look(w, META, &first));
    if (first.len < META || !str_equal(str_slice(first, PREAMBLE, META), S("DICM"))) {
        add(report, CONTENT_dicom_prefix, (struct str){0}, (struct str){0});
        return NULL;
    }
    w->at = META;
    return check_elements(w, report);
}

struct err *dicom_check(const struct source *file, const struct content_report *report)
{
    struct walk *w = must_calloc(1, sizeof *w);
    w->file = file;
    w->syntax.explicit_vr = true;
    struct err *e = check(w, report);
    free(w);
    return e;
}
