#!/usr/bin/env bash
# Does every delivery reach its end once, whatever dies? A house of debug programs with a real Kafka and a real PostgreSQL,
# in which rooms and servers are killed and made to fail. Ends with "N passed, N failed".
#
#   tests/fault/house.sh [BUILD] [PART...]    the parts: matrix, servers, random, or one function of servers.sh (all parts)
#   tests/fault/house.sh --round 'ROOM=POINT:TIME:ACTION …' 'KIND …' ...   rounds of the matrix again, as a failure names them
#   FAULT_WHOLE=1          every row of the matrix (hours), not the small form (minutes)
#   ONLY_ROWS=PATTERN      of the whole matrix, the rows "point time action kind rooms" that match
#   FAULT_SHARD=I/N        of the whole matrix, each Nth row from the Ith: N houses share it
#   FAULT_DELIVERIES=N     of the random part (40)
#   FAULT_SEED=N           of the random part: the same rooms die at the same points
#   FAULT_SPREAD=N         of the random part: N times as seldom as every few deliveries (1)
#   KEEP=1                 leaves its folder, and says where it is
set -euo pipefail
suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
build=$suite/../../build/debug
[ -z "${1-}" ] || [ ! -d "$1/bin" ] || { build=$(cd "$1" && pwd -P) && shift; }
work=$(mktemp -d -t r7-fault-XXXXXX)
chmod 755 "$work" # the server's user reaches its cluster in here
unset R7_TOKEN R7_CERT R7_KEY R7_CA R7_TENANT R7_SYSTEM DATABASE_URL KAFKA_BOOTSTRAP
PACKAGES=${PACKAGES:-$((${FAULT_DELIVERIES:-40} + ${FAULT_WHOLE:+1200} + 300))}
. "$suite/lib.sh"
. "$suite/matrix.sh"
. "$suite/servers.sh"
. "$suite/random.sh"

end() {
    trap '' INT TERM # a second one would end the end
    trap - EXIT
    lower_house
    if [ -n "${KEEP-}" ]; then echo "left in $work"; else rm -rf "$work"; fi
}
trap end EXIT
trap 'exit 130' INT TERM

raise_house
if [ "${1-}" = --round ]; then
    shift
    while [ $# -gt 1 ]; do round "$1" "$2" && shift 2; done
else
    [ $# -gt 0 ] || set -- matrix servers random
    for part in "$@"; do "$part"; done
fi
leave_clean
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
