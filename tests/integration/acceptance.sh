#!/usr/bin/env bash
# Deliveries that wait for a person: rooms as processes around a throw-away PostgreSQL and librdkafka's mock broker. Accepted,
# returned, both at once; packages that are about earlier ones; tests, and purging whole, killed at every point of it.
#
#   tests/integration/acceptance.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

. "$(dirname "${BASH_SOURCE[0]}")/house.sh"

# --- accepting and returning -----------------------------------------------------------------------------
waiting_is_seen_by_no_staff() {
    local d=$1 p
    equal "it waits, stored and read" awaiting_acceptance "$(comes_to awaiting_acceptance "$d")"
    p=$(package_of "$d")
    equal "nobody finds it" 0 "$(found)"
    equal "an archivist sees it waits" 1 "$(r7_as arne deliveries --state awaiting_acceptance | grep -c "$d")"
    equal "with its counts" t "$(query "select records > 0 and files > 0 from ingest.delivery where id = '$d'")"
    equal "and what validation found" true "$(r7_as arne deliveries "$d" --json | jq '.findings | type == "array" and length > 0')"
    equal "a registrar does not" 403 "$(ask rut GET "$ingest/deliveries/$d")"
    equal "nor may one accept" 403 "$(decide rut accept "$d" checked k-rut)"
    equal "no record of it is shown by its key" 404 "$(shown "$d")"
    equal "an archivist may export it, to judge" 200 "$(ask arne POST "$search/packages/$p/export" '{"reason":"leveranskontroll"}')"
    equal "which is logged" 1 "$(query "select count(*) from access.disclosure where action = 'exported'")"
    equal "nobody else may" 403 "$(ask rut POST "$search/packages/$p/export" '{"reason":"leveranskontroll"}')"
}

# What rooms have in hand of it, told by ingest; the counts are those that rooms keep, set here as if they were at work.
in_hand() {
    local d=$1
    equal "nobody has it in hand" "" "$(r7_as arne deliveries "$d" --json | jq -r '.progress // empty')"
    query "update validation.work set parts = 0, parts_left = 0, done_at = null where delivery = '$d'"
    query "insert into validation.listing (delivery, number, tenant, \"offset\", entries, length) values ('$d', 0, 1, 0, 500, 0), ('$d', 1, 1, 0, 900, 0)"
    equal "it is listed" '{"doing":"listing","entries":900,"parts":0,"parts_done":0}' "$(r7_as arne deliveries "$d" --json | jq -cS .progress)"
    query "delete from validation.listing where delivery = '$d'"
    query "update validation.work set parts = 102, parts_left = 68 where delivery = '$d'"
    equal "and validated in parts, in the list too" "validating 34 of 102 parts" "$(r7_as arne deliveries --state awaiting_acceptance | sed -n "/$d/s/.*  //p")"
    query "update validation.work set parts = 1, parts_left = 0, done_at = now() where delivery = '$d'"
    query "update indexing.package set parts_left = 1, indexed_at = null where delivery = '$d'"
    equal "and indexed" "indexing 0 of 1 parts" "$(r7_as arne deliveries "$d" | sed -n "/$d/s/.*  //p")"
    query "update indexing.package set parts_left = 0, indexed_at = now() where delivery = '$d'"
}

