#!/usr/bin/env bash
# The private PostgreSQL cluster of one checkout: one database, r7e, reached by a unix socket and a password only.
#
#   postgres.sh start | stop | status
#   postgres.sh remove           stops it and removes the cluster with everything in it
#   postgres.sh address          its connection string, without a role
#   postgres.sh login ROLE URL   the connection string of a role at URL; its password lies in the passfile
#   postgres.sh roles URL        a login role for each room, on any server where URL may make roles
#
# The superuser is r7_migrate; only migrations log in as it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

passfile=$var/keys/pgpass
hash=$(realpath -m "$var" | sha256sum | cut -c 1-12)
home=$var/postgres

# The server refuses to run as root, so root lends it to Debian's user postgres.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && "$@")
    fi
}

program() {
    local major folder
    major=$(cat "$home/data/PG_VERSION" 2>/dev/null || true)
    folder=$(compgen -G "/usr/lib/postgresql/${major:-*}/bin" | sort -V | tail -n 1) ||
        fail "PostgreSQL ${major:-} is not installed"
    printf '%s/%s\n' "$folder" "$1"
}

# --- where it lies -------------------------------------------------------------------------------
# A socket's path may hold 107 bytes, so it never lies below the checkout.
socket_folder() {
    local folder=/tmp
    if [ "$(id -u)" = 0 ]; then
        [ -w /run ] && folder=/run
    elif [ -w "${XDG_RUNTIME_DIR:-/nowhere}" ]; then
        folder=$XDG_RUNTIME_DIR
    fi
    printf '%s/r7e-%s\n' "$folder" "$hash"
}

# make_private FOLDER: the owner's alone. One that another user has put there before us is refused.
make_private() {
    local owner
    owner=$(as_owner id -un)
    if mkdir -m 700 "$1" 2>/dev/null && [ "$(id -u)" = 0 ]; then
        chown "$owner": "$1"
    fi
    if [ -L "$1" ] || [ "$(stat -c %U "$1")" != "$owner" ]; then
        fail "$1 should be a folder of the user $owner, and is not"
    fi
}

# Below var/ when the owner can reach it. A checkout under /root is closed to the user postgres, and no parent's mode
# is ours to change: then the cluster lies in /var/lib/r7e, and var/postgres is a link to it.
choose_home() {
    local away=/var/lib/r7e/$hash
    if [ -L "$home" ]; then
        [ "$(readlink "$home")" = "$away" ] ||
            fail "$home belongs to another checkout: move var/ back to it, or remove var/ to begin anew"
    elif [ ! -e "$home" ] && ! as_owner test -x "$var"; then
        mkdir -p /var/lib/r7e
        make_private "$away"
        ln -s "$away" "$home"
    fi
    home=$(readlink -m "$home")
    make_private "$home"
}

# --- passwords -----------------------------------------------------------------------------------
secret_of() {
    awk -F: -v role="$1" '$4 == role {print $5}' "$passfile" 2>/dev/null
}

make_secrets() {
    local role
    (umask 077 && mkdir -p "$var/keys" && touch "$passfile")
    for role in migrate $(rooms); do
        [ -n "$(secret_of "r7_$role")" ] || printf '*:*:*:r7_%s:%s\n' "$role" "$(openssl rand -hex 24)" >>"$passfile"
    done
}

# --- the cluster ---------------------------------------------------------------------------------
# Order by bytes (C): indexes then never depend on the system's locale tables, which change with its upgrades and leave
# them broken in silence, and comparing is fast. Letters are those of Unicode (C.UTF-8, part of every Debian), so that
# lower('Å') and Swedish text search work. Where people read a list in Swedish order, the statement says so.
create() {
    local log=$var/log/initdb.log
    say "creating the PostgreSQL cluster"
    secret_of r7_migrate | as_owner tee "$home/secret" >/dev/null
    as_owner rm -rf "$home/new"
    as_owner "$(program initdb)" -D "$home/new" --username=r7_migrate --pwfile="$home/secret" --auth=scram-sha-256 \
        --encoding=UTF8 --locale=C --lc-ctype=C.UTF-8 --data-checksums --no-instructions >"$log" 2>&1 ||
        fail_with_log "$log" "initdb could not create the cluster in $home"
    as_owner rm -f "$home/secret"
    as_owner tee -a "$home/new/postgresql.conf" >/dev/null <<<"include = 'r7e.conf'"
    as_owner mv "$home/new" "$home/data"
}

