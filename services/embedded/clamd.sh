#!/usr/bin/env bash
# A private clamd (ClamAV) with a database of our own that knows one signature, the EICAR test file: enough to see that
# files are scanned, and small in memory. A region names its own clamd, with ClamAV's signatures, in CLAMD.
#
#   clamd.sh start | stop
#   clamd.sh launch            as start, without waiting for it to answer
#   clamd.sh address           the path of its socket
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

log=$var/log/clamd.log
stream_max=2048M # R7_CLAMD_STREAM_MAX of room validation

# A socket's path may hold 107 bytes, and the user that Debian has for clamd cannot enter every checkout.
folder() {
    local parent=/tmp
    if [ "$(id -u)" = 0 ]; then
        [ ! -w /run ] || parent=/run
    elif [ -w "${XDG_RUNTIME_DIR:-/nowhere}" ]; then
        parent=$XDG_RUNTIME_DIR
    fi
    printf '%s/r7e-clamd-%s\n' "$parent" "$(realpath -m "$var" | sha256sum | cut -c 1-12)"
}

home=$(folder)
socket=$home/clamd.sock

# The test file's bytes as a signature for files of every kind, anywhere in them. In two pieces, so that no scanner takes
# this script for the test file.
signature() {
    printf 'R7e.Test.EICAR:0:*:'
    printf '%s%s' "X5O!P%@AP[4\\PZX54(P^)7CC)7}\$EICAR" "-STANDARD-ANTIVIRUS-TEST-FILE!\$H+H*" | od -An -v -tx1 | tr -d ' \n'
    printf '\n'
}

configure() {
    local user=
    [ "$(id -u)" != 0 ] || user=clamav
    mkdir -p "$home/database"
    signature >"$home/database/r7e.ndb"
    cat >"$home/clamd.conf" <<CONFIGURATION
${user:+User $user}
Foreground yes
LocalSocket $socket
LocalSocketMode 660
DatabaseDirectory $home/database
TemporaryDirectory /tmp
StreamMaxLength $stream_max
MaxFileSize $stream_max
MaxScanSize $stream_max
# What was not looked through is not called clean.
AlertExceedsMax yes
CONFIGURATION
    [ -z "$user" ] || chown -R "$user" "$home"
}

launch() {
    local program
    process_gone clamd || return 0
    program=$(PATH=$PATH:/usr/sbin command -v clamd) ||
        fail "there is no virus scanner: install clamav-daemon, or name an existing clamd in CLAMD"
    configure
    rm -f "$socket"
    process_start clamd "$log" "$program" -c "$home/clamd.conf"
}

listens_or_gone() {
    [ -S "$socket" ] || process_gone clamd
}

start() {
    launch
    wait_until 120 listens_or_gone || fail_with_log "$log" "clamd did not start within 120 s"
    ! process_gone clamd || fail_with_log "$log" "clamd ended while it started"
}

case ${1-} in
start) start ;;
launch) launch ;;
stop) process_stop clamd 30 && rm -rf "$home" ;;
address) printf '%s\n' "$socket" ;;
*) fail "usage: clamd.sh start | stop | launch | address" ;;
esac
