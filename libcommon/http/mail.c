/* Mail by libcurl. */
#include "http/mail.h"

#include <curl/curl.h>

enum { ADDRESS_MAX = 254, MAIL_MAX = 64 * 1024 };

bool mail_is_address(struct str address)
{
    size_t at = str_find(address, '@');
    if (address.len > ADDRESS_MAX || at == 0 || at + 1 >= address.len)
        return false;
    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '_' || c == '-' || (c == '+' && i < at);
        if (!plain && i != at)
            return false;
    }
    return true;
}

struct source {
    struct str rest;
};

static size_t give(char *out, size_t size, size_t count, void *state)
{
    struct source *source = state;
    size_t room = size * count < source->rest.len ? size * count : source->rest.len;
    if (room > 0)
        memcpy(out, source->rest.ptr, room);
    source->rest = str_slice(source->rest, room, source->rest.len);
    return room;
}

/* Lines end with CR LF on their way. */
static void put_lines(struct str text, struct buf *out)
{
    struct str line;
    while (text.len > 0 && str_cut(&text, '\n', &line)) {
        buf_put(out, line);
        buf_put(out, S("\r\n"));
    }
}

static CURLcode perform(const struct mail_relay *relay, struct str to, struct source *source,
                        struct arena *arena)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *list =
        curl_slist_append(NULL, arena_format(arena, "<%.*s>", STR_ARG(to)).ptr);
    if (curl == NULL || list == NULL)
        abort();
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)relay->timeout_ms);
    if (relay->ca.len > 0)
        curl_easy_setopt(curl, CURLOPT_CAINFO, relay->ca.ptr);
    curl_easy_setopt(curl, CURLOPT_URL, arena_cstr(arena, relay->url));
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM,
                     arena_format(arena, "<%.*s>", STR_ARG(relay->from)).ptr);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, list);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, source);
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    return code;
}

struct err *mail_send(const struct mail_relay *relay, struct str to, struct str id,
                      struct str subject, struct str text, struct arena *arena)
{
    autobuf struct buf mail = buf_new(MAIL_MAX);
    size_t host = str_find(relay->from, '@') + 1;
    if (!mail_is_address(to) || !mail_is_address(relay->from))
        return err_new(ERR_INVALID, "not the address of a mailbox");
    buf_format(&mail,
               "From: <%.*s>\r\nTo: <%.*s>\r\nSubject: %.*s\r\nMessage-ID: <%.*s@%.*s>\r\n"
               "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
               "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
               STR_ARG(relay->from), STR_ARG(to), STR_ARG(subject), STR_ARG(id),
               STR_ARG(str_slice(relay->from, host, relay->from.len)));
    put_lines(text, &mail);
    TRY(buf_done(&mail, "the mail"));
    struct source source = {buf_str(&mail)};
    CURLcode code = perform(relay, to, &source, arena);
    return code == CURLE_OK ? NULL
                            : err_private(err_new(ERR_TRANSIENT, "the mail relay did not take it"),
                                          "%s", curl_easy_strerror(code));
}
