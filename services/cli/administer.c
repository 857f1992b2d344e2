/* r7 tenant, system, user, administer: what administrators tell room access. */
#include "remote.h"
#include "text/json.h"
#include "topics.h"

enum { LIST_MAX = 10000 };

static struct err *need_add(int argc, char **argv)
{
    return argc > 1 && str_equal(str_from(argv[1]), S("add")) ? NULL : cli_usage_error("add?");
}

static struct err *file_argument(int argc, char **argv, struct arena *arena, struct str *out)
{
    static const struct cli_option none[] = {CLI_OPTIONS_END};
    const char *path = NULL;
    TRY(cli_arguments(argc, argv, none, 1, &path));
    return remote_read_file(path, arena, out);
}

static struct err *tell(enum http_method method, struct str path, const struct field *fields,
                        const void *value, struct arena *arena, struct str *out)
{
    autobuf struct buf body = buf_new((size_t)1 << 20);
    json_write(fields, value, &body);
    TRY(buf_done(&body, "the request"));
    return remote_ask(REMOTE_PERSON, "ACCESS", method, path, buf_str(&body), arena, out);
}

/* --- source systems
 * --------------------------------------------------------------------------------- */

struct system {
    struct str name;
    struct str logical_address;
    bool processor_agreement;
};
static const struct field system_fields[] = {
    FIELD(struct system, name, REQUIRED), FIELD(struct system, logical_address, OPTIONAL),
    FIELD(struct system, processor_agreement, OPTIONAL), FIELDS_END};

struct principal {
    struct str kind;
    struct str tenant;
    struct str name;
};
static const struct field principal_fields[] = {
    FIELD(struct principal, kind, REQUIRED), FIELD(struct principal, tenant, REQUIRED),
    FIELD(struct principal, name, REQUIRED), FIELDS_END};

struct address {
    struct str tenant;
    bool processor_agreement;
};
static const struct field address_fields[] = {FIELD(struct address, tenant, REQUIRED),
                                              FIELD(struct address, processor_agreement, REQUIRED),
                                              FIELDS_END};

/* Topics first: who is let in finds them there. Each step again changes nothing. */
static struct err *add_system(struct str tenant, const struct system *system, struct arena *arena)
{
    struct bus_config kafka;
    struct str ignored = {0};
    const struct principal principal = {S("system"), tenant, system->name};
    const struct address address = {tenant, system->processor_agreement};
    TRY(kafka_administrator(&kafka));
    TRY(topics_make_system(&kafka, tenant, system->name, arena));
    TRY(tell(
        HTTP_PUT,
        arena_format(arena, "/principals/system-%.*s-%.*s", STR_ARG(tenant), STR_ARG(system->name)),
        principal_fields, &principal, arena, &ignored));
    if (system->logical_address.len > 0)
        TRY(tell(HTTP_PUT,
                 arena_format(arena, "/logical-addresses/%.*s", STR_ARG(system->logical_address)),
                 address_fields, &address, arena, &ignored));
    printf("system-%.*s-%.*s is let in, with deliveries.%.*s.%.*s and receipts.%.*s.%.*s\n",
           STR_ARG(tenant), STR_ARG(system->name), STR_ARG(tenant), STR_ARG(system->name),
           STR_ARG(tenant), STR_ARG(system->name));
    return NULL;
}

struct err *system_command(int argc, char **argv)
{
    const char *names[2] = {NULL, NULL};
    const char *address = NULL;
    bool agreement = cli_take_flag(&argc, argv, "--processor-agreement");
    const struct cli_option options[] = {{.name = "--logical-address", .value = &address},
                                         CLI_OPTIONS_END};
    autoarena struct arena *arena = arena_new((size_t)32 << 20);
    TRY(need_add(argc, argv));
    TRY(cli_arguments(argc - 1, argv + 1, options, 2, names));
    const struct system system = {str_from(names[1]), str_from(address), agreement};
    return add_system(str_from(names[0]), &system, arena);
}

/* --- regions
 * ---------------------------------------------------------------------------------------- */

