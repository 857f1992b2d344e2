#!/usr/bin/env bash
# Links of persons and fictitious identities through rooms keys, access and search: what a link shows, what its withdrawal hides,
# and that nobody but a named officer touches an identity that is fictitious; and what a stand-in of the national person service, which
# answers by the official schema, says of protection, death and links. Ends with "N passed, N failed".
#
#   tests/integration/persons.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search service
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
schemas=$top/../shared/rivta/strategicresourcemanagement.persons.person/5.0
old=190310139803 third=190312049802
behind=',"restricted_links":true,"reason":"remiss"'

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

# finds NUMBER [JSON]: the titles that a nurse is shown; "*" after one whose place of care is hidden.
finds() {
    local type=
    [[ $1 != R* ]] || type=,\"type\":\"local:vas\"
    ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$1\"$type}${2-}}" >/dev/null
    jq -r '[.records[].fields | .title + if has("unit_name") then "" else "*" end] | sort | join(" ")' "$work/answer"
}

# knows JSON: what the person service knows from now on.
knows() {
    echo "$1" >"$work/persons.json"
}

# refresh WHO NUMBER: the status; what is told lies in $work/answer.
refresh() {
    ask "$1" POST "$access/persons/refresh" "{\"person\":{\"number\":\"$2\"}}"
}

of_answer() {
    jq -r "$1" "$work/answer"
}

told() {
    query "select known, is_protected, deceased, deregistered, deregistered_on from access.person_told where person = '$(pseudonym "$1")'" | tr '|' ' '
}

# A row of the index for each identity.
records() {
    local number pseudonym row=0 package
    package=$(cat /proc/sys/kernel/random/uuid)
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system)
        values (1, 'care-1', 'vas', 'VAS', 'care', 'files', 'Region', 'SE1-VAS')"
    query "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at, validated_at, accepted_at, stored_at)
        values ('$package', 1, 'vas', 'x', 'care-1', '$package', 'package', 'NEW', 1, sha256('x'), now(), now(), now(), now())"
    for number in R1 R2 R3 R4 191212121212 $old $third; do
        pseudonym=$(pseudonym "$number")
        query "insert into indexing.record (shard, tenant, package, person, part, number, type, category, status, archive_creator, source_system, source_id, title, care_provider, care_unit, unit_id, unit_name, occurred_at, content_hmac)
            values (('x' || substr(replace('$pseudonym', '-', ''), 1, 4))::bit(16)::int >> 6, 1, '$package', '$pseudonym', 0, $((++row)), 'care', 'voo', 'signed', 'Region', 'SE1-VAS', '$number', 'of-$number',
                'SE1-CP', 'U-1', 'U-1', 'Klinik', '1998-05-01', gen_random_uuid())"
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
    equal "whose versions were raised each time" "3 3" "$(query "select version from access.fact_version where kind = 'person' order by id limit 2" | xargs)"
    equal "why is not in the journal" 0 "$(in_journal 'after all')"
}

listed_links() {
    ask "$1" POST "$access/persons/links/find" "{\"person\":$(who "$2"),\"reason\":\"fel journal\"}"
    echo " $(of_answer '[.links[]? | .source + (if .in_force then "" else "-" end)] | join(" ")')"
}

# How links are found, so that they can be withdrawn.
finding_links() {
    local id
    equal "a link that ended is told" "200 local_decision-" "$(listed_links chief R1)"
    equal "with why" "two people after all" "$(of_answer '.links[0].revoked_reason')"
    equal "as a disclosure" "listed links fel journal" "$(query "select action, what->>'register', reason from access.disclosure where what->>'register' = 'links' order by at desc limit 1" | tr '|' ' ')"
    equal "without a reason nothing" 400 "$(ask chief POST "$access/persons/links/find" "{\"person\":$(who R1)}")"
    equal "not to a nurse, nor to another region" "403  200 " "$(listed_links nurse R1) $(listed_links chiefb R1)"
    query "insert into indexing.person_link (id, tenant, person, other, source, assurance, decided_by, reason) values ('$(cat /proc/sys/kernel/random/uuid)', 1,
        '$(pseudonym R1)', '$(pseudonym R4)', 'national_person_service', 'x', 'national_person_service', 'GetPersonsForProfile')"
    equal "one that the service made is there, from both sides" "200 local_decision- national_person_service / 200 local_decision- national_person_service" "$(listed_links chief R1) / $(listed_links chief R4)"
    id=$(of_answer '.links[] | select(.in_force and .direct) | .id')
    equal "no identity is told" 0 "$(grep -c "$(pseudonym R1)\|$(pseudonym R4)" "$work/answer")"
    equal "r7 persons links" "0 1" "$(echo R1 | r7 chief persons links - --system vas --reason 'fel journal') $(grep -c "^$id  in force" "$work/said-by-r7")"
    equal "it is withdrawn by that" "0 200 national_person_service-" "$(r7 chief persons unlink "$id" --reason 'två personer') $(listed_links chief R4)"
    query "delete from indexing.person_link where id = '$id'"
}

