/* premis.xml (PREMIS 3.0): the representation, each of its files, the event that made the package
 * and the program that did it. */
#include "base/base.h"
#include "text/markup.h"
#include "text/sip.h"

static void write_identifier(FILE *out, const char *element, const char *type, struct str value)
{
    fprintf(out, "<%s><%sType>%s</%sType><%sValue>", element, element, type, element, element);
    markup_text(out, value);
    fprintf(out, "</%sValue></%s>", element, element);
}

/* The program, by its name and version. */
static void write_software(FILE *out, const char *element, const struct sip_description *d)
{
    char name[128];
    snprintf(name, sizeof name, "%.*s " R7_VERSION, STR_ARG(d->software));
    write_identifier(out, element, "local", str_from(name));
}

/* Objects are named by their path in the package: what METS and the container say too. */
static void write_file(FILE *out, const struct sip_file *file)
{
    fputs("<object xsi:type=\"file\">", out);
    write_identifier(out, "objectIdentifier", "path", file->path);
    fprintf(
        out,
        "<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
        "<messageDigest>%s</messageDigest></fixity><size>%llu</size><format><formatDesignation>"
        "<formatName>%s</formatName></formatDesignation></format></objectCharacteristics>",
        sha256_text(file->sha256).text, (unsigned long long)file->size, file->media_type);
    fputs("</object>\n", out);
}

static struct err *write_files(const struct sip *p, FILE *out)
{
    autobuf struct buf texts = buf_new((size_t)2 * SIP_PATH_MAX);
    struct sip_file file;
    rewind(p->files);
    for (bool more = true;;) {
        TRY(sip_file_next(p->files, &texts, &file, &more));
        if (!more)
            return NULL;
        if (file.group == SIP_DATA)
            write_file(out, &file);
    }
}

static void write_event(const struct sip_description *d, FILE *out)
{
    char at[INSTANT_TEXT];
    instant_print(d->created, at);
    struct uuid id = UUID_FROM(S("premis event"), S("creation"), d->objid);
    fputs("<event>", out);
    write_identifier(out, "eventIdentifier", "UUID", str_from(uuid_text(id).text));
    fprintf(
        out,
        "<eventType valueURI=\"http://id.loc.gov/vocabulary/preservation/eventType/cre\">creation"
        "</eventType><eventDateTime>%s</eventDateTime><eventDetailInformation>",
        at);
    markup_element(out, "eventDetail", d->how);
    fputs("</eventDetailInformation><eventOutcomeInformation><eventOutcome>success</eventOutcome>"
          "</eventOutcomeInformation>",
          out);
    write_software(out, "linkingAgentIdentifier", d);
    write_identifier(out, "linkingObjectIdentifier", "path", S("representations/rep1"));
    fputs("</event>\n", out);
}

struct err *sip_premis_write(const struct sip *sip, FILE *out)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<premis xmlns=\"http://www.loc.gov/premis/v3\""
          " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
          " xsi:schemaLocation=\"http://www.loc.gov/premis/v3"
          " https://www.loc.gov/standards/premis/premis.xsd\" version=\"3.0\">\n"
          "<object xsi:type=\"representation\">",
          out);
    write_identifier(out, "objectIdentifier", "path", S("representations/rep1"));
    fputs("</object>\n", out);
    TRY(write_files(sip, out));
    write_event(sip->description, out);
    fputs("<agent>", out);
    write_software(out, "agentIdentifier", sip->description);
    markup_element(out, "agentName", sip->description->software);
    fputs("<agentType>software</agentType><agentVersion>" R7_VERSION
          "</agentVersion></agent>\n</premis>\n",
          out);
    return NULL;
}
