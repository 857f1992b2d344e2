# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh sets
# What is around the rooms dies: servers, connections, topics, disks, one of two replicas. Sourced by house.sh.
# Errors of single reads and writes (EIO, no space) are injected: rows of the matrix (vault.before_write, vault.before_read).
FLOW=${FAULT_WHOLE:+40}
FLOW=${FLOW:-12}

kafka_is_killed() {
    flow "$FLOW"
    wait_until 60 flowing $((FLOW / 4)) || true
    kill_kafka
    "$here/kafka.sh" start
    flow_ends
    settle 'Kafka is killed while deliveries flow' 120
}

# Kafka writes down once a minute what was removed from its topics. Killed within it, it holds records again that were gathered.
kafka_forgets_removals() {
    deliver records
    wait_until 60 all_ended || true
    wait_until 30 records_removed || true
    kill_kafka
    "$here/kafka.sh" start
    result 'Kafka holds again what had been removed' "$(wait_until 30 removals_forgotten || echo 'it does not: its minute was over')"
    deliver records
    settle 'and nothing of it is gathered again' 120
}

# The same, when ingest ended between the removal and its row, and Kafka had written down the removal before.
kafka_forgets_after_a_crash() {
    deliver records
    wait_until 60 all_ended || true
    wait_until 30 records_removed || true
    "$here/kafka.sh" stop
    "$here/kafka.sh" start
    process_stop ingest 20
    deliver records
    start_room ingest R7_FAULT=svc.after_remove:1:error
    result 'ingest ends between the removal and its row' "$(wait_until 60 removal_untold || echo 'it does not')"
    restart ingest
    wait_until 60 all_ended || true
    wait_until 10 records_removed || true # a row that says so, and knows of no message there, would be wrong
    kill_kafka
    "$here/kafka.sh" start
    result 'Kafka holds again what had been removed since' "$(wait_until 30 removals_forgotten || echo 'it does not')"
    deliver records
    settle 'and nothing of that is gathered again' 120
}

removal_untold() {
    ! removals_forgotten && [ "$(hits ingest svc.after_remove)" -gt 0 ]
}

records_removed() {
    answers_with t "select bool_and(p.deleted_below >= o.next) from ingest.record_offset o left join ingest.topic_place p using (topic, partition)"
}

# Does the topic begin below what is gathered of it?
removals_forgotten() {
    kafka_admin -Q -t deliveries.region-a.kurvan:0:-2 2>/dev/null |
        awk -v gathered="$(query "select max(next) from ingest.record_offset where topic = 'deliveries.region-a.kurvan' and partition = 0")" \
            '{low = $NF} END {exit !(NR > 0 && low < gathered)}'
}

postgres_is_killed() {
    flow "$FLOW"
    wait_until 60 flowing $((FLOW / 4)) || true
    kill_postgres
    "$here/postgres.sh" start
    flow_ends
    settle 'PostgreSQL is killed while deliveries flow' 120
}

# Again and again the connection of whoever is at work is cut: in the middle of a sync, of a copy, of a commit.
connections_are_cut() {
    local i
    query "select setseed($(((${FAULT_SEED:-1} % 100))) / 100.0)" >/dev/null
    flow "$FLOW"
    for i in $(seq $((FLOW * 4))); do
        query "select pg_terminate_backend(pid) from pg_stat_activity where usename ~ '^r7_(ingest|validation|preservation|indexing|keys)$'
            order by state <> 'active', random() limit 1" >/dev/null
        pause 0.1
    done
    flow_ends
    settle "connections are cut $i times while deliveries flow" 120
}

