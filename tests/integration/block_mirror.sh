#!/usr/bin/env bash
# The mirror of a service that keeps blocks: rooms keys, access and search, rows of the index, and a stand-in of the service over
# mutual TLS that answers by the official schema, refuses, dies or says something else. Ends with "N passed, N failed".
#
#   tests/integration/block_mirror.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search service
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
system=SE0000000001-3001 cp=SE0000000001-1001 other_cp=SE0000000001-1002
schemas=$top/../shared/rivta/informationsecurity.authorization.blocking/4.0
block_1='{"id":"b-1","provider":"SE0000000001-1001","unit":"U-2","patient":"191212121212","start":"1998-01-01T00:00:00","end":"2003-12-31T00:00:00"'

# serves BLOCKS [MORE]: what the service says from now on.
serves() {
    echo "{\"blocks\":[$1]${2-}}" >"$work/blocks.json.new"
    mv "$work/blocks.json.new" "$work/blocks.json"
}

start_service() {
    stand_in block_service.py "${port[service]}" "$work/blocks.json" "$schemas"
}

refresh() {
    ask chief POST "$access/block-services/national/refresh"
}

configure() {
    ask chief PUT "$access/block-services/national" "{\"logical_address\":\"SE165565594230-1000\",\"care_providers\":[$1],\"stale_seconds\":86400,\"decided_by\":\"Arkivchefen\"}"
}

# asked: what was asked of the service since the last time.
asked() {
    sort -u "$work/asked" | xargs
    : >"$work/asked"
}

in_force() {
    query "select string_agg(source_id, ' ' order by source_id) from access.block where source = 'national' and valid_until is null"
}

fetched() {
    serves ''
    equal "no service, no mirror" "400 404" "$(ask chief PUT "$access/block-services/register" '{}') $(refresh)"
    equal "whose blocks are in it needs the service" 404 "$(ask chief PUT "$access/block-sources/$system" '{"complete":true,"service":"national","decided_by":"x"}')"
    serves "$block_1}"
    equal "a region mirrors a service" 204 "$(configure "\"$cp\"")"
    equal "by itself" "b-1" "$(wait_for 20 b-1 in_force)"
    wait_for 10 1 query "select count(*) from access.block_mirror where refreshed_at is not null" >/dev/null
    equal "asked for the care provider, at the region's address" "GetBlocks $cp 2026-01-01T00:00:00 SE165565594230-1000 GetBlocks $cp all SE165565594230-1000" "$(asked)"
    equal "until it is said whose blocks are there, nothing is known" "own" "$(finds nurse)"
    equal "r7 says it" "0 $system: all its blocks are in the service, and known while its mirror is fresh" "$(r7 chief blocks complete $system --service national --decided-by Arkivchefen) $(cat "$work/said-by-r7")"
    equal "then what is not blocked is found" "other-2005 own | blocked" "$(finds nurse)"
    equal "the last second that is told is within" "2003-12-30 23:00:01" "$(query "set timezone = 'UTC'; select to_char(records_until, 'YYYY-MM-DD HH24:MI:SS') from access.block where source_id = 'b-1'")"
    equal "nobody writes in its name" 400 "$(ask chief POST "$access/blocks" "{\"person\":{\"number\":\"191212121212\"},\"outer\":true,\"care_provider\":\"$cp\",\"source\":\"national\",\"source_id\":\"b-1\"}")"
    equal "the mirror's freshness is told" "200 1 true" "$(ask chief GET "$access/block-services/national") $(jq -r '.care_providers[0] | "\(.blocks) \(.known)"' "$work/answer")"
    equal "only to a local administrator" "403 401" "$(ask nurse GET "$access/block-services/national") $(ask nobody POST "$access/block-services/national/refresh")"
}

# Due again: as if the time had gone.
due() {
    query "update access.block_mirror set tried_at = null"
}

