/* For permission.sh: the cases of permission_decide as rows of a database and as questions to room
 * search, so that the rooms are asked what the function was asked.
 *
 *   permission_rows QUESTIONS LEFT-OUT PACKAGE TEST-PACKAGE
 *       prints SQL; writes the questions, a line each (case, assignment, record, day, purpose,
 *       action, choice, reason, request number, outcome, reasons, obligations; tabs between), and
 *       the cases that no row can say
 *
 * Every case has its own person, user, units and providers: names have the case's number before
 * them. */
#include "tests/unit/permission_cases.h"

#include "domain/person.h"
#include "domain/record.h"

static const char *when(struct instant at)
{
    static char text[4][INSTANT_TEXT + 2];
    static size_t next;
    char plain[INSTANT_TEXT];
    char *out = text[next++ % COUNT(text)];
    instant_print(at, plain);
    snprintf(out, INSTANT_TEXT + 2, at.known ? "'%s'" : "null", plain);
    return out;
}

/* 'c17-NAME', or null. */
static const char *own(size_t number, struct str name)
{
    static char text[8][80];
    static size_t next;
    char *out = text[next++ % COUNT(text)];
    if (name.len == 0)
        return "null";
    snprintf(out, sizeof *text, "'c%zu-%.*s'", number, STR_ARG(name));
    return out;
}

static const char *id(size_t number, const char *what)
{
    static char text[8][UUID_TEXT + 1];
    static size_t next;
    char *out = text[next++ % COUNT(text)];
    char digits[32];
    snprintf(digits, sizeof digits, "%zu", number);
    snprintf(out, sizeof *text, "%s", uuid_text(UUID_FROM(str_from(what), str_from(digits))).text);
    return out;
}

static const char *block_id(size_t number, struct uuid block)
{
    char what[UUID_TEXT + 1];
    snprintf(what, sizeof what, "%s", uuid_text(block).text);
    return id(number, what);
}

static const char *lifted_block(size_t number, struct uuid block)
{
    static char text[UUID_TEXT + 3];
    if (uuid_is_nil(block))
        return "null";
    snprintf(text, sizeof text, "'%s'", block_id(number, block));
    return text;
}

static bool is_one_of(const char *const *words, struct str word)
{
    return permission_word(words, word) != 0;
}

/* Why the rooms cannot be asked; NULL when they can. */
static const char *unsayable(const struct inputs *in)
{
    static const char *const types[] = {"care", "registry", "finance", "personnel", NULL};
    if (in->subject.kind != SUBJECT_PERSON)
        return "no person asks";
    if (in->subject.tenant != 1 || in->resource.tenant != 1)
        return "another region's rows are not there at all";
    if (!in->facts.now.known)
        return "the rooms have the time";
    if (in->subject.assignment.role == ROLE_NOT_KNOWN || !in->subject.active.from.known ||
        !in->subject.assignment.valid.from.known)
        return "a user and an assignment are whole";
    if (in->subject.assignment.purposes == 0 || in->subject.assignment.information_types.count == 0)
        return "an assignment is for something";
    if (in->subject.assignment.reach != REACH_NOT_STATED)
        return "how far a session reaches is said when it begins, and asked of nobody else's";
    if (!is_one_of(types, in->resource.information_type) ||
        permission_word(permission_informations, in->resource.information_type) !=
            in->resource.information)
        return "a record has a type, which says what law it lives under";
    if (!is_one_of(record_stages, in->resource.stage) ||
        !is_one_of(record_statuses, in->resource.status))
        return "a record has a stage and a status";
    if (in->resource.has_person && in->resource.protection == PROTECTION_NOT_KNOWN)
        return "the rooms ask for all that is known of a person";
    if (!in->resource.openly_linked)
        return "a record that is asked for by its key is found over no link";
    if (in->resource.protection_until.known)
        return "until when a person is known not to be protected is told by the time now";
    if (in->resource.blocks_known.until.known)
        return "until when blocks are known is told by the time now";
    if (in->intent.purpose == PURPOSE_NOT_KNOWN || in->intent.action == ACTION_NOT_KNOWN)
        return "a question has a purpose and an action";
    if (in->intent.action > ACTION_EXPORTED)
        return "nobody asks why an access may be judged";
    for (size_t i = 0; i < in->facts.block_count; i++)
        if (in->blocks[i].outer && in->blocks[i].care_unit.len > 0)
            return "an outer block names no unit";
    return NULL;
}

static void print_array(struct strs words)
{
    printf("'{");
    for (size_t i = 0; i < words.count; i++)
        printf("%s%.*s", i > 0 ? "," : "", STR_ARG(words.at[i]));
    printf("}'");
}

static void print_purposes(unsigned set)
{
    const char *comma = "";
    printf("'{");
    for (unsigned i = 0; permission_purposes[i] != NULL; i++)
        if ((set >> (i + 1) & 1U) != 0) {
            printf("%s%s", comma, permission_purposes[i]);
            comma = ",";
        }
    printf("}'");
}

