/* What a PDF says of itself where it says it plainly: is it whole, encrypted, does it claim to be
 * PDF/A. Of ISO 32000-1 and ISO 19005 only that: no object is parsed, nothing is decompressed. */
#pragma once

#include "format/format.h"

/* The claim to be PDF/A stands in the XMP of the document (pdfaid:part, pdfaid:conformance), at any
 * place in the file: looked for while it streams. Of a whole file of zeroes. */
struct pdf_claim {
    bool claims;
    char part;        /* '1' … ; 0: none */
    char conformance; /* 'A', 'B', 'U', 'E', 'F'; 0: none */
    char kept[256];   /* the last bytes of the piece before */
    size_t kept_length;
};
/* The next bytes of the file. What is stated first counts. */
void pdf_claim_add(struct pdf_claim *claim, struct str bytes);
/* Is there such a PDF/A (parts 1 to 4 with the levels that they have)? */
bool pdf_claim_is_known(const struct pdf_claim *claim);

struct pdf_look {
    bool is_pdf;      /* "%PDF-" and a version stand in the beginning */
    const char *torn; /* why it is not whole, or NULL: startxref, what it points at, %%EOF */
    bool encrypted;   /* a trailer that can be seen has /Encrypt */
};
/* Pure. `length`: of the whole file. */
struct pdf_look pdf_look_at(const struct format_view *view, uint64_t length);
