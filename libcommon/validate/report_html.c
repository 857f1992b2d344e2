/* The report as a page, Swedish first, English beside it. */
#include "base/base.h"
#include "text/markup.h"
#include "validate/report_words.h"

struct page {
    const struct report_about *about;
    const struct findings *findings;
    struct arena *arena; /* of one rule, or one row */
    FILE *out;
};

/* The page may load and run nothing, whatever stands in it. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"sv\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    "body{font:16px/1.45 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#111}\n"
    "h1,h2,td{overflow-wrap:anywhere}\n"
    "h2{margin:2rem 0 .3rem;font-size:1.1rem}p{margin:.2rem 0}\n"
    "[lang=en]{color:#555}.level{border:1px solid;border-radius:.2rem;padding:0 .4rem}\n"
    ".ERROR{color:#a00}.WARNING{color:#850}.INFO{color:#05a}\n"
    "table{border-collapse:collapse;width:100%;margin-top:.5rem}\n"
    "th,td{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top}\n"
    "</style>\n";

static void both(const struct page *p, const char *tag, const char *swedish, const char *english)
{
    fprintf(p->out, "<%s>%s <span lang=\"en\">%s</span></%s>", tag, swedish, english, tag);
}

static void put(const struct page *p, struct str text)
{
    markup_text(p->out, report_shown(text, p->arena));
}

static void cell(const struct page *p, struct str text)
{
    fputs("<td>", p->out);
    put(p, text);
    fputs("</td>", p->out);
}

/* --- the top */

static void write_outcome(const struct page *p)
{
    switch (report_outcome(p->about, p->findings)) {
    case REPORT_VALID:
        both(p, "p", "Paketet är giltigt.", "The package is valid.");
        break;
    case REPORT_INVALID:
        both(p, "p", "Paketet är inte giltigt.", "The package is not valid.");
        break;
    case REPORT_UNDECIDED:
        both(p, "p", "Det gick inte att avgöra om paketet är giltigt.",
             "It could not be told whether the package is valid.");
        break;
    }
}

static void write_count(const struct page *p, const char *swedish, const char *english,
                        uint64_t count)
{
    fputs("<tr>", p->out);
    both(p, "th", swedish, english);
    fprintf(p->out, "<td>%llu</td></tr>\n", (unsigned long long)count);
}

static void write_top(const struct page *p)
{
    fputs(head, p->out);
    fputs("<title>", p->out);
    markup_text(p->out, report_name(p->about, p->arena));
    fputs("</title>\n</head>\n<body>\n<h1>", p->out);
    markup_text(p->out, report_name(p->about, p->arena));
    fputs("</h1>\n", p->out);
    write_outcome(p);
    fputs("\n<table>\n", p->out);
    if (p->about->objid.len > 0) {
        fputs("<tr><th>OBJID</th>", p->out);
        cell(p, p->about->objid);
        fputs("</tr>\n", p->out);
    }
    write_count(p, "Fel", "Errors", report_errors(p->about, p->findings));
    write_count(p, "Varningar", "Warnings", findings_count(p->findings, LEVEL_WARNING));
    write_count(p, "Upplysningar", "Notes", findings_count(p->findings, LEVEL_INFO));
    write_count(p, "Filer", "Files", p->about->files);
    write_count(p, "Byte", "Bytes", p->about->bytes);
    fputs("</table>\n", p->out);
}

/* --- what the files are, by PRONOM */

static void number_cell(const struct page *p, uint64_t number)
{
    fprintf(p->out, "<td>%llu</td>", (unsigned long long)number);
}

static void write_format(const struct page *p, const struct counted_format *format)
{
    arena_reset(p->arena);
    fputs("<tr>", p->out);
    cell(p, format->puid);
    if (format->puid.len > 0)
        cell(p, format->name);
    else
        both(p, "td", "okänt", "unknown");
    number_cell(p, format->files);
    number_cell(p, format->bytes);
    fputs("</tr>\n", p->out);
}

