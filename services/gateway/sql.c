/* The statements of room gateway. */
#include "services/gateway/room.h"

#define SQL_DEF  "services/gateway/sql.def"
#define SQL_LIST gateway_sql
#include "db/sql_define.h"
