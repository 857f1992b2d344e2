/* Any bytes as a PDF: its claim is the same wherever it is cut, and its ends are looked at. */
#include "base/base.h"
#include "format/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    const struct format_view view = {.head = str_slice(bytes, 0, size / 2),
                                     .tail = str_slice(bytes, size / 3, size)};
    struct pdf_claim claim = {.claims = false};
    struct pdf_look look = pdf_look_at(&view, size);
    assert(look.is_pdf || (look.torn == NULL && !look.encrypted));
    pdf_claim_add(&claim, view.head);
    pdf_claim_add(&claim, str_slice(bytes, size / 2, size));
    assert(!pdf_claim_is_known(&claim) || claim.claims);
    return 0;
}