static void print_subject(size_t n, const struct permission_subject *s)
{
    const struct permission_assignment *a = &s->assignment;
    if (a->analysis.from.known) /* none in force is none */
        printf("insert into access.analysis (tenant, id, title, units, purposes, information_types,"
               " decided_by, taken_over, valid_from, valid_until)"
               " values (1, 'c%zu', 'x', '{}', '{}', '{}', 'x', true, %s, %s);\n",
               n, when(a->analysis.from), when(a->analysis.until));
    printf("insert into access.\"user\" (id, tenant, login, name, active_from, active_until)"
           " values ('%s', 1, 'case-%zu', 'case %zu', %s, %s);\n",
           id(n, "user"), n, n, when(s->active.from), when(s->active.until));
    printf("insert into access.assignment (id, tenant, \"user\", role, unit, care_unit,"
           " care_provider, purposes, information_types, analysis, valid_from, valid_until)"
           " values ('%s', 1, '%s', '%s', %s, %s, %s, ",
           id(n, "assignment"), id(n, "user"), permission_roles[a->role - 1], own(n, a->unit),
           own(n, a->care_unit), own(n, a->care_provider));
    print_purposes(a->purposes);
    printf(", ");
    print_array(a->information_types);
    if (a->analysis.from.known)
        printf(", 'c%zu'", n);
    else
        printf(", null");
    printf(", %s, %s);\n", when(a->valid.from), when(a->valid.until));
}

static void print_resource(size_t n, const struct permission_resource *r, const char *package)
{
    const char *person = r->has_person ? id(n, "person") : package;
    struct str category = r->category.len > 0 ? r->category : S("voo");
    struct str delivered = r->unit_as_delivered.len > 0 ? r->unit_as_delivered : r->unit;
    printf("insert into indexing.record (shard, package, person, part, number, tenant, type,"
           " category, status, stage, hold, restricted, occurred_at, care_provider,"
           " responsible_authority, care_unit, unit, unit_id, archive_creator, source_system,"
           " source_id, title, content_hmac) values (('x' || substr('%.8s', 1, 4))::bit(16)::int >>"
           " 6, '%s', '%s', 0, %zu, 1, '%.*s', '%.*s', '%.*s', '%.*s', %s, %s, %s, %s, %s, %s, %s,"
           " %s, 'Region', 'system-%zu', 'case-%zu', 'case', '%s');\n",
           person, package, person, n, STR_ARG(r->information_type), STR_ARG(category),
           STR_ARG(r->status), STR_ARG(r->stage), r->hold ? "true" : "false",
           r->restricted ? "true" : "false", when(r->occurred_at), own(n, r->care_provider),
           own(n, r->care_provider), own(n, r->care_unit), own(n, r->unit), own(n, delivered), n, n,
           id(n, "hmac"));
    if (r->blocks_known.from.known)
        printf("insert into access.block_source (tenant, system, complete, decided_by, decided_at)"
               " values (1, 'system-%zu', true, 'x', now());\n",
               n);
    if (r->protection == PROTECTION_PROTECTED)
        printf("insert into access.person_fact (tenant, person, protection, deceased, source,"
               " since) values (1, '%s', 'protected', false, 'x', now());\n"
               "insert into access.person_fact_was (tenant, person, since, protection)"
               " values (1, '%s', '2000-01-01', 'protected');\n",
               person, person);
    if (r->protected_unit)
        printf("insert into access.unit (tenant, id, name, care_provider, is_protected, valid_from)"
               " values (1, %s, 'x', 'x', true, '2000-01-01');\n"
               "insert into access.unit_protection (tenant, unit, since, is_protected)"
               " values (1, %s, '2000-01-01', true);\n",
               own(n, r->unit), own(n, r->unit));
}

static void print_spans(size_t n, const char *table, const char *columns, const char *values,
                        struct permission_spans spans)
{
    for (size_t i = 0; i < spans.count; i++)
        if (spans.at[i].from.known) /* a fact has a beginning, and none in force without */
            printf(
                "insert into access.%s (id, tenant, person, %s, valid_from, valid_until) values"
                " (gen_random_uuid(), 1, '%s', %s, %s, coalesce(%s::timestamptz, '2100-01-01'));\n",
                table, columns, id(n, "person"), values, when(spans.at[i].from),
                when(spans.at[i].until));
}

