#!/usr/bin/env bash
# The database that the migrations make: as catalogue.txt tells it, within the rules of broken_rules.sql; migrating again
# changes nothing. ACCEPT=1 takes what is there as right: the diff is reviewed.
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
cd "$top/tests/contract"

migrate() {
    R7_DATABASE_URL=$url R7_SCHEMAS=$top/schemas "$build/bin/r7-migrate"
}

told() {
    sql "$url" -f catalogue.sql >"$1"
}

no_rule_broken() {
    sql "$url" -f broken_rules.sql >"$work/broken" && cat "$work/broken" && [ ! -s "$work/broken" ]
}

start_cluster
url=$(login r7_migrate "$(database catalogue)")
told "$work/catalogue.txt"
[ -z "${ACCEPT-}" ] || cp "$work/catalogue.txt" catalogue.txt
check "the catalogue is the one reviewed (make catalogue ACCEPT=1 takes the new one)" diff -u catalogue.txt "$work/catalogue.txt"
check "no rule is broken" no_rule_broken
equal "migrating again does nothing" "" "$(migrate)"
told "$work/again.txt"
check "and changes nothing" cmp "$work/catalogue.txt" "$work/again.txt"
tell
