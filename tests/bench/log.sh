#!/usr/bin/env bash
# How fast the disclosure log is sealed: rows that become visible at once, until room access has sealed them all; with nobody else there, and
# beside people who read records, each of whose reads is a row of its own. Beside a bare program that only numbers as many rows in PostgreSQL,
# 900 in a transaction. By hand:
#
#   tests/bench/log.sh [BUILD]     BUILD: build/release; BENCH_ROWS=50000 BENCH_ROUNDS=3 BENCH_READERS=4
set -- "${1:-build/release}"
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$top/tests/integration/asking.sh"
. "$top/tests/bench/reading.sh"
count=${BENCH_ROWS:-50000} rounds=${BENCH_ROUNDS:-3} readers=${BENCH_READERS:-4}
ports keys access search

rows() { # ROLE
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person,
            action, purpose, records, what, reasons, request, salt, member_salt)
        select gen_random_uuid(), 1, clock_timestamp(), 'person', gen_random_uuid(), 'Åsa Lind', gen_random_uuid(), '$1', 'SE0000000001-U1', 'SE0000000001-1001',
            gen_random_uuid(), 'read', 'care', 1, jsonb_build_object('records', array[gen_random_uuid()]), 'own_unit',
            gen_random_uuid(), sha256(random()::text::bytea), sha256(random()::text::bytea) from generate_series(1, $count) n"
}

until_sealed() {
    query "do \$\$ begin while exists (select from access.disclosure where sealed_at is null and role = 'bench') loop perform pg_sleep(0.02); commit; end loop; end \$\$"
}

since() {
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.3f", b - a}'
}

# What any sealer must do to the table, and nothing else: the rows get numbers, batch after batch, each committed.
marked() {
    query "do \$\$ declare batch int; begin for batch in 0..($count - 1) / 900 loop
        update access.disclosure d set leaf = 1000000000 + batch * 900 + w.n, sealed_at = now()
          from (select id, row_number() over () as n from (select id from access.disclosure where tenant = 1 and sealed_at is null and role = 'bare' order by at, id limit 900 for update) s) w
          where d.id = w.id; commit; end loop; end \$\$"
}

# sealed READERS: one line.
sealed() {
    local began before server reader='' took reads=0
    if [ "$1" -gt 0 ]; then
        "$build/bench/ask" "$1" 1000000 "$work/urls" >/dev/null 2>&1 &
        reader=$!
    fi
    rows bench
    began=$EPOCHREALTIME before=$(processor_of access) server=$(server_for access)
    until_sealed
    took=$(since "$began")
    if [ -n "$reader" ]; then
        reads=$(query "select count(*) from access.disclosure where role <> 'bench' and at > to_timestamp($began)")
        kill "$reader"
        wait "$reader" 2>/dev/null || true
    fi
    awk -v n="$count" -v took="$took" -v readers="$1" -v reads="$reads" -v a="$before" -v b="$(processor_of access)" \
        -v c="$server" -v d="$(server_for access)" 'BEGIN {
        printf "%d readers: sealed %.0f rows/s, and %.0f reads/s meanwhile, sealed too; on a processor for a row %d us of the room, %d us of PostgreSQL for it\n",
            readers, n / took, reads / took, (b - a) * 1000 / (n + reads), (d - c) * 1000 / (n + reads)}'
}

reading_house log_bench
sed "s/PORT/${port[search]}/" "$work/paths" >"$work/urls"
for ((round = 1; round <= rounds; round++)); do
    for many in 0 "$readers"; do echo "round $round, $(sealed "$many")"; done
    stop "${pid[access]}"
    rows bare
    began=$EPOCHREALTIME
    marked
    awk -v n="$count" -v took="$(since "$began")" -v round="$round" 'BEGIN {printf "round %d, bare: only numbered %.0f rows/s\n", round, n / took}'
    query "delete from access.disclosure where role = 'bare'"
    room access
    answers "$access/"
done
awk -v l="$(cut -d ' ' -f 1 /proc/loadavg)" 'BEGIN {print "load " l}'
