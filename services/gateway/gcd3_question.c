/* GetCareDocumentation 3.0: the question, as GetCareDocumentationResponder_3.0.xsd lays it out. */
#include "gcd3.h"

#include "base/base.h"
#include "contracts.h"
#include "gcd3_write.h"

/* In the order of the schema. */
enum part {
    CARE_UNIT,
    HEALTHCARE_PROVIDER,
    PATIENT_ID,
    DATE_PERIOD,
    SOURCE_SYSTEM_ID,
    HAS_MORE_REFERENCE,
    PARTS
};

static const struct {
    const char *name;
    bool repeats;
} parts[PARTS] = {
    {"careUnit", true},    {"healthcareProvider", true}, {"patientId", false},
    {"datePeriod", false}, {"sourceSystemId", false},    {"hasMoreReference", false},
};

/* The two children of an element of type IIType or DatePeriodType, both leaves: the first must be
 * there. */
static struct err *read_pair(struct xml *x, const char *const names[2], struct str *const values[2],
                             const char *field, struct arena *arena)
{
    bool found;
    for (size_t next = 0;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            break;
        if (!str_equal(xml_namespace(x), S(CORE_NAMESPACE))) {
            TRY(xml_skip(x));
            continue;
        }
        while (next < 2 && !xml_is(x, CORE_NAMESPACE, names[next]))
            next++;
        if (next == 2)
            return err_field(ERR_INVALID, field,
                             "has an element that is not known, repeated or out of order");
        TRY(soap_leaf(x, arena, values[next++]));
    }
    if (values[0]->len == 0)
        return err_field(ERR_INVALID, field, "must have %s", names[0]);
    return NULL;
}

static struct err *read_ii(struct xml *x, const char *field, struct arena *arena, struct ii *out)
{
    return read_pair(x, (const char *const[]){"root", "extension"},
                     (struct str *const[]){&out->root, &out->extension}, field, arena);
}

static struct err *add_ii(struct xml *x, const char *field, struct arena *arena, struct iis *list)
{
    if (list->count == GCD3_FILTER_MAX)
        return err_field(ERR_INVALID, field, "is given more than %d times", GCD3_FILTER_MAX);
    if (list->at == NULL)
        list->at = ARENA_ARRAY(arena, struct ii, GCD3_FILTER_MAX);
    return read_ii(x, field, arena, &list->at[list->count++]);
}

/* DateType: a year from 1900 to 2099, and no more of a calendar than that (20230231 passes the
 * schema). */
static bool is_date(struct str text)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len == 8 && str_to_i64(str_slice(text, 0, 4), 1900, 2099, &year) &&
           str_to_i64(str_slice(text, 4, 6), 1, 12, &month) &&
           str_to_i64(str_slice(text, 6, 8), 1, 31, &day);
}

static struct err *read_period(struct xml *x, const char *field, struct arena *arena,
                               struct gcd3_question *q)
{
    TRY(read_pair(x, (const char *const[]){"start", "end"},
                  (struct str *const[]){&q->period_start, &q->period_end}, field, arena));
    if (!is_date(q->period_start) || !is_date(q->period_end))
        return err_field(ERR_INVALID, field, "must have a start and an end of the form YYYYMMDD");
    return NULL;
}

static struct err *read_part(struct xml *x, enum part part, struct arena *arena,
                             struct gcd3_question *q)
{
    const char *field = parts[part].name;
    switch (part) {
    case CARE_UNIT:
        return add_ii(x, field, arena, &q->care_units);
    case HEALTHCARE_PROVIDER:
        return add_ii(x, field, arena, &q->healthcare_providers);
    case PATIENT_ID:
        return read_ii(x, field, arena, &q->patient_id);
    case DATE_PERIOD:
        return read_period(x, field, arena, q);
    case SOURCE_SYSTEM_ID:
        return read_ii(x, field, arena, &q->source_system_id);
    case HAS_MORE_REFERENCE:
        return soap_leaf(x, arena, &q->has_more_reference);
    case PARTS:
        break;
    }
    return NULL;
}

struct err *gcd3_read(const struct soap_request *request, struct arena *arena,
                      struct gcd3_question *out)
{
    struct xml *x = request->body;
    struct gcd3_question question = {0};
    bool found;
    for (size_t next = 0;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            break;
        if (!str_equal(xml_namespace(x), S(GCD3_NAMESPACE))) {
            TRY(xml_skip(x));
            continue;
        }
        while (next < PARTS && !xml_is(x, GCD3_NAMESPACE, parts[next].name))
            next++;
        if (next == PARTS)
            return err_new(
                ERR_INVALID,
                "GetCareDocumentation has an element that is not known, repeated or out of order");
        enum part part = (enum part)next;
        TRY(read_part(x, part, arena, &question));
        next += parts[part].repeats ? 0 : 1;
    }
    if (question.patient_id.root.len == 0)
        return err_field(ERR_INVALID, "patientId", "is missing");
    TRY(soap_end(request));
    *out = question;
    return NULL;
}

/* "20240131120000.<uuid>": the time and our id of the last record sent. It holds no personal data,
 * is valid as long as the record, and gives nobody more than the question itself does. */
static bool read_reference(struct str reference, struct gcd3_place *out)
{
    struct str time;
    struct instant at;
    struct gcd3_place place = {.given = true};
    if (!str_cut(&reference, '.', &time) || time.len != sizeof(place.time) - 1 ||
        !instant_from_swedish(time, &at) || !uuid_parse(reference, &place.id))
        return false;
    memcpy(place.time, time.ptr, time.len);
    *out = place;
    return true;
}

struct str gcd3_refusal(struct gcd3_question *question, struct str logical_address)
{
    const struct ii *system = &question->source_system_id;
    struct str root = question->patient_id.root;
    if (question->patient_id.extension.len == 0)
        return S("INVALID_REQUEST: patientId must have an extension");
    if (system->root.ptr != NULL && !str_equal(system->extension, logical_address))
        return S("INVALID_REQUEST: sourceSystemId must be the same as LogicalAddress");
    /* A reserve number of a system's own making means nothing elsewhere. */
    if (system->root.ptr == NULL && !str_equal(root, PERSON_TYPE_PERSONNUMMER) &&
        !str_equal(root, PERSON_TYPE_SAMORDNINGSNUMMER))
        return S("INVALID_REQUEST: a local patientId must be asked for with sourceSystemId");
    if (str_compare(question->period_end, question->period_start) < 0)
        return S("INVALID_REQUEST: datePeriod ends before it starts");
    if (question->has_more_reference.len > 0 &&
        !read_reference(question->has_more_reference, &question->after))
        return S("INVALID_REQUEST: hasMoreReference is not one of ours");
    return (struct str){0};
}
