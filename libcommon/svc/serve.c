/* HTTP workers: take a request, find its route, know the caller, answer. Routes and callers are
 * tables; what a caller may see is decided by the room (permission_decide), never here. */
#include "base/fault.h"
#include "svc/internal.h"

enum {
    NEXT_MS = 200,
    REPLY_LIMIT = 64 * 1024 * 1024,
    TOKEN_KEYS_US = 60 * 1000000,
    TOKEN_KEYS_AGAIN_US = 1000000
};

struct principal {
    int32_t tenant;
    struct str kind;
    struct str name;
};

static const struct field principal_fields[] = {
    FIELD(struct principal, tenant, OPTIONAL), FIELD(struct principal, kind, REQUIRED),
    FIELD(struct principal, name, REQUIRED), FIELDS_END};

struct err *request_rows(struct request *request, const struct sql *sql, const struct field *fields,
                         size_t row_size, struct rows *out, struct values values)
{
    struct load *load = load_new(request->db, request->tenant, request->arena);
    load_rows(load, sql, fields, row_size, out, values);
    return load_run(load);
}

static const struct route *find_route(const struct svc *svc, const struct http_call *call,
                                      struct http_match *match, struct err **out_refusal)
{
    bool other_method = false;
    for (const struct route *r = svc->routes; r->operation != NULL; r++) {
        if (!http_path_match(r->path, http_call_path(call), match))
            continue;
        if (r->method == http_call_method(call))
            return r;
        other_method = true;
    }
    *out_refusal = other_method ? err_new(ERR_METHOD, "the address takes other methods")
                                : err_new(ERR_NOT_FOUND, "there is no such address");
    return NULL;
}

size_t serve_body_limit(void *state, enum http_method method, struct str path)
{
    const struct service *service = state;
    struct http_match match;
    for (const struct route *r = service->house.svc->routes; r->operation != NULL; r++)
        if (r->method == method && http_path_match(r->path, path, &match))
            return r->body_limit;
    return 0;
}

/* --- callers
 * ---------------------------------------------------------------------------------------- */

static struct err *find_principal(struct request *request, struct str subject, const char *kind,
                                  struct principal *out)
{
    struct rows rows = {0};
    struct load *load = load_new(request->db, 0, request->arena);
    LOAD(load, &svc_principal, principal_fields, struct principal, &rows, V(subject));
    TRY(load_run(load));
    if (rows.count == 0 || !str_equal(ROW(struct principal, rows, 0)->kind, str_from(kind)))
        return err_new(ERR_UNAUTHENTICATED, "the certificate is not known here");
    *out = *ROW(struct principal, rows, 0);
    return NULL;
}

/* The issuer's public keys: asked for once a minute, and at once when a token names a key that is
 * new. */
static struct err *fetch_token_keys(struct worker *worker)
{
    struct str text = {0};
    struct jws_keys *keys = NULL;
    TRY(worker_ask(worker, worker->service->house.config.access_url, "/jwks", (struct str){0},
                   worker->arena, &text));
    TRY(jws_keys_read(text, JWS_ES256, &keys));
    jws_keys_free(worker->token_keys);
    worker->token_keys = keys;
    worker->token_keys_at = clock_monotonic_us();
    worker->token_seen = (struct jws_seen){0};
    return NULL;
}

static struct err *know_person(struct request *request)
{
    struct worker *worker = request->worker;
    static const struct str issuer = {TOKEN_ISSUER, sizeof TOKEN_ISSUER - 1};
    const struct token_expected expected = {.issuers = {&issuer, 1}, .audience = S(TOKEN_AUDIENCE)};
    struct str header = http_call_header(request->call, "Authorization");
    if (!str_starts(header, S("Bearer ")))
        return err_new(ERR_UNAUTHENTICATED, "a bearer token is needed: r7 login");
    struct str text = str_trim(str_slice(header, 7, header.len));
    if (worker->token_keys == NULL || clock_monotonic_us() - worker->token_keys_at > TOKEN_KEYS_US)
        TRY(fetch_token_keys(worker));
    bool unknown_key = false;
    struct err *e =
        token_verify(worker->token_keys, text, &expected, request->now, &worker->token_seen,
                     request->arena, &request->token, &unknown_key);
    if (e != NULL && unknown_key &&
        clock_monotonic_us() - worker->token_keys_at > TOKEN_KEYS_AGAIN_US) {
        TRY(fetch_token_keys(worker));
        e = token_verify(worker->token_keys, text, &expected, request->now, &worker->token_seen,
                         request->arena, &request->token, &unknown_key);
    }
    request->tenant = request->token.tenant;
    return e;
}

