#!/usr/bin/env bash
# Consents that a patient gave elsewhere: rooms keys, access and search, rows of the index, and a stand-in of the service that keeps them,
# over mutual TLS, that answers by the official schema, refuses, dies or says something else. Ends with "N passed, N failed".
#
#   tests/integration/consents.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search service
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
system=SE0000000001-3001 cp=SE0000000001-1001 other_cp=SE0000000001-1002
schemas=$top/../shared/rivta/informationsecurity.authorization.consent/2.0
person='{"person":{"number":"191212121212"}}'
nurse="191212121212 SE0000000001-nurse U-1"

start_service() {
    stand_in consent_service.py "${port[service]}" "$work/consents.json" "$schemas"
}

# knows JSON: what the service says from now on; and who could not reach it may try again at once.
knows() {
    echo "$1" >"$work/consents.json.new"
    mv "$work/consents.json.new" "$work/consents.json"
    query "update access.consent_service set failed_at = null" >/dev/null
}

# consent WHO: the status, and what was said.
consent() {
    local status
    status=$(ask "$1" POST "$access/persons/consents/find" "${2-$person}")
    echo "$status $(jq -r 'if has("consent") then "\(.consent) \(.emergency)" else empty end' "$work/answer")"
}

decide() {
    ask chief PUT "$access/consent-service" "{\"asked\":$1,\"logical_address\":\"SE165565594230-1000\",\"valid_minutes\":10,\"decided_by\":\"Arkivchefen\"}"
}

in_force() {
    query "select count(*) from access.consent where now() < valid_until and source = 'consent_service'"
}

decided() {
    equal "nobody is asked before the region has decided" "412 " "$(consent nurse)"
    equal "which is for a local administrator" "403 401" "$(ask nurse PUT "$access/consent-service" '{}') $(ask nobody PUT "$access/consent-service" '{}')"
    equal "within limits" 400 "$(ask chief PUT "$access/consent-service" '{"asked":true,"logical_address":"SE1","valid_minutes":1441,"decided_by":"x"}')"
    equal "decided" 204 "$(decide true)"
    equal "and in the journal" 1 "$(in_journal '"change":"consent_service"')"
}

opened() {
    knows "{\"$nurse\":\"Consent\"}"
    equal "without a consent another provider's record is not there" own "$(finds nurse)"
    equal "only who cares for patients asks" "403 401" "$(ask chief POST "$access/persons/consents/find" "$person") $(ask nobody POST "$access/persons/consents/find" "$person")"
    equal "the service knows of one" "200 true false" "$(consent nurse)"
    equal "asked for the care provider, at the region's address" "CheckConsent $cp SE165565594230-1000" "$(cat "$work/asked")"
    equal "it opens, for as long as was decided" "others own t" "$(finds nurse) $(query "select valid_until between now() + interval '9 minutes' and now() + interval '10 minutes' from access.consent")"
    equal "and for nobody else" own "$(finds surgeon)"
    equal "nor for the same nurse at another unit" own "$(finds nurse_elsewhere)"
    equal "of whom it knows none" "200 false false" "$(consent surgeon)"
    equal "it is told to no other system: whose it is tells of it" 0 "$(query "select count(*) from access.consent where source = 'local'")"
    query "update access.consent set valid_until = now()" >/dev/null
    equal "when its time is over it opens nothing" own "$(finds nurse)"
    knows "{\"$nurse\":\"Emergency\"}"
    equal "an emergency there is told, and opens nothing" "200 false true own" "$(consent nurse) $(finds nurse)"
    equal "a block goes before consent" "201 200 true false own" "$(ask chief POST "$access/blocks" "{\"person\":{\"number\":\"191212121212\"},\"outer\":true,\"care_provider\":\"$other_cp\"}") $(knows "{\"$nurse\":\"Consent\"}"; consent nurse) $(finds nurse)"
    query "update access.block set valid_until = now()" >/dev/null
    query "update access.consent set valid_until = now()" >/dev/null
}

