# shellcheck shell=bash
# shellcheck disable=SC2154 # top, var, here and logs are set by services/embedded/lib.sh and house.sh
# A house of debug programs, deliveries of every kind, and what must be true when they have ended. Sourced by house.sh.
export R7_VAR=$work/var
export R7_PORT_SHIFT=$((RANDOM % 200 * 100)) # beside other houses
export R7_KAFKA_SESSION_MS=3000 # who is killed is missed soon: the rounds wait for it
export R7_HOUSEKEEP_SECONDS=3   # and for what housekeeping closes, discards and sweeps
export R7_GATHER_RECORDS=3 R7_GATHER_SECONDS=10 R7_UPLOAD_LOCK=3
export R7_OBJECT_STORE_KEYS=$work/store-keys R7_OBJECT_STORE_CA=$R7_VAR/keys/ca.crt
. "$suite/../../services/embedded/lib.sh"
. "$suite/../../services/embedded/house.sh"
. "$suite/../../services/embedded/demo.sh"
. "$suite/deliver.sh"
bin=$build/bin
# shellcheck disable=SC2034 # used by matrix.sh, servers.sh and random.sh
walkers=(ingest validation preservation indexing keys)
passed=0 failed=0 told_at=0

# --- counting ------------------------------------------------------------------------------------
# result WHAT WRONG [REPLAY]: good when nothing is wrong; tells how long it took since the last one.
result() {
    if [ -z "$2" ]; then
        passed=$((passed + 1))
        printf 'ok      %s (%s s)\n' "$1" $((SECONDS - told_at))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s (%s s)\n' "$1" $((SECONDS - told_at))
        head -n 12 <<<"$2" | cut -c 1-300 | sed 's/^/            /'
        [ -z "${3-}" ] || printf '        again: %s\n' "$3"
    fi
    told_at=$SECONDS
}

left_out() {
    echo "left out: $*"
}

# --- the house -----------------------------------------------------------------------------------
query() {
    psql -XqAt -v ON_ERROR_STOP=1 -d "$R7_DATABASE_URL" -c "$1"
}

# Until the query answers WANTED; false when the time is up.
answers_with() {
    [ "$(query "$2" 2>/dev/null)" = "$1" ]
}

await_answer() {
    wait_until "$1" answers_with "$2" "$3"
}

# restart ROOM [NAME=VALUE...]: asked to end, and started with these beside its environment.
restart() {
    local room=$1
    shift
    process_stop "$room" 20
    start_room "$room" "$@"
}

restart_all() {
    local room
    stop_rooms "$@"
    for room in "$@"; do start_room "$room"; done
    await_ready "$@"
}

stop_rooms() {
    local room stopping=()
    for room in "$@"; do
        process_stop "$room" 20 &
        stopping+=($!)
    done
    wait "${stopping[@]}"
}

await_ready() {
    local room
    for room in "$@"; do
        wait_until 60 room_ready "$room" || fail_with_log "$logs/$room.log" "room $room does not become ready"
    done
}

# One that is killed lives on for a moment, and who starts another then would take it for the new one.
kill_kafka() {
    kill -9 "$(process_id kafka)"
    wait_until 10 process_gone kafka
}

kill_postgres() {
    kill -9 "$(head -n 1 "$(readlink -f "$var/postgres")/data/postmaster.pid")"
}

kafka_admin() {
    kcat -F "$var/demo/kcat/admin.conf" "$@"
}

# Every receipt of kurvan from the beginning, a line each: headers, a tab, the receipt.
follow_receipts() {
    process_start receipts "$work/receipts" kcat -F "$var/demo/kcat/admin.conf" -C -t receipts.region-a.kurvan \
        -o beginning -u -q -E -f '%h\t%s\n'
}

