/* XML documents told by their root: a package does not say of each what it is. One that nobody here
 * knows is read to its end all the same: it must be well-formed. */
#include "content/care.h"

#include "base/base.h"

static const struct xml_options options = {.elements = UINT64_MAX};

enum root {
    ROOT_OTHER,
    ROOT_ERMS,
    ROOT_OLD_ERMS,
    ROOT_PREMIS,
    ROOT_DESCRIPTION,
    ROOT_CARE,
    ROOT_OTHER_CARE
};

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

struct found {
    enum root root;
    const struct care_contract *contract; /* of ROOT_CARE */
};

static struct found root_of(const struct xml *xml)
{
    struct str namespace = xml_namespace(xml);
    const struct care_contract *contract = care_contract_of(namespace);
    if (contract != NULL)
        return (struct found){ROOT_CARE, contract};
    for (size_t i = 0; i < COUNT(roots); i++)
        if (str_equal(namespace, str_from(roots[i].namespace)))
            return (struct found){roots[i].root, NULL};
    return (struct found){str_starts(namespace, S("urn:riv:")) ? ROOT_OTHER_CARE : ROOT_OTHER,
                          NULL};
}

/* Tells the root, or in a SOAP envelope the first element of its body; a document that has no
 * reader is read to its end. An envelope of something else, a fault or nothing, is a message of a
 * contract that is not read here. */
static struct err *look(struct xml *xml, struct found *out)
{
    enum xml_event event = XML_TEXT;
    bool inside = true; /* nothing but the envelope came before */
    bool enveloped = false;
    *out = (struct found){ROOT_OTHER, NULL};
    while (event != XML_END && out->root == ROOT_OTHER) {
        TRY(xml_next(xml, &event));
        if (event != XML_OPEN || !inside)
            continue;
        *out = root_of(xml);
        inside = str_equal(xml_namespace(xml), S(SOAP_NAMESPACE));
        enveloped |= xml_is(xml, SOAP_NAMESPACE, "Envelope");
        if (xml_is(xml, SOAP_NAMESPACE, "Header"))
            TRY(xml_skip(xml));
    }
    if (out->root == ROOT_OTHER && enveloped)
        out->root = ROOT_OTHER_CARE;
    return NULL;
}

struct err *document_check(const struct source *file, enum content_kind kind,
                           const struct content_report *report)
{
    struct content_stream stream = {file, 0};
    struct found found = {ROOT_OTHER, NULL};
    autoxml struct xml *xml = xml_open((struct xml_input){content_stream_read, &stream}, &options);
    TRY(content_refusal(report, (struct str){0}, xml, look(xml, &found)));
    switch (found.root) {
    case ROOT_ERMS:
        return erms_check(file, kind, report);
    case ROOT_PREMIS:
        return premis_check(file, kind == CONTENT_XML_OF_AIP, report);
    case ROOT_DESCRIPTION:
        return description_check(file, report);
    case ROOT_OLD_ERMS:
        content_fault(report,
                      &(struct content_fault){.rule = CONTENT_erms_old, .line = xml_line(xml)});
        break;
    case ROOT_CARE:
        return care_check(file, found.contract, kind == CONTENT_CARE_OF_PATIENT, report);
    case ROOT_OTHER_CARE:
        if (kind == CONTENT_CARE || kind == CONTENT_CARE_OF_PATIENT)
            content_fault(report, &(struct content_fault){.rule = CONTENT_care_contract,
                                                          .line = xml_line(xml),
                                                          .found = xml_namespace(xml)});
        break;
    case ROOT_OTHER:
        break;
    }
    return NULL;
}
