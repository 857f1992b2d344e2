#!/usr/bin/env bash
# Is everything that can show a record told to be logged (logged.tsv), in the words that the log's table takes?
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

start_cluster
migrate=$(login r7_migrate "$(database logged)")
mapfile -t words < <(query "select (regexp_matches(pg_get_constraintdef(oid), '''(\w+)''', 'g'))[1] from pg_constraint
    where conrelid = 'access.disclosure'::regclass and conname = 'disclosure_action_check'")
/usr/bin/python3 "$top/tests/contract/logged.py" "$build" "${words[@]}"
