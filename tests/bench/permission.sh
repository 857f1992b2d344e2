#!/usr/bin/env bash
# What permission and log cost: room search's reading of a record beside the same reading without subject, facts, decision and
# log row (bare_room.c), in turns; and how many decisions a second the function alone makes. By hand:
#
#   tests/bench/permission.sh [BUILD]     BUILD: build/release; BENCH_READS=3000 BENCH_ROUNDS=5 BENCH_CLIENTS=8
set -- "${1:-build/release}"
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
reads=${BENCH_READS:-3000} rounds=${BENCH_ROUNDS:-5} clients=${BENCH_CLIENTS:-8}
ports keys access search bare

post() { # URL JSON [TOKEN]
    curl -sf --cacert "$R7_VAR/keys/ca.crt" -H 'Content-Type: application/json' ${3:+-H "Authorization: Bearer $3"} --data-binary "$2" "$1"
}

member() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

nurse() {
    local access=https://127.0.0.1:${port[access]} admin chief user
    "$build/bin/r7" keys init region-a --keys-dir "$work/keys" --offline-dir "$work/offline" >/dev/null
    admin=$(post "$access/login" '{"tenant":"central","login":"admin","password":"password of admin"}' | member token)
    post "$access/tenants" '{"name":"region-a","title":"A","administrator":{"login":"chief","name":"Chief","password":"password of chief"}}' "$admin" >/dev/null
    chief=$(post "$access/login" '{"tenant":"region-a","login":"chief","password":"password of chief"}' | member token)
    user=$(post "$access/users" '{"login":"nurse","name":"Nurse","password":"password of nurse"}' "$chief" | member id)
    curl -sf --cacert "$R7_VAR/keys/ca.crt" -X PUT -H 'Content-Type: application/json' -H "Authorization: Bearer $chief" \
        --data-binary "$(analysis_json P)" "$access/analyses/BR"
    post "$access/users/$user/assignments" '{"role":"care_staff","unit":"U","care_unit":"U","care_provider":"P","purposes":["care"],"information_types":["care"],"analysis":"BR"}' "$chief" >/dev/null
    post "$access/login" '{"tenant":"region-a","login":"nurse","password":"password of nurse"}' | member token
}

records() {
    echo "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
          values (1, 'case', 'vas', 'VAS', 'care', 'files', 'Region', 'P', 'VAS');
          insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at,
          validated_at, accepted_at, stored_at) values ('$1', 1, 'vas', '$1', 'case', '$1', 'package', 'NEW', 1, sha256('x'), now(), now(), now(), now());
          insert into indexing.record (shard, package, person, part, number, tenant, type, category, status, occurred_at, care_provider, care_unit, unit_id,
          unit_name, archive_creator, source_system, source_id, title, content_hmac) select ('x' || substr(p::text, 1, 4))::bit(16)::int >> 6, '$1', p, 0, n, 1,
          'care', 'voo', 'signed', '1998-05-10', 'P', 'U', 'U', 'Medicinkliniken', 'Region', 'VAS', 'n' || n, 'Anteckning', gen_random_uuid()
          from (select n, md5('person' || n)::uuid as p from generate_series(1, 1000) n) all_of_them; analyze;"
}

# measured ROOM CLIENTS: a line of `ask`, and the room's and its servers' processor time for a request.
measured() {
    local before after
    sed "s/PORT/${port[$1]}/" "$work/paths" >"$work/urls"
    before=$(awk '{print $14 + $15}' "/proc/${pid[$1]}/stat")
    "$build/bench/ask" "$2" "$reads" "$work/urls"
    after=$(awk '{print $14 + $15}' "/proc/${pid[$1]}/stat")
    echo "room_ms_each=$(awk -v t=$((after - before)) -v n="$reads" -v h="$(getconf CLK_TCK)" 'BEGIN {printf "%.3f", t * 1000 / h / n}')"
}

start_cluster
url=$(database permission)
migrate=$(login r7_migrate "$url")
printf 'password of admin\n' >"$work/admin-password"
for name in keys access search; do
    room $name
    answers "https://127.0.0.1:${port[$name]}/"
done
# The bare one is started as the room is, in its place.
mkdir -p "$work/bare/bin"
ln -s "$build/bench/bare_room" "$work/bare/bin/r7-search"
own=("${pid[search]}" "${port[search]}" "$build")
port[search]=${port[bare]}
build=$work/bare
room search
pid[bare]=${pid[search]}
pid[search]=${own[0]}
port[search]=${own[1]}
build=${own[2]}
answers "https://127.0.0.1:${port[bare]}/"
R7_TOKEN=$(nurse) R7_CA=$R7_VAR/keys/ca.crt
export R7_TOKEN R7_CA
package=$(cat /proc/sys/kernel/random/uuid)
records "$package" | sql "$migrate" -v ON_ERROR_STOP=1 -f - >"$work/rows.log"
sql "$migrate" -c "select 'https://127.0.0.1:PORT/records/' || package || '-' || shard || '-' || part || '-' || number from indexing.record" >"$work/paths"
"$build/bench/decide" 20000
for round in $(seq "$rounds"); do
    for many in 1 "$clients"; do
        for which in bare search; do echo "round $round, $many at once, $which: $(measured $which "$many" | tr '\n' ' ')"; done
    done
done
stop_all
