/* A record in PostgreSQL's binary COPY form. */
#include "base/base.h"
#include "db/copy.h"
#include "services/indexing/room.h"

#define ONE(name, type)      +1
#define COPY_ONE(name, type) copy_value(out, V(record->name));

void record_copy(const struct record *record, int64_t number, struct buf *out)
{
    enum { COLUMNS = RECORD_COLUMNS(ONE) + 2 };
    copy_row(out, COLUMNS);
    RECORD_COLUMNS(COPY_ONE)
    copy_value(out, V(number));
    copy_value(out, V(record->text));
}
