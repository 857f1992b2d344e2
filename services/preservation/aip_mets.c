/* METS.xml of an AIP, by CSIP 2.2.0 and E-ARK AIP 2.2.0: every file of the AIP part and the package
 * as it was delivered, which is its one representation. It is made once, for the first version, and
 * its OBJID never changes (AIPM1): the package's own id, because a supplier's OBJID may be
 * anything.
 */
#include "services/preservation/aip.h"

#include "base/base.h"
#include "text/markup.h"
#include "text/mets_write.h"

#include <stdlib.h>

const struct aip_place aip_places[AIP_WHATS] = {
    [AIP_METS] = {"mets", "METS.xml", "application/xml"},
    [AIP_PREMIS] = {"premis", "metadata/preservation/premis.xml", "application/xml"},
    [AIP_CATALOGUE] = {"catalogue", "metadata/other/catalogue.json", "application/json"},
    [AIP_ENTRIES] = {"entries", "metadata/preservation/entries", "application/octet-stream"},
    [AIP_REPORT] = {"report", "metadata/preservation/report.json", "application/json"},
};

static const struct container_kind {
    const char *name;
    const char *path;
    const char *media_type;
} containers[] = {
    {"zip", "representations/submission/data/package.zip", "application/zip"},
    {"tar", "representations/submission/data/package.tar", "application/x-tar"},
    {"tar.gz", "representations/submission/data/package.tar.gz", "application/gzip"},
    {NULL, "representations/submission/data/package", "application/octet-stream"},
};

static const struct container_kind *container_of(const struct stored_delivery *d)
{
    const struct container_kind *kind = containers;
    while (kind->name != NULL && !str_equal(d->container, str_from(kind->name)))
        kind++;
    return kind;
}

struct str aip_delivered_path(const struct stored_delivery *delivery)
{
    return str_from(container_of(delivery)->path);
}

const char *aip_delivered_type(const struct stored_delivery *delivery)
{
    return container_of(delivery)->media_type;
}

/* CSIP1 to CSIP6, AIPM1, AIPM2 (which has this address on the DIP's host). A package that was
 * judged before its kind was kept says so (CSIP3). */
static void write_root(const struct aip *aip, FILE *out)
{
    const struct package_stated *stated = &aip->stated;
    bool known = stated->content_category.len > 0;
    char objid[64];
    snprintf(objid, sizeof objid, "urn:uuid:%s", uuid_text(aip->delivery->package).text);
    const struct mets_root root = {
        .objid = str_from(objid),
        .type = known ? stated->content_category : S("Other"),
        .other_type = known ? stated->other_content_category : S("not kept"),
        .content_information_type = stated->content_information_type,
        .other_content_information_type = stated->other_content_information_type,
        .profile = "https://earkdip.dilcis.eu/profile/E-ARK-AIP-v2-2-0.xml"};
    mets_write_root(out, &root);
}

/* AIPM3, CSIP10 to CSIP16; whose archive it is and who keeps it. */
static void write_header(const struct aip *aip, FILE *out)
{
    const struct mets_agent agents[] = {
        {"CREATOR", "OTHER", "SOFTWARE", S("R7e"), .version = S(R7_VERSION)},
        {"ARCHIVIST", "ORGANIZATION", .name = aip->delivery->archive_creator},
        {"PRESERVATION", "ORGANIZATION", .name = aip->tenant},
    };
    mets_open_header(out, aip->now, (struct str){0}, "AIP");
    for (size_t i = 0; i < COUNT(agents); i++)
        mets_write_agent(out, &agents[i]);
    mets_write_alternative_id(out, "SUBMISSIONAGREEMENT", aip->delivery->agreement);
    fputs("</metsHdr>\n", out);
}

/* Rows have no other name than one of these: their tables see to it. */
static enum aip_what what_of(struct str name)
{
    enum aip_what what = AIP_METS;
    while (what < AIP_WHATS - 1 && !str_equal(name, str_from(aip_places[what].name)))
        what++;
    return what;
}

