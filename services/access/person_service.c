/* Asking the national person service. */
#include "services/access/person_service.h"

#include "base/base.h"

#define DOMAIN "urn:riv:strategicresourcemanagement:persons:person:5"
#define RESPONDER                                                                                  \
    "urn:riv:strategicresourcemanagement:persons:person:GetPersonsForProfileResponder:5"
static const struct soap_contract contract = {
    "strategicresourcemanagement/persons/person/GetPersonsForProfile/5/rivtabp21",
    RESPONDER ":GetPersonsForProfile", RESPONDER, "GetPersonsForProfileResponse"};

enum { CODE_MAX = 40, NUMBER_MAX = 64, DATE_MAX = 10 };

/* --- the answer
 * ------------------------------------------------------------------------------------- */

#define MEMBER(type, member, name, ...) FIELD_NAMED(struct type, member, name, __VA_ARGS__)
static const struct field number_fields[] = {
    MEMBER(person_number, root, "root", REQUIRED, .min = 1, .max = NUMBER_MAX),
    MEMBER(person_number, extension.digits, "extension", REQUIRED, .min = 1, .max = NUMBER_MAX),
    FIELDS_END};

struct date {
    struct str format;
    struct str value;
};
static const struct field date_fields[] = {FIELD(struct date, format, REQUIRED),
                                           FIELD(struct date, value, REQUIRED, .max = DATE_MAX),
                                           FIELDS_END};

/* Identities are compared as they are written: the service says them as it was asked. */
static bool same_number(const struct person_number *a, const struct person_number *b)
{
    return str_equal(a->root, b->root) && str_equal(a->extension.digits, b->extension.digits);
}

/* An answer for one identity while it is read; each part of it fills in what it says. */
struct reading {
    struct arena *arena;
    struct person_number of;     /* whom it answers for */
    struct person_number number; /* whose record came */
    bool protection_told;
    struct person_told told;
    struct person_linked *links;
    struct person_linked link; /* the one that is read */
    struct str link_status;
};
struct part {
    const char *name;
    struct err *(*read)(struct xml *x, struct reading *r);
};
#define PARTS_END                                                                                  \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

/* The children that have a part of their name; others are passed over. */
static struct err *read_parts(struct xml *x, const struct part *parts, struct reading *r)
{
    bool found;
    for (;;) {
        const struct part *part = parts;
        TRY(soap_next_child(x, &found));
        if (!found)
            return NULL;
        while (part->name != NULL && !xml_is(x, DOMAIN, part->name))
            part++;
        TRY(part->name != NULL ? part->read(x, r) : xml_skip(x));
    }
}

static struct err *read_yes(struct xml *x, struct arena *arena, bool *out)
{
    struct str text = {0};
    TRY(soap_leaf(x, arena, &text));
    bool yes = str_equal(text, S("true")) || str_equal(text, S("1"));
    if (!yes && !str_equal(text, S("false")) && !str_equal(text, S("0")))
        return err_new(ERR_INVALID, "neither true nor false");
    *out = yes;
    return NULL;
}

static bool fits(char form, char c)
{
    return form == '-' ? c == '-' : c >= '0' && c <= '9';
}

/* As exact as its format says: a value of "YYYY-MM" is "1999-02". */
static struct err *read_date(struct xml *x, struct arena *arena, struct str *out)
{
    struct date date = {0};
    TRY(soap_members(x, DOMAIN, date_fields, arena, &date));
    bool right = date.value.len == date.format.len && str_starts(S("YYYY-MM-DD"), date.format) &&
                 (date.value.len == 4 || date.value.len == 7 || date.value.len == 10);
    for (size_t i = 0; right && i < date.value.len; i++)
        right = fits(date.format.ptr[i], date.value.ptr[i]);
    if (!right)
        return err_new(ERR_INVALID, "a date of another form than it says");
    *out = date.value;
    return NULL;
}

/* --- links */

static struct err *read_link_number(struct xml *x, struct reading *r)
{
    return soap_members(x, DOMAIN, number_fields, r->arena, &r->link.number);
}

static struct err *read_link_assurance(struct xml *x, struct reading *r)
{
    return soap_leaf(x, r->arena, &r->link.assurance);
}

static struct err *read_link_status(struct xml *x, struct reading *r)
{
    return soap_leaf(x, r->arena, &r->link_status);
}

