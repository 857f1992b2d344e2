/* A file to its reader. */
#include "content/inside.h"

#include "base/base.h"

struct err *content_check(enum content_kind kind, const struct source *file,
                          const struct content_report *report)
{
    switch (kind) {
    case CONTENT_DICOM:
        return dicom_check(file, report);
    case CONTENT_NONE:
    case CONTENT_KINDS:
        break;
    }
    return NULL;
}
