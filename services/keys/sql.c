/* The statements of room keys. */
#include "services/keys/room.h"

#define SQL_DEF  "services/keys/sql.def"
#define SQL_LIST keys_sql
#include "db/sql_define.h"
