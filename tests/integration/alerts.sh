#!/usr/bin/env bash
# Alerts: made with what they tell of, listed, acknowledged, sent to a webhook and a mail relay that refuse, delay and die, and
# escalated. Rooms keys and access, rows of the log, and a stand-in of the receivers. Ends with "N passed, N failed".
#
#   tests/integration/alerts.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access hook mail admin
access=https://127.0.0.1:${port[access]}
cp=SE0000000001-1001 patient=191212121212

receiver() {
    # shellcheck disable=SC2154
    /usr/bin/python3 "$top/tests/integration/alert_receiver.py" "${port[hook]}" "${port[mail]}" "$R7_VAR/keys/room-gateway.crt" "$R7_VAR/keys/room-gateway.key" \
        "$work/mode" "a secret of two" >>"$work/received" 2>"$work/receiver.log" &
    receiver=$!
    ours "$receiver"
    wait_for 20 yes listens >/dev/null
}

listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/${port[mail]}" && exec 4<>"/dev/tcp/127.0.0.1/${port[hook]}") 2>/dev/null && echo yes || echo no
}

start_access() {
    room access R7_ALERT_HOSTS="127.0.0.1:${port[hook]},region.example" R7_ALERT_SECRETS="$work/secrets" R7_ALERT_CA="$R7_VAR/keys/ca.crt" \
        R7_ALERT_MAIL="smtps://127.0.0.1:${port[mail]}" R7_ALERT_FROM=r7e@archive.example R7_ADMIN_PORT="${port[admin]}" "$@"
    answers "$access/"
}

# open_emergency: its id.
open_emergency() {
    ask nurse POST "$access/emergencies" "{\"person\":{\"number\":\"$patient\"},\"reason\":\"medvetslös\"}" >/dev/null
    jq -r .id "$work/answer"
}

# received FILTER: of what was taken.
received() {
    jq -rs "[.[] | $1] | join(\" \")" "$work/received"
}

listed() {
    ask chief GET "$access/alerts" >/dev/null
    jq -r '[.alerts[].kind] | join(" ")' "$work/answer"
}

# Due again: as if the wait after a failure were over.
due() {
    query "update access.alert_receiver set next_at = '-infinity'"
}

looked() {
    query "set r7.tenant = '1'; insert into access.disclosure (id, tenant, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose, records, what, reasons, request, salt)
        select gen_random_uuid(), 1, 'person', '${user[nurse]}', 'nurse', a.id, a.role, 'U-1', '$cp', '$1', 'read', 'care', 1, '{}', 'own_unit', gen_random_uuid(), sha256('x')
        from access.assignment a where a.\"user\" = '${user[nurse]}'"
}

receivers() {
    local hook=https://127.0.0.1:${port[hook]}
    equal "only where the house may send" "400 400 400 400 400 400" "$(ask chief PUT "$access/alert-receivers/hook" '{"step":1,"address":"https://elsewhere.example/x","secret":"hook"}') $(ask chief PUT "$access/alert-receivers/hook" "{\"step\":1,\"address\":\"http://127.0.0.1:${port[hook]}/x\",\"secret\":\"hook\"}") $(
        ask chief PUT "$access/alert-receivers/hook" "{\"step\":1,\"address\":\"$hook/x\"}") $(ask chief PUT "$access/alert-receivers/hook" "{\"step\":1,\"address\":\"$hook/x\",\"secret\":\"../hook\"}") $(
        ask chief PUT "$access/alert-receivers/Hook" "{\"step\":1,\"address\":\"$hook/x\",\"secret\":\"hook\"}") $(ask chief PUT "$access/alert-receivers/post" '{"step":1,"address":"mailto:a@elsewhere.example"}')"
    equal "a region says where" "204 204" "$(ask chief PUT "$access/alert-receivers/hook" "{\"step\":1,\"address\":\"$hook/first\",\"secret\":\"hook\"}") $(ask chief PUT "$access/alert-receivers/post" '{"step":2,"address":"mailto:jour@region.example"}')"
    equal "nobody else does" "403 403 403" "$(ask nurse PUT "$access/alert-receivers/hook" '{}') $(ask nurse GET "$access/alerts") $(ask nurse GET "$access/alert-receivers")"
    equal "and when to the second" "400 204" "$(ask chief PUT "$access/alert-rule" '{"escalate_minutes":0,"decided_by":"x"}') $(ask chief PUT "$access/alert-rule" '{"escalate_minutes":30,"decided_by":"Chefläkaren"}')"
}

