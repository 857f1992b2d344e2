/* The statements of room indexing. */
#include "services/indexing/room.h"

#define SQL_DEF  "services/indexing/sql.def"
#define SQL_LIST indexing_sql
#include "db/sql_define.h"

/* A connection's own table, emptied by each commit. `text` is what words are made of. */
#define COLUMN_TYPE(name, type) "\"" #name "\" " #type ", "
const char indexing_session[] = "create temporary table incoming (" RECORD_COLUMNS(
    COLUMN_TYPE) "number bigint, text text) on commit delete rows";
