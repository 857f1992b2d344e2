# shellcheck shell=bash
# What test scripts share: counting, a scratch folder, a throw-away PostgreSQL, rooms as processes. Sourced, never run:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"            sets top, build (the first argument or build/MODE) and work
#   check WHAT COMMAND...                                counts; says FAILED and what the command said
#   equal WHAT WANTED GOT
#   left_out TEXT
#   own_database NAME                                    the server, and the script's own database: $url, and $migrate as r7_migrate
#   database NAME                                        a migrated database; its address
#   login ROLE URL                                       the same as a role; r7_migrate is the superuser
#   query SQL                                            rows of the script's own database
#   wait_for SECONDS WANTED COMMAND...                   until it prints the wanted; prints the last answer
#   ports ROOM...                                        a free port for each, in ${port[ROOM]}
#   start_broker TOPIC...                                librdkafka's mock broker; sets bootstrap
#   region_keys NAME, tenant ID NAME                     a region's keys, in $work/keys; with its row
#   [mode=--drain] room ROOM [NAME=VALUE...]             starts it on $url; ${pid[ROOM]} is its process, $work/ROOM.log its log
#                                                        (every_room: settings of all of them)
#   again ROOM [NAME=VALUE...]                           ends it first
#   stand ROOM...                                        starts them, and waits until each answers
#   analysis_json [PROVIDER]                             body of a needs-and-risk analysis of all that a test gives there
#   answers URL                                          waits until one does
#   in_journal PATTERN                                   how many lines of the vault's journal have it
#   ours PID                                             a process of the script's, ended with it
#   stop PID [SIGNAL], dies PID [SECONDS]                ends one; waits for one that ends by itself
#   tell                                                 the last line, and the exit code
#
# At the end of the script the rooms are ended, the server stopped, the scratch folder removed (unless KEEP is set).
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$top/build/${MODE:-debug}
[ -z "${1-}" ] || [ ! -d "$1/bin" ] || build=$(cd "$1" && pwd -P)
work=$(mktemp -dt r7-test-XXXXXX)
chmod 755 "$work" # the server's user reaches its cluster in here
passed=0
failed=0
processes=()
own_cluster=
every_room=()
declare -A port=() pid=() born=()