incremental() {
    asked >/dev/null
    serves "$block_1},{\"id\":\"b-2\",\"created\":\"2026-02-01T00:00:00\",\"provider\":\"$cp\",\"unit\":\"U-2\",\"patient\":\"191212121212\"}" ',"now":"2026-03-01T00:00:00"'
    due
    equal "what is new comes by itself" "b-1 b-2" "$(wait_for 20 "b-1 b-2" in_force)"
    wait_for 10 "2026-03-01T00:00:00" query "select next_from from access.block_mirror" >/dev/null
    equal "asked from where it was" "GetBlocks $cp 2026-01-01T00:00:00 SE165565594230-1000 GetBlocks $cp 2026-03-01T00:00:00 SE165565594230-1000" "$(asked)"
    equal "at once in the next search" "own | blocked" "$(finds nurse)"
    serves "$block_1}" ',"now":"2026-03-01T00:00:00","cancelled":"2026-02-15T00:00:00"'
    due
    equal "that one has ended is told by a time, and all are fetched" "b-1" "$(wait_for 20 b-1 in_force)"
    equal "it is kept, with its end" "t" "$(query "select valid_until <= now() from access.block where source_id = 'b-2'")"
    equal "and opens what it closed" "other-2005 own | blocked" "$(finds nurse)"
    serves "$block_1},{\"id\":\"b-3\",\"created\":\"2026-02-01T00:00:00\",\"provider\":\"$cp\",\"outer\":true,\"unit\":\"U-2\",\"patient\":\"191212121212\",\"excluded\":[\"lak\",\"okänd\"]},{\"id\":\"b-4\",\"created\":\"2026-02-02T00:00:00\",\"provider\":\"$cp\",\"unit\":\"U-3\",\"patient\":\"191212121212\"}" \
        ',"page":1,"now":"2026-03-01T00:00:00"'
    equal "page after page" "200 b-1 b-3 b-4" "$(refresh) $(in_force)"
    equal "an outer block is of no unit; a kind that is not known is not left out" "{lak}" "$(query "select care_unit, excluded from access.block where source_id = 'b-3'" | tr -d '|')"
    serves "$block_1}"
    equal "r7 blocks refresh" "0 1" "$(r7 chief blocks refresh national) $(jq '.care_providers[0].blocks' "$work/said-by-r7")"
}

lifts() {
    local until=2099-01-01T00:00:00
    equal "another unit is stopped by the block" "other-2005 own | blocked" "$(finds surgeon)"
    serves "$block_1,\"lifts\":[{\"id\":\"l-1\",\"until\":\"$until\",\"unit\":\"U-3\"}]}"
    equal "a lift for the unit" "200 other-1998 other-2005 own" "$(refresh) $(finds surgeon)"
    equal "is for no other" "other-2005 own | blocked" "$(finds nurse)"
    serves "$block_1,\"lifts\":[{\"id\":\"l-1\",\"until\":\"$until\",\"unit\":\"U-3\"}]},{\"id\":\"b-5\",\"provider\":\"$cp\",\"unit\":\"U-2\",\"patient\":\"191212121212\"}"
    equal "and of no other block" "200 own | blocked" "$(refresh) $(finds surgeon)"
    serves "$block_1,\"lifts\":[{\"id\":\"l-2\",\"until\":\"$until\",\"unit\":\"U-3\",\"employee\":\"SE0000000001-nurse\"}]}"
    equal "a lift that is gone, and one for somebody else" "200 other-2005 own | blocked" "$(refresh) $(finds surgeon)"
    serves "$block_1,\"lifts\":[{\"id\":\"l-2\",\"until\":\"$until\",\"unit\":\"U-3\",\"employee\":\"SE0000000001-surgeon\"}]}"
    equal "for the one who asks" "200 other-1998 other-2005 own" "$(refresh) $(finds surgeon)"
    serves "$block_1,\"lifts\":[{\"id\":\"l-2\",\"until\":\"2020-01-01T00:00:00\",\"unit\":\"U-3\"}]}"
    equal "one that has ended opens nothing" "200 other-2005 own | blocked" "$(refresh) $(finds surgeon)"
    serves "$block_1}"
    refresh >/dev/null
}

