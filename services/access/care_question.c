/* Questions about one patient to services that keep blocks and consents. */
#include "services/access/care_question.h"
#include "text/json.h"

void actor_question_open(struct xml_writer *w, struct str element, struct str contract,
                         struct str core, const struct actor_question *q)
{
    const struct str c = S(ACTOR_QUESTION_PREFIX), d = S(ACTOR_QUESTION_CORE);
    xml_write_open(w, c, element);
    xml_write_attribute(w, S("xmlns"), c, contract);
    xml_write_attribute(w, S("xmlns"), d, core);
    xml_write_open(w, c, S("accessingActor"));
    xml_write_leaf(w, d, S("employeeId"), q->employee);
    xml_write_leaf(w, d, S("careProviderId"), q->care_provider);
    xml_write_leaf(w, d, S("careUnitId"), q->care_unit);
    xml_write_close(w);
    xml_write_open(w, c, S("patientId"));
    xml_write_leaf(w, d, S("root"), q->patient.root);
    xml_write_leaf(w, d, S("extension"), q->patient.extension.digits);
    xml_write_close(w);
}

struct ask_body {
    struct json_text person;
};
static const struct field ask_fields[] = {FIELD(struct ask_body, person, REQUIRED), FIELDS_END};

struct err *care_question_read(struct request *request, struct care_question *out)
{
    struct ask_body body = {0};
    struct identity identity = {0};
    bool askable = false;
    *out = (struct care_question){0};
    TRY(change_begin_care(request, &out->change, &out->own));
    TRY(json_read(request->body, ask_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(json_read(body.person.text, stated_person_fields, JSON_REFUSE_UNKNOWN, "person",
                  request->arena, &out->stated));
    TRY(person_identity(request, &out->stated, &identity));
    TRY(person_number_of(&identity, &out->patient, &askable));
    return askable ? NULL : err_field(ERR_INVALID, "number", "a system's own: no service knows it");
}

struct soap_service care_question_service(const struct request *request, struct str url,
                                          struct str logical_address)
{
    const struct access_settings *settings = request->house->settings;
    return (struct soap_service){.url = url,
                                 .logical_address = logical_address,
                                 .certificate = settings->national_cert,
                                 .key = settings->national_key,
                                 .ca = settings->national_ca,
                                 .timeout_ms = CARE_QUESTION_DEADLINE_MS};
}
