#!/usr/bin/env bash
# Installs what is missing of Debian's packages, and nothing when all are there.
#
#   install.sh PURPOSE...      build, standalone, run, postgresql, kafka, clamd, test, node, fuzz, lint
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

packages_of() {
    case $1 in
    build) echo gcc libc6-dev make pkg-config librdkafka-dev libpq-dev libjansson-dev libmicrohttpd-dev \
        libgnutls28-dev libssl-dev libutf8proc-dev libxml2-dev libcurl4-openssl-dev libcjose-dev libcairo2-dev nettle-dev zlib1g-dev ;;
    standalone) echo liblzma-dev libstdc++-12-dev ;;
    run) echo age ca-certificates curl fonts-dejavu-core kcat openssl postgresql-client procps tzdata ;;
    postgresql) echo postgresql ;;
    kafka) echo maven openjdk-17-jre-headless ;;
    clamd) echo clamav-daemon ;;
    test) echo golang-go golang-golang-x-mod-dev jq libcmocka-dev libsaxonhe-java libxml2-utils poppler-utils python3-cryptography python3-jsonschema python3-venv python3-yaml python3-zeep xxd unzip zip ;;
    node) echo nodejs npm ;;
    fuzz) echo clang-14 libclang-rt-14-dev ;;
    lint) echo clang-14 clang-format-14 clang-tidy-14 cppcheck shellcheck ;;
    *) fail "install.sh knows no purpose \"$1\"" ;;
    esac
}

installed() {
    dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | awk '$1 == "installed" {print $2}' | sort -u
}

missing() {
    comm -23 <(printf '%s\n' "$@" | sort -u) <(installed "$@")
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# Debian makes and starts a cluster on port 5432 when its server package is new. This machine's own is not ours to
# make; the setting is there only while we install, and only when there is no server yet.
no_cluster=/etc/postgresql-common/createcluster.d/r7e.conf

hold_back_cluster() {
    ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || return 0
    as_root mkdir -p "$(dirname "$no_cluster")"
    printf 'create_main_cluster = false\n' | as_root tee "$no_cluster" >/dev/null
    trap 'as_root rm -f "$no_cluster"' EXIT
}

# The package brings services that fetch ClamAV's database and scan the machine's own files for whoever asks: not ours to
# run. Ours is started by clamd.sh.
hold_back_clamd() {
    [ ! -d /run/systemd/system ] ||
        as_root systemctl disable --now clamav-daemon.socket clamav-daemon.service clamav-freshclam.service >>"$var/log/install.log" 2>&1
}

# apt COMMAND...: its words go to a log. An interrupt waits for it: half an installation is mended by hand only.
apt() {
    local log=$var/log/install.log interrupted='' code=0
    trap 'interrupted=1; say "finishing with Debian'"'"'s packages before the end"' INT TERM
    as_root apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1 </dev/null &
    watch_step "installing" $! || code=$?
    trap - INT TERM
    [ -z "$interrupted" ] || exit 130
    [ $code -eq 0 ] || fail_with_log "$log" "could not install Debian packages (apt-get $1); is the network there?"
}

main() {
    local purpose wanted=() list
    for purpose in "$@"; do
        # shellcheck disable=SC2207 # package names hold no blanks
        wanted+=($(packages_of "$purpose"))
    done
    command -v dpkg-query >/dev/null || fail "this is not Debian: install what $0 lists by the system's own means"
    mapfile -t list < <(missing "${wanted[@]}")
    [ ${#list[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        fail "these Debian packages are missing, and there is neither root nor sudo to install them: ${list[*]}"
    : >"$var/log/install.log"
    say "installing ${#list[@]} Debian packages and what they need: ${list[*]}"
    [[ " ${list[*]} " != *" postgresql "* ]] || hold_back_cluster
    apt update
    apt install --no-install-recommends "${list[@]}"
    [[ " ${list[*]} " != *" clamav-daemon "* ]] || hold_back_clamd
    mapfile -t list < <(missing "${wanted[@]}")
    [ ${#list[@]} -eq 0 ] || fail "apt-get ended well but these are still missing: ${list[*]}"
}

main "$@"
