#!/usr/bin/env bash
# The sealed disclosure log: rows are sealed within a second, Go's own transparency log verifies key, checkpoint, tiles and proofs over
# HTTP; room access dies at every point of sealing; the database is an older copy; and r7 log verify names what a superuser does to it.
#
#   tests/integration/log.sh [BUILD]     BUILD: build/debug
#   R7_TAMPERINGS=1000                   random edits of a superuser (40); R7_TAMPER_SEED makes the same again
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

. "$(dirname "${BASH_SOURCE[0]}")/log_house.sh"

# Is each leaf of the region's one row's, from 0 on, and does everything say the same length?
leaves_are_right() {
    local rows told
    rows=$(query "select count(*) from access.disclosure where tenant = 1")
    is_equal "$rows $rows $rows $rows $rows" "$(query "select count(distinct leaf) || ' ' || max(leaf) + 1 from access.disclosure where tenant = 1") $(query \
        "select size || ' ' || split_part(checkpoint, E'\n', 2) from access.log where tenant = 1") $(query "select sum(length(commitments)) / 32 from access.log_entries where tenant = 1")"
    for told in one two; do
        is_equal "$rows" "$(grep -h '"log":' "$work/$told/journal/region-a"/*.jsonl | journalled)"
    done
}

# Lines of the journal follow each other, a repeated one is taken once; prints how many rows they tell.
journalled() {
    python3 -c '
import base64, json, sys
seen, size = set(), 0
for line in map(json.loads, sys.stdin):
    if line["id"] in seen: continue
    seen.add(line["id"])
    batch = line["entry"]["log"]
    assert batch["from"] == size, (batch["from"], size)
    size += len(base64.b64decode(batch["ids"])) // 16
print(size)'
}

# Was one of five rows sealed within a second? On a machine that does much else, not each is.
prompt_enough() {
    for _ in 1 2 3 4 5; do
        rows 1
        all_sealed >/dev/null
    done
    query "select min(sealed_at - at) < interval '1 second' from access.disclosure where leaf > 602"
}

sealing() {
    equal "nothing is sealed yet" "404 404" "$(ask rut GET "$access/log/checkpoint") $(ask rut GET "$access/log/tile/0/000")"
    rows 3
    equal "rows are sealed" 0 "$(all_sealed)"
    checkpoint "$work/first"
    rows 600 '1 second'
    equal "in any number" 0 "$(all_sealed)"
    check "each has its leaf, once" leaves_are_right
    equal "other regions have logs of their own" 0 "$(query "select count(*) from access.log where tenant <> 1 and size > 0")"
    equal "within a second of the disclosure" t "$(prompt_enough)"
    equal "who has no token sees nothing of it" "401 401 401 401" "$(for at in key checkpoint tile/0/000 'rows?from=0&to=1'; do ask nobody GET "$access/log/$at"; done | sed 's/.../& /g' | xargs)"
    equal "its rows are for reviewers and administrators" "403 200 200" "$(ask nurse GET "$access/log/rows?from=0&to=9") $(ask rut GET "$access/log/rows?from=0&to=9") $(ask chief GET "$access/log/rows?from=0&to=9")"
    check "and name nobody" bash -c "! grep -E 'Åsa|U-1|SE0000000001|because' '$work/answer'"
    equal "what is beyond it is not there" "404 404 404 400 400" "$(ask rut GET "$access/log/tile/0/002.p/255") $(ask rut GET "$access/log/tile/0/008") $(ask rut GET "$access/log/tile/0/7") $(ask rut GET "$access/log/proofs/inclusion?leaf=608&size=608") $(ask rut GET "$access/log/proofs/consistency?from=1&to=99999")"
}

judged() {
    if judge=$("$top/tests/tools/log_judge.sh" 2>"$work/judge.log"); then
        equal "Go's transparency log verifies it" "608 leaves, 259 checks" "$(judge "$work/first" 2>&1)"
    else
        judge=
        left_out "Go's transparency log as a judge: $(cat "$work/judge.log")"
    fi
}

