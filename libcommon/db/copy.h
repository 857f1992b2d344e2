/* Rows in PostgreSQL's binary COPY form: each a 16-bit field count, then 32-bit length and bytes.
 */
#pragma once

#include "db/db.h"

void copy_row(struct buf *out, int16_t columns);
void copy_value(struct buf *out, struct value value); /* by the value's type; int64 as bigint */
void copy_int2(struct buf *out, int16_t value);
void copy_int4(struct buf *out, int32_t value);
