/* The register of units as rooms read it beside records (domain/unit.h): what the records' unit
 * codes meant at the records' own time, and which units' records a unit reads as its own. Joined at
 * reading, so that a change of the register holds for every record at once and rewrites none. */
#pragma once

#include "db/db.h"
#include "domain/unit.h"
#include "svc/subject.h"

enum { UNITS_MAX = 1000 }; /* units that one answer may name */

/* The statements are the room's own, prepared under its role: SQL(room_select_meanings,
 * UNIT_MEANINGS).
 *
 * What codes may have meant, with the versions of code and unit: one snapshot. A code without any
 * meaning has a row too, for its version; a code that is a unit's own id means that, whoever
 * delivers it. */
#define UNIT_MEANINGS                                                                              \
    "select m.source_system, w.code, m.unit, m.care_unit, m.care_provider, m.valid_from, "         \
    "m.valid_until,"                                                                               \
    " coalesce(c.version, 0) as code_version, coalesce(v.version, 0) as unit_version"              \
    " from unnest($1::text[], $2::text[]) as w(source_system, code) left join lateral ("           \
    "select k.source_system, k.unit, u.care_unit, u.care_provider, k.valid_from, k.valid_until "   \
    "from access.unit_code k"                                                                      \
    " left join access.unit u on u.tenant = base.tenant() and u.id = k.unit where k.tenant = "     \
    "base.tenant()"                                                                                \
    " and k.source_system = w.source_system and k.code = w.code and not k.withdrawn union all"     \
    " select null, u.id, u.care_unit, u.care_provider, null, null from access.unit u where "       \
    "u.tenant = base.tenant()"                                                                     \
    " and u.id = w.code) m on true"                                                                \
    " left join access.fact_version c on c.tenant = base.tenant() and c.kind = 'unit' and c.id = " \
    "w.code"                                                                                       \
    " left join access.fact_version v on v.tenant = base.tenant() and v.kind = 'unit' and v.id = " \
    "m.unit"
/* Every decision on a way back from these units, whether all of the way is open or not:
 * unit_predecessors tells. */
#define UNIT_PREDECESSORS                                                                          \
    "with recursive way (unit, successor, covers_predecessors, valid_from, valid_until) as "       \
    "(select s.unit, s.successor,"                                                                 \
    " s.covers_predecessors, s.valid_from, s.valid_until from access.succession s where s.tenant " \
    "= base.tenant()"                                                                              \
    " and s.kind in ('merge', 'split') and s.successor = any($1::text[]) union select s.unit, "    \
    "s.successor,"                                                                                 \
    " s.covers_predecessors, s.valid_from, s.valid_until from way w join access.succession s on "  \
    "s.tenant = base.tenant()"                                                                     \
    " and s.kind in ('merge', 'split') and s.successor = w.unit where w.covers_predecessors)"      \
    " select unit, successor, covers_predecessors, valid_from, valid_until from way"

struct unit_versions {
    struct fact_version *at;
    size_t count;
};

/* Maps the records' units, in two steps around the caller's round trip: `meanings` is the room's
 * statement. TOO_LARGE when the records are of over UNITS_MAX units. `out` is filled by load_run.
 */
MUST_USE struct err *units_ask(const struct sql *meanings, const struct record *const *records,
                               size_t count, struct arena *arena, struct load *load,
                               struct rows *out);
/* *out_versions: of all that they were mapped by, as it was then; for the disclosure row. */
void units_take(const struct rows *rows, struct arena *arena, struct record *const *records,
                size_t count, struct unit_versions *out_versions);

/* Whose records these units read as their own, in two steps likewise. In the arena, in force or
 * not. */
void predecessors_ask(const struct sql *predecessors, struct strs units, struct load *load,
                      struct rows *out);
MUST_USE struct err *predecessors_take(const struct rows *rows, struct strs units,
                                       struct arena *arena,
                                       const struct permission_succession **out, size_t *out_count);