fictitious() {
    local id open
    account officer '"role":"local_administrator","purposes":[],"information_types":[]'
    equal "an identity becomes fictitious" 204 "$(facts chief R3 fictitious)"
    equal "nobody links it" "403 named_officer" "$(link chief R3 R4) $(jq -r .rule "$work/answer")"
    equal "from the other side neither" 403 "$(link chief R4 R3)"
    equal "nor says that it is fictitious no more" "403 f" "$(facts chief R3 none) $(query "select bool_or(protection = 'none') from access.person_fact")"
    equal "nobody names themselves an officer" 403 "$(ask chief PUT "$access/identity-officers/${user[chief]}" '{"decided_by":"Jag"}')"
    equal "an officer is named by another" 204 "$(ask chief PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"Regiondirektören"}')"
    equal "nobody else may" "403 404" "$(ask nurse PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"x"}') $(ask chiefb PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"x"}')"
    equal "who links it" 201 "$(link officer R3 R4)"
    id=$(jq -r .id "$work/answer")
    equal "and sees it listed, which nobody else does" "200 local_decision / 200 " "$(listed_links officer R3) / $(listed_links chief R3)"
    equal "and what links it stays restricted" "of-R3* / of-R3* of-R4*" "$(finds R3) / $(finds R3 "$behind")"
    equal "only an officer withdraws that" 403 "$(ask chief DELETE "$access/persons/links/$id" '' -H 'R7-Reason: x')"
    ask officer POST "$access/persons/links" "{\"person\":$(who R3),\"other\":$(who R4),\"assurance\":\"high\",\"decided_by\":\"x\",\"reason\":\"y\",\"visibility\":\"open\"}" >/dev/null
    open=$(of_answer .id)
    equal "whatever was decided of its visibility" "of-R3*" "$(finds R3)"
    ask officer DELETE "$access/persons/links/$open" '' -H 'R7-Reason: x' >/dev/null
    equal "the officer does" 204 "$(ask officer DELETE "$access/persons/links/$id" '' -H 'R7-Reason: klart')"
    equal "an officer's time ends" 204 "$(ask chief PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"Regiondirektören","valid_from":"2020-01-01T00:00:00Z","valid_until":"2021-01-01T00:00:00Z"}')"
    equal "and with it what the officer may" 403 "$(link officer R3 R4)"
    equal "others are linked as ever" 201 "$(link chief R1 R4)"
    equal "a link may be restricted by decision" "201 of-R2 / of-R1 of-R2 of-R4" "$(ask chief POST "$access/persons/links" "{\"person\":$(who R1),\"other\":$(who R2),\"assurance\":\"high\",\"decided_by\":\"x\",\"reason\":\"y\",\"visibility\":\"restricted\"}"; id=$(of_answer .id); echo " $(finds R2) / $(finds R2 "$behind")"; ask chief DELETE "$access/persons/links/$id" '' -H 'R7-Reason: x' >/dev/null)"
}

# What the service said has ended.
ends() {
    query "update access.person_told set told_at = told_at - interval '24 hours'" >/dev/null
}

# It may be asked again at once.
recovers() {
    query "update access.person_service set failed_at = null" >/dev/null
}

