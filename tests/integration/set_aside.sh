#!/usr/bin/env bash
# What is set aside: rooms keys, access and ingest as processes around a throw-away PostgreSQL and librdkafka's mock broker, and
# r7. A message is set aside, listed, shown, let in after its cause is gone, and ends well; another is discarded; one of no region
# stays on its topic and is written there again.
#
#   tests/integration/set_aside.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

topics=(delivery.received delivery.validated delivery.rejected package.stored package.indexed deliveries.region-n.kurvan)
ports keys access ingest admin
access=https://127.0.0.1:${port[access]}
delivery=11111111-1111-5111-8111-111111111111
poison=22222222-2222-5222-8222-222222222222
later=33333333-3333-5333-8333-333333333333

start_rooms() {
    region_keys region-n
    region_keys central
    room keys
    room access
    room ingest R7_ADMIN_PORT="${port[admin]}"
    export R7_ACCESS_URL=$access R7_INGEST_URL=https://127.0.0.1:${port[ingest]} R7_CA=$R7_VAR/keys/ca.crt \
        R7_INGEST_ADMIN_URL=http://127.0.0.1:${port[admin]} R7_KAFKA_BOOTSTRAP=$bootstrap
    "$build/bin/r7" status --wait 60 >"$work/status" || { cat "$work/status" "$work"/*.log && return 1; }
    answers "$access/jwks"
}

# told TOPIC ID SUBJECT JSON: as a room would tell it.
told() {
    kcat -P -b "$bootstrap" -t "$1" -k one -H tenant=1 -H "ce_id=$2" -H "ce_subject=$3" <<<"$4"
}

rejected() {
    told delivery.rejected "$1" "$delivery" "{\"delivery\":\"$delivery\",\"rule\":\"container_unknown\",\"errors\":1}"
}

aside() {
    "$build/bin/r7" set-aside "$@"
}

exit_of() {
    "$@" >"$work/said" 2>&1 && echo 0 || echo $?
}

id_of() {
    query "select id from base.set_aside where identity = '$1'"
}

retried() {
    local id
    again ingest R7_ADMIN_PORT="${port[admin]}" R7_FAULT=svc.before_bookmark:1:kill
    told delivery.rejected "$poison" "$delivery" '{"delivery": 7}'
    check "the room dies once it has set a message aside, before its bookmark" dies "${pid[ingest]}"
    room ingest R7_ADMIN_PORT="${port[admin]}"
    "$build/bin/r7" status --wait 60 >"$work/status"
    equal "a message of another form is set aside" open "$(wait_for 60 open query "select state from base.set_aside where identity = '$poison'")"
    id=$(id_of "$poison")
    check "it is listed, with its place" grep -q "^$id .* ingest  *invalid .* delivery.rejected " <(aside list)
    check "its region's administrator sees it" grep -q "^$id " <(R7_TOKEN=$local aside list)
    check "under its topic" grep -q "^$id " <(aside list --topic delivery.rejected)
    equal "under no other" '' "$(aside list --topic delivery.validated)"
    check "it is shown, with its problem" grep -q 'urn:r7e:problem:invalid' <(aside show "$id")
    check "the room is ready and tells the count" grep -q '^ingest  *ready .* 1 set aside' <("$build/bin/r7" status)
    rejected "$poison"
    told delivery.rejected "$later" "$delivery" '{"delivery": 8}'
    wait_for 60 open query "select state from base.set_aside where identity = '$later'" >"$work/said"
    equal "as long as nobody has decided it is passed over" '1 true' \
        "$(query "select s.times || ' ' || (d.rejected_at is null) from base.set_aside s, ingest.delivery d where s.id = '$id' and d.id = '$delivery'")"
    equal "retry" 0 "$(exit_of aside retry "$id")"
    equal "its delivery is told of again" 1 "$(kcat -C -b "$bootstrap" -t delivery.received -o beginning -c 1 -f '%s' 2>/dev/null | grep -c "$delivery")"
    rejected "$poison"
    equal "and the message ends well" container_unknown "$(wait_for 60 container_unknown query "select rule from ingest.delivery where id = '$delivery'")"
    equal "it is no longer listed" '' "$(aside list | grep "^$id" || true)"
    equal "retry once more changes nothing" "0 retried" "$(exit_of aside retry "$id") $(query "select string_agg(decision, ' ') from ingest.set_aside_decision where set_aside = '$id'")"
    equal "now it cannot be discarded" 1 "$(exit_of aside discard "$id" --reason late)"
}

discarded() {
    local id
    id=$(id_of "$later")
    equal "discard wants a reason" 2 "$(exit_of aside discard "$id")"
    equal "discard" 0 "$(exit_of aside discard "$id" --reason 'sent by hand in a test')"
    equal "discard once more changes nothing" "0 discarded sent by hand in a test" \
        "$(exit_of aside discard "$id" --reason again) $(query "select decision || ' ' || reason from ingest.set_aside_decision where set_aside = '$id'")"
    equal "nothing is left to decide on" '' "$(aside list)"
    equal "and the room says so" '' "$("$build/bin/r7" status | grep 'set aside' || true)"
}

# A topic of no region: the bytes stay there, and are taken once the region is connected.
of_no_region() {
    local id
    kcat -P -b "$bootstrap" -t deliveries.region-n.kurvan -H ce_id=n-1 -H ce_type=se.r7e.delivery.package.v1 -H ce_agreement=NONE <<<'some bytes'
    equal "no such region" tenant_unknown "$(wait_for 60 tenant_unknown query "select rule from base.set_aside where topic = 'deliveries.region-n.kurvan'")"
    id=$(query "select id from base.set_aside where topic = 'deliveries.region-n.kurvan'")
    equal "its id is its place, not its sender's" t "$(query "select identity ~ '^[0-9]+/[0-9]+\$' from base.set_aside where id = '$id'")"
    equal "a local administrator knows nothing of it" '1 ' "$(R7_TOKEN=$local exit_of aside show "$id") $(R7_TOKEN=$local aside list)"
    query "insert into access.tenant (id, name, title) values (2, 'region-n', 'region-n')"
    equal "retry writes it again" 0 "$(exit_of aside retry "$id")"
    equal "and the door answers it" agreement_unknown "$(wait_for 60 agreement_unknown query "select rule from ingest.quarantine where tenant = 2")"
    equal "nothing else is left" '' "$(aside list)"
}

own_database set_aside
start_broker "${topics[@]}" receipts.region-{n,a}.kurvan
start_rooms
region
export R7_TOKEN=${token[admin]}
local=${token[chief]}
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system)
    values (1, 'A', 'kurvan', 'A', 'care', 'files', 'Region', 'SE0000000001-3001');
    insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, bytes, sha256, received_at)
    values ('$delivery', 1, 'kurvan', 'k-1', 'A', gen_random_uuid(), 'package', 3, sha256('abc'), now())"
equal "without a token nothing is told" 1 "$(R7_TOKEN=x exit_of aside list)"
retried
discarded
of_no_region
tell
