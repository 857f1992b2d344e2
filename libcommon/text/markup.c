/* Text in XML, and paths in URIs. */
#include "text/markup.h"

void markup_text(FILE *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(text.ptr[i], out);
        }
    }
}

void markup_attribute(FILE *out, const char *name, struct str value)
{
    if (value.ptr == NULL)
        return;
    fprintf(out, " %s=\"", name);
    markup_text(out, value);
    fputc('"', out);
}

void markup_element(FILE *out, const char *name, struct str value)
{
    if (value.ptr == NULL)
        return;
    fprintf(out, "<%s>", name);
    markup_text(out, value);
    fprintf(out, "</%s>", name);
}

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '/';
}

void markup_href(FILE *out, struct str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (unreserved(path.ptr[i]))
            fputc(path.ptr[i], out);
        else
            fprintf(out, "%%%02X", (unsigned char)path.ptr[i]);
    }
}