# Every topic is deleted and made again while rooms run and deliveries are between two of them; the watchdog's wave brings
# them home. A source system keeps what no receipt has told of, so all are received before.
topics_are_made_again() {
    stop_rooms validation
    flow "$FLOW"
    flow_ends
    wait_until 60 flowing "$FLOW" || true
    wait_until 30 all_received || true
    "$build/integration/topics_again" "$(kafka_address)" "$var/keys/ca.crt" "$var/keys/admin.crt" "$var/keys/admin.key" >>"$logs/topics.log" 2>&1
    process_stop receipts 5
    follow_receipts
    start_room validation
    await_ready validation
    query "update ingest.delivery set touched_at = now() - interval '4 hours' where rejected_at is null and indexed_at is null"
    restart ingest # its watchdog looks at once
    flow 3
    flow_ends
    settle 'every topic is deleted and made again in mid-flow' 120
}

all_received() {
    [ "$(receipts_seen | join -a 1 <(cut -d' ' -f 1 "$work/under_way" | sort) - | grep -cv ' received')" -eq 0 ]
}

kafka_address() {
    sed -n 's/^bootstrap.servers=//p' "$var/demo/kcat/admin.conf"
}

# disk_is_full NUMBER ROOM: the location lies on a small file system, which is filled and freed. No room stands while it is moved: whoever
# had it open would go on writing where it was.
disk_is_full() {
    local location=$var/vault/$1 kept=$work/kept-$1 all
    mapfile -t all < <(rooms)
    stop_rooms "${all[@]}"
    mv "$location" "$kept"
    mkdir "$location"
    mount -t tmpfs -o size=64m,mode=700 r7-fault "$location"
    cp -a "$kept/." "$location/"
    restart_all "${all[@]}"
    dd if=/dev/zero of="$location/ballast" bs=64k 2>/dev/null || true
    flow 3
    flow_ends
    wait_until 60 out_of_space "$2" || result "room $2 meets the full disk" 'it does not say so'
    rm "$location/ballast"
    settle "location $1 is full for a while" 120
    stop_rooms "${all[@]}"
    rm -rf "$kept"
    cp -a "$location" "$kept"
    umount "$location"
    rmdir "$location"
    mv "$kept" "$location"
    restart_all "${all[@]}"
}

out_of_space() {
    grep -qi 'no space left' "$logs/$1.log"
}

may_mount() {
    [ "$(id -u)" = 0 ] && mount -t tmpfs r7-fault "$work/packages" 2>/dev/null && umount "$work/packages"
}

disks_are_full() {
    if ! may_mount; then
        left_out 'a full disk (mounting needs root); the matrix injects failing writes'
        return
    fi
    disk_is_full one ingest
    disk_is_full two preservation
}

# The log of transactions lies on a small file system, which others fill while deliveries flow: PostgreSQL goes down, and
# cannot come back until there is space.
log_disk_is_full() {
    local log kept=$work/kept-log
    if ! may_mount; then
        left_out "a full disk under PostgreSQL's log (mounting needs root)"
        return
    fi
    log=$(readlink -f "$var/postgres")/data/pg_wal
    query checkpoint
    "$here/postgres.sh" stop
    mv "$log" "$kept"
    mkdir "$log"
    mount -t tmpfs -o "size=$(($(du -sm "$kept" | cut -f 1) + 96))m,mode=700,uid=$(stat -c %u "$kept"),gid=$(stat -c %g "$kept")" r7-fault "$log"
    cp -a "$kept/." "$log/"
    fallocate -l 64M "$log/ballast"
    "$here/postgres.sh" start
    flow "$FLOW"
    wait_until 60 flowing $((FLOW / 4)) || true
    while query "select pg_logical_emit_message(false, 'fault', repeat('x', 4000000))" >/dev/null 2>&1; do :; done
    wait_until 30 postgres_is_down || true
    result 'PostgreSQL goes down when its log cannot grow' "$(grep -q 'PANIC:.*No space left' "$log/../../log" || echo 'its log does not say so')"
    rm "$log/ballast"
    "$here/postgres.sh" start
    flow_ends
    settle "PostgreSQL's log has no space for a while" 120
    "$here/postgres.sh" stop
    rm -rf "$kept"
    cp -a "$log" "$kept"
    umount "$log"
    rmdir "$log"
    mv "$kept" "$log"
    "$here/postgres.sh" start
}

