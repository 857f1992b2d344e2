/* What cairo cannot say of a PDF. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Appends to a PDF of cairo's an update (ISO 32000-1 7.5.6) by which its catalogue names the
 * language and has viewers show the title, not the file's name. BUG: it is no such PDF. */
MUST_USE struct err *catalogue_tell(struct str language, struct buf *pdf);
