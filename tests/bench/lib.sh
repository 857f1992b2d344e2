# shellcheck shell=bash
# A house to be measured, and its meters. Sourced by run.sh, which has set top.
build=$top/build/release
work=${BENCH_KEEP:-$(mktemp -d /tmp/r7-bench-XXXXXX)}
export R7_VAR=$work/house
house_process=

say() {
    printf '%s\n' "$*"
}

clean_up() {
    trap '' INT TERM
    trap - EXIT
    [ -z "$house_process" ] || { kill "$house_process" && wait "$house_process"; } 2>/dev/null || true
    [ -z "${BENCH_KEEP-}" ] || return 0
    "$top/services/embedded/postgres.sh" remove >/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- the house -----------------------------------------------------------------------------------
start_house() {
    mkdir -p "$R7_VAR"
    : >"$work/house.log"
    chmod 755 "$work" # the server's user reaches its cluster in here
    "$top/services/embedded/run.sh" >"$work/house.log" 2>&1 </dev/null &
    house_process=$!
    until grep -q 'the house stands' "$work/house.log"; do
        kill -0 "$house_process" 2>/dev/null || { tail -n 20 "$work/house.log" >&2 && exit 1; }
        sleep 0.2
    done
    . "$R7_VAR/demo/env"
}

# sign_in TENANT LOGIN PASSWORD: the token.
sign_in() {
    R7_PASSWORD=$3 r7 login --tenant "$1" --print "$2"
}

# The retired system Volymen of region A, and its agreement.
make_system() {
    local central local_administrator
    central=$(sign_in central admin "$(cat "$R7_VAR/keys/admin.password")")
    local_administrator=$(sign_in region-a ada "$R7_DEMO_PASSWORD")
    "$top/services/embedded/certificates.sh" system region-a volymen >/dev/null
    R7_TOKEN=$central r7 system add --logical-address SE0000000001-3009 --processor-agreement region-a volymen >/dev/null
    curl -sS -f --cacert "$R7_CA" -X PUT -H "Authorization: Bearer $local_administrator" -H 'Content-Type: application/json' -d '{
        "system": "volymen", "title": "Journalsystemet Volymen", "information_type": "care", "reader": "files",
        "archive_creator": "Region Ekeby", "care_provider": "SE0000000001-1001", "source_system": "SE0000000001-3009",
        "accepts_by_itself": true}' "$R7_INGEST_URL/agreements/A-VOLYMEN" >/dev/null
}

as_system() {
    R7_CERT=$R7_VAR/keys/system-region-a-volymen.crt R7_KEY=$R7_VAR/keys/system-region-a-volymen.key "$@"
}

# make_bare, as_bare: a database and a folder of its own.
make_bare() {
    sql 'create database bare'
    mkdir "$work/bare"
}

as_bare() {
    R7_DATABASE_URL=${R7_DATABASE_URL/r7e/bare} "$build/bench/bare" "$1" "$work/bare"
}

