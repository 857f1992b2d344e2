#!/usr/bin/env bash
# r7 log verify of a long log that was made by others than us (log_made.py), with no server: its memory is the same however long the
# log is, it finds what was done to rows and tiles, also when most of them are wrong, and the program for suppliers does the same.
#
#   tests/integration/log_large.sh [BUILD]     BUILD: build/debug; LOG_LEAVES=80000
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

leaves=${LOG_LEAVES:-80000}
log=$work/log

if ! /usr/bin/python3 -c 'import cryptography' 2>/dev/null; then
    left_out "logs that others made: python3-cryptography is not there"
    tell
    exit
fi
r7=$build/bin/r7
/usr/bin/python3 "$top/tests/integration/log_made.py" "$leaves" "$log"
/usr/bin/python3 "$top/tests/integration/log_made.py" 2000 "$work/short"

# verified [LOG [FILE]]: by tiles and journal, of FILE in place of its log.jsonl.
verified() {
    local at=${1-$log}
    "$r7" log verify --key "$at/key" --checkpoint "$at/checkpoint" --tiles "$at" --journal "$at/journal" "${2-$at/log.jsonl}"
}

# The most memory that verifying took, in KiB; by tiles and journal, or as told.
memory() {
    /usr/bin/python3 -c '
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
assert done.returncode == 0, done
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$r7" log verify --key "$1/key" "${@:2}" "$1/log.jsonl"
}