# The region's word on formats is an archivist's; an agreement's terms are a local administrator's, and told to its system.
policy_and_terms() {
    local key=$R7_VAR/keys/system-region-a-pennan terms='"formats":["fmt/95"],"descriptions":["METS.xml"],"files_max":7,"refuse_unscanned":true'
    equal "an archivist rules of a format" 204 "$(ask arne PUT "$ingest/format-policy" '{"puid":"fmt/40","verdict":"refused","reason":"convert it"}')"
    equal "a registrar does not" 403 "$(ask rut PUT "$ingest/format-policy" '{"puid":"fmt/40","verdict":"approved","reason":"x"}')"
    equal "a verdict is one of three" 400 "$(ask arne PUT "$ingest/format-policy" '{"puid":"fmt/40","verdict":"perhaps","reason":"x"}')"
    equal "the rulings are listed" 200 "$(ask arne GET "$ingest/format-policy")"
    equal "with who decided" '["fmt/40","refused","convert it",true]' "$(jq -c '.rulings[0] | [.puid, .verdict, .reason, (.decided_by | length == 36)]' "$work/answer")"
    equal "an agreement says what may come" 204 "$(ask chief PUT "$ingest/agreements/A-PENNAN-2" '{"system":"pennan","title":"t","information_type":"case",
        "reader":"files","archive_creator":"Region","source_system":"SE0000000001-3001","accepts_by_itself":false,'"$terms"'}')"
    equal "and its system is told" '["fmt/95"] ["METS.xml"] 7 true []' "$(curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$key.crt" --key "$key.key" \
        "$ingest/agreements/A-PENNAN-2" | jq -cr '[.formats, .descriptions, .files_max, .refuse_unscanned, .profiles] | map(tostring) | join(" ")')"
    check "r7 rules of a format" r7_as arne formats rule fmt/41 warned --reason "better as PDF/A" --type case --from 2027-01-01T00:00:00Z
    equal "and lists the rulings" "fmt/41 warned 2027-01-01T00:00:00 case better as PDF/A" "$(r7_as arne formats list | awk '$1 == "fmt/41" {$1 = $1; print}')"
    equal "each with its time" 1 "$(r7_as arne formats list | grep -cE '^fmt/40 +refused +20[0-9-]+T[0-9:]+ +- +convert it$')"
    equal "a registrar is told that it may not" 1 "$(r7_as rut formats rule fmt/41 approved --reason x 2>/dev/null; echo $?)"
    equal "the shipped list needs no server" "fmt/95 approved - - PDF/A-1a" "$("$build/bin/r7" formats shipped | awk '$1 == "fmt/95" {$1 = $1; print}')"
    printf '{"system":"pennan","title":"t","information_type":"case","reader":"files","archive_creator":"Region","source_system":"SE0000000001-3001",
        "accepts_by_itself":false,"files_max":8}' >"$work/agreement.json"
    check "r7 makes an agreement" r7_as chief agreement set A-PENNAN-3 "$work/agreement.json"
    equal "and shows it to its system" "A-PENNAN-3 8" "$(R7_CERT=$key.crt R7_KEY=$key.key r7_as chief agreement show A-PENNAN-3 | jq -r '"\(.agreement) \(.files_max)"')"
    equal "another agreement is no one's" 1 "$(R7_CERT=$key.crt R7_KEY=$key.key r7_as chief agreement show A-OTHER 2>/dev/null; echo $?)"
}

