/* r7 pack: a folder becomes a package; what is put in, in which order. */
#include "pack.h"
#include "cli.h"
#include "container.h"
#include "text/media_type.h"
#include "validate.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, ARENA = 8 * 1024 * 1024 };

static const char MAPPING[] = "documentation/mapping.json";

/* What the command was asked for. */
struct request {
    const char *description;
    const char *out;
    const char *format;
    const char *documentation;
    const char *schemas;
    const char *folder;
};

/* A package being made. */
struct packing {
    struct sip sip;
    struct container *container;
    const char *out;
    struct digests *digests;
    char *chunk;
};

static void packing_end(struct packing *p)
{
    container_drop(&p->container);
    spool_drop(&p->sip.files);
    digests_free(p->digests);
    free(p->chunk);
}

static struct err *read_chunk(int descriptor, char *chunk, size_t *out_length)
{
    size_t length = 0;
    while (length < CHUNK) {
        ssize_t got = read(descriptor, chunk + length, CHUNK - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read it");
        if (got == 0)
            break;
        length += (size_t)got;
    }
    *out_length = length;
    return NULL;
}

/* Copies the open file into the open entry, hashing on the way; the first chunk is read already. */
static struct err *copy_body(struct packing *p, int descriptor, size_t length)
{
    digests_reset(p->digests, 1U << DIGEST_SHA256);
    while (length > 0) {
        const struct str bytes = {p->chunk, length};
        digests_add(p->digests, bytes);
        TRY(container_add(p->container, bytes));
        TRY(read_chunk(descriptor, p->chunk, &length));
    }
    digests_end(p->digests);
    return container_end(p->container);
}

static struct err *begin_entry(struct packing *p, const struct sip_file *file, bool compress)
{
    char name[CONTAINER_NAME_MAX + 1];
    const struct sip_description *d = p->sip.description;
    int length = snprintf(name, sizeof name, "%.*s/%.*s", STR_ARG(d->root), STR_ARG(file->path));
    if (length > CONTAINER_NAME_MAX)
        return err_new(ERR_TOO_LARGE, "its path in the package is longer than %d bytes",
                       CONTAINER_NAME_MAX);
    return container_begin(p->container, (struct str){name, (size_t)length}, file->size,
                           file->created, compress);
}

/* Puts one open file into the package, at `path` below the root folder. */
static struct err *add_file(struct packing *p, int descriptor, enum sip_group group,
                            struct str path, struct sip_file *out)
{
    const struct sip_description *d = p->sip.description;
    struct stat stat;
    size_t length;
    if (fstat(descriptor, &stat) != 0)
        return err_errno(ERR_STORAGE, "could not ask for its size");
    TRY(read_chunk(descriptor, p->chunk, &length));
    const struct media media =
        media_of(path, str_slice((struct str){p->chunk, length}, 0, MEDIA_FIRST_BYTES));
    struct sip_file file = {
        .group = group, .size = (uint64_t)stat.st_size, .media_type = media.type, .path = path};
    file.created =
        d->created_given ? d->created : (struct instant){(int64_t)stat.st_mtime * 1000000, true};
    TRY(begin_entry(p, &file, !media.compressed));
    TRY(copy_body(p, descriptor, length));
    memcpy(file.sha256.bytes, digests_get(p->digests, DIGEST_SHA256).ptr, sizeof file.sha256.bytes);
    *out = file;
    return NULL;
}

struct folder {
    struct packing *packing;
    enum sip_group group;
};

static struct err *add_found(void *state, int descriptor, struct str path)
{
    struct folder *folder = state;
    struct sip_file file;
    if (folder->packing->sip.description->mappings.ptr != NULL &&
        str_equal(path, str_from(MAPPING)))
        return err_new(ERR_INVALID, "\"%s\" is made from the description", MAPPING);
    TRY(add_file(folder->packing, descriptor, folder->group, path, &file));
    sip_file_put(&folder->packing->sip, &file);
    return NULL;
}

static struct err *add_folder(struct packing *p, const char *folder, enum sip_group group,
                              const char *prefix)
{
    struct folder state = {p, group};
    return folder == NULL ? NULL : walk_files(folder, prefix, add_found, &state);
}

/* Puts a document that we wrote into the package. */
static struct err *add_document(struct packing *p, FILE *document, enum sip_group group,
                                const char *path, struct sip_file *out)
{
    TRY(spool_rewind(document));
    TRY(add_file(p, fileno(document), group, str_from(path), out));
    out->created = p->sip.description->created;
    return NULL;
}

static struct err *add_mapping(struct packing *p)
{
    autospool FILE *document = NULL;
    struct sip_file file;
    const struct str json = p->sip.description->mappings;
    if (json.ptr == NULL)
        return NULL;
    TRY(spool_open(p->out, &document));
    fprintf(document, "{\"mappings\": %.*s}\n", STR_ARG(json));
    TRY(add_document(p, document, SIP_DOCUMENTATION, MAPPING, &file));
    sip_file_put(&p->sip, &file);
    return NULL;
}

static struct err *add_descriptive(struct packing *p)
{
    autospool FILE *document = NULL;
    TRY(spool_open(p->out, &document));
    sip_ead_write(p->sip.description, document);
    return add_document(p, document, SIP_METADATA, SIP_DESCRIPTIVE, &p->sip.descriptive);
}

static struct err *add_preservation(struct packing *p)
{
    autospool FILE *document = NULL;
    TRY(spool_open(p->out, &document));
    TRY(sip_premis_write(&p->sip, document));
    return add_document(p, document, SIP_METADATA, SIP_PRESERVATION, &p->sip.preservation);
}

static struct err *add_mets(struct packing *p)
{
    autospool FILE *document = NULL;
    struct sip_file mets;
    TRY(spool_open(p->out, &document));
    TRY(sip_mets_write(&p->sip, document));
    return add_document(p, document, SIP_METADATA, SIP_METS, &mets);
}

/* METS comes last: it tells of everything else. */
static struct err *add_everything(struct packing *p, const struct request *request)
{
    TRY(add_mapping(p));
    TRY(add_folder(p, request->documentation, SIP_DOCUMENTATION, "documentation"));
    TRY(add_folder(p, request->schemas, SIP_SCHEMAS, "schemas"));
    TRY(add_folder(p, request->folder, SIP_DATA, SIP_CONTENT));
    if (p->sip.count[SIP_DATA] == 0)
        return err_new(ERR_INVALID, "there are no files in \"%s\"", request->folder);
    TRY(spool_rewind(p->sip.files));
    TRY(add_descriptive(p));
    TRY(add_preservation(p));
    return add_mets(p);
}

static struct err *make_package(const struct request *request, enum container_format format,
                                struct packing *p)
{
    TRY(container_create(format, request->out, &p->container));
    TRY(spool_open(request->out, &p->sip.files));
    TRY(add_everything(p, request));
    TRY(container_finish(p->container));
    TRY(validate_package(container_unnamed(p->container), request->out));
    TRY(container_publish(p->container));
    uint64_t files = 0;
    for (size_t i = 0; i < SIP_GROUPS; i++)
        files += p->sip.count[i];
    printf("%.*s: %llu files, %llu bytes, in \"%s\", %llu bytes\n",
           STR_ARG(p->sip.description->objid), (unsigned long long)files,
           (unsigned long long)p->sip.bytes, request->out,
           (unsigned long long)container_size(p->container));
    return NULL;
}

struct err *pack_command(int argc, char **argv)
{
    struct request r = {.format = "zip"};
    const struct cli_option options[] = {
        {"--description", &r.description, true}, {"--out", &r.out, true},
        {"--format", &r.format, false},          {"--documentation", &r.documentation, false},
        {"--schemas", &r.schemas, false},        CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 1, &r.folder));
    bool tar = str_equal(str_from(r.format), S("tar"));
    if (!tar && !str_equal(str_from(r.format), S("zip")))
        return cli_usage_error("there is no format %s", r.format);
    autoarena struct arena *arena = arena_new(ARENA);
    struct sip_description description;
    TRY(description_read(r.description, arena, &description));
    struct packing packing = {.sip.description = &description,
                              .out = r.out,
                              .digests = digests_new(0),
                              .chunk = must_calloc(CHUNK, 1)};
    struct err *e = make_package(&r, tar ? CONTAINER_TAR : CONTAINER_ZIP, &packing);
    packing_end(&packing);
    return e;
}
