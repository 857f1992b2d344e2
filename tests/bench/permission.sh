#!/usr/bin/env bash
# What permission and log cost: room search's reading of a record beside the same reading without subject, facts, decision and
# log row (bare_room.c), in turns; and how many decisions a second the function alone makes. By hand:
#
#   tests/bench/permission.sh [BUILD]     BUILD: build/release; BENCH_READS=3000 BENCH_ROUNDS=5 BENCH_CLIENTS=8
set -- "${1:-build/release}"
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$top/tests/integration/asking.sh"
. "$top/tests/bench/reading.sh"
reads=${BENCH_READS:-3000} rounds=${BENCH_ROUNDS:-5} clients=${BENCH_CLIENTS:-8}
ports keys access search bare

# measured ROOM CLIENTS: a line of `ask`, and the room's and its servers' processor time for a request.
measured() {
    local before served
    sed "s/PORT/${port[$1]}/" "$work/paths" >"$work/urls"
    before=$(processor_of "$1") served=$(server_for search) # both rooms sign in there as r7_search
    "$build/bench/ask" "$2" "$reads" "$work/urls"
    awk -v a="$before" -v b="$(processor_of "$1")" -v c="$served" -v d="$(server_for search)" -v n="$reads" \
        'BEGIN {printf "room_ms_each=%.3f server_ms_each=%.3f\n", (b - a) / n, (d - c) / n}'
}

reading_house permission
# The bare one is started as the room is, in its place.
mkdir -p "$work/bare/bin"
ln -s "$build/bench/bare_room" "$work/bare/bin/r7-search"
own=("${pid[search]}" "${port[search]}" "$build")
port[search]=${port[bare]}
build=$work/bare
room search
pid[bare]=${pid[search]}
pid[search]=${own[0]}
port[search]=${own[1]}
build=${own[2]}
answers "https://127.0.0.1:${port[bare]}/"
"$build/bench/decide" 20000
for round in $(seq "$rounds"); do
    for many in 1 "$clients"; do
        for which in bare search; do echo "round $round, $many at once, $which: $(measured $which "$many" | tr '\n' ' ')"; done
    done
done
stop_all