# The log has each question before the service does, whatever is answered.
logged() {
    local before
    before=$(told_services)
    : >"$work/asked"
    knows '{}'
    equal "a question is a row, of who asked and at which unit" "200 false false nurse care_staff $cp U-1 care 0 assignment_covers CheckConsent SE165565594230-1000 t" "$(consent nurse) $(query "
        select concat_ws(' ', subject_name, role, care_provider, unit, purpose, records, reasons, what ->> 'contract', what ->> 'logical_address',
            case when person = (select person from indexing.record where title = 'own') then 't' end)
        from access.disclosure where action = 'asked_national_service' order by at desc limit 1")"
    equal "one each time" $((before + 1)) "$(told_services)"
    knows '{"answer":"fault"}'
    equal "also a question without an answer" "503  $((before + 2))" "$(consent nurse) $(told_services)"
    equal "but not what was not asked, so soon after" "503  $((before + 2))" "$(consent nurse) $(told_services)"
    knows "{\"$nurse\":\"Consent\"}"
    : >"$work/asked"
    log_of_access closed
    equal "what cannot be logged is not asked" "500  0 0 $((before + 2))" "$(consent nurse) $(wc -l <"$work/asked") $(in_force) $(told_services)"
    log_of_access open
    equal "and then is" "200 true false $((before + 3)) 1" "$(consent nurse) $(told_services) $(wc -l <"$work/asked")"
    query "update access.consent set valid_until = now()" >/dev/null
}

refused() {
    local how
    equal "a system's own number is nobody's" "400 " "$(consent nurse '{"person":{"number":"R-1","source_system":"vas"}}')"
    equal "a number without its century could be two people's" "400 " "$(consent nurse '{"person":{"number":"121212-1212"}}')"
    for how in fault status html other large slow refuses kindless; do
        knows "{\"$nurse\":\"Consent\",\"answer\":\"$how\"}"
        equal "an answer that is none ($how) is no consent" "503  0 own" "$(consent nurse) $(in_force) $(finds nurse)"
        equal "and nobody waits for it at once again" "503  $(wc -l <"$work/asked")" "$(consent nurse) $(wc -l <"$work/asked")"
    done
    knows "{\"$nurse\":\"Consent\"}"
    stop "$service"
    equal "a service that is away" "503  own" "$(consent nurse) $(finds nurse)"
    start_service
    knows "{\"$nurse\":\"Consent\"}"
    equal "there again" "200 true false others own" "$(consent nurse) $(finds nurse)"
    equal "the region asks no more" "204 412 " "$(decide false) $(consent nurse)"
    equal "no number is in a log or the journal" 0 "$(cat "$work"/*.log "$work"/one/journal/*/* | grep -cE '19121212-?1212' || true)"
}

own_database consents
[ -d "$schemas" ] || { left_out "the official schemas of consents" && schemas=; }
: >"$work/asked"
knows '{}'
start_service
every_room=(R7_CONSENTS_URL="https://127.0.0.1:${port[service]}/vp" "${national[@]}")
stand keys access search
region
sign_in nurse care_staff U-1 $cp care
sign_in surgeon care_staff U-1 $cp care
sign_in nurse_elsewhere care_staff U-3 $cp care
query "update access.\"user\" set hsa_id = 'SE0000000001-nurse' where login = 'nurse_elsewhere'"
care_package
care_record 191212121212 own U-1 1998-05-01
care_record 191212121212 others U-7 1998-05-01 $other_cp
ask chief PUT "$access/block-sources/$system" '{"complete":true,"decided_by":"x"}' >/dev/null
ask chief POST "$access/provider-agreements" "{\"care_provider\":\"$other_cp\",\"other_provider\":\"$cp\",\"reference\":\"RS 1\",\"decided_by\":\"x\"}" >/dev/null
for who in nurse surgeon nurse_elsewhere; do
    ask $who POST "$access/persons/relations" "{\"person\":{\"number\":\"191212121212\"},\"valid_until\":\"$(date -u -d '1 day' +%FT%TZ)\"}" >/dev/null
done
decided
opened
logged
refused
tell
