/* The statements of room validation. */
#include "services/validation/room.h"

#define SQL_DEF  "services/validation/sql.def"
#define SQL_LIST validation_sql
#include "db/sql_define.h"