clean_up() {
    trap '' INT TERM
    trap - EXIT
    stop_all
    [ -z "$own_cluster" ] || "$top/services/embedded/postgres.sh" remove >/dev/null || true
    [ -n "${KEEP-}" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- counting ------------------------------------------------------------------------------------
check() {
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        head -n 40 "$work/said" | sed 's/^/    /'
    fi
}

is_equal() {
    [ "$1" = "$2" ] || { printf 'wanted: %s\ngot:    %s\n' "$1" "$2" && return 1; }
}

equal() {
    check "$1" is_equal "$2" "$3"
}

left_out() {
    echo "left out: $*"
}

tell() {
    stop_all
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# --- what assignments rest on -------------------------------------------------------------------
analysis_json() {
    echo "{\"title\":\"Behovs- och riskanalys\",${1:+\"care_provider\":\"$1\",}\"purposes\":[\"care\",\"administration\",\"quality\",\"registry\",
        \"archive\",\"log_review\",\"patient\",\"system_test\"],\"information_types\":[\"care\",\"registry\",\"log\"],\"decided_by\":\"Verksamhetschefen\",
        \"decided_at\":\"2020-01-01T00:00:00Z\",\"document\":\"RS 2020-17\",\"valid_from\":\"2020-01-01T00:00:00Z\",\"review_by\":\"2099-01-01T00:00:00Z\"}"
}

# --- PostgreSQL ----------------------------------------------------------------------------------
# The server of services/embedded in a folder of its own. tests/run starts one for all its tests (R7_TEST_VAR); a script
# that is run alone has one to itself, once. Made anew each time, so it need not outlive a power cut.
start_cluster() {
    [ -z "$own_cluster" ] || return 0
    if [ -n "${R7_TEST_VAR-}" ]; then
        export R7_VAR=$R7_TEST_VAR
        return
    fi
    export R7_VAR=$work/var
    own_cluster=1
    mkdir -p "$R7_VAR"
    "$top/services/embedded/certificates.sh" >"$work/certificates.log" || { cat "$work/certificates.log" && return 1; }
    "$top/services/embedded/postgres.sh" start >"$work/postgres.log" || { cat "$work/postgres.log" && return 1; }
    R7_DATABASE_URL=$(login r7_migrate "$(address r7e)") R7_SCHEMAS=$top/schemas "$build/bin/r7-migrate" >"$work/migrate.log" ||
        { cat "$work/migrate.log" && return 1; }
}

share_cluster() {
    start_cluster
    export R7_TEST_VAR=$R7_VAR
}

# address NAME: of a database on the test's server, without a role.
address() {
    "$top/services/embedded/postgres.sh" address | sed "s|/r7e?|/$1?|"
}

login() {
    "$top/services/embedded/postgres.sh" login "$1" "$2"
}

# sql URL [ARGUMENT...]: rows without decoration.
sql() {
    local url=$1
    shift
    psql -XqAt -v ON_ERROR_STOP=1 -d "$url" "$@"
}

database() {
    sql "$(login r7_migrate "$(address postgres)")" -c "drop database if exists \"$1\"" -c "create database \"$1\" template r7e" 2>/dev/null
    address "$1"
}

# With the password that room access gives its first account, admin.
own_database() {
    start_cluster
    url=$(database "$1")
    migrate=$(login r7_migrate "$url")
    printf 'password of admin\n' >"$work/admin-password"
}

# query SQL: of the script's own database.
query() {
    sql "$migrate" -c "$1"
}

# --- waiting -------------------------------------------------------------------------------------
# The seconds are those of an idle machine; one that does much else has more. What fails is asked again: a broker that is
# busy, a log that has no such line yet. And what took all that time at once, as a machine that stood still, was one look of ten.
wait_for() {
    local answer deadline=$((EPOCHSECONDS + 6 * $1)) looks=0 wanted=$2
    shift 2
    while { answer=$("$@") || true; } && [ "$answer" != "$wanted" ]; do
        looks=$((looks + 1))
        [ $looks -lt 10 ] || [ $EPOCHSECONDS -lt $deadline ] || break
        sleep 0.1
    done
    echo "$answer"
}

# Has the process ended, within two minutes unless told? By itself, as at a fault point, or because it was told to.
# A number that has ended may be another's by now (there are 32,768): a process of the script is known by when it began, too.
ours() { # PID
    processes+=("$1")
    born[$1]=$(birth "$1")
}

birth() {
    local stat
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
    read -ra stat <<<"${stat##*) }"
    echo "${stat[19]}"
}

lives() {
    kill -0 "$1" 2>/dev/null && [[ -z ${born[$1]-} || ${born[$1]} = $(birth "$1") ]]
}

dies() {
    local deadline=$((EPOCHSECONDS + ${2-120}))
    while lives "$1" && [ $EPOCHSECONDS -lt $deadline ]; do sleep 0.1; done
    ! lives "$1"
}

# One that does not end when it is told to is a failure of its own, and ended by force: no test waits for ever.
stop() {
    ! lives "$1" || kill "-${2-TERM}" "$1" 2>/dev/null || true
    dies "$1" 60 || { check "process $1 ends when it is told to" false && kill -KILL "$1"; }
    wait "$1" 2>/dev/null || true
}

# At once, so that rooms end while their broker goes away.
stop_all() {
    local process
    for process in "${processes[@]}"; do ! lives "$process" || kill "$process" 2>/dev/null || true; done
    for process in "${processes[@]}"; do stop "$process"; done
    processes=()
}

# --- national services -----------------------------------------------------------------------------
# stand_in PROGRAM PORT ANSWERS [SCHEMAS]: one that a script brings (soap_stand_in.py), over mutual TLS, until it listens. It answers by the file
# ANSWERS; what it was asked goes to $work/asked; `service` is its process, `national` what a room is told that asks it.
stand_in() {
    # shellcheck disable=SC2154  # where the certificates lie: certificates made them
    /usr/bin/python3 "$top/tests/integration/$1" "$2" "$R7_VAR/keys/room-gateway.crt" "$R7_VAR/keys/room-gateway.key" \
        "$R7_VAR/keys/ca.crt" "$3" ${4:+"$4"} >>"$work/asked" 2>>"$work/service.log" &
    service=$!
    # shellcheck disable=SC2034  # scripts use it
    national=(R7_NATIONAL_CERT="$R7_VAR/keys/room-access.crt" R7_NATIONAL_KEY="$R7_VAR/keys/room-access.key" R7_NATIONAL_CA="$R7_VAR/keys/ca.crt")
    ours "$service"
    wait_for 20 yes listens "$2" >/dev/null
}

listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && echo yes || echo no
}

# --- a broker --------------------------------------------------------------------------------------
# Each topic has another beside it, for what is set aside.
start_broker() {
    "$build/integration/mock_broker" "$@" "${@/%/.set-aside}" >"$work/broker" 2>"$work/broker.log" &
    ours $!
    bootstrap=$(wait_for 20 "" not_said "$work/broker" && cat "$work/broker")
    [ -n "$bootstrap" ] || { cat "$work/broker.log" && return 1; }
}

not_said() {
    [ -s "$1" ] || echo no
}

# --- rooms ---------------------------------------------------------------------------------------
region_keys() {
    local folder=$work/keys/tenants/$1 name
    mkdir -p "$folder"
    for name in service delivery; do age-keygen -o "$folder/$name.identity" 2>/dev/null; done
    for name in region escrow; do age-keygen 2>/dev/null | age-keygen -y >"$folder/$name.recipient"; done
    openssl rand -hex 32 >"$folder/pseudonym.key"
}

tenant() {
    region_keys "$2"
    query "insert into access.tenant (id, name, title) values ($1, '$2', '$2')"
}

# Below those that the kernel gives to whoever asks for any.
ports() {
    local room free
    mkdir -p "${R7_TEST_VAR:-$work}/ports"
    read -ra free < <(python3 - $# "${R7_TEST_VAR:-$work}/ports" <<'END'
import os, random, socket, sys
taken = []
while len(taken) < int(sys.argv[1]):
    port = str(random.randrange(20000, 30000))
    try:
        with socket.socket() as at:
            at.bind(("127.0.0.1", int(port)))
        os.mkdir(os.path.join(sys.argv[2], port))  # another script at the same time may not have bound its own yet
        taken.append(port)
    except OSError:
        pass
print(*taken)
END
    )
    for room in "$@"; do
        port[$room]=${free[0]}
        free=("${free[@]:1}")
    done
}

# Over TLS, with whatever any of the rooms asks for. A session is long enough for a machine that stands still a few seconds:
# librdkafka's mock broker dies of members that are missed and come back.
room() {
    local room=$1
    shift
    mkdir -p "$work/one" "$work/two"
    env -i PATH="$PATH" R7_DATABASE_URL="$(login "r7_$room" "$url")" R7_SCHEMAS="$top/schemas" R7_HTTP_PORT="${port[$room]:-0}" \
        R7_TLS_CERT="$R7_VAR/keys/room-$room.crt" R7_TLS_KEY="$R7_VAR/keys/room-$room.key" R7_TLS_CA="$R7_VAR/keys/ca.crt" \
        R7_KAFKA_BOOTSTRAP="${bootstrap-}" R7_KAFKA_SESSION_MS=6000 R7_VAULT_LOCATIONS="$work/one:$work/two" R7_STATE_DIR="$work" \
        R7_KEYS_DIR="$work/keys" R7_KEYS_URL="https://127.0.0.1:${port[keys]}" R7_ACCESS_URL="https://127.0.0.1:${port[access]:-0}" \
        R7_ISSUER_KEY="$work/issuer.jwks" R7_ADMIN_PASSWORD_FILE="$work/admin-password" "${every_room[@]}" "$@" "$build/bin/r7-$room" ${mode:+"$mode"} >>"$work/$room.log" 2>&1 &
    ours $!
    pid[$room]=$!
}

again() {
    stop "${pid[$1]}"
    room "$@"
}

stand() {
    local name
    for name in "$@"; do
        room "$name"
        answers "https://127.0.0.1:${port[$name]}/"
    done
}

in_journal() {
    cat "$work"/one/journal/*/* | grep -cE "$1" || true
}

# Until somebody answers at the address, a minute at most.
answers() {
    local deadline=$((EPOCHSECONDS + 60))
    until curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" "$1"; do
        [ $EPOCHSECONDS -lt $deadline ] || { tail "$work"/*.log && return 1; }
        sleep 0.1
    done
}
