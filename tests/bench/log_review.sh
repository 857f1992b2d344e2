#!/usr/bin/env bash
# How long the rules of log review take over one day, in a log of many rows: a scratch cluster, ROWS rows (10 million) over DAYS
# (40) days, room access with the shipped rules. Prints the time, the size and the plan by which the day's rows are found.
#
#   tests/bench/log_review.sh [BUILD]     BUILD: build/debug; ROWS, READERS, DAYS
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../integration/asking.sh"
: "${ROWS:=10000000}" "${READERS:=2000}" "${DAYS:=40}"
ports keys access
access=https://127.0.0.1:${port[access]}
day="((now() at time zone 'Europe/Stockholm')::date - 50)"

# Of each reader some patients, mostly by day; a few of what rules look for.
fill() {
    query "insert into access.\"user\" (id, tenant, login, name) select md5('u' || n)::uuid, 1, 'u' || n, 'U ' || n from generate_series(1, $READERS) n"
    query "insert into access.assignment (id, tenant, \"user\", role, unit, care_provider, purposes, information_types, analysis, valid_from)
        select md5('a' || n)::uuid, 1, md5('u' || n)::uuid, 'care_staff', 'U-' || n % 100, 'CP-' || n % 4, '{care}', '{care}', (select analysis from access.assignment where tenant = 1 limit 1), now() - interval '1 year' from generate_series(1, $READERS) n"
    query "insert into access.staff_person (tenant, \"user\", person) select 1, md5('u' || n)::uuid, md5('p' || n * 50)::uuid from generate_series(1, $READERS) n"
    query "insert into access.person_fact (tenant, person, protection, source) select 1, md5('p' || n * 1000)::uuid, 'protected', 'x' from generate_series(1, 500) n"
    # Without its triggers, as they would make alerts of nobody; in the order of time, as life is.
    query "set session_replication_role = replica; insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose, records, what, reasons, request, salt)
        select gen_random_uuid(), 1, ($day - $((DAYS / 2)))::timestamptz + n * (interval '$DAYS days' / $ROWS), 'person', md5('u' || r)::uuid::text, 'U ' || r, md5('a' || r)::uuid, 'care_staff',
        'U-' || r % 100, 'CP-' || r % 4, md5('p' || (hashint8(n) & 2147483647) % 500000)::uuid,
        case n % 20 when 0 then 'searched' when 1 then 'opened_other_units' else 'read' end, 'care', 1, '{\"records\":[\"00000000-0000-4000-8000-000000000000-1-0-1\"]}',
        case n % 10 when 1 then 'other_units_chosen' else 'own_unit' end, gen_random_uuid(), sha256(n::text::bytea)
        from (select n, 1 + (hashint8(n * 7) & 2147483647) % $READERS as r from generate_series(1, $ROWS::bigint) n) v"
    query "vacuum analyze access.disclosure"
}

region_house log_review keys access
fill
stop "${pid[access]}"
query "insert into access.review_rules (id, tenant, valid_from, rules, decided_by, decided_at) values ('00000000-0000-4000-8000-000000000001', 1, $day::timestamp at time zone 'Europe/Stockholm', '$(jq -c . "$top/schemas/log-review/default.json" | sed "s/'/''/g")', 'x', now());
    insert into access.review_period (id, tenant, begins, ends, per, rows_each, seed, published_at) values (gen_random_uuid(), 1, $day, $day + 7, 'unit', 5, sha256('x'), now())"
room access
wait_for 300 t query "select count(*) >= 3 from access.review_day" >/dev/null
stop "${pid[access]}"
echo "log: $(query "select count(*) || ' rows, ' || pg_size_pretty(pg_total_relation_size('access.disclosure')) from access.disclosure")"
query "select 'day ' || day || ': ' || lines || ' rows, ' || reviews || ' reviews, ' || left_out || ' more; ' || round(extract(epoch from done_at - lag(done_at) over (order by day))::numeric, 2) || ' s after the day before began' from access.review_day order by day limit 3"
query "set role r7_access; set r7.tenant = '1'; explain (costs off) select d.id from access.disclosure d where d.tenant = base.tenant()
    and d.at >= ($day::timestamp at time zone 'Europe/Stockholm') and d.at < (($day + 1)::timestamp at time zone 'Europe/Stockholm') and d.subject_kind = 'person'"
tell
