#!/usr/bin/env bash
# The sealed disclosure log: rows are sealed within a second, Go's own transparency log verifies key, checkpoint, tiles and proofs over
# HTTP; room access dies at every point of sealing; the database is an older copy; and r7 log verify names what a superuser does to it.
#
#   tests/integration/log.sh [BUILD]     BUILD: build/debug
#   R7_TAMPERINGS=1000                   random edits of a superuser (40); R7_TAMPER_SEED makes the same again
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access
# shellcheck disable=SC2034  # asking.sh uses it
access=https://127.0.0.1:${port[access]} search=
cp=SE0000000001-1001

# rows COUNT [AGO]: of the log, as rooms write them.
rows() {
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person,
            action, purpose, records, what, reasons, reason, request, salt, member_salt)
        select gen_random_uuid(), 1, clock_timestamp() - interval '${2-0 seconds}', 'person', gen_random_uuid(), 'Åsa ' || n, gen_random_uuid(), 'care_staff', 'U-1', '$cp',
            gen_random_uuid(), 'read', 'care', 1, jsonb_build_object('records', array[n::text, 'å'], 'part', n / 4.0), 'own_unit', case when n % 3 = 0 then 'because' end,
            gen_random_uuid(), sha256(random()::text::bytea), sha256(random()::text::bytea) from generate_series(1, $1) n"
}

unsealed() {
    query "select count(*) from access.disclosure where sealed_at is null"
}

all_sealed() {
    wait_for "${1-30}" 0 unsealed
}

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

checkpoint() {
    ask rut GET "$access/log/checkpoint" >/dev/null
    cp "$work/answer" "$1"
}

judge() { # [OLDER-CHECKPOINT]
    "$judge" "$access" "${token[rut]}" "$R7_VAR/keys/ca.crt" "$@"
}

sealing() {
    equal "nothing is sealed yet" "404 404" "$(ask rut GET "$access/log/checkpoint") $(ask rut GET "$access/log/tile/0/000")"
    rows 3
    equal "rows are sealed" 0 "$(all_sealed)"
    checkpoint "$work/first"
    rows 2000 '1 second'
    equal "in any number" 0 "$(all_sealed)"
    check "each has its leaf, once" leaves_are_right
    equal "other regions have logs of their own" 0 "$(query "select count(*) from access.log where tenant <> 1 and size > 0")"
    rows 1
    equal "within a second of the disclosure" t "$(all_sealed >/dev/null; query "select max(sealed_at - at) < interval '1 second' from access.disclosure where leaf = 2003")"
    equal "who has no token sees nothing of it" "401 401 401 401" "$(for at in key checkpoint tile/0/000 'rows?from=0&to=1'; do ask nobody GET "$access/log/$at"; done | sed 's/.../& /g' | xargs)"
    equal "its rows are for reviewers and administrators" "403 200 200" "$(ask nurse GET "$access/log/rows?from=0&to=9") $(ask rut GET "$access/log/rows?from=0&to=9") $(ask chief GET "$access/log/rows?from=0&to=9")"
    check "and name nobody" bash -c "! grep -E 'Åsa|U-1|SE0000000001|because' '$work/answer'"
    equal "what is beyond it is not there" "404 404 404 400 400" "$(ask rut GET "$access/log/tile/0/007.p/255") $(ask rut GET "$access/log/tile/0/008") $(ask rut GET "$access/log/tile/0/7") $(ask rut GET "$access/log/proofs/inclusion?leaf=2004&size=2004") $(ask rut GET "$access/log/proofs/consistency?from=1&to=99999")"
}

judged() {
    if judge=$("$top/tests/tools/log_judge.sh" 2>"$work/judge.log"); then
        equal "Go's transparency log verifies it" "2004 leaves, 259 checks" "$(judge "$work/first" 2>&1)"
    else
        judge=
        left_out "Go's transparency log as a judge: $(cat "$work/judge.log")"
    fi
}

# Room access dies at a point while it seals, and goes on.
killed_at() { # POINT TIME
    local before
    before=$(query "select size from access.log where tenant = 1")
    checkpoint "$work/before"
    stop "${pid[access]}"
    rows 5
    room access R7_FAULT="$1:$2:kill"
    check "access dies at $1, the $2. time" dies "${pid[access]}"
    room access
    answers "$access/jwks"
    rows 2
    equal "all is sealed after $1" 0 "$(all_sealed)"
    check "each once, and one behind the other" leaves_are_right
    equal "the log is so much longer" $((before + 7)) "$(query "select size from access.log where tenant = 1")"
    [ -z "$judge" ] || check "and goes on from the checkpoint before" judge "$work/before"
}

kill_points() {
    local point
    for point in access.before_seal vault.before_append vault.after_append vault.before_journal_flush vault.after_journal_flush access.after_seal; do
        killed_at $point 1
    done
    killed_at vault.after_append 2
    killed_at vault.after_journal_flush 2
    for time in 1 2 3; do
        killed_at db.before_commit $time
        killed_at db.after_commit $time
    done
}

start_cluster
url=$(database log)
migrate=$(login r7_migrate "$url")
printf 'password of admin\n' >"$work/admin-password"
for name in keys access; do
    room $name
    answers "https://127.0.0.1:${port[$name]}/"
done
region
sign_in nurse care_staff U-1 "$cp" care
ask chief POST "$access/users" '{"login":"rut","name":"rut","password":"password of rut"}' >/dev/null
reviewer=$(jq -r .id "$work/answer")
ask chief PUT "$access/analyses/BR-2" "$(analysis_json)" >/dev/null
ask chief POST "$access/users/$reviewer/assignments" '{"role":"log_reviewer","purposes":["log_review"],"information_types":["log"],"analysis":"BR-2"}' >/dev/null
log_in rut region-a
sealing
judged
kill_points
tell
