#!/usr/bin/env bash
# What rooms saw and what was decided of what they set aside is forgotten, and nothing happens twice for it: a house of rooms
# around a throw-away PostgreSQL and librdkafka's mock broker. Deliveries that ended in each way, one that is under way; then every
# message that rooms told each other is told once more, by its own id, to rooms that have forgotten it.
#
#   tests/integration/pruning.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

. "$(dirname "${BASH_SOURCE[0]}")/house.sh"

rooms=(ingest validation preservation indexing)

# --- as if time had passed ---------------------------------------------------------------------------------
# aged DAYS: all that has been delivered and seen so far.
aged() {
    local room
    for room in "${rooms[@]}"; do query "update $room.inbox set seen_at = seen_at - interval '$1 days'"; done
    query "update ingest.delivery set received_at = received_at - interval '$1 days'"
}

# seen CONDITION: inbox rows of all rooms.
seen() {
    query "select count(*) from (select * from ingest.inbox union all select * from validation.inbox union all select * from preservation.inbox
        union all select * from indexing.inbox) i where $1"
}

# How many rooms read a topic, when it is not one.
# (delivery.received is decided again, so nothing is kept of it.)
declare -A readers=([delivery.received]=0 [delivery.validated]=2 [delivery.accepted]=0 [delivery.returned]=0 [package.stored]=3 [package.removed]=3)

# How often a message of the topics has yet to be seen by one of the rooms that read it.
unseen() {
    local topic count=0
    for topic in "${topics[@]}"; do
        kcat -C -b "$bootstrap" -t "$topic" -o beginning -e -q -f '%h\n' >"$work/headers" 2>/dev/null
        count=$((count + $(grep -oE 'ce_id=[^,]+' "$work/headers" | sort -u | wc -l) * ${readers[$topic]-1} - $(seen "topic = '$topic'")))
    done
    echo $count
}

# Housekeeping comes with the start of a room, and then not again.
every_room=(R7_HOUSEKEEP_SECONDS=3600)
housekept() {
    local room
    for room in "${rooms[@]}"; do again "$room"; done
}

# --- what there is --------------------------------------------------------------------------------------
# All that must not change when a message comes again.
catalogue() {
    query "select d.id, state, validated_at, rejected_at, accepted_at, returned_at, stored_at, indexed_at, discarded_at, removed_at, receipts, version from ingest.delivery d order by 1"
    query "select p.id, stored_at, (select count(*) from preservation.copy c where c.package = p.id), (select count(*) from preservation.segment s where s.package = p.id) from preservation.package p order by 1"
    query "select id, type, at from preservation.event order by 1"
    query "select id, parts, parts_left, records, indexed_at from indexing.package order by 1"
    query "select package, count(*) from indexing.record group by 1 order by 1"
    query "select * from validation.finding order by 1, 3, 4"
    query "select (select count(*) from validation.sealed), (select count(*) from preservation.work), (select count(*) from base.set_aside)"
    query "select delivery, what, reason from ingest.decision order by 1"
}

# Every message of the internal topics once more, as it came.
told_again() {
    local topic line headers
    for topic in "${topics[@]}"; do
        kcat -C -b "$bootstrap" -t "$topic" -o beginning -e -q -J >"$work/all" 2>/dev/null
        while read -r line; do
            mapfile -t headers < <(jq -r '.headers as $h | range(0; $h | length; 2) | "-H", $h[.] + "=" + $h[. + 1]' <<<"$line")
            jq -j .payload <<<"$line" | kcat -P -b "$bootstrap" -t "$topic" -p "$(jq .partition <<<"$line")" -k "$(jq -r .key <<<"$line")" "${headers[@]}"
        done <"$work/all"
    done
}

outboxes() {
    query "select count(*) from (select id from ingest.outbox union all select id from validation.outbox union all select id from preservation.outbox union all select id from indexing.outbox) o"
}

