/* What the writers of text, HTML and JUnit share; nobody else includes it. */
#pragma once

#include "validate/report.h"

/* As it may be shown: '?' for each byte of a control character or of what is no UTF-8. */
struct str report_shown(struct str text, struct arena *arena);
/* Where a finding is, in one line: "METS.xml:12 (file-1) representations/rep1/data/a.txt". */
struct str report_place(const struct finding *finding, struct arena *arena);
/* found "x"; expected "y"", each where there is one. */
struct str report_facts(const struct finding *finding, struct arena *arena);
/* The name of what was judged. */
struct str report_name(const struct report_about *about, struct arena *arena);

/* Did all of it go out? */
MUST_USE struct err *report_end(FILE *out);

/* The kept findings of one rule, one after the other: zeroed at first; NULL at the end. */
struct report_cursor {
    size_t at;
};
const struct finding *report_next(const struct findings *findings, const struct rule *rule,
                                  struct report_cursor *cursor);

enum { REPORT_ARENA = 1024 * 1024 };