postgres_is_down() {
    ! query 'select 1' >/dev/null 2>&1
}

# The rooms' own clocks jump hours ahead and back while deliveries flow: when a lease ends, what is in force and when
# something was is PostgreSQL's to say.
clocks_jump() {
    local room clock=$work/clock
    jump 0
    stop_rooms "${walkers[@]}" search
    for room in "${walkers[@]}" search; do start_room "$room" R7_FAULT_CLOCK="$clock"; done
    await_ready "${walkers[@]}" search
    jump 36000
    result 'a clock that is ahead ends no token' "$(token_answers fresh 404)"
    flow "$FLOW"
    wait_until 60 flowing $((FLOW / 4)) || true
    jump -18000
    result 'one that is behind begins it no later' "$(token_answers fresh 404)"
    result 'and lets no token live longer' "$(token_answers old 401)"
    wait_until 60 flowing $((FLOW / 2)) || true
    jump 36000
    flow_ends
    settle 'clocks jump 10 hours ahead and 15 back while deliveries flow' 120
    result 'and no delivery was at a time that is not' "$(times_untrue)"
    restart_all "${walkers[@]}" search
}

# jump SECONDS: from the true time.
jump() {
    echo "$1" >"$clock.new"
    mv "$clock.new" "$clock"
}

# Milestones of another time than the house has stood in, or before their delivery came. Among each other they have no order:
# rooms tell of theirs in any, and workers keep the time apart by milliseconds.
times_untrue() {
    query "select 'delivery ' || id || ': ' || concat_ws(' ', received_at, validated_at, accepted_at, stored_at, indexed_at) from ingest.delivery
        where greatest(received_at, validated_at, rejected_at, accepted_at, stored_at, indexed_at) > now()
        or least(validated_at, rejected_at, accepted_at, stored_at, indexed_at) < received_at - interval '1 minute'
        or received_at < now() - interval '1 hour'"
}

# token_answers TOKEN STATUS: what is wrong when room search, asked with it for what is not there, does not answer so.
token_answers() {
    local token status
    token=$(sign_in region-a ada "$(cat "$var/demo/password")")
    [ "$1" != old ] || token=$("$suite/old_token.py" "$keys/issuer.jwks" "$token")
    status=$(curl -s -o "$work/answer" -w '%{http_code}' --cacert "$keys/ca.crt" -H "Authorization: Bearer $token" \
        "https://127.0.0.1:${http_port[search]}/records/00000000-0000-4000-8000-000000000000")
    [ "$status" = "$2" ] || echo "the answer is $status: $(cat "$work/answer")"
}

# Two of each room that takes messages; one of each is killed and not started again before all has ended.
replicas_are_killed() {
    local room environment began
    for room in ingest validation preservation indexing; do
        mkdir -p "$var/state/$room-2"
        mapfile -t environment < <(room_environment "$room")
        process_start "$room-2" "$logs/$room-2.log" env -i "${environment[@]}" R7_HTTP_PORT=0 R7_ADMIN_PORT=0 \
            R7_STATE_DIR="$var/state/$room-2" "$bin/r7-$room"
    done
    began=$(query 'select now()')
    flow "$FLOW"
    wait_until 60 flowing $((FLOW / 4)) || true
    for room in ingest validation preservation indexing; do
        kill -9 "$(process_id "$room")"
    done
    flow_ends
    settle 'of two replicas of each room one is killed' 120
    echo "longest from received to searchable: $(query "select round(extract(epoch from max(indexed_at - received_at)), 1)
        from ingest.delivery where received_at >= '$began'") s, with a session of $((R7_KAFKA_SESSION_MS / 1000)) s"
    restart_all ingest validation preservation indexing
    stop_rooms ingest-2 validation-2 preservation-2 indexing-2
}

servers() {
    kafka_is_killed
    kafka_forgets_removals
    kafka_forgets_after_a_crash
    postgres_is_killed
    connections_are_cut
    topics_are_made_again
    disks_are_full
    log_disk_is_full
    clocks_jump
    replicas_are_killed
}
