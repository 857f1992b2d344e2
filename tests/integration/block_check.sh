#!/usr/bin/env bash
# What a service that keeps blocks says of one patient's records to one member of staff: rooms keys, access and search, rows of the index, and a
# stand-in of the service, over mutual TLS, that answers by the official schema, refuses, dies or says something else. Its mirror is away but
# where it says otherwise. Ends with "N passed, N failed".
#
#   tests/integration/block_check.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search service
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
system=SE0000000001-3001 cp=SE0000000001-1001 other_cp=SE0000000001-1002
schemas=$top/../shared/rivta/informationsecurity.authorization.blocking/4.0
number=191212121212 linked=190312049802 none=190310139803
blocks_u2="\"$number SE0000000001-nurse U-1\":[\"U-2\"]"
year=$(date -u +%Y)
here=U-1:$year-$year

start_service() {
    stand_in block_service.py "${port[service]}" "$work/blocks.json" "$schemas"
}

# says BLOCKED [MORE]: what the service says from now on; and who could not reach it may try again at once.
says() {
    echo "{\"blocks\":[],\"blocked\":{$1}${2-,\"mirror\":\"status\"}}" >"$work/blocks.json.new"
    mv "$work/blocks.json.new" "$work/blocks.json"
    query "update access.block_service set failed_at = null"
}

# checks WHO [NUMBER]: the status; and what is told beside until when it counts.
checks() {
    echo "$(ask "$1" POST "$access/persons/blocks/check" "{\"person\":{\"number\":\"${2-$number}\"}}")$(jq -r 'if has("valid_until") then del(.valid_until) | keys[] else empty end' "$work/answer")"
}

# asked: what was asked of each patient since the last time.
asked() {
    grep '^CheckBlocks' "$work/asked" | sort -u | xargs || true
    : >"$work/asked"
}

# configure [MINUTES]
configure() {
    ask chief PUT "$access/block-services/national" "{\"logical_address\":\"SE165565594230-1000\",\"care_providers\":[\"$cp\",\"$other_cp\"],
        \"stale_seconds\":86400,\"decided_by\":\"Arkivchefen\"${1:+,\"checked_minutes\":$1}}"
}

counting() {
    query "select count(distinct id) from access.block_checked where now() < valid_until"
}

over() {
    query "update access.block_checked set valid_until = greatest(now(), valid_from + interval '1 microsecond') where now() < valid_until"
}

decided() {
    says ''
    equal "a service that is mirrored only" 204 "$(configure)"
    ask chief PUT "$access/block-sources/$system" '{"complete":true,"service":"national","decided_by":"x"}' >/dev/null
    equal "is not asked about a patient" 412 "$(checks nurse)"
    equal "for an hour at the most" "400 400" "$(configure 61) $(configure 0)"
    equal "a region decides that it is" "204 1" "$(configure 10) $(in_journal '"checked_minutes":10')"
    equal "which only who cares for patients asks" "403 401" "$(checks chief) $(checks nobody)"
}

opened() {
    equal "with no mirror blocks are not known" own "$(finds nurse)"
    asked >/dev/null
    equal "the service is asked, and tells nothing else" 200 "$(checks nurse)"
    equal "about the own unit and the others, from first to last" "CheckBlocks $cp U-1 $here U-2:1998-2005 U-7:1999-1999 SE165565594230-1000" "$(asked)"
    equal "what is open is found" "other-1998 other-2005 others own" "$(finds nurse)"
    equal "for as long as was decided" "t 2" "$(query "select bool_and(valid_until = valid_from + interval '10 minutes') from access.block_checked") $(query "select count(*) from access.block_checked")"
    equal "by nobody else" own "$(finds surgeon)"
    equal "nor by the same nurse at another unit" other-1998 "$(finds nurse_elsewhere | cut -d ' ' -f 1)"
    equal "nor of another patient" linked-own "$(finds nurse $linked)"
    equal "nor in another region" 0 "$(query "begin; set local role r7_search; select set_config('r7.tenant', '2', true); select count(*) from access.block_checked; commit" | tail -n 1)"
    equal "in the journal, as a fact" 1 "$(in_journal '"change":"blocks_checked"')"
    care_record $number later U-2 2010-05-01
    care_record $number third U-4 2000-05-01
    equal "a record that was not asked about is not known" "other-1998 other-2005 others own" "$(finds nurse)"
    equal "until it is" "200 later other-1998 other-2005 others own third" "$(checks nurse) $(finds nurse)"
    equal "what was said before counts no more" 1 "$(counting)"
    over
    equal "when its time is over nothing is known" own "$(finds nurse)"
}