delivered() {
    local id tag
    id=$(open_emergency)
    equal "an emergency is an alert of the same id" "$id emergency" "$(query "select id || ' ' || kind from access.alert")"
    equal "it is sent at once, signed, with its id, kind and time" "$id /first true true at,escalated,id,kind,region" "$(wait_for 60 "$id /first true true at,escalated,id,kind,region" received 'select(.id) | "\(.id) \(.path) \(.signed) \(.key) \(.members | join(","))"')"
    equal "local administrators see who and why" "emergency nurse medvetslös false" "$(listed) $(jq -r '.alerts[0] | "\(.subject_name) \(.reason) \(.escalated)"' "$work/answer")"
    equal "r7 alerts shows it" "0 1" "$(r7 chief alerts) $(grep -c "^$id .*emergency.*nurse.*medvets" "$work/said-by-r7")"
    check "not whom" not grep -q "$(pseudonym $patient)" "$work/answer"
    tag=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -D - -H "Authorization: Bearer ${token[chief]}" "$access/alerts" | sed -n 's/^[Ee][Tt]ag: //p' | tr -d '\r')
    equal "asked again it is the same" "304 0" "$(ask chief GET "$access/alerts" "" -H "If-None-Match: $tag") $(wc -c <"$work/answer")"
    equal "the metrics say so" "1 0" "$(wait_for 20 "1 0" gauges)"
    equal "acknowledged" "204 404" "$(ask chief POST "$access/alerts/$id/acknowledgement") $(ask chief POST "$access/alerts/$(cat /proc/sys/kernel/random/uuid)/acknowledgement")"
    equal "it is seen, and no alert any more" "t " "$(query "select seen_at is not null from access.emergency") $(listed)"
    equal "r7 alerts says none" "0 0" "$(r7 chief alerts) $(wc -l <"$work/said-by-r7")"
    equal "and another list" "200" "$(ask chief GET "$access/alerts" "" -H "If-None-Match: $tag")"
    id=$(open_emergency)
    equal "an emergency that is seen is acknowledged" "204 " "$(ask chief POST "$access/emergencies/$id/seen") $(listed)"
}

gauges() {
    curl -s "http://127.0.0.1:${port[admin]}/metrics" | sed -n 's/^r7_alerts_\(open\|undelivered\){region="region-a"} //p' | paste -sd ' '
}

not() {
    ! "$@"
}

marked() {
    local person other
    person=$(pseudonym $patient) other=$(cat /proc/sys/kernel/random/uuid)
    looked "$person"
    equal "nobody is marked" 0 "$(query "select count(*) from access.alert where kind = 'marked_person'")"
    query "insert into access.marked_person (tenant, person, kind, marked_by, valid_from) values (1, '$person', 'well_known', '${user[chief]-00000000-0000-4000-8000-000000000001}', now())"
    looked "$other"
    equal "a look at another is no alert" 0 "$(query "select count(*) from access.alert where kind = 'marked_person'")"
    looked "$person"
    looked "$person"
    equal "one at a marked person is, once an hour and reader" 1 "$(query "select count(*) from access.alert where kind = 'marked_person'")"
    query "insert into indexing.person_link (id, tenant, person, other, source, assurance, decided_by, reason, valid_from)
        values (gen_random_uuid(), 1, '$person', '$other', 'local_decision', 'certain', 'x', 'x', now() - interval '1 hour')" 2>"$work/linked" || cat "$work/linked"
    looked "$other"
    equal "by another identity, too" 2 "$(query "select count(*) from access.alert where kind = 'marked_person'")"
    equal "it is sent" "marked_person marked_person" "$(wait_for 60 "marked_person marked_person" received 'select(.kind == "marked_person") | .kind')"
    check "a row of the log that is not written makes none" not query "begin; insert into access.disclosure (id, tenant, subject_kind, subject, subject_name, assignment, person, action, purpose, records, what, reasons, request, salt)
        values (gen_random_uuid(), 1, 'person', 'x', 'x', gen_random_uuid(), '$person', 'read', 'care', 1, '{}', 'own_unit', gen_random_uuid(), sha256('x')); select 1 / 0; commit"
    equal "so it is" 2 "$(query "select count(*) from access.alert where kind = 'marked_person'")"
    for id in $(query "select id from access.alert where acknowledged_at is null"); do ask chief POST "$access/alerts/$id/acknowledgement" >/dev/null; done
}

# how MODE: what the receivers do from now on.
how() {
    echo "$1" >"$work/mode.new"
    mv "$work/mode.new" "$work/mode"
    : >"$work/received"
}

