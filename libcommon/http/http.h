/* HTTP: libmicrohttpd and libcurl live behind this header and nowhere else.
 *
 * The server's own threads only move bytes. A complete request is suspended and put in a bounded
 * queue; a worker takes it (http_next), answers (http_answer), and the connection goes on. A full
 * queue is answered 503 with Retry-After at once. Bodies have a limit for each route, asked for
 * before the first byte is kept. */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHODS
};
const char *http_method_name(enum http_method method);

/* Who is at the other end, by certificate. Names are empty when no certificate was shown, or a
 * wrong one. */
struct http_peer {
    bool verified;       /* chain, validity, purpose and revocation are good */
    char name[128];      /* subject CN: "room-search", "system-region-a-vas" */
    char serial[64];     /* subject serialNumber: the HSA-id of a SITHS function certificate */
    struct sha256 print; /* SHA-256 of the certificate */
};

struct http_call; /* one request on its way */

enum http_method http_call_method(const struct http_call *call);
struct str http_call_path(const struct http_call *call); /* decoded, without the query */
struct str http_call_body(const struct http_call *call);
/* Absent when there is none. */
struct str http_call_header(const struct http_call *call, const char *name);
struct str http_call_query(const struct http_call *call, const char *name);
/* Is the path, each parameter of the query and each header of ours (R7-…) UTF-8 without NUL? */
bool http_call_is_text(const struct http_call *call);
const struct http_peer *http_call_peer(const struct http_call *call);

/* A body of any size is taken in pieces while it arrives (body_limit HTTP_IN_PIECES). Such a call
 * comes to a worker several times, perhaps each time to another: with its head, before the client
 * is asked for more; with each piece (http_call_body); at the end, with the last piece; or when the
 * client went away, with what had come. The worker answers, or lets it go on. */
enum http_arrival {
    HTTP_WHOLE,      /* not in pieces */
    HTTP_HEAD_CAME,  /* headers only */
    HTTP_PIECE_CAME, /* HTTP_PIECE bytes */
    HTTP_BODY_ENDED, /* up to HTTP_PIECE bytes; now an answer is due */
    HTTP_CLIENT_GONE /* up to HTTP_PIECE bytes; nobody hears the answer, which still ends the call,
                        and headers cannot be read any more */
};
enum { HTTP_PIECE = 1024 * 1024 };
#define HTTP_IN_PIECES SIZE_MAX

enum http_arrival http_call_arrival(const struct http_call *call);
/* Memory that lives as long as the call; at most 1 MiB. */
struct arena *http_call_arena(struct http_call *call);
/* What the worker must find again at the next arrival; `release` is called once, at the call's end.
 * A call that keeps nothing is not told of a client that went away. */
void http_call_keep(struct http_call *call, void *kept, void (*release)(void *kept));
void *http_call_kept(const struct http_call *call);
/* Instead of an answer, after the head and after each piece. */
void http_go_on(struct http_call *call);

/* Content that is made while it is sent. `read` returns bytes put into `out` (up to `size`), 0 at
 * the end, -1 to break the connection off so that nobody takes half for whole. `free` is always
 * called once. */
struct http_stream {
    int64_t (*read)(void *state, uint64_t offset, char *out, size_t size);
    void (*free)(void *state);
    void *state;
    int64_t size; /* -1 = not known: sent chunked */
};

enum { HTTP_REPLY_HEADERS = 8 };
struct http_reply {
    int status;
    const char *content_type;
    struct str body;           /* copied by http_answer */
    struct http_stream stream; /* instead of body when read is set */
    struct {
        const char *name;
        const char *value;
    } headers[HTTP_REPLY_HEADERS];
};

/* How an error of this call is told: fills the reply's status, content type and headers, and its
 * body.
 * `instance` names the request in the log; it is absent when the request never reached a worker. */
typedef void http_present_error(const struct http_call *call, const struct err *e,
                                struct str instance, struct http_reply *reply, struct buf *body);

struct http_server_config {
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0 = any; see http_server_port */
    int port_wait_ms;    /* one in use is tried for so long: who was killed may still be ending */
    /* PEM texts; without certificate the server speaks plain HTTP (admin port only). */
    struct str certificate;
    struct str key;
    struct str client_ca;              /* asks for client certificates signed by these */
    struct str client_crl;             /* revoked ones, may be absent */
    size_t queue;                      /* waiting requests at most */
    http_present_error *present_error; /* NULL: problem JSON */
    /* How large a body may be for this request, or HTTP_IN_PIECES. */
    size_t (*body_limit)(void *state, enum http_method method, struct str path);
    void *state;
};

