/* GetCareDocumentation 3.0: what both ways of writing a record share. Inside the room only. */
#pragma once

#include "gcd3.h"

#define CORE_NAMESPACE "urn:riv:clinicalprocess:healthcond:description:3"

/* The prefixes of an answer, declared at its root. */
#define RESPONDER S("r")
#define CORE      S("c")

/* A leaf of the core namespace, or nothing when the text is blank. Characters that XML cannot carry
 * become spaces: one of them in a title must not keep a patient's other records from being read. */
void gcd3_leaf(struct xml_writer *w, struct str name, struct str text);
void gcd3_ii(struct xml_writer *w, struct str name, struct ii id);

/* The row's care provider and care unit as identifiers; root absent when it is neither an HSA-id
 * nor an organisation number, which the contract can then not express. */
struct ii gcd3_organisation(struct str id);

/* Copies the first careDocumentation of this contract in the content. UNSUPPORTED when there is
 * none, other errors when the XML is broken; the caller then takes back what was written.
 * *out_in_period: one of its dissenting opinions is inside the period asked for. */
MUST_USE struct err *gcd3_copy(struct gcd3_answer *answer, const struct gcd3_item *item,
                               const struct gcd3_content *content, bool *out_in_period);

/* Is the day of a time of the form YYYYMMDDhhmmss inside the period? */
bool gcd3_in_period(const struct gcd3_question *question, struct str time);
/* Is any time of the row? True when no period was asked for. */
bool gcd3_row_in_period(const struct gcd3_question *question, const struct gcd3_times *times);
