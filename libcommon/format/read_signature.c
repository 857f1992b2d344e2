/* One signature, as both files write it: InternalSignature, its ByteSequences, their SubSequences.
 */
#include "format/signatures.h"

enum { OFFSET_MAX = SEQUENCE_GAP_MAX };

const char *reader_where(struct signature_reader *r)
{
    snprintf(r->where, sizeof r->where, "%s:%lld", r->path, (long long)xml_line(r->xml));
    return r->where;
}

struct err *reader_refuse(struct signature_reader *r, const char *what)
{
    return err_field(ERR_INVALID, reader_where(r), "%s", what);
}

static const struct element *find(const struct element *elements, struct str name)
{
    for (; elements->name != NULL; elements++)
        if (str_equal(name, str_from(elements->name)))
            return elements;
    return NULL;
}

struct err *reader_children(struct signature_reader *r, const struct element *elements, void *into)
{
    enum xml_event event = XML_TEXT;
    while (true) {
        TRY(xml_next(r->xml, &event));
        if (event == XML_CLOSE || event == XML_END)
            return NULL;
        if (event == XML_TEXT)
            continue;
        const struct element *element = find(elements, xml_name(r->xml));
        TRY(element != NULL ? element->read(r, into) : xml_skip(r->xml));
    }
}

struct err *reader_number(struct signature_reader *r, const char *attribute, uint64_t *out)
{
    struct str text = xml_attribute(r->xml, NO_NAMESPACE, attribute);
    if (text.ptr != NULL && !str_to_u64(text, UINT32_MAX, out))
        return err_field(ERR_INVALID, reader_where(r), "%s is no number from 0 to %u", attribute,
                         UINT32_MAX);
    return NULL;
}

struct err *reader_id(struct signature_reader *r, const char *attribute, uint64_t *out)
{
    if (xml_attribute(r->xml, NO_NAMESPACE, attribute).ptr == NULL)
        return err_field(ERR_INVALID, reader_where(r), "%s is missing", attribute);
    return reader_number(r, attribute, out);
}

struct str reader_attribute(struct signature_reader *r, const char *attribute)
{
    return arena_str(r->into->arena, xml_attribute(r->xml, NO_NAMESPACE, attribute));
}

struct err *reader_text(struct signature_reader *r, struct str *out)
{
    return xml_text(r->xml, r->into->arena, SEQUENCE_TEXT_MAX, out);
}

/* As DROID, a greatest offset that is less than the least is the least. */
static struct err *read_gap(struct signature_reader *r, const char *least, const char *most,
                            struct gap *out)
{
    uint64_t low = 0;
    uint64_t high = 0;
    TRY(reader_number(r, least, &low));
    TRY(reader_number(r, most, &high));
    if (low > OFFSET_MAX || high > OFFSET_MAX)
        return reader_refuse(r, "an offset is over 16,777,216");
    *out = (struct gap){(uint32_t)low, (uint32_t)(high > low ? high : low)};
    return NULL;
}

static struct err *read_fragment(struct signature_reader *r, struct side *side)
{
    uint64_t position = 0;
    struct gap gap = {0};
    struct str text = {0};
    TRY(reader_id(r, "Position", &position));
    TRY(read_gap(r, "MinOffset", "MaxOffset", &gap));
    TRY(reader_text(r, &text));
    return side_add(r->into->arena, side, reader_where(r), position, gap, text);
}

static struct err *read_left(struct signature_reader *r, void *into)
{
    struct subsequence *sub = into;
    return read_fragment(r, &sub->left);
}

static struct err *read_right(struct signature_reader *r, void *into)
{
    struct subsequence *sub = into;
    return read_fragment(r, &sub->right);
}

static struct err *read_text(struct signature_reader *r, void *into)
{
    struct subsequence *sub = into;
    return reader_text(r, &sub->text);
}

/* Without Shift and DefaultShift: they are for another way of searching. */
static const struct element subsequence_elements[] = {
    {"Sequence", read_text}, {"LeftFragment", read_left}, {"RightFragment", read_right}, {0}};

static struct err *read_subsequence(struct signature_reader *r, void *into)
{
    struct byte_sequence *sequence = into;
    struct subsequence sub = {.origin = sequence->origin};
    TRY(read_gap(r, "SubSeqMinOffset", "SubSeqMaxOffset", &sub.offset));
    TRY(reader_children(r, subsequence_elements, &sub));
    sub.where = reader_where(r);
    TRY(side_finish(&sub.left, sub.where));
    TRY(side_finish(&sub.right, sub.where));
    return pattern_add(r->into->arena, &sub, sequence);
}

static const struct element sequence_elements[] = {{"SubSequence", read_subsequence}, {0}};

static struct err *read_origin(struct signature_reader *r, enum origin *out)
{
    struct str reference = xml_attribute(r->xml, NO_NAMESPACE, "Reference");
    *out = FROM_NOWHERE;
    if (str_equal(reference, S("BOFoffset")))
        *out = FROM_HEAD;
    else if (str_equal(reference, S("EOFoffset")))
        *out = FROM_TAIL;
    else if (reference.len > 0 && !str_equal(reference, S("Variable")))
        return reader_refuse(r, "a sequence is measured from BOFoffset, EOFoffset or Variable");
    return NULL;
}

/* The whole sequence as one text, as DROID 6.5 takes it. */
static struct err *read_sequence_text(struct signature_reader *r, struct byte_sequence *sequence)
{
    struct subsequence sub = {.origin = sequence->origin, .where = reader_where(r)};
    sub.text = reader_attribute(r, "Sequence");
    return sub.text.ptr != NULL ? pattern_add(r->into->arena, &sub, sequence) : NULL;
}

static struct err *read_byte_sequence(struct signature_reader *r, void *into)
{
    struct signature *signature = into;
    struct byte_sequence sequence = {0};
    TRY(read_origin(r, &sequence.origin));
    TRY(read_sequence_text(r, &sequence));
    TRY(reader_children(r, sequence_elements, &sequence));
    if (sequence.count == 0)
        return reader_refuse(r, "a byte sequence has nothing to look for");
    for (size_t i = 0; i < sequence.count; i++)
        signature->weight += pattern_weight(&sequence.patterns[i]);
    *LIST_ADD(r->into->arena, signature->sequences, signature->count) = sequence;
    return NULL;
}

const struct element signature_elements[] = {{"ByteSequence", read_byte_sequence}, {0}};
