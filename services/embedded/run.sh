#!/usr/bin/env bash
# The whole house on one machine, as `make run` does it: packages, build, PostgreSQL, Kafka, migrations, keys, every
# room, the demo. Stays until Ctrl-C, watches what it started, and ends all of it. Everything is kept for the next run.
#
# With DATABASE_URL, KAFKA_BOOTSTRAP (and KAFKA_CA, KAFKA_CERT, KAFKA_KEY for TLS) or CLAMD, it uses a server that is there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/house.sh"
. "$(dirname "${BASH_SOURCE[0]}")/demo.sh"

bin=$top/build/release/bin

# --- one at a time, and all of it ended ----------------------------------------------------------
lock() {
    mkdir -p "$var/run"
    exec 9>>"$var/run/lock"
    flock -n 9 || fail "this house runs already (process $(cat "$var/run/lock")): see it with $bin/r7 status"
    echo $$ >"$var/run/lock"
}

# An interrupt is how a house that stands is ended: that is no failure.
interrupt() {
    trap '' INT TERM HUP
    say "ending"
    interrupted=1
    exit "${stands:-130}"
}

end() {
    trap '' INT TERM HUP
    trap - EXIT
    end_step
    stop_all
    [ -z "${interrupted-}" ] || say "ended; what was delivered is kept in $var"
}

# --- the steps before the rooms ------------------------------------------------------------------
install_packages() {
    local purposes=(build run)
    [ -n "${DATABASE_URL-}" ] || purposes+=(postgresql)
    [ -n "${KAFKA_BOOTSTRAP-}" ] || purposes+=(kafka)
    [ -n "${CLAMD-}" ] || purposes+=(clamd)
    "$here/install.sh" "${purposes[@]}"
}

build() {
    long_step "building" "$logs/build.log" env -u MAKEFLAGS -u MAKELEVEL make -C "$top" -j "$(nproc)" MODE=release ||
        fail_with_log "$logs/build.log" "the build failed"
}

# --- afterwards ----------------------------------------------------------------------------------
# The work of a supervisor: what dies is started again; a room that dies five times is not worth it.
watch_servers() {
    if [ -z "${DATABASE_URL-}" ] && ! "$here/postgres.sh" status >/dev/null; then
        say "PostgreSQL ended and is started again"
        "$here/postgres.sh" start
    fi
    if [ -z "${KAFKA_BOOTSTRAP-}" ] && process_gone kafka; then
        say "Kafka ended and is started again"
        "$here/kafka.sh" start
    fi
    if [ -z "${CLAMD-}" ] && process_gone clamd; then
        say "clamd ended and is started again"
        "$here/clamd.sh" launch
    fi
}

watch_rooms() {
    local room
    for room in $(rooms); do
        process_gone "$room" || continue
        deaths[$room]=$((${deaths[$room]:-0} + 1))
        [ "${deaths[$room]}" -lt 5 ] || fail_with_log "$logs/$room.log" "room $room ended for the fifth time"
        say "room $room ended and is started again; its log: $logs/$room.log"
        start_room "$room"
    done
}

main() {
    declare -gA deaths=()
    settle_rooms
    lock
    trap end EXIT
    trap interrupt INT TERM HUP
    stop_all
    install_packages
    build
    stand_up
    deliver_demo
    write_tokens
    show_what_to_try
    stands=0
    say "the house stands; Ctrl-C ends it"
    while pause 1; do
        watch_servers
        watch_rooms
    done
}

main "$@"
