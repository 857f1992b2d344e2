/* The report in plain text, and the words that other forms share. */
#include "base/base.h"
#include "validate/report_words.h"

/* How many bytes the character has that begins here; 0 when it may not be shown. */
static size_t shown_length(struct str rest)
{
    unsigned char c = (unsigned char)rest.ptr[0];
    size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    bool c1 = c == 0xc2 && rest.len > 1 && (unsigned char)rest.ptr[1] < 0xa0;
    if (c < 0x20 || c == 0x7f || c1 || length > rest.len ||
        !str_is_utf8(str_slice(rest, 0, length)))
        return 0;
    bool is_character = length != 3 || c != 0xef || (unsigned char)rest.ptr[1] != 0xbf ||
                        (unsigned char)rest.ptr[2] < 0xbe; /* U+FFFE and U+FFFF are none */
    return is_character ? length : 0;
}

struct str report_shown(struct str text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1, 1);
    for (size_t i = 0; i < text.len;) {
        size_t length = shown_length(str_slice(text, i, text.len));
        if (length > 0)
            memcpy(out + i, text.ptr + i, length);
        else
            out[i] = '?';
        i += length > 0 ? length : 1;
    }
    return (struct str){out, text.len};
}

struct str report_place(const struct finding *f, struct arena *arena)
{
    autobuf struct buf out = buf_new(4 * FINDING_TEXT);
    struct str file = f->mets.len > 0 ? f->mets : f->path;
    buf_put(&out, file);
    if (f->line > 0)
        buf_format(&out, ":%lld", (long long)f->line);
    if (f->element_id.len > 0)
        buf_format(&out, " (%.*s)", STR_ARG(f->element_id));
    if (f->mets.len > 0 && f->path.len > 0)
        buf_format(&out, " %.*s", STR_ARG(f->path));
    return report_shown(buf_str(&out), arena);
}

struct str report_facts(const struct finding *f, struct arena *arena)
{
    autobuf struct buf out = buf_new(3 * FINDING_TEXT);
    if (f->found.len > 0)
        buf_format(&out, "found \"%.*s\"", STR_ARG(f->found));
    if (f->expected.len > 0)
        buf_format(&out, "%sexpected \"%.*s\"", out.len > 0 ? "; " : "", STR_ARG(f->expected));
    return report_shown(buf_str(&out), arena);
}

struct err *report_end(FILE *out)
{
    if (fflush(out) != 0 || ferror(out) != 0)
        return err_errno(ERR_STORAGE, "could not write the report");
    return NULL;
}

struct str report_name(const struct report_about *about, struct arena *arena)
{
    return report_shown(about->delivery.ptr != NULL ? about->delivery : about->package, arena);
}

const struct finding *report_next(const struct findings *findings, const struct rule *rule,
                                  struct report_cursor *cursor)
{
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    while (cursor->at < count)
        if (kept[cursor->at++].rule == rule)
            return &kept[cursor->at - 1];
    return NULL;
}

/* --- plain text */

static void write_finding(const struct finding *f, struct arena *arena, FILE *out)
{
    struct str facts = report_facts(f, arena);
    fprintf(out, "%s %s.%d %.*s\n    %.*s", level_name(f->rule->level),
            requirement_name(f->rule->requirement), f->rule->number,
            STR_ARG(report_place(f, arena)), STR_ARG(rule_text(f->rule, false, arena)));
    fprintf(out, "%s%.*s\n", facts.len > 0 ? "; " : "", STR_ARG(facts));
    if (rule_mend(f->rule, false)[0] != '\0')
        fprintf(out, "    to mend it: %s\n", rule_mend(f->rule, false));
}

static void write_formats(const struct findings *findings, struct arena *arena, FILE *out)
{
    size_t count = 0;
    const struct counted_format *formats = findings_formats(findings, &count);
    for (size_t i = 0; i < count; i++) {
        bool known = formats[i].puid.len > 0;
        fprintf(out, "format %.*s%s%.*s: %llu file%s, %llu bytes\n",
                STR_ARG(known ? formats[i].puid : S("unknown")), known ? " " : "",
                STR_ARG(report_shown(formats[i].name, arena)), (unsigned long long)formats[i].files,
                formats[i].files == 1 ? "" : "s", (unsigned long long)formats[i].bytes);
        arena_reset(arena);
    }
}

static const char *outcome_words(enum report_outcome outcome)
{
    switch (outcome) {
    case REPORT_VALID:
        return "valid";
    case REPORT_INVALID:
        return "not valid";
    case REPORT_UNDECIDED:
        break;
    }
    return "it could not be told whether it is valid";
}

static void write_summary(const struct report_about *about, const struct findings *findings,
                          struct arena *arena, FILE *out)
{
    uint64_t errors = report_errors(about, findings);
    uint64_t warnings = findings_count(findings, LEVEL_WARNING);
    fprintf(out, "%.*s: %s; %llu error%s, %llu warning%s; %llu files, %llu bytes\n",
            STR_ARG(report_name(about, arena)), outcome_words(report_outcome(about, findings)),
            (unsigned long long)errors, errors == 1 ? "" : "s", (unsigned long long)warnings,
            warnings == 1 ? "" : "s", (unsigned long long)about->files,
            (unsigned long long)about->bytes);
}

static void write_refusals(const struct report_about *about, struct arena *arena, FILE *out)
{
    for (size_t i = 0; i < about->refusal_count; i++) {
        const struct err *refusal = about->refusals[i];
        fprintf(out, "ERROR %s %.*s\n    %.*s\n", refusal->rule,
                STR_ARG(report_shown(str_from(refusal->field), arena)),
                STR_ARG(report_shown(str_from(refusal->detail), arena)));
    }
}

static struct err *write_text(const struct report_about *about, const struct findings *findings,
                              bool errors_only, FILE *out)
{
    autoarena struct arena *arena = arena_new(REPORT_ARENA);
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    write_refusals(about, arena, out);
    for (size_t i = 0; i < count; i++) {
        if (!errors_only || kept[i].rule->level == LEVEL_ERROR)
            write_finding(&kept[i], arena, out);
        arena_reset(arena);
    }
    if (!errors_only)
        write_formats(findings, arena, out);
    write_summary(about, findings, arena, out);
    return report_end(out);
}

struct err *report_text(const struct report_about *about, const struct findings *findings,
                        FILE *out)
{
    return write_text(about, findings, false, out);
}

struct err *report_text_errors(const struct report_about *about, const struct findings *findings,
                               FILE *out)
{
    return write_text(about, findings, true, out);
}