# Room access dies at a point while it seals, and goes on.
killed_at() { # POINT TIME [ROWS]
    local before many=${3-5}
    before=$(query "select size from access.log where tenant = 1")
    checkpoint "$work/before"
    stop "${pid[access]}"
    rows "$many"
    room access R7_FAULT="$1:$2:kill"
    check "access dies at $1, the $2. time" dies "${pid[access]}"
    room access
    answers "$access/jwks"
    rows 2
    equal "all is sealed after $1" 0 "$(all_sealed)"
    check "each once, and one behind the other" leaves_are_right
    equal "the log is so much longer" $((before + many + 2)) "$(query "select size from access.log where tenant = 1")"
    [ -z "$judge" ] || check "and goes on from the checkpoint before" judge "$work/before"
}

kill_points() {
    local point
    for point in access.before_seal vault.before_append vault.after_append vault.before_journal_flush vault.after_journal_flush access.after_seal; do
        killed_at $point 1
    done
    killed_at vault.after_append 2
    killed_at vault.after_append 3 2000 # of three lines the second is there once
    killed_at access.after_seal 1 2000
    killed_at vault.after_journal_flush 2
    for time in 1 2 3; do
        killed_at db.before_commit $time
        killed_at db.after_commit $time
    done
}

# --- what r7 says ------------------------------------------------------------------------------------------
verifying() {
    check "the log is fetched" fetched kept
    cp "$work/kept/checkpoint" "$work/kept-checkpoint"
    check "it is whole, by the journal" verified kept
    check "by its tiles" verified kept --tiles "$work/kept"
    check "by the journal alone, in another location" verified kept --journal "$work/two/journal/region-a"
    check "fetched again it is the same" r7_log rut fetch --to "$work/kept"
    rows 300
    equal "rows are sealed" 0 "$(all_sealed)"
    check "the journal has gone on, and it is whole all the same" verified kept
    check "a later copy is fetched" fetched later
    check "it has all that the kept checkpoint has" verified later --tiles "$work/later" --checkpoint "$work/kept-checkpoint"
    check "an earlier one has not what a later checkpoint has" says "older than the checkpoint that was kept" verified kept --tiles "$work/kept" --checkpoint "$work/later/checkpoint"
    check "another's key is told" says "is not signed by" r7_log nobody verify --key "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW" --tiles "$work/kept" "$work/kept/log.jsonl"
    equal "nothing to verify by is wrong usage" 2 "$(r7_log nobody verify "$work/kept/log.jsonl" >/dev/null 2>&1; echo $?)"
}

one_persons() {
    checkpoint "$work/now-checkpoint"
    extract_of 250 260 >"$work/extract.json"
    equal "an extract with proofs is verified by itself" "region-a: 10 rows are as they were sealed, of them 0 removed by decision; 0 faults; checkpoint of $(sed -n 2p "$work/now-checkpoint") leaves" \
        "$(r7_log nobody verify --key "$(cat "$work/kept/key")" "$work/extract.json" 2>&1)"
    jq '.rows[3].row.records = 7' "$work/extract.json" >"$work/changed.json"
    check "a row of it that was changed is named" says "leaf 253, row $(jq -r '.rows[3].row.id' "$work/changed.json"): changed or inserted" r7_log nobody verify --key "$work/kept/key" "$work/changed.json"
    equal "and no other" 1 "$(grep -c ^leaf "$work/verdict")"
    jq '.rows[3] |= del(.proof)' "$work/extract.json" >"$work/changed.json"
    check "so is one without a proof" says "it has no proof" r7_log nobody verify --key "$work/kept/key" "$work/changed.json"
    jq '.rows[0].withheld.unit = .rows[1].withheld.unit' "$work/extract.json" >"$work/changed.json"
    check "and one with another's commitment" says "leaf 250, row " r7_log nobody verify --key "$work/kept/key" "$work/changed.json"
    jq '.checkpoint |= sub("\n[0-9]+\n"; "\n999\n")' "$work/extract.json" >"$work/changed.json"
    check "a checkpoint that nobody signed is told" says "is not signed by" r7_log nobody verify --key "$work/kept/key" "$work/changed.json"
    equal "without a key of one's own that is told" 1 "$(r7_log nobody verify "$work/extract.json" | grep -c "by the extract's own key")"
}

