#!/usr/bin/env bash
# How long the disclosure log is kept, and the logs of retired systems beside it: rooms access and keys around a throw-away
# PostgreSQL. Ends with "N passed, N failed".
#
#   tests/integration/log_kept.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access
access=https://127.0.0.1:${port[access]}
provider=SE2321000016-CP1

# The second administrator comes last: until then one names reviewers alone.
people() {
    region region-a ada
    region region-b bo
    reviewer whole
    reviewer own "$provider"
    reviewer other SE2321000016-CP9
    account bea '"role":"local_administrator","purposes":["administration"],"information_types":[]'
}

# --- removing what is old --------------------------------------------------------------------------
# disclosure AGE: a row so old, which is sealed as any.
disclosure() {
    echo "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, person, action, purpose, records, what,
        reasons, request, salt) values (gen_random_uuid(), 1, now() - interval '$1', 'person', 'u', 'Nora', gen_random_uuid(), 'care_staff',
        null, 'read', 'care', 1, '{}', 'own_unit', gen_random_uuid(), sha256(gen_random_uuid()::text::bytea));"
}

# Of Nora's rows those that are sealed.
sealed() {
    query "select count(*) from access.disclosure d join access.log l using (tenant) where d.subject_name = 'Nora' and d.leaf < l.size"
}

# As the room itself, in region A.
as_access() {
    sql "$(login r7_access "$url")" -c "set r7.tenant = '1'" -c "$1" 2>&1 | tail -n 1
}

