/* METS.xml by CSIP 2.2.0 and SIP 2.2.0. The numbers name their requirements. */
#include "base/base.h"
#include "text/markup.h"
#include "text/sip.h"

/* The file groups of METS, by CSIP's vocabulary (CSIP60, CSIP113, CSIP114). */
static const struct {
    const char *id;
    const char *use;
    const char *division;
} groups[SIP_GROUPS] = {
    [SIP_DOCUMENTATION] = {"group-documentation", "Documentation", "Documentation"},
    [SIP_SCHEMAS] = {"group-schemas", "Schemas", "Schemas"},
    [SIP_DATA] = {"group-rep1", "Representations", "Representations"},
};

static void write_time(FILE *out, const char *name, struct instant at)
{
    char text[INSTANT_TEXT];
    instant_print(at, text);
    fprintf(out, " %s=\"%s\"", name, text);
}

/* CSIP1 to CSIP6, SIP1, SIP2. */
static void write_root(const struct sip_description *d, FILE *out)
{
    fputs(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<mets xmlns=\"http://www.loc.gov/METS/\" xmlns:xlink=\"http://www.w3.org/1999/xlink\""
        " xmlns:csip=\"https://DILCIS.eu/XML/METS/CSIPExtensionMETS\""
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
        " xsi:schemaLocation=\"http://www.loc.gov/METS/ http://www.loc.gov/standards/mets/mets.xsd"
        " https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
        " https://earkcsip.dilcis.eu/schema/DILCISExtensionMETS.xsd\"",
        out);
    markup_attribute(out, "OBJID", d->objid);
    markup_attribute(out, "LABEL", d->title);
    markup_attribute(out, "TYPE", d->content_category);
    markup_attribute(out, "csip:OTHERTYPE", d->other_content_category);
    markup_attribute(out, "csip:CONTENTINFORMATIONTYPE", d->content_information_type);
    markup_attribute(out, "csip:OTHERCONTENTINFORMATIONTYPE", d->other_content_information_type);
    fputs(" PROFILE=\"https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml\">\n", out);
}

struct agent {
    const char *role;
    const char *type;
    const char *other_type;
    struct str name;
    struct str version;
    struct str identification_code;
    struct str note;
};

static void write_note(FILE *out, const char *type, struct str note)
{
    if (note.ptr == NULL)
        return;
    fprintf(out, "<note csip:NOTETYPE=\"%s\">", type);
    markup_text(out, note);
    fputs("</note>", out);
}

static void write_agent(FILE *out, const struct agent *agent)
{
    if (agent->name.ptr == NULL)
        return;
    fprintf(out, "<agent ROLE=\"%s\" TYPE=\"%s\"", agent->role, agent->type);
    markup_attribute(out, "OTHERTYPE", str_from(agent->other_type));
    fputs(">", out);
    markup_element(out, "name", agent->name);
    write_note(out, "SOFTWARE VERSION", agent->version);
    write_note(out, "IDENTIFICATIONCODE", agent->identification_code);
    markup_element(out, "note", agent->note);
    fputs("</agent>\n", out);
}

/* CSIP10 to CSIP16 (the software), SIP9 to SIP25 (who created, who delivers, whom to ask), and the
 * source system as FGS names it. */
static void write_agents(const struct sip_description *d, FILE *out)
{
    const struct agent agents[] = {
        {"CREATOR", "OTHER", "SOFTWARE", d->software, .version = S(R7_VERSION)},
        {"ARCHIVIST", "ORGANIZATION", NULL, d->archive_creator.name,
         .identification_code = d->archive_creator.identification_code},
        {"CREATOR", "ORGANIZATION", NULL, d->submitting_organisation.name,
         .identification_code = d->submitting_organisation.identification_code},
        {"CREATOR", "INDIVIDUAL", NULL, d->contact.name, .note = d->contact.note},
        {"ARCHIVIST", "OTHER", "SOFTWARE", d->source_system.name,
         .version = d->source_system.version,
         .identification_code = d->source_system.identification_code},
    };
    for (size_t i = 0; i < COUNT(agents); i++)
        write_agent(out, &agents[i]);
}

static void write_alternative_id(FILE *out, const char *type, struct str id)
{
    if (id.ptr == NULL)
        return;
    fprintf(out, "<altRecordID TYPE=\"%s\">", type);
    markup_text(out, id);
    fputs("</altRecordID>\n", out);
}

/* CSIP117, CSIP7, CSIP9; SIP3 to SIP7. */
static void write_header(const struct sip_description *d, FILE *out)
{
    fputs("<metsHdr", out);
    write_time(out, "CREATEDATE", d->created);
    markup_attribute(out, "RECORDSTATUS", d->record_status);
    fputs(" csip:OAISPACKAGETYPE=\"SIP\">\n", out);
    write_agents(d, out);
    write_alternative_id(out, "SUBMISSIONAGREEMENT", d->agreement);
    write_alternative_id(out, "REFERENCECODE", d->reference_code);
    fputs("</metsHdr>\n", out);
}

