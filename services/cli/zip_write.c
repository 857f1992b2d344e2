/* A ZIP into a seekable file: the local header is written twice, before the body and when the body
 * is known. */
#include "container_write.h"

enum { CHUNK = 64 * 1024, HEADER_MAX = CONTAINER_NAME_MAX + 256 };

static struct zip_entry entry_of(const struct container *c)
{
    return (struct zip_entry){.name = {c->name, c->name_length},
                              .size = c->size,
                              .crc = c->crc,
                              .deflated = c->deflated,
                              .modified = c->modified,
                              .header_at = c->header_at};
}

struct err *zip_begin(struct container *c, bool compress)
{
    c->deflated = compress && c->size > 0;
    c->crc = 0;
    autobuf struct buf header = buf_new(HEADER_MAX);
    const struct zip_entry entry = entry_of(c);
    zip_local_header(&entry, &header);
    TRY(buf_done(&header, "the header of an entry"));
    TRY(container_write(c, header.ptr, header.len));
    c->body_at = container_size(c);
    if (c->deflater == NULL)
        c->deflater = zip_deflater_new();
    zip_deflate_begin(c->deflater);
    return NULL;
}

static struct err *deflate_bytes(struct container *c, struct str bytes, bool last)
{
    autobuf struct buf piece = buf_new(bytes.len + bytes.len / 1000 + 4 * (size_t)CHUNK);
    zip_deflate(c->deflater, bytes, last, &piece);
    TRY(buf_done(&piece, "a deflated piece"));
    return container_write(c, piece.ptr, piece.len);
}

struct err *zip_add(struct container *c, struct str bytes)
{
    c->crc = zip_crc(c->crc, bytes);
    return c->deflated ? deflate_bytes(c, bytes, false) : container_write(c, bytes.ptr, bytes.len);
}

struct err *zip_end(struct container *c)
{
    autobuf struct buf header = buf_new(HEADER_MAX);
    if (c->deflated)
        TRY(deflate_bytes(c, S(""), true));
    struct zip_entry entry = entry_of(c);
    entry.compressed = container_size(c) - c->body_at;
    zip_local_header(&entry, &header);
    TRY(container_patch(c, c->header_at, header.ptr, header.len));
    buf_clear(&header);
    zip_central_header(&entry, &header);
    TRY(buf_done(&header, "the header of an entry"));
    fwrite(header.ptr, 1, header.len, c->central);
    c->entries++;
    return NULL;
}

static struct err *copy_central(struct container *c)
{
    char chunk[CHUNK];
    TRY(spool_rewind(c->central));
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, c->central)) > 0;)
        TRY(container_write(c, chunk, got));
    if (ferror(c->central) != 0)
        return err_errno(ERR_STORAGE, "could not read the list of entries again");
    return NULL;
}

struct err *zip_finish(struct container *c)
{
    autobuf struct buf end = buf_new(HEADER_MAX);
    uint64_t at = container_size(c);
    TRY(copy_central(c));
    zip_end_record(c->entries, at, container_size(c) - at, &end);
    TRY(buf_done(&end, "the end of the package"));
    return container_write(c, end.ptr, end.len);
}
