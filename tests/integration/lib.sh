# shellcheck shell=bash
# What test scripts share: counting, a scratch folder, a throw-away PostgreSQL, rooms as processes. Sourced, never run:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"            sets top, build (the first argument or build/MODE) and work
#   check WHAT COMMAND...                                counts; says FAILED and what the command said
#   equal WHAT WANTED GOT
#   left_out TEXT
#   url=$(database NAME)                                 a migrated database of its own
#   login ROLE URL                                       the same as a role; r7_migrate is the superuser
#   start_room ROOM PORT URL [NAME=VALUE...]             over TLS; its log is $work/ROOM.log
#   tell                                                 the last line, and the exit code
#
# At the end of the script the rooms are ended, the server stopped, the scratch folder removed.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$top/build/${MODE:-debug}
[ -z "${1-}" ] || [ ! -d "$1/bin" ] || build=$(cd "$1" && pwd -P)
work=$(mktemp -d /tmp/r7-test-XXXXXX)
chmod 755 "$work" # the server's user reaches its cluster in here
passed=0
failed=0
processes=()
own_cluster=

clean_up() {
    local pid
    trap - EXIT
    for pid in "${processes[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    [ ${#processes[@]} -eq 0 ] || wait "${processes[@]}" 2>/dev/null || true
    [ -z "$own_cluster" ] || "$top/services/embedded/postgres.sh" remove >/dev/null || true
    rm -rf "$work"
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
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# --- PostgreSQL ----------------------------------------------------------------------------------
# The server of services/embedded in a folder of its own. tests/run starts one for all its tests (R7_TEST_VAR); a script
# that is run alone has one to itself. Made anew each time, so it need not outlive a power cut.
start_cluster() {
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

# --- rooms ---------------------------------------------------------------------------------------
start_room() {
    local room=$1 port=$2 url=$3
    shift 3
    mkdir -p "$work/vault"
    env -i PATH="$PATH" R7_DATABASE_URL="$(login "r7_$room" "$url")" R7_HTTP_PORT="$port" R7_SCHEMAS="$top/schemas" \
        R7_TLS_CERT="$R7_VAR/keys/room-$room.crt" R7_TLS_KEY="$R7_VAR/keys/room-$room.key" R7_TLS_CA="$R7_VAR/keys/ca.crt" \
        R7_VAULT_LOCATIONS="$work/vault" R7_STATE_DIR="$work" "$@" "$build/bin/r7-$room" >>"$work/$room.log" 2>&1 &
    processes+=($!)
}
