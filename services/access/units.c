/* The register of units, set by a region's own administrators: units, their names, what source
 * systems called them, and what became of them. */
#include "services/access/units.h"
#include "services/access/proposals.h"
#include "text/json.h"

const struct field unit_fact_fields[] = {FIELD(struct unit, id, REQUIRED),
                                         FIELD(struct unit, name, REQUIRED),
                                         FIELD(struct unit, hsa_id, OPTIONAL),
                                         FIELD(struct unit, care_unit, OPTIONAL),
                                         FIELD(struct unit, care_provider, REQUIRED),
                                         FIELD(struct unit, is_protected, OPTIONAL),
                                         FIELD(struct unit, valid_from, REQUIRED),
                                         FIELD(struct unit, valid_until, OPTIONAL),
                                         FIELD(struct unit, source, OPTIONAL),
                                         FIELDS_END};
static const struct field unit_body_fields[] = {
    FIELD(struct unit, name, REQUIRED, .min = 1, .max = 200),
    FIELD(struct unit, hsa_id, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct unit, care_unit, OPTIONAL, .min = 1, .max = 64),
    FIELD(struct unit, care_provider, REQUIRED, .min = 1, .max = 64),
    FIELD(struct unit, is_protected, OPTIONAL),
    FIELD(struct unit, valid_from, REQUIRED),
    FIELD(struct unit, valid_until, OPTIONAL),
    FIELDS_END};

static void plan_unit(struct change *change, const void *fact)
{
    const struct unit *u = fact;
    change_concerns(change, S("unit"), u->id, (struct str){0});
    CHANGE_SQL(change, &access_put_unit, V(u->id), V(u->name), V(u->hsa_id), V(u->care_unit),
               V(u->care_provider), V(u->is_protected), V(u->valid_from), V(u->valid_until),
               V(u->source.len > 0 ? u->source : S("local")), V(change->at), V(change->again));
}
const struct change_kind change_unit = {"unit", unit_fact_fields, sizeof(struct unit), plan_unit};

struct err *access_set_unit(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct unit body = {.id = http_param(&request->match, "unit")};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, unit_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(change_check_span(body.valid_from, body.valid_until));
    if (body.id.len > UNIT_ID_MAX)
        return err_field(ERR_INVALID, "unit", "longer than %d bytes", UNIT_ID_MAX);
    body.source = S("local");
    reply->status = 204;
    return change_apply(request, &change, &change_unit, &body);
}

struct err *units_find(struct request *request, struct str id, struct unit *out, bool *out_found)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_unit, unit_fact_fields, struct unit, &rows, V(id));
    TRY(load_run(load));
    *out_found = rows.count > 0;
    if (*out_found)
        *out = *ROW(struct unit, rows, 0);
    return NULL;
}

static struct err *need_unit(struct request *request, struct str id, struct unit *out)
{
    bool found = false;
    TRY(units_find(request, id, out, &found));
    return found ? NULL : err_new(ERR_NOT_FOUND, "there is no such unit in the register");
}

/* --- names
 * ------------------------------------------------------------------------------------------ */

struct unit_name {
    struct str unit;
    struct str name;
    struct instant valid_from;
    struct instant valid_until;
    bool withdrawn;
};
#define NAME_FIELDS                                                                                \
    FIELD(struct unit_name, name, REQUIRED, .min = 1, .max = 200),                                 \
        FIELD(struct unit_name, valid_from, REQUIRED),                                             \
        FIELD(struct unit_name, valid_until, OPTIONAL),                                            \
        FIELD(struct unit_name, withdrawn, OPTIONAL)
static const struct field name_body_fields[] = {NAME_FIELDS, FIELDS_END};
static const struct field name_fact_fields[] = {FIELD(struct unit_name, unit, REQUIRED),
                                                NAME_FIELDS, FIELDS_END};

static struct str when(struct plan *plan, struct instant at)
{
    char text[INSTANT_TEXT];
    instant_print(at, text);
    return arena_str(plan->arena, str_from(text));
}

static void plan_name(struct change *change, const void *fact)
{
    const struct unit_name *n = fact;
    CHANGE_REPLACES(change, S("unit_name"), n->unit, when(&change->plan, n->valid_from));
    change_concerns(change, S("unit"), n->unit, (struct str){0});
    CHANGE_SQL(change, &access_put_unit_name, V(n->unit), V(n->name), V(n->valid_from),
               V(n->valid_until), V(n->withdrawn));
}
const struct change_kind change_unit_name = {"unit_name", name_fact_fields,
                                             sizeof(struct unit_name), plan_name};

struct err *access_set_unit_name(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct unit unit;
    struct unit_name body = {.unit = http_param(&request->match, "unit")};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, name_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(change_check_span(body.valid_from, body.valid_until));
    TRY(need_unit(request, body.unit, &unit));
    reply->status = 204;
    return change_apply(request, &change, &change_unit_name, &body);
}

/* --- codes
 * ------------------------------------------------------------------------------------------ */

