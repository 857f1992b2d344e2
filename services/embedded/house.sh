# shellcheck shell=bash
# shellcheck disable=SC2154 # top, here and var are set by lib.sh
# The servers and rooms of one house: started, awaited, ended. Sourced after lib.sh and before demo.sh, by run.sh and by the
# fault suite, which set `bin`, the folder of the programs. stand_up does all of it.

keys=$var/keys
logs=$var/log
declare -gA http_port=() admin_port=()

need() {
    [ -x "$bin/$1" ] || fail "the program $bin/$1 is not there: the build made none"
}

# --- servers ---------------------------------------------------------------------------------------
start_postgres() {
    if [ -n "${DATABASE_URL-}" ]; then
        say "PostgreSQL: the one in DATABASE_URL"
        psql -XqAt -d "$DATABASE_URL" -c 'select 1' >"$logs/psql.log" 2>&1 ||
            fail_with_log "$logs/psql.log" "the server in DATABASE_URL does not answer"
        "$here/postgres.sh" roles "$DATABASE_URL"
        database=$DATABASE_URL migrator=$DATABASE_URL
    else
        say "PostgreSQL"
        "$here/postgres.sh" start
        database=$("$here/postgres.sh" address)
        migrator=$("$here/postgres.sh" login r7_migrate "$database")
    fi
}

# kafka_security NAME: the TLS files of a client; none where KAFKA_BOOTSTRAP is without TLS.
kafka_security() {
    if [ -z "${KAFKA_BOOTSTRAP-}" ]; then
        printf '%s\n' "R7_KAFKA_CA=$keys/ca.crt" "R7_KAFKA_CERT=$keys/$1.crt" "R7_KAFKA_KEY=$keys/$1.key"
    elif [ -n "${KAFKA_CA-}" ]; then
        printf '%s\n' "R7_KAFKA_CA=$KAFKA_CA" "R7_KAFKA_CERT=${KAFKA_CERT-}" "R7_KAFKA_KEY=${KAFKA_KEY-}"
    fi
}

# Kafka takes seconds to start, so it is launched first and waited for last.
launch_kafka() {
    if [ -n "${KAFKA_BOOTSTRAP-}" ]; then
        say "Kafka: the one in KAFKA_BOOTSTRAP"
        bootstrap=$KAFKA_BOOTSTRAP
    else
        say "Kafka"
        "$here/kafka.sh" launch
        bootstrap=$("$here/kafka.sh" address)
    fi
}

await_kafka() {
    [ -n "${KAFKA_BOOTSTRAP-}" ] || "$here/kafka.sh" start
    kcat_config admin
    kcat -F "$var/demo/kcat/admin.conf" -L -m 10 >"$logs/kcat.log" 2>&1 ||
        fail_with_log "$logs/kcat.log" "the Kafka at $bootstrap does not answer"
}

start_clamd() {
    if [ -n "${CLAMD-}" ]; then
        say "clamd: the one in CLAMD"
        clamd=$CLAMD
    else
        say "clamd"
        "$here/clamd.sh" start
        clamd=$("$here/clamd.sh" address)
    fi
}

# kcat_config NAME: `kcat -F var/demo/kcat/NAME.conf` speaks as the certificate NAME.
kcat_config() {
    mkdir -p "$var/demo/kcat"
    {
        echo "bootstrap.servers=$bootstrap"
        kafka_security "$1" | sed -e '1i security.protocol=ssl' -e 's/^R7_KAFKA_CA=/ssl.ca.location=/' \
            -e 's/^R7_KAFKA_CERT=/ssl.certificate.location=/' -e 's/^R7_KAFKA_KEY=/ssl.key.location=/'
    } >"$var/demo/kcat/$1.conf"
}

migrate() {
    need r7-migrate
    long_step "migrating" "$logs/migrate.log" \
        env R7_DATABASE_URL="$migrator" R7_SCHEMAS="$top/schemas" "$bin/r7-migrate" ||
        fail_with_log "$logs/migrate.log" "the database could not be migrated"
}

# --- the rooms -----------------------------------------------------------------------------------
settle_ports() {
    local room
    for room in $(rooms); do
        http_port[$room]=$(free_port "$room" 7400)
        admin_port[$room]=$(free_port "$room-admin" 7450)
    done
}

# What a person or a script needs to find the way: sourced by a shell, read by nobody else.
write_environment() {
    local room line
    mkdir -p "$var/demo"
    (
        umask 077
        {
            echo "# The demo's addresses, certificates and tokens: . var/demo/env"
            printf 'export PATH=%q:%s\n' "$bin" "\$PATH"
            printf 'export R7_CA=%q\n' "$keys/ca.crt"
            printf 'export R7_KEYS=%q\n' "$keys"
            printf 'export R7_DATABASE_URL=%q\n' "$migrator"
            printf 'export R7_KAFKA_BOOTSTRAP=%q\n' "$bootstrap"
            kafka_security admin | while IFS= read -r line; do printf 'export %s=%q\n' "${line%%=*}" "${line#*=}"; done
            for room in $(rooms); do
                printf 'export R7_%s_URL=https://127.0.0.1:%s\n' "${room^^}" "${http_port[$room]}"
                printf 'export R7_%s_ADMIN_URL=http://127.0.0.1:%s\n' "${room^^}" "${admin_port[$room]}"
            done
        } >"$var/demo/env.new"
    )
    mv "$var/demo/env.new" "$var/demo/env"
}

