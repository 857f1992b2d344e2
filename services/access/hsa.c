/* Asking the HSA directory. */
#include "services/access/hsa.h"

#include "base/base.h"

#define DOMAIN_URN "urn:riv:infrastructure:directory:organization:"
#define CONTRACT(name, major)                                                                      \
    {                                                                                              \
        "infrastructure/directory/organization/" name "/" major "/rivtabp21",                      \
            DOMAIN_URN name "Responder:" major ":" name, DOMAIN_URN name "Responder:" major,       \
            name "Response"                                                                        \
    }
static const struct soap_contract unit_contract = CONTRACT("GetUnit", "5");
static const struct soap_contract care_unit_contract = CONTRACT("GetHealthCareUnit", "2");
static const struct soap_contract provider_contract = CONTRACT("GetHealthCareProvider", "1");

#define MEMBER(member, name, presence) FIELD_NAMED(struct hsa_unit, member, name, presence)
static const struct field unit_fields[] = {
    MEMBER(name, "unitName", REQUIRED), MEMBER(valid_from, "unitStartDate", OPTIONAL),
    MEMBER(valid_until, "unitEndDate", OPTIONAL), FIELDS_END};
static const struct field care_unit_fields[] = {
    MEMBER(care_unit, "healthCareUnitHsaId", REQUIRED),
    MEMBER(care_provider, "healthCareProviderHsaId", REQUIRED),
    MEMBER(care_provider_name, "healthCareProviderName", REQUIRED), FIELDS_END};
static const struct field provider_fields[] = {
    MEMBER(care_provider, "healthCareProviderHsaId", REQUIRED),
    MEMBER(care_provider_name, "healthCareProviderName", REQUIRED), FIELDS_END};

/* An answer holds one element, or none when nothing is known. */
static struct err *read_one(struct xml *x, const struct soap_contract *contract, const char *name,
                            const struct field *fields, struct arena *arena, struct hsa_unit *out,
                            bool *out_found)
{
    bool found;
    *out_found = false;
    for (;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            return NULL;
        if (!*out_found && xml_is(x, contract->namespace, name))
            TRY(soap_members(x, contract->namespace, fields, arena, out));
        else {
            TRY(xml_skip(x));
            continue;
        }
        *out_found = true;
    }
}

struct err *hsa_read_unit(struct xml *x, struct arena *arena, struct hsa_unit *out, bool *out_found)
{
    return read_one(x, &unit_contract, "unit", unit_fields, arena, out, out_found);
}

struct err *hsa_read_care_unit(struct xml *x, struct arena *arena, struct hsa_unit *out,
                               bool *out_found)
{
    return read_one(x, &care_unit_contract, "healthCareUnit", care_unit_fields, arena, out,
                    out_found);
}

struct err *hsa_read_provider(struct xml *x, struct arena *arena, struct hsa_unit *out,
                              bool *out_found)
{
    return read_one(x, &provider_contract, "healthCareProvider", provider_fields, arena, out,
                    out_found);
}

struct question {
    const struct soap_contract *contract;
    const char *element; /* of the question … */
    const char *member;  /* … and whose id it holds */
    struct err *(*read)(struct xml *x, struct arena *arena, struct hsa_unit *out, bool *out_found);
};

static struct err *ask(const struct soap_service *service, const struct question *q, struct str id,
                       struct arena *arena, struct hsa_unit *out, bool *out_found)
{
    autobuf struct buf text = buf_new(16 * 1024);
    autosoap struct soap_request answer = {0};
    struct xml_writer w = xml_write_begin(&text);
    soap_question_begin(&w, service->logical_address);
    xml_write_open(&w, S("q"), str_from(q->element));
    xml_write_attribute(&w, S("xmlns"), S("q"), str_from(q->contract->namespace));
    xml_write_leaf(&w, S("q"), str_from(q->member), id);
    xml_write_close(&w);
    soap_answer_end(&w);
    TRY(xml_write_done(&w, "the question"));
    TRY(soap_ask(service, q->contract, buf_str(&text), arena, &answer));
    const struct err *e = q->read(answer.body, arena, out, out_found);
    if (e == NULL)
        e = soap_end(&answer);
    return e == NULL ? NULL : err_new(ERR_TRANSIENT, "the directory's answer cannot be read");
}

struct err *hsa_ask(const struct soap_service *service, struct str unit, struct arena *arena,
                    struct hsa_unit *out)
{
    static const struct question of_unit = {&unit_contract, "GetUnit", "unitHsaId", hsa_read_unit};
    static const struct question of_care_unit = {&care_unit_contract, "GetHealthCareUnit",
                                                 "healthCareUnitMemberHsaId", hsa_read_care_unit};
    static const struct question of_provider = {&provider_contract, "GetHealthCareProvider",
                                                "healthCareProviderHsaId", hsa_read_provider};
    struct hsa_unit told = {0};
    bool found = false;
    TRY(ask(service, &of_unit, unit, arena, &told, &found));
    if (!found)
        return err_new(ERR_NOT_FOUND, "the directory knows no such unit");
    TRY(ask(service, &of_care_unit, unit, arena, &told, &found));
    if (found) {
        TRY(ask(service, &of_provider, told.care_provider, arena, &told, &found));
        if (!found)
            return err_new(ERR_TRANSIENT, "the directory names a care provider it does not know");
    }
    *out = told;
    return NULL;
}
