/* METS.xml by CSIP 2.2.0 and SIP 2.2.0. The numbers name their requirements. */
#include "base/base.h"
#include "text/markup.h"
#include "text/mets_write.h"
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

/* CSIP10 to CSIP16 (the software), SIP9 to SIP25 (who created, who delivers, whom to ask), and the
 * source system as FGS names it. */
static void write_agents(const struct sip_description *d, FILE *out)
{
    const struct mets_agent agents[] = {
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
        mets_write_agent(out, &agents[i]);
}

/* SIP1 to SIP7. */
static void write_root_and_header(const struct sip_description *d, FILE *out)
{
    const struct mets_root root = {
        .objid = d->objid,
        .label = d->title,
        .type = d->content_category,
        .other_type = d->other_content_category,
        .content_information_type = d->content_information_type,
        .other_content_information_type = d->other_content_information_type,
        .profile = "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml"};
    mets_write_root(out, &root);
    mets_open_header(out, d->created, d->record_status, "SIP");
    write_agents(d, out);
    mets_write_alternative_id(out, "SUBMISSIONAGREEMENT", d->agreement);
    mets_write_alternative_id(out, "REFERENCECODE", d->reference_code);
    fputs("</metsHdr>\n", out);
}

static struct mets_file pointed_at(const struct sip_file *file)
{
    return (struct mets_file){file->size, file->sha256, file->created, file->media_type,
                              file->path};
}

static void write_section(FILE *out, const char *open, const char *type,
                          const struct sip_file *file)
{
    const struct mets_file at = pointed_at(file);
    fputs(open, out);
    mets_write_time(out, "CREATED", file->created);
    fputs(" STATUS=\"CURRENT\">", out);
    mets_write_reference(out, type, NULL, &at);
}

/* CSIP17 to CSIP44. */
static void write_metadata(const struct sip *p, FILE *out)
{
    write_section(out, "<dmdSec ID=\"dmd-ead\"", "EAD", &p->descriptive);
    write_section(out, "</dmdSec>\n<amdSec ID=\"amd\"><digiprovMD ID=\"digiprov-premis\"", "PREMIS",
                  &p->preservation);
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
        const struct mets_file at = pointed_at(&file);
        mets_write_facts(out, &at);
        fputs("><FLocat", out);
        mets_write_location(out, file.path);
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
    write_root_and_header(sip->description, out);
    write_metadata(sip, out);
    TRY(write_files(sip, out));
    write_structure(sip, out);
    return NULL;
}
