/* The report: what comes of the findings, and it as JSON. */
#include "validate/report.h"

#include "base/base.h"
#include "text/json.h"

uint64_t report_errors(const struct report_about *about, const struct findings *findings)
{
    return findings_count(findings, LEVEL_ERROR) + about->refusal_count;
}

enum report_outcome report_outcome(const struct report_about *about,
                                   const struct findings *findings)
{
    if (report_errors(about, findings) > 0)
        return REPORT_INVALID;
    bool followed = findings_count_rule(findings, rule_find(REQ_profile_known, 1)) == 0;
    return followed ? REPORT_VALID : REPORT_UNDECIDED;
}

static void member(const char *name, struct str value, struct buf *out)
{
    if (value.len == 0)
        return;
    buf_format(out, ",\"%s\":", name);
    json_quote(value, out);
}

static void write_finding(const struct finding *f, struct arena *arena, struct buf *out)
{
    buf_format(out, "{\"requirement\":\"%s\",\"rule\":%d,\"level\":\"%s\"",
               requirement_name(f->rule->requirement), f->rule->number, level_name(f->rule->level));
    member("location", rule_location(f->rule, arena), out);
    member("mets", f->mets, out);
    if (f->line > 0)
        buf_format(out, ",\"line\":%lld", (long long)f->line);
    member("id", f->element_id, out);
    member("path", f->path, out);
    member("found", f->found, out);
    member("expected", f->expected, out);
    member("text", rule_text(f->rule, false, arena), out);
    member("text_sv", rule_text(f->rule, true, arena), out);
    member("mend", str_from(rule_mend(f->rule, false)), out);
    member("mend_sv", str_from(rule_mend(f->rule, true)), out);
    buf_byte(out, '}');
    arena_reset(arena);
}

/* The container itself was refused: a finding of its own. */
static void write_refusal(const struct err *refusal, bool first, struct buf *out)
{
    if (!first)
        buf_byte(out, ',');
    buf_format(out, "{\"requirement\":\"%s\",\"level\":\"ERROR\"", refusal->rule);
    member("place", str_from(refusal->field), out);
    member("found", str_from(refusal->detail), out);
    buf_byte(out, '}');
}

/* What the files are, by PRONOM. */
static void write_formats(const struct findings *findings, struct buf *out)
{
    size_t count = 0;
    const struct counted_format *formats = findings_formats(findings, &count);
    for (size_t i = 0; i < count; i++) {
        buf_format(out, "%s{\"files\":%llu,\"bytes\":%llu", i == 0 ? ",\"formats\":[" : ",",
                   (unsigned long long)formats[i].files, (unsigned long long)formats[i].bytes);
        member("puid", formats[i].puid, out);
        member("name", formats[i].name, out);
        buf_byte(out, '}');
    }
    if (count > 0)
        buf_byte(out, ']');
}

struct err *report_write(const struct report_about *about, const struct findings *findings,
                         struct buf *out)
{
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    uint64_t errors = report_errors(about, findings);
    bool delivered = about->delivery.ptr != NULL;
    buf_format(out, "{\"%s\":", delivered ? "delivery" : "package");
    json_quote(delivered ? about->delivery : about->package, out);
    member("objid", about->objid, out);
    buf_format(out, ",\"files\":%llu,\"bytes\":%llu,\"valid\":%s,\"errors\":%llu,\"warnings\":%llu",
               (unsigned long long)about->files, (unsigned long long)about->bytes,
               errors == 0 ? "true" : "false", (unsigned long long)errors,
               (unsigned long long)findings_count(findings, LEVEL_WARNING));
    write_formats(findings, out);
    buf_put(out, S(",\"findings\":["));
    for (size_t i = 0; i < about->refusal_count; i++)
        write_refusal(about->refusals[i], i == 0, out);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 || about->refusal_count > 0)
            buf_byte(out, ',');
        write_finding(&kept[i], arena, out);
    }
    buf_put(out, S("]}"));
    return buf_done(out, "the report");
}
