/* Defines a room's statements and their list: #define SQL_DEF and SQL_LIST before including. A
 * template. */
#define SQL(name, text) const struct sql name = {#name, text};
#include SQL_DEF
#undef SQL
#define SQL(name, text) &name,
const struct sql *const SQL_LIST[] = {
#include SQL_DEF
    NULL};
#undef SQL
#undef SQL_DEF
#undef SQL_LIST