of_service() {
    knows '{}'
    equal "a region that has not decided to ask does not" "412" "$(refresh chief 191212121212)"
    equal "it is for a local administrator to decide" 403 "$(ask nurse PUT "$access/person-service" '{"asked":true,"fresh_hours":24,"decided_by":"x"}')"
    equal "until then nobody is hidden" "of-191212121212" "$(finds 191212121212)"
    equal "it is decided by two" "202 412 204" "$(ask chief PUT "$access/person-service" '{"asked":true,"fresh_hours":24,"decided_by":"Regiondirektören"}') $(id=$(of_answer .proposal); refresh chief 191212121212; echo " $(ask officer POST "$access/proposals/$id/approval")")"
    knows '{"191212121212":{"answer":"fault"}}'
    equal "a search by number asks it; of whom it says nothing is hidden as protected" "of-191212121212* 1" "$(finds 191212121212) $(grep -c Get "$work/asked")"
    equal "and not asked for again while it is away" "of-191212121212* 1" "$(finds 191212121212) $(grep -c Get "$work/asked")"
    recovers
    knows '{}'
    equal "who is not known to it" "200 false 1" "$(refresh chief 191212121212) $(of_answer '[.known, .identities] | join(" ")')"
    equal "is kept as that, and shown" "f f f   of-191212121212" "$(told 191212121212) $(finds 191212121212)"
    ends
    knows '{"191212121212":{"protected":true}}'
    equal "for as long as its word counts: then a search asks again, and hides at once who is protected now" "of-191212121212* t t f" "$(finds 191212121212) $(told 191212121212 | cut -c1-5)"
    ends
    knows '{"191212121212":{"answer":"slow"}}'
    equal "protected stays who was, when it is slow" "of-191212121212* t t f" "$(finds 191212121212) $(told 191212121212 | cut -c1-5)"
    recovers
    equal "a number of a system's own, named by a local decision, is nobody's there for good" "of-R1 of-R4" "$(finds R1)"
    query "update access.person_told set own_number = false, told_at = now() - interval '1 year' where person in ('$(pseudonym R1)', '$(pseudonym R4)')"
    equal "one that was never named hides the person" "of-R1* of-R4*" "$(finds R1)"
    equal "until one is" "204 of-R1 of-R4" "$(facts chief R4 none) $(finds R1)"
    equal "that opens no number that the service may know of" "204 of-191212121212*" "$(ask chief PUT "$access/persons/facts" '{"person":{"number":"191212121212"},"protection":"none","deceased":false,"source":"local"}') $(knows '{"191212121212":{"answer":"slow"}}'; query "update access.person_told set told_at = now() - interval '1 year'" >/dev/null; finds 191212121212)"
    recovers
    equal "nor has it a system's own numbers, and is not asked for them" "200 f f f   0" "$(ask chief POST "$access/persons/refresh" "{\"person\":$(who R1)}") $(told R1) $(grep -c R1 "$work/asked" || true)"
    equal "the contract was asked for the least" "GetPersonsForProfile 191212121212 P1 true SE1-PU" "$(sort -u "$work/asked")"

    knows "{\"191212121212\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"$third\",\"3\"]],\"referred\":[[\"$old\",\"NY\"]]},\"$old\":{\"referred\":[[\"191212121212\",\"NY\"]],\"deregistered\":[\"GN\",\"1999-02\"]},
        \"$third\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"191212121212\",\"3\"]],\"deregistered\":[\"AV\",\"2001-02-03\"]}}"
    equal "its links come, for all identities of the person" "200 3 2 0" "$(refresh chief 191212121212) $(of_answer '[.identities, .links_made, .links_ended] | join(" ")')"
    equal "with source, assurance and validity" "national_person_service 3 t|national_person_service referred t" "$(query "select source, assurance, valid_from > now() - interval '1 minute' from indexing.person_link where source like 'nat%' order by assurance" | tr '|\n' ' |' | sed 's/|$//')"
    equal "from then on a search shows what stands under the others" "of-$old of-$third of-191212121212" "$(finds 191212121212)"
    equal "from every side" "of-$old of-$third of-191212121212" "$(finds $old)"
    equal "death and old numbers are kept" "t f t AV 2001-02-03|t f f GN 1999-02" "$(told $third)|$(told $old)"
    equal "the same again changes nothing" "200 0 0" "$(refresh chief $third) $(of_answer '[.links_made, .links_ended] | join(" ")')"

    knows "{\"191212121212\":{\"protected\":true,\"links\":[[\"1.2.752.129.2.1.3.1\",\"$third\",\"3\"]]},\"$third\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"191212121212\",\"3\"]]}}"
    equal "what it says no more has ended" "200 0 1" "$(refresh chief 191212121212) $(of_answer '[.links_made, .links_ended] | join(" ")')"
    equal "who is protected under one number is so under the others" "of-$third*" "$(finds $third)"
    equal "and what links them is restricted: it is not told that there is anything" "1 true 0 false null" "$(of_answer '[.count, .exact, .other_units, .blocked, .needs] | map(tostring) | join(" ")')"
    equal "who cares for the person may look behind it, with a reason" "of-$third* / of-$third* of-191212121212*" "$(finds $third ',"restricted_links":true') / $(finds $third "$behind")"
    equal "which is logged for itself" "1 remiss" "$(query "select records || ' ' || reason from access.disclosure where action = 'opened_restricted_link' and person = '$(pseudonym $third)'")"
    equal "and nobody else" "of-$old" "$(finds $old)"
    equal "a local administrator's word does not undo it" "204 of-$third* of-191212121212*" "$(ask chief PUT "$access/persons/facts" '{"person":{"number":"191212121212"},"protection":"none","deceased":false,"source":"local"}') $(finds $third "$behind")"
    knows "{\"$old\":{\"protected_registration\":true}}"
    equal "skyddad folkbokföring protects too" "200 of-$old*" "$(refresh chief $old) $(finds $old)"

    knows "{\"191212121212\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"$third\",\"3\"]]},\"$third\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"191212121212\",\"3\"]]},\"$old\":{}}"
    equal "protection ends as it came" "200 of-$third of-191212121212" "$(refresh chief 191212121212) $(finds $third)"
    knows "{\"191212121212\":{\"test\":true,\"protected\":true}}"
    equal "a test person is nobody here" "200 false of-$third of-191212121212" "$(refresh chief 191212121212) $(of_answer .known) $(finds $third)"
}

