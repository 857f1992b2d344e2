/* What simple types of an XML Schema ask of a value beyond its kind (XML Schema Part 2 §4.3):
 * patterns, enumerations, lengths and bounds, by libxml2. For schemas from outside, which are not
 * compiled. */
#pragma once

#include "base/base.h"

enum { XML_FACET_TEXT = 1024 }; /* bytes of a text that is judged */

struct xml_facets;
struct xml_facets *xml_facets_new(void);
void xml_facets_free(struct xml_facets *f); /* NULL: nothing */
/* As the schema is read; types have numbers of the caller's. A name that is none of a facet's is
 * passed over. */
void xml_facets_add(struct xml_facets *f, uint8_t type, struct str name, struct str value);
/* When all are added, once for each type: the type of XML Schema that it is made of, as "integer".
 * NULL: none that is known, and its facets ask for nothing. */
void xml_facets_settle(struct xml_facets *f, uint8_t type, const char *made_of);
bool xml_facets_has(const struct xml_facets *f, uint8_t type);
/* Does a text that is of the kind meet the type's facets? Else the one that it does not meet is put
 * to out_expected, as "pattern [a-z]+". */
bool xml_facets_fit(struct xml_facets *f, uint8_t type, struct str text, struct buf *out_expected);
