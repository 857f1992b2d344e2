/* libxml2 reads and compares values, as it does for RELAX NG; of the schema itself nothing is
 * compiled. A facet that cannot be judged asks for nothing. */
#include "text/xml_facets.h"

#include <libxml/schemasInternals.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlschemastypes.h>

#include "text/xml_schema.h"

enum { FACETS = 256, FACET_KEPT = 256 /* bytes of its value */, SHAPE_KEPT = 48 };

enum bound { NO_BOUND, LOWER, UPPER };

static const struct kind {
    const char *name;
    xmlSchemaTypeType type;
    bool alternative; /* one of those that a type has is enough; else it is every one */
    enum bound bound;
} kinds[] = {{"pattern", XML_SCHEMA_FACET_PATTERN, true, NO_BOUND},
             {"enumeration", XML_SCHEMA_FACET_ENUMERATION, true, NO_BOUND},
             {"length", XML_SCHEMA_FACET_LENGTH, false, NO_BOUND},
             {"minLength", XML_SCHEMA_FACET_MINLENGTH, false, NO_BOUND},
             {"maxLength", XML_SCHEMA_FACET_MAXLENGTH, false, NO_BOUND},
             {"minInclusive", XML_SCHEMA_FACET_MININCLUSIVE, false, LOWER},
             {"minExclusive", XML_SCHEMA_FACET_MINEXCLUSIVE, false, LOWER},
             {"maxInclusive", XML_SCHEMA_FACET_MAXINCLUSIVE, false, UPPER},
             {"maxExclusive", XML_SCHEMA_FACET_MAXEXCLUSIVE, false, UPPER}};

struct facet {
    uint8_t type;
    const struct kind *kind;
    xmlChar *text;
    xmlSchemaFacetPtr of;
    bool dated; /* its text is a day or a time … */
    int64_t year;
    bool digits_alike; /* a pattern to which all digits are the same … */
    struct shape {
        size_t length;
        xmlChar text[SHAPE_KEPT];
    } last; /* … the text held against it last, with 0 for each digit; of no length: none */
    bool last_met;
};

struct xml_facets {
    struct facet at[FACETS];
    size_t count;
    /* Of each type: */
    xmlSchemaTypePtr of[UINT8_MAX + 1]; /* what it is made of */
    bool any[UINT8_MAX + 1];            /* it has facets … */
    bool lost[UINT8_MAX + 1];           /* … and not all of them are here */
};

struct xml_facets *xml_facets_new(void)
{
    xml_set_up();
    return must_calloc(1, sizeof(struct xml_facets));
}

static void facet_free(struct facet *facet)
{
    xmlSchemaFreeFacet(facet->of);
    xmlFree(facet->text);
}

void xml_facets_free(struct xml_facets *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++)
        facet_free(&f->at[i]);
    free(f);
}

/* --- as the schema is read */

static const struct kind *find_kind(struct str name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(name, str_from(kinds[i].name)))
            return &kinds[i];
    return NULL;
}

void xml_facets_add(struct xml_facets *f, uint8_t type, struct str name, struct str value)
{
    const struct kind *kind = find_kind(name);
    if (kind == NULL)
        return;
    f->lost[type] |= f->count == FACETS || value.ptr == NULL || value.len > FACET_KEPT;
    if (f->lost[type])
        return;
    struct facet facet = {.type = type,
                          .kind = kind,
                          .text = xmlStrndup((const xmlChar *)value.ptr, (int)value.len),
                          .of = xmlSchemaNewFacet()};
    if (facet.text == NULL || facet.of == NULL)
        abort();
    facet.of->type = kind->type;
    facet.of->value = facet.text;
    f->at[f->count++] = facet;
    f->any[type] = true;
}

/* --- when it is read */

static void say_nothing(void *state, const char *message, ...)
{
    (void)state;
    (void)message;
}

/* One whose next step is never a choice takes a step for each character. */
static bool is_simple(xmlRegexpPtr pattern)
{
    return pattern != NULL && xmlRegexpIsDeterminist(pattern) == 1;
}

/* The year of xs:date and xs:dateTime. */
static bool read_year(const xmlChar *text, int64_t *out)
{
    enum { DIGITS = 9 };
    bool negative = text[0] == '-';
    size_t count = 0;
    *out = 0;
    for (text += negative; count < DIGITS && text[count] >= '0' && text[count] <= '9'; count++)
        *out = 10 * *out + text[count] - '0';
    *out = negative ? -*out : *out;
    return count >= 4 && text[count] == '-';
}

/* Neither a digit, but in {2}, nor a choice of characters, in which digits might stand. */
static bool has_digits_alike(const xmlChar *pattern)
{
    bool counts = false;
    for (; *pattern != '\0'; pattern++) {
        counts = *pattern == '{' || (counts && *pattern != '}');
        if (!counts && (*pattern == '[' || (*pattern >= '0' && *pattern <= '9')))
            return false;
        pattern += *pattern == '\\' && pattern[1] != '\0';
    }
    return true;
}

static bool may_be_judged(struct facet *facet, xmlSchemaTypePtr of)
{
    facet->dated =
        (of->builtInType == XML_SCHEMAS_DATE || of->builtInType == XML_SCHEMAS_DATETIME) &&
        read_year(facet->text, &facet->year);
    facet->digits_alike =
        facet->kind->type == XML_SCHEMA_FACET_PATTERN && has_digits_alike(facet->text);
    return xmlSchemaCheckFacet(facet->of, of, NULL, NULL) == 0 &&
           (facet->kind->type != XML_SCHEMA_FACET_PATTERN || is_simple(facet->of->regexp));
}

