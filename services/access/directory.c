/* The HSA directory's word on a unit, kept with its time beside the register. It stands in the
 * register where no local administrator's own row does, or once that is let go; and it never moves
 * a unit to another care provider, which is for people to decide (PDL 2:6). */
#include "services/access/hsa.h"
#include "services/access/units.h"
#include "text/json.h"

struct refresh_body {
    bool take; /* let the own row go */
};
static const struct field body_fields[] = {FIELD(struct refresh_body, take, OPTIONAL), FIELDS_END};

/* What was told, and the row of the register when it is to stand there. */
struct told {
    struct str unit;
    struct str name;
    struct str care_unit;
    struct str care_provider;
    struct str care_provider_name;
    struct instant valid_from;
    struct instant valid_until;
    bool taken;
    bool is_protected; /* as the register had it: the directory knows nothing of it */
    struct str hsa_id;
    struct str why; /* it was not taken */
};
#define TOLD_FIELDS                                                                                \
    FIELD(struct told, unit, REQUIRED), FIELD(struct told, name, REQUIRED),                        \
        FIELD(struct told, care_unit, OPTIONAL), FIELD(struct told, care_provider, REQUIRED),      \
        FIELD(struct told, care_provider_name, REQUIRED),                                          \
        FIELD(struct told, valid_from, OPTIONAL), FIELD(struct told, valid_until, OPTIONAL),       \
        FIELD(struct told, taken, REQUIRED)
static const struct field fact_fields[] = {TOLD_FIELDS, FIELD(struct told, is_protected, REQUIRED),
                                           FIELD(struct told, hsa_id, OPTIONAL), FIELDS_END};
static const struct field answer_fields[] = {TOLD_FIELDS, FIELD(struct told, why, OPTIONAL),
                                             FIELDS_END};

/* Without a start it is known from now on: whoever knows better has a row of their own. */
static void plan_told(struct change *change, const void *fact)
{
    const struct told *t = fact;
    change_concerns(change, S("unit"), t->unit, (struct str){0});
    CHANGE_SQL(change, &access_put_unit_told, V(t->unit), V(change->at), V(t->name),
               V(t->care_unit), V(t->care_provider), V(t->care_provider_name), V(t->valid_from),
               V(t->valid_until), V(change->again));
    if (t->taken)
        CHANGE_SQL(change, &access_put_unit, V(t->unit), V(t->name), V(t->hsa_id), V(t->care_unit),
                   V(t->care_provider), V(t->is_protected),
                   V(t->valid_from.known ? t->valid_from : change->at), V(t->valid_until),
                   V(S("directory")), V(change->at), V(change->again));
}
const struct change_kind change_unit_told = {"unit_told", fact_fields, sizeof(struct told),
                                             plan_told};

static struct err *ask_directory(struct request *request, struct str unit, struct told *out)
{
    const struct access_settings *own = request->house->settings;
    const struct soap_service service = {.url = own->hsa_url,
                                         .logical_address = own->hsa_address,
                                         .certificate = own->national_cert,
                                         .key = own->national_key,
                                         .ca = own->national_ca,
                                         .timeout_ms = SOAP_DEADLINE_MS};
    struct hsa_unit told = {0};
    if (service.url.len == 0)
        return err_new(ERR_UNSUPPORTED, "this house is not connected to the HSA directory");
    TRY(hsa_ask(&service, unit, request->arena, &told));
    if (told.care_provider.len == 0)
        return err_new(ERR_NOT_FOUND, "the directory names no care provider of the unit");
    *out = (struct told){.unit = unit,
                         .name = told.name,
                         .care_unit = told.care_unit,
                         .care_provider = told.care_provider,
                         .care_provider_name = told.care_provider_name,
                         .valid_from = told.valid_from,
                         .valid_until = told.valid_until};
    return NULL;
}

static void decide_taken(const struct unit *row, bool known, bool take, struct told *told)
{
    told->taken = true;
    if (!known)
        return;
    told->is_protected = row->is_protected;
    told->hsa_id = row->hsa_id;
    if (take)
        return;
    if (!str_equal(row->source, S("directory")))
        told->why = S("the register has a local administrator's own row");
    else if (!str_equal(row->care_provider, told->care_provider))
        told->why = S("it names another care provider, which is for people to decide");
    told->taken = told->why.len == 0;
}

struct err *access_refresh_unit(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change change;
    struct refresh_body body = {0};
    struct unit row = {0};
    struct told told = {0};
    bool known = false;
    struct str id = http_param(&request->match, "unit");
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(ask_directory(request, id, &told));
    TRY(units_find(request, id, &row, &known));
    decide_taken(&row, known, body.take, &told);
    TRY(change_apply(request, &change, &change_unit_told, &told));
    json_write(answer_fields, &told, request->out);
    return NULL;
}
