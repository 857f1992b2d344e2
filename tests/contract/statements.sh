#!/usr/bin/env bash
# Every statement of every room is prepared under the room's own role, and no statement over the records reads all of
# them: with 60,000 rows in the table each is explained under its room's role, for a tenant.
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

# With a path for each setting of its own that the room must be told: all of them name files so far.
room_check() {
    local settings=()
    mapfile -t settings < <("$build/bin/r7-$1" --print-config | awk -v work="$work" '/\(required\)$/ {print $1 "=" work "/" $1}')
    env -i PATH="$PATH" R7_DATABASE_URL="$(login "r7_$1" "$url")" R7_SCHEMAS="$top/schemas" R7_STATE_DIR="$work" \
        R7_VAULT_LOCATIONS="$work" "${settings[@]}" "$build/bin/r7-$1" --check
}

# A value for each parameter, by its type, so that the plan is made as in life: pruned to the partition it needs.
explain() { # ROOM NAME TEXT
    local text=${3//\'/\'\'}
    sql "$migrate" <<END
set plan_cache_mode = force_generic_plan;
set role r7_$1;
set r7.tenant = '1';
set search_path = '';
$(sed -n 's/^session //p' "$work/contract");
prepare asked as $3;
select format('explain (costs off) execute asked%s', '(' || string_agg(case parameter
    when 'smallint' then '1' when 'integer' then '1' when 'bigint' then '1' when 'boolean' then 'true'
    when 'uuid' then quote_literal(gen_random_uuid()) when 'timestamp with time zone' then 'now()' when 'date' then 'current_date'
    when 'uuid[]' then 'array[gen_random_uuid()]' when 'text[]' then '''{x}''' when 'integer[]' then '''{1}'''
    when 'smallint[]' then '''{1}''' when 'bigint[]' then '''{1}''' when 'jsonb' then '''{}''' when 'bytea' then '''x'''
    when 'tsquery' then '''x''' else quote_literal('x') end, ', ' order by number) || ')')
from pg_prepared_statements, unnest(parameter_types::text[]) with ordinality as p (parameter, number)
where name = 'asked' \gexec
END
}

# A partition, or an index that begins with the shard without asking for one, from end to end.
no_scan() {
    explain "$@" >"$work/plan" || return 1
    awk '/Seq Scan on (indexing\.)?record_[0-9]+/ {bad = 1}
         /Scan (using|on) record_[0-9]+_(pkey|shard_)/ {whole = 1}
         /Index Cond/ {if (whole && !/shard/) bad = 1; whole = 0}
         END {exit bad}' "$work/plan" || { cat "$work/plan" && return 1; }
}

own_database statements
sql "$migrate" -f "$top/tests/contract/records.sql"
for program in "$build"/bin/r7-*; do
    room=${program##*/r7-}
    [ "$room" != migrate ] || continue # it has no such mode, and would migrate what the environment names
    "$program" --contract </dev/null >"$work/contract" 2>/dev/null || continue
    grep -q '^statement ' "$work/contract" || continue
    check "$room: every statement is prepared under r7_$room" room_check "$room"
    while read -r _ name text; do
        [[ $text == *indexing.record* && ! $text =~ ^[Cc][Oo][Pp][Yy] ]] || continue
        check "$room: $name reads no partition of the records from end to end" no_scan "$room" "$name" "$text"
    done < <(grep '^statement ' "$work/contract")
done
tell
