# shellcheck shell=bash disable=SC2154,SC2034
# The sealed log of a region, around rooms access and keys: rows of it, as rooms write them, what r7 and Go say of it, and older copies of the
# database. Sourced after lib.sh and asking.sh, never run.
ports keys access
access=https://127.0.0.1:${port[access]}
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
    wait_for 30 0 unsealed
}

checkpoint() {
    ask rut GET "$access/log/checkpoint" >/dev/null
    cp "$work/answer" "$1"
}

judge() { # [OLDER-CHECKPOINT]
    "$judge" "$access" "${token[rut]}" "$R7_VAR/keys/ca.crt" "$@"
}

r7_log() { # WHO ARGUMENT...
    local who=$1
    shift
    R7_TOKEN=${token[$who]-} R7_ACCESS_URL=$access R7_CA=$R7_VAR/keys/ca.crt "$build/bin/r7" log "$@"
}

fetched() { # FOLDER
    rm -rf "${work:?}/$1"
    r7_log rut fetch --to "$work/$1"
}

# verified FOLDER [ARGUMENT...]: with the key that was kept, by the vault's journal unless told otherwise.
verified() {
    local at=$1
    shift
    [ $# -gt 0 ] || set -- --journal "$work/one/journal/region-a" --tiles "$work/$at"
    r7_log nobody verify --key "$work/kept/key" "$@" "$work/$at/log.jsonl"
}

# An extract of one person, or of some rows, has its proofs in it: in the tree of $work/now-checkpoint.
extract_of() { # FROM TO
    local leaf size
    size=$(sed -n 2p "$work/now-checkpoint")
    ask rut GET "$access/log/rows?from=$1&to=$2" >/dev/null
    cp "$work/answer" "$work/some"
    for ((leaf = $1; leaf < $2; leaf++)); do
        ask rut GET "$access/log/proofs/inclusion?leaf=$leaf&size=$size" >/dev/null
        cat "$work/answer"
        echo
    done >"$work/proofs"
    jq -n --rawfile key "$work/kept/key" --rawfile checkpoint "$work/now-checkpoint" --slurpfile rows "$work/some" --slurpfile proofs "$work/proofs" \
        '{format: "r7e-log-extract-v1", tenant: "region-a", key: ($key | rtrimstr("\n")), checkpoint: $checkpoint,
          rows: [range($rows | length) as $i | $rows[$i] + {proof: $proofs[$i].proof}]}'
}

# says WANTED COMMAND...: it fails, and says so.
says() {
    local wanted=$1
    shift
    ! "$@" >"$work/verdict" 2>&1 || return 1
    grep -F -- "$wanted" "$work/verdict" || { cat "$work/verdict" && return 1; }
}

copy_of_log() { # SCHEMA
    query "drop schema if exists $1 cascade; create schema $1; create table $1.disclosure as select * from access.disclosure; create table $1.log as select * from access.log;
        create table $1.log_tile as select * from access.log_tile; create table $1.log_entries as select * from access.log_entries;
        create table $1.log_key_change as select * from access.log_key_change" 2>/dev/null
}

put_back() { # SCHEMA
    local name
    query "begin; $(for name in disclosure log log_tile log_entries log_key_change; do echo "delete from access.$name; insert into access.$name select * from $1.$name;"; done) commit"
}

alarmed() {
    wait_for 20 yes told "$1" | grep -x yes
}

told() {
    grep -q -- "$1" "$work/access.log" && echo yes || echo no
}

# begin_log NAME: rooms access and keys on a database of that name, and a reviewer "rut" of region-a.
begin_log() {
    region_house "$1" keys access
    sign_in nurse care_staff U-1 "$cp" care
    reviewer rut
}
