/* Rows in PostgreSQL's binary COPY form: each a 16-bit field count, then 32-bit length and bytes.
 */
#pragma once

#include "db/db.h"

void copy_row(struct buf *out, int16_t columns);
/* By the value's type: every number is a bigint, a list of strings a text[], and an empty list
 * null. */
void copy_value(struct buf *out, struct value value);
