/* What lies in the package beside the file that is read: every file of the manifest by its path,
 * with its length and the beginning of the digest that METS states of it. Made when it is first
 * asked for: few files ask. 40 bytes for each file; where there are more than NEIGHBOURS_MOST,
 * nothing is known of any. */
#pragma once

#include "content/content.h"

enum { NEIGHBOURS_MOST = 4000000 };

struct neighbours;

/* `manifest` is the whole of it, whatever part is checked, and outlives it. */
struct neighbours *neighbours_new(const struct source *manifest);
void neighbours_free(struct neighbours *n); /* NULL is fine */
/* As the member of struct content_around; the state is the neighbours. */
MUST_USE struct err *neighbours_find(void *state, struct str path, struct content_other *out,
                                     enum content_presence *out_presence);
