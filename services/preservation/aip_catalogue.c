/* catalogue.json of an AIP: with it the catalogue can be made again from the storage roots. */
#include "services/preservation/aip.h"
#include "text/json.h"

struct catalogue {
    struct str format;
    struct str tenant;
    struct uuid package;
    struct uuid delivery;
    struct str system;
    struct str agreement;
    struct str identity;
    struct str objid;
    int64_t bytes;
    struct sha256 sha256;
    int64_t files;
    struct instant received_at;
    struct json_text segments; /* the delivered bytes */
    struct json_text aip;      /* the AIP part */
};
static const struct field catalogue_fields[] = {FIELD(struct catalogue, format, REQUIRED),
                                                FIELD(struct catalogue, tenant, REQUIRED),
                                                FIELD(struct catalogue, package, REQUIRED),
                                                FIELD(struct catalogue, delivery, REQUIRED),
                                                FIELD(struct catalogue, system, REQUIRED),
                                                FIELD(struct catalogue, agreement, REQUIRED),
                                                FIELD(struct catalogue, identity, REQUIRED),
                                                FIELD(struct catalogue, objid, OPTIONAL),
                                                FIELD(struct catalogue, bytes, REQUIRED),
                                                FIELD(struct catalogue, sha256, REQUIRED),
                                                FIELD(struct catalogue, files, REQUIRED),
                                                FIELD(struct catalogue, received_at, REQUIRED),
                                                FIELD(struct catalogue, segments, REQUIRED),
                                                FIELD(struct catalogue, aip, REQUIRED),
                                                FIELDS_END};

static struct err *list_segments(const struct aip *aip, struct buf *out)
{
    buf_byte(out, '[');
    for (size_t i = 0; i < aip->segment_count; i++) {
        const struct segment *s = &aip->segments[i];
        buf_format(
            out,
            "%s{\"number\":%u,\"key\":\"%s\",\"bytes\":%llu,\"stored_bytes\":%llu,\"sha512\":\"",
            i > 0 ? "," : "", s->index, uuid_text(s->key_id).text,
            (unsigned long long)s->plain_bytes, (unsigned long long)s->stored_bytes);
        buf_hex(out, s->sha512.bytes, sizeof s->sha512.bytes);
        buf_put(out, S("\"}"));
    }
    buf_byte(out, ']');
    return buf_done(out, "the list of segments");
}

static struct err *list_files(const struct aip *aip, struct buf *out)
{
    buf_byte(out, '[');
    for (size_t i = 0; i < aip->file_count; i++) {
        const struct aip_file *file = &aip->files[i];
        buf_format(out, "%s{\"number\":%d,\"what\":\"%.*s\",\"key\":\"%s\"}", i > 0 ? "," : "",
                   file->number, STR_ARG(file->what), uuid_text(file->key).text);
    }
    buf_byte(out, ']');
    return buf_done(out, "the list of files");
}

struct err *aip_catalogue(const struct aip *aip, struct buf *out)
{
    const struct stored_delivery *d = aip->delivery;
    autobuf struct buf segments = buf_new(out->limit);
    autobuf struct buf files = buf_new(out->limit);
    TRY(list_segments(aip, &segments));
    TRY(list_files(aip, &files));
    const struct catalogue catalogue = {.format = S("r7e-catalogue-v1"),
                                        .tenant = aip->tenant,
                                        .package = d->package,
                                        .delivery = d->id,
                                        .system = d->system,
                                        .agreement = d->agreement,
                                        .identity = d->identity,
                                        .objid = d->objid,
                                        .bytes = d->bytes,
                                        .sha256 = d->sha256,
                                        .files = d->files,
                                        .received_at = d->received_at,
                                        .segments = {buf_str(&segments)},
                                        .aip = {buf_str(&files)}};
    json_write(catalogue_fields, &catalogue, out);
    return buf_done(out, "the catalogue's facts");
}
