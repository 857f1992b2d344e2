/* Findings of one unit of work, kept for the unit that puts the report together. */
#pragma once

#include "validate/finding.h"
#include "validate/packed.h"

/* FINDINGS_KEPT findings, each with six texts of FINDING_TEXT bytes. */
enum { FINDING_FILE_MAX = 160 * 1024 * 1024 };

/* Packed records: the refusal, if there is one (a rule of container_rules.def), then what is kept,
 * then how often each rule was broken. */
MUST_USE struct err *finding_file_write(const struct findings *findings, const struct err *refusal,
                                        struct buf *out);
/* Adds what is in the file, as if it had been found here. The refusal's words live in the arena;
 * *out_refusal stays as it is when there is none. A rule that this version does not know any more
 * is left out. */
MUST_USE struct err *finding_file_read(const struct source *file, struct arena *arena,
                                       struct findings *findings, struct err **out_refusal);
