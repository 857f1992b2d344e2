#include "text/mets_write.h"

#include "text/markup.h"

void mets_write_time(FILE *out, const char *attribute, struct instant at)
{
    char text[INSTANT_TEXT];
    instant_print(at, text);
    fprintf(out, " %s=\"%s\"", attribute, text);
}

void mets_write_root(FILE *out, const struct mets_root *root)
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
    markup_attribute(out, "OBJID", root->objid);
    markup_attribute(out, "LABEL", root->label);
    markup_attribute(out, "TYPE", root->type);
    markup_attribute(out, "csip:OTHERTYPE", root->other_type);
    markup_attribute(out, "csip:CONTENTINFORMATIONTYPE", root->content_information_type);
    markup_attribute(out, "csip:OTHERCONTENTINFORMATIONTYPE", root->other_content_information_type);
    fprintf(out, " PROFILE=\"%s\">\n", root->profile);
}

void mets_open_header(FILE *out, struct instant created, struct str record_status,
                      const char *package_type)
{
    fputs("<metsHdr", out);
    mets_write_time(out, "CREATEDATE", created);
    markup_attribute(out, "RECORDSTATUS", record_status);
    fprintf(out, " csip:OAISPACKAGETYPE=\"%s\">\n", package_type);
}

/* <NAME ATTRIBUTE="type">text</NAME>, left out when the text is absent. */
static void write_typed(FILE *out, const char *name, const char *attribute, const char *type,
                        struct str text)
{
    if (text.ptr == NULL)
        return;
    fprintf(out, "<%s %s=\"%s\">", name, attribute, type);
    markup_text(out, text);
    fprintf(out, "</%s>", name);
}

void mets_write_agent(FILE *out, const struct mets_agent *agent)
{
    if (agent->name.ptr == NULL)
        return;
    fprintf(out, "<agent ROLE=\"%s\" TYPE=\"%s\"", agent->role, agent->type);
    markup_attribute(out, "OTHERTYPE", str_from(agent->other_type));
    fputs(">", out);
    markup_element(out, "name", agent->name);
    write_typed(out, "note", "csip:NOTETYPE", "SOFTWARE VERSION", agent->version);
    write_typed(out, "note", "csip:NOTETYPE", "IDENTIFICATIONCODE", agent->identification_code);
    markup_element(out, "note", agent->note);
    fputs("</agent>\n", out);
}

void mets_write_alternative_id(FILE *out, const char *type, struct str id)
{
    write_typed(out, "altRecordID", "TYPE", type, id);
}

void mets_write_facts(FILE *out, const struct mets_file *file)
{
    fprintf(out, " MIMETYPE=\"%s\" SIZE=\"%llu\"", file->media_type,
            (unsigned long long)file->size);
    mets_write_time(out, "CREATED", file->created);
    fprintf(out, " CHECKSUM=\"%s\" CHECKSUMTYPE=\"SHA-256\"", sha256_text(file->sha256).text);
}

void mets_write_location(FILE *out, struct str path)
{
    fputs(" LOCTYPE=\"URL\" xlink:type=\"simple\" xlink:href=\"", out);
    markup_href(out, path);
    fputs("\"/>", out);
}

void mets_write_reference(FILE *out, const char *type, const char *other,
                          const struct mets_file *file)
{
    fprintf(out, "<mdRef MDTYPE=\"%s\"", type);
    if (str_equal(str_from(type), S("PREMIS"))) /* AIPM7; ours is always this */
        fputs(" MDTYPEVERSION=\"3.0\"", out);
    markup_attribute(out, "OTHERMDTYPE", str_from(other));
    mets_write_facts(out, file);
    mets_write_location(out, file->path);
}
