/* The server. A call goes through four hands: MHD's thread collects it, a queue holds it, a worker
 * answers it, MHD's thread sends the answer. Only the queues are shared, under one lock. */
#include "base/base.h"
#include "http/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <time.h>

enum {
    SERVER_THREADS = 2,
    IDLE_SECONDS = 60,
    CONNECTIONS = 1000,
    STREAM_BLOCK = 64 * 1024,
    PROBLEM_LIMIT = 64 * 1024
};

enum http_method http_call_method(const struct http_call *call)
{
    return call->method;
}

struct str http_call_path(const struct http_call *call)
{
    return call->path;
}

struct str http_call_body(const struct http_call *call)
{
    return buf_str(&call->body);
}

const struct http_peer *http_call_peer(const struct http_call *call)
{
    return call->peer;
}

static struct str lookup(const struct http_call *call, enum MHD_ValueKind kind, const char *name)
{
    const char *value = NULL;
    size_t length = 0;
    if (MHD_lookup_connection_value_n(call->connection, kind, name, strlen(name), &value,
                                      &length) != MHD_YES)
        return (struct str){0};
    return (struct str){value != NULL ? value : "", length};
}

struct str http_call_header(const struct http_call *call, const char *name)
{
    return lookup(call, MHD_HEADER_KIND, name);
}

