/* The files of records, read from the vault. */
#include "services/gateway/room.h"

#include "base/base.h"

enum { OPEN_MAX = 32 };

struct contents {
    struct request *request;
    int32_t tenant;
    struct {
        struct uuid id;
        struct package_file *file; /* turned to whichever was asked for last */
    } packages[OPEN_MAX];
    size_t next; /* the one that makes way */
};

struct contents *contents_new(struct request *request, int32_t tenant)
{
    struct contents *contents = must_calloc(1, sizeof *contents);
    contents->request = request;
    contents->tenant = tenant;
    return contents;
}

void contents_drop(struct contents **contents)
{
    for (size_t i = 0; *contents != NULL && i < OPEN_MAX; i++)
        package_file_free((*contents)->packages[i].file);
    free(*contents);
    *contents = NULL;
}

static struct package_reading reading_of(const struct contents *c, struct uuid package)
{
    return (struct package_reading){.worker = c->request->worker,
                                    .arena = c->request->arena,
                                    .tenant = c->tenant,
                                    .package = package,
                                    .purpose = "disclose"};
}

static struct err *turn_to(struct contents *c, const struct content_place *place,
                           struct package_file **out)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (c->packages[i].file == NULL || !uuid_equal(c->packages[i].id, place->package))
            continue;
        *out = c->packages[i].file;
        return package_file_turn(*out, place->path);
    }
    const struct package_reading reading = reading_of(c, place->package);
    TRY(package_find(&reading, place->path, out));
    package_file_free(c->packages[c->next].file);
    c->packages[c->next].id = place->package;
    c->packages[c->next].file = *out;
    c->next = (c->next + 1) % OPEN_MAX;
    return NULL;
}

/* The range of a row inside the file as it is. */
static struct err *size_in(const struct package_file *file, const struct content_place *place,
                           size_t *out)
{
    uint64_t whole = package_file_length(file);
    uint64_t offset = (uint64_t)place->offset;
    uint64_t length = (uint64_t)place->length;
    if (offset > whole || length > whole - offset)
        return err_new(ERR_CORRUPT, "a record is not inside its file");
    *out = (size_t)(length > 0 ? length : whole - offset);
    return NULL;
}

struct err *contents_size(struct contents *c, const struct content_place *place, size_t *out)
{
    struct package_file *file = NULL;
    TRY(turn_to(c, place, &file));
    return size_in(file, place, out);
}

struct err *contents_read(struct contents *c, const struct content_place *place, struct str *out)
{
    const struct package_reading reading = reading_of(c, place->package);
    struct package_file *file = NULL;
    size_t size = 0;
    size_t got = 0;
    TRY(turn_to(c, place, &file));
    TRY(size_in(file, place, &size));
    char *bytes = arena_alloc(c->request->arena, size + 1, 1);
    TRY(package_fetch(&reading, file, (uint64_t)place->offset, size));
    TRY(package_file_read(file, bytes, size, &got));
    *out = (struct str){bytes, got};
    return NULL;
}
