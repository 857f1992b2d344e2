/* POST /packages/{package}/export: the delivered bytes as they came, to an archivist, with a
 * reason and a row in the log. */
#include "base/log.h"
#include "services/search/room.h"
#include "svc/package.h"
#include "text/json.h"

struct package_row {
    struct uuid id;
    int64_t bytes;
    struct sha256 sha256;
    int64_t records;
    struct str information_type;
    struct str care_provider;
    bool test;
};
static const struct field package_fields[] = {FIELD(struct package_row, id, REQUIRED),
                                              FIELD(struct package_row, bytes, REQUIRED),
                                              FIELD(struct package_row, sha256, REQUIRED),
                                              FIELD(struct package_row, records, REQUIRED),
                                              FIELD(struct package_row, information_type, REQUIRED),
                                              FIELD(struct package_row, care_provider, REQUIRED),
                                              FIELD(struct package_row, test, OPTIONAL),
                                              FIELDS_END};

struct export_body {
    struct str reason;
    struct str purpose;
    struct str request_number;
};
static const struct field export_fields[] = {
    FIELD(struct export_body, reason, REQUIRED, .min = 1, .max = 1000),
    FIELD(struct export_body, purpose, OPTIONAL, .one_of = permission_purposes),
    FIELD(struct export_body, request_number, OPTIONAL, .max = 128), FIELDS_END};

struct exporting {
    struct disclosing d;
    struct uuid package;
    struct package_row row;
};

/* The package as a whole: about no one person, and of every unit that is in it. Handover to the
 * final archive is by record and has its own rules; a package that waits for it is intermediate. */
static struct permission decide_export(const struct request *request, const struct exporting *x)
{
    const struct permission_resource resource = {
        .tenant = request->tenant,
        .information = permission_word(permission_informations, x->d.type->information),
        .information_type = x->d.type->name,
        .care_provider = x->row.care_provider,
        .openly_linked = true,
        .stage = S("intermediate"),
        .status = S("signed"),
        .test = x->row.test};
    return permission_decide(&x->d.subject.permission, &resource, &x->d.intent,
                             &x->d.facts.permission);
}

static struct err *attempt_export(struct request *request, struct batch *log, void *state)
{
    static const enum permission_role archivist[] = {ROLE_ARCHIVIST};
    struct exporting *x = state;
    struct export_body body = {0};
    struct rows rows = {0};
    x->d.facts = FACTS_AT(request->now);
    TRY(subject_load(request, &x->d.subject));
    TRY(subject_need_role(request, &x->d.subject, archivist, COUNT(archivist)));
    TRY(json_read(request->body, export_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &body));
    x->d.intent = (struct permission_intent){
        .action = ACTION_EXPORTED, .reason = body.reason, .request_number = body.request_number};
    TRY(purpose_read(body.purpose, &x->d.subject, &x->d.intent.purpose));
    TRY(request_rows(request, &search_select_package, package_fields, sizeof(struct package_row),
                     &rows, VALUES(V(x->package))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such package");
    x->row = *ROW(struct package_row, rows, 0);
    TRY(search_type(request->house, x->row.information_type, &x->d.type, &x->d.shown));
    struct permission permission = decide_export(request, x);
    if (permission.outcome != PERMISSION_ALLOW)
        return decide_refusal(&permission);
    struct str what = arena_format(request->arena, "{\"type\":\"%.*s\",\"package\":\"%s\"}",
                                   STR_ARG(x->d.type->name), uuid_text(x->package).text);
    const struct disclosure told = {.action = ACTION_EXPORTED,
                                    .records = x->row.records,
                                    .what = what,
                                    .permission = &permission};
    disclose_log(request, log, &x->d, &told);
    return NULL;
}

struct streaming {
    struct package_part *part;
    struct uuid request;
};

static int64_t stream_read(void *state, uint64_t offset, char *out, size_t size)
{
    struct streaming *s = state;
    struct source source = package_part_source(s->part);
    uint64_t left = offset < source.size ? source.size - offset : 0;
    size_t piece = left < size ? (size_t)left : size;
    struct err *e = source_read(&source, offset, out, piece);
    if (e == NULL)
        return (int64_t)piece;
    log_error("could not export a package to its end", e, kv("request", s->request));
    err_reset();
    return -1;
}

static void stream_free(void *state)
{
    struct streaming *s = state;
    package_part_free(s->part);
    free(s);
}

/* Digest: RFC 3230, so that whoever saved the bytes can tell that they are all there. */
static void describe(struct request *request, const struct package_row *row,
                     struct http_reply *reply)
{
    autobuf struct buf digest = buf_new(128);
    buf_put(&digest, S("SHA-256="));
    buf_base64(&digest, (struct str){(const char *)row->sha256.bytes, sizeof row->sha256.bytes});
    reply->content_type = "application/octet-stream";
    reply->headers[0].name = "Digest";
    reply->headers[0].value = arena_cstr(request->arena, buf_str(&digest));
    reply->headers[1].name = "Content-Disposition";
    reply->headers[1].value =
        arena_format(request->arena, "attachment; filename=\"%s\"", uuid_text(row->id).text).ptr;
}

struct err *search_export(struct request *request, struct http_reply *reply)
{
    struct exporting x = {0};
    struct package_part *part = NULL;
    char first = 0;
    if (!uuid_parse(http_param(&request->match, "package"), &x.package))
        return err_new(ERR_NOT_FOUND, "there is no such package");
    TRY(disclose(request, attempt_export, &x));
    const struct package_reading reading = {request->worker, request->arena, request->tenant,
                                            "export"};
    TRY(package_fetch_all(&reading, x.package, &part));
    /* What cannot be read is an error now, and not a broken answer later. */
    struct source source = package_part_source(part);
    struct err *e = source.size > 0 ? source_read(&source, 0, &first, 1) : NULL;
    if (e != NULL) {
        package_part_free(part);
        return e;
    }
    describe(request, &x.row, reply);
    struct streaming *streaming = must_calloc(1, sizeof *streaming);
    *streaming = (struct streaming){part, request->id};
    reply->stream = (struct http_stream){stream_read, stream_free, streaming, (int64_t)source.size};
    return NULL;
}