/* What mdRef and file say alike: CSIP26 to CSIP30, CSIP68 to CSIP72. */
static void write_facts(FILE *out, const struct sip_file *file)
{
    fprintf(out, " MIMETYPE=\"%s\" SIZE=\"%llu\"", file->media_type,
            (unsigned long long)file->size);
    write_time(out, "CREATED", file->created);
    fprintf(out, " CHECKSUM=\"%s\" CHECKSUMTYPE=\"SHA-256\"", sha256_text(file->sha256).text);
}

static void write_location(FILE *out, struct str path)
{
    fputs(" LOCTYPE=\"URL\" xlink:type=\"simple\" xlink:href=\"", out);
    markup_href(out, path);
    fputs("\"/>", out);
}

static void write_reference(FILE *out, const char *type, const struct sip_file *file)
{
    fprintf(out, "<mdRef MDTYPE=\"%s\"", type);
    write_facts(out, file);
    write_location(out, file->path);
}

/* CSIP17 to CSIP44. */
static void write_metadata(const struct sip *p, FILE *out)
{
    fputs("<dmdSec ID=\"dmd-ead\"", out);
    write_time(out, "CREATED", p->descriptive.created);
    fputs(" STATUS=\"CURRENT\">", out);
    write_reference(out, "EAD", &p->descriptive);
    fputs("</dmdSec>\n<amdSec ID=\"amd\"><digiprovMD ID=\"digiprov-premis\"", out);
    write_time(out, "CREATED", p->preservation.created);
    fputs(" STATUS=\"CURRENT\">", out);
    write_reference(out, "PREMIS", &p->preservation);
    fputs("</digiprovMD></amdSec>\n", out);
}

/* CSIP62, CSIP64, CSIP65. */
static void open_group(const struct sip_description *d, enum sip_group group, FILE *out)
{
    fprintf(out, "<fileGrp ID=\"%s\" USE=\"%s\"", groups[group].id, groups[group].use);
    if (group == SIP_DATA) {
        markup_attribute(out, "csip:CONTENTINFORMATIONTYPE", d->content_information_type);
        markup_attribute(out, "csip:OTHERCONTENTINFORMATIONTYPE",
                         d->other_content_information_type);
    }
    fputs(">\n", out);
}

/* CSIP58, CSIP59, CSIP66 to CSIP79. */
static struct err *write_files(const struct sip *p, FILE *out)
{
    autobuf struct buf texts = buf_new((size_t)2 * SIP_PATH_MAX);
    struct sip_file file;
    enum sip_group open = SIP_METADATA; /* which has no file group */
    uint64_t number = 0;
    rewind(p->files);
    fputs("<fileSec ID=\"files\">\n", out);
    for (bool more = true;;) {
        TRY(sip_file_next(p->files, &texts, &file, &more));
        if (!more)
            break;
        if (file.group == SIP_METADATA)
            continue;
        if (file.group != open) {
            fputs(open != SIP_METADATA ? "</fileGrp>\n" : "", out);
            open_group(p->description, file.group, out);
            open = file.group;
        }
        fprintf(out, "<file ID=\"file-%llu\"", (unsigned long long)++number);
        markup_attribute(out, "OWNERID", file.owner_id);
        write_facts(out, &file);
        fputs("><FLocat", out);
        write_location(out, file.path);
        fputs("</file>\n", out);
    }
    fputs(open != SIP_METADATA ? "</fileGrp>\n</fileSec>\n" : "</fileSec>\n", out);
    return NULL;
}

/* CSIP80 to CSIP104, CSIP116 to CSIP119. */
static void write_structure(const struct sip *p, FILE *out)
{
    fputs("<structMap ID=\"structure\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\"><div ID=\"package\"", out);
    markup_attribute(out, "LABEL", p->description->objid);
    fputs(">\n<div ID=\"division-metadata\" LABEL=\"Metadata\" DMDID=\"dmd-ead\""
          " ADMID=\"digiprov-premis\"/>\n",
          out);
    for (size_t i = SIP_DOCUMENTATION; i < SIP_GROUPS; i++)
        if (p->count[i] > 0)
            fprintf(out, "<div ID=\"division-%zu\" LABEL=\"%s\"><fptr FILEID=\"%s\"/></div>\n", i,
                    groups[i].division, groups[i].id);
    fputs("</div></structMap>\n</mets>\n", out);
}

struct err *sip_mets_write(const struct sip *sip, FILE *out)
{
    write_root(sip->description, out);
    write_header(sip->description, out);
    write_metadata(sip, out);
    TRY(write_files(sip, out));
    write_structure(sip, out);
    return NULL;
}
