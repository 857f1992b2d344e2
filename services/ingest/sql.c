/* The statements of room ingest. */
#include "services/ingest/room.h"

#define SQL_DEF  "services/ingest/sql.def"
#define SQL_LIST ingest_sql
#include "db/sql_define.h"