struct unit_code {
    struct str unit;
    struct str source_system;
    struct str code;
    struct instant valid_from;
    struct instant valid_until;
    bool withdrawn;
};
#define CODE_FIELDS                                                                                \
    FIELD(struct unit_code, source_system, REQUIRED, .min = 1, .max = 256),                        \
        FIELD(struct unit_code, code, REQUIRED, .min = 1, .max = 256),                             \
        FIELD(struct unit_code, valid_from, REQUIRED),                                             \
        FIELD(struct unit_code, valid_until, OPTIONAL),                                            \
        FIELD(struct unit_code, withdrawn, OPTIONAL)
static const struct field code_body_fields[] = {CODE_FIELDS, FIELDS_END};
static const struct field code_fact_fields[] = {FIELD(struct unit_code, unit, REQUIRED),
                                                CODE_FIELDS, FIELDS_END};

/* Who reads a record has counted the version of its code as delivered, and of what it means. */
static void plan_code(struct change *change, const void *fact)
{
    const struct unit_code *c = fact;
    CHANGE_REPLACES(change, S("unit_code"), c->source_system, c->code,
                    when(&change->plan, c->valid_from));
    change_concerns(change, S("unit"), c->code, c->unit);
    CHANGE_SQL(change, &access_put_unit_code, V(c->source_system), V(c->code), V(c->unit),
               V(c->valid_from), V(c->valid_until), V(c->withdrawn));
}
const struct change_kind change_unit_code = {"unit_code", code_fact_fields,
                                             sizeof(struct unit_code), plan_code};

/* A code of 1998 means a unit of 1998: what a unit of today may read of it is a succession's to
 * say, where the patient's block still counts. */
static struct err *check_code_in_unit(const struct unit_code *code, const struct unit *unit)
{
    if (instant_before(code->valid_from, unit->valid_from))
        return err_field(ERR_INVALID, "valid_from", "before the unit began");
    if (unit->valid_until.known &&
        (!code->valid_until.known || instant_before(unit->valid_until, code->valid_until)))
        return err_field(ERR_INVALID, "valid_until", "after the unit ended");
    return NULL;
}

static struct err *check_code_alone(struct request *request, const struct unit_code *code)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_code_overlap, code_fact_fields, struct unit_code, &rows,
         V(code->source_system), V(code->code), V(code->valid_from), V(code->valid_until));
    TRY(load_run(load));
    if (rows.count == 0)
        return NULL;
    return err_field(ERR_CONFLICT, "code", "it means unit %.*s then; end or withdraw that first",
                     STR_ARG(ROW(struct unit_code, rows, 0)->unit));
}

struct err *access_set_unit_code(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct unit unit;
    struct unit_code body = {.unit = http_param(&request->match, "unit")};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, code_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    TRY(change_check_span(body.valid_from, body.valid_until));
    TRY(need_unit(request, body.unit, &unit));
    if (!body.withdrawn) {
        TRY(check_code_in_unit(&body, &unit));
        TRY(check_code_alone(request, &body));
    }
    reply->status = 204;
    return change_apply(request, &change, &change_unit_code, &body);
}

/* --- what became of a unit
 * -------------------------------------------------------------------------- */

struct succession {
    struct uuid id;
    struct str unit;
    struct str successor;
    struct str kind;
    struct str decided_by;
    struct instant decided_at;
    bool covers_predecessors;
    struct instant valid_from;
    struct instant valid_until;
};
static const char *const kinds[] = {"merge", "split", "moved", "closed", NULL};
#define SUCCESSION_FIELDS                                                                          \
    FIELD(struct succession, unit, REQUIRED, .min = 1, .max = 64),                                 \
        FIELD(struct succession, successor, OPTIONAL, .min = 1, .max = 64),                        \
        FIELD(struct succession, kind, OPTIONAL, .one_of = kinds),                                 \
        FIELD(struct succession, decided_at, OPTIONAL),                                            \
        FIELD(struct succession, covers_predecessors, OPTIONAL),                                   \
        FIELD(struct succession, valid_from, REQUIRED),                                            \
        FIELD(struct succession, valid_until, OPTIONAL)
static const struct field succession_body_fields[] = {
    SUCCESSION_FIELDS, FIELD(struct succession, decided_by, REQUIRED, .min = 1, .max = 200),
    FIELDS_END};
static const struct field succession_fact_fields[] = {FIELD(struct succession, id, REQUIRED),
                                                      SUCCESSION_FIELDS, FIELDS_END};

const struct field succession_whole_fields[] = {
    FIELD(struct succession, id, REQUIRED), SUCCESSION_FIELDS,
    FIELD(struct succession, decided_by, OPTIONAL), FIELDS_END};

/* Who decided it may be a person's name, which the journal has not. */
static void plan_succession(struct change *change, const void *fact)
{
    const struct succession *s = fact;
    struct uuid_text id = uuid_text(s->id);
    CHANGE_REPLACES(change, S("succession"), str_from(id.text));
    change_concerns(change, S("unit"), s->unit, s->successor);
    CHANGE_SQL(change, &access_put_succession, V(s->id), V(s->unit), V(s->successor),
               V(s->kind.len > 0 ? s->kind : S("merge")), V(s->decided_by), V(s->decided_at),
               V(s->covers_predecessors), V(s->valid_from), V(s->valid_until));
}
const struct change_kind change_succession = {"succession", succession_fact_fields,
                                              sizeof(struct succession), plan_succession};

