/* What the readers of content share; nobody outside this folder includes it. */
#pragma once

#include "content/content.h"
#include "text/xml.h"

/* Reads a file and reports its faults. What is wrong with the bytes themselves is a fault too, so
 * an error is never the file's. */
#define READER(name)                                                                               \
    MUST_USE struct err *name(const struct source *file, const struct content_report *report)

#define ERMS_NAMESPACE   "https://DILCIS.eu/XML/ERMS"
#define PREMIS_NAMESPACE "http://www.loc.gov/premis/v3"
#define EAD3_NAMESPACE   "http://ead3.archivists.org/schema/"
#define CPF_NAMESPACE    "urn:isbn:1-931666-33-4"
#define EAC_NAMESPACE    "https://archivists.org/ns/eac/v2"

READER(dicom_check);
READER(description_check);
/* of_aip: by the rules of an AIP too. */
MUST_USE struct err *premis_check(const struct source *file, bool of_aip,
                                  const struct content_report *report);
/* An XML document, by its root: to one of those below or to its end. */
MUST_USE struct err *document_check(const struct source *file, enum content_kind kind,
                                    const struct content_report *report);
MUST_USE struct err *erms_check(const struct source *file, enum content_kind kind,
                                const struct content_report *report);
/* The version that METS states, as kind.c tells it. */
MUST_USE struct err *siard_check(const struct source *file, enum content_kind kind,
                                 const struct content_around *around,
                                 const struct content_report *report);

/* A source from its beginning to its end. */
struct content_stream {
    const struct source *source;
    uint64_t at;
};
MUST_USE struct err *content_stream_read(void *state, void *out, size_t capacity,
                                         size_t *out_length);

void content_fault(const struct content_report *report, const struct content_fault *fault);
/* What the XML reader refused, as a fault of the file inside (absent: of the file): NULL. Errors of
 * others are given back. */
MUST_USE struct err *content_refusal(const struct content_report *report, struct str inside,
                                     const struct xml *xml, struct err *refusal);
