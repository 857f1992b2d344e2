/* What the reader of XML and the schemas share: libxml2 is set up in one place. */
#pragma once

#include <libxml/xmlschemas.h>

#include "text/xml.h"

/* Sets libxml2 up once per process: nothing is loaded from anywhere but the folder of a schema
 * being compiled. */
void xml_set_up(void);
/* A context that validates one document. */
xmlSchemaValidCtxtPtr xml_schema_validation(const struct xml_schema *schema);
/* Is what the validation says no fault of the document? libxml2 2.9 does not take the blanks away
 * that stand around a value of the integers of a size (long, int, unsignedByte …), durations, dates
 * and times, as XML Schema does (whiteSpace is collapse); decimal, integer and the others it does.
 * What it says of such a value is held against the same type without them. A type that a schema
 * derives from one of these is not told apart from others, and judged as libxml2 does. */
bool xml_schema_is_wrong(const xmlError *said);
/* libxml2's sentence on one line without "{namespace}" before each name and without its full stop.
 */
struct str xml_message(const char *message, struct arena *arena);