struct str http_call_query(const struct http_call *call, const char *name)
{
    return lookup(call, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result is_text(void *state, enum MHD_ValueKind kind, const char *name,
                               size_t name_length, const char *value, size_t length)
{
    bool *all = state;
    bool ours = kind == MHD_GET_ARGUMENT_KIND || strncasecmp(name, "R7-", 3) == 0;
    *all = *all && (!ours || (str_is_utf8((struct str){name, name_length}) &&
                              str_is_utf8((struct str){value, value != NULL ? length : 0})));
    return *all ? MHD_YES : MHD_NO;
}

bool http_call_is_text(const struct http_call *call)
{
    bool all = str_is_utf8(call->path);
    if (all)
        MHD_get_connection_values_n(call->connection, MHD_GET_ARGUMENT_KIND, is_text, &all);
    if (all)
        MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, is_text, &all);
    return all;
}

static bool parse_method(const char *text, enum http_method *out)
{
    for (size_t i = 0; i < HTTP_METHODS; i++) {
        if (strcmp(text, http_method_name((enum http_method)i)) != 0)
            continue;
        *out = (enum http_method)i;
        return true;
    }
    return false;
}

/* A connection's peer, judged at its first request, when the handshake is over, and again when
 * another edition of the trust is in force: a revoked certificate ends with its next request. */
struct connection {
    unsigned edition; /* by which it was judged; 0: not yet */
    struct http_peer peer;
};

static struct http_peer *peer_of(const struct http_server *server,
                                 struct MHD_Connection *connection)
{
    struct connection *kept =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    const union MHD_ConnectionInfo *tls =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (server->trust == NULL || tls == NULL || kept->edition == tls_trust_edition(server->trust))
        return &kept->peer;
    kept->edition = tls_trust_edition(server->trust);
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(tls->tls_session, &count);
    struct str der[10];
    for (unsigned i = 0; i < count && i < COUNT(der); i++)
        der[i] = (struct str){(const char *)chain[i].data, chain[i].size};
    tls_judge(server->trust, der, count, &kept->peer);
    return &kept->peer;
}

static void connection_event(void *state, struct MHD_Connection *connection, void **socket_context,
                             enum MHD_ConnectionNotificationCode code)
{
    (void)state, (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = must_calloc(1, sizeof(struct connection));
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        free(*socket_context);
        *socket_context = NULL;
    }
}

void call_free(struct http_call *call)
{
    if (call->release != NULL)
        call->release(call->kept);
    arena_free(call->arena);
    if (call->response != NULL)
        MHD_destroy_response(call->response);
    buf_free(&call->body);
    free((void *)(uintptr_t)call->path.ptr);
    free(call);
}

static void completed(void *state, struct MHD_Connection *connection, void **request_context,
                      enum MHD_RequestTerminationCode code)
{
    (void)state, (void)connection;
    struct http_call *call = *request_context;
    *request_context = NULL;
    if (call != NULL && call_in_pieces(call))
        pieces_completed(call, code);
    else if (call != NULL)
        call_free(call);
}

enum MHD_Result call_send(struct http_call *call)
{
    return MHD_queue_response(call->connection, (unsigned)call->status, call->response);
}

static enum MHD_Result refuse(struct http_call *call, struct err *e)
{
    http_answer_problem(call, e, (struct str){0});
    return call_send(call);
}

/* What is read and dropped so that a client that is still sending hears why it was refused: an
 * answer on a connection that is then closed may be lost. */
enum { SWALLOW = 16 * 1024 * 1024 };

bool call_told_at_once(const struct http_call *call)
{
    int64_t length = 0;
    struct str announced = http_call_header(call, "Content-Length");
    return http_call_header(call, "Expect").ptr != NULL || announced.ptr == NULL ||
           !str_to_i64(announced, 0, SWALLOW, &length);
}

enum MHD_Result call_swallow(struct http_call *call, size_t *upload_size)
{
    call->swallowed += *upload_size;
    *upload_size = 0;
    return call->swallowed <= SWALLOW ? MHD_YES : MHD_NO;
}

static struct err *too_large(const struct http_call *call)
{
    return err_new(ERR_TOO_LARGE, "the body is over %zu bytes", call->body_limit);
}

/* Where calls of this kind wait. What has begun to be taken in is never turned away. */
static bool has_room(const struct http_server *server, const struct http_call *call)
{
    const struct call_queue *queue = call_in_pieces(call) ? &server->pieces : &server->whole;
    return !server->stopping && (call->queued || queue->count < server->config.queue);
}

enum MHD_Result call_enqueue(struct http_call *call)
{
    struct http_server *server = call->server;
    struct call_queue *queue = call_in_pieces(call) ? &server->pieces : &server->whole;
    pthread_mutex_lock(&server->lock);
    bool room = has_room(server, call);
    if (room) {
        if (call->connection != NULL)
            MHD_suspend_connection(call->connection);
        call->queued = true;
        call->next = NULL;
        *queue->last = call;
        queue->last = &call->next;
        queue->count++;
        pthread_cond_signal(&queue->waiting);
    }
    pthread_mutex_unlock(&server->lock);
    if (room)
        return MHD_YES;
    return call->connection != NULL && !call->in_body
               ? refuse(call, err_new(ERR_BUSY, "too many requests are waiting"))
               : MHD_NO;
}

static struct http_call *call_new(struct http_server *server, struct MHD_Connection *connection,
                                  const char *url, enum http_method method)
{
    struct http_call *call = must_calloc(1, sizeof *call);
    struct str path = str_from(url);
    char *copy = must_calloc(path.len + 1, 1);
    memcpy(copy, path.ptr, path.len);
    *call = (struct http_call){.server = server,
                               .connection = connection,
                               .method = method,
                               .path = {copy, path.len},
                               .peer = peer_of(server, connection)};
    call->body_limit = server->config.body_limit(server->config.state, method, call->path);
    call->body = buf_new(call_in_pieces(call) ? HTTP_PIECE : call->body_limit);
    return call;
}

static enum MHD_Result handle(void *state, struct MHD_Connection *connection, const char *url,
                              const char *method_text, const char *version, const char *upload,
                              size_t *upload_size, void **request_context)
{
    (void)version;
    struct http_server *server = state;
    struct http_call *call = *request_context;
    if (call == NULL) {
        enum http_method method = HTTP_GET;
        bool known = parse_method(method_text, &method);
        call = call_new(server, connection, url, method);
        *request_context = call;
        if (!known)
            return refuse(call, err_new(ERR_METHOD, "the method is not used here"));
        if (call_in_pieces(call))
            return pieces_handle(call, upload, upload_size);
        int64_t announced = 0;
        struct str length = http_call_header(call, "Content-Length");
        bool known_length = length.ptr == NULL || str_to_i64(length, 0, INT64_MAX, &announced);
        if (!known_length || ((uint64_t)announced > call->body_limit && call_told_at_once(call)))
            return refuse(call, too_large(call));
        return MHD_YES;
    }
    if (call_in_pieces(call))
        return pieces_handle(call, upload, upload_size);
    if (*upload_size > 0) {
        buf_put(&call->body, (struct str){upload, *upload_size});
        if (call->body.failed)
            return call_swallow(call, upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (call->response != NULL)
        return call_send(call);
    if (call->body.failed)
        return refuse(call, too_large(call));
    return call_enqueue(call);
}

static struct str keep_text(struct str text)
{
    char *copy = must_calloc(text.len + 1, 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return (struct str){copy, text.len};
}

static struct err *start_daemon(struct http_server *server)
{
    const struct http_server_config *config = &server->config;
    bool tls = config->certificate.len > 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(config->port)};
    if (inet_pton(AF_INET, config->address, &address.sin_addr) != 1)
        return err_new(ERR_INVALID, "%s is no IPv4 address", config->address);
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)server->pem[0].ptr},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)server->pem[1].ptr},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "SECURE256:+SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {server->pem[2].len > 0 ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
         (void *)(uintptr_t)server->pem[2].ptr},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem no_options[] = {{MHD_OPTION_END, 0, NULL}};
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0U),
        config->port, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)SERVER_THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_NOTIFY_CONNECTION, connection_event, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        completed, NULL, MHD_OPTION_ARRAY, tls ? tls_options : no_options, MHD_OPTION_END);
    if (server->daemon == NULL)
        return err_errno(ERR_TRANSIENT, "could not listen on %s port %u", config->address,
                         config->port);
    return NULL;
}