failing() {
    local how before
    before=$(query "select refreshed_at, next_from from access.block_mirror")
    for how in fault status html other refuses provider; do
        serves '' ",\"answer\":\"$how\",\"cancelled\":\"2026-09-01T00:00:00\""
        [ $how != provider ] || serves "$block_1}" ',"answer":"provider"'
        equal "an answer that is none ($how) ends no block, and makes nothing fresher" "503 b-1 $before" "$(refresh) $(in_force) $(query "select refreshed_at, next_from from access.block_mirror")"
    done
    equal "known while it is fresh enough" "other-2005 own | blocked" "$(finds nurse)"
    stop "$service"
    due
    equal "a service that is away" "503" "$(refresh)"
    query "update access.block_mirror set refreshed_at = now() - interval '86390 seconds'"
    equal "is still fresh enough" "other-2005 own | blocked" "$(finds nurse)"
    query "update access.block_mirror set refreshed_at = now() - interval '86401 seconds'"
    equal "too old, blocks are not known: the own unit's alone" "own" "$(finds nurse)"
    equal "and that is told" "200 false" "$(ask chief GET "$access/block-services/national") $(jq -r '.care_providers[0].known' "$work/answer")"
    serves "$block_1}"
    start_service
    equal "there again, it is known again" "200 other-2005 own | blocked" "$(refresh) $(finds nurse)"
    equal "a care provider more, of whom nothing is known yet" "204 own" "$(serves '' ',"answer":"status"'; configure "\"$cp\",\"$other_cp\"") $(finds nurse)"
    serves "$block_1}"
    equal "until it is asked" "200 other-2005 own | blocked" "$(refresh) $(finds nurse)"
    equal "of a care provider that is not asked for, it says nothing" "204 own" "$(configure "\"$other_cp\"") $(finds nurse)"
    equal "the region's word is in the journal, what the service says is not" "3 0" "$(in_journal '"change":"block_service"') $(in_journal '\bb-1\b')"
    equal "no number is in a log" 0 "$(cat "$work"/*.log | grep -cE '19121212-?1212' || true)"
}

# A search that comes to the log while the log is locked; the mirror, fresh when it was read, is too old when the lock goes.
stale_in_between() {
    query "delete from access.block_mirror"
    configure "\"$cp\"" >/dev/null
    # By itself, and so not again behind our back.
    equal "mirrored anew" 1 "$(wait_for 20 1 query "select count(*) from access.block_mirror where refreshed_at is not null")"
    local session is_old="select clock_timestamp() >= refreshed_at + interval '86400 seconds' from access.block_mirror where care_provider = '$cp'"
    coproc session { sql "$migrate" >/dev/null; }
    local at_once=${session[1]} process=$!
    echo "begin; lock table access.disclosure in access exclusive mode;" >&"$at_once"
    wait_for 20 1 query "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = 'access.disclosure'::regclass" >/dev/null
    query "update access.block_mirror set refreshed_at = now() - interval '86390 seconds'"
    (finds nurse >"$work/stale") &
    local asking=$!
    wait_for 20 1 query "select count(*) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.usename = 'r7_search'" >/dev/null
    equal "the mirror is fresh when it is read" f "$(query "$is_old")"
    wait_for 20 t query "$is_old" >/dev/null
    echo "commit; \q" >&"$at_once"
    wait "$asking" "$process" || true
    equal "and too old when the log is written: nothing that it opens is shown" 0 "$(grep -c other- "$work/stale" || true)"
    equal "nor after" own "$(finds nurse)"
    equal "until it is asked" "200 other-2005 own | blocked" "$(refresh) $(finds nurse)"
}

own_database block_mirror
[ -d "$schemas" ] || { left_out "the official schemas of blocking" && schemas=; }
serves ''
: >"$work/asked"
start_service
every_room=(R7_BLOCKS_URL="https://127.0.0.1:${port[service]}/vp" "${national[@]}")
stand keys access search
region
sign_in nurse care_staff U-1 $cp care
sign_in surgeon care_staff U-3 $cp care
care_package
care_record 191212121212 own U-1 1998-05-01
care_record 191212121212 other-1998 U-2 1998-05-01
care_record 191212121212 other-2005 U-2 2005-05-01
fetched
incremental
lifts
failing
stale_in_between
tell
