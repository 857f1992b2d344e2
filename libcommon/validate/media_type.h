/* Media types (RFC 6838). */
#pragma once

#include "base/str.h"

/* Is it on IANA's list, upper and lower case alike, with or without parameters? */
bool media_type_is_registered(struct str type);
/* Has it the form of one (type "/" subtype, both restricted-names of at most 127 characters)? */
bool media_type_is_wellformed(struct str type);
