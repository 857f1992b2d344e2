/* The statements of room search. */
#include "services/search/room.h"

#define SQL_DEF  "services/search/sql.def"
#define SQL_LIST search_sql
#include "db/sql_define.h"