static void print_facts(size_t n, const struct inputs *in)
{
    const struct permission_facts *f = &in->facts;
    const struct permission_assignment *a = &in->subject.assignment;
    char values[200];
    for (size_t i = 0; i < f->block_count; i++) {
        const struct permission_block *b = &in->blocks[i];
        if (!b->valid.from.known)
            continue;
        printf("insert into access.block (id, tenant, person, is_outer, care_provider,"
               " care_unit, records_from, records_until, valid_from, valid_until, excluded)"
               " values ('%s', 1, '%s', %s, %s, %s, %s, %s, %s, %s, ",
               block_id(n, b->id), id(n, "person"), b->outer ? "true" : "false",
               own(n, b->care_provider), own(n, b->care_unit), when(b->records_from),
               when(b->records_until), when(b->valid.from), when(b->valid.until));
        print_array(b->excluded);
        printf(");\n");
    }
    for (size_t i = 0; i < f->lift_count; i++) {
        const struct permission_lift *l = &in->lifts[i];
        if (l->valid.from.known && l->care_provider.len > 0)
            printf("insert into access.block_lift (id, tenant, person, is_outer, care_provider,"
                   " care_unit, for_unit, for_provider, block, ground, recorded_by, valid_from,"
                   " valid_until) values (gen_random_uuid(), 1, '%s', %s, %s, %s, %s, %s, %s,"
                   " 'consent', '%s', %s, coalesce(%s::timestamptz, '2100-01-01'));\n",
                   id(n, "person"), l->outer ? "true" : "false", own(n, l->care_provider),
                   own(n, l->care_unit), own(n, a->care_unit),
                   uuid_is_nil(l->block) ? own(n, a->care_provider) : "null",
                   lifted_block(n, l->block), id(n, "user"), when(l->valid.from),
                   when(l->valid.until));
    }
    for (size_t i = 0; i < f->predecessor_count; i++) {
        const struct permission_succession *p = &in->predecessors[i];
        struct str unit = p->unit.len > 0 ? p->unit : p->care_unit;
        if (p->valid.from.known && unit.len > 0)
            printf("insert into access.succession (id, tenant, unit, successor, decided_by,"
                   " valid_from, valid_until) values (gen_random_uuid(), 1, %s, %s, 'x', %s,"
                   " %s);\n",
                   own(n, unit), own(n, a->unit), when(p->valid.from), when(p->valid.until));
    }
    for (size_t i = 0; i < f->agreement_count; i++) {
        const struct permission_agreement *g = &in->agreements[i];
        printf("insert into access.provider_agreement (id, tenant, care_provider, other_provider,"
               " reference, decided_by, valid_from, valid_until) values (gen_random_uuid(), 1, %s,"
               " %s, 'x', 'x', %s, %s);\n",
               own(n, a->care_provider), own(n, g->care_provider), when(g->valid.from),
               when(g->valid.until));
    }
    if (a->care_provider.len > 0) {
        snprintf(values, sizeof values, "%s, '%s'", own(n, a->care_provider), id(n, "user"));
        print_spans(n, "care_relation", "care_provider, recorded_by", values, f->relation);
        print_spans(n, "consent", "care_provider, recorded_by", values, f->consent);
    }
    snprintf(values, sizeof values, "'%s', '%s', 'x'", id(n, "user"), id(n, "assignment"));
    print_spans(n, "emergency", "\"user\", assignment, reason", values, f->emergency);
}

static int shard_of(const char *person)
{
    struct uuid id = {0};
    return uuid_parse(str_from(person), &id) ? (int)person_shard(id) : -1;
}

static void print_question(FILE *out, size_t n, const struct row *row, const char *package)
{
    const struct permission_intent *i = &row->inputs.intent;
    const char *person = row->inputs.resource.has_person ? id(n, "person") : package;
    char on[INSTANT_TEXT];
    instant_print(row->inputs.facts.now, on);
    fprintf(out, "%.*s\t%s\t%s-%d-0-%zu\t%s\t%s\t%s\t%s\t%.*s\t%.*s\t%.*s\t%.*s\t%.*s\n",
            STR_ARG(row->name), id(n, "assignment"), package, shard_of(person), n, on,
            permission_purposes[i->purpose - 1], permission_actions[i->action - 1],
            i->other_units ? "true" : "false", STR_ARG(i->reason), STR_ARG(i->request_number),
            STR_ARG(row->outcome), STR_ARG(row->reasons), STR_ARG(row->obligations));
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    FILE *questions = fopen(argv[1], "w");
    FILE *left_out = fopen(argv[2], "w");
    if (questions == NULL || left_out == NULL || read_table(NULL) != 0)
        return 1;
    printf("begin;\n");
    for (size_t n = 0; n < row_count; n++) {
        const char *package = rows[n].inputs.resource.test ? argv[4] : argv[3];
        const char *why = unsayable(&rows[n].inputs);
        if (why != NULL) {
            fprintf(left_out, "%.*s: %s\n", STR_ARG(rows[n].name), why);
            continue;
        }
        print_subject(n, &rows[n].inputs.subject);
        print_resource(n, &rows[n].inputs.resource, package);
        print_facts(n, &rows[n].inputs);
        print_question(questions, n, &rows[n], package);
    }
    printf("commit;\n");
    return fclose(questions) != 0 || fclose(left_out) != 0 || drop_table(NULL) != 0;
}
