#!/usr/bin/env bash
# Another key for a log that has one: r7 keys rotate-log, the checkpoint by which the old key hands over, killed at every point of it; what r7
# log verify and Go's transparency log believe by the first key, by the newest and by what the region tells of the change.
#
#   tests/integration/log_key.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"
. "$(dirname "${BASH_SOURCE[0]}")/log_house.sh"

rotate() {
    "$build/bin/r7" keys rotate-log region-a --log-keys "$work/log"
}

key() {
    ask rut GET "$access/log/key" >/dev/null
    cat "$work/answer"
}

# The keys that the region tells: the one before and the next of each change, from the oldest; then how many signatures each checkpoint has.
changes() {
    ask rut GET "$access/log/key/changes" >/dev/null
    jq -r '.changes[] | "\(.before) \(.key) \([.checkpoint | scan("— ")] | length)"' "$work/answer"
}

before() {
    rows 300
    equal "rows are sealed" 0 "$(all_sealed)"
    checkpoint "$work/first"
    check "the log is fetched" fetched kept
    first=$(key)
    equal "its key was never another" "200 0" "$(ask rut GET "$access/log/key/changes") $(jq '.changes | length' "$work/answer")"
    equal "who has no account is told of no key" 401 "$(ask nobody GET "$access/log/key/changes")"
}

handed_over() {
    local owner
    owner=$(id -u)
    [ "$owner" != 0 ] || { owner=12345 && chown "$owner" "$work/log/region-a.key"; }
    check "the host's keeper asks for another key" rotate
    equal "in a file that is the owner's alone, who is the same" "600 $owner 2" "$(stat -c '%a %u' "$work/log/region-a.key") $(wc -l <"$work/log/region-a.key")"
    equal "a third waits until the second has taken over" 1 "$(rotate >"$work/status" 2>&1; echo $?)"
    equal "which is with the next row" "$first" "$(key)"
    rows 5
    equal "that is sealed" 0 "$(all_sealed)"
    second=$(key)
    equal "then the log has the other key" "other 305" "$([ "$first" != "$second" ] && echo other) $(query "select size from access.log where tenant = 1")"
    equal "named by a checkpoint that both have signed" "$first $second 2" "$(changes)"
    equal "the old one is forgotten" 1 "$(wait_for 20 1 lines_of_key)"
    rows 5
    equal "rows are sealed" 0 "$(all_sealed)"
    equal "by the new key alone" 1 "$(checkpoint "$work/second" && grep -c '^— ' "$work/second")"
}

lines_of_key() {
    wc -l <"$work/log/region-a.key"
}

believed() {
    check "the log is fetched" fetched later
    check "what was kept is whole by the first key" verified kept --tiles "$work/kept"
    check "by the new key it is whole" r7_log nobody verify --key "$second" --tiles "$work/later" "$work/later/log.jsonl"
    check "by the first key it is nobody's" says "is not signed by" verified later --tiles "$work/later"
    check "by the first key and what the region tells it is whole" verified later --changes "$work/later/changes" --tiles "$work/later"
    check "and has all that a checkpoint by the first key has" verified later --changes "$work/later/changes" --tiles "$work/later" --checkpoint "$work/first"
    check "the journal tells the change itself" verified kept --journal "$work/one/journal/region-a" --tiles "$work/kept"
    check "but to who has the new key alone it is nobody's" says "the journal, after leaf 300: the checkpoint is not signed" \
        r7_log nobody verify --key "$second" --journal "$work/one/journal/region-a" "$work/later/log.jsonl"
    printf '%s\n%s\n' "$first" "$second" >"$work/both"
    check "to who has both it is whole" r7_log nobody verify --key "$work/both" --journal "$work/one/journal/region-a" --checkpoint "$work/first" "$work/later/log.jsonl"
    jq --arg key "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW" '.changes[0].checkpoint |= sub("r7e-next-key [^\n]*"; "r7e-next-key " + $key)' \
        "$work/later/changes" >"$work/forged"
    check "a change to a stranger's key is signed by nobody" says "forged: the checkpoint is not signed" verified later --changes "$work/forged" --tiles "$work/later"
    jq '.changes[0].checkpoint |= (split("\n") | del(.[-3]) | join("\n"))' "$work/later/changes" >"$work/forged"
    check "nor is one that the next has not signed a change" says "names no other key that has signed it" verified later --changes "$work/forged" --tiles "$work/later"
}

# One who has the first key, and an extract of rows that either key has signed.
extract_believed() {
    checkpoint "$work/now-checkpoint"
    extract_of 295 310 >"$work/extract.json"
    check "an extract is nobody's by the first key" says "is not signed by" r7_log nobody verify --key "$first" "$work/extract.json"
    check "by the first key and what the region tells it is whole" r7_log nobody verify --key "$first" --changes "$work/later/changes" "$work/extract.json"
    jq '.rows[3].row.records = 7' "$work/extract.json" >"$work/changed.json"
    check "and a changed row is found" says "leaf 298" r7_log nobody verify --key "$first" --changes "$work/later/changes" "$work/changed.json"
}

by_go() {
    if judge=$("$top/tests/tools/log_judge.sh" 2>"$work/judge.log"); then
        check "Go's transparency log follows the change, from a checkpoint by the first key" judge "$work/first"
    else
        left_out "Go's transparency log as a judge: $(cat "$work/judge.log")"
    fi
}

# Room access dies at a point while the key changes: afterwards it has, once.
killed_at() { # POINT
    local old new
    old=$(key)
    stop "${pid[access]}"
    rotate >"$work/status"
    rows 5
    room access R7_FAULT="$1:kill"
    check "access dies at $1" dies "${pid[access]}"
    room access
    answers "$access/jwks"
    rows 2
    equal "all is sealed after $1" 0 "$(all_sealed)"
    new=$(key)
    equal "by the other key, handed over to once" "$old 2" "$(changes | awk -v key="$new" '$2 == key {print $1, $3}')"
    equal "and the old one is forgotten" 1 "$(wait_for 20 1 lines_of_key)"
}

kill_points() {
    local point
    for point in access.before_seal:1 vault.after_append:1 access.after_seal:1 db.after_commit:2; do
        killed_at $point
    done
    check "the log is fetched" fetched later
    check "it is whole by the first key, through all of them" verified later --changes "$work/later/changes" --tiles "$work/later" --checkpoint "$work/first" --journal "$work/two/journal/region-a"
}

# A database of before two changes: their lines are carried out, though the keys between are nowhere any more.
older_copy() {
    local size newest
    copy_of_log older
    for _ in 1 2; do
        rotate >"$work/status"
        rows 3
        all_sealed >/dev/null
        wait_for 20 1 lines_of_key >/dev/null
    done
    newest=$(key) size=$(query "select size from access.log where tenant = 1")
    stop "${pid[access]}"
    put_back older
    room access R7_HOUSEKEEP_SECONDS=1
    answers "$access/jwks"
    equal "an older copy comes to the newest key by the journal" 200 "$(wait_for 20 200 ask rut GET "$access/log/checkpoint")"
    equal "and goes on" "$newest $size" "$(key) $(query "select size from access.log where tenant = 1")"
    equal "with each change" "$(grep -ch 'r7e-next-key' "$work"/one/journal/region-a/*.jsonl)" "$(changes | wc -l)"
    [ -z "$judge" ] || check "which Go's log follows" judge "$work/first"
}

begin_log log_key
judge=
before
handed_over
believed
extract_believed
by_go
kill_points
older_copy
tell