# --- checks ---------------------------------------------------------------------------------------------
# One delivery of each end, and one that waits for a person.
ends() {
    deliver kept kept NEW kurvan A-KURVAN >"$work/kept"
    deliver refused refused DELETE >"$work/refused"
    deliver trial trial TEST >"$work/trial"
    deliver waits waits NEW >"$work/waits"
    equal "one is kept" searchable "$(comes_to searchable "$(cat "$work/kept")")"
    equal "one waits" awaiting_acceptance "$(comes_to awaiting_acceptance "$(cat "$work/waits")")"
    equal "one passed its test" test "$(comes_to test "$(cat "$work/trial")")"
    equal "one is rejected" rejected "$(comes_to rejected "$(cat "$work/refused")")"
    wait_for 60 4 query 'select count(*) from ingest.delivery where stored_at is not null' >"$work/said"
    query "update ingest.agreement set keep_rejected = '0 days', keep_test = '0 days'"
    again ingest
    equal "which go" 2 "$(wait_for 90 2 query "select count(*) from ingest.delivery where state = 'removed'")"
    equal "as each room has been told" 6 "$(wait_for 60 6 seen "topic = 'package.removed'")"
    equal "and all have seen all" 0 "$(wait_for 60 0 unseen)"
}

while_one_is_under_way() {
    local all
    all=$(seen true)
    aged 40
    query "insert into validation.inbox (consumer, topic, identity, tenant, events, seen_at)
        select 'validation', 'delivery.received', 'earlier-' || n, 1, '[]', now() - interval '50 days' from generate_series(1, 10005) n"
    again validation
    equal "what is older than any of them goes, ten thousand at a time" 5 "$(wait_for 60 5 seen "identity like 'earlier-%'")"
    again validation
    equal "and then the rest" 0 "$(wait_for 60 0 seen "identity like 'earlier-%'")"
    equal "what came since the one that waits is kept" "$all" "$(seen true)"
}

when_all_have_ended() {
    local before younger
    equal "it is accepted" 200 "$(decide arne accept "$(cat "$work/waits")" checked k-1)"
    equal "and ends" searchable "$(comes_to searchable "$(cat "$work/waits")")"
    equal "and all is told, and seen" "0 0" "$(wait_for 20 0 outboxes) $(wait_for 60 0 unseen)"
    before=$(seen true)
    younger=$(seen "seen_at > now() - interval '30 days'")
    catalogue >"$work/before"
    housekept
    equal "then all of it goes" 0 "$(wait_for 90 0 seen "seen_at < now() - interval '30 days'")"
    equal "and nothing younger" "$younger" "$(seen true)"
    told_again
    equal "told again, it is seen again" "$before" "$(wait_for 90 "$before" seen true)"
    equal "and told on" 0 "$(wait_for 30 0 outboxes)"
    catalogue >"$work/after"
    check "nothing has happened twice" diff "$work/before" "$work/after"
}

# put ID TENANT STATE DAYS: a message that was set aside then.
put() {
    query "insert into base.set_aside (id, consumer, tenant, topic, partition, \"offset\", identity, subject, rule, problem, state, set_aside_at)
        values ('$1', 'ingest', $2, 'delivery.rejected', 0, 1, '$1', gen_random_uuid(), 'invalid', '{}', '$3', now() - interval '$4 days')"
}

set_aside() {
    local old=11111111-1111-5111-8111-111111111111
    put $old 1 open 100
    equal "one is discarded" 204 "$(ask chief POST "$ingest/set-aside/$old/discard" '{"reason":"once"}')"
    put 22222222-2222-5222-8222-222222222222 1 open 100
    put 33333333-3333-5333-8333-333333333333 1 retried 80
    put 44444444-4444-5444-8444-444444444444 0 retried 100
    again ingest
    equal "decided long ago, in a region or in none, it goes; what is open or younger stays" "22222222 33333333" \
        "$(wait_for 60 "22222222 33333333" query "select string_agg(left(id::text, 8), ' ' order by id) from base.set_aside")"
    equal "what was decided stays" "discarded once" "$(query "select decision || ' ' || reason from ingest.set_aside_decision where set_aside = '$old'")"
    put $old 1 open 0
    equal "set aside once more it is decided once more" 204 "$(ask chief POST "$ingest/set-aside/$old/discard" '{"reason":"twice"}')"
    equal "beside the first" "once twice" "$(query "select string_agg(reason, ' ' order by decided_at) from ingest.set_aside_decision where set_aside = '$old'")"
}

begin_house pruning
ends
while_one_is_under_way
when_all_have_ended
set_aside
equal "no message was set aside" 0 "$(cat "$work"/*.log | grep -c 'message set aside' || true)"
tell
