# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh sets
# The matrix: rooms are killed, or fail, at every point (points) with every kind of delivery (kinds). Sourced by house.sh.
#
# A round arms rooms, delivers, sees each armed room die or fail where it was told to, starts the dead again without the
# fault, waits until every delivery has ended and looks for what is wrong. Whole, a round is one row of the matrix. In the
# small form a round arms several rooms, each at another point, and delivers a kind for each; so each point is met in one room.

# rows: "point time action kind room,room…", every row of the matrix.
rows() {
    awk 'function is_of(kind, list) {
            return list == "*" || (list ~ /^!/ ? index("," substr(list, 2) ",", "," kind ",") == 0 : index("," list ",", "," kind ",") > 0)
        }
        /^#/ || !NF { next }
        FNR == NR { kinds[++count] = $1; walks[$1] = "," $2 ","; next }
        NF > 2 {
            ends = split($2, times, ","); acts = split($3, actions, ","); of = split($6, rooms, ",")
            for (t = 1; t <= ends; t++) for (a = 1; a <= acts; a++) for (k = 1; k <= count; k++) {
                if (!is_of(kinds[k], $4)) continue
                met = ""
                for (r = 1; r <= of; r++) if (index(walks[kinds[k]], "," rooms[r] ",")) met = met (met ? "," : "") rooms[r]
                if (met) print $1, times[t], actions[a], kinds[k], met
            }
        }' "$suite/kinds" "$suite/points"
}

# Points of the table and points of the code: what only one of them has.
points_differ() {
    comm -3 <(awk '!/^#/ && NF {print $1}' "$suite/points" | sort -u) \
        <(grep -rhoE 'FAULT\("[^"]+"\)' "$top/libcommon" "$top/services" | sed -E 's/.*"(.*)".*/\1/' | sort -u)
}

points_misnamed() {
    awk '!/^#/ && NF && $1 !~ /^(svc|db|bus|vault|http|text|ingest|access)\.(before|after)_[a-z_]+$/ {print $1}' "$suite/points"
}

hits() {
    grep -c "^fault point $2: " "$logs/$1.log" || true
}

# arm ROOM=POINT:TIME:ACTION...: each room is started again with its fault; the rooms of a round, and what they hit before.
arm() {
    local one room
    armed=() hit_before=()
    for one in "$@"; do
        room=${one%%=*}
        armed[$room]=${one#*=}
        hit_before[$room]=$(hits "$room" "${armed[$room]%%:*}")
    done
    stop_rooms "${!armed[@]}"
    for room in "${!armed[@]}"; do
        start_room "$room" R7_FAULT="${armed[$room]}"
    done
}

# Those of the armed rooms that have not met their point. A dead one is started again without it.
unmet() {
    local room point left=
    for room in "${!armed[@]}"; do
        point=${armed[$room]%%:*}
        if [ "$(hits "$room" "$point")" -eq "${hit_before[$room]}" ]; then
            left+=" $room=${armed[$room]}"
        elif [[ ${armed[$room]} == *:kill ]] && process_gone "$room"; then
            start_room "$room"
            unset "armed[$room]"
        elif [[ ${armed[$room]} == *:error ]]; then
            unset "armed[$room]"
        fi
    done
    for room in "${!armed[@]}"; do left+=" $room"; done
    printf '%s' "$left" >"$work/unmet"
    [ -z "$left" ]
}

# round "ROOM=POINT:TIME:ACTION…" "KIND…"
round() {
    local faults=$1 list=$2 kind room again
    declare -A armed=() hit_before=()
    again="tests/fault/house.sh --round '$faults' '$list'"
    # shellcheck disable=SC2086 # words
    arm $faults
    for kind in $list; do
        deliver "$kind"
    done
    wait_until 60 unmet || result "$faults: reached by $list" "never reached:$(cat "$work/unmet")" "$again"
    for room in "${!armed[@]}"; do restart "$room"; done
    settle "$faults ← $list" 90 "$again"
}

whole_matrix() {
    local point time action kind rooms room faults
    while read -r point time action kind rooms; do
        faults=
        for room in ${rooms//,/ }; do faults+="$room=$point:$time:$action "; done
        round "${faults% }" "$kind"
    done < <(rows | grep -E "${ONLY_ROWS-.}" | awk -v shard="${FAULT_SHARD-1/1}" 'BEGIN {split(shard, of, "/")} NR % of[2] == of[1] % of[2]')
}

# The small form's rounds, "faults|kinds" a line: every point once, each room armed at most once in a round, killed or failing,
# with the kinds that take those rooms to those points.
small_rounds() {
    awk '!/^#/ && NF > 2 && $5 != "-" {
        split($5, small, ":"); split($2, times, ",")
        room = small[1]; action = small[2]; kind = small[3]
        n = ++turn[room, action]
        faults[action, n] = faults[action, n] " " room "=" $1 ":" times[1] ":" action
        if (!((action, n, kind) in there)) { there[action, n, kind] = 1; kinds[action, n] = kinds[action, n] " " kind }
        most = n > most ? n : most
    } END {
        for (n = 1; n <= most; n++) {
            if (faults["kill", n]) print substr(faults["kill", n], 2) "|" substr(kinds["kill", n], 2)
            if (faults["error", n]) print substr(faults["error", n], 2) "|" substr(kinds["error", n], 2)
        }
    }' "$suite/points"
}

# Points that do not stand in the small form once, or stand there with a room and a kind that no row of theirs has.
small_differs() {
    comm -3 <(awk '!/^#/ && NF > 2 {print $1}' "$suite/points" | sort -u) \
        <(awk '!/^#/ && NF > 2 && $5 != "-" {print $1}' "$suite/points" | sort)
    rows | awk 'FNR == NR {n = split($5, rooms, ","); for (i = 1; i <= n; i++) has[$1, rooms[i], $3, $4] = 1; next}
        !/^#/ && NF > 2 && $5 != "-" {split($5, small, ":"); if (!(($1, small[1], small[2], small[3]) in has)) print $1, $5}' - "$suite/points"
}

small_matrix() {
    local faults list
    while IFS='|' read -r faults list; do
        round "$faults" "$list"
    done < <(small_rounds)
}

matrix() {
    result 'every point of the code is in the table' "$(points_differ)"
    result 'and is named by the rule' "$(points_misnamed)"
    result 'and stands in the small form once, as in one of its rows' "$(small_differs)"
    if [ -n "${FAULT_WHOLE-}" ]; then whole_matrix; else small_matrix; fi
}
