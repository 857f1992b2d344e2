# shellcheck shell=bash
# Words, waiting, ports and processes for the scripts of this folder. Sourced, never run.
# Everything made at run time lies in one folder: R7_VAR, or var/ of the checkout.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
var=${R7_VAR:-$top/var}
mkdir -p "$var/log" # open to the user postgres, unlike var/keys
export R7_BEGAN=${R7_BEGAN:-$EPOCHSECONDS}

# --- words ---------------------------------------------------------------------------------------
say() {
    printf '[%3d s] %s\n' $((EPOCHSECONDS - R7_BEGAN)) "$*"
}

fail() {
    printf '\nstopped: %s\n' "$*" >&2
    exit 1
}

# fail_with_log LOG TEXT: the last lines of a log say what the text cannot.
fail_with_log() {
    local log=$1
    shift
    if [ -s "$log" ]; then
        printf '\nThe last lines of %s:\n' "$log" >&2
        tail -n 15 "$log" | cut -c 1-300 | sed 's/^/    /' >&2
    fi
    fail "$@"
}

# A pipe that nothing is ever written to. Opened once: bash remembers the process of each <(:), and takes a later child
# with the same number for it, and then waits for that child for ever.
exec {silence}<> <(:)

# pause SECONDS: without a program of its own, that could outlive us. Not by this shell itself: when a trap ends bash 5.2 in the
# middle of a timed read, that read's time goes on, and bash dies of it (SIGSEGV) while it does what is to be done at the end.
# What reads instead of it does not hold the house's lock (9).
pause() {
    (read -rt "$1" -u "$silence") 9>&- || true
}

# wait_until SECONDS COMMAND...: true as soon as the command is, false when the time is up.
wait_until() {
    local deadline=$((EPOCHSECONDS + $1))
    shift
    until "$@"; do
        [ $EPOCHSECONDS -lt $deadline ] || return 1
        pause 0.1
    done
}

# watch_step TEXT PID: waits for a child, tells every ten seconds that it is still at work, and returns its exit code.
watch_step() {
    local text=$1 pid=$2 next=$((EPOCHSECONDS + 10))
    while [ -n "$(process_born "$pid")" ]; do
        pause 0.1
        if [ $EPOCHSECONDS -ge $next ]; then
            say "  still $text"
            next=$((EPOCHSECONDS + 10))
        fi
    done
    wait "$pid"
}

# long_step TEXT LOG COMMAND...: runs in a process group of its own, which end_step ends half way; it writes to a log.
long_step() {
    local text=$1 log=$2 code=0
    shift 2
    say "$text"
    setsid "$@" >"$log" 2>&1 </dev/null 9>&- {silence}>&- &
    step_pid=$!
    watch_step "$text" "$step_pid" || code=$?
    step_pid=
    return $code
}

end_step() {
    [ -z "${step_pid-}" ] || kill -TERM -- "-$step_pid" 2>/dev/null || true
}

# --- what the house holds ------------------------------------------------------------------------
# A room is a folder of services/ with a main.c; migrate and cli are programs that end.
rooms() {
    local main room
    for main in "$top"/services/*/main.c; do
        room=$(basename "$(dirname "$main")")
        case $room in '*' | migrate | cli | demo) ;; *) printf '%s\n' "$room" ;; esac
    done
}

# --- ports ---------------------------------------------------------------------------------------
port_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

port_free() {
    ! port_taken "$1"
}

# free_port NAME USUAL: the port NAME had last time, else the first free one from USUAL on. Below 32768, where Linux
# takes no local ports for outgoing connections. The choice is remembered in var/demo/ports, and waited for a little: who
# had it may be ending, and its clients know no other. Houses that stand up at the same time, as tests do, would find the
# same ports free: R7_PORT_SHIFT sets one apart.
free_port() {
    local name=$1 usual=$2 ports=$var/demo/ports port
    mkdir -p "$var/demo" && touch "$ports"
    port=$(awk -v name="$name" '$1 == name {print $2}' "$ports")
    if [ -z "$port" ] || ! wait_until 5 port_free "$port"; then
        port=$((usual + ${R7_PORT_SHIFT:-0}))
        while port_taken "$port" || awk -v port="$port" '$2 == port {found = 1} END {exit !found}' "$ports"; do
            port=$((port + 1))
        done
        { awk -v name="$name" '$1 != name' "$ports" && printf '%s %s\n' "$name" "$port"; } >"$ports.new"
        mv "$ports.new" "$ports"
    fi
    printf '%s\n' "$port"
}

# --- processes -----------------------------------------------------------------------------------
# A process of ours is known by its id and its start time together, so that an id used again by the system is never
# taken for ours. Each runs in a session of its own: Ctrl-C reaches the script, which ends them in order.

# process_born ID: its start time in clock ticks; nothing when it is gone or only waits to be reaped.
process_born() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    [ -n "$stat" ] || return 0 # it was reaped between the opening and the reading
    read -ra fields <<<"${stat##*) }"
    [ "${fields[0]}" = Z ] || printf '%s\n' "${fields[19]}"
}

# process_start NAME LOG COMMAND...: descriptor 9 is the lock of `make run`, which must end with that script.
process_start() {
    local name=$1 log=$2
    shift 2
    mkdir -p "$var/run"
    setsid "$@" >>"$log" 2>&1 </dev/null 9>&- {silence}>&- &
    printf '%s %s\n' $! "$(process_born $!)" >"$var/run/$name.pid"
    disown $! # else the shell tells of its end in its own words
}

# process_id NAME: its id when it lives, else false.
process_id() {
    local pid born
    read -r pid born 2>/dev/null <"$var/run/$1.pid" || return 1
    [ -n "$born" ] && [ "$(process_born "$pid")" = "$born" ] || return 1
    printf '%s\n' "$pid"
}

process_gone() {
    ! process_id "$1" >/dev/null
}

# process_ask NAME: to end.
process_ask() {
    local pid
    ! pid=$(process_id "$1") || kill -TERM -- "-$pid" 2>/dev/null || true
}

# threads_of ID: what each of its threads waits for in the kernel.
threads_of() {
    local thread
    for thread in "/proc/$1/task"/*; do
        printf '  thread %s (%s): %s, system call %s\n' "${thread##*/}" "$(<"$thread/comm")" "$(<"$thread/wchan")" "$(cut -d ' ' -f 1,2 "$thread/syscall")"
    done 2>/dev/null
}

# process_stop NAME SECONDS: asks, waits, and only then insists; var/log/killed has the names of those, and what they were at.
process_stop() {
    local name=$1 pid
    if pid=$(process_id "$name"); then
        process_ask "$name"
        if ! wait_until "$2" process_gone "$name"; then
            say "$name did not end within $2 s and is killed"
            { printf '%s\n' "$name" && threads_of "$pid"; } >>"$var/log/killed" || true
            kill -KILL -- "-$pid" 2>/dev/null || true
            wait_until 10 process_gone "$name" || fail "$name (process $pid) cannot be ended"
        fi
    fi
    rm -f "$var/run/$name.pid"
}
