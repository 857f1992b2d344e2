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

/* --- in the shape of E-ARK's validation report
 * ----------------------------------------------------------------------- */

/* What its parts are about: the container and its folders, the schema of METS, all other rules. */
enum part { STRUCTURE, SCHEMA, RULES };

static enum part part_of(const struct rule *rule)
{
    static const enum requirement of_schema[] = {REQ_xml_wellformed, REQ_xml_doctype, REQ_xml_limit,
                                                 REQ_mets_root, REQ_mets_schema};
    for (size_t i = 0; i < COUNT(of_schema); i++)
        if (rule->requirement == of_schema[i])
            return SCHEMA;
    bool folders = str_starts(str_from(requirement_name(rule->requirement)), S("CSIPSTR"));
    return folders || rule->applies == IN_BAG ? STRUCTURE : RULES;
}

static void write_message(const char *rule, enum level level, struct str location,
                          struct str message, bool first, struct buf *out)
{
    static const char *const severities[LEVELS] = {"Error", "Warn", "Info"};
    buf_format(out, "%s{\"ruleId\":\"%s\",\"severity\":\"%s\",\"location\":", first ? "" : ",",
               rule, severities[level]);
    json_quote(location, out);
    buf_put(out, S(",\"message\":"));
    json_quote(message, out);
    buf_byte(out, '}');
}

/* {"status","messages":[…]}: of the findings that are kept, those of the part. */
static void write_part(const struct report_about *about, const struct findings *findings,
                       enum part part, const char *good, const char *bad, struct buf *out)
{
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    size_t count = 0;
    size_t written = 0;
    const struct finding *kept = findings_kept(findings, &count);
    bool errors = part == STRUCTURE && about->refusal_count > 0;
    for (size_t i = 0; i < count; i++)
        errors |= part_of(kept[i].rule) == part && kept[i].rule->level == LEVEL_ERROR;
    buf_format(out, "{\"status\":\"%s\",\"messages\":[", errors ? bad : good);
    for (size_t i = 0; part == STRUCTURE && i < about->refusal_count; i++)
        write_message(about->refusals[i]->rule, LEVEL_ERROR, str_from(about->refusals[i]->field),
                      str_from(about->refusals[i]->detail), written++ == 0, out);
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = kept[i].rule;
        if (part_of(rule) != part)
            continue;
        struct str place = rule_location(rule, arena);
        write_message(requirement_name(rule->requirement), rule->level,
                      place.len > 0 ? place : kept[i].path, rule_text(rule, false, arena),
                      written++ == 0, out);
        arena_reset(arena);
    }
    buf_put(out, S("]}"));
}

/* The keys of E-ARK's report, as eark-validator 1.1.3 has its schema. */
static void write_eark(const struct report_about *about, const struct findings *findings,
                       struct buf *out)
{
    bool delivered = about->delivery.ptr != NULL;
    buf_put(out, S("{"));
    if (delivered) {
        buf_put(out, S("\"uid\":"));
        json_quote(about->delivery, out);
        buf_byte(out, ',');
    }
    buf_put(out, S("\"package\":{\"details\":{\"name\":"));
    json_quote(delivered ? about->objid : about->package, out);
    buf_put(out, S("}},\"structure\":"));
    write_part(about, findings, STRUCTURE, "WellFormed", "NotWellFormed", out);
    buf_put(out, S(",\"metadata\":{\"schemaResults\":"));
    write_part(about, findings, SCHEMA, "VALID", "INVALID", out);
    buf_put(out, S(",\"schematronResults\":"));
    write_part(about, findings, RULES, "VALID", "INVALID", out);
    buf_byte(out, '}');
}

/* --- what ours has beside it
 * ----------------------------------------------------------------------------------------- */

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
    write_eark(about, findings, out);
    member("delivery", about->delivery, out);
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