raise_house() {
    settle_rooms
    stand_up
    "$here/certificates.sh" system region-a kurvan >/dev/null
    kcat_config system-region-a-kurvan
    mapfile -t kurvan < <(system_environment region-a kurvan)
    start_store
    agree
    "$bin/r7-demo" volume --patients "$PACKAGES" --records $((3 * $PACKAGES)) --pdfs 10 \
        --packages "$PACKAGES" "$work/packages" >"$logs/packages.log" 2>&1
    packages=("$work"/packages/*/*.zip)
    sent=0
    : >"$work/receipts"
    : >"$work/under_way"
    : >"$work/destroyed"
    follow_receipts
    : >"$work/known-wrongs"
}

# What crashes left under leases goes when these are over, with its keys; what is stored is valid to a judge that is not ours.
leave_clean() {
    local python=${OCFL_PYTHON-$top/build/venv/bin/python3}
    query "update ingest.staged set lease_until = now() where not claimed; update validation.staged set lease_until = now() where not claimed;
        update preservation.staged set lease_until = now() where not claimed; update indexing.staged set lease_until = now() where not claimed;
        update keys.header set lease_until = now()"
    restart_all ingest validation preservation indexing
    await_answer 60 0 "select count(*) from ($(staged_sql 'not claimed')) s" || true
    restart_all keys
    result 'the sweeper leaves the folders that a row claims, and no others' \
        "$(wait_until 30 folders_are_claimed || comm -3 <(staged_rows claimed) <(staged_folders))"
    result 'and the keys that a folder or a segment names' "$(await_answer 30 0 "$orphan_keys" || echo "$(query "$orphan_keys") keys of nobody")"
    if [ -x "$python" ]; then
        "$python" "$top/tests/tools/ocfl_validate.py" "$var"/vault/*/ocfl/* >"$work/ocfl" 2>&1 || sed -i '1i invalid:' "$work/ocfl"
        result 'every storage root is valid' "$(grep -A 20 '^invalid:' "$work/ocfl" || true)"
    else
        left_out 'the independent OCFL validator (no build/venv)'
    fi
    result 'every room ended when it was asked to' "$(printf '%s\n' "${walkers[@]}" | grep -Fx -f - "$logs/killed" 2>/dev/null)"
}

lower_house() {
    [ -z "${flow_sender-}" ] || kill "$flow_sender" 2>/dev/null || true
    stop_all >/dev/null 2>&1
    awk -v work="$work/" 'index($2, work) == 1 {print $2}' /proc/mounts | xargs -r umount
    [ -n "${KEEP-}" ] || "$here/postgres.sh" remove >/dev/null 2>&1 || true
}

# --- how it ended --------------------------------------------------------------------------------
# The receipts of each delivery as they came first, each by its id once: "delivery receipt receipt …".
receipts_seen() {
    sed -nE 's/.*ce_id=([^,\t]*).*\t.*"receipt": ?"([a-z_]+)".*"delivery": ?"([0-9a-f-]+)".*/\1 \3 \2/p' "$work/receipts" |
        awk '!seen[$1]++ {list[$2] = list[$2] " " $3} END {for (d in list) print d list[d]}' | sort
}

# `under_way`, with the deliveries that records were gathered into; a record that is in none stands for itself.
deliveries_under_way() {
    local records
    awk '$2 != "records"' "$work/under_way"
    records=$(awk '$2 == "records" {print $1}' "$work/under_way" | paste -sd,)
    [ -z "$records" ] || query "select coalesce((select e.gathering::text from ingest.extent e where r.id = any(e.identities) limit 1), r.id)
        || ' records' from unnest('{$records}'::text[]) r(id)" || awk '$2 == "records"' "$work/under_way"
}

# What each delivery under way should have got, the same way.
receipts_due() {
    awk 'FNR == NR { if (!/^#/) { kind = $1; $1 = $2 = ""; sub(/^ +/, ""); due[kind] = $0 }; next } { print $1, due[$2] }' \
        "$suite/kinds" <(deliveries_under_way) | sort -u
}

# Deliveries under way whose receipts are not the due ones: nothing when all have ended.
not_ended() {
    comm -13 <(receipts_seen) <(receipts_due)
}

# A look takes a dozen processes: not ten times a second, beside rooms that are to be watched at work.
all_ended() {
    ! process_gone receipts || follow_receipts # it ends when the brokers are away for long
    [ "$(bringing)" = 0 ] || { pause 0.4 && return 1; }
    [ -z "$(not_ended)" ] || { pause 0.4 && false; }
}

# Each receipt's time and counts are those of the catalogue.
receipts_untrue() {
    sed -nE 's/^[^\t]*\t//p' "$work/receipts" | jq -c . 2>/dev/null | sort -u |
        psql -XqAt -v ON_ERROR_STOP=1 -d "$R7_DATABASE_URL" -c 'create temp table receipt (body jsonb)' \
            -c "copy receipt from stdin with (format csv, delimiter e'\\x01', quote e'\\x02')" -f "$suite/untrue.sql"
}

# Objects and headers in the vault against the catalogue: what only one of them knows, and bytes that differ.
vault_differs() {
    local location
    query "select encode(sha256(('urn:uuid:' || package)::bytea), 'hex') || ' ' || key from preservation.segment" | sort >"$work/due.headers"
    query "select encode(sha256(('urn:uuid:' || package)::bytea), 'hex') || ' ' || encode(sha512, 'hex') from preservation.segment" | sort >"$work/due.contents"
    for location in "$var"/vault/*; do
        (
            cd "$location/ocfl" 2>/dev/null || exit 0
            find . -path '*/extensions/r7e-headers/*' | awk -F/ '{print $(NF-3), $NF}' | sort >"$work/headers"
            find . -path '*/v1/content/*' -type f -exec sha512sum {} + | awk '{n = split($2, p, "/"); print p[n-3], $1}' | sort >"$work/contents"
            comm -3 "$work/headers" "$work/due.headers" | sed "s|^|${location##*/}: header |"
            comm -3 "$work/contents" "$work/due.contents" | sed "s|^|${location##*/}: content |"
        )
    done
}