# --- meters --------------------------------------------------------------------------------------
rooms() {
    local file
    for file in "$R7_VAR"/run/*.pid; do
        basename "$file" .pid | grep -vx -e kafka || true
    done
}

# The processes of a room, of PostgreSQL or of Kafka.
processes_of() {
    case $1 in
    postgres)
        local first
        first=$(head -n 1 "$R7_VAR/postgres/data/postmaster.pid")
        echo "$first"
        pgrep -P "$first"
        ;;
    *) cut -d ' ' -f 1 "$R7_VAR/run/$1.pid" ;;
    esac
}

# cpu_of NAME: milliseconds of processor time so far, of processes that have ended too.
cpu_of() {
    local process
    for process in $(processes_of "$1"); do
        sed 's/.*) //' "/proc/$process/stat" 2>/dev/null || true
    done | awk -v name="$1" '{ticks += $12 + $13} NR == 1 && name == "postgres" {ticks += $14 + $15} END {print ticks * 10}'
}

admin_url() {
    local name=R7_${1^^}_ADMIN_URL
    echo "${!name}"
}

# One line for each number: room, name, value.
meters() {
    local room
    for room in $(rooms); do
        curl -sS "$(admin_url "$room")/metrics" | sed -nE "s/^r7_(batches|load_us|decide_us|vault_us|sql_us)_total\{.*\} /$room \1 /p"
        echo "$room cpu_ms $(cpu_of "$room")"
    done
    echo "postgres cpu_ms $(cpu_of postgres)"
    echo "kafka cpu_ms $(cpu_of kafka)"
}

# A room's time is that of its workers together; how long the house took is known, and what is left it waited.
show_rooms() {
    echo "  room            batches  load ms  decide ms  vault ms  sql ms  cpu ms"
    awk 'NR == FNR {before[$1, $2] = $3; next}
         {n[$1, $2] = $3 - before[$1, $2]; if (!($1 in seen)) {seen[$1] = 1; order[++rooms] = $1}}
         END {for (i = 1; i <= rooms; i++) {r = order[i]
             printf "  %-14s %8d %8d %10d %9d %7d %7d\n", r, n[r, "batches"], n[r, "load_us"] / 1000, n[r, "decide_us"] / 1000,
                 n[r, "vault_us"] / 1000, n[r, "sql_us"] / 1000, n[r, "cpu_ms"]}}' "$work/before" "$work/after"
}

cpu_used() {
    awk 'NR == FNR {if ($2 == "cpu_ms") before += $3; next} $2 == "cpu_ms" {after += $3} END {print after - before}' \
        "$work/before" "$work/after"
}

residents() {
    local room
    for room in $(rooms); do
        curl -sS "$(admin_url "$room")/metrics" |
            awk -v room="$room" '/^r7_resident_bytes/ {printf "%s %d MiB\n", room, $2 / 1048576}'
    done | paste -sd ',' | sed 's/,/, /g'
}

sql() {
    psql -XqAt -d "$R7_DATABASE_URL" -c "$1"
}

# record bytes, database bytes, vault bytes, vault files and folders; a checkpoint first, so that the log is no part of it.
disk() {
    sql 'checkpoint'
    echo "$(sql "select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'indexing.record'::regclass")" \
        "$(sql 'select pg_database_size(current_database())')" \
        "$(find "$R7_VAR/vault" -type f -printf '%s\n' | awk '{sum += $1} END {printf "%d", sum}')" \
        "$(find "$R7_VAR/vault" | wc -l)"
}

# value LINE NAME: of NAME=VALUE in the line.
value() {
    sed -nE "s/(^|.* )$2=([^ ]*).*/\2/p" <<<"$1"
}

quotient() {
    awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'
}

# own_cpu LINE: milliseconds in its cpu_s=USER,SYSTEM.
own_cpu() {
    value "$1" cpu_s | awk -F, '{printf "%d", ($1 + $2) * 1000}'
}

# rate LINE NAME: what it comes to in a second, when NAME says how many milliseconds it took.
rate() {
    awk -v packages="$(value "$1" packages)" -v records="$(value "$1" records)" -v bytes="$(value "$1" bytes)" -v ms="$(value "$1" "$2")" \
        'BEGIN {printf "%.1f packages/s, %d records/s, %.1f MB/s", packages * 1000 / ms, records * 1000 / ms, bytes / 1000 / ms}'
}

# show_disk BEFORE AFTER LINE: what a record costs beyond the delivered bytes, which the vault holds twice.
show_disk() {
    paste -d ' ' <(echo "$1") <(echo "$2") | awk -v records="$(value "$3" records)" -v bytes="$(value "$3" bytes)" '{
        printf "  on disk, bytes a record beyond its content: %d in the index (goal 600), %d in the database in all, %d in the vault'"'"'s two copies; %.3f inodes a record\n",
            ($5 - $1) / records, ($6 - $2) / records, ($7 - $3 - 2 * bytes) / records, ($8 - $4) / records}'
}