# Announced ahead of its bytes it is in the lists, with the time when nobody waits for it any more.
waits_for_bytes() {
    local d key=$R7_VAR/keys/system-region-a-pennan up
    "$top/services/embedded/certificates.sh" system region-a pennan >"$work/certificates.log" 2>&1
    query "insert into access.principal (subject, kind, tenant, name) values ('system-region-a-pennan', 'system', 1, 'pennan')"
    up=$(curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$key.crt" --key "$key.key" -X POST -o /dev/null -D - -H 'Tus-Resumable: 1.0.0' \
        -H 'Upload-Length: 500' -H "Upload-Metadata: agreement $(printf A-PENNAN | base64)" "$ingest/uploads" | tr -d '\r' | sed -n 's|^Location: /uploads/||Ip')
    printf '{"upload":"%s","bytes":500,"sha256":"%s"}' "$up" "$(sha256sum </dev/null | cut -d' ' -f1)" |
        kcat -P -b "$bootstrap" -t deliveries.region-a.pennan -H ce_id=ahead -H ce_type=se.r7e.delivery.announcement.v1 -H ce_agreement=A-PENNAN
    equal "one that is announced is in its list" 1 "$(wait_for 20 1 lines arne --state announced)"
    d=$(query "select id from ingest.announcement where identity = 'ahead'")
    equal "and in that of all, before those that came earlier" "$d" "$(r7_as arne deliveries | awk 'NR == 1 {print $2}')"
    equal "and of its system" "1 0" "$(lines arne --state announced --system pennan) $(lines arne --state announced --system kurvan)"
    equal "alone, with its end" "announced receiving t" "$(r7_as arne deliveries "$d" --json | jq -r '[.state, .progress.doing, (.waits_until > .announced_at | if . then "t" else "f" end)] | join(" ")')"
    equal "which is that of its upload" t "$(query "select lease_until - interval '1 minute' = '$(r7_as arne deliveries "$d" --json | jq -r .waits_until)'::timestamptz from ingest.staged where id = '$up'")"
    equal "nobody decides of it" 404 "$(decide arne accept "$d" checked k-ahead)"
    query "update ingest.staged set lease_until = now() where id = '$up'"
    equal "and then it is in none" 0 "$(wait_for 90 0 lines arne --state announced)"
}

lines() {
    local who=$1
    shift
    r7_as "$who" deliveries "$@" | grep -cv '^none' || true
}

commands() {
    local d=$1
    equal "a command has a key" 400 "$(ask arne POST "$ingest/deliveries/$d/acceptance" '{"reason":"checked"}')"
    equal "and a reason of the list" 400 "$(decide arne accept "$d" because k-1)"
    equal "a note holds no personal number" 400 "$(ask arne POST "$ingest/deliveries/$d/acceptance" '{"reason":"checked","note":"om 19121212-1212"}' -H 'Idempotency-Key: k-1')"
    equal "no delivery" 404 "$(decide arne accept "$(cat /proc/sys/kernel/random/uuid)" checked k-1)"
    equal "accepted" 200 "$(decide arne accept "$d" checked k-1)"
    equal "the same command again" 200 "$(decide arne accept "$d" checked k-1)"
    equal "the same key for another" "409 key_reused" "$(decide arne accept "$d" with_remarks k-1) $(jq -r .rule "$work/answer")"
    equal "another command" "409 accepted_already" "$(decide arne accept "$d" checked k-2) $(jq -r .rule "$work/answer")"
    equal "or a return" "409 accepted_already" "$(decide arne return "$d" incomplete k-3) $(jq -r .rule "$work/answer")"
    equal "one decision, by arne" "accepted checked t" "$(query "select what, reason, decided_by is not null from ingest.decision where delivery = '$d'" | tr '|' ' ')"
    equal "a line in the journal of each location" "1 1" "$(for l in one two; do cat "$work/$l"/journal/region-a/*.jsonl | grep -c "\"what\":\"accepted\",\"delivery\":\"$d\""; done | xargs)"
    equal "now it is found" 1 "$(found)"
    equal "and its system told" "accepted archived searchable" "$(sent_receipts "$d")"
}

