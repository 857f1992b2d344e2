#!/usr/bin/env bash
# A patient's extract out of a large disclosure log: the time from the question to the whole answer, on a connection that is kept.
# Nothing is asserted: numbers only. Needs a PostgreSQL of its own, some 1.2 GB for a million rows.
#
#   BENCH_LOG=1000000        rows of the log, 60 of them about the patient and the rest about 200,000 others
#   tests/bench/log_extract.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$top/tests/integration/asking.sh"

ports keys access
access=https://127.0.0.1:${port[access]}
rows=${BENCH_LOG:-1000000}
person=191212121212

# The rows as rooms write them; indexes after, as a log that has grown has them.
fill() {
    local pseudonym=$1 index
    query "select indexdef from pg_indexes where schemaname = 'access' and tablename = 'disclosure' and indexname <> 'disclosure_pkey'" >"$work/indexes"
    for index in $(query "select indexname from pg_indexes where schemaname = 'access' and tablename = 'disclosure' and indexname <> 'disclosure_pkey'"); do
        query "drop index access.$index"
    done
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose, records, what,
        reasons, obligations, request, trace, salt, leaf, sealed_at) select gen_random_uuid(), 1, now() - ($rows - n) * interval '2 seconds', 'person', 'user' || n % 5000, 'Nora Nordström',
        gen_random_uuid(), 'care_staff', 'UNIT-' || n % 300, 'SE2321000016-CP1', case when n % ($rows / 60) = 0 then '$pseudonym' else md5('p' || n % 200000)::uuid end,
        'read', 'care', 1, jsonb_build_object('type', 'care', 'part', 'row', 'records', jsonb_build_array(md5(n::text) || '-1-2-3')), 'own_unit', 'log', gen_random_uuid(), md5(n::text),
        sha256(n::text::bytea), n - 1, now() from generate_series(1, $rows) n"
    while read -r index; do query "$index"; done <"$work/indexes"
    query "alter table access.log_tile alter hashes set storage external"
    for level in 0 1 2 3; do
        query "insert into access.log_tile (tenant, level, number, hashes) select 1, $level, n, decode(repeat(md5(n::text), 512), 'hex')
            from generate_series(0, ($rows::bigint - 1) >> (8 * ($level + 1))) n"
    done
    query "insert into access.log (tenant, key, size, checkpoint, sealed_at, line) values (1, 'bench', $rows, 'bench', now(), gen_random_uuid())
        on conflict (tenant) do update set key = excluded.key, size = excluded.size, checkpoint = excluded.checkpoint, sealed_at = now(), line = gen_random_uuid()"
    query "vacuum analyze access.disclosure"
    query "analyze access.log_tile"
}

measure() {
    python3 - "$access" "$R7_VAR/keys/ca.crt" "${token[clerk]}" "$person" "$1" <<'END'
import http.client, json, ssl, sys, time, urllib.parse
url, ca, token, person, times = sys.argv[1:]
where = urllib.parse.urlparse(url)
house = http.client.HTTPSConnection(where.hostname, where.port, timeout=60, context=ssl.create_default_context(cafile=ca))
took = []
for _ in range(int(times)):
    began = time.perf_counter()
    house.request("POST", "/log/extract", json.dumps({"person": {"number": person}, "reason": "bench"}),
                  {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    answer = house.getresponse()
    body = answer.read()
    took.append((time.perf_counter() - began) * 1000)
    assert answer.status == 200, body
rows = len(json.loads(body)["rows"])
first, took = took[0], sorted(took)
print(f"{rows} rows in {len(body) / 1000:.0f} kB: first {first:.0f} ms, p50 {took[len(took) // 2]:.0f} ms, p95 {took[len(took) * 95 // 100]:.0f} ms, worst {took[-1]:.0f} ms")
END
}

region_house bench_log keys access
account clerk '"role":"log_reviewer","purposes":["log_review","patient"],"information_types":["log"]'
stop "${pid[access]}"
fill "$(pseudonym $person)"
echo "$rows rows, $(query "select pg_size_pretty(pg_total_relation_size('access.disclosure'))"); $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
room access
answers "$access/jwks"
measure 100
query "update access.disclosure set person = (select person from access.disclosure where leaf = $rows / 60 - 1) where leaf % ($rows / 250) = 7"
measure 100
tell