struct http_server;
/* TRANSIENT when the port is another's. */
MUST_USE struct err *http_server_start(const struct http_server_config *config,
                                       struct http_server **out);
uint16_t http_server_port(const struct http_server *server);
/* Other authorities and revoked certificates from the next request on, also on connections that are
 * open. With an error the server trusts as before. */
MUST_USE struct err *http_server_trust(struct http_server *server, struct str client_ca,
                                       struct str client_crl);
/* Stops accepting, answers 503 to what waits, ends. */
void http_server_stop(struct http_server *server);
/* The next request; NULL after `ms` without one, or when the server stops. */
struct http_call *http_next(struct http_server *server, int ms);
/* The next arrival of a call in pieces; these have a queue of their own. */
struct http_call *http_next_piece(struct http_server *server, int ms);
void http_answer(struct http_call *call, const struct http_reply *reply);
/* The public part of the error, as RFC 9457 problem JSON or as the server's present_error has it.
 * `instance` names the request in the log. */
void http_answer_problem(struct http_call *call, const struct err *e, struct str instance);
void problem_write(const struct err *e, struct str instance, struct buf *out);
http_present_error problem_present;

/* --- routes
 * ----------------------------------------------------------------------------------------- */
enum { HTTP_PARAMS = 5 };
struct http_match {
    const char *pattern;
    struct str names[HTTP_PARAMS];
    struct str values[HTTP_PARAMS];
    size_t count;
};
/* Does the path match "/packages/{package}/files"? A parameter is one non-empty segment. "*"
 * matches every path. */
bool http_path_match(const char *pattern, struct str path, struct http_match *out);
struct str http_param(const struct http_match *match, const char *name);

/* --- client
 * ----------------------------------------------------------------------------------------- */
struct http_client;
/* Signs each question with AWS Signature Version 4, as object stores want it: for http_receive. */
struct http_signer {
    struct str region; /* absent: nothing is signed */
    struct str access_key;
    struct str secret_key;
};
struct http_client_config {
    struct str ca; /* PEM files */
    struct str certificate;
    struct str key;
    int timeout_ms;
    struct http_signer signer; /* its addresses may be personal: they stand in no error */
};
struct http_client *http_client_new(const struct http_client_config *config);
void http_client_free(struct http_client *client);

struct http_answer_in {
    int status;
    struct str body; /* in the arena */
    struct str content_type;
};
/* `headers` ends with NULL; each "Name: value". A body over `limit` is TOO_LARGE; no answer is
 * TRANSIENT. Any status is success: the caller judges it. */
MUST_USE struct err *http_fetch(struct http_client *client, enum http_method method, struct str url,
                                const char *const *headers, struct str body, size_t limit,
                                struct arena *arena, struct http_answer_in *out);
/* A header of the last answer, until the client asks again; absent when there is none. */
struct str http_client_header(const struct http_client *client, const char *name);
/* As http_fetch, but the answer's bytes go to the descriptor. */
MUST_USE struct err *http_download(struct http_client *client, struct str url,
                                   const char *const *headers, struct str body, int descriptor,
                                   struct arena *arena, struct http_answer_in *out);

/* Who gets an answer's bytes as they come. An error of either ends the answer, and is returned. */
struct http_taker {
    /* The head of a success came (http_client_header); before its first byte. */
    struct err *(*begin)(void *state, int status);
    struct err *(*take)(void *state, struct str bytes);
    /* No more is waited for: asked at least once a second, also when nothing comes. */
    bool (*is_over)(void *state);
    void *state;
};
/* GET; the bytes of a success go to the taker, the body of any other status, up to `limit`, to
 * `out`. However many, as long as they move. TRANSIENT when they end too soon, or it is over; what
 * came was taken.
 */
MUST_USE struct err *http_receive(struct http_client *client, struct str url,
                                  const char *const *headers, const struct http_taker *taker,
                                  size_t limit, struct arena *arena, struct http_answer_in *out);

/* Bytes of a file that are sent while they are read. */
struct http_file {
    int descriptor;  /* can be read at any place: a connection that breaks may be tried again */
    uint64_t offset; /* where they begin */
    uint64_t bytes;
    /* Told of what was read, and where; again when it is read again. NULL: nobody wants to know. */
    void (*passed)(void *state, uint64_t offset, struct str bytes);
    void *state;
};
/* As http_fetch with these bytes as the body, however many; the server is asked before the first
 * one leaves, and no clock runs while any move. CORRUPT when the file cannot be read so far. */
MUST_USE struct err *http_upload(struct http_client *client, enum http_method method,
                                 struct str url, const char *const *headers,
                                 const struct http_file *file, size_t limit, struct arena *arena,
                                 struct http_answer_in *out);
