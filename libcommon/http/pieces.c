/* Bodies that are taken in pieces: head, pieces, end, each through the queue to whichever worker is
 * free. Between them the connection belongs to MHD's thread again, so a slow client holds no
 * worker, and one that is faster than the disk is held back by its own connection. */
#include "base/base.h"
#include "http/internal.h"

enum http_arrival http_call_arrival(const struct http_call *call)
{
    return call->arrival;
}

struct arena *http_call_arena(struct http_call *call)
{
    enum { LIMIT = 1024 * 1024 };
    if (call->arena == NULL)
        call->arena = arena_new(LIMIT);
    return call->arena;
}

void http_call_keep(struct http_call *call, void *kept, void (*release)(void *kept))
{
    call->kept = kept;
    call->release = release;
}

void *http_call_kept(const struct http_call *call)
{
    return call->kept;
}

void http_go_on(struct http_call *call)
{
    buf_clear(&call->body);
    MHD_resume_connection(call->connection);
}

static enum MHD_Result arrived(struct http_call *call, enum http_arrival arrival)
{
    call->arrival = arrival;
    return call_enqueue(call);
}

static enum MHD_Result after_head(struct http_call *call)
{
    call->in_body = true;
    return call->response != NULL && call_told_at_once(call) ? call_send(call) : MHD_YES;
}

static enum MHD_Result take(struct http_call *call, const char *upload, size_t *upload_size)
{
    size_t room = HTTP_PIECE - call->body.len;
    size_t length = *upload_size < room ? *upload_size : room;
    buf_put(&call->body, (struct str){upload, length});
    *upload_size -= length;
    return call->body.len == HTTP_PIECE ? arrived(call, HTTP_PIECE_CAME) : MHD_YES;
}

enum MHD_Result pieces_handle(struct http_call *call, const char *upload, size_t *upload_size)
{
    if (!call->queued)
        return arrived(call, HTTP_HEAD_CAME);
    if (!call->in_body)
        return after_head(call);
    if (*upload_size > 0)
        return call->response != NULL ? call_swallow(call, upload_size)
                                      : take(call, upload, upload_size);
    return call->response != NULL ? call_send(call) : arrived(call, HTTP_BODY_ENDED);
}

/* A client that went away in the middle leaves something to tidy up: a worker does that. */
void pieces_completed(struct http_call *call, enum MHD_RequestTerminationCode code)
{
    bool whole = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    call->connection = NULL;
    if (whole || call->kept == NULL || call->response != NULL ||
        arrived(call, HTTP_CLIENT_GONE) != MHD_YES)
        call_free(call);
}