struct tenant {
    struct str name;
    struct str title;
    struct json_text administrator;
    struct json_text second; /* administrator */
    struct json_text systems;
    struct json_text provisioners;
};
static const struct field tenant_file_fields[] = {
    FIELD(struct tenant, name, REQUIRED),
    FIELD(struct tenant, title, REQUIRED),
    FIELD(struct tenant, administrator, REQUIRED),
    FIELD_NAMED(struct tenant, second, "second_administrator", OPTIONAL),
    FIELD(struct tenant, systems, OPTIONAL),
    FIELD(struct tenant, provisioners, OPTIONAL),
    FIELDS_END};
static const struct field tenant_request_fields[] = {
    FIELD(struct tenant, name, REQUIRED), FIELD(struct tenant, title, REQUIRED),
    FIELD(struct tenant, administrator, REQUIRED),
    FIELD_NAMED(struct tenant, second, "second_administrator", OPTIONAL), FIELDS_END};

/* The region's directory, by the common name of its certificate (SCIM). */
struct provisioner {
    struct str name;
    struct str certificate;
};
static const struct field provisioner_fields[] = {FIELD(struct provisioner, name, REQUIRED),
                                                  FIELD(struct provisioner, certificate, REQUIRED),
                                                  FIELDS_END};

static struct err *add_provisioners(const struct tenant *tenant, struct arena *arena)
{
    void *items = NULL;
    size_t count = 0;
    if (tenant->provisioners.text.len == 0)
        return NULL;
    TRY(json_read_list(tenant->provisioners.text, provisioner_fields, sizeof(struct provisioner),
                       LIST_MAX, JSON_REFUSE_UNKNOWN, "provisioners", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct provisioner *p = (const struct provisioner *)items + i;
        const struct principal principal = {S("provisioner"), tenant->name, p->name};
        struct str ignored = {0};
        TRY(tell(HTTP_PUT, arena_format(arena, "/principals/%.*s", STR_ARG(p->certificate)),
                 principal_fields, &principal, arena, &ignored));
        printf("%.*s is let in to bring users and groups\n", STR_ARG(p->certificate));
    }
    return NULL;
}

static struct err *add_tenant(const struct tenant *tenant, struct arena *arena)
{
    struct str answer = {0};
    struct err *e = tell(HTTP_POST, S("/tenants"), tenant_request_fields, tenant, arena, &answer);
    if (e != NULL && e->code != ERR_CONFLICT)
        return e;
    printf("%.*s %s\n", STR_ARG(tenant->name), e == NULL ? "is connected" : "was connected before");
    return NULL;
}

struct err *tenant_command(int argc, char **argv)
{
    autoarena struct arena *arena = arena_new((size_t)32 << 20);
    struct tenant tenant = {0};
    struct str text = {0};
    void *systems = NULL;
    size_t count = 0;
    TRY(need_add(argc, argv));
    TRY(file_argument(argc - 1, argv + 1, arena, &text));
    TRY(json_read(text, tenant_file_fields, JSON_REFUSE_UNKNOWN, "", arena, &tenant));
    if (tenant.systems.text.len > 0)
        TRY(json_read_list(tenant.systems.text, system_fields, sizeof(struct system), LIST_MAX,
                           JSON_REFUSE_UNKNOWN, "systems", arena, &systems, &count));
    TRY(add_tenant(&tenant, arena));
    for (size_t i = 0; i < count; i++)
        TRY(add_system(tenant.name, (const struct system *)systems + i, arena));
    return add_provisioners(&tenant, arena);
}

/* --- users
 * ------------------------------------------------------------------------------------------ */

/* Passed on as they stand: room access judges them. */
struct user {
    struct str login;
    struct str name;
    struct str password;
    struct str hsa_id;
    struct json_text assignments;
};
#define USER_FIELDS                                                                                \
    FIELD(struct user, login, REQUIRED), FIELD(struct user, name, REQUIRED),                       \
        FIELD(struct user, password, REQUIRED), FIELD(struct user, hsa_id, OPTIONAL)
static const struct field user_request_fields[] = {USER_FIELDS, FIELDS_END};
static const struct field user_file_fields[] = {
    USER_FIELDS, FIELD(struct user, assignments, REQUIRED), FIELDS_END};

struct assignment {
    struct str role;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
    struct strs information_types;
    struct str analysis;
    struct str valid_from;
    struct str valid_until;
};
static const struct field assignment_fields[] = {
    FIELD(struct assignment, role, REQUIRED),
    FIELD(struct assignment, unit, OPTIONAL),
    FIELD(struct assignment, care_unit, OPTIONAL),
    FIELD(struct assignment, care_provider, OPTIONAL),
    FIELD(struct assignment, purposes, REQUIRED),
    FIELD(struct assignment, information_types, REQUIRED),
    FIELD(struct assignment, analysis, OPTIONAL),
    FIELD(struct assignment, valid_from, OPTIONAL),
    FIELD(struct assignment, valid_until, OPTIONAL),
    FIELDS_END};

struct made {
    struct str id;
};
static const struct field made_fields[] = {FIELD(struct made, id, REQUIRED), FIELDS_END};

struct err *user_command(int argc, char **argv)
{
    autoarena struct arena *arena = arena_new((size_t)32 << 20);
    struct user user = {0};
    struct made made = {0};
    struct str text = {0};
    struct str answer = {0};
    void *assignments = NULL;
    size_t count = 0;
    size_t waiting = 0;
    if (argc > 1 && str_equal(str_from(argv[1]), S("import")))
        return user_import(argc - 1, argv + 1);
    TRY(need_add(argc, argv));
    TRY(file_argument(argc - 1, argv + 1, arena, &text));
    TRY(json_read(text, user_file_fields, JSON_REFUSE_UNKNOWN, "", arena, &user));
    TRY(json_read_list(user.assignments.text, assignment_fields, sizeof(struct assignment),
                       LIST_MAX, JSON_REFUSE_UNKNOWN, "assignments", arena, &assignments, &count));
    TRY(tell(HTTP_POST, S("/users"), user_request_fields, &user, arena, &answer));
    TRY(json_read(answer, made_fields, JSON_IGNORE_UNKNOWN, "", arena, &made));
    struct str path = arena_format(arena, "/users/%.*s/assignments", STR_ARG(made.id));
    for (size_t i = 0; i < count; i++) {
        struct str proposal = {0};
        TRY(tell(HTTP_POST, path, assignment_fields, (const struct assignment *)assignments + i,
                 arena, &answer));
        TRY(json_member(answer, "proposal", arena, &proposal));
        waiting += proposal.ptr != NULL;
    }
    printf("user %.*s, %zu assignment%s\n", STR_ARG(made.id), count - waiting,
           count - waiting == 1 ? "" : "s");
    if (waiting > 0)
        printf("%zu more when another administrator approves: r7 proposals\n", waiting);
    return NULL;
}

/* --- lists of changes
 * ------------------------------------------------------------------------------- */

struct change {
    struct str method;
    struct str path;
    struct json_text body;
};
static const char *const methods[] = {"POST", "PUT", "DELETE", NULL};
static const struct field change_fields[] = {
    FIELD(struct change, method, REQUIRED, .one_of = methods),
    FIELD(struct change, path, REQUIRED, .min = 1), FIELD(struct change, body, OPTIONAL),
    FIELDS_END};

static struct err *send_change(const struct change *change, struct arena *arena)
{
    static const enum http_method numbers[] = {HTTP_POST, HTTP_PUT, HTTP_DELETE};
    struct str ignored = {0};
    size_t method = 0;
    while (!str_equal(change->method, str_from(methods[method])))
        method++;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): the method is one of them (one_of) */
    return remote_ask(REMOTE_PERSON, "ACCESS", numbers[method], change->path, change->body.text,
                      arena, &ignored);
}

struct err *administer_command(int argc, char **argv)
{
    autoarena struct arena *arena = arena_new((size_t)512 << 20);
    struct str text = {0};
    void *items = NULL;
    size_t count = 0;
    TRY(file_argument(argc, argv, arena, &text));
    TRY(json_read_list(text, change_fields, sizeof(struct change), LIST_MAX, JSON_REFUSE_UNKNOWN,
                       "", arena, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct change *change = (const struct change *)items + i;
        TRY(err_wrap(send_change(change, arena), "change %zu, %.*s %.*s", i + 1,
                     STR_ARG(change->method), STR_ARG(change->path)));
    }
    printf("%zu changes\n", count);
    return NULL;
}
