/* What a content information type asks of a package as a whole: CITS SIARD 1.0 and CITS eHealth1
 * 2.0.1, as far as METS roots and paths tell. The rest is asked of single files (content.h).
 *
 * First each METS file, then each file, then the end. A package of another type costs
 * nothing. */
#pragma once

#include "base/arena.h"
#include "content/content.h"
#include "text/mets.h"

struct content_package;

enum { CONTENT_REPRESENTATIONS = 10000 }; /* of more than these nothing is said */

/* What is kept lives in the arena; faults of METS go to the report at once. */
struct content_package *content_package_new(struct arena *arena,
                                            const struct content_report *report);
void content_package_free(struct content_package *p);
/* An element of the METS file at this path, as it opens and as it closes; the package's own
 * ("METS.xml") comes first. The path outlives it. */
void content_package_see(struct content_package *p, const struct mets_event *event,
                         struct str mets);
/* Between METS and the files, where the package lists patients (CITS eHealth1): each path is told
 * once before, and the files of which it says so are read, each from its beginning to its end: are
 * the patients' folders named there? */
bool content_package_has_patients(const struct content_package *p);
bool content_package_is_list(struct content_package *p, struct str path);
void content_package_list(struct content_package *p, struct str piece);
void content_package_list_end(struct content_package *p);
/* One could not be read: nothing is told of what they name. */
void content_package_list_unknown(struct content_package *p);
/* A file, by its path below the root folder. */
void content_package_file(struct content_package *p, struct str path);
void content_package_end(struct content_package *p);