removing() {
    local purge proposal old
    old="\"removed_before\":\"$(date -u -d '-5 years -3 days' +%FT00:00:00Z)\",\"decided_by\":\"Regionstyrelsen § 12\""
    { disclosure '7 years'; disclosure '6 years'; disclosure '4 years'; } | sql "$migrate" -f - >"$work/rows.log"
    equal "rows are sealed" 3 "$(wait_for 60 3 sealed)"
    equal "younger than five years is refused" "400 removed_before" \
        "$(ask ada POST "$access/log/purges" "{\"removed_before\":\"$(date -u -d '-5 years +1 day' +%FT00:00:00Z)\",\"decided_by\":\"x\"}") $(member 'a["field"]')"
    equal "and the table would refuse it too" 1 "$(as_access "insert into access.log_purge (id, tenant, removed_before, decided_by, decided_at)
        values (gen_random_uuid(), 1, now() - interval '4 years', 'x', now())" | grep -c 'violates check constraint')"
    equal "a reviewer does not decide it" 403 "$(ask whole POST "$access/log/purges" "{$old}")"
    equal "nor one administrator who is alone" 412 "$(ask bo POST "$access/log/purges" "{$old}")"
    equal "one of two proposes" 202 "$(ask ada POST "$access/log/purges" "{$old}")"
    proposal=$(member 'a["proposal"]')
    equal "which removes nothing" 0 "$(query "select count(*) from access.log_purge")"
    equal "nor approves it alone" 403 "$(ask ada POST "$access/proposals/$proposal/approval")"
    equal "the other approves" 204 "$(ask bea POST "$access/proposals/$proposal/approval")"
    purge=$(query "select id from access.log_purge")
    equal "what is old goes" 1 "$(wait_for 60 1 query "select count(*) from access.disclosure where subject_name = 'Nora'")"
    equal "what is young stays" t "$(query "select at > now() - interval '5 years' from access.disclosure where subject_name = 'Nora'")"
    equal "each leaf tells by which decision" "2 $purge" "$(query "select count(*) || ' ' || min(decision) from access.log_removed")"
    equal "and is told with its commitment, for the proofs" "200 2 $purge" "$(ask whole GET "$access/log/rows?from=0&to=100") $(grep -c '^{"removed":{"leaf":[0-9]*,"commitment":"[^"]\{44\}"' "$work/answer") $(grep -o "$purge" "$work/answer" | sort -u)"
    equal "what is not sealed is not removed" 0 "$(query "begin; set r7.tenant = '1'; update access.log_purge set done_at = null; $(disclosure '8 years')
        select access.log_remove(id, 10) from access.log_purge; rollback" | tail -n 1)"
    equal "and the decision how many it removed" "2 t" "$(wait_for 60 "2 t" query "select removed || ' ' || case when done_at is not null then 't' else 'f' end from access.log_purge")"
    equal "the room itself may delete nothing" 1 "$(as_access "delete from access.disclosure" | grep -c 'permission denied')"
    equal "nor by what is no decision" 0 "$(as_access "select access.log_remove(gen_random_uuid(), 10)")"
    equal "the decision is in the journal, without its words" "1 0" \
        "$(in_journal '"change":"log_purge"') $(in_journal 'Regionstyrelsen')"
}

# --- removing what was reviewed -----------------------------------------------------------------------
# review NAME AGE [LOOK FOLLOW-UP-ON]...: what a reviewer has judged, or not, of a day so long ago.
review() {
    local id name=$1 day="(now() - interval '$2')::date"
    id=$(cat /proc/sys/kernel/random/uuid)
    echo "insert into access.review (id, tenant, day, subject, subject_name, assignment, lines, first_at, last_at, score, due_on)
        values ('$id', 1, $day, 'u', '$name', gen_random_uuid(), 1, now(), now(), 5, $day + 14);
        insert into access.review_finding (tenant, review, rule, swedish, english, weight, lines) values (1, '$id', 'night', 'x', 'x', 5, 1);"
    shift 2
    while [ $# -gt 0 ]; do
        echo "insert into access.review_outcome (id, tenant, review, look, outcome, text, decided_by, decided_at, follow_up_on)
            values (gen_random_uuid(), 1, '$id', $1, 'explained', 'om $name', gen_random_uuid(), $day + 1, $2);"
        shift 2
    done
}

reviewed() {
    query "select coalesce(string_agg(subject_name, ' ' order by subject_name), 'none') from access.review"
}

removing_reviews() {
    local proposal old
    old="\"removed_before\":\"$(date -u -d '-5 years -3 days' +%FT00:00:00Z)\",\"decided_by\":\"Regionstyrelsen § 13\""
    { review judged '6 years' 1 null && review open '6 years' && review waits '6 years' 1 "'2021-01-01'" && review twice '6 years' 1 "'2021-01-01'" 2 null &&
        review young '4 years' 1 null; } | sql "$migrate" -f - >"$work/rows.log"
    equal "of five years nothing that was reviewed is removed" "400 removed_before" \
        "$(ask ada POST "$access/log/reviews/purges" "{\"removed_before\":\"$(date -u -d '-5 years +1 day' +%FT00:00:00Z)\",\"decided_by\":\"x\"}") $(member 'a["field"]')"
    equal "and the table would refuse it too" 1 "$(as_access "insert into access.review_purge (id, tenant, removed_before, decided_by, decided_at)
        values (gen_random_uuid(), 1, now() - interval '4 years', 'x', now())" | grep -c 'violates check constraint')"
    equal "reviewers do not decide it, nor one administrator who is alone" "403 412" "$(ask whole POST "$access/log/reviews/purges" "{$old}") $(ask bo POST "$access/log/reviews/purges" "{$old}")"
    equal "one of two proposes" 202 "$(ask ada POST "$access/log/reviews/purges" "{$old}")"
    proposal=$(member 'a["proposal"]')
    equal "which removes nothing" "judged open twice waits young 0" "$(reviewed) $(query "select count(*) from access.review_purge")"
    equal "the other approves" "403 204" "$(ask ada POST "$access/proposals/$proposal/approval") $(ask bea POST "$access/proposals/$proposal/approval")"
    equal "what is old and judged goes, and what is not judged stays" "open waits young" "$(wait_for 60 "open waits young" reviewed)"
    equal "with its outcomes and findings" "2 3" "$(query "select (select count(*) from access.review_outcome), (select count(*) from access.review_finding)" | tr '|' ' ')"
    equal "the decision tells how many" "2 t" "$(query "select removed || ' ' || case when done_at is not null then 't' else 'f' end from access.review_purge")"
    equal "the room itself may delete none" 1 "$(as_access "delete from access.review" | grep -c 'permission denied')"
    equal "nor by what is no decision" 0 "$(as_access "select access.review_remove(gen_random_uuid(), 10)")"
    equal "it is in the journal, without its words" "1 0" "$(in_journal '"change":"review_purge"') $(in_journal 'Regionstyrelsen')"
}

# With the reviews and their days gone, as in a database that was lost, a rule of long ago begins at the decision.
not_again() {
    query "insert into access.review_rules (id, tenant, valid_from, rules, decided_by, decided_at)
        select gen_random_uuid(), 1, now() - interval '7 years', '$(sed "s/'/''/g" "$top/schemas/log-review/default.json")', 'x', now()"
    equal "days are looked at" t "$(wait_for 60 t query "select count(*) > 0 from access.review_day")"
    equal "but none from which reviews were removed" "$(date -u -d '-5 years -3 days' +%F)" "$(query "select min(day) from access.review_day")"
}

# --- logs of retired systems -----------------------------------------------------------------------
# imported ID NAME=VALUE...: a row of the index.
imported() {
    local id=$1 pair
    local -A row=([person]="$person" [type]=access-log [category]=read [title]='Öppnat journal' [author_name]='Kalle Karlsson' [author_role]='Läkare'
        [care_unit]=SE1-U1 [care_provider]=$provider [occurred_at]='2021-03-01 10:00:00+01' [number]="$id" [source_system]=SE1-VAS [source_id]="$id")
    shift
    for pair in "$@"; do row[${pair%%=*}]=${pair#*=}; done
    local columns values
    columns=$(printf ', "%s"' "${!row[@]}")
    values=$(printf ", '%s'" "${row[@]}")
    echo "insert into indexing.record (tenant, package, part, status, archive_creator, content_hmac, shard${columns})
        values (1, '$package', 0, 'signed', 'Region', gen_random_uuid(), ('x' || substr(replace('${row[person]}', '-', ''), 1, 4))::bit(16)::int >> 6$values);"
}

told() {
    member '" ".join(i["subject_name"] + ":" + i["action"] + ":" + i.get("unit", "-") for i in a["imported"])'
}

who_read() {
    ask "$1" POST "$access/who-read" "{\"person\":{\"number\":\"191212121212\"}${2-},\"reason\":\"prov\"}"
}

retired_systems() {
    local package=11111111-2222-3333-4444-555555555555 waiting=11111111-2222-3333-4444-666666666666
    person=$(pseudonym 191212121212)
    {
        echo "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
              values (1, 'log-1', 'vas', 'VAS', 'access-log', 'files', 'Region', '$provider', 'SE1-VAS');"
        for each in "$package" "$waiting"; do
            echo "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at,
                validated_at, accepted_at, stored_at) values ('$each', 1, 'vas', '$each', 'log-1', '$each', 'package', 'NEW', 1, sha256('$each'),
                now(), now(), $([ "$each" = "$waiting" ] && echo null || echo "now()"), now());"
        done
        imported 1
        imported 2 category=emergency occurred_at='2021-04-01 10:00:00+02' author_name='Lisa Larsson'
        imported 3 care_provider=SE2321000016-CP9 author_name='Olle Olsson' occurred_at='2021-02-01 10:00:00+01'
        imported 4 type=care category=voo
        package=$waiting imported 5
    } | sql "$migrate" -f - >"$work/rows.log"
    protect 191212121212 none
    equal "who read in 2021, our own log and the retired system's in one answer" 200 "$(who_read whole)"
    equal "newest first, and nothing but its log" "Lisa Larsson:emergency:SE1-U1 Kalle Karlsson:read:SE1-U1 Olle Olsson:read:SE1-U1" "$(told)"
    equal "with the system's own words" "Öppnat journal SE1-VAS" "$(member 'a["imported"][0]["said"] + " " + a["imported"][0]["source_system"]')"
    equal "before a time" "200 Kalle Karlsson:read:SE1-U1 Olle Olsson:read:SE1-U1" \
        "$(who_read whole ',"before":"2021-03-15T00:00:00Z"') $(told)"
    equal "a care provider's reviewer sees its own staff's" "200 Lisa Larsson:emergency:SE1-U1 Kalle Karlsson:read:SE1-U1" "$(who_read own) $(told)"
    equal "each look is logged with what it showed" "t" "$(query "select bool_and(records >= 2 and action = 'listed') from access.disclosure where purpose = 'log_review'")"
    protect 191212121212 protected
    equal "where a protected person is cared for is told by none of them" "200 Lisa Larsson:emergency:- Kalle Karlsson:read:-" "$(who_read own) $(told)"
    equal "nor another system" False "$(member 'any("source_system" in i or "care_provider" in i for i in a["imported"])')"
    equal "no other room's record is asked for by this way" 0 "$(as_access "select count(*) from indexing.imported_log(array['$person'::uuid], null, null, null, 100) where action = 'voo'")"
    equal "and the index itself is closed to room access" 1 "$(as_access "select count(*) from indexing.record" | grep -c 'permission denied')"
    equal "r7 tells both as one list" "0 Lisa Larsson,Kalle Karlsson" "$(r7 whole who-read --person 191212121212) $(grep -oE 'Lisa Larsson|Kalle Karlsson' "$work/said-by-r7" | paste -sd ,)"
}

own_database log_kept
every_room=(R7_HOUSEKEEP_SECONDS=1)
stand keys access
people
removing
removing_reviews
retired_systems
not_again
tell
