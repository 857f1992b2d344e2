/* What the reader of XML and the schemas share: libxml2 is set up in one place. */
#pragma once

#include <libxml/xmlschemas.h>

#include "text/xml.h"

/* Sets libxml2 up once per process: nothing is loaded from anywhere but the folder of a schema
 * being compiled. */
void xml_set_up(void);
/* A context that validates one document. */
xmlSchemaValidCtxtPtr xml_schema_validation(const struct xml_schema *schema);
/* libxml2's sentence on one line without "{namespace}" before each name and without its full stop.
 */
struct str xml_message(const char *message, struct arena *arena);