# Written at each start, so that a changed line here reaches a cluster made before. The log names no values: a failed
# statement may hold personal data.
configure() {
    as_owner tee "$home/data/r7e.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_directories = '$(socket_folder)'
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
min_wal_size = 256MB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
log_error_verbosity = terse
log_min_error_statement = panic
EOF
}

answers() {
    pg_isready -q -t 2 -h "$(socket_folder)"
}

# Every process of the cluster stands in its data folder, and no other process does.
lives() {
    [ "$(readlink "/proc/$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null)/cwd")" = "$home/data" ]
}

# When the server was killed, a busy process of it works on, and no new server starts beside it.
end_orphans() {
    local link
    while read -r link; do
        kill -QUIT "$(basename "$(dirname "$link")")" 2>/dev/null || true
    done < <(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$home/data" 2>/dev/null)
}

launch() {
    ! answers || return 0
    ! lives || return 1
    end_orphans
    as_owner "$(program pg_ctl)" start -s -w -t 600 -D "$home/data" -l "$home/log" >"$var/log/pg_ctl.log" 2>&1 9>&-
}

query() {
    psql -XqAt -v ON_ERROR_STOP=1 -d "$@"
}

# login ROLE URL: the same server and database, as ROLE, with the passfile.
login() {
    local encoded=${passfile//%/%25}
    encoded=${encoded// /%20}
    case $2 in
    postgres*://*\?*) printf '%s&user=%s&passfile=%s\n' "$2" "$1" "$encoded" ;;
    postgres*://*) printf '%s?user=%s&passfile=%s\n' "$2" "$1" "$encoded" ;;
    *) printf "%s user=%s passfile='%s'\n" "$2" "$1" "$passfile" ;;
    esac | sed 's|://[^/@]*@|://|'
}

address() {
    printf 'postgresql:///%s?host=%s\n' "$1" "$(socket_folder)"
}

create_database() {
    local maintenance
    maintenance=$(login r7_migrate "$(address postgres)")
    [ "$(query "$maintenance" -c "select count(*) from pg_database where datname = 'r7e'")" = 1 ] ||
        query "$maintenance" -c 'create database r7e'
}

# The migrations grant to these roles. Secrets travel by standard input: a command line can be read by all.
make_roles() {
    local room
    make_secrets
    for room in $(rooms); do
        cat <<EOF
select 'create role r7_$room login' where not exists (select from pg_roles where rolname = 'r7_$room') \gexec
alter role r7_$room login password '$(secret_of "r7_$room")';
EOF
    done | query "$1" >"$var/log/roles.log" 2>&1 || fail_with_log "$var/log/roles.log" "could not make the rooms' roles"
}

start() {
    make_secrets
    choose_home
    [ -e "$home/data/PG_VERSION" ] || create
    make_private "$(socket_folder)"
    if ! answers; then
        configure
        as_owner mv -f "$home/log" "$home/log.1" 2>/dev/null || true
        wait_until 10 launch || fail_with_log "$home/log" "PostgreSQL did not start"
    fi
    create_database 2>"$var/log/roles.log" ||
        fail_with_log "$var/log/roles.log" "PostgreSQL runs but lets nobody in: does $passfile fit $home?"
    make_roles "$(login r7_migrate "$(address r7e)")"
}

stop() {
    home=$(readlink -m "$home")
    if ! lives; then
        end_orphans
    elif ! as_owner "$(program pg_ctl)" stop -s -w -t 600 -m fast -D "$home/data" >"$var/log/pg_ctl.log" 2>&1; then
        fail_with_log "$var/log/pg_ctl.log" "PostgreSQL did not stop"
    fi
}

remove() {
    stop
    as_owner rm -rf "$home/data" "$home/new"
    rm -rf "$home" "$var/postgres" "$(socket_folder)"
}

status() {
    home=$(readlink -m "$home")
    answers || { echo "PostgreSQL is down" && return 1; }
    echo "PostgreSQL is up: $(login r7_migrate "$(address r7e)")"
}

case ${1-} in
start | stop | status | remove) "$1" ;;
address) address r7e ;;
login) login "$2" "$3" ;;
roles) make_roles "$2" ;;
*) sed -n '2,11s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