# --- an older copy of the database --------------------------------------------------------------------------
older_copy() {
    local size
    copy_of_log older
    rows 20
    equal "rows are sealed" 0 "$(all_sealed)"
    copy_of_log newest
    size=$(query "select size from access.log where tenant = 1")
    checkpoint "$work/newest-checkpoint"
    put_back older
    equal "no older checkpoint is told" 503 "$(ask rut GET "$access/log/checkpoint")"
    rows 3
    equal "the room goes on from the journal, not from the copy" 0 "$(all_sealed)"
    equal "so no leaf is given twice" $((size + 3)) "$(query "select size from access.log where tenant = 1")"
    check "the log is fetched" fetched put-back
    check "rows that the copy lacks are named" says "leaf $((size - 1)), row $(query "select id from newest.disclosure where leaf = $((size - 1))"): removed" verified put-back
    equal "all of them, and nothing else" 20 "$(grep -c ': removed$' "$work/verdict")"
    [ -z "$judge" ] || check "Go's log sees that it goes on from the checkpoint before" judge "$work/newest-checkpoint"
    query "insert into access.disclosure select * from newest.disclosure n where not exists (select from access.disclosure d where d.id = n.id)"
    copy_of_log newest
    stop "${pid[access]}"
    put_back older
    query "delete from access.disclosure where leaf is null"
    room access
    answers "$access/jwks"
    equal "the same at a start" 200 "$(wait_for 20 200 ask rut GET "$access/log/checkpoint")"
    equal "and as long as it was" $((size + 3)) "$(query "select size from access.log where tenant = 1")"
    query "insert into access.disclosure select * from newest.disclosure n where not exists (select from access.disclosure d where d.id = n.id)"
    check "with the rows put back it is whole" fetched whole
    check "as verify says" verified whole
}

# --- what contradicts ---------------------------------------------------------------------------------------
contradictions() {
    local before
    before=$(query "select size from access.log where tenant = 1")
    copy_of_log newest
    query "update access.log_tile set hashes = set_byte(hashes, 3, get_byte(hashes, 3) # 1) where tenant = 1 and level = 0 and number = (select max(number) from access.log_tile where tenant = 1 and level = 0)"
    rows 1
    check "nothing is sealed on tiles that were changed" alarmed "do not make the root that was signed"
    equal "the log is as long as it was" "$before 1" "$(query "select size from access.log where tenant = 1") $(unsealed)"
    query "update access.log_tile t set hashes = n.hashes from newest.log_tile n where (n.tenant, n.level, n.number) = (t.tenant, t.level, t.number)"
    equal "put right, it goes on" 0 "$(all_sealed)"
    before=$(query "select size from access.log where tenant = 1")
    mv "$work/log/region-a.key" "$work/region-a.key"
    rows 1
    check "nor with another key" alarmed "another key than the one"
    mv "$work/region-a.key" "$work/log/region-a.key"
    equal "with the right one it goes on" "0 $((before + 1))" "$(all_sealed) $(query "select size from access.log where tenant = 1")"
    check "the key's file is its owner's alone" is_equal 600 "$(stat -c %a "$work/log/region-a.key")"
}

# --- a superuser --------------------------------------------------------------------------------------------
tampering() {
    local count=${R7_TAMPERINGS:-40}
    again access R7_HOUSEKEEP_SECONDS=3600
    answers "$access/jwks"
    equal "it is whole at the start" 200 "$(wait_for 20 200 ask rut GET "$access/log/checkpoint")"
    mkdir -p "$work/tamper"
    fetched tamper/older >/dev/null
    copy_of_log older
    rows 20
    equal "rows are sealed" 0 "$(all_sealed)"
    r7_log rut fetch --to "$work/tamper" >/dev/null
    log_in rut region-a
    equal "$count edits of a superuser are found, and named" "$count found, $count named of $count" "$(R7_TOKEN=${token[rut]} R7_ACCESS_URL=$access R7_CA=$R7_VAR/keys/ca.crt \
        python3 "$top/tests/integration/log_tamper.py" "$count" "${R7_TAMPER_SEED:-7}" "$migrate" "$work/one/journal/region-a" "$work/tamper" "$build/bin/r7" 2>"$work/tampered" | tail -n 60)"
    cat "$work/tampered"
}

backdating() {
    rows 1 '2 days'
    equal "a row of the day before yesterday is sealed now" 0 "$(all_sealed)"
    check "the log is fetched" fetched backdated
    check "and the row is named" says "backdated" verified backdated
    check "by its tiles too" says "row $(query "select id from access.disclosure order by leaf desc limit 1"): backdated" verified backdated --tiles "$work/backdated"
}

begin_log log
sealing
judged
kill_points
verifying
one_persons
older_copy
contradictions
tampering
backdating
tell