withdrawn() {
    local id
    id=$(query "select id from indexing.person_link where source like 'nat%' and valid_until is null and revoked_at is null")
    equal "a link of the service's is withdrawn like any" "204 of-191212121212" "$(ask chief DELETE "$access/persons/links/$id" '' -H 'R7-Reason: two people') $(finds 191212121212)"
    knows "{\"191212121212\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"$third\",\"3\"]]},\"$third\":{\"links\":[[\"1.2.752.129.2.1.3.1\",\"191212121212\",\"3\"]]},\"$old\":{}}"
    equal "and does not come back by itself" "200 1 0 of-191212121212" "$(refresh chief 191212121212) $(of_answer '[.identities, .links_made] | join(" ")') $(finds 191212121212)"
    equal "somebody who decides links them again" "201 of-$third of-191212121212" "$(ask chief POST "$access/persons/links" "{\"person\":{\"number\":\"191212121212\"},\"other\":{\"number\":\"$third\"},\"assurance\":\"high\",\"decided_by\":\"x\",\"reason\":\"one after all\"}") $(finds 191212121212)"

    equal "an identity is fictitious" 204 "$(ask chief PUT "$access/persons/facts" "{\"person\":{\"number\":\"$old\"},\"protection\":\"fictitious\",\"deceased\":false,\"source\":\"local\"}")"
    knows "{\"191212121212\":{\"referred\":[[\"$old\",\"NY\"]]},\"$old\":{\"referred\":[[\"191212121212\",\"NY\"]]}}"
    : >"$work/asked"
    equal "whatever the service says, it is linked to nobody" "200 0 of-$old*" "$(refresh chief 191212121212) $(of_answer .links_made) $(finds $old)"
    equal "nor is anything asked about it on the way" 0 "$(grep -c "$old" "$work/asked" || true)"
    equal "nobody but an officer asks about it" "403 named_officer" "$(refresh chief $old) $(of_answer .rule)"
    ask chief PUT "$access/identity-officers/${user[officer]}" '{"decided_by":"Regiondirektören"}' >/dev/null
    equal "an officer may, and links nothing by that either" "200 0" "$(refresh officer $old) $(of_answer .links_made)"
}

failing() {
    local how before
    before=$(told 191212121212)
    for how in fault status html other large somebody_else twice; do
        knows "{\"191212121212\":{\"protected\":true,\"answer\":\"$how\"}}"
        equal "an answer that is none ($how) is an error, and changes nothing" "503 $before" "$(refresh chief 191212121212) $(told 191212121212)"
    done
    equal "ten digits are no identity to ask about" "400 400" "$(refresh chief 121212-1212) $(ask chief POST "$access/persons/refresh" '{"person":{"number":""}}')"
    knows '{"191212121212":{}}'
    equal "r7 persons refresh names lines, not numbers" "1 line 2: has no century: it could be two people's|2 asked about, 1 not known there, 0 links made, 0 ended, 1 refused" \
        "$(printf '19121212-1212\n121212-1212\n\nNR1 1.2.752.74.9.1\n' | R7_TOKEN=${token[chief]} R7_ACCESS_URL=$access R7_CA=$R7_VAR/keys/ca.crt "$build/bin/r7" persons refresh - >"$work/out" 2>"$work/err"; echo "$? $(head -1 "$work/err")|$(cat "$work/out")")"
    equal "only a local administrator" "403 401" "$(refresh nurse 191212121212) $(refresh nobody 191212121212)"
    equal "rooms ask by certificate" "401" "$(ask nobody POST "$access/persons/ask" '{"tenant":1,"user":"'"${user[chief]}"'","person":{"number":"191212121212"}}')"
    equal "room search alone" "403" "$(ask nobody POST "$access/persons/ask" '{"tenant":1,"user":"'"${user[chief]}"'","person":{"number":"191212121212"}}' --cert "$R7_VAR/keys/room-gateway.crt" --key "$R7_VAR/keys/room-gateway.key")"
    # shellcheck disable=SC2154  # lib.sh fills pid
    equal "no number is in a log or the journal" 0 "$(cat "$work"/*.log "$work"/one/journal/*/* | grep -cE '19121212-?1212|190310139803|190312049802' || true)"
}