blocked() {
    says "$blocks_u2"
    equal "what is blocked is told to nobody" 200 "$(checks nurse)"
    equal "and is closed for who asked" "others own third | blocked" "$(finds nurse)"
    equal "alone" "200 later other-1998 other-2005 others own third" "$(checks surgeon) $(finds surgeon)"
    says ''
    equal "until the service says otherwise" "200 later other-1998 other-2005 others own third" "$(checks nurse) $(finds nurse)"
    care_record $number alert U-2 2001-05-01
    query "update indexing.record set category = 'upp' where title = 'alert'"
    says "$blocks_u2"
    asked >/dev/null
    equal "alerts are asked about for themselves" "200 U-2:1998-2010 U-2upp:2001-2001" "$(checks nurse) $(asked | grep -o 'U-2[^ ]*' | xargs)"
    equal "and open when the patient has left them out" "alert others own third | blocked" "$(finds nurse)"
    says "\"$number SE0000000001-nurse U-1\":[\"U-2\",\"U-2upp\"]"
    equal "else not" "200 others own third | blocked" "$(checks nurse) $(finds nurse)"
    query "delete from indexing.record where title = 'alert'"
    says "$blocks_u2" ''
    equal "a mirror that is fresh" "200 200" "$(checks nurse) $(ask chief POST "$access/block-services/national/refresh")"
    equal "opens nothing that was said to be blocked" "others own third | blocked" "$(finds nurse)"
    ask chief POST "$access/blocks" "{\"person\":{\"number\":\"$number\"},\"outer\":false,\"care_provider\":\"$cp\",\"care_unit\":\"U-4\"}" >/dev/null
    says '' ''
    equal "nor does the service open what is blocked here" "200 later other-1998 other-2005 others own | blocked" "$(checks nurse) $(finds nurse)"
    query "update access.block set valid_until = now()"
    query "update access.block_mirror set refreshed_at = null, tried_at = now()"
    says ''
    equal "the mirror is away again" "later other-1998 other-2005 others own third" "$(finds nurse)"
    says '' ',"answer":"invalid"'
    equal "of a unit that the service does not judge nothing is known" "200 later other-1998 other-2005 others own" "$(checks nurse) $(finds nurse)"
    says ''
    over
}

# A record whose delivery named no unit, and a number that is openly the same person's.
mapped() {
    local then='{"source_system":"'$system'","code":"MED1","valid_from":"1990-01-01T00:00:00Z","valid_until":"2005-01-01T00:00:00Z"}'
    ask chief PUT "$access/units/U-5" "{\"name\":\"Medicin\",\"care_unit\":\"U-5\",\"care_provider\":\"$cp\",\"valid_from\":\"1980-01-01T00:00:00Z\"}" >/dev/null
    equal "a code that meant a unit until 2005" 201 "$(ask chief PUT "$access/units/U-5/codes" "$then" | sed 's/204/201/')"
    care_record $number coded MED1 2001-05-01
    care_record $number code-of-none MED1 2007-05-01
    query "update indexing.record set care_unit = null, unit = null where title like 'code%'"
    asked >/dev/null
    equal "is asked about as that unit" "200 CheckBlocks $cp U-1 $here U-2:1998-2010 U-4:2000-2000 U-5:2001-2001 U-7:1999-1999 SE165565594230-1000" "$(checks nurse) $(asked)"
    equal "and what it meant no more is not known" "coded later other-1998 other-2005 others own third" "$(finds nurse)"
    ask chief POST "$access/persons/links" "{\"person\":{\"number\":\"$number\"},\"other\":{\"number\":\"$linked\"},\"assurance\":\"high\",\"decided_by\":\"Arkivchefen\",\"reason\":\"x\"}" >/dev/null
    equal "with another number nothing is known until that is asked about" "linked-own own" "$(finds nurse)"
    checks nurse >/dev/null
    equal "nor by the first alone" "linked-own own" "$(finds nurse)"
    equal "both are" "200 coded later linked-other linked-own other-1998 other-2005 others own third" "$(checks nurse $linked) $(finds nurse)"
    says "\"$linked SE0000000001-nurse U-1\":[\"U-2\"]"
    equal "a block by either is one" "200 coded linked-own others own third | blocked" "$(checks nurse $linked) $(finds nurse)"
    equal "found by the other too" "coded linked-own others own third | blocked" "$(finds nurse $linked)"
    ask chief DELETE "$access/persons/links/$(query "select id from indexing.person_link")" '' -H 'R7-Reason: x' >/dev/null
    query "delete from indexing.record where title like 'code%'"
    says ''
    over
}

