/* What the files of the server share. */
#pragma once

#include <microhttpd.h>
#include <pthread.h>

#include "base/buf.h"
#include "http/http.h"
#include "http/tls.h"

struct http_call {
    struct http_server *server;
    struct MHD_Connection *connection; /* NULL when the client is gone */
    enum http_method method;
    struct str path;
    struct buf body; /* the whole, or the piece in hand */
    size_t body_limit;
    const struct http_peer *peer; /* the connection's */
    bool queued;
    struct MHD_Response *response; /* set by the worker */
    int status;
    struct http_call *next;
    /* In pieces only: */
    enum http_arrival arrival;
    bool in_body;        /* the head is done with: what comes now is the body */
    uint64_t swallowed;  /* bytes of the body that nobody wanted */
    struct arena *arena; /* the worker's, for as long as the call lives */
    void *kept;
    void (*release)(void *kept);
};

struct call_queue {
    struct http_call *first;
    struct http_call **last;
    size_t count;
    pthread_cond_t waiting;
};

struct http_server {
    struct http_server_config config;
    struct MHD_Daemon *daemon;
    struct tls_trust *trust;
    struct str pem[3]; /* certificate, key, authorities: NUL-terminated copies */
    pthread_mutex_t lock;
    struct call_queue whole;
    struct call_queue pieces;
    bool stopping;
};

static inline bool call_in_pieces(const struct http_call *call)
{
    return call->body_limit == HTTP_IN_PIECES;
}

/* server.c. Puts the call, suspended, where a worker finds it. */
enum MHD_Result call_enqueue(struct http_call *call);
enum MHD_Result call_send(struct http_call *call);
void call_free(struct http_call *call);
/* Does the client wait for "100 Continue", or send so much that it is told at once? */
bool call_told_at_once(const struct http_call *call);
/* Answered before the body's end: what is left of it is dropped, up to a limit. */
enum MHD_Result call_swallow(struct http_call *call, size_t *upload_size);

/* pieces.c: the handler of a call whose body is taken in pieces, and what its end means. */
enum MHD_Result pieces_handle(struct http_call *call, const char *upload, size_t *upload_size);
void pieces_completed(struct http_call *call, enum MHD_RequestTerminationCode code);
