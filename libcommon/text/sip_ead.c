/* ead3.xml (EAD3 1.1.1): what the description says, in the archivists' own form. */
#include "base/base.h"
#include "text/markup.h"
#include "text/sip.h"

static void write_control(const struct sip_description *d, FILE *out)
{
    char at[INSTANT_TEXT];
    instant_print(d->created, at);
    fputs("<control>", out);
    markup_element(out, "recordid", d->objid);
    fputs("<filedesc><titlestmt>", out);
    markup_element(out, "titleproper", d->title);
    fputs("</titlestmt></filedesc><maintenancestatus value=\"new\"/><maintenanceagency>", out);
    markup_element(out, "agencyname", d->submitting_organisation.name);
    fprintf(
        out,
        "</maintenanceagency><maintenancehistory><maintenanceevent><eventtype value=\"created\"/>"
        "<eventdatetime standarddatetime=\"%s\">%s</eventdatetime><agenttype value=\"machine\"/>"
        "<agent>%.*s " R7_VERSION "</agent></maintenanceevent></maintenancehistory></control>\n",
        at, at, STR_ARG(d->software));
}

static void write_dates(const struct sip_description *d, FILE *out)
{
    if (d->from.ptr == NULL)
        return;
    fputs("<unitdatestructured><daterange><fromdate", out);
    markup_attribute(out, "standarddate", d->from);
    fprintf(out, ">%.*s</fromdate><todate", STR_ARG(d->from));
    markup_attribute(out, "standarddate", d->to);
    fprintf(out, ">%.*s</todate></daterange></unitdatestructured>", STR_ARG(d->to));
}

void sip_ead_write(const struct sip_description *description, FILE *out)
{
    const struct sip_description *d = description;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<ead xmlns=\"http://ead3.archivists.org/schema/\">\n",
          out);
    write_control(d, out);
    fputs("<archdesc level=\"otherlevel\" otherlevel=\"delivery\"><did>", out);
    markup_element(out, "unittitle", d->title);
    markup_element(out, "unitid", d->reference_code);
    write_dates(d, out);
    fputs("<origination><corpname>", out);
    markup_element(out, "part", d->archive_creator.name);
    fputs("</corpname></origination>", out);
    markup_element(out, "abstract", d->abstract);
    fputs("</did></archdesc>\n</ead>\n", out);
}
