#!/usr/bin/env bash
# Who is ended while waiting does all that is to be done at the end: services/embedded/run.sh ends the house so.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

many=20

# It waits; ended, it does what takes longer than what was left of the waiting, with reads of its own; and says so.
cat >"$work/waits.sh" <<END
export R7_VAR=$work/var
. "$top/services/embedded/lib.sh"
end() {
    trap '' TERM
    trap - EXIT
    local round word words=
    for round in 1 2; do
        words+=\$(sleep 0.4; echo a)
        while read -r word; do words+=\$word; done < <(sleep 0.4; echo b; sleep 0.4; echo c)
        pause 0.1
    done
    echo "\$words"
}
trap end EXIT
trap 'exit 0' TERM
echo waits
while :; do pause 1; done
END

# waiter NUMBER: ended at its own moment of the second that it waits.
waiter() {
    local process
    bash "$work/waits.sh" >"$work/waiter.$1" 2>&1 &
    process=$!
    wait_for 10 waits cat "$work/waiter.$1" >/dev/null
    sleep "0.$((10 + 40 * $1))"
    kill -TERM "$process"
    wait "$process" || echo "exit $?" >>"$work/waiter.$1"
}

for n in $(seq "$many"); do waiter "$n" & done
wait
for n in $(seq "$many"); do equal "waiter $n, ended while it waited, did all at its end" "waits abcabc" "$(paste -sd ' ' "$work/waiter.$n")"; done
tell