# Accept and return at the same moment: one wins, the other is told so.
race() {
    local i d one two lines
    for i in 1 2 3; do
        d=$(deliver "race-$i" "race-$i" NEW)
        comes_to awaiting_acceptance "$d" >/dev/null
        one=$work/race-one two=$work/race-two
        curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{http_code}' -H "Authorization: Bearer ${token[arne]}" -H "Idempotency-Key: a-$i" \
            -H 'Content-Type: application/json' -d '{"reason":"checked"}' "$ingest/deliveries/$d/acceptance" >"$one" &
        local first=$!
        curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{http_code}' -H "Authorization: Bearer ${token[arne]}" -H "Idempotency-Key: b-$i" \
            -H 'Content-Type: application/json' -d '{"reason":"incomplete"}' "$ingest/deliveries/$d/return" >"$two" &
        wait "$first" $!
        lines=$(grep -h "\"delivery\":\"$d\"" "$work"/one/journal/region-a/*.jsonl | jq -r .entry.what)
        equal "race $i: one wins" "200 409" "$(printf '%s\n%s\n' "$(cat "$one")" "$(cat "$two")" | sort | xargs)"
        equal "race $i: the journal has the winner's line alone" "$(query "select what from ingest.decision where delivery = '$d'")" "$lines"
    done
}

# --- packages about earlier ones -----------------------------------------------------------------------
links() {
    local first=$1 second supplement other
    equal "NEW under its OBJID is refused" rejected "$(comes_to rejected "$(deliver new-again case-1 NEW)")"
    equal "by its rule" objid_exists "$(query "select rule from ingest.delivery where identity = 'new-again'")"
    equal "a REPLACEMENT of nothing too" "rejected objid_not_current" "$(comes_to rejected "$(deliver nothing no-such REPLACEMENT)") $(query "select rule from ingest.delivery where identity = 'nothing'")"
    equal "and one of another system's" "rejected objid_not_current" "$(comes_to rejected "$(deliver foreign case-1 REPLACEMENT kurvan A-KURVAN)") $(query "select rule from ingest.delivery where identity = 'foreign'")"
    equal "and an order to delete" "rejected record_status_refused" "$(comes_to rejected "$(deliver delete case-1 DELETE)") $(query "select rule from ingest.delivery where identity = 'delete'")"
    second=$(deliver replacement case-1 REPLACEMENT)
    other=$(deliver version case-1 VERSION)
    comes_to awaiting_acceptance "$second" >/dev/null
    comes_to awaiting_acceptance "$other" >/dev/null
    equal "what waits replaces nothing" searchable "$(query "select state from ingest.delivery where id = '$first'")"
    r7_as arne accept "$second" --reason checked >/dev/null
    equal "accepted it stands in the other's place" "superseded searchable" "$(query "select string_agg(state, ' ' order by received_at) from ingest.delivery where id in ('$first', '$second')")"
    equal "and alone is shown" "1 404 200" "$(found) $(shown "$first" "$second")"
    equal "the link is kept" "$first" "$(query "select about from ingest.delivery where id = '$second'")"
    supplement=$(deliver supplement case-1 SUPPLEMENT)
    comes_to awaiting_acceptance "$supplement" >/dev/null
    r7_as arne accept "$supplement" --reason checked >/dev/null
    equal "a SUPPLEMENT stands beside" "200 200" "$(shown "$second" "$supplement")"
    r7_as arne accept "$other" --reason checked >/dev/null
    equal "a VERSION follows the one that is current" "$second" "$(query "select about from ingest.delivery where id = '$other'")"
    equal "and the supplement stays" "404 200 200" "$(shown "$second" "$supplement" "$other")"
    equal "one is current" 1 "$(query "select count(*) from ingest.delivery where objid = 'case-1' and accepted_at is not null and superseded_at is null and record_status <> 'SUPPLEMENT'")"
}

# --- purging ---------------------------------------------------------------------------------------------
# left_of DELIVERY: what any table, folder or journal but the tombstone knows of it; empty when it is purged whole.
left_of() {
    local d=$1 p
    p=$(package_of "$d")
    query "select 'package' from preservation.package where delivery = '$d' union all select 'segment' from preservation.segment where package = '$p'
        union all select 'copy' from preservation.copy where package = '$p' union all select 'record' from indexing.record where package = '$p'
        union all select 'indexed' from indexing.package where id = '$p' union all select 'part' from indexing.part where package = '$p'
        union all select 'sealed' from validation.sealed where delivery = '$d' union all select 'staged segment' from ingest.segment where delivery = '$d'
        union all select 'staged' from ingest.staged where id = (select staged from ingest.delivery where id = '$d')"
    query "select 'key' from keys.header where id = any(array[$(key_list "$d")]::uuid[])"
    find "$work/one" "$work/two" -path "*$(printf 'urn:uuid:%s' "$p" | sha256sum | cut -d' ' -f1)*"
    find "$work/one/staging" "$work/two/staging" -mindepth 2 -maxdepth 2 -name "$p"
    find "$work/one/staging" -mindepth 2 -maxdepth 2 -name "$(query "select coalesce(staged::text, 'none') from ingest.delivery where id = '$d'")"
}

# The keys that the delivery had before it was purged.
declare -A keys_of=()
note_keys() {
    keys_of[$1]=$(query "select string_agg(quote_literal(key), ',') from (select key from preservation.segment where package = '$(package_of "$1")'
        union select key from ingest.segment where delivery = '$1' union select key from validation.sealed where delivery = '$1'
        union select key from preservation.sealed where delivery = '$1') k")
}

key_list() {
    echo "${keys_of[$1]}"
}

purged() { # WHAT DELIVERY
    equal "$1: it comes to its end" removed "$(comes_to removed "$2")"
    equal "$1: nothing is left of it" "" "$(wait_for 20 "" left_of "$2")"
    equal "$1: but the row, and that it was removed" "1 deletion" "$(query "select count(*) from ingest.delivery where id = '$2'") $(query "select type from preservation.event where package = '$(package_of "$2")' and type = 'deletion'")"
}

tests_are_apart() {
    local d
    d=$(deliver test-1 test-1 TEST)
    equal "a TEST passes" test "$(comes_to test "$d")"
    equal "is told of, and no more" tested "$(wait_for 20 tested sent_receipts "$d")"
    equal "lies apart" "2 0" "$(find "$work"/*/test -name '0=ocfl_object_1.1' | wc -l) $(find "$work"/*/ocfl -path "*$(printf 'urn:uuid:%s' "$(package_of "$d")" | sha256sum | cut -d' ' -f1)*" | wc -l)"
    equal "is shown to nobody" 404 "$(shown "$d")"
    equal "and never accepted" "409 test_delivery" "$(decide arne accept "$d" checked k-test) $(jq -r .rule "$work/answer")"
    note_keys "$d"
    keep keep_test '0 days'
    again ingest
    purged "a TEST" "$d"
    keep keep_test '30 days'
}

rejected_is_destroyed() {
    local d=
    printf 'this is no package %s' "$RANDOM" >"$work/bad.zip"
    d=$(R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant region-a --system pennan --agreement A-PENNAN --id bad "$work/bad.zip" 2>>"$work/deliver.log")
    equal "no package is rejected" rejected "$(comes_to rejected "$d")"
    note_keys "$d"
    equal "and kept for a time" t "$(query "select count(*) = 1 from ingest.segment where delivery = '$d'")"
    note_keys "$(query "select id from ingest.delivery where identity = 'new-again'")"
    keep keep_rejected '0 days'
    again ingest
    purged "rejected by validation" "$d"
    purged "rejected by its OBJID" "$(query "select id from ingest.delivery where identity = 'new-again'")"
    keep keep_rejected '30 days'
}

# Preservation dies at a point of the purge; unit tests of the vault die at each change of the file system.
killed_while_purging() {
    local point d i=0
    for point in svc.after_destroy vault.after_remove svc.before_commit; do
        i=$((i + 1))
        d=$(deliver "killed-$i" "killed-$i" NEW)
        comes_to awaiting_acceptance "$d" >/dev/null
        equal "returned with a word" returned "$(r7_as arne return "$d" --reason sent_by_mistake --note 'fel år' >/dev/null && comes_to returned "$d")"
        note_keys "$d"
        again preservation R7_FAULT="$point:1:kill"
        keep keep_rejected '0 days'
        again ingest
        check "preservation dies at $point" dies "${pid[preservation]}"
        keep keep_rejected '30 days'
        again preservation
        purged "killed at $point" "$d"
    done
    equal "its system was told why" "returned sent_by_mistake" "$(kcat -b "$bootstrap" -C -t receipts.region-a.pennan -o beginning -e -q 2>/dev/null | jq -r --arg d "$d" 'select(.delivery == $d and .receipt == "returned") | .receipt + " " + .rule' | tail -n 1)"
}

expired() {
    local d
    d=$(deliver late late NEW)
    comes_to awaiting_acceptance "$d" >/dev/null
    keep accept_within '0 days'
    again ingest
    equal "nobody accepted it in time" "returned acceptance_expired" "$(comes_to returned "$d") $(query "select rule from ingest.delivery where id = '$d'")"
    keep accept_within '90 days'
}

last() {
    local accepted
    accepted=$(query "select string_agg(package::text, ' ') from ingest.delivery where state in ('searchable', 'superseded')")
    equal "what was accepted is all there" "$(wc -w <<<"$accepted")" "$(query "select count(*) from preservation.package where id = any(string_to_array('$accepted', ' ')::uuid[])")"
    equal "what is accepted cannot be discarded" refused "$(query "update ingest.delivery set discarded_at = now() where state = 'searchable'" >/dev/null 2>&1 && echo changed || echo refused)"
    equal "nor its keys destroyed" 403 "$(curl -s -o /dev/null -w '%{http_code}' --cacert "$R7_VAR/keys/ca.crt" --cert "$R7_VAR/keys/room-preservation.crt" --key "$R7_VAR/keys/room-preservation.key" -d "{\"tenant\":1,\"delivery\":\"$(query "select id from ingest.delivery where state = 'searchable' limit 1")\"}" "https://127.0.0.1:${port[keys]}/keys/destroy")"
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
}

# What preservation cannot store is set aside, and waits for no one for ever: an archivist returns it. It was on its way into the
# vault, so more than its staging goes; and tried again it is not stored.
never_stored() {
    local d key staged
    stop "${pid[preservation]}"
    d=$(deliver spoilt spoilt NEW)
    equal "one passes" awaiting_acceptance "$(wait_for 90 awaiting_acceptance query "select state from ingest.delivery where id = '$d'")"
    IFS='|' read -r staged key < <(query "select d.staged, s.key from ingest.delivery d join ingest.segment s on s.delivery = d.id where d.id = '$d'")
    printf 'spoilt' | dd of="$work/one/staging/region-a/$staged/$key" bs=1 seek=100 conv=notrunc status=none
    room preservation
    equal "and is spoilt in staging: set aside" open "$(wait_for 60 open query "select state from base.set_aside where consumer = 'preservation' and subject = '$d'")"
    equal "it was begun" 1 "$(query "select count(*) from preservation.work where delivery = '$d'")"
    equal "nobody accepts it" "409 not_stored" "$(decide arne accept "$d" checked k-spoilt) $(jq -r .rule "$work/answer")"
    equal "an archivist returns it" 200 "$(decide arne return "$d" unreadable k-spoilt)"
    equal "and its system is told" "returned unreadable" "$(query "select what || ' ' || reason from ingest.decision where delivery = '$d'")"
    note_keys "$d"
    keep keep_rejected '0 days'
    query "update ingest.delivery set returned_at = returned_at - interval '2 days' where id = '$d'"
    again ingest
    purged "never stored" "$d"
    equal "nor is it on its way any more" 0 "$(query "select count(*) from preservation.work where delivery = '$d'")"
    keep keep_rejected '30 days'
    ask admin POST "$ingest/set-aside/$(query "select id from base.set_aside where subject = '$d'")/retry" >/dev/null
    equal "tried again" 1 "$(wait_for 30 1 query "select count(*) from preservation.inbox where topic = 'preservation.close' and identity = (select identity from base.set_aside where subject = '$d')")"
    equal "it is not stored, and nothing comes back" "" "$(left_of "$d")"
}

begin_house acceptance
first=$(deliver first case-1 NEW)
waiting_is_seen_by_no_staff "$first"
in_hand "$first"
waits_for_bytes
policy_and_terms
commands "$first"
links "$first"
race
tests_are_apart
rejected_is_destroyed
if [ -n "${FAULT_WHOLE-}" ]; then
    killed_while_purging
else
    left_out 'death in the middle of a removal (make fault)'
fi
expired
last
never_stored
tell
