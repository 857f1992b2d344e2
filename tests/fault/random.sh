# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh sets
# Deliveries of mixed kinds under seeded random deaths. Each room's faults, one after another, are a function of the seed and
# the room; so are the kinds, and when the servers die. Sourced by house.sh.
declare -A chance=()
AT_ONCE=8

# draw STREAM LIMIT: sets `drawn`, 0 … LIMIT - 1; each stream is a sequence of its own.
draw() {
    local state=${chance[$1]:-$(((16#$(printf '%s %s' "$seed" "$1" | sha256sum | cut -c 1-7)) + 1))}
    state=$(((state * 1103515245 + 12345) & 0x7fffffff))
    chance[$1]=$state
    drawn=$(((state >> 8) % $2))
}

# start_fated ROOM: with its next fault.
start_fated() {
    local room=$1 points time
    mapfile -t points < <(awk -v room="$room" '!/^#/ && ("," $6 ",") ~ ("," room ",") {print $1}' "$suite/points")
    draw "$room" "${#points[@]}"
    time=$drawn
    fate=${points[$time]}
    draw "$room" $((12 * spread))
    start_room "$room" R7_FAULT="$fate:$((drawn + 1)):kill"
}

# Whoever has died is started again; the time of death is noted.
revive() {
    local room
    for room in "${walkers[@]}"; do
        process_gone "$room" || continue
        printf '%s %s\n' "$room" "$EPOCHREALTIME" >>"$work/deaths"
        start_fated "$room"
    done
}

kill_server() {
    draw servers 2
    if [ "$drawn" = 0 ]; then
        kill_kafka
        "$here/kafka.sh" start
    else
        kill_postgres
        "$here/postgres.sh" start
    fi
    printf '%s %s\n' server "$EPOCHREALTIME" >>"$work/deaths"
}

# Seconds from each death to the next message that was finished, a line each, in order.
resumptions() {
    psql -XqAt -v ON_ERROR_STOP=1 -d "$R7_DATABASE_URL" -c 'create temp table death (room text, at float8)' \
        -c "copy death from stdin with (delimiter ' ')" -f "$suite/resumed.sql" <"$work/deaths"
}

# What was in hand when its room died, three times alone, is set aside; a chance that dies often enough does that to good
# messages. They are let in again, as an operator would.
let_in_again() {
    (
        # shellcheck disable=SC1091 # written by the house
        . "$var/demo/env"
        R7_TOKEN=$(sign_in central admin "$(cat "$keys/admin.password")")
        export R7_TOKEN
        r7 set-aside list | awk '$4 == "crashes_reader" {print $1}' | xargs -r -n 1 r7 set-aside retry
    ) >>"$logs/retried.log" 2>&1 || true
    set_aside | grep 'ended the service' | sort -u - "$work/known-wrongs" -o "$work/known-wrongs"
}

all_ended_with_help() {
    all_ended || { let_in_again && pause 2 && false; }
}

random() {
    local count=${FAULT_DELIVERIES:-40} spread=${FAULT_SPREAD:-1} kinds_list i room again
    seed=${FAULT_SEED:-1}
    again="FAULT_SEED=$seed FAULT_DELIVERIES=$count FAULT_SPREAD=$spread tests/fault/house.sh random"
    unset R7_KAFKA_SESSION_MS # how soon a room goes on is measured as it is by default
    mapfile -t kinds_list < <(kinds)
    : >"$work/deaths"
    stop_rooms "${walkers[@]}"
    for room in "${walkers[@]}"; do start_fated "$room"; done
    for i in $(seq "$count"); do
        draw kinds "${#kinds_list[@]}"
        deliver "${kinds_list[$drawn]}"
        until [ "$(bringing)" -lt "$AT_ONCE" ]; do revive && pause 0.1; done # whom they need may have died
        revive
        [ $((i % (20 * spread))) -ne 10 ] || kill_server
    done
    for i in $(seq 60); do revive && pause 0.5; done
    restart_all "${walkers[@]}"
    wait_until $((120 + count / 4)) all_ended_with_help || true
    settle "$count deliveries under $(wc -l <"$work/deaths") deaths of seed $seed" 1 "$again"
    printf 'set aside for chance alone, and let in again: %s\n' "$(query "select count(distinct set_aside) from ingest.set_aside_decision")"
    resumptions | awk '{at[NR] = $1; long += $1 > 30}
        END {if (NR) printf "resumed after a death: median %s s, longest %s s, %d of %d over 30 s\n", at[int((NR + 1) / 2)], at[NR], long, NR}'
}
