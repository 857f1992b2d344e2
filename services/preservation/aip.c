/* The texts that preservation adds to a package: PREMIS, and the catalogue's own facts. */
#include "services/preservation/room.h"
#include "text/json.h"
#include "text/xml_write.h"

static void identifier(struct xml_writer *w, const char *element, struct str type, struct str value)
{
    autobuf struct buf name = buf_new(128);
    buf_format(&name, "%sType", element);
    size_t split = name.len;
    buf_format(&name, "%sValue", element);
    xml_write_open(w, (struct str){0}, str_from(element));
    xml_write_leaf(w, (struct str){0}, str_slice(buf_str(&name), 0, split), type);
    xml_write_leaf(w, (struct str){0}, str_slice(buf_str(&name), split, name.len), value);
    xml_write_close(w);
}

static void open_plain(struct xml_writer *w, const char *name)
{
    xml_write_open(w, (struct str){0}, str_from(name));
}

static void leaf(struct xml_writer *w, const char *name, struct str text)
{
    xml_write_leaf(w, (struct str){0}, str_from(name), text);
}

static void write_object(struct xml_writer *w, const struct stored_delivery *d)
{
    char size[32];
    snprintf(size, sizeof size, "%lld", (long long)d->bytes);
    open_plain(w, "object");
    xml_write_attribute(w, S("xsi"), S("type"), S("representation"));
    identifier(w, "objectIdentifier", S("UUID"), str_from(uuid_text(d->package).text));
    if (d->objid.len > 0)
        identifier(w, "objectIdentifier", S("OBJID"), d->objid);
    open_plain(w, "significantProperties");
    leaf(w, "significantPropertiesType", S("delivered bytes, SHA-256"));
    leaf(w, "significantPropertiesValue", str_from(sha256_text(d->sha256).text));
    xml_write_close(w);
    open_plain(w, "significantProperties");
    leaf(w, "significantPropertiesType", S("delivered bytes, size"));
    leaf(w, "significantPropertiesValue", str_from(size));
    xml_write_close(w);
    xml_write_close(w);
}

static void write_event(struct xml_writer *w, const struct stored_delivery *d, const char *type,
                        struct instant at, const char *detail)
{
    char when[INSTANT_TEXT];
    instant_print(at, when);
    struct uuid id = UUID_FROM(S("premis"), str_from(type), str_from(uuid_text(d->package).text));
    open_plain(w, "event");
    identifier(w, "eventIdentifier", S("UUID"), str_from(uuid_text(id).text));
    leaf(w, "eventType", str_from(type));
    leaf(w, "eventDateTime", str_from(when));
    open_plain(w, "eventDetailInformation");
    leaf(w, "eventDetail", str_from(detail));
    xml_write_close(w);
    open_plain(w, "eventOutcomeInformation");
    leaf(w, "eventOutcome", S("success"));
    xml_write_close(w);
    identifier(w, "linkingAgentIdentifier", S("local"), S("r7e"));
    identifier(w, "linkingObjectIdentifier", S("UUID"), str_from(uuid_text(d->package).text));
    xml_write_close(w);
}

struct err *aip_premis(const struct stored_delivery *d, struct str tenant, struct instant now,
                       struct buf *out)
{
    struct xml_writer w = xml_write_begin(out);
    open_plain(&w, "premis");
    xml_write_attribute(&w, (struct str){0}, S("xmlns"), S("http://www.loc.gov/premis/v3"));
    xml_write_attribute(&w, S("xmlns"), S("xsi"), S("http://www.w3.org/2001/XMLSchema-instance"));
    xml_write_attribute(&w, (struct str){0}, S("version"), S("3.0"));
    write_object(&w, d);
    write_event(&w, d, "ingestion", d->received_at, "received, hashed and encrypted as it came");
    write_event(&w, d, "validation", now, "container, METS, fixity and CSIP rules: no error");
    open_plain(&w, "agent");
    identifier(&w, "agentIdentifier", S("local"), S("r7e"));
    leaf(&w, "agentName", S("R7e"));
    leaf(&w, "agentType", S("software"));
    leaf(&w, "agentNote", tenant);
    xml_write_close(&w);
    xml_write_close(&w);
    return xml_write_done(&w, "PREMIS");
}

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
    struct json_text segments;
};
static const struct field catalogue_fields[] = {
    FIELD(struct catalogue, format, REQUIRED),   FIELD(struct catalogue, tenant, REQUIRED),
    FIELD(struct catalogue, package, REQUIRED),  FIELD(struct catalogue, delivery, REQUIRED),
    FIELD(struct catalogue, system, REQUIRED),   FIELD(struct catalogue, agreement, REQUIRED),
    FIELD(struct catalogue, identity, REQUIRED), FIELD(struct catalogue, objid, OPTIONAL),
    FIELD(struct catalogue, bytes, REQUIRED),    FIELD(struct catalogue, sha256, REQUIRED),
    FIELD(struct catalogue, files, REQUIRED),    FIELD(struct catalogue, received_at, REQUIRED),
    FIELD(struct catalogue, segments, REQUIRED), FIELDS_END};

struct err *aip_catalogue(const struct stored_delivery *d, struct str tenant,
                          const struct segment *segments, size_t count, struct buf *out)
{
    autobuf struct buf list = buf_new(out->limit);
    buf_byte(&list, '[');
    for (size_t i = 0; i < count; i++) {
        buf_format(
            &list,
            "%s{\"number\":%u,\"key\":\"%s\",\"bytes\":%llu,\"stored_bytes\":%llu,\"sha512\":\"",
            i > 0 ? "," : "", segments[i].index, uuid_text(segments[i].key_id).text,
            (unsigned long long)segments[i].plain_bytes,
            (unsigned long long)segments[i].stored_bytes);
        buf_hex(&list, segments[i].sha512.bytes, sizeof segments[i].sha512.bytes);
        buf_put(&list, S("\"}"));
    }
    buf_byte(&list, ']');
    const struct catalogue catalogue = {.format = S("r7e-catalogue-v1"),
                                        .tenant = tenant,
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
                                        .segments = {buf_str(&list)}};
    TRY(buf_done(&list, "the list of segments"));
    json_write(catalogue_fields, &catalogue, out);
    return buf_done(out, "the catalogue's facts");
}
