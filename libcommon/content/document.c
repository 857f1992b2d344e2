/* XML documents told by their root: a package does not say of each what it is. One that nobody here
 * knows is read to its end all the same: it must be well-formed. */
#include "content/inside.h"

#include "base/base.h"

static const struct xml_options options = {.elements = UINT64_MAX};

enum root { ROOT_OTHER, ROOT_ERMS, ROOT_OLD_ERMS, ROOT_PREMIS, ROOT_DESCRIPTION };

static const struct {
    const char *namespace;
    enum root root;
} roots[] = {
    {ERMS_NAMESPACE, ROOT_ERMS},
    {"http://xml.ra.se/e-arkiv/FGS-ERMS", ROOT_OLD_ERMS}, /* FGS Ärendehantering 1.0 */
    {PREMIS_NAMESPACE, ROOT_PREMIS},
    {EAD3_NAMESPACE, ROOT_DESCRIPTION},
    {CPF_NAMESPACE, ROOT_DESCRIPTION},
    {EAC_NAMESPACE, ROOT_DESCRIPTION},
};

static enum root root_of(const struct xml *xml)
{
    for (size_t i = 0; i < COUNT(roots); i++)
        if (str_equal(xml_namespace(xml), str_from(roots[i].namespace)))
            return roots[i].root;
    return ROOT_OTHER;
}

/* Tells the root; one that has no reader is read to its end. */
static struct err *look(struct xml *xml, enum root *out)
{
    enum xml_event event = XML_TEXT;
    *out = ROOT_OTHER;
    while (event != XML_OPEN && event != XML_END)
        TRY(xml_next(xml, &event));
    *out = root_of(xml);
    while (*out == ROOT_OTHER && event != XML_END)
        TRY(xml_next(xml, &event));
    return NULL;
}

struct err *document_check(const struct source *file, enum content_kind kind,
                           const struct content_report *report)
{
    struct content_stream stream = {file, 0};
    enum root root = ROOT_OTHER;
    autoxml struct xml *xml = xml_open((struct xml_input){content_stream_read, &stream}, &options);
    TRY(content_refusal(report, (struct str){0}, xml, look(xml, &root)));
    switch (root) {
    case ROOT_ERMS:
        return erms_check(file, kind, report);
    case ROOT_PREMIS:
        return premis_check(file, report);
    case ROOT_DESCRIPTION:
        return description_check(file, report);
    case ROOT_OLD_ERMS:
        content_fault(report,
                      &(struct content_fault){.rule = CONTENT_erms_old, .line = xml_line(xml)});
        break;
    case ROOT_OTHER:
        break;
    }
    return NULL;
}