static struct err *read_link(struct xml *x, const struct part *parts, struct reading *r)
{
    r->link = (struct person_linked){0};
    r->link_status = (struct str){0};
    TRY(read_parts(x, parts, r));
    return r->link.number.root.len > 0 ? NULL : err_new(ERR_INVALID, "a link to no identity");
}

static struct err *add_link(struct reading *r)
{
    if (r->told.link_count == PERSON_LINKS_MAX)
        return err_new(ERR_TOO_LARGE, "over %d identities of one", PERSON_LINKS_MAX);
    if (r->links == NULL)
        r->told.links = r->links = ARENA_ARRAY(r->arena, struct person_linked, PERSON_LINKS_MAX);
    r->links[r->told.link_count++] = r->link;
    return NULL;
}

static struct err *read_linked(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {{"referredPersonalIdentity", read_link_number},
                                        {"assuranceLevel", read_link_assurance},
                                        PARTS_END};
    TRY(read_link(x, parts, r));
    if (r->link.assurance.len == 0 || r->link.assurance.len > CODE_MAX)
        return err_field(ERR_INVALID, "assuranceLevel", "is missing or too long");
    return add_link(r);
}

/* A number that the person has had, or the one that was got instead. Status AS: it is so no more
 * (Skatteverket's term 01402). */
static struct err *read_referred(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {{"referredPersonalIdentity", read_link_number},
                                        {"referredPersonalIdentityStatus", read_link_status},
                                        PARTS_END};
    TRY(read_link(x, parts, r));
    r->link.assurance = S("referred");
    return str_equal(r->link_status, S("AS")) ? NULL : add_link(r);
}

/* --- death and emigration */

static struct err *read_reason(struct xml *x, struct reading *r)
{
    TRY(soap_leaf(x, r->arena, &r->told.deregistered));
    r->told.deceased |= str_equal(r->told.deregistered, S("AV")); /* avliden */
    return r->told.deregistered.len <= CODE_MAX
               ? NULL
               : err_field(ERR_INVALID, "deregistrationReasonCode", "is too long");
}

static struct err *read_deregistered_on(struct xml *x, struct reading *r)
{
    return read_date(x, r->arena, &r->told.deregistered_on);
}

/* foundDeadAtDate, and deceasedDate of a coordination number. */
static struct err *read_dead(struct xml *x, struct reading *r)
{
    struct str on = {0};
    TRY(read_date(x, r->arena, &on));
    r->told.deceased = true;
    return NULL;
}

static struct err *read_deregistration(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {{"deregistrationReasonCode", read_reason},
                                        {"deregistrationDate", read_deregistered_on},
                                        {"foundDeadAtDate", read_dead},
                                        PARTS_END};
    return read_parts(x, parts, r);
}

static struct err *read_coordination(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {{"deceasedDate", read_dead}, PARTS_END};
    return read_parts(x, parts, r);
}

static struct err *read_cause(struct xml *x, struct reading *r)
{
    struct str cause = {0};
    TRY(soap_leaf(x, r->arena, &cause));
    r->told.deceased |= str_equal(cause, S("AVLIDEN"));
    return NULL;
}

static struct err *read_status(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {{"identityStatusCause", read_cause}, PARTS_END};
    return read_parts(x, parts, r);
}

/* --- the record */

static struct err *read_identity(struct xml *x, struct reading *r)
{
    return soap_members(x, DOMAIN, number_fields, r->arena, &r->number);
}

/* Sekretessmarkering, which is always told, and skyddad folkbokföring, which may be: either
 * protects. */
static struct err *read_protected_registration(struct xml *x, struct reading *r)
{
    bool yes = false;
    TRY(read_yes(x, r->arena, &yes));
    r->told.is_protected |= yes;
    return NULL;
}

static struct err *read_protected(struct xml *x, struct reading *r)
{
    r->protection_told = true;
    return read_protected_registration(x, r);
}

static struct err *read_test(struct xml *x, struct reading *r)
{
    return read_yes(x, r->arena, &r->told.is_test);
}

static struct err *read_record(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {{"personalIdentity", read_identity},
                                        {"protectedPersonIndicator", read_protected},
                                        {"protectedPopulationRecord", read_protected_registration},
                                        {"testIndicator", read_test},
                                        {"linkedIdentity", read_linked},
                                        {"referredPersonalIdentities", read_referred},
                                        {"deregistration", read_deregistration},
                                        {"coOrdinationNumberData", read_coordination},
                                        {"personalIdentityStatus", read_status},
                                        PARTS_END};
    if (r->told.known)
        return err_new(ERR_INVALID, "two records of one identity");
    r->told.known = true;
    return read_parts(x, parts, r);
}

