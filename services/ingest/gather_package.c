/* The package that a gathering becomes, written from its spool: a ZIP of a CSIP folder. It is a
 * pure function of rows and spool, so what a crash cut short is made again, byte for byte.
 *
 *   ROOT/representations/rep1/data/NNNNNNNN.xml|json   the records, in the order of their extents
 *   ROOT/metadata/…, ROOT/METS.xml                     as text/sip.h tells */
#include "base/base.h"
#include "services/ingest/gather.h"
#include "text/sip.h"
#include "text/xml_write.h"
#include "vault/staging.h"
#include "vault/zip_write.h"

#include <sys/mman.h>
#include <unistd.h>

enum {
    BODY_MAX = 256 * 1024 * 1024,   /* a document or a record, deflated */
    CENTRAL_MAX = 32 * 1024 * 1024, /* the list at the end of the ZIP */
    PER_RECORD = 2500,              /* of headers, METS and PREMIS, whatever the ids */
    PER_PACKAGE = 1024 * 1024,
};

struct packing {
    const struct gather_source *source;
    struct sip_description description;
    struct sip sip;
    struct segment_writer *segments;
    struct zip_deflater *deflater;
    uint64_t at; /* bytes of the package so far */
    uint64_t entries;
    struct buf header;
    struct buf body;
    struct buf central;
    char root[UUID_TEXT + 8];
};

struct uuid gathering_package(struct uuid delivery)
{
    return UUID_FROM(S("package"), str_from(uuid_text(delivery).text));
}

/* What does not deflate is stored; so a package has at most its content and what is told of it. */
size_t gather_package_segments(const struct gathering *g)
{
    return segment_count((uint64_t)g->bytes + (uint64_t)g->records * PER_RECORD + PER_PACKAGE);
}

/* --- the container
 * ----------------------------------------------------------------------------------- */

static struct err *put(struct packing *p, const struct buf *bytes)
{
    TRY(buf_done(bytes, "the package of gathered records"));
    p->at += bytes->len;
    return segment_writer_add(p->segments, buf_str(bytes));
}

static struct err *put_entry(struct packing *p, struct str path, struct str content)
{
    char name[256];
    snprintf(name, sizeof name, "%s/%.*s", p->root, STR_ARG(path));
    buf_clear(&p->header);
    buf_clear(&p->body);
    zip_deflate_begin(p->deflater);
    zip_deflate(p->deflater, content, true, &p->body);
    bool deflated = p->body.len < content.len;
    if (!deflated) {
        buf_clear(&p->body);
        buf_put(&p->body, content);
    }
    const struct zip_entry entry = {.name = str_from(name),
                                    .size = content.len,
                                    .compressed = p->body.len,
                                    .crc = zip_crc(0, content),
                                    .deflated = deflated,
                                    .modified = p->description.created,
                                    .header_at = p->at};
    zip_local_header(&entry, &p->header);
    zip_central_header(&entry, &p->central);
    p->entries++;
    TRY(put(p, &p->header));
    return put(p, &p->body);
}

static struct err *put_end(struct packing *p)
{
    uint64_t at = p->at;
    size_t length = p->central.len;
    zip_end_record(p->entries, at, length, &p->central);
    return put(p, &p->central);
}

/* --- records
 * ----------------------------------------------------------------------------------------- */

static const struct {
    const char *extension;
    const char *media_type;
} forms[RECORD_FORMS] = {
    [RECORD_XML] = {"xml", "application/xml"}, [RECORD_JSON] = {"json", "application/json"}};

static struct err *put_record(struct packing *p, int64_t number, const struct spool_record *record)
{
    char path[64];
    snprintf(path, sizeof path, SIP_CONTENT "/%08lld.%s", (long long)number,
             forms[record->form].extension);
    const struct sip_file file = {.group = SIP_DATA,
                                  .size = record->content.len,
                                  .sha256 = sha256_of(record->content),
                                  .created = p->description.created,
                                  .media_type = forms[record->form].media_type,
                                  .path = str_from(path),
                                  .owner_id = record->identity};
    TRY(put_entry(p, file.path, record->content));
    sip_file_put(&p->sip, &file);
    return NULL;
}

