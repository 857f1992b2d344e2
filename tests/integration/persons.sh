#!/usr/bin/env bash
# Links of persons and fictitious identities through rooms keys, access and search: what a link shows, what its withdrawal hides,
# and that nobody but a named officer touches an identity that is fictitious. Ends with "N passed, N failed".
#
#   tests/integration/persons.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
declare -A token=() user=()

# ask WHO METHOD URL [JSON] [CURL ARGUMENT...]: the status; the body lies in $work/answer.
ask() {
    local who=$1 method=$2 url=$3 body=${4-} arguments=()
    shift $(($# < 4 ? 3 : 4))
    [ -z "${token[$who]-}" ] || arguments+=(-H "Authorization: Bearer ${token[$who]}")
    [ -z "$body" ] || arguments+=(-H 'Content-Type: application/json' --data-binary "$body")
    : >"$work/answer"
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code}' -X "$method" "${arguments[@]}" "$@" "$url"
}

log_in() {
    ask nobody POST "$access/login" "{\"tenant\":\"$2\",\"login\":\"$1\",\"password\":\"password of $1\"}" >/dev/null
    token[$1]=$(jq -r .token "$work/answer")
}

# sign_in NAME ROLE PURPOSES
sign_in() {
    ask chief POST "$access/users" "{\"login\":\"$1\",\"name\":\"$1\",\"password\":\"password of $1\"}" >/dev/null
    user[$1]=$(jq -r .id "$work/answer")
    ask chief POST "$access/users/${user[$1]}/assignments" "{\"role\":\"$2\",\"unit\":\"U-1\",\"care_unit\":\"U-1\",\"care_provider\":\"SE1-CP\",\"purposes\":[$3],
        \"information_types\":[\"care\"],\"analysis\":\"BR 1\"}" >/dev/null
    log_in "$1" region-a
}

# who NUMBER: an identity of system vas, as people state it.
who() {
    echo "{\"number\":\"$1\",\"source_system\":\"vas\"}"
}

# link WHO ONE OTHER: the status; the link's id is in $work/answer.
link() {
    ask "$1" POST "$access/persons/links" "{\"person\":$(who "$2"),\"other\":$(who "$3"),\"assurance\":\"high\",\"decided_by\":\"Arkivchefen\",\"reason\":\"same record number\"}"
}

facts() {
    ask "$1" PUT "$access/persons/facts" "{\"person\":$(who "$2"),\"protection\":\"$3\",\"deceased\":false,\"source\":\"local\"}"
}

# finds NUMBER: the titles that a nurse is shown.
finds() {
    ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$1\",\"type\":\"local:vas\"}}" >/dev/null
    jq -r '[.records[].fields.title] | sort | join(" ")' "$work/answer"
}

# A row of the index for each identity.
records() {
    local number pseudonym package
    package=$(cat /proc/sys/kernel/random/uuid)
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system)
        values (1, 'care-1', 'vas', 'VAS', 'care', 'files', 'Region', 'SE1-VAS')"
    query "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at, validated_at, accepted_at, stored_at)
        values ('$package', 1, 'vas', 'x', 'care-1', '$package', 'package', 'NEW', 1, sha256('x'), now(), now(), now(), now())"
    for number in R1 R2 R3 R4; do
        pseudonym=$("$build/integration/search_fixture" person "$(cat "$work/keys/tenants/region-a/pseudonym.key")" $number vas)
        query "insert into indexing.record (shard, tenant, package, person, part, number, type, category, status, archive_creator, source_system, source_id, title, care_provider, care_unit, unit_id, occurred_at, content_hmac)
            values (('x' || substr(replace('$pseudonym', '-', ''), 1, 4))::bit(16)::int >> 6, 1, '$package', '$pseudonym', 0, ${number#R}, 'care', 'voo', 'signed', 'Region', 'SE1-VAS', '$number', 'of-$number',
                'SE1-CP', 'U-1', 'U-1', '1998-05-01', gen_random_uuid())"
    done
}

links() {
    local id
    equal "each identity is a person of its own" "of-R1" "$(finds R1)"
    equal "a link" 201 "$(link chief R1 R2)"
    id=$(jq -r .id "$work/answer")
    equal "shows both" "of-R1 of-R2" "$(finds R2)"
    equal "it ends with a reason" 400 "$(ask chief DELETE "$access/persons/links/$id")"
    equal "not by a nurse" 403 "$(ask nurse DELETE "$access/persons/links/$id" '' -H 'R7-Reason: curious')"
    equal "nor by another region" 404 "$(ask chiefb DELETE "$access/persons/links/$id" '' -H 'R7-Reason: not mine')"
    equal "a link that is none" 404 "$(ask chief DELETE "$access/persons/links/$(cat /proc/sys/kernel/random/uuid)" '' -H 'R7-Reason: x')"
    equal "withdrawn" 204 "$(ask chief DELETE "$access/persons/links/$id" '' -H 'R7-Reason: two people after all')"
    equal "it joins no more" "of-R1 / of-R2" "$(finds R1) / $(finds R2)"
    equal "once" 404 "$(ask chief DELETE "$access/persons/links/$id" '' -H 'R7-Reason: again')"
    equal "and is kept, with who and why" "two people after all t t" "$(query "select revoked_reason, revoked_by is not null, revoked_at is not null from indexing.person_link where id = '$id'" | tr '|' ' ')"
    equal "whose versions were raised each time" "2 2" "$(query "select version from access.fact_version where kind = 'person' order by id limit 2" | xargs)"
    equal "why is not in the journal" 0 "$(cat "$work"/one/journal/*/* | grep -c 'after all' || true)"
}

fictitious() {
    local id
    sign_in officer local_administrator ''
    equal "an identity becomes fictitious" 204 "$(facts chief R3 fictitious)"
    equal "nobody links it" "403 named_officer" "$(link chief R3 R4) $(jq -r .rule "$work/answer")"
    equal "from the other side neither" 403 "$(link chief R4 R3)"
    equal "nor says that it is fictitious no more" "403 f" "$(facts chief R3 none) $(query "select bool_or(protection = 'none') from access.person_fact")"
    equal "nobody names themselves an officer" 403 "$(ask chief PUT "$access/identity-officers/${user[chief]}" '{"decided_by":"Jag"}')"
    equal "an officer is named by another" 204 "$(ask chief PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"Regiondirektören"}')"
    equal "nobody else may" "403 404" "$(ask nurse PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"x"}') $(ask chiefb PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"x"}')"
    equal "who links it" 201 "$(link officer R3 R4)"
    id=$(jq -r .id "$work/answer")
    equal "only an officer withdraws that" 403 "$(ask chief DELETE "$access/persons/links/$id" '' -H 'R7-Reason: x')"
    equal "the officer does" 204 "$(ask officer DELETE "$access/persons/links/$id" '' -H 'R7-Reason: klart')"
    equal "an officer's time ends" 204 "$(ask chief PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"Regiondirektören","valid_from":"2020-01-01T00:00:00Z","valid_until":"2021-01-01T00:00:00Z"}')"
    equal "and with it what the officer may" 403 "$(link officer R3 R4)"
    equal "others are linked as ever" 201 "$(link chief R1 R4)"
}

start_cluster
url=$(database persons)
migrate=$(login r7_migrate "$url")
printf 'password of admin\n' >"$work/admin-password"
for region in a b; do region_keys region-$region; done
for name in keys access search; do
    room $name
    answers "https://127.0.0.1:${port[$name]}/"
done
log_in admin central
for region in a b; do
    ask admin POST "$access/tenants" "{\"name\":\"region-$region\",\"title\":\"$region\",\"administrator\":{\"login\":\"chief${region#a}\",\"name\":\"Chief\",\"password\":\"password of chief${region#a}\"}}" >/dev/null
    log_in "chief${region#a}" region-$region
done
user[chief]=$(query "select id from access.\"user\" where login = 'chief'")
sign_in nurse care_staff '"care"'
records
links
fictitious
tell