static struct err *read_of(struct xml *x, struct reading *r)
{
    return soap_members(x, DOMAIN, number_fields, r->arena, &r->of);
}

static struct err *read_requested(struct xml *x, struct reading *r)
{
    static const struct part parts[] = {
        {"requestedPersonalIdentity", read_of}, {"personRecord", read_record}, PARTS_END};
    TRY(read_parts(x, parts, r));
    if (r->told.known && !r->protection_told)
        return err_field(ERR_INVALID, "protectedPersonIndicator", "is missing");
    if (r->told.known && !same_number(&r->number, &r->of))
        return err_new(ERR_INVALID, "the record is another identity's");
    return NULL;
}

struct err *person_service_read(struct xml *x, const struct person_number *asked, size_t count,
                                struct arena *arena, struct person_told *out)
{
    bool *answered = ARENA_ARRAY(arena, bool, count + 1);
    size_t answers = 0;
    bool found;
    for (;;) {
        struct reading r = {.arena = arena};
        TRY(soap_next_child(x, &found));
        if (!found)
            break;
        if (!xml_is(x, RESPONDER, "requestedPersonRecord")) {
            TRY(xml_skip(x));
            continue;
        }
        TRY(read_requested(x, &r));
        size_t i = 0;
        while (i < count && (answered[i] || !same_number(&r.of, &asked[i])))
            i++;
        if (i == count)
            return err_new(ERR_INVALID, "it answers for what was not asked");
        answered[i] = true;
        answers++;
        out[i] = r.told;
    }
    return answers == count ? NULL : err_new(ERR_INVALID, "not all that was asked is answered");
}

/* --- the question
 * ----------------------------------------------------------------------------------- */

static bool is_oid(struct str text)
{
    bool dot = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.')
            dot = true;
        else if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    }
    return dot;
}

struct err *person_number_of(const struct identity *identity, struct person_number *out,
                             bool *out_askable)
{
    bool national = str_equal(identity->type, PERSON_TYPE_PERSONNUMMER) ||
                    str_equal(identity->type, PERSON_TYPE_SAMORDNINGSNUMMER);
    if (identity->valid && identity->normalised.digits.len != 12)
        return err_field(ERR_INVALID, "number", "has no century: it could be two people's");
    *out = (struct person_number){identity->type, identity->normalised};
    *out_askable = is_oid(identity->type) && (!national || identity->valid) &&
                   identity->normalised.digits.len <= NUMBER_MAX;
    return NULL;
}

static void write_question(struct xml_writer *w, const struct person_number *asked, size_t count)
{
    const struct str q = S("q");
    const struct str p = S("p");
    xml_write_open(w, q, S("GetPersonsForProfile"));
    xml_write_attribute(w, S("xmlns"), q, S(RESPONDER));
    xml_write_attribute(w, S("xmlns"), p, S(DOMAIN));
    for (size_t i = 0; i < count; i++) {
        xml_write_open(w, q, S("personId"));
        xml_write_leaf(w, p, S("root"), asked[i].root);
        xml_write_leaf(w, p, S("extension"), asked[i].extension.digits);
        xml_write_close(w);
    }
    xml_write_leaf(w, q, S("profile"), S("P1"));
    /* Else the record of the person's main identity comes in the place of the one asked for. */
    xml_write_leaf(w, q, S("ignoreReferredIdentity"), S("true"));
    xml_write_close(w);
}

struct err *person_service_ask(const struct soap_service *service,
                               const struct person_number *asked, size_t count, struct arena *arena,
                               struct person_told *out)
{
    autobuf struct buf text = buf_new(64 * 1024);
    autosoap struct soap_request answer = {0};
    struct xml_writer w = xml_write_begin(&text);
    assert(count <= PERSONS_ASKED_MAX);
    soap_question_begin(&w, service->logical_address);
    write_question(&w, asked, count);
    soap_answer_end(&w);
    TRY(xml_write_done(&w, "the question"));
    TRY(soap_ask(service, &contract, buf_str(&text), arena, &answer));
    const struct err *e = person_service_read(answer.body, asked, count, arena, out);
    if (e == NULL)
        e = soap_end(&answer);
    return e == NULL ? NULL : err_new(ERR_TRANSIENT, "the person service's answer cannot be read");
}