static struct err *know_caller(struct request *request, enum caller caller)
{
    const struct http_peer *peer = request->peer;
    struct principal principal = {0};
    switch (caller) {
    case CALLER_ANYONE:
        return NULL;
    case CALLER_PERSON:
        return know_person(request);
    case CALLER_ROOM:
        return peer->verified && str_starts(str_from(peer->name), S("room-"))
                   ? NULL
                   : err_new(ERR_UNAUTHENTICATED, "only rooms of the house may ask this");
    case CALLER_SYSTEM:
        if (!peer->verified)
            return err_new(ERR_UNAUTHENTICATED, "a source system's certificate is needed");
        TRY(find_principal(request, str_from(peer->name), "system", &principal));
        request->tenant = principal.tenant;
        request->system = principal.name;
        return NULL;
    case CALLER_PLATFORM:
        if (!peer->verified)
            return err_new(ERR_UNAUTHENTICATED, "a national service's certificate is needed");
        return find_principal(request, str_from(peer->serial), "national_service", &principal);
    }
    return ERR_BUG_AT("a caller of no kind");
}

/* --- one request
 * ------------------------------------------------------------------------------------ */

static void log_answer(const struct request *request, const struct route *route,
                       const struct err *e, int64_t us)
{
    const char *operation = route != NULL ? route->operation : "none";
    if (e == NULL)
        log_debug("answered", kv("operation", operation), kv("request", request->id), kv("us", us));
    else if (err_class(e) == ERR_CLASS_BUG || err_class(e) == ERR_CLASS_TRANSIENT)
        log_error("could not answer", e, kv("operation", operation), kv("request", request->id));
    else
        log_line(LOG_INFO, "refused", e,
                 LOG_PAIRS(kv("operation", operation), kv("request", request->id)));
}

static struct err *answer(struct request *request, const struct route **out_route,
                          struct http_reply *reply)
{
    struct err *refusal = NULL;
    *out_route = find_route(request->house->svc, request->call, &request->match, &refusal);
    if (*out_route == NULL)
        return refusal;
    if (!http_call_is_text(request->call))
        return err_new(ERR_INVALID, "the address or a header is no UTF-8 text");
    TRY(worker_open(request->worker));
    request->db = worker_db(request->worker);
    request->now = worker_now(request->worker);
    if (http_call_arrival(request->call) <= HTTP_HEAD_CAME)
        TRY(know_caller(request, (*out_route)->caller));
    return (*out_route)->answer(request, reply);
}

/* Whoever has no trace yet begins one with the request's own id. */
static void begin_trace(struct request *request, char begun[33])
{
    if (http_call_arrival(request->call) <= HTTP_HEAD_CAME)
        request->trace = trace_of(http_call_header(request->call, "traceparent"));
    if (request->trace.len == 0) {
        hex_encode(request->id.bytes, sizeof request->id.bytes, begun);
        request->trace = (struct str){begun, 32};
    }
    log_context(request->trace, (struct uuid){0});
}

static void serve(struct worker *worker, struct http_call *call)
{
    int64_t start = clock_monotonic_us();
    autobuf struct buf out = buf_new(REPLY_LIMIT);
    const struct route *route = NULL;
    struct request request = {.house = &worker->service->house,
                              .worker = worker,
                              .arena = worker->arena,
                              .call = call,
                              .body = http_call_body(call),
                              .peer = http_call_peer(call),
                              .id = uuid_random(),
                              .out = &out};
    char begun[33];
    begin_trace(&request, begun);
    bool in_pieces = http_call_arrival(call) != HTTP_WHOLE;
    struct http_reply reply = {.status = in_pieces ? 0 : 200, .content_type = "application/json"};
    struct err *e = answer(&request, &route, &reply);
    if (worker->db != NULL)
        db_rollback(worker->db);
    if (e == NULL && reply.status == 0) {
        http_go_on(call);
        return;
    }
    if (e == NULL && reply.body.ptr == NULL && reply.stream.read == NULL) {
        e = buf_done(&out, "the answer");
        reply.body = buf_str(&out);
    }
    METRIC_ADD(worker->service, requests, 1);
    METRIC_ADD(worker->service, refused, e != NULL);
    METRIC_ADD(worker->service, request_us, clock_monotonic_us() - start);
    log_answer(&request, route, e, clock_monotonic_us() - start);
    if (e == NULL)
        http_answer(call, &reply);
    else
        http_answer_problem(call, e, str_from(uuid_text(request.id).text));
}

static void *serve_calls(struct service *service,
                         struct http_call *(*next)(struct http_server *server, int ms))
{
    struct worker worker = {.service = service};
    while (!atomic_load(&service->stopping)) {
        struct err *e = worker_open(&worker);
        if (e == NULL && !worker.ready)
            atomic_fetch_add(&service->threads_ready, 1), worker.ready = true;
        struct http_call *call = next(service->http, NEXT_MS);
        if (call != NULL && worker.arena != NULL)
            serve(&worker, call);
        else if (call != NULL)
            http_answer_problem(call, e, (struct str){0});
        if (worker.arena != NULL)
            worker_end_unit(&worker);
    }
    worker_close(&worker);
    return NULL;
}

void *serve_thread(void *state)
{
    return serve_calls(state, http_next);
}

void *serve_pieces_thread(void *state)
{
    return serve_calls(state, http_next_piece);
}