# Not a byte for each leaf more than what a short log takes.
same_memory() {
    local long short option
    for option in "--tiles /" "--journal /journal" "--tiles / --journal /journal"; do
        # shellcheck disable=SC2086  # several words
        long=$(memory "$log" ${option//\//$log/}) short=$(memory "$work/short" ${option//\//$work/short/})
        echo "$option: $long KiB, and $short of a short one"
        [ $((long - short)) -lt $((leaves / 1024 + 2048)) ]
    done
}

# edited EDIT WANTED [COUNT]: log.jsonl changed by a Python program on its lines; verify names it, and COUNT faults.
edited() {
    /usr/bin/python3 -c '
import sys
rows = open(sys.argv[1], encoding="utf-8").readlines()
head = rows.pop(0)
exec(sys.argv[3])
open(sys.argv[2], "w", encoding="utf-8").writelines([head] + rows)' "$log/log.jsonl" "$work/edited.jsonl" "$1"
    says "$2" verified "$log" "$work/edited.jsonl" || return 1
    [ -z "${3-}" ] || is_equal "$3 faults" "$(tail -n 1 "$work/verdict" | grep -o '[0-9]* faults')"
}

says() {
    local wanted=$1 got=0
    shift
    "$@" >"$work/verdict" 2>"$work/error" || got=$?
    is_equal 1 "$got" || return 1
    grep -F -- "$wanted" "$work/verdict" || { head -n 5 "$work/verdict" && return 1; }
}

# id LEAF: of its row, by the tile of ids.
id() {
    local at=$(($1 / 256)) name
    name=$(printf 'tile/ids/%03d' $at)
    /usr/bin/python3 -c 'import sys, uuid; f = open(sys.argv[1], "rb"); f.seek(16 * int(sys.argv[2])); print(uuid.UUID(bytes=f.read(16)))' "$log/$name" $(($1 % 256))
}

rows() {
    local last=$((leaves - 1))
    check "a row removed" edited 'del rows[70001]' "leaf 70001, row $(id 70001): removed" 1
    check "changed" edited 'rows[700] = rows[700].replace("\"read\"", "\"listed\"")' "leaf 700, row $(id 700): changed" 1
    check "reordered" edited 'rows[700], rows[800] = (rows[800].replace("\"leaf\":800", "\"leaf\":700"), rows[700].replace("\"leaf\":700", "\"leaf\":800"))' \
        "leaf 700, row $(id 800): reordered: it belongs at leaf 800" 2
    check "told twice" edited 'rows[701:701] = [rows[700]]' "leaf 700, row $(id 700): inserted: told twice" 1
    check "out of order" edited 'rows[900:900] = [rows.pop(700)]' "leaf 700, row $(id 700): out of order" 1
    check "put behind the last" edited "rows.append(rows[700].replace('\"leaf\":700', '\"leaf\":$leaves'))" "leaf $leaves, row $(id 700): reordered: it belongs at leaf 700" 1
    check "in another's place" edited 'rows[60000] = rows.pop(700).replace("\"leaf\":700", "\"leaf\":60001")' "leaf 60001, row $(id 700): reordered: it belongs at leaf 700" 2
    check "inserted" edited 'rows[700:700] = [rows[700].replace(rows[700][rows[700].index("\"id\"") + 6:][:36], "00000000-0000-4000-8000-000000000001")]' \
        "leaf 700, row 00000000-0000-4000-8000-000000000001: inserted: no leaf is its own" 1
    check "truncated" edited 'del rows[-3:]' "leaves $((last - 2)) to $last: truncated: the log has rows to leaf $((last - 3)) only" 4
    check "every second removed" edited 'del rows[::2]' "leaf 0, row $(id 0): removed" $((leaves / 2))
    check "every row changed" edited 'import re; rows = [re.sub("(commitment\":\"|salt\":\").", r"\1_", r).replace("_", "/" if "\":\"A" in r else "A") for r in rows]' "so much does not fit"
    check "every row told twice" edited 'rows = [r for row in rows for r in (row, row)]' "so much does not fit that what is missing is not told" $((leaves + 1))
}

# flipped FILE: a byte of it is another, until it is put back.
flipped() {
    cp "$log/$1" "$work/kept"
    printf '\x55\xaa' | dd of="$log/$1" bs=1 seek=77 conv=notrunc status=none
    says "$2" verified && says "${3-$2}" "$r7" log verify --key "$log/key" --tiles "$log" "$log/log.jsonl" || return 1
    cp "$work/kept" "$log/$1"
}

tiles() {
    check "a byte of a tile of hashes" flipped tile/0/100 "tile/0/100: swapped"
    check "a byte of the tile above" flipped tile/1/000 "tile/1/000: swapped"
    check "a byte of a tile of entries" flipped tile/entries/100 "leaf $((100 * 256 + 1)), row $(id $((100 * 256 + 1))): its entry was changed"
    mv "$log/tile/0/101" "$work/101"
    mv "$log/tile/0/102" "$log/tile/0/101"
    mv "$work/101" "$log/tile/0/102"
    check "tiles that changed places" says "tile/0/102: swapped" verified
    mv "$log/tile/0/102" "$work/101"
    mv "$log/tile/0/101" "$log/tile/0/102"
    mv "$work/101" "$log/tile/0/101"
    mv "$log/tile/entries/103" "$work/103"
    check "one that is gone" says "tile/entries/103: missing" verified
    mv "$work/103" "$log/tile/entries/103"
    check "put back it is whole" verified
}

journal() {
    local file=$log/journal/00000000.jsonl
    cp "$file" "$work/journal"
    sed -i '5p' "$file"
    check "a line that an append wrote twice is one" verified
    sed -i '3d; 5d' "$file"
    check "lines that are gone" says "the journal: leaves 900 to 1800 are told out of order" verified
    cp "$work/journal" "$file"
    sed -i '1d' "$file"
    check "a decision that is gone" says "leaf 1, row $(id 1): removed by no decision" verified
    cp "$work/journal" "$file"
    printf '{"id":"torn' >>"$file"
    check "a torn last line is none" verified
}

# The program that whoever has no archive gets: it needs nothing beside itself.
standalone() {
    if [ ! -x "$build/standalone/r7" ]; then
        left_out "the standalone r7: $build/standalone/r7 is not built"
        return
    fi
    mkdir "$work/alone"
    cp "$build/standalone/r7" "$work/alone"
    r7=$work/alone/r7
    check "the program of one file finds it whole" env -i "$r7" log verify --key "$log/key" --tiles "$log" "$log/log.jsonl"
    check "by the journal too" verified
    check "and names a row that was changed" edited 'rows[700] = rows[700].replace("\"read\"", "\"listed\"")' "leaf 700, row $(id 700): changed" 1
    equal "it fetches nothing" 2 "$("$r7" log fetch --to "$work/x" >/dev/null 2>&1; echo $?)"
}

check "a log of $leaves leaves is whole" verified
check "in the memory of a short one" same_memory
rows
tiles
journal
standalone
tell