orphan_keys="select count(*) from keys.header h where not exists (select from preservation.segment s where s.key = h.id)
    and not exists (select from ingest.staged s where h.id = any(s.keys)) and not exists (select from validation.staged s where h.id = any(s.keys))
    and not exists (select from preservation.staged s where h.id = any(s.keys))"

staged_sql() {
    echo "select id from ingest.staged where $1 union select id from validation.staged where $1
        union select id from preservation.staged where $1 union select id from indexing.staged where $1"
}

staged_rows() {
    query "$(staged_sql "$1")" | sort
}

folders_are_claimed() {
    [ -z "$(comm -3 <(staged_rows claimed) <(staged_folders))" ]
}

staged_folders() {
    find "$var"/vault/*/staging -mindepth 2 -maxdepth 2 -type d -printf '%f\n' 2>/dev/null | sort
}

# What is wrong now and was not wrong at the end of the last round, in new-wrongs.
new_wrongs() {
    {
        query "$(cat "$suite/wrong.sql")"
        receipts_untrue
        vault_differs
        comm -13 <(staged_rows true) <(staged_folders) | sed 's/^/staging holds a folder without a row: /'
        query "select 'a key of what was removed: ' || id from keys.header where id = any('{$(paste -sd, "$work/destroyed")}')"
        set_aside
    } 2>&1 | sort -u >"$work/wrongs"
    comm -13 "$work/known-wrongs" "$work/wrongs" >"$work/new-wrongs"
}

nothing_wrong() {
    new_wrongs
    [ ! -s "$work/new-wrongs" ]
}

set_aside() {
    grep -h '"message set aside"' "$logs"/*.log | jq -r '"set aside: " + .topic + " " + (.detail // "")' 2>/dev/null | sort -u || true
}

outboxes_empty() {
    [ "$(query 'select (select count(*) from ingest.outbox) + (select count(*) from validation.outbox)
        + (select count(*) from preservation.outbox) + (select count(*) from indexing.outbox)')" = 0 ]
}

# settle WHAT SECONDS [REPLAY]: all that was delivered reaches its end, and nothing is wrong.
settle() {
    local wrong=
    if ! wait_until "$2" all_ended; then
        [ "$(bringing)" = 0 ] || { wrong=$'not brought to its end by its sender\n' && jobs -rp | xargs -r kill; }
        wrong+=$(not_ended | sed 's/^/not ended: /' && receipts_seen | join - <(deliveries_under_way | cut -d' ' -f1 | sort -u) | sed 's/^/receipts: /')
    fi
    wait_until 20 outboxes_empty || wrong+=$'\nan outbox is not emptied'
    wait_until 30 nothing_wrong || wrong+=$'\n'$(cat "$work/new-wrongs")
    cp "$work/wrongs" "$work/known-wrongs"
    result "$1" "${wrong#$'\n'}" "${3-}"
    : >"$work/under_way"
}
