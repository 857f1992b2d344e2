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
    struct stated_person stated = {0};
    struct identity identity = {0};
    bool askable = false;
    *out = (struct care_question){0};
    TRY(change_begin_care(request, &out->change, &out->by));
    TRY(json_read(request->body, ask_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(json_read(body.person.text, stated_person_fields, JSON_REFUSE_UNKNOWN, "person",
                  request->arena, &stated));
    TRY(person_identity(request, &stated, &identity));
    TRY(person_number_of(&identity, &out->patient, &askable));
    return askable ? person_find(request, &stated, &out->person)
                   : err_field(ERR_INVALID, "number", "a system's own: no service knows it");
}

struct actor_question care_question_by(const struct care_question *q, struct str employee)
{
    const struct permission_assignment *own = &q->by.permission.assignment;
    return (struct actor_question){.employee = employee,
                                   .care_provider = own->care_provider,
                                   .care_unit = own->care_unit,
                                   .patient = q->patient};
}

struct told_service {
    struct str contract;
    struct str logical_address;
};
static const struct field told_fields[] = {FIELD(struct told_service, contract, REQUIRED),
                                           FIELD(struct told_service, logical_address, REQUIRED),
                                           FIELDS_END};

static struct err *log_question(struct request *request, const struct care_question *q,
                                const struct told_service *told)
{
    static const enum permission_role care[] = {ROLE_CARE_STAFF};
    autobuf struct buf what = buf_new(1024);
    struct fact_version versions[2] = {q->by.version};
    struct permission permission;
    struct disclosure row = disclosure_by(&q->by);
    struct batch *log = batch_new(request->db, request->tenant, request->arena);
    TRY(subject_decide_role(request, &q->by, care, COUNT(care), &permission));
    json_write(told_fields, told, &what);
    TRY(buf_done(&what, "the log"));
    TRY(fact_versions_read(request, &q->person, 1, &versions[1]));
    row.person = q->person;
    row.action = ACTION_ASKED_NATIONAL_SERVICE;
    row.purpose = permission_purposes[PURPOSE_CARE - 1];
    row.what = arena_str(request->arena, buf_str(&what));
    row.permission = &permission;
    disclosure_write(request, log, &row, versions, COUNT(versions));
    return batch_run(log);
}

struct err *care_question_begin(struct request *request, const struct care_question *q,
                                const char *contract, struct str url, struct str logical_address,
                                struct soap_service *out)
{
    const struct access_settings *settings = request->house->settings;
    const struct told_service told = {str_from(contract), logical_address};
    TRY(log_question(request, q, &told));
    *out = (struct soap_service){.url = url,
                                 .logical_address = logical_address,
                                 .certificate = settings->national_cert,
                                 .key = settings->national_key,
                                 .ca = settings->national_ca,
                                 .timeout_ms = CARE_QUESTION_DEADLINE_MS};
    return NULL;
}