# hides NUMBER [TIME]: is the person protected to the nurse, now or then, and what is told as of today?
hides() {
    local key status
    key=$(query "select package || '-' || shard || '-' || part || '-' || number from indexing.record where title = 'of-$1'")
    status=$(ask nurse GET "$search/records/$key/why${2:+?on=$2}" '' -H 'R7-Purpose: care')
    echo "$status $(jq -r 'if [.decision.obligations[].word] | index("hide_protected_person") then "hidden" else "shown" end + (.as_of_today | join(","))' "$work/answer")"
}

hours_ago() {
    date -u -d "-$1 hours" +%FT%TZ
}

# Who was protected for a while, by the region's word and by the service's: told for each time as it was then.
protected_then() {
    local before during after
    query "update access.assignment set valid_from = '2020-01-01'; update access.\"user\" set active_from = '2020-01-01'"
    before=$(date -u +%FT%T.%6NZ)
    equal "a person is protected" "204 200 hidden" "$(facts chief R2 protected) $(hides R2)"
    during=$(date -u +%FT%T.%6NZ)
    equal "and no more" "204 200 shown" "$(facts chief R2 none) $(hides R2)"
    after=$(date -u +%FT%T.%6NZ)
    equal "before that, then and after" "200 shown, 200 hidden, 200 shown" "$(hides R2 "$before"), $(hides R2 "$during"), $(hides R2 "$after")"
    equal "told again nothing changes" "204 protected,none" "$(facts chief R2 none) $(query "select string_agg(protection, ',' order by since) from access.person_fact_was where person = '$(pseudonym R2)' and since >= '$before'")"

    knows "{\"$third\":{\"protected\":true}}"
    query "delete from access.person_told_was where person = '$(pseudonym $third)'"
    equal "the service says it" "200 t" "$(refresh chief $third) $(told $third | cut -d ' ' -f 2)"
    query "update access.person_told_was set told_at = now() - interval '240 hours' where person = '$(pseudonym $third)'"
    knows "{\"$third\":{}}"
    equal "and no more" "200 f" "$(refresh chief $third) $(told $third | cut -d ' ' -f 2)"
    query "update access.person_told_was set told_at = now() - interval '200 hours' where person = '$(pseudonym $third)' and not is_protected"
    query "update access.person_service_was set since = now() - interval '400 hours'"
    equal "while it was not asked nobody was hidden" "200 shown" "$(hides $third "$(hours_ago 500)")"
    equal "of whom it had not said anything was" "200 hidden" "$(hides $third "$(hours_ago 300)")"
    equal "and who was protected by its word" "200 hidden" "$(hides $third "$(hours_ago 220)")"
    equal "not who was not, for as long as that counted" "200 shown" "$(hides $third "$(hours_ago 190)")"
    equal "and no longer" "200 hidden" "$(hides $third "$(hours_ago 170)")"
}

own_database persons
knows '{}'
[ -d "$schemas" ] || { left_out "the official schema of the person service" && schemas=; }
stand_in person_service.py "${port[service]}" "$work/persons.json" "$schemas"
every_room=(R7_PERSON_SERVICE_URL="https://127.0.0.1:${port[service]}/vp" R7_PERSON_SERVICE_ADDRESS=SE1-PU "${national[@]}")
stand keys access search
region
region region-b chiefb
user[chief]=$(query "select id from access.\"user\" where login = 'chief'")
sign_in nurse care_staff U-1 SE1-CP care
records
links
finding_links
fictitious
of_service
withdrawn
failing
protected_then
tell
