/* Connections on which anything is sent, also what no client of ours would. */
#pragma once

#include "http_answering.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static inline int send_raw(const struct http_server *server, const char *text)
{
    const struct timeval patience = {.tv_sec = WAIT_MS / 1000};
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(http_server_port(server)),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(connection, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(connection, text, strlen(text)), strlen(text));
    return connection;
}

/* Up to the end of the headers and what came with them. */
static inline struct str read_raw(int connection)
{
    char *text = arena_alloc(arena, ANSWER, 1);
    size_t length = 0;
    while (length < ANSWER - 1 && strstr(text, "\r\n\r\n") == NULL) {
        ssize_t got = read(connection, text + length, ANSWER - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(connection);
    return (struct str){text, length};
}