failing() {
    local id failures
    how refuse
    id=$(open_emergency)
    wait_for 60 "$id" received 'select(.refused) | .refused' >/dev/null
    equal "one that refuses: it is tried again" "t it answered 503" "$(wait_for 20 "t it answered 503" query "select failures > 0 and next_at > now() - interval '1 minute', failure from access.alert_receiver where name = 'hook'" | tr '|' ' ')"
    equal "operators see it" "1 1" "$(wait_for 20 "1 1" gauges)"
    equal "and so do administrators" "true" "$(ask chief GET "$access/alert-receivers" >/dev/null; jq -r '.receivers[] | select(.name == "hook") | .failures > 0' "$work/answer")"
    how die
    due
    wait_for 60 "$id" received 'select(.died) | .died' >/dev/null
    wait_for 30 t query "select failure like 'no answer%' from access.alert_receiver where name = 'hook'" >/dev/null
    failures=$(query "select failures from access.alert_receiver where name = 'hook'")
    how delay
    due
    wait_for 60 "$id" received 'select(.delayed) | .delayed' >/dev/null
    equal "one that hangs holds up nothing else" "200 204" "$(ask chief GET "$access/alerts") $(ask nurse POST "$access/persons/relations" "{\"person\":{\"number\":\"$patient\"},\"valid_until\":\"2099-01-01T00:00:00Z\"}" | sed s/201/204/)"
    equal "while it hangs" f "$(query "select failures > $failures from access.alert_receiver where name = 'hook'")"
    equal "given up" t "$(wait_for 30 t query "select failures > $failures from access.alert_receiver where name = 'hook'")"
    how accept
    due
    equal "then it arrives" "$id" "$(wait_for 60 "$id" received 'select(.id) | .id')"
    wait_for 20 1 query "select count(*) from access.alert_delivery where alert = '$id'" >/dev/null
    equal "and that is known" "0 1" "$(query "select (select failures from access.alert_receiver where name = 'hook') || ' ' || (select count(*) from access.alert_delivery where alert = '$id')")"
    stop "$receiver" KILL
    how accept
    id=$(open_emergency)
    equal "one that is not there" t "$(wait_for 60 t query "select failures > 0 from access.alert_receiver where name = 'hook'")"
    receiver
    due
    equal "has it when it comes" "$id" "$(wait_for 60 "$id" received 'select(.id) | .id')"
}

# The room dies before and after it is written down that an alert was sent.
deaths() {
    local id point
    for point in db.before_sync db.after_sync; do
        how accept
        id=$(open_emergency)
        wait_for 60 1 query "select count(*) from access.alert_delivery where alert = '$id'" >/dev/null
        query "delete from access.alert_delivery where alert = '$id'; update access.alert_receiver set stopped_at = now()"
        stop "${pid[access]}"
        how accept
        start_access "R7_FAULT=$point:1:kill" R7_HOUSEKEEP_SECONDS=3600 || true
        query "update access.alert_receiver set stopped_at = null, next_at = '-infinity'"
        check "it dies at $point" dies "${pid[access]}" 60
        { wait "${pid[access]}" || true; } 2>/dev/null
        start_access
        due
        equal "after a death at $point it arrives, with the same id" "$id" "$(wait_for 60 "$id" delivered_ids "$id")"
        equal "and is written down once" 1 "$(wait_for 60 1 query "select count(*) from access.alert_delivery where alert = '$id'")"
    done
}

delivered_ids() {
    jq -rs "[.[] | select(.id) | .id] | unique | join(\" \")" "$work/received"
}

escalated() {
    local id
    for id in $(query "select id from access.alert where acknowledged_at is null"); do ask chief POST "$access/alerts/$id/acknowledgement" >/dev/null; done
    how accept
    id=$(open_emergency)
    wait_for 60 "$id" received 'select(.id) | .id' >/dev/null
    equal "the second receiver has nothing yet" "" "$(received 'select(.mail) | .mail[]')"
    query "update access.alert set at = at - interval '31 minutes' where id = '$id'; update access.alert_receiver set since = since - interval '1 day'"
    equal "unless nobody acknowledges it in time: then a mail" "jour@region.example" "$(wait_for 60 jour@region.example received 'select(.mail) | .mail[]')"
    check "with its id" grep -q "$id" <<<"$(received 'select(.mail) | .text')"
    check "and nobody's name or number" not grep -qE "nurse|$patient|medvets" <<<"$(received 'select(.mail) | .text')"
    equal "the list says so" "true" "$(listed >/dev/null; jq -r '.alerts[0].escalated' "$work/answer")"
    how refuse
    id=$(open_emergency)
    equal "taken away, a receiver is sent nothing" "204 204 404" "$(ask chief DELETE "$access/alert-receivers/hook") $(ask chief DELETE "$access/alert-receivers/post") $(ask chief DELETE "$access/alert-receivers/none")"
    equal "and owed nothing" "2 0" "$(wait_for 20 "2 0" gauges)"
}

# The rows are lost; the journal has emergencies, acknowledgements and receivers.
restored() {
    local before
    before=$(query "select id, kind, acknowledged_at is not null from access.alert where kind = 'emergency' order by id")
    stop "${pid[access]}"
    query "delete from base.journal_line; delete from base.journal_place; delete from access.alert_delivery; delete from access.alert; delete from access.alert_receiver; delete from access.alert_rule; delete from access.emergency"
    start_access
    equal "alerts are back, and who has acknowledged them" "$before" "$(query "select id, kind, acknowledged_at is not null from access.alert order by id")"
    equal "receivers that were taken away are not" "2 30" "$(query "select count(*) filter (where stopped_at is not null) || ' ' || (select escalate_minutes from access.alert_rule) from access.alert_receiver")"
}

own_database alerts
mkdir -p "$work/secrets/region-a"
printf 'a secret of two\n' >"$work/secrets/region-a/hook"
chmod 600 "$work/secrets/region-a/hook"
how accept
stand keys
start_access
region
sign_in nurse care_staff U-1 "$cp" care
receiver
receivers
delivered
marked
failing
deaths
escalated
restored
tell
