/* Findings as packed records, each beginning with what it is. */
#include "services/validation/finding_file.h"

#include "base/base.h"

enum { REFUSAL, KEPT, COUNTED, FORMAT };

static void put_rule(const struct rule *rule, struct buf *out)
{
    packed_text(out, str_from(requirement_name(rule->requirement)));
    packed_number(out, (uint64_t)rule->number);
}

/* NULL for one that is not there. */
static const struct rule *take_rule(struct packed *record)
{
    struct str name = packed_take_text(record);
    uint64_t number = packed_take_number(record);
    for (size_t i = 0; i < rule_count; i++)
        if (str_equal(str_from(requirement_name(rules[i].requirement)), name) &&
            (uint64_t)rules[i].number == number)
            return &rules[i];
    return NULL;
}

static void put_refusal(const struct err *refusal, struct buf *out)
{
    size_t at = packed_begin(out);
    packed_number(out, REFUSAL);
    packed_text(out, str_from(err_name(refusal->code)));
    packed_text(out, str_from(refusal->rule));
    packed_text(out, str_from(refusal->field));
    packed_text(out, finding_text(str_from(refusal->detail)));
    packed_end(out, at);
}

static void put_kept(const struct finding *f, struct buf *out)
{
    size_t at = packed_begin(out);
    packed_number(out, KEPT);
    put_rule(f->rule, out);
    packed_text(out, f->mets);
    packed_number(out, (uint64_t)f->line);
    packed_text(out, f->element_id);
    packed_text(out, f->path);
    packed_text(out, f->found);
    packed_text(out, f->expected);
    packed_end(out, at);
}

static void put_formats(const struct findings *findings, struct buf *out)
{
    size_t count = 0;
    const struct counted_format *formats = findings_formats(findings, &count);
    for (size_t i = 0; i < count; i++) {
        size_t at = packed_begin(out);
        packed_number(out, FORMAT);
        packed_text(out, formats[i].puid);
        packed_text(out, formats[i].name);
        packed_number(out, formats[i].files);
        packed_number(out, formats[i].bytes);
        packed_end(out, at);
    }
}

struct err *finding_file_write(const struct findings *findings, const struct err *refusal,
                               struct buf *out)
{
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    if (refusal != NULL)
        put_refusal(refusal, out);
    for (size_t i = 0; i < count; i++)
        put_kept(&kept[i], out);
    for (size_t i = 0; i < rule_count; i++) {
        if (findings_count_rule(findings, &rules[i]) == 0)
            continue;
        size_t at = packed_begin(out);
        packed_number(out, COUNTED);
        put_rule(&rules[i], out);
        packed_number(out, findings_count_rule(findings, &rules[i]));
        packed_end(out, at);
    }
    put_formats(findings, out);
    return buf_done(out, "the findings of a part");
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

struct reading {
    struct findings *findings;
    struct arena *texts; /* of the refusal */
    uint64_t *added;     /* of each rule, from this file */
    struct err **refusal;
};

static void take_refusal(struct reading *r, struct packed *record)
{
    enum err_code code = ERR_CORRUPT;
    struct str name = packed_take_text(record);
    struct str rule = packed_take_text(record);
    struct str field = packed_take_text(record);
    struct str detail = packed_take_text(record);
    for (unsigned i = 0; i < ERR_COUNT; i++)
        if (str_equal(str_from(err_name((enum err_code)i)), name))
            code = (enum err_code)i;
    *r->refusal = err_field(code, arena_cstr(r->texts, field), "%.*s", STR_ARG(detail));
    (*r->refusal)->rule = arena_cstr(r->texts, rule);
}

static void take_kept(struct reading *r, struct packed *record)
{
    struct finding f = {.rule = take_rule(record)};
    f.mets = packed_take_text(record);
    f.line = (int64_t)packed_take_number(record);
    f.element_id = packed_take_text(record);
    f.path = packed_take_text(record);
    f.found = packed_take_text(record);
    f.expected = packed_take_text(record);
    if (f.rule == NULL)
        return;
    findings_add(r->findings, &f);
    r->added[f.rule - rules]++;
}

static void take_count(struct reading *r, struct packed *record)
{
    const struct rule *rule = take_rule(record);
    uint64_t count = packed_take_number(record);
    if (rule != NULL && count > r->added[rule - rules])
        findings_count_more(r->findings, rule, count - r->added[rule - rules]);
}

static void take_format(struct reading *r, struct packed *record)
{
    struct str puid = packed_take_text(record);
    struct str name = packed_take_text(record);
    uint64_t files = packed_take_number(record);
    findings_count_format(r->findings, puid, name, files, packed_take_number(record));
}

static struct err *take_records(struct reading *r, struct packed_reader *reader)
{
    for (bool more = true;;) {
        struct packed record;
        TRY(packed_next(reader, &record, &more));
        if (!more)
            return NULL;
        uint64_t what = packed_take_number(&record);
        if (what == REFUSAL)
            take_refusal(r, &record);
        else if (what == KEPT)
            take_kept(r, &record);
        else if (what == FORMAT)
            take_format(r, &record);
        else
            take_count(r, &record);
        TRY(packed_done(&record));
    }
}

struct err *finding_file_read(const struct source *file, struct arena *arena,
                              struct findings *findings, struct err **out_refusal)
{
    struct reading r = {findings, arena, must_calloc(rule_count, sizeof *r.added), out_refusal};
    struct packed_reader *reader = packed_reader_new(file, 0, file->size);
    struct err *e = take_records(&r, reader);
    packed_reader_free(reader);
    free(r.added);
    return e;
}
