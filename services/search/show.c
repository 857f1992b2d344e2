/* GET /records/{record}, GET /records/{record}/content. */
#include "base/log.h"
#include "services/search/room.h"
#include "svc/package.h"
#include "text/media_type.h"

struct err *search_show(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct opened o = {.action = ACTION_READ, .part = S("row")};
    TRY(open_record(request, &o));
    answer_record(o.found, o.d.shown, true, &o.permission, request->out);
    return NULL;
}

/* --- content
 * ---------------------------------------------------------------------------------------- */

/* Where the bytes lie: the record's own file, one of its further files, or its row. */
struct place {
    struct uuid package;
    struct str path;
    uint64_t offset;
    uint64_t length; /* 0: to the end of the file */
};

static struct err *place_of(struct request *request, const struct record *r, struct place *out)
{
    struct str number = http_call_query(request->call, "attachment");
    uint64_t n = 0;
    out->package = r->package;
    if (number.ptr != NULL) {
        if (!str_to_u64(number, r->attachments.count, &n) || n == 0)
            return err_new(ERR_NOT_FOUND, "the record has %zu attachments", r->attachments.count);
        out->path = r->attachments.at[n - 1];
    } else if (r->path.len > 0) {
        *out = (struct place){r->package, r->path, (uint64_t)r->offset, (uint64_t)r->length};
    } else if (r->driver.len > 0 && r->row_length > 0) {
        *out =
            (struct place){r->package, r->driver, (uint64_t)r->row_offset, (uint64_t)r->row_length};
    } else {
        return err_new(ERR_NOT_FOUND, "the record has no content");
    }
    return NULL;
}

/* What a connection reads from, long after the worker has gone on. */
struct streaming {
    struct package_file *file;
    uint64_t left;
    uint64_t at; /* bytes given so far */
    struct uuid request;
};

static int64_t stream_read(void *state, uint64_t offset, char *out, size_t size)
{
    struct streaming *s = state;
    size_t got = 0;
    if (offset != s->at)
        return -1;
    struct err *e = package_file_read(s->file, out, size < s->left ? size : (size_t)s->left, &got);
    if (e != NULL) {
        log_error("could not send content to its end", e, kv("request", s->request));
        err_reset();
        return -1;
    }
    s->at += got;
    s->left -= got;
    return (int64_t)got;
}

static void stream_free(void *state)
{
    struct streaming *s = state;
    package_file_free(s->file);
    free(s);
}

/* Content-Type and a name that is not the supplier's: only its ending is kept, if it is a plain
 * one. */
static void name_it(struct request *request, struct str path, struct str first_bytes,
                    struct http_reply *reply)
{
    size_t dot = path.len;
    while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
        dot--;
    struct str ending = str_slice(path, dot, path.len);
    bool plain = dot > 0 && path.ptr[dot - 1] == '.' && ending.len > 0 && ending.len <= 4;
    for (size_t i = 0; i < ending.len && plain; i++)
        plain = (ending.ptr[i] >= 'a' && ending.ptr[i] <= 'z') ||
                (i > 0 && ending.ptr[i] >= '0' && ending.ptr[i] <= '9');
    reply->content_type = media_of(path, first_bytes).type;
    reply->headers[0].name = "Content-Disposition";
    reply->headers[0].value =
        arena_format(request->arena, "attachment; filename=\"record%s%.*s\"", plain ? "." : "",
                     plain ? (int)ending.len : 0, plain ? ending.ptr : "")
            .ptr;
    reply->headers[1].name = "Accept-Ranges";
    reply->headers[1].value = "bytes";
}

/* Opens the file at the range; the first bytes are read before anything is answered, so that what
 * cannot be read is an error and no broken answer. */
static struct err *open_content(struct request *request, const struct package_reading *reading,
                                const struct place *place, struct package_file *file,
                                struct range *out_range, struct http_reply *reply)
{
    char first[MEDIA_FIRST_BYTES];
    size_t got = 0;
    uint64_t whole = package_file_length(file);
    uint64_t size = place->length > 0 ? place->length : whole - place->offset;
    if (place->offset > whole || size > whole - place->offset)
        return err_new(ERR_CORRUPT, "the record lies outside of its file");
    TRY(range_read(http_call_header(request->call, "Range"), size, out_range));
    uint64_t from = place->offset + out_range->from;
    if (out_range->from > 0) {
        /* A later range tells its type by the name alone. */
        TRY(package_fetch(reading, place->package, file, from, out_range->length));
    } else {
        uint64_t peek = size < sizeof first ? size : sizeof first;
        TRY(package_fetch(reading, place->package, file, from,
                          out_range->length > peek ? out_range->length : peek));
        TRY(package_file_read(file, first, (size_t)peek, &got));
        TRY(package_file_open(file, from));
    }
    name_it(request, place->path, (struct str){first, got}, reply);
    if (!out_range->partial)
        return NULL;
    reply->status = 206;
    reply->headers[2].name = "Content-Range";
    reply->headers[2].value =
        arena_format(request->arena, "bytes %llu-%llu/%llu", (unsigned long long)out_range->from,
                     (unsigned long long)(out_range->from + out_range->length - 1),
                     (unsigned long long)size)
            .ptr;
    return NULL;
}

/* Whoever asked may read it and we cannot give it: that is no refusal, and operators must know. */
static struct err *unreadable(const struct request *request, const struct opened *o, struct err *e)
{
    if (e != NULL && (e->code == ERR_CORRUPT || e->code == ERR_NOT_FOUND))
        log_error("a record's content cannot be read", e, kv("request", request->id),
                  kv("record", found_key_text(o->key).text));
    return e;
}

struct err *search_content(struct request *request, struct http_reply *reply)
{
    struct place place = {0};
    struct range range = {0};
    struct package_file *file = NULL;
    struct opened o = {.action = ACTION_READ, .part = S("content")};
    TRY(open_record(request, &o));
    TRY(place_of(request, &o.found->record, &place));
    const struct package_reading reading = {request->worker, request->arena, request->tenant,
                                            "disclose"};
    TRY(unreadable(request, &o, package_find(&reading, place.package, place.path, &file)));
    struct err *e = open_content(request, &reading, &place, file, &range, reply);
    if (e != NULL) {
        package_file_free(file);
        return unreadable(request, &o, e);
    }
    struct streaming *streaming = must_calloc(1, sizeof *streaming);
    *streaming = (struct streaming){file, range.length, 0, request->id};
    reply->stream =
        (struct http_stream){stream_read, stream_free, streaming, (int64_t)range.length};
    return NULL;
}