void xml_facets_settle(struct xml_facets *f, uint8_t type, const char *made_of)
{
    static const xmlChar namespace[] = "http://www.w3.org/2001/XMLSchema";
    xmlSchemaTypePtr of =
        made_of != NULL ? xmlSchemaGetPredefinedType((const xmlChar *)made_of, namespace) : NULL;
    f->of[type] = of;
    xmlSetGenericErrorFunc(NULL, say_nothing);
    f->lost[type] |= of == NULL;
    for (size_t i = 0; i < f->count && of != NULL && !f->lost[type]; i++)
        f->lost[type] = f->at[i].type == type && !may_be_judged(&f->at[i], of);
    xmlSetGenericErrorFunc(NULL, NULL);
}

bool xml_facets_has(const struct xml_facets *f, uint8_t type)
{
    return f->any[type] && !f->lost[type];
}

/* --- values */

/* A text, and what it is as a value when that was asked for. */
struct value {
    const xmlChar *text;
    xmlSchemaTypePtr of;
    xmlSchemaValPtr known;
};

static bool is_string(const struct value *value)
{
    return value->of->builtInType == XML_SCHEMAS_STRING;
}

/* Can it be compared? A string is nothing but its text; what libxml2 takes for no value cannot. */
static bool is_known(struct value *value)
{
    return is_string(value) || value->known != NULL ||
           xmlSchemaValidatePredefinedType(value->of, value->text, &value->known) == 0;
}

/* Years that are not next to each other tell the order whatever the zones are, without the value.
 */
static bool is_years_away(const struct facet *facet, const struct value *value, bool *out_after)
{
    int64_t year = 0;
    if (!facet->dated || !read_year(value->text, &year))
        return false;
    *out_after = year > facet->year;
    return year > facet->year + 1 || year < facet->year - 1;
}

/* False for a text that is empty or too long. */
static bool shape_of(const xmlChar *text, struct shape *out)
{
    size_t i = 0;
    for (; i < SHAPE_KEPT && text[i] != '\0'; i++)
        out->text[i] = text[i] >= '0' && text[i] <= '9' ? '0' : text[i];
    out->length = i;
    return i > 0 && text[i] == '\0';
}

/* Days of a column mostly look alike: one whose digits alone are others is not matched again. */
static bool is_matched(struct facet *pattern, const struct value *value)
{
    struct shape shape;
    bool kept = pattern->digits_alike && shape_of(value->text, &shape);
    if (kept && shape.length == pattern->last.length &&
        memcmp(shape.text, pattern->last.text, shape.length) == 0)
        return pattern->last_met;
    bool met = xmlSchemaValidateFacet(value->of, pattern->of, value->text, NULL) == 0;
    if (kept) {
        pattern->last = shape;
        pattern->last_met = met;
    }
    return met;
}

static bool is_met(struct facet *facet, struct value *value)
{
    bool after = false;
    if (facet->kind->type == XML_SCHEMA_FACET_PATTERN)
        return is_matched(facet, value);
    if (facet->kind->bound != NO_BOUND && is_years_away(facet, value, &after))
        return after == (facet->kind->bound == LOWER);
    if (facet->kind->type == XML_SCHEMA_FACET_ENUMERATION && is_string(value))
        return xmlStrEqual(facet->text, value->text);
    if (!is_known(value))
        return true;
    if (facet->kind->type == XML_SCHEMA_FACET_ENUMERATION)
        return xmlSchemaCompareValues(value->known, facet->of->val) == 0;
    return xmlSchemaValidateFacet(value->of, facet->of, value->text, value->known) == 0;
}

/* By the type's facets of the kind of `first`, which is the first of them. */
static bool is_met_by_any(struct xml_facets *f, struct facet *first, struct value *value)
{
    for (struct facet *other = first; other < f->at + f->count; other++)
        if (other->type == first->type && other->kind == first->kind && is_met(other, value))
            return true;
    return false;
}

static const struct facet *find_broken(struct xml_facets *f, uint8_t type, struct value *value)
{
    bool seen[COUNT(kinds)] = {0};
    for (struct facet *facet = f->at; facet < f->at + f->count; facet++) {
        size_t kind = (size_t)(facet->kind - kinds);
        if (facet->type != type || (facet->kind->alternative && seen[kind]))
            continue;
        seen[kind] = true;
        if (facet->kind->alternative ? !is_met_by_any(f, facet, value) : !is_met(facet, value))
            return facet;
    }
    return NULL;
}

bool xml_facets_fit(struct xml_facets *f, uint8_t type, struct str text, struct buf *out_expected)
{
    char terminated[XML_FACET_TEXT + 1];
    struct value value = {.text = (const xmlChar *)terminated, .of = f->of[type]};
    if (!xml_facets_has(f, type) || text.len > XML_FACET_TEXT)
        return true;
    if (text.len > 0)
        memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    const struct facet *broken = find_broken(f, type, &value);
    xmlSchemaFreeValue(value.known);
    if (broken != NULL)
        buf_format(out_expected, "%s %s", broken->kind->name, (const char *)broken->text);
    return broken == NULL;
}
