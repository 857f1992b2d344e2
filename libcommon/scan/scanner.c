/* A session with clamd. */
#include "scan/scan.h"

#include "base/base.h"
#include "base/clock.h"
#include "scan/answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct scanner {
    const struct scan_server *server;
    int socket;   /* -1: no session */
    bool passing; /* the file is larger than clamd takes: nothing of it is sent */
    bool early;   /* clamd has answered before the end: nothing more of it is sent */
    char answer[SCAN_ANSWER];
};

/* --- the address
 * ------------------------------------------------------------------------------------------ */

union address {
    struct sockaddr any;
    struct sockaddr_un path;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
};

/* Names are not looked up: that is another server that may be away. 0: it is no address. */
static socklen_t read_ip(struct str text, union address *out)
{
    char host[INET6_ADDRSTRLEN] = "";
    uint64_t port = 0;
    const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
    if (colon == NULL)
        return 0;
    struct str ip = str_slice(text, 0, (size_t)(colon - text.ptr));
    bool six = str_starts(ip, S("[")) && str_ends(ip, S("]"));
    if (six)
        ip = str_slice(ip, 1, ip.len - 1);
    if (ip.len >= sizeof host || memchr(ip.ptr, '\0', ip.len) != NULL ||
        !str_to_u64(str_slice(text, (size_t)(colon - text.ptr) + 1, text.len), UINT16_MAX, &port))
        return 0;
    memcpy(host, ip.ptr, ip.len);
    *out = (union address){0};
    if (six) {
        out->ip6.sin6_family = AF_INET6;
        out->ip6.sin6_port = htons((uint16_t)port);
        return inet_pton(AF_INET6, host, &out->ip6.sin6_addr) == 1 ? sizeof out->ip6 : 0;
    }
    out->ip4.sin_family = AF_INET;
    out->ip4.sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &out->ip4.sin_addr) == 1 ? sizeof out->ip4 : 0;
}

static socklen_t read_address(struct str text, union address *out)
{
    if (!str_starts(text, S("/")))
        return read_ip(text, out);
    if (text.len >= sizeof out->path.sun_path)
        return 0;
    *out = (union address){.path.sun_family = AF_UNIX};
    memcpy(out->path.sun_path, text.ptr, text.len);
    return sizeof out->path;
}

struct err *scan_server_check(const struct scan_server *server)
{
    union address address;
    return read_address(server->address, &address) > 0
               ? NULL
               : err_new(ERR_INVALID, "\"%.*s\" is neither the path of a socket nor IP:PORT",
                         STR_ARG(server->address));
}

/* --- the session
 * ------------------------------------------------------------------------------------------- */

static void end_session(struct scanner *s)
{
    if (s->socket >= 0)
        close(s->socket);
    s->socket = -1;
}

static struct err *away(struct scanner *s, const char *tried)
{
    const char *why =
        errno == EAGAIN || errno == EINPROGRESS ? "it takes too long" : strerrordesc_np(errno);
    end_session(s);
    return err_private(err_rule(ERR_TRANSIENT, "scanner_away", "the virus scanner does not answer"),
                       "could not %s clamd at %.*s: %s", tried, STR_ARG(s->server->address), why);
}

static bool set_timeouts(int socket, time_t send, time_t receive)
{
    const struct timeval sending = {.tv_sec = send};
    const struct timeval receiving = {.tv_sec = receive};
    return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof sending) == 0 &&
           setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &receiving, sizeof receiving) == 0;
}

/* SO_SNDTIMEO also bounds connect(2). */
static bool connect_now(struct scanner *s)
{
    union address address = {0};
    socklen_t length = read_address(s->server->address, &address);
    s->socket = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return s->socket >= 0 && set_timeouts(s->socket, SCAN_CONNECT_S, SCAN_ANSWER_S) &&
           connect(s->socket, &address.any, length) == 0 &&
           set_timeouts(s->socket, SCAN_TRANSFER_S, SCAN_ANSWER_S);
}