# The log has each question before the service does, and who reviews it sees it.
logged() {
    local before
    before=$(told_services)
    says ''
    asked >/dev/null
    equal "a question is a row, of who asked and at which unit" "200 nurse care_staff $cp U-1 care 0 assignment_covers CheckBlocks SE165565594230-1000 t" "$(checks nurse) $(query "
        select concat_ws(' ', subject_name, role, care_provider, unit, purpose, records, reasons, what ->> 'contract', what ->> 'logical_address',
            case when person = (select person from indexing.record where title = 'own') then 't' end)
        from access.disclosure where action = 'asked_national_service' order by at desc limit 1")"
    equal "one each time" $((before + 1)) "$(told_services)"
    equal "also about a patient who has nothing elsewhere" "200 $((before + 2))" "$(checks nurse $none) $(told_services)"
    equal "who reviews the log reads of it" "200 asked_national_service nurse" "$(ask rut POST "$access/who-read" "{\"person\":{\"number\":\"$none\"}}") $(jq -r '[.disclosures[] | select(.action == "asked_national_service") | .action + " " + .subject_name] | first' "$work/answer")"
    says '' ',"answer":"short"'
    equal "and a question without an answer" "503 $((before + 3))" "$(checks nurse) $(told_services)"
    equal "but not what was not asked, so soon after" "503 $((before + 3))" "$(checks nurse) $(told_services)"
    says ''
    over
    asked >/dev/null
    log_of_access closed
    equal "what cannot be logged is not asked" "500  0 $((before + 3))" "$(checks nurse) $(asked) $(counting) $(told_services)"
    log_of_access open
    equal "and then is" "200 $((before + 4)) 1" "$(checks nurse) $(told_services) $(asked | grep -c ^CheckBlocks)"
    over
}

# In the words of r7: the same whether anything is blocked or not, and no number.
typed() {
    local said='the services have answered; it counts for you, at your unit, until 20[0-9T:-]{17}Z'
    says ''
    equal "r7 blocks check" "0 1" "$(r7 nurse blocks check $number) $(grep -cxE "$said" "$work/said-by-r7")"
    equal "opens what the route opens" "later other-1998 other-2005 others own third" "$(finds nurse)"
    says "$blocks_u2"
    equal "says the same of what is blocked, of a number from standard input" "0 1" "$(echo $number | r7 nurse blocks check -) $(grep -cxE "$said" "$work/said-by-r7")"
    equal "which is closed" "others own third | blocked" "$(finds nurse)"
    equal "and tells what it prints and nothing beside" 1 "$(wc -l <"$work/said-by-r7")"
    says '' ',"answer":"fault"'
    equal "without an answer it says so" "1 1 0" "$(r7 nurse blocks check $number) $(grep -c '^r7 blocks: ' "$work/said-by-r7") $(grep -c $number "$work/said-by-r7" || true)"
    equal "a number of no kind" "1 1" "$(r7 nurse blocks check 121212-1212) $(grep -c century "$work/said-by-r7")"
    equal "who does not care for patients" "1 r7 blocks: your assignment does not include this" "$(r7 chief blocks check $number) $(cat "$work/said-by-r7")"
    equal "without a number it is called wrongly" 2 "$(r7 nurse blocks check)"
    says ''
    over
}

