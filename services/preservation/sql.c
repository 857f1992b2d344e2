/* The statements of room preservation. */
#include "services/preservation/room.h"

#define SQL_DEF  "services/preservation/sql.def"
#define SQL_LIST preservation_sql
#include "db/sql_define.h"