/* Across care providers nothing is read by succession (PDL 2:6): that takes shared documentation.
 * Where the register knows both units it says which kind this is. */
static struct err *check_providers(struct request *request, const struct succession *s)
{
    struct unit one, two;
    bool knows_one = false, knows_two = false;
    TRY(units_find(request, s->unit, &one, &knows_one));
    TRY(units_find(request, s->successor, &two, &knows_two));
    if (!knows_one || !knows_two)
        return NULL;
    bool moved = str_equal(s->kind, S("moved"));
    if (moved == !str_equal(one.care_provider, two.care_provider))
        return NULL;
    return err_field(ERR_INVALID, "kind", "%s",
                     moved ? "both units are of one care provider: that is no move"
                           : "the units are of different care providers: the unit has moved");
}

static struct err *check_succession(struct request *request, const struct succession *s)
{
    bool closed = str_equal(s->kind, S("closed"));
    TRY(change_check_span(s->valid_from, s->valid_until));
    if (closed != (s->successor.len == 0))
        return err_field(ERR_INVALID, "successor", closed ? "a closed unit has none" : "missing");
    if (str_equal(s->unit, s->successor))
        return err_field(ERR_INVALID, "successor", "the unit itself");
    if (s->covers_predecessors && (closed || str_equal(s->kind, S("moved"))))
        return err_field(ERR_INVALID, "covers_predecessors", "nothing is read by this kind");
    return closed ? NULL : check_providers(request, s);
}

/* A decision told again is the same one, with what is said of it now. */
static struct err *find_succession(struct request *request, struct succession *s)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_succession, id_fields, struct id_row, &rows, V(s->unit),
         V(s->successor), V(s->valid_from));
    TRY(load_run(load));
    s->id = rows.count > 0 ? ROW(struct id_row, rows, 0)->id : uuid_random();
    return NULL;
}

struct err *access_add_succession(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct succession body = {.kind = S("merge")};
    bool waits = false;
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, succession_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena,
                  &body));
    if (!body.decided_at.known)
        body.decided_at = body.valid_from;
    TRY(check_succession(request, &body));
    TRY(find_succession(request, &body));
    if (body.successor.len > 0)
        TRY(proposal_or_apply(request, reply, &change, &change_succession, &body, &waits));
    else
        TRY(change_apply(request, &change, &change_succession, &body));
    if (!waits)
        answer_made(request, reply, body.id);
    return NULL;
}

/* --- the register
 * ----------------------------------------------------------------------------------- */

struct told {
    struct instant told_at;
    struct str name;
    struct str care_unit;
    struct str care_provider;
    struct str care_provider_name;
    struct instant valid_from;
    struct instant valid_until;
};
static const struct field told_fields[] = {FIELD(struct told, told_at, REQUIRED),
                                           FIELD(struct told, name, REQUIRED),
                                           FIELD(struct told, care_unit, OPTIONAL),
                                           FIELD(struct told, care_provider, REQUIRED),
                                           FIELD(struct told, care_provider_name, REQUIRED),
                                           FIELD(struct told, valid_from, OPTIONAL),
                                           FIELD(struct told, valid_until, OPTIONAL),
                                           FIELDS_END};
static const struct field succession_shown_fields[] = {
    FIELD(struct succession, id, REQUIRED), SUCCESSION_FIELDS,
    FIELD(struct succession, decided_by, REQUIRED), FIELDS_END};

static void put_list(const char *name, const struct field *fields, size_t size,
                     const struct rows *rows, struct buf *out)
{
    buf_format(out, ",\"%s\":", name);
    json_write_list(fields, rows->at, size, rows->count, out);
}

struct err *access_get_unit(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct change as_administrator;
    struct unit unit;
    struct str id = http_param(&request->match, "unit");
    struct rows names = {0}, codes = {0}, successions = {0}, told = {0};
    TRY(change_begin_own(request, &as_administrator));
    TRY(need_unit(request, id, &unit));
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &access_select_unit_names, name_fact_fields, struct unit_name, &names, V(id));
    LOAD(load, &access_select_unit_codes, code_fact_fields, struct unit_code, &codes, V(id));
    LOAD(load, &access_select_unit_successions, succession_shown_fields, struct succession,
         &successions, V(id));
    LOAD(load, &access_select_unit_told, told_fields, struct told, &told, V(id));
    TRY(load_run(load));
    buf_put(request->out, S("{\"unit\":"));
    json_write(unit_fact_fields, &unit, request->out);
    put_list("names", name_fact_fields, sizeof(struct unit_name), &names, request->out);
    put_list("codes", code_fact_fields, sizeof(struct unit_code), &codes, request->out);
    put_list("successions", succession_shown_fields, sizeof(struct succession), &successions,
             request->out);
    put_list("directory", told_fields, sizeof(struct told), &told, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