static struct err *put_extent(struct packing *p, const struct extent *extent,
                              const struct file_key *key)
{
    autospool_reader struct spool_reader *reader = NULL;
    autoclose int folder = -1;
    struct spool_record record;
    const struct spool_size size = {(uint64_t)extent->bytes, (uint64_t)extent->stored_bytes};
    TRY(staging_open(p->source->location, p->source->tenant, extent->staged, false, &folder));
    TRY(spool_open(folder, extent->key, key, size, &reader));
    int64_t count = 0;
    for (bool more = true;; count++) {
        TRY(spool_next(reader, &record, &more));
        if (!more)
            break;
        TRY(put_record(p, extent->first + count, &record));
    }
    return count == extent->records
               ? NULL
               : err_new(ERR_CORRUPT, "a spool file does not hold the records that it should");
}

/* --- documents
 * --------------------------------------------------------------------------------------- */

static struct err *put_document(struct packing *p, const char *path, struct str text,
                                struct sip_file *out)
{
    *out = (struct sip_file){.group = SIP_METADATA,
                             .size = text.len,
                             .sha256 = sha256_of(text),
                             .created = p->description.created,
                             .media_type = "application/xml",
                             .path = str_from(path)};
    return put_entry(p, out->path, text);
}

static struct err *write_ead(const struct sip *sip, FILE *out)
{
    sip_ead_write(sip->description, out);
    return NULL;
}

/* Written in memory, for no plain byte of a delivery goes to a disk. */
static struct err *make_document(struct packing *p, const char *path,
                                 struct err *(*write)(const struct sip *, FILE *),
                                 struct sip_file *out)
{
    autofree char *text = NULL;
    size_t length = 0;
    FILE *document = open_memstream(&text, &length);
    if (document == NULL)
        abort();
    struct err *e = write(&p->sip, document);
    if (fclose(document) != 0)
        abort(); /* only memory can be missing */
    TRY(e);
    return put_document(p, path, (struct str){text, length}, out);
}

static struct err *put_everything(struct packing *p)
{
    struct sip_file mets;
    for (size_t i = 0; i < p->source->extent_count; i++)
        TRY(put_extent(p, &p->source->extents[i], &p->source->keys[i]));
    if (fflush(p->sip.files) != 0)
        return err_errno(ERR_STORAGE, "could not keep the list of records in memory");
    TRY(make_document(p, SIP_DESCRIPTIVE, write_ead, &p->sip.descriptive));
    TRY(make_document(p, SIP_PRESERVATION, sip_premis_write, &p->sip.preservation));
    TRY(make_document(p, SIP_METS, sip_mets_write, &mets));
    return put_end(p);
}

/* What people wrote in the agreement, unless XML cannot carry it. */
static struct str carried(struct str text, struct str otherwise)
{
    return text.len > 0 && xml_can_carry(text) ? text : otherwise;
}

static struct sip_description describe(const struct gather_source *s, const char *root)
{
    const struct gathering_agreement *a = s->agreement;
    struct sip_party creator = {.name = carried(a->archive_creator, s->gathering->agreement)};
    return (struct sip_description){
        .software = S("r7-ingest"),
        .how = S("The package was made of records that were delivered one by one"),
        .objid = str_from(root),
        .root = str_from(root),
        .title = carried(a->title, s->gathering->agreement),
        .created = s->gathering->opened_at,
        .created_given = true,
        .content_category = S("Mixed"),
        .content_information_type = S("OTHER"),
        .other_content_information_type = a->information_type,
        .agreement = s->gathering->agreement,
        .record_status = S("NEW"),
        .archive_creator = creator,
        .submitting_organisation = creator,
        .source_system = {.name = carried(a->source_system, s->gathering->system)}};
}

/* A file that lies in memory only and has no name. */
static struct err *memory_file(FILE **out)
{
    int descriptor = memfd_create("records", MFD_CLOEXEC);
    if (descriptor < 0)
        return err_errno(ERR_STORAGE, "could not get memory for the list of records");
    *out = fdopen(descriptor, "w+");
    if (*out == NULL)
        abort(); /* a good descriptor and mode: only memory can be missing */
    return NULL;
}

struct err *gather_package_write(const struct gather_source *source,
                                 struct segment_writer *segments)
{
    struct packing p = {.source = source,
                        .segments = segments,
                        .header = buf_new(1024),
                        .body = buf_new(BODY_MAX),
                        .central = buf_new(CENTRAL_MAX)};
    snprintf(p.root, sizeof p.root, "uuid-%s",
             uuid_text(gathering_package(source->gathering->id)).text);
    p.description = describe(source, p.root);
    p.sip.description = &p.description;
    TRY(memory_file(&p.sip.files));
    p.deflater = zip_deflater_new();
    struct err *e = put_everything(&p);
    zip_deflater_free(p.deflater);
    fclose(p.sip.files);
    buf_free(&p.header);
    buf_free(&p.body);
    buf_free(&p.central);
    return e;
}
