#!/usr/bin/env bash
# Log review: whose part of the log a reviewer sees, samples by a published seed, risk rules over a day, the queue, outcomes,
# statistics. Rooms keys and access, and rows of the log. Ends with "N passed, N failed".
#
#   tests/integration/review.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access
# shellcheck disable=SC2034  # asking.sh uses it
access=https://127.0.0.1:${port[access]} search=
cp=SE0000000001-1001 other_cp=SE0000000002-1001
patient=191212121212

# did WHO PROVIDER UNIT AT ACTION REASONS [PERSON] [MORE SQL COLUMNS=VALUES]: a row of the log; PERSON is a pseudonym.
did() {
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person,
            action, purpose, records, what, reasons, request, salt)
        select gen_random_uuid(), 1, $4, 'person', '${user[$1]}', '$1', a.id, a.role, nullif('$3', ''), nullif('$2', ''), ${7:-null}::uuid, '$5', 'care', 1, '{}',
            '$6', gen_random_uuid(), sha256(random()::text::bytea) from access.assignment a where a.\"user\" = '${user[$1]}' limit 1"
}

pseudonym() {
    "$build/integration/search_fixture" person "$(cat "$work/keys/tenants/region-a/pseudonym.key")" "$1" vas
}

who_read() {
    ask "$1" POST "$access/who-read" "{\"person\":{\"number\":\"$patient\"}}"
    echo " $(jq -r '[.disclosures[]? | select(.purpose == "care") | .subject_name] | sort | join(" ")' "$work/answer")"
}

# A reviewer NAME at PROVIDER, or of the region.
reviewer() {
    ask chief PUT "$access/analyses/BR-log$2" "$(analysis_json "$2")" >/dev/null
    ask chief POST "$access/users" "{\"login\":\"$1\",\"name\":\"$1\",\"password\":\"password of $1\"}" >/dev/null
    user[$1]=$(jq -r .id "$work/answer")
    ask chief POST "$access/users/${user[$1]}/assignments" "{\"role\":\"log_reviewer\"${2:+,\"care_provider\":\"$2\"},
        \"purposes\":[\"log_review\"],\"information_types\":[\"log\"],\"analysis\":\"BR-log$2\"}" >/dev/null
    log_in "$1" region-a
}

people() {
    sign_in nurse care_staff U-1 "$cp" care
    sign_in doctor care_staff U-9 "$other_cp" care
    reviewer greta "$cp"
    reviewer olle "$other_cp"
    reviewer rut ""
}

parts() {
    local person
    person="'$(pseudonym "$patient")'"
    did nurse "$cp" U-1 "now() - interval '2 hours'" read own_unit "$person"
    did doctor "$other_cp" U-9 "now() - interval '1 hour'" read own_unit "$person"
    did rut "" "" "now() - interval '1 hour'" read archivist "$person"
    equal "a reviewer sees what the own provider's staff did" "200 nurse" "$(who_read greta)"
    equal "another's reviewer theirs" "200 doctor" "$(who_read olle)"
    equal "the region's everybody's" "200 doctor nurse rut" "$(who_read rut)"
    equal "who cares sees none" "403 " "$(who_read nurse)"
    query "insert into access.review_rules (id, tenant, valid_from, rules, decided_by, decided_at)
        values (gen_random_uuid(), 1, now() - interval '1 minute', '{\"every_provider\":true}', 'x', now())"
    equal "the region may decide otherwise" "200 doctor nurse rut" "$(who_read greta)"
    query "delete from access.review_rules"
    equal "and as before without that" "200 nurse" "$(who_read greta)"
    equal "each look is in the log" "5" "$(query "select count(*) from access.disclosure where purpose = 'log_review' and person = $person")"
}

start_cluster
url=$(database review)
migrate=$(login r7_migrate "$url")
printf 'password of admin\n' >"$work/admin-password"
for name in keys access; do
    room $name
    answers "https://127.0.0.1:${port[$name]}/"
done
region
people
parts
tell
