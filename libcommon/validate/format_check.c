/* The format of one file after the other. */
#include "validate/format_check.h"

#include "base/base.h"
#include "format/pdf.h"

enum { WARNED = 1, REFUSED };        /* rules of file_format */
enum { WITHOUT_CLAIM = 1, CLAIMED }; /* rules of pdf_whole and pdf_open */

struct format_check {
    const struct format_signatures *signatures;
    const struct format_policy *policy;
    const struct terms *terms;
    struct findings *findings;
    struct arena *arena; /* of one file */
    uint64_t length;
    uint64_t at;
    char *head;
    char *tail;
    struct pdf_claim claim;
    const struct format *format;
};

struct format_check *format_check_new(const struct format_signatures *signatures,
                                      const struct format_policy *policy, const struct terms *terms,
                                      struct findings *findings)
{
    struct format_check *c = must_calloc(1, sizeof *c);
    c->signatures = signatures;
    c->policy = policy;
    c->terms = terms;
    c->findings = findings;
    c->arena = arena_new(FORMAT_ARENA);
    c->head = must_calloc(1, FORMAT_HEAD);
    c->tail = must_calloc(1, FORMAT_TAIL);
    return c;
}

void format_check_free(struct format_check *c)
{
    if (c == NULL)
        return;
    arena_free(c->arena);
    free(c->head);
    free(c->tail);
    free(c);
}

/* --- while it is read
 * ------------------------------------------------------------------------------------------ */

void format_check_begin(struct format_check *c, uint64_t length)
{
    c->length = length;
    c->at = 0;
    c->claim = (struct pdf_claim){0};
    c->format = NULL;
}

/* The part of `bytes` that lies in the window of `size` bytes from `from`. */
static void keep(const struct format_check *c, struct str bytes, uint64_t from, size_t size,
                 char *window)
{
    uint64_t begin = c->at > from ? c->at : from;
    uint64_t end = c->at + bytes.len < from + size ? c->at + bytes.len : from + size;
    if (begin < end)
        memcpy(window + (begin - from), bytes.ptr + (begin - c->at), (size_t)(end - begin));
}

static bool is_pdf(const struct format_check *c)
{
    return c->length >= 5 && memcmp(c->head, "%PDF-", 5) == 0;
}

void format_check_add(struct format_check *c, struct str bytes)
{
    keep(c, bytes, 0, FORMAT_HEAD, c->head);
    keep(c, bytes, c->length > FORMAT_TAIL ? c->length - FORMAT_TAIL : 0, FORMAT_TAIL, c->tail);
    c->at += bytes.len;
    if (is_pdf(c))
        pdf_claim_add(&c->claim, bytes);
}

bool format_check_looks_inside(struct str beginning)
{
    return str_starts(beginning, S("PK")) || str_starts(beginning, S("\xd0\xcf\x11\xe0"));
}

/* --- what it is
 * ------------------------------------------------------------------------------------------------
 */

static struct format_view view_of(const struct format_check *c, struct str path)
{
    const struct format_view view = {
        .head = {c->head, c->length < FORMAT_HEAD ? (size_t)c->length : FORMAT_HEAD},
        .tail = {c->tail, c->length < FORMAT_TAIL ? (size_t)c->length : FORMAT_TAIL},
        .name = path};
    return view;
}

/* Bytes that are made to be slow to match are of no known format. */
static struct err *unless_refused(struct err *e, struct format_result *result)
{
    if (!is_refusal(e))
        return e;
    *result = (struct format_result){0};
    return NULL;
}

static struct err *identify(struct format_check *c, const struct format_view *view,
                            const struct source *whole, struct format_result *out)
{
    TRY(unless_refused(format_identify(c->signatures, view, c->arena, out), out));
    if (out->inside == FORMAT_NOTHING_INSIDE)
        return NULL;
    return unless_refused(format_identify_inside(c->signatures, whole, c->arena, out), out);
}

static bool is_content(struct str path)
{
    static const char *const folders[] = {"data", "content", "documentation"};
    struct str folder = {0};
    while (str_cut(&path, '/', &folder))
        for (size_t i = 0; i < COUNT(folders) && path.ptr != NULL; i++)
            if (str_equal(folder, str_from(folders[i])))
                return true;
    return false;
}

static struct str told(const struct format *format, struct arena *arena)
{
    if (format == NULL)
        return S("unknown");
    return str_trim(arena_format(arena, "%.*s %.*s %.*s", STR_ARG(format->puid),
                                 STR_ARG(format->name), STR_ARG(format->version)));
}

static void judge(struct format_check *c, struct str path, const struct format *format)
{
    struct str reason = {0};
    struct str puid = format != NULL ? format->puid : (struct str){0};
    struct str found = told(format, c->arena);
    enum format_verdict verdict = format_policy_judge(c->policy, puid, &reason);
    terms_judge_format(c->terms, path, puid, found, c->findings);
    if (verdict == FORMAT_APPROVED)
        return;
    findings_add(c->findings,
                 &(struct finding){.rule = rule_find(REQ_file_format,
                                                     verdict == FORMAT_WARNED ? WARNED : REFUSED),
                                   .path = path,
                                   .found = found,
                                   .expected = reason});
}

/* --- a PDF
 * ----------------------------------------------------------------------------------------------------
 */

static void judge_pdf(struct format_check *c, struct str path, const struct format_view *view)
{
    struct pdf_look look = pdf_look_at(view, c->length);
    int rule = c->claim.claims ? CLAIMED : WITHOUT_CLAIM;
    char claim[] = {'-', c->claim.part != 0 ? c->claim.part : '?', c->claim.conformance};
    if (look.torn != NULL)
        findings_add(c->findings, &(struct finding){.rule = rule_find(REQ_pdf_whole, rule),
                                                    .path = path,
                                                    .found = str_from(look.torn)});
    if (look.encrypted)
        findings_add(c->findings, &(struct finding){.rule = rule_find(REQ_pdf_open, rule),
                                                    .path = path,
                                                    .found = S("/Encrypt")});
    if (c->claim.claims && !pdf_claim_is_known(&c->claim))
        findings_add(c->findings,
                     &(struct finding){.rule = rule_find(REQ_pdf_claim, 1),
                                       .path = path,
                                       .found = arena_format(c->arena, "PDF/A%.*s",
                                                             claim[2] == 0 ? 2 : 3, claim)});
}

struct err *format_check_end(struct format_check *c, struct str path, const struct source *whole)
{
    struct format_result result;
    const struct format_view view = view_of(c, path);
    arena_reset(c->arena);
    TRY(identify(c, &view, whole, &result));
    const struct format *format = result.count > 0 ? result.formats[0] : NULL;
    c->format = format;
    if (format != NULL)
        findings_count_format(c->findings, format->puid, format->name, 1, c->length);
    else
        findings_count_format(c->findings, (struct str){0}, (struct str){0}, 1, c->length);
    if (!is_content(path))
        return NULL;
    judge(c, path, format);
    if (is_pdf(c))
        judge_pdf(c, path, &view);
    return NULL;
}

const struct format *format_check_format(const struct format_check *c)
{
    return c->format;
}
