/* FGS Paketstruktur 1.1 and 1.2 (Riksarkivet, RAFGS1): METS narrowed, in a file named sip.xml or
 * mets.xml, with a folder for the content beside it. Version 2.0 is E-ARK CSIP and SIP 2.1.0 as
 * they are. */
#pragma once

#include "base/arena.h"
#include "domain/package_stated.h"
#include "text/mets.h"
#include "validate/finding.h"

/* May a file of this name in the root folder be the description? Upper and lower case alike. */
bool fgs_is_description(struct str name);
/* … and is it, whatever PROFILE it states? sip.xml is a name of FGS alone. */
bool fgs_is_sip(struct str name);
/* Is it a profile of FGS 1? */
bool fgs_is_profile(struct str profile);
/* IN_FGS_1_1 or IN_FGS_1_2, of the root element: as PROFILE or the schema's location say, else by
 * the form of the dates. */
enum applies fgs_version(const struct mets_node *root);

/* OBJID without "UUID:" or "GUID:" in front of a UUID, which is in lower case then: the same
 * package keeps one name. */
struct str fgs_objid(struct str objid, struct arena *arena);
/* TYPE in the words of CSIP's vocabulary of content categories. */
struct package_stated fgs_stated(struct str type);
/* "file:///x" is x in the root folder; others as they are. */
struct str fgs_href(struct str href);
