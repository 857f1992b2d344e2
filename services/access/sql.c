/* The statements of room access. */
#include "services/access/room.h"
#include "svc/units.h"
#include "tlog/batch.h"
#include "tlog/row.h"

#define SQL_DEF  "services/access/sql.def"
#define SQL_LIST access_sql
#include "db/sql_define.h"
