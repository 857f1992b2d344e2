/* Declares a room's statements: #define SQL_DEF "services/<room>/sql.def" before including. No
 * include guard: it is a template. */
#define SQL(name, text) extern const struct sql name;
#include SQL_DEF
#undef SQL
#undef SQL_DEF
