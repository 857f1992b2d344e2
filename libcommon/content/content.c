/* What readers share: the file from its beginning to its end, and the telling of its faults. */
#include "content/inside.h"

#include "base/base.h"

struct err *content_stream_read(void *state, void *out, size_t capacity, size_t *out_length)
{
    struct content_stream *s = state;
    uint64_t left = s->source->size - s->at;
    size_t length = left < capacity ? (size_t)left : capacity;
    TRY(source_read(s->source, s->at, out, length));
    s->at += length;
    *out_length = length;
    return NULL;
}

void content_fault(const struct content_report *report, const struct content_fault *fault)
{
    report->add(report->state, fault);
}

struct err *content_refusal(const struct content_report *report, struct str inside,
                            const struct xml *xml, struct err *refusal)
{
    static const struct {
        const char *word;
        enum content_rule rule;
    } refusals[] = {{"xml_wellformed", CONTENT_xml_wellformed},
                    {"xml_doctype", CONTENT_xml_doctype},
                    {"xml_limit", CONTENT_xml_limit}};
    for (size_t i = 0; i < COUNT(refusals) && refusal != NULL && refusal->rule != NULL; i++)
        if (str_equal(str_from(refusal->rule), str_from(refusals[i].word))) {
            struct str found = str_from(refusal->detail);
            int64_t line = xml_cut_line(&found);
            content_fault(report, &(struct content_fault){.rule = refusals[i].rule,
                                                          .line = line > 0 ? line : xml_line(xml),
                                                          .inside = inside,
                                                          .found = found});
            return NULL;
        }
    return refusal;
}
