/* Each file, scanned and identified. */
#include "validate/inspect.h"

#include "base/base.h"

enum { ACCEPTED = 1, REFUSED, NO_SCANNER }; /* rules of not_scanned */
enum { NO_SIGNATURES = 3 };                 /* of file_format */

struct inspector {
    const struct inspection *inspection;
    struct findings *findings;
    struct scanner *scanner;      /* NULL: nothing is scanned */
    bool scans;                   /* this file */
    struct format_check *formats; /* NULL: formats are not judged */
};

static const struct inspection nothing;

void inspection_note(const struct inspection *inspection, struct findings *findings)
{
    if (inspection == NULL)
        inspection = &nothing;
    int rule = inspection->refuse_unscanned ? REFUSED : NO_SCANNER;
    if (inspection->scan == NULL)
        findings_add(findings, &(struct finding){.rule = rule_find(REQ_not_scanned, rule),
                                                 .found = S("there is no scanner")});
    if (inspection->signatures == NULL)
        findings_add(findings, &(struct finding){.rule = rule_find(REQ_file_format, NO_SIGNATURES),
                                                 .found = S("there are no signature files")});
}

void inspection_tell_scan(const struct inspection *inspection, struct str path,
                          const struct scan_result *result, struct findings *findings)
{
    if (result->outcome == SCAN_CLEAN)
        return;
    const struct rule *rule =
        result->outcome == SCAN_FOUND
            ? rule_find(REQ_virus, 1)
            : rule_find(REQ_not_scanned, inspection->refuse_unscanned ? REFUSED : ACCEPTED);
    findings_add(findings, &(struct finding){.rule = rule, .path = path, .found = result->words});
}

struct inspector *inspector_new(const struct inspection *inspection, struct findings *findings)
{
    struct inspector *i = must_calloc(1, sizeof *i);
    i->inspection = inspection != NULL ? inspection : &nothing;
    i->findings = findings;
    if (i->inspection->scan != NULL)
        i->scanner = scanner_new(i->inspection->scan);
    if (i->inspection->signatures != NULL)
        i->formats = format_check_new(i->inspection->signatures, i->inspection->policy,
                                      i->inspection->terms, findings);
    return i;
}

void inspector_free(struct inspector *i)
{
    if (i == NULL)
        return;
    scanner_free(i->scanner);
    format_check_free(i->formats);
    free(i);
}

struct err *inspector_begin(struct inspector *i, uint64_t length, bool scanned)
{
    i->scans = i->scanner != NULL && !scanned;
    if (i->formats != NULL)
        format_check_begin(i->formats, length);
    return i->scans ? scanner_begin(i->scanner, length) : NULL;
}

struct err *inspector_add(struct inspector *i, struct str bytes)
{
    if (i->formats != NULL)
        format_check_add(i->formats, bytes);
    return i->scans ? scanner_add(i->scanner, bytes) : NULL;
}

bool inspector_looks_inside(const struct inspector *i, struct str piece)
{
    return i->formats != NULL && format_check_looks_inside(piece);
}

struct err *inspector_end(struct inspector *i, struct str path, bool *out_safe)
{
    struct scan_result result = {0};
    if (i->scans)
        TRY(scanner_end(i->scanner, &result));
    *out_safe = result.outcome != SCAN_FOUND;
    inspection_tell_scan(i->inspection, path, &result, i->findings);
    return NULL;
}

struct err *inspector_identify(struct inspector *i, struct str path, const struct source *whole)
{
    return i->formats != NULL ? format_check_end(i->formats, path, whole) : NULL;
}

void inspector_tell(const struct inspector *i, struct str path, uint64_t length,
                    struct sha256 sha256)
{
    const struct inspected_file file = {
        path, length, sha256, i->formats != NULL ? format_check_format(i->formats) : NULL};
    if (i->inspection->tell != NULL)
        i->inspection->tell(i->inspection->tell_state, &file);
}