static void write_section(const struct aip *aip, const struct aip_file *file, FILE *out)
{
    enum aip_what what = what_of(file->what);
    const struct mets_file at = {.size = (uint64_t)file->bytes,
                                 .sha256 = file->sha256,
                                 .created = what < AIP_OWN ? aip->now : aip->delivery->validated_at,
                                 .media_type = aip_places[what].media_type,
                                 .path = str_from(aip_places[what].path)};
    fprintf(out, "<digiprovMD ID=\"digiprov-%s\"", aip_places[what].name);
    mets_write_time(out, "CREATED", at.created);
    fputs(" STATUS=\"CURRENT\">", out);
    if (what == AIP_PREMIS)
        mets_write_reference(out, "PREMIS", NULL, &at);
    else
        mets_write_reference(out, "OTHER", aip_places[what].name, &at);
    fputs("</digiprovMD>\n", out);
}

/* Is it METS itself, or another row of the file before it? */
static bool is_told(const struct aip *aip, size_t i)
{
    struct str mets = str_from(aip_places[AIP_METS].name);
    return str_equal(aip->files[i].what, mets) ||
           (i > 0 && str_equal(aip->files[i].what, aip->files[i - 1].what));
}

/* AIPM5, AIPM6, CSIP31 to CSIP44: what was done with the package, in PREMIS; what was found; where
 * each file stands in it; and what the catalogue knows. */
static void write_metadata(const struct aip *aip, FILE *out)
{
    fputs("<amdSec ID=\"amd\">", out);
    for (size_t i = 0; i < aip->file_count; i++)
        if (!is_told(aip, i))
            write_section(aip, &aip->files[i], out);
    fputs("</amdSec>\n", out);
}

/* CSIP58 to CSIP79. */
static void write_delivered(const struct aip *aip, FILE *out)
{
    const struct stored_delivery *d = aip->delivery;
    const struct mets_file at = {.size = (uint64_t)d->bytes,
                                 .sha256 = d->sha256,
                                 .created = d->received_at,
                                 .media_type = aip_delivered_type(d),
                                 .path = aip_delivered_path(d)};
    fputs("<fileSec ID=\"files\">\n<fileGrp ID=\"group-submission\" USE=\"Representations\"", out);
    markup_attribute(out, "csip:CONTENTINFORMATIONTYPE", aip->stated.content_information_type);
    markup_attribute(out, "csip:OTHERCONTENTINFORMATIONTYPE",
                     aip->stated.other_content_information_type);
    fputs("><file ID=\"file-delivered\"", out);
    mets_write_facts(out, &at);
    fputs("><FLocat", out);
    mets_write_location(out, at.path);
    fputs("</file></fileGrp>\n</fileSec>\n", out);
}

/* CSIP80 to CSIP104. */
static void write_structure(const struct aip *aip, FILE *out)
{
    fputs("<structMap ID=\"structure\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\"><div ID=\"package\""
          " LABEL=\"urn:uuid:",
          out);
    fprintf(out, "%s\">\n<div ID=\"division-metadata\" LABEL=\"Metadata\" ADMID=\"",
            uuid_text(aip->delivery->package).text);
    const char *before = "";
    for (size_t i = 0; i < aip->file_count; i++) {
        if (is_told(aip, i))
            continue;
        fprintf(out, "%sdigiprov-%.*s", before, STR_ARG(aip->files[i].what));
        before = " ";
    }
    fputs("\"/>\n<div ID=\"division-representations\" LABEL=\"Representations\">"
          "<fptr FILEID=\"group-submission\"/></div>\n</div></structMap>\n</mets>\n",
          out);
}

struct err *aip_mets(const struct aip *aip, struct buf *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL)
        return err_new(ERR_TRANSIENT, "no memory for the METS of a package");
    write_root(aip, stream);
    write_header(aip, stream);
    write_metadata(aip, stream);
    write_delivered(aip, stream);
    write_structure(aip, stream);
    bool whole = fclose(stream) == 0;
    if (whole)
        buf_put(out, (struct str){text, length});
    free(text);
    return whole ? buf_done(out, "the METS of a package")
                 : err_new(ERR_TRANSIENT, "no memory for the METS of a package");
}
