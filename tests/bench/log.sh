#!/usr/bin/env bash
# How fast the disclosure log is sealed: rows of the log that wait, sealed by room access (--drain), beside a bare program that only
# marks as many rows in PostgreSQL, 900 in a transaction, and a bare SHA-256 of as many short texts. By hand:
#
#   tests/bench/log.sh [BUILD]     BUILD: build/release; BENCH_ROWS=50000 BENCH_ROUNDS=3
set -- "${1:-build/release}"
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
count=${BENCH_ROWS:-50000} rounds=${BENCH_ROUNDS:-3}
ports access keys

rows() {
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person,
            action, purpose, records, what, reasons, request, salt, member_salt)
        select gen_random_uuid(), 1, clock_timestamp(), 'person', gen_random_uuid(), 'Åsa Lind', gen_random_uuid(), 'care_staff', 'SE0000000001-U1', 'SE0000000001-1001',
            gen_random_uuid(), 'read', 'care', 1, jsonb_build_object('records', array[gen_random_uuid()]), 'own_unit',
            gen_random_uuid(), sha256(random()::text::bytea), sha256(random()::text::bytea) from generate_series(1, $count) n; analyze access.disclosure"
}

# Seconds that the command took.
took() {
    local began=$EPOCHREALTIME
    "$@" >/dev/null
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.3f", b - a}'
}

drained() {
    mode=--drain room access
    wait "${pid[access]}"
}

# What any sealer must do to the table, and nothing else: the rows get numbers, batch after batch, each committed.
marked() {
    query "do \$\$ declare batch int; begin for batch in 0..($count - 1) / 900 loop
        update access.disclosure d set leaf = 1000000000 + batch * 900 + w.n, sealed_at = now()
          from (select id, row_number() over () as n from (select id from access.disclosure where tenant = 1 and sealed_at is null order by at, id limit 900 for update) s) w
          where d.id = w.id; commit; end loop; end \$\$"
}

start_cluster
url=$(database log_bench)
migrate=$(login r7_migrate "$url")
printf 'password of admin\n' >"$work/admin-password"
tenant 1 region-a
idle=$(took drained)
for ((round = 1; round <= rounds; round++)); do
    rows
    began=$EPOCHREALTIME
    times >"$work/before"
    drained
    times >"$work/after"
    sealing=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.3f", b - a}')
    each=$(awk -v n="$count" 'FNR == 2 {split($1, user, /[ms]/); split($2, own, /[ms]/); t = 60 * (user[1] + own[1]) + user[2] + own[2]; used = t - used}
        END {printf "%.0f", used * 1e6 / n}' "$work/before" "$work/after")
    [ "$(query "select count(*) from access.disclosure where sealed_at is null")" = 0 ] || { echo "not all is sealed" && exit 1; }
    rows
    bare=$(took marked)
    query "delete from access.disclosure where leaf >= 1000000000" >/dev/null
    awk -v n="$count" -v s="$sealing" -v i="$idle" -v b="$bare" -v round="$round" -v each="$each" 'BEGIN {
        printf "round %d: sealed %.0f rows/s (start and end, %.2f s, taken off), only marked %.0f rows/s, ratio %.2f; %d us of the room on a processor for a row\n", round, n / (s - i), i, n / b, (s - i) / b, each}'
done
awk -v l="$(cut -d ' ' -f 1 /proc/loadavg)" 'BEGIN {print "load " l}'
