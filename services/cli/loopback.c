/* The port that an identity provider's answer comes to. */
#include "login.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 16 * 1024, WAIT_US = 300 * 1000000, READ_SECONDS = 5 };

struct loopback {
    int socket;
};

struct err *loopback_open(struct loopback **out, int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    autoclose int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening < 0 || bind(listening, (const struct sockaddr *)&address, size) != 0 ||
        listen(listening, 4) != 0 ||
        getsockname(listening, (struct sockaddr *)&address, &size) != 0)
        return err_errno(ERR_TRANSIENT, "could not listen at 127.0.0.1");
    struct loopback *loopback = must_calloc(1, sizeof *loopback);
    loopback->socket = TAKE_FD(listening);
    *out_port = ntohs(address.sin_port);
    *out = loopback;
    return NULL;
}

void loopback_close(struct loopback *loopback)
{
    if (loopback == NULL)
        return;
    close(loopback->socket);
    free(loopback);
}

/* --- one request
 * ------------------------------------------------------------------------------------ */

/* Of a query: %XX and '+' undone. False for a '%' without two digits. */
static bool decode(struct str text, struct arena *arena, struct str *out)
{
    char *decoded = arena_alloc(arena, text.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i] == '+' ? ' ' : (uint8_t)text.ptr[i];
        if (text.ptr[i] == '%') {
            if (!hex_decode(str_slice(text, i + 1, i + 3), &byte, 1))
                return false;
            i += 2;
        }
        decoded[length++] = (char)byte;
    }
    *out = (struct str){decoded, length};
    return true;
}

bool loopback_read(struct str line, struct arena *arena, struct provider_answer *out)
{
    static const struct str begin = S("GET /callback?");
    struct provider_answer answer = {0};
    const struct {
        struct str name;
        struct str *value;
    } known[] = {{S("state"), &answer.state},
                 {S("code"), &answer.code},
                 {S("iss"), &answer.issuer},
                 {S("error"), &answer.error}};
    struct str pair = {0};
    if (!str_starts(line, begin) || !str_ends(line, S(" HTTP/1.1")))
        return false;
    struct str query = str_slice(line, begin.len, line.len - strlen(" HTTP/1.1"));
    while (str_cut(&query, '&', &pair)) {
        struct str name = {0};
        if (!str_cut(&pair, '=', &name) || pair.ptr == NULL)
            continue;
        for (size_t i = 0; i < COUNT(known); i++) {
            if (!str_equal(known[i].name, name))
                continue;
            if (known[i].value->ptr != NULL || !decode(pair, arena, known[i].value))
                return false;
        }
    }
    *out = answer;
    return answer.state.ptr != NULL;
}

static void answer_browser(int connection, bool good)
{
    static const char good_text[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
        "Connection: close\r\n\r\nr7 has the answer. You may close this window.\n";
    static const char bad_text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    const char *text = good ? good_text : bad_text;
    /* Who has gone away needs no answer. */
    (void)!send(connection, text, strlen(text), MSG_NOSIGNAL);
}

/* Up to the end of the headers. */
static struct str read_request(int connection, char *text)
{
    const struct timeval patience = {.tv_sec = READ_SECONDS};
    size_t length = 0;
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (length < REQUEST_MAX) {
        ssize_t got = recv(connection, text + length, REQUEST_MAX - length, 0);
        if (got <= 0)
            return (struct str){0};
        length += (size_t)got;
        if (memmem(text, length, "\r\n\r\n", 4) != NULL)
            break;
    }
    struct str rest = {text, length};
    struct str line = {0};
    return str_cut(&rest, '\r', &line) ? line : (struct str){0};
}

struct err *loopback_wait(struct loopback *loopback, struct str state, struct arena *arena,
                          struct provider_answer *out)
{
    int64_t end = clock_monotonic_us() + WAIT_US;
    char *text = arena_alloc(arena, REQUEST_MAX, 1);
    for (int64_t left = WAIT_US; left > 0; left = end - clock_monotonic_us()) {
        struct pollfd waiting = {.fd = loopback->socket, .events = POLLIN};
        if (poll(&waiting, 1, (int)(left / 1000)) <= 0)
            continue;
        autoclose int connection = accept4(loopback->socket, NULL, NULL, SOCK_CLOEXEC);
        struct provider_answer answer = {0};
        bool good = connection >= 0 &&
                    loopback_read(read_request(connection, text), arena, &answer) &&
                    str_equal(answer.state, state);
        if (connection >= 0)
            answer_browser(connection, good);
        if (good) {
            *out = answer;
            return NULL;
        }
    }
    return err_new(ERR_UNAUTHENTICATED, "nobody signed in within five minutes");
}