refused() {
    local how
    equal "a system's own number is nobody's" 400 "$(ask nurse POST "$access/persons/blocks/check" '{"person":{"number":"R-1","source_system":"vas"}}')"
    equal "a number without its century could be two people's" 400 "$(checks nurse 121212-1212)"
    for how in fault status html other large slow refuses short long twice; do
        says '' ",\"answer\":\"$how\""
        equal "an answer that is none ($how) makes nothing known" "503 0 own" "$(checks nurse) $(counting) $(finds nurse)"
        equal "nor a patient who has nothing elsewhere, and nobody waits for it" "503 $(wc -l <"$work/asked")" "$(checks surgeon $none) $(wc -l <"$work/asked")"
    done
    says '' ',"answer":"short"'
    equal "a patient who has nothing elsewhere is asked about alike" 503 "$(checks nurse $none)"
    says ''
    asked >/dev/null
    equal "by the own unit alone" "200 CheckBlocks $cp U-1 $here SE165565594230-1000" "$(checks nurse $none) $(asked)"
    says '' ',"answer":"fault"'
    checks nurse >/dev/null
    says ''
    checks nurse >/dev/null
    says '' ',"answer":"short"'
    equal "what was said before a failure counts for its time" "503 later other-1998 other-2005 others own third" "$(checks nurse) $(finds nurse)"
    over
    says ''
    stop "$service"
    equal "a service that is away" "503 own" "$(checks nurse) $(finds nurse)"
    start_service
    says ''
    query "insert into indexing.record (shard, tenant, package, person, part, number, type, category, status, archive_creator, source_system, source_id, title, care_provider, care_unit, unit_id, occurred_at, content_hmac)
        select shard, tenant, package, person, 1, n, type, category, status, archive_creator, source_system, 'many-' || n, 'many', care_provider, 'M-' || n, 'M-' || n, occurred_at, gen_random_uuid()
        from indexing.record, generate_series(1, 100) n where title = 'own'"
    equal "more care units than can be asked about" "413 0" "$(checks nurse) $(counting)"
    query "delete from indexing.record where title = 'many'"
}

# The database as it was before the check, and the journal as it is.
restored() {
    says "\"$number SE0000000001-nurse U-1\":[\"U-4\"]"
    equal "checked" "200 later other-1998 other-2005 others own | blocked" "$(checks nurse) $(finds nurse)"
    local before rows="select * from access.block_checked where now() < valid_until and \"user\" = '${user[nurse]}'
        and person = (select person from indexing.record where title = 'own') order by service, care_provider, care_unit"
    before=$(query "$rows")
    stop "${pid[access]}"
    query "delete from access.block_checked; delete from base.journal_line where room = 'access'; delete from base.journal_place where room = 'access'"
    equal "forgotten" own "$(finds nurse)"
    stand access
    equal "after a restore all is as it was" "$before" "$(query "$rows")"
    equal "for who reads too" "later other-1998 other-2005 others own | blocked" "$(finds nurse)"
    equal "the region asks no more" "204 412 own" "$(configure) $(checks nurse) $(finds nurse)"
    equal "no number is in a log, the journal or what is kept" "0 0" "$(cat "$work"/*.log "$work"/one/journal/*/* | grep -cE '19121212-?1212|19031204-?9802|19031013-?9803' || true) $(query "select * from access.block_checked" | grep -cE '19121212|19031204' || true)"
}

own_database block_check
[ -d "$schemas" ] || { left_out "the official schemas of blocking" && schemas=; }
: >"$work/asked"
says ''
start_service
every_room=(R7_BLOCKS_URL="https://127.0.0.1:${port[service]}/vp" "${national[@]}")
stand keys access search
region
sign_in nurse care_staff U-1 $cp care
sign_in surgeon care_staff U-1 $cp care
sign_in nurse_elsewhere care_staff U-2 $cp care
reviewer rut
query "update access.\"user\" set hsa_id = 'SE0000000001-nurse' where login = 'nurse_elsewhere'"
care_package
care_record $number own U-1 1998-05-01
care_record $number other-1998 U-2 1998-05-01
care_record $number other-2005 U-2 2005-05-01
care_record $number others U-7 1999-05-01 $other_cp
care_record $linked linked-own U-1 1998-05-01
care_record $linked linked-other U-2 1999-05-01
ask chief POST "$access/provider-agreements" "{\"care_provider\":\"$other_cp\",\"other_provider\":\"$cp\",\"reference\":\"RS 1\",\"decided_by\":\"x\"}" >/dev/null
for who in nurse surgeon nurse_elsewhere; do
    for patient in $number $linked; do
        ask $who POST "$access/persons/relations" "{\"person\":{\"number\":\"$patient\"},\"valid_until\":\"$(date -u -d '1 day' +%FT%TZ)\"}" >/dev/null
        ask $who POST "$access/persons/consents" "{\"person\":{\"number\":\"$patient\"}}" >/dev/null
    done
done
decided
opened
blocked
mapped
logged
typed
refused
restored
tell