# room_environment ROOM: one NAME=VALUE a line; README.md lists them.
room_environment() {
    local room=$1 other
    printf '%s\n' "PATH=$PATH" "LANG=C.UTF-8" \
        "R7_DATABASE_URL=$("$here/postgres.sh" login "r7_$room" "$database")" "R7_KAFKA_BOOTSTRAP=$bootstrap" \
        "R7_HTTP_ADDRESS=127.0.0.1" "R7_HTTP_PORT=${http_port[$room]}" "R7_ADMIN_PORT=${admin_port[$room]}" \
        "R7_TLS_CERT=$keys/room-$room.crt" "R7_TLS_KEY=$keys/room-$room.key" "R7_TLS_CA=$keys/ca.crt" \
        "R7_TLS_CRL=$keys/ca.crl" "R7_VAULT_LOCATIONS=$var/vault/one:$var/vault/two" "R7_STATE_DIR=$var/state/$room" \
        "R7_SCHEMAS=$top/schemas"
    kafka_security "room-$room"
    [ "$room" != validation ] || printf '%s\n' "R7_CLAMD=$clamd"
    [ "$room" != validation ] || env | grep -E '^R7_PRONOM=' || true
    [ "$room" != keys ] || printf '%s\n' "R7_KEYS_DIR=$keys"
    [ "$room" != ingest ] || env | grep -E '^R7_(GATHER|OBJECT_STORE|UPLOAD)_' || true
    env | grep -E '^R7_(KAFKA_SESSION_MS|HOUSEKEEP_SECONDS|WORKERS)=' || true
    [ "$room" != access ] || printf '%s\n' "R7_ISSUER_KEY=$keys/issuer.jwks" "R7_ADMIN_PASSWORD_FILE=$keys/admin.password"
    for other in $(rooms); do
        printf '%s\n' "R7_${other^^}_URL=https://127.0.0.1:${http_port[$other]}"
    done
}

# start_room ROOM [NAME=VALUE...]: with these beside its environment.
start_room() {
    local room=$1 environment
    shift
    mapfile -t environment < <(room_environment "$room")
    process_start "$room" "$logs/$room.log" env -i "${environment[@]}" "$@" "$bin/r7-$room"
}

start_rooms() {
    local room
    mkdir -p "$var/vault/one" "$var/vault/two"
    for room in $(rooms); do
        need "r7-$room"
        mkdir -p "$var/state/$room"
        mv -f "$logs/$room.log" "$logs/$room.log.1" 2>/dev/null || true
        start_room "$room"
    done
}

room_ready() {
    curl -sf -m 2 -o /dev/null "http://127.0.0.1:${admin_port[$1]}/readyz"
}

ready_or_gone() {
    room_ready "$1" || process_gone "$1"
}

await_rooms() {
    local room
    for room in $(rooms); do
        wait_until 30 ready_or_gone "$room" || fail_with_log "$logs/$room.log" "room $room does not become ready:" \
            "$(curl -s -m 2 "http://127.0.0.1:${admin_port[$room]}/readyz")"
        ! process_gone "$room" || fail_with_log "$logs/$room.log" "room $room ended while it started"
    done
    say "every room is ready: $(rooms | paste -sd ' ')"
}

# The rooms of this house: one that comes to the tree while it stands waits for the next start.
settle_rooms() {
    house_rooms=$(rooms)
    rooms() { printf '%s\n' "$house_rooms"; }
}

# Everything up to the demo's regions and people, in the order in which one needs the other.
stand_up() {
    "$here/certificates.sh"
    launch_kafka
    start_postgres
    start_clamd
    migrate
    await_kafka
    settle_ports
    write_environment
    set -a && . "$var/demo/env" && set +a
    make_demo_keys
    make_topics
    start_rooms
    await_rooms
    seed_demo
}

# --- the end ---------------------------------------------------------------------------------------
# Stops what runs below var/: at the end ours, at the start what a killed run left behind. All are asked first and then
# waited for, one after another: no child that could fail or be mistaken for another, so that nothing is left running.
stop_all() {
    local file name names=()
    for file in "$var"/run/*.pid; do
        name=${file##*/} name=${name%.pid}
        case $name in '*' | kafka) continue ;; esac
        process_ask "$name"
        names+=("$name")
    done
    for name in "${names[@]}"; do
        process_stop "$name" 30
    done
    "$here/kafka.sh" stop || true
    "$here/clamd.sh" stop || true
    "$here/postgres.sh" stop || true
}