/* Two never share a port: who comes second waits for it. */
static struct err *listen_in_turn(struct http_server *server)
{
    const struct timespec moment = {.tv_nsec = 50 * 1000 * 1000};
    int64_t until = clock_monotonic_us() + server->config.port_wait_ms * INT64_C(1000);
    struct err *e = start_daemon(server);
    while (e != NULL && err_class(e) == ERR_CLASS_TRANSIENT && clock_monotonic_us() < until) {
        nanosleep(&moment, NULL);
        e = start_daemon(server);
    }
    return e;
}

static void queue_init(struct call_queue *queue)
{
    pthread_condattr_t clock;
    queue->last = &queue->first;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->waiting, &clock);
    pthread_condattr_destroy(&clock);
}

struct err *http_server_start(const struct http_server_config *config, struct http_server **out)
{
    struct http_server *server = must_calloc(1, sizeof *server);
    server->config = *config;
    pthread_mutex_init(&server->lock, NULL);
    queue_init(&server->whole);
    queue_init(&server->pieces);
    const struct str pem[] = {config->certificate, config->key, config->client_ca};
    for (size_t i = 0; i < COUNT(pem); i++)
        server->pem[i] = keep_text(pem[i]);
    struct err *e = config->client_ca.len > 0
                        ? tls_trust_new(config->client_ca, config->client_crl, &server->trust)
                        : NULL;
    if (e == NULL)
        e = listen_in_turn(server);
    if (e != NULL) {
        http_server_stop(server);
        return e;
    }
    *out = server;
    return NULL;
}

struct err *http_server_trust(struct http_server *server, struct str client_ca,
                              struct str client_crl)
{
    return server->trust != NULL ? tls_trust_change(server->trust, client_ca, client_crl) : NULL;
}

uint16_t http_server_port(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL)
        return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->whole.waiting);
    pthread_cond_broadcast(&server->pieces.waiting);
    pthread_mutex_unlock(&server->lock);
    for (struct http_call *call = NULL;
         (call = http_next(server, 0)) != NULL || (call = http_next_piece(server, 0)) != NULL;)
        http_answer_problem(call, err_new(ERR_BUSY, "the service is stopping"), (struct str){0});
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    tls_trust_free(server->trust);
    for (size_t i = 0; i < COUNT(server->pem); i++)
        free((void *)(uintptr_t)server->pem[i].ptr);
    pthread_cond_destroy(&server->whole.waiting);
    pthread_cond_destroy(&server->pieces.waiting);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

static struct timespec deadline_in(int ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

static struct http_call *next_of(struct http_server *server, struct call_queue *queue, int ms)
{
    const struct timespec until = deadline_in(ms);
    pthread_mutex_lock(&server->lock);
    while (queue->first == NULL && !server->stopping &&
           pthread_cond_timedwait(&queue->waiting, &server->lock, &until) != ETIMEDOUT)
        continue;
    struct http_call *call = queue->first;
    if (call != NULL) {
        queue->first = call->next;
        queue->count--;
        if (queue->first == NULL)
            queue->last = &queue->first;
    }
    pthread_mutex_unlock(&server->lock);
    return call;
}

struct http_call *http_next(struct http_server *server, int ms)
{
    return next_of(server, &server->whole, ms);
}

struct http_call *http_next_piece(struct http_server *server, int ms)
{
    return next_of(server, &server->pieces, ms);
}

static ssize_t stream_read(void *state, uint64_t offset, char *out, size_t size)
{
    const struct http_stream *stream = state;
    int64_t got = stream->read(stream->state, offset, out, size);
    if (got < 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    return got == 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)got;
}

static void stream_free(void *state)
{
    struct http_stream *stream = state;
    if (stream->free != NULL)
        stream->free(stream->state);
    free(stream);
}

static struct MHD_Response *response_of(const struct http_reply *reply)
{
    if (reply->stream.read == NULL)
        return MHD_create_response_from_buffer(reply->body.len, (void *)(uintptr_t)reply->body.ptr,
                                               MHD_RESPMEM_MUST_COPY);
    struct http_stream *stream = must_calloc(1, sizeof *stream);
    *stream = reply->stream;
    uint64_t size = stream->size >= 0 ? (uint64_t)stream->size : MHD_SIZE_UNKNOWN;
    return MHD_create_response_from_callback(size, STREAM_BLOCK, stream_read, stream, stream_free);
}

void http_answer(struct http_call *call, const struct http_reply *reply)
{
    struct MHD_Response *response = response_of(reply);
    if (response == NULL)
        abort();
    if (reply->content_type != NULL)
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    for (size_t i = 0; i < HTTP_REPLY_HEADERS && reply->headers[i].name != NULL; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    call->status = reply->status;
    call->response = response;
    if (call->connection == NULL)
        call_free(call);
    else if (call->queued)
        MHD_resume_connection(call->connection);
}

void http_answer_problem(struct http_call *call, const struct err *e, struct str instance)
{
    http_present_error *present = call->server->config.present_error;
    autobuf struct buf body = buf_new(PROBLEM_LIMIT);
    struct http_reply reply = {0};
    (present != NULL ? present : problem_present)(call, e, instance, &reply, &body);
    reply.body = buf_str(&body);
    http_answer(call, &reply);
}
