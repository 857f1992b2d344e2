/* A file to its reader. */
#include "content/inside.h"

struct err *content_check(enum content_kind kind, const struct source *file,
                          const struct content_around *around, const struct content_report *report)
{
    switch (kind) {
    case CONTENT_DICOM:
        return dicom_check(file, report);
    case CONTENT_SIARD:
    case CONTENT_SIARD_1_0:
    case CONTENT_SIARD_2_0:
    case CONTENT_SIARD_2_1:
    case CONTENT_SIARD_2_2:
        return siard_check(file, kind, around, report);
    case CONTENT_XML:
    case CONTENT_ERMS:
    case CONTENT_ERMS_2_1:
    case CONTENT_ERMS_3_0:
    case CONTENT_CARE:
    case CONTENT_XML_OF_AIP:
    case CONTENT_CARE_OF_PATIENT:
        return document_check(file, kind, report);
    case CONTENT_NONE:
    case CONTENT_KINDS:
        break;
    }
    return NULL;
}
