/* Secrets that a region's services know us by: files FOLDER/REGION/NAME, mode 0600. In no table. */
#pragma once

#include "base/base.h"

/* The first line of the file, into the arena. What is wrong with it, in words that name nothing, or
 * NULL. `setting` names the folder's setting. */
const char *shared_secret_read(const char *setting, struct str folder, struct str tenant,
                               struct str name, struct arena *arena, struct str *out);
/* Is it no more than the name of a file: of a-z, 0-9, and after the first . _ -? Pure. */
bool shared_secret_is_name(struct str name);