static bool send_all(struct scanner *s, const void *bytes, size_t length, int more)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = send(s->socket, at, length, MSG_NOSIGNAL | more);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Clamd ends a session that was silent for long (IdleTimeout), between two files of ours. */
static bool is_ended(const struct scanner *s)
{
    struct pollfd look = {.fd = s->socket, .events = POLLIN};
    return poll(&look, 1, 0) != 0; /* there is nothing that clamd could have to say */
}

static struct err *begin_session(struct scanner *s)
{
    if (s->socket >= 0 && is_ended(s))
        end_session(s);
    if (s->socket >= 0)
        return NULL;
    if (!connect_now(s))
        return away(s, "reach");
    return send_all(s, "zIDSESSION", sizeof "zIDSESSION", MSG_MORE) ? NULL
                                                                    : away(s, "begin a session of");
}

/* --- a file
 * ------------------------------------------------------------------------------------------------
 */

struct err *scanner_begin(struct scanner *s, uint64_t length)
{
    s->early = false;
    s->passing = length > s->server->stream_max;
    if (s->passing)
        return NULL;
    TRY(begin_session(s));
    return send_all(s, "zINSTREAM", sizeof "zINSTREAM", MSG_MORE) ? NULL : away(s, "ask");
}

/* Each piece has its length in front, big-endian; none ends the stream. */
static bool send_piece(struct scanner *s, struct str bytes)
{
    uint8_t length[4];
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (uint8_t)(bytes.len >> (8 * (sizeof length - 1 - i)));
    return send_all(s, length, sizeof length, bytes.len > 0 ? MSG_MORE : 0) &&
           send_all(s, bytes.ptr, bytes.len, 0);
}

struct err *scanner_add(struct scanner *s, struct str bytes)
{
    assert(bytes.len <= SCAN_PIECE);
    if (s->passing || s->early || bytes.len == 0 || send_piece(s, bytes))
        return NULL;
    if (errno != EPIPE && errno != ECONNRESET)
        return away(s, "send to");
    s->early = true; /* it has said why, or it is gone: scanner_end sees which */
    return NULL;
}

/* To the NUL behind it. */
static struct err *receive(struct scanner *s, struct str *out)
{
    for (size_t length = 0; length < sizeof s->answer;) {
        ssize_t got = recv(s->socket, s->answer + length, sizeof s->answer - length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = ECONNRESET;
        if (got <= 0)
            return away(s, "hear from");
        length += (size_t)got;
        if (s->answer[length - 1] == '\0') {
            *out = (struct str){s->answer, length - 1};
            return NULL;
        }
    }
    errno = EMSGSIZE;
    return away(s, "understand");
}

static struct err *take_answer(struct scanner *s, struct scan_result *out)
{
    struct str answer = {0};
    TRY(receive(s, &answer));
    switch (answer_read(answer, out)) {
    case ANSWER_RESULT:
        return NULL;
    case ANSWER_LAST:
        end_session(s);
        return NULL;
    case ANSWER_TROUBLE:
        end_session(s);
        return err_private(err_rule(ERR_TRANSIENT, "scanner_away", "the virus scanner has trouble"),
                           "clamd says: %.*s", STR_ARG(answer));
    case ANSWER_FOREIGN:
        break;
    }
    errno = EPROTO;
    return away(s, "understand");
}

struct err *scanner_end(struct scanner *s, struct scan_result *out)
{
    if (s->passing) {
        *out = (struct scan_result){SCAN_NOT_SCANNED, S("larger than what the scanner takes")};
        return NULL;
    }
    if (!s->early && !send_piece(s, S("")) && errno != EPIPE && errno != ECONNRESET)
        return away(s, "send to");
    return take_answer(s, out);
}

/* --- life
 * ------------------------------------------------------------------------------------------------
 */

struct scanner *scanner_new(const struct scan_server *server)
{
    struct scanner *s = must_calloc(1, sizeof *s);
    s->server = server;
    s->socket = -1;
    return s;
}

void scanner_free(struct scanner *s)
{
    if (s == NULL)
        return;
    end_session(s);
    free(s);
}

void scanner_drop(struct scanner **s)
{
    scanner_free(*s);
    *s = NULL;
}
