#!/usr/bin/env bash
# Lines of the journals whose row is missing (S19): a room dies between the line and the row, or the database is an older one
# than the journal. Each is carried out at the next start, once, by the rooms that take part in it.
#
#   tests/integration/journal.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/house.sh"

whole_line=vault.after_journal_flush:2:kill # it is in both locations
torn_line=vault.after_append:1:kill         # it is in the first alone

# lines PATTERN: of the region's journal that have it, in each location.
lines() {
    local location
    for location in one two; do cat "$work/$location"/journal/region-a/*.jsonl | grep -c -- "$1" || true; done | xargs
}

# told PATTERN MEMBER: of the last such line.
told() {
    grep -h -- "$1" "$work"/one/journal/region-a/*.jsonl | tail -n 1 | jq -r "$2"
}

# start ROOM [NAME=VALUE...]: again, and until it answers.
start() {
    again "$@"
    answers "https://127.0.0.1:${port[$1]}/"
}

# Does it die at the fault point, without an answer?
cut_short() { # ROOM STATUS
    is_equal 000 "$2" && dies "${pid[$1]}"
}

# What of it was carried out at starts so far, and what was left.
carried_out() {
    grep -c "a line of the journal was carried out" "$work/$1.log" || true
}

left_lines() {
    grep -c "is left for the next start" "$work/$1.log" || true
}

state_of() {
    query "select state from ingest.delivery where id = '$1'"
}

# --- decisions -------------------------------------------------------------------------------------------
an_accepted_one() {
    local d=$1 before
    equal "it waits" awaiting_acceptance "$(comes_to awaiting_acceptance "$d")"
    start ingest R7_FAULT=$whole_line
    check "ingest dies between the line and the row" cut_short ingest "$(decide arne accept "$d" checked k-1)"
    equal "the line is there and the row is not" "1 1 awaiting_acceptance" "$(lines "\"accepted\",\"delivery\":\"$d\"") $(state_of "$d")"
    check "--check finds all good" check_ingest
    equal "and carries nothing out" awaiting_acceptance "$(state_of "$d")"
    start ingest
    equal "after a start it is accepted" searchable "$(state_of "$d")"
    equal "by whom, why and when the line tells" "accepted checked t t" "$(query "select what, reason, decided_by = '$(told "$d" .entry.by)', decided_at = '$(told "$d" .entry.at)' from ingest.decision where delivery = '$d'" | tr '|' ' ')"
    equal "staff find it" 1 "$(found)"
    equal "its system is told" "accepted archived searchable" "$(wait_for 20 "accepted archived searchable" sent_receipts "$d")"
    equal "and the rooms" 1 "$(wait_for 20 1 events delivery.accepted "$d")"
    equal "the same command is answered clearly" "409 accepted_already" "$(decide arne accept "$d" checked k-1) $(jq -r .rule "$work/answer")"
    equal "and so is its opposite" "409 accepted_already" "$(decide arne return "$d" incomplete k-2) $(jq -r .rule "$work/answer")"
    before=$(query "select version from ingest.delivery where id = '$d'")
    start ingest
    equal "a second start changes nothing" "$before 1 1" "$(query "select version from ingest.delivery where id = '$d'") $(carried_out ingest) $(query "select count(*) from ingest.decision")"
    equal "and the journal has the one line" "1 1" "$(lines "\"delivery\":\"$d\"")"
}

check_ingest() {
    env -i PATH="$PATH" R7_DATABASE_URL="$(login r7_ingest "$url")" R7_VAULT_LOCATIONS="$work/one:$work/two" R7_SCHEMAS="$top/schemas" \
        "$build/bin/r7-ingest" --check
}

events() {
    kcat -b "$bootstrap" -C -t "$1" -o beginning -e -q 2>/dev/null | grep -c "$2" || true
}

# Of a line that only the first location has, the others get it before it is carried out.
a_returned_one() {
    local d=$1
    comes_to awaiting_acceptance "$d" >/dev/null
    start ingest R7_FAULT=$torn_line
    check "ingest dies before the line is everywhere" cut_short ingest "$(decide arne return "$d" incomplete k-3)"
    equal "one location has it" "1 0" "$(lines "\"returned\",\"delivery\":\"$d\"")"
    start ingest
    equal "after a start it is returned" "returned incomplete" "$(state_of "$d") $(query "select reason from ingest.decision where delivery = '$d'")"
    equal "its system is told" returned "$(wait_for 20 returned sent_receipts "$d")"
    check "and both locations are the same" cmp "$work/one/journal/region-a/00000000.jsonl" "$work/two/journal/region-a/00000000.jsonl"
    equal "an acceptance comes too late" "409 returned_already" "$(decide arne accept "$d" checked k-4) $(jq -r .rule "$work/answer")"
}

a_discarded_one() {
    local d=$1
    keep keep_rejected '0 days'
    again ingest R7_FAULT=$whole_line
    check "ingest dies in its housekeeping" dies "${pid[ingest]}"
    keep keep_rejected '30 days'
    equal "nothing is discarded" "1 1 returned" "$(lines "\"discarded\",\"delivery\":\"$d\"") $(state_of "$d")"
    start ingest
    equal "after a start it is, and comes to its end" removed "$(comes_to removed "$d")"
}

decisions() {
    query "select d.identity, d.state, d.accepted_at, d.returned_at, d.rule, d.about, d.superseded_at, c.what, c.reason, c.decided_by, c.decided_at
        from ingest.delivery d left join ingest.decision c on c.delivery = d.id order by 1"
}

# What ingest would know after the database was restored to before any decision.
forget_decisions() {
    query "begin;
        delete from ingest.decision where delivery in (select id from ingest.delivery where discarded_at is null);
        delete from ingest.command;
        update ingest.delivery set accepted_at = null, superseded_at = null, about = null, returned_at = null, rule = null, receipts = receipts & 7
            where discarded_at is null and validated_at is not null;
        delete from base.journal_line where room = 'ingest';
        delete from base.journal_place where room = 'ingest';
        commit"
}

restored_decisions() {
    local first=$1 next other before
    next=$(deliver second case-1 REPLACEMENT)
    comes_to awaiting_acceptance "$next" >/dev/null
    r7_as arne accept "$next" --reason checked >/dev/null
    other=$(deliver other case-2 NEW)
    comes_to awaiting_acceptance "$other" >/dev/null
    r7_as arne return "$other" --reason sent_by_mistake >/dev/null
    comes_to searchable "$(deliver itself case-3 NEW kurvan A-KURVAN)" >/dev/null
    before=$(decisions)
    stop "${pid[ingest]}"
    forget_decisions
    equal "the database has forgotten" 0 "$(query "select count(*) from ingest.delivery where accepted_at is not null")"
    start ingest
    equal "after a start all is as it was" "$before" "$(decisions)"
    equal "one stands in the other's place, and alone is shown" "superseded 404 200" "$(state_of "$first") $(shown "$first" "$next")"
    start ingest
    equal "and after another" "$before" "$(decisions)"
}

# --- lines that cannot be carried out ----------------------------------------------------------------------
# add_line TEXT...: to the region's journal in both locations.
add_line() {
    printf '%s\n' "$@" | tee -a "$work/one/journal/region-a/00000000.jsonl" >>"$work/two/journal/region-a/00000000.jsonl"
}

entry() { # ID DELIVERY
    echo "{\"id\":\"$1\",\"entry\":{\"what\":\"returned\",\"delivery\":\"$2\",\"package\":\"$2\",\"by\":\"agreement\",\"reason\":\"incomplete\",\"at\":\"2026-01-02T03:04:05Z\"}}"
}

lines_that_are_left() {
    local id d nobody place
    id=$(cat /proc/sys/kernel/random/uuid) nobody=$(cat /proc/sys/kernel/random/uuid)
    d=$(deliver behind case-4 NEW)
    comes_to awaiting_acceptance "$d" >/dev/null
    stop "${pid[ingest]}"
    place=$(stat -c %s "$work/one/journal/region-a/00000000.jsonl")
    add_line "$(entry "$id" "$nobody")" "$(entry "$(cat /proc/sys/kernel/random/uuid)" "$d")"
    mkdir "$work/one/journal/region-z"
    start ingest
    equal "a journal of no region is told of" 1 "$(grep 'a journal is not read' "$work/ingest.log" | grep -c region-z)"
    rmdir "$work/one/journal/region-z"
    equal "a line about what is not there is left, by its id" "1 1" "$(left_lines ingest) $(grep -c "\"line\":\"$id\"" "$work/ingest.log")"
    equal "the one behind it is carried out" returned "$(state_of "$d")"
    equal "and the room looks from there the next time" "$place" "$(query "select \"offset\" from base.journal_place where room = 'ingest' and tenant = 1")"
    start ingest
    equal "when it is left again" "2 $place" "$(left_lines ingest) $(query "select \"offset\" from base.journal_place where room = 'ingest' and tenant = 1")"
    stop "${pid[ingest]}"
    for place in one two; do sed -i "/$nobody/d" "$work/$place/journal/region-a/00000000.jsonl"; done
}

a_corrupt_journal() {
    local location
    query "delete from base.journal_place where room = 'ingest'"
    add_line nonsense
    room ingest
    check "a line that is none stops the start" dies "${pid[ingest]}" 20
    equal "in clear words" 1 "$(grep 'cannot start' "$work/ingest.log" | grep -c 'has no line of ours')"
    for location in one two; do sed -i '/^nonsense$/d' "$work/$location/journal/region-a/00000000.jsonl"; done
    printf '{"id":"torn' >>"$work/two/journal/region-a/00000000.jsonl"
    start ingest
    equal "a torn one does not" 1 "$(grep -c 'cannot start' "$work/ingest.log")"
    stop "${pid[ingest]}"
    cp -r "$work/one/journal" "$work/kept"
    for location in one two; do sed -i '$d' "$work/$location/journal/region-a/00000000.jsonl"; done
    room ingest
    check "a journal that lost lines stops it" dies "${pid[ingest]}" 20
    equal "in clear words too" 1 "$(grep 'cannot start' "$work/ingest.log" | grep -c 'shorter than it was')"
    for location in one two; do cp "$work/kept/region-a/00000000.jsonl" "$work/$location/journal/region-a/"; done
    start ingest
}

# --- facts about access --------------------------------------------------------------------------------------
nurse='{"role":"care_staff","unit":"SE1-U1","care_unit":"SE1-CU1","care_provider":"SE1-CP","purposes":["care"],"information_types":["care"],"analysis":"BR-9"}'

user_id() {
    query "select id from access.\"user\" where tenant = 1 and login = '$1'"
}

connection() {
    echo "{\"name\":\"$1\",\"title\":\"$1\",\"administrator\":{\"login\":\"chief\",\"name\":\"Chief\",\"password\":\"password of chief\"}}"
}

# signs LOGIN PASSWORD: the status.
signs() {
    ask nobody POST "$access/login" "{\"tenant\":\"region-a\",\"login\":\"$1\",\"password\":\"$2\"}"
}

# killed WHAT WHO METHOD PATH [JSON]: room access dies between the line and the rows, and starts again.
killed() {
    local what=$1 who=$2 method=$3 path=$4
    start access R7_FAULT=$whole_line
    check "access dies in $what" cut_short access "$(ask "$who" "$method" "$access$path" "${5-}")"
    start access
}

killed_changes() {
    local kim version made
    ask chief POST "$access/users" '{"login":"kim","name":"Kim","password":"password of kim"}' >/dev/null
    kim=$(user_id kim)
    version=$(query "select version from access.fact_version where kind = 'user' and id = '$kim'")
    killed "an analysis" chief PUT /analyses/BR-9 "$(analysis_json SE1-CP)"
    killed "an assignment" chief POST "/users/$kim/assignments" "$nurse"
    equal "the assignment of the line is there" "$(told '"assignment"' .entry.fact.id) care_staff SE1-U1 {care}" "$(query "select id, role, unit, purposes from access.assignment where \"user\" = '$kim'" | tr '|' ' ')"
    equal "its words are not in the journal" "made again from the journal" "$(query "select n.title from access.assignment a join access.analysis n on n.tenant = a.tenant and n.id = a.analysis where \"user\" = '$kim'")"
    equal "the user has a new version" $((version + 1)) "$(query "select version from access.fact_version where kind = 'user' and id = '$kim'")"
    log_in kim region-a
    equal "and signs in with it" 200 "$(signs kim "password of kim")"
    killed "a password" kim PUT /password '{"current":"password of kim","password":"another password of kim"}'
    equal "the token has ended" 401 "$(ask kim PUT "$access/units/SE1-U1" '{}')"
    equal "and the password is as it was" 200 "$(signs kim "password of kim")"
    killed "a leaver" chief DELETE "/users/$kim"
    equal "the account has ended, when the line tells" t "$(query "select active_until = '$(told "\"change\":\"user\".*$kim" .entry.at)' from access.\"user\" where id = '$kim'")"
    equal "and lets nobody in" 401 "$(signs kim "password of kim")"
    killed "a new user" chief POST /users '{"login":"lo","name":"Lo","password":"password of lo"}'
    made=$(told '"change":"user"' .entry.fact.id)
    equal "a user that is made again has its id for a login and no password" "$made t" "$(query "select login, password is null from access.\"user\" where id = '$made'" | tr '|' ' ')"
    equal "so nobody signs in" 401 "$(signs "$made" "password of lo")"
    equal "before an administrator sets one" "204 403" "$(ask chief PUT "$access/users/$made/password" '{"password":"password of lo"}') $(signs "$made" "password of lo")"
    killed "a new region" admin POST /tenants "$(connection region-b)"
    equal "it has nobody with a password" "1 0" "$(query "select count(*), count(password) from access.\"user\" where tenant = 2" | tr '|' ' ')"
    equal "and is given its administrator by the same request" "201 200" "$(ask admin POST "$access/tenants" "$(connection region-b)") $(ask nobody POST "$access/login" '{"tenant":"region-b","login":"chief","password":"password of chief"}')"
}

# A line is older than what a replica that lives on has written about the same: it stays behind.
overtaken() {
    local first=${port[access]} unit='{"name":"NAME","care_provider":"SE1-CP","valid_from":"1990-01-01T00:00:00Z"}'
    ports replica
    start access R7_FAULT=$whole_line
    local dying=${pid[access]}
    room access R7_HTTP_PORT="${port[replica]}" R7_ACCESS_URL="https://127.0.0.1:${port[replica]}"
    answers "https://127.0.0.1:${port[replica]}/"
    check "one of two replicas dies" is_equal 000 "$(ask chief PUT "$access/units/SE1-U5" "${unit/NAME/Old}")"
    check "by itself" dies "$dying"
    equal "the other writes" 204 "$(ask chief PUT "https://127.0.0.1:${port[replica]}/units/SE1-U5" "${unit/NAME/New}")"
    room access R7_HTTP_PORT="$first"
    answers "https://127.0.0.1:$first/"
    equal "both lines are there" "2 2" "$(lines '"id":"SE1-U5"')"
    equal "the later one counts" New "$(query "select name from access.unit where id = 'SE1-U5'")"
}

facts() {
    query "select id, active_until, tokens_from from access.\"user\" where tenant = 1 order by 1"
    query "select id, \"user\", role, unit, care_unit, care_provider, purposes, information_types, valid_from, valid_until from access.assignment where tenant = 1 order by 1"
    query "select * from access.unit order by id"
    # What was carried out later than what came after it may tell again what was so already.
    query "select unit, since, is_protected from (select *, lag(is_protected) over (partition by unit order by since) as before
        from access.unit_protection) w where is_protected is distinct from before order by unit, since"
    query "select * from access.person_fact_was order by person, since"
    query "select * from access.unit_name order by unit, valid_from"
    query "select * from access.unit_code order by source_system, code, valid_from"
    query "select id, unit, successor, kind, decided_at, covers_predecessors, valid_from, valid_until from access.succession order by 1"
    query "select person, protection, deceased, since from access.person_fact order by 1"
    query "select id, person, other, assurance, valid_from, valid_until, revoked_at, revoked_by from indexing.person_link order by 1"
    query "select \"user\", valid_from, valid_until from access.identity_officer order by 1"
    query "select subject, kind, tenant, name, purpose, valid_until, revoked from access.principal order by 1"
    query "select address, tenant, processor_agreement, valid_until from access.logical_address order by 1"
    query "select * from gateway.consumer_policy order by service, care_provider, care_unit"
}

all_kinds_of_facts() {
    ask chief PUT "$access/units/SE1-U1" '{"name":"Medicin","care_unit":"SE1-CU1","care_provider":"SE1-CP","is_protected":true,"valid_from":"1990-01-01T00:00:00Z"}'
    ask chief PUT "$access/units/SE1-U1" '{"name":"Medicinkliniken","care_unit":"SE1-CU1","care_provider":"SE1-CP","valid_from":"1990-01-01T00:00:00Z","valid_until":"1998-01-01T00:00:00Z"}'
    ask chief PUT "$access/units/SE1-U1/names" '{"name":"Medicin 1","valid_from":"1990-01-01T00:00:00Z","valid_until":"1995-01-01T00:00:00Z"}'
    ask chief PUT "$access/units/SE1-U1/codes" '{"source_system":"vas","code":"MED1","valid_from":"1990-01-01T00:00:00Z","valid_until":"1998-01-01T00:00:00Z"}'
    ask chief PUT "$access/units/SE1-U1/codes" '{"source_system":"vas","code":"MED1","valid_from":"1990-01-01T00:00:00Z","withdrawn":true}'
    ask chief POST "$access/successions" '{"unit":"SE1-U1","successor":"SE1-U9","decided_by":"Direktionen","valid_from":"1998-01-01T00:00:00Z"}'
    ask chief POST "$access/successions" '{"unit":"SE1-U1","kind":"closed","decided_by":"Direktionen","decided_at":"1997-05-01T00:00:00Z","valid_from":"1998-01-01T00:00:00Z"}'
    ask chief PUT "$access/persons/facts" '{"person":{"number":"19121212-1212"},"protection":"protected","deceased":false,"source":"local"}'
    ask chief PUT "$access/persons/facts" '{"person":{"number":"19121212-1212"},"protection":"none","deceased":true,"source":"local"}'
    ask chief POST "$access/persons/links" '{"person":{"number":"19121212-1212"},"other":{"number":"4711","source_system":"vas"},"assurance":"high","decided_by":"Arkivchefen","reason":"same record number"}'
    ask chief DELETE "$access/persons/links/$(query "select id from indexing.person_link limit 1")" '' -H 'R7-Reason: not the same'
    ask chief PUT "$access/identity-officers/$(user_id rut)" '{"decided_by":"Direktionen"}'
    ask admin PUT "$access/principals/system-region-a-vas" '{"kind":"system","tenant":"region-a","name":"vas","revoked":true}'
    ask admin PUT "$access/principals/SE5565594230-NPO" '{"kind":"national_service","name":"NPO","purpose":"care"}'
    ask admin PUT "$access/logical-addresses/SE1-VAS" '{"tenant":"region-a","processor_agreement":true}'
    ask chief PUT "$access/consumer-policies" '{"service":"SE5565594230-NPO","care_provider":"SE1-CP","valid_from":"2020-01-01T00:00:00Z"}'
    ask chief DELETE "$access/users/$(user_id arne)/assignments/$(query "select a.id from access.assignment a join access.\"user\" u on u.id = a.\"user\" where u.login = 'arne'")"
    ask chief DELETE "$access/users/$(user_id rut)/tokens"
}

forget_facts() {
    query "begin;
        delete from indexing.person_link; delete from gateway.consumer_policy; delete from access.person_fact; delete from access.person_fact_was;
        delete from access.succession; delete from access.unit_protection;
        delete from access.unit; delete from access.unit_name; delete from access.unit_code; delete from access.logical_address; delete from access.principal;
        delete from access.identity_officer; delete from access.assignment where tenant = 1; delete from access.\"user\" where tenant = 1;
        delete from base.journal_line where room = 'access'; delete from base.journal_place where room = 'access';
        commit"
}

restored_facts() {
    local before arne
    equal "every kind of change" 204204204204204201201204204201204204204204204204204204 "$(all_kinds_of_facts)"
    arne=$(user_id arne)
    before=$(facts)
    equal "with what was before of protection" "t,f protected,none" "$(query "select (select string_agg(left(is_protected::text, 1), ',' order by since) from access.unit_protection where unit = 'SE1-U1'),
        (select string_agg(protection, ',' order by since) from access.person_fact_was)" | tr '|' ' ')"
    for process in "${processes[@]}"; do grep -qa r7-access "/proc/$process/cmdline" 2>/dev/null && stop "$process"; done
    forget_facts
    equal "the database has forgotten" 0 "$(query "select count(*) from access.\"user\" where tenant = 1")"
    start access
    equal "after a start every fact is as it was" "$before" "$(facts)"
    equal "and no line was left" 0 "$(left_lines access)"
    start access
    equal "and after another" "$before" "$(facts)"
    equal "nobody of the region has a password" 0 "$(query "select count(*) from access.\"user\" where tenant = 1 and password is not null")"
    equal "so the region is given an administrator again" 201 "$(ask admin POST "$access/tenants" "$(connection region-a)")"
    log_in chief region-a
    equal "who sets passwords" 204 "$(ask chief PUT "$access/users/$arne/password" '{"password":"password of arne"}')"
    equal "and whom nobody follows" 409 "$(ask admin POST "$access/tenants" "$(connection region-a)")"
}

begin_house journal
first=$(deliver first case-1 NEW)
second=$(deliver returned case-9 NEW)
an_accepted_one "$first"
a_returned_one "$second"
a_discarded_one "$second"
restored_decisions "$first"
lines_that_are_left
a_corrupt_journal
killed_changes
overtaken
restored_facts
tell