static void write_formats(const struct page *p)
{
    size_t count = 0;
    const struct counted_format *formats = findings_formats(p->findings, &count);
    if (count == 0)
        return;
    both(p, "h2", "Filformat", "File formats");
    fputs("\n<table>\n<tr><th>PUID</th>", p->out);
    both(p, "th", "Format", "Format");
    both(p, "th", "Filer", "Files");
    both(p, "th", "Byte", "Bytes");
    fputs("</tr>\n", p->out);
    for (size_t i = 0; i < count; i++)
        write_format(p, &formats[i]);
    fputs("</table>\n", p->out);
}

/* --- what was found */

static void write_level(const struct page *p, enum level level)
{
    static const char *const swedish[LEVELS] = {"Fel", "Varning", "Upplysning"};
    fprintf(p->out, " <span class=\"level %s\">%s <span lang=\"en\">%s</span></span>",
            level_name(level), swedish[level], level_name(level));
}

static void write_refusal(const struct page *p, const struct err *refusal)
{
    fputs("<h2>", p->out);
    put(p, str_from(refusal->rule));
    write_level(p, LEVEL_ERROR);
    fputs("</h2>\n", p->out);
    both(p, "p", "Behållaren kan inte läsas som den ska.", "The container cannot be read as one.");
    fputs("<table><tr>", p->out);
    cell(p, str_from(refusal->field));
    cell(p, str_from(refusal->detail));
    fputs("</tr></table>\n", p->out);
}

static void write_words(const struct page *p, const struct rule *rule)
{
    struct str location = rule_location(rule, p->arena);
    fprintf(p->out, "<h2>%s.%d", requirement_name(rule->requirement), rule->number);
    write_level(p, rule->level);
    fputs("</h2>\n<p>", p->out);
    put(p, rule_text(rule, true, p->arena));
    fputs("</p><p lang=\"en\">", p->out);
    put(p, rule_text(rule, false, p->arena));
    fputs("</p>\n", p->out);
    if (rule_mend(rule, true)[0] != '\0') {
        fputs("<p>Åtgärd: ", p->out);
        put(p, str_from(rule_mend(rule, true)));
        fputs("</p><p lang=\"en\">To mend it: ", p->out);
        put(p, str_from(rule_mend(rule, false)));
        fputs("</p>\n", p->out);
    }
    if (location.len > 0) {
        fputs("<p><code>", p->out);
        put(p, location);
        fputs("</code></p>\n", p->out);
    }
}

/* How many rows were written. */
static uint64_t write_rows(const struct page *p, const struct rule *rule)
{
    struct report_cursor cursor = {0};
    uint64_t rows = 0;
    for (const struct finding *f = NULL; (f = report_next(p->findings, rule, &cursor)) != NULL;
         rows++) {
        arena_reset(p->arena);
        fputs("<tr>", p->out);
        cell(p, report_place(f, p->arena));
        cell(p, f->found);
        cell(p, f->expected);
        fputs("</tr>\n", p->out);
    }
    return rows;
}

static void write_rule(const struct page *p, const struct rule *rule)
{
    uint64_t count = findings_count_rule(p->findings, rule);
    arena_reset(p->arena);
    write_words(p, rule);
    fputs("<table>\n<tr>", p->out);
    both(p, "th", "Plats", "Place");
    both(p, "th", "Funnet", "Found");
    both(p, "th", "Väntat", "Expected");
    fputs("</tr>\n", p->out);
    uint64_t left = count - write_rows(p, rule);
    fputs("</table>\n", p->out);
    if (left > 0)
        fprintf(p->out, "<p>… och %llu till <span lang=\"en\">and %llu more</span></p>\n",
                (unsigned long long)left, (unsigned long long)left);
}

struct err *report_html(const struct report_about *about, const struct findings *findings,
                        FILE *out)
{
    autoarena struct arena *arena = arena_new(REPORT_ARENA);
    const struct page p = {about, findings, arena, out};
    write_top(&p);
    for (size_t i = 0; i < about->refusal_count; i++)
        write_refusal(&p, about->refusals[i]);
    for (enum level level = LEVEL_ERROR; level < LEVELS; level++)
        for (size_t i = 0; i < rule_count; i++)
            if (rules[i].level == level && findings_count_rule(findings, &rules[i]) > 0)
                write_rule(&p, &rules[i]);
    write_formats(&p);
    fputs("</body>\n</html>\n", out);
    return report_end(out);
}
