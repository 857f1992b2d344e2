/* What the readers of content share; nobody outside this folder includes it. */
#pragma once

#include "content/content.h"

/* Reads a file and reports its faults. What is wrong with the bytes themselves is a fault too, so
 * an error is never the file's. */
#define READER(name)                                                                               \
    MUST_USE struct err *name(const struct source *file, const struct content_report *report)

READER(dicom_check);
