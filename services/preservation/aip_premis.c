/* premis.xml of an AIP: the package, the file that was delivered, and what has happened so far. */
#include "services/preservation/aip.h"

#include "text/xml_write.h"

#include <stdio.h>

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

static void open_object(struct xml_writer *w, struct str type)
{
    open_plain(w, "object");
    xml_write_attribute(w, S("xsi"), S("type"), type);
}

static void write_package(struct xml_writer *w, const struct stored_delivery *d)
{
    open_object(w, S("representation"));
    identifier(w, "objectIdentifier", S("UUID"), str_from(uuid_text(d->package).text));
    if (d->objid.len > 0)
        identifier(w, "objectIdentifier", S("OBJID"), d->objid);
    xml_write_close(w);
}

static void write_fixity(struct xml_writer *w, struct sha256 sha256)
{
    open_plain(w, "fixity");
    leaf(w, "messageDigestAlgorithm", S("SHA-256"));
    leaf(w, "messageDigest", str_from(sha256_text(sha256).text));
    xml_write_close(w);
}

/* The bytes as they came, and that the package consists of them (AIP12). */
static void write_delivered(struct xml_writer *w, const struct stored_delivery *d)
{
    char size[32];
    snprintf(size, sizeof size, "%lld", (long long)d->bytes);
    open_object(w, S("file"));
    identifier(w, "objectIdentifier", S("path"), aip_delivered_path(d));
    open_plain(w, "objectCharacteristics");
    write_fixity(w, d->sha256);
    leaf(w, "size", str_from(size));
    open_plain(w, "format");
    open_plain(w, "formatDesignation");
    leaf(w, "formatName", str_from(aip_delivered_type(d)));
    xml_write_close(w);
    xml_write_close(w);
    xml_write_close(w);
    open_plain(w, "relationship");
    leaf(w, "relationshipType", S("structural"));
    leaf(w, "relationshipSubType", S("is included in"));
    identifier(w, "relatedObjectIdentifier", S("UUID"), str_from(uuid_text(d->package).text));
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

struct err *aip_premis(const struct aip *aip, struct buf *out)
{
    const struct stored_delivery *d = aip->delivery;
    struct xml_writer w = xml_write_begin(out);
    open_plain(&w, "premis");
    xml_write_attribute(&w, (struct str){0}, S("xmlns"), S("http://www.loc.gov/premis/v3"));
    xml_write_attribute(&w, S("xmlns"), S("xsi"), S("http://www.w3.org/2001/XMLSchema-instance"));
    xml_write_attribute(&w, (struct str){0}, S("version"), S("3.0"));
    write_package(&w, d);
    write_delivered(&w, d);
    write_event(&w, d, "ingestion", d->received_at, "received, hashed and encrypted as it came");
    write_event(&w, d, "validation", d->validated_at,
                "container, METS, fixity and CSIP rules: no error");
    open_plain(&w, "agent");
    identifier(&w, "agentIdentifier", S("local"), S("r7e"));
    leaf(&w, "agentName", S("R7e"));
    leaf(&w, "agentType", S("software"));
    leaf(&w, "agentNote", aip->tenant);
    xml_write_close(&w);
    xml_write_close(&w);
    return xml_write_done(&w, "PREMIS");
}
