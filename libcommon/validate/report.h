/* The report: what was found, where, and how to mend it. As JSON for programs; as text, as a page
 * for people in Swedish and English, and as JUnit XML for a supplier's own tests. The same findings
 * give the same bytes. Paths and values of the package stand in it: room validation seals it like
 * the package. */
#pragma once

#include <stdio.h>

#include "base/buf.h"
#include "validate/finding.h"

struct report_about {
    struct str delivery; /* UUID; absent when what was judged is none, but … */
    struct str package;  /* … a file or folder of this name */
    struct str objid;
    uint64_t files;
    uint64_t bytes;
    struct err *const *refusals; /* why the container could not be read: none, one, or one a part */
    size_t refusal_count;
};

enum report_outcome {
    REPORT_VALID,
    REPORT_INVALID,
    REPORT_UNDECIDED, /* no error, but by rules that it does not claim to follow: profile_known */
};
enum report_outcome report_outcome(const struct report_about *about,
                                   const struct findings *findings);
/* Errors among the findings, and refusals. */
uint64_t report_errors(const struct report_about *about, const struct findings *findings);

/* The E-ARK validation report, as eark-validator 1.1.3 has its schema:
 * {"uid","package":{"details":{"name"}},"structure":{"status","messages":[{"ruleId","severity","location",
 * "message"}…]},"metadata":{"schemaResults","schematronResults"}: each as structure}, and beside it
 * ours: "delivery","objid","files","bytes","valid","errors","warnings",
 * "formats":[{"files","bytes","puid","name"}…],
 * "findings":[{"requirement","level","mets","line","id",
 * "path","found","expected","text","text_sv","mend","mend_sv"}…]}. */
MUST_USE struct err *report_write(const struct report_about *about, const struct findings *findings,
                                  struct buf *out);

/* To a stream; STORAGE when it could not be written. What is no character or a control character
 * in a text becomes '?', so that nothing of a package acts on whoever reads of it. */
MUST_USE struct err *report_text(const struct report_about *about, const struct findings *findings,
                                 FILE *out);
/* The same without warnings, information and formats. */
MUST_USE struct err *report_text_errors(const struct report_about *about,
                                        const struct findings *findings, FILE *out);
/* HTML: one file that fetches nothing and runs nothing. Grouped by rule, errors first. */
MUST_USE struct err *report_html(const struct report_about *about, const struct findings *findings,
                                 FILE *out);
/* JUnit as CI systems read it: a testcase for each rule, broken or not, so that its history can be
 * followed, and one for the container. ERROR is a failure; WARNING and INFO are told with a
 * testcase that passes; what left the outcome undecided is an error of the test. */
MUST_USE struct err *report_junit(const struct report_about *about, const struct findings *findings,
                                  FILE *out);
