#!/usr/bin/env bash
# A large disclosure log: how long a patient's extract takes on a connection that is kept, from the question to the whole answer; and how
# long the shipped rules of log review take over one day. Nothing is asserted: numbers only. Needs some 0.65 GB for a million rows, where
# TMPDIR says.
#
#   tests/bench/log_large.sh [BUILD]     BUILD: build/debug
#   ROWS=1000000        of them 60 about one patient, 200 about another, the rest about 500,000 others
#   DAYS=4              over so many days
#   READERS=2000        by so many members of staff
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$top/tests/integration/asking.sh"
: "${ROWS:=1000000}" "${DAYS:=4}" "${READERS:=2000}"

ports keys access
access=https://127.0.0.1:${port[access]}
patient=191212121212 much_read=189001019802
day="((now() at time zone 'Europe/Stockholm')::date - 50)" # the first that is reviewed; the log's last three are

staff() {
    query "insert into access.\"user\" (id, tenant, login, name) select md5('u' || n)::uuid, 1, 'u' || n, 'U ' || n from generate_series(1, $READERS) n;
    insert into access.assignment (id, tenant, \"user\", role, unit, care_provider, purposes, information_types, analysis, valid_from)
        select md5('a' || n)::uuid, 1, md5('u' || n)::uuid, 'care_staff', 'U-' || n % 100, 'CP-' || n % 4, '{care}', '{care}',
            (select analysis from access.assignment where tenant = 1 limit 1), now() - interval '10 years' from generate_series(1, $READERS) n;
    insert into access.staff_person (tenant, \"user\", person) select 1, md5('u' || n)::uuid, md5('p' || n * 50)::uuid from generate_series(1, $READERS) n;
    insert into access.person_fact (tenant, person, protection, source) select 1, md5('p' || n * 1000)::uuid, 'protected', 'x' from generate_series(1, 500) n"
}

# Without triggers, which would make alerts of nobody; in the order of time, as life is, and of ids, as it is not: nothing that is measured asks for
# those. Other indexes after.
rows() {
    local indexes
    indexes=$(query "select indexdef from pg_indexes where schemaname = 'access' and tablename = 'disclosure' and indexname <> 'disclosure_pkey'")
    query "$(query "select string_agg(format('drop index access.%I', indexname), '; ') from pg_indexes where schemaname = 'access' and tablename = 'disclosure'
        and indexname <> 'disclosure_pkey'")"
    query "set session_replication_role = replica;
        insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose, records, what,
            reasons, obligations, request, trace, salt, leaf, sealed_at)
        select lpad(to_hex(n), 32, '0')::uuid, 1, ($day + 3 - $DAYS)::timestamptz + n * (interval '$DAYS days' / $ROWS), 'person', md5('u' || r)::uuid::text, 'Nora Nordström', md5('a' || r)::uuid, 'care_staff',
            'U-' || r % 100, 'CP-' || r % 4, case when n % ($ROWS / 60) = 0 then '$(pseudonym $patient)' when n % ($ROWS / 200) = 7 then '$(pseudonym $much_read)'
                else md5('p' || (hashint8(n) & 2147483647) % 500000)::uuid end,
            case n % 20 when 0 then 'searched' when 1 then 'opened_other_units' else 'read' end, 'care', 1,
            jsonb_build_object('type', 'care', 'part', 'row', 'records', jsonb_build_array(md5(n::text) || '-1-2-3')),
            case n % 10 when 1 then 'other_units_chosen' else 'own_unit' end, 'log', gen_random_uuid(), md5(n::text), sha256(n::text::bytea), n - 1, now()
        from (select n, 1 + (hashint8(n * 7) & 2147483647) % $READERS as r from generate_series(1, $ROWS::bigint) n) v"
    query "set maintenance_work_mem = '1GB'; ${indexes//$'\n'/;}"
    query "analyze access.disclosure" # no vacuum, which would write all of it again: what is measured reads some rows by index
}

# What proofs are made of; the leaves' digests are none of the rows', which a proof's time does not feel.
tiles() {
    local level
    query "alter table access.log_tile alter hashes set storage external"
    for level in 0 1 2 3; do
        query "insert into access.log_tile (tenant, level, number, hashes) select 1, $level, n, decode(repeat(md5(n::text), 512), 'hex')
            from generate_series(0, ($ROWS::bigint - 1) >> (8 * ($level + 1))) n"
    done
    query "insert into access.log (tenant, key, size, checkpoint, sealed_at, line) values (1, 'bench', $ROWS, 'bench', now(), gen_random_uuid())
        on conflict (tenant) do update set key = excluded.key, size = excluded.size, checkpoint = excluded.checkpoint, sealed_at = now(), line = gen_random_uuid()"
    query "analyze access.log_tile"
}

# extracts NUMBER TIMES
extracts() {
    python3 - "$access" "$R7_VAR/keys/ca.crt" "${token[clerk]}" "$@" <<'END'
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

# Three days of the log, one after the other, as room access takes them when it stands.
reviews() {
    query "insert into access.review_rules (id, tenant, valid_from, rules, decided_by, decided_at) values (gen_random_uuid(), 1, $day::timestamp at time zone 'Europe/Stockholm',
            '$(jq -c . "$top/schemas/log-review/default.json" | sed "s/'/''/g")', 'x', now());
        insert into access.review_period (id, tenant, begins, ends, per, rows_each, seed, published_at) values (gen_random_uuid(), 1, $day, $day + 7, 'unit', 5, sha256('x'), now())"
    room access
    wait_for 600 t query "select count(*) >= 3 from access.review_day" >/dev/null
    query "select 'day ' || day || ': ' || lines || ' rows, ' || reviews || ' reviews, ' || left_out || ' more; ' || round(extract(epoch from done_at - lag(done_at) over (order by day))::numeric, 2) ||
        ' s after the day before' from access.review_day order by day limit 3"
    query "set role r7_access; set r7.tenant = '1'; explain (costs off) select d.id from access.disclosure d where d.tenant = base.tenant()
        and d.at >= ($day::timestamp at time zone 'Europe/Stockholm') and d.at < (($day + 1)::timestamp at time zone 'Europe/Stockholm') and d.subject_kind = 'person'"
}

region_house log_large keys access
account clerk '"role":"log_reviewer","purposes":["log_review","patient"],"information_types":["log"]'
stop "${pid[access]}"
query "alter system set max_wal_size = '4GB'"
query "select pg_reload_conf()" >/dev/null
staff
rows
tiles
echo "$ROWS rows, $(query "select pg_size_pretty(pg_total_relation_size('access.disclosure'))"); $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
stand access
log_in clerk region-a
extracts $patient 100
extracts $much_read 100
stop "${pid[access]}"
reviews
tell
