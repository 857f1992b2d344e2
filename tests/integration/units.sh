#!/usr/bin/env bash
# The register of units through the rooms: a package with a retired system's own codes is delivered, its gaps are counted before
# anybody accepts it, the register is filled from a table, and then who finds what follows it: codes by the records' own time,
# decided successions, blocks on old units, moves to another care provider. Ends with "N passed, N failed".
#
#   tests/integration/units.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

rooms=(keys access ingest validation preservation indexing search)
topics=(delivery.received delivery.validated delivery.rejected delivery.accepted delivery.returned delivery.discarded preservation.part
    preservation.close package.stored package.indexed package.removed indexing.part validation.part)
ports "${rooms[@]}"
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]} indexing=https://127.0.0.1:${port[indexing]}
ingest=https://127.0.0.1:${port[ingest]}
cp_a=SE0000000001-1001 cp_b=SE0000000001-1002
system=SE0000000001-3001

# Whose care unit is not the unit itself.
sign_in() {
    account "$1" "\"role\":\"$2\",\"unit\":\"$3\",\"care_unit\":\"CU-$3\",\"care_provider\":\"$4\",\"purposes\":[\"$5\"],\"information_types\":[\"care\"]" "$4"
}

people() {
    region
    region region-b chiefb
    sign_in nurse care_staff U-NEW $cp_a care    # the unit of today
    sign_in elder care_staff U-MID $cp_a care    # one between
    sign_in surgeon care_staff U-KIR $cp_a care
    sign_in private care_staff U-PRIV $cp_b care # where the rehabilitation unit moved
    sign_in arne archivist ARK-1 $cp_a archive
}

# finds WHO [MORE JSON MEMBERS]: the titles that are shown; then how many are behind a choice, and whether something is blocked.
finds() {
    ask "$1" POST "$search/search/care" "{\"person\":{\"number\":\"191212121212\"}${2-}}" >/dev/null
    jq -r '([.records[] | .fields.title] | sort | join(" ")) + " | " + (.other_units // 0 | tostring) + (if .blocked then " blocked" else "" end)' "$work/answer"
}

# --- the package -------------------------------------------------------------------------------------
# Records of one person by the codes of system $system, and one that names its care provider itself.
deliver() {
    local name=$1
    shift
    mkdir -p "$work/$name"
    { printf 'PNR;DATUM;ENHET;RUBRIK;VG\r\n' && printf '%s\r\n' "$@"; } >"$work/$name/index.csv"
    echo "{\"objid\":\"$name\",\"title\":\"$name\",\"agreement\":\"A-VAS\",\"content_category\":\"Mixed\",\"content_information_type\":\"MIXED\",
        \"archive_creator\":{\"name\":\"Region\"},\"submitting_organisation\":{\"name\":\"Region\"},\"mappings\":[{\"driver\":\"*/index.csv\",\"reader\":\"files\",\"fields\":[
        {\"field\":\"person_number\",\"column\":\"PNR\"},{\"field\":\"occurred_at\",\"column\":\"DATUM\"},{\"field\":\"unit_id\",\"column\":\"ENHET\"},
        {\"field\":\"title\",\"column\":\"RUBRIK\"},{\"field\":\"source_id\",\"column\":\"RUBRIK\"},{\"field\":\"care_provider\",\"column\":\"VG\"},
        {\"field\":\"type\",\"value\":\"care\"},{\"field\":\"category\",\"value\":\"voo\"}]}]}" >"$work/$name.json"
    "$build/bin/r7" pack --description "$work/$name.json" --out "$work/$name.zip" "$work/$name" >>"$work/deliver.log" 2>&1
    R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant region-a --system vas --agreement A-VAS "$work/$name.zip" >"$work/delivered" 2>>"$work/deliver.log"
}

delivering() {
    deliver codes "191212121212;1998-05-01;MED1;med-1998;" "191212121212;2004-05-01;MED1;med-2004;" "191212121212;2015-05-01;MED1;med-2015;" \
        "191212121212;1998-06-01;KIR;kir-1998;" "191212121212;1998-07-01;REHAB;rehab-1998;" "191212121212;1998-08-01;U-KIR;kir-by-id;" \
        "191212121212;1998-09-01;;no-unit;" "191212121212;1998-10-01;REHAB;rehab-private;$cp_b" "191212121212;;MED1;no-time;"
    delivery=$(wait_for 60 1 query "select count(*) from indexing.package where indexed_at is not null" >/dev/null && query "select id from ingest.delivery")
    equal "the package waits to be accepted" awaiting_acceptance "$(wait_for 60 awaiting_acceptance query "select state from ingest.delivery where id = '$delivery' and indexed_at is not null and stored_at is not null")"
    equal "its records keep the unit as delivered, and no other" "4 0" "$(query "select count(*) filter (where unit_id = 'MED1'), count(unit) from indexing.record" | tr '|' ' ')"
    equal "what was counted is what is there" 8 "$(query "select sum(records) from indexing.unit_count")"
}

gaps() {
    equal "gaps are told before acceptance" 1 "$(r7 arne units gaps)"
    equal "by code, with counts and months" "4 MED1 1998-05–2015-05, 2 REHAB 1998-07–1998-10, 1 KIR 1998-06–1998-06, 1 U-KIR 1998-08–1998-08, " \
        "$(awk -v s=$system '$2 == s {printf "%s %s %s, ", $1, $3, $4}' "$work/said-by-r7")"
    equal "of one delivery" "1 4" "$(r7 arne units gaps --json "$delivery") $(grep -v '^r7' "$work/said-by-r7" | jq '.gaps | length')"
    equal "to the local administrator too" 1 "$(r7 chief units gaps)"
    equal "to nobody in care" 403 "$(ask nurse GET "$indexing/units/gaps")"
    equal "a delivery that is none" 404 "$(ask arne GET "$indexing/units/gaps?delivery=$(cat /proc/sys/kernel/random/uuid)")"
    equal "a word that is none" 400 "$(ask arne GET "$indexing/units/gaps?delivery=x")"
    equal "another region has none, and no such delivery" "0 404" "$(r7 chiefb units gaps) $(ask chiefb GET "$indexing/units/gaps?delivery=$delivery")"
    equal "nothing of a record is told" 0 "$(ask arne GET "$indexing/units/gaps" >/dev/null; grep -cE '121212|med-|rehab-' "$work/answer" || true)"
}

# --- the register --------------------------------------------------------------------------------------
table() {
    cat >"$work/units.csv" <<END
what;unit;name;care_unit;care_provider;valid_from;valid_until;source_system;code;successor;kind;decided_by;covers_predecessors
unit;U-OLD;Medicinkliniken;CU-U-OLD;$cp_a;1990-01-01;2003-01-01;;;;;;
unit;U-MID;Medicincentrum;CU-U-MID;$cp_a;2003-01-01;2012-01-01;;;;;;
unit;U-NEW;Område medicin;CU-U-NEW;$cp_a;2012-01-01;;;;;;;
unit;U-KIR;Kirurgkliniken;CU-U-KIR;$cp_a;1980-01-01;;;;;;;
unit;U-REHAB;Rehab;CU-U-REHAB;$cp_a;1980-01-01;2005-01-01;;;;;;
unit;U-PRIV;Rehab AB;CU-U-PRIV;$cp_b;2005-01-01;;;;;;;
name;U-OLD;Medicin 1;;;1990-01-01;1995-01-01;;;;;;
code;U-OLD;;;;1990-01-01;2003-01-01;$system;MED1;;;;
code;U-MID;;;;2003-01-01;2012-01-01;$system;MED1;;;;
code;U-NEW;;;;2012-01-01;;$system;MED1;;;;
code;U-KIR;;;;1990-01-01;;$system;KIR;;;;
code;U-REHAB;;;;1990-01-01;2005-01-01;$system;REHAB;;;;
END
    equal "a table fills the register" "0 12 rows taken, 0 refused" "$(r7 chief units import "$work/units.csv") $(cat "$work/said-by-r7")"
    local before
    before=$(query "select count(*) from access.unit_code")
    equal "again it changes nothing" "0 $before" "$(r7 chief units import "$work/units.csv") $(query "select count(*) from access.unit_code")"
    equal "what is wrong is named by line, and the rest is taken" "1 line 2: name:, line 3: the, line 4: code:, line 5: valid_from:," \
        "$(printf '%s\n' 'what,unit,name,care_provider,valid_from,valid_until,source_system,code' "unit,U-X,,$cp_a,1990-01-01,,," "unit,U-X" \
            "code,U-KIR,,,1995-01-01,,$system,MED1" "code,U-NEW,,,1998-01-01,1999-01-01,$system,NY" "unit,U-Y,Y,$cp_a,1990-01-01,,," >"$work/wrong.csv"
        r7 chief units import "$work/wrong.csv" | xargs printf '%s ' && awk '/^line/ {printf "%s %s %s, ", $1, $2, $3}' "$work/said-by-r7" | xargs)"
    equal "the good row is there" 1 "$(query "select count(*) from access.unit where id = 'U-Y' and source = 'local'")"
    equal "only by a local administrator" 1 "$(r7 arne units import "$work/units.csv")"
    equal "a code of a unit that is none" 404 "$(ask chief PUT "$access/units/U-NONE/codes" "{\"source_system\":\"$system\",\"code\":\"X\",\"valid_from\":\"1998-01-01T00:00:00Z\"}")"
    equal "no code means two units at a time" 409 "$(ask chief PUT "$access/units/U-KIR/codes" "{\"source_system\":\"$system\",\"code\":\"MED1\",\"valid_from\":\"2001-01-01T00:00:00Z\"}")"
    equal "no code of the past means a unit of today" 400 "$(ask chief PUT "$access/units/U-NEW/codes" "{\"source_system\":\"$system\",\"code\":\"MED9\",\"valid_from\":\"1998-01-01T00:00:00Z\"}")"
    equal "it is listed" "200 U-OLD" "$(ask chief GET "$access/units?text=u-ol") $(jq -r '.units[].id' "$work/answer")"
    equal "by a name that it had, and by a code" "U-OLD U-MID U-NEW U-OLD" "$(ask chief GET "$access/units?text=medicin%201" >/dev/null; jq -r '[.units[].id] | join(" ")' "$work/answer") $(ask chief GET "$access/units?text=MED1" >/dev/null; jq -r '[.units[].id] | join(" ")' "$work/answer")"
    equal "what is in none is not" "0 false" "$(ask chief GET "$access/units?text=%25" >/dev/null; jq -r '(.units | length | tostring) + " " + (.more | tostring)' "$work/answer")"
    equal "another region's is not" 0 "$(ask chiefb GET "$access/units?text=U-OLD" >/dev/null; jq '.units | length' "$work/answer")"
    equal "r7 units list" "0 1" "$(r7 chief units list 'medicin 1') $(grep -c '^U-OLD .*1990-01-01' "$work/said-by-r7" || true)"
    equal "nor to a nurse" 403 "$(ask nurse GET "$access/units")"
    equal "the register is shown" "200 U-OLD Medicin 1 MED1 0" "$(ask chief GET "$access/units/U-OLD") $(jq -r '.unit.id + " " + .names[0].name + " " + .codes[0].code + " " + (.successions | length | tostring)' "$work/answer")"
    equal "to a local administrator" 403 "$(ask nurse GET "$access/units/U-OLD")"
    equal "each region has its own" 404 "$(ask chiefb GET "$access/units/U-OLD")"
    equal "gaps are what is left: a record without a time, by a code of three meanings" "1 1 MED1 –" "$(r7 arne units gaps) $(awk -v s=$system '$2 == s {print $1, $3, $4}' "$work/said-by-r7")"
}

# succession UNIT SUCCESSOR MORE: the status.
succession() {
    ask chief POST "$access/successions" "{\"unit\":\"$1\"${2:+,\"successor\":\"$2\"},\"decided_by\":\"HSN 2026-17\",\"decided_at\":\"2026-01-15T00:00:00Z\",\"valid_from\":\"2026-01-20T00:00:00Z\"$3}"
}

# --- who finds what --------------------------------------------------------------------------------------
accepting() {
    equal "accepted" 200 "$(ask arne POST "$ingest/deliveries/$delivery/acceptance" '{"reason":"checked"}' -H 'Idempotency-Key: accept-1')"
    wait_for 30 searchable query "select state from ingest.delivery where id = '$delivery'" >/dev/null
}

by_time() {
    equal "today's unit finds what is of its own time" "med-2015 | 7" "$(finds nurse)"
    equal "the one between, its" "med-2004 | 7" "$(finds elder)"
    equal "a code, and the unit's own id" "kir-1998 kir-by-id | 6" "$(finds surgeon)"
    equal "what names its care provider is that provider's" "rehab-private | 0" "$(finds private ',"other_units":true,"reason":"remiss"')"
    equal "asked for by unit, it is the mapped one" "med-2004 | 0" "$(finds elder ',"unit":"U-MID"')"
    equal "or its care unit" "med-2004 | 0" "$(finds elder ',"unit":"CU-U-MID"')"
    equal "or the unit as delivered" "med-2004 | 3" "$(finds elder ',"unit":"MED1"')"
}

following() {
    equal "a merge" 201 "$(succession U-MID U-NEW '')"
    equal "is read at once" "med-2004 med-2015 | 6" "$(finds nurse)"
    equal "a merge before it" 201 "$(succession U-OLD U-MID '')"
    equal "is read by its successor" "med-1998 med-2004 | 6" "$(finds elder)"
    equal "and not by the next, whose decision does not say so" "med-2004 med-2015 | 6" "$(finds nurse)"
    equal "told again, it is the same decision" "201 2" "$(succession U-MID U-NEW ',"covers_predecessors":true') $(query "select count(*) from access.succession")"
    equal "which now says so" "med-1998 med-2004 med-2015 | 5" "$(finds nurse)"
    equal "who decided, and when, is kept" "HSN 2026-17 2026-01-15" "$(query "select decided_by, decided_at::date from access.succession where successor = 'U-NEW'" | tr '|' ' ')"
    equal "when a decision on the way ends, what it opened ends" "201 med-2004 med-2015 | 6" "$(succession U-OLD U-MID ',"valid_until":"2026-01-21T00:00:00Z"') $(finds nurse)"
    equal "in force again" "201 med-1998 med-2004 med-2015 | 5" "$(succession U-OLD U-MID '') $(finds nurse)"
    equal "a unit closed for good" 201 "$(succession U-REHAB '' ',"kind":"closed"')"
    equal "closed to no one" 400 "$(succession U-REHAB U-KIR ',"kind":"closed"')"
    equal "a merge with no one" 400 "$(succession U-REHAB '' '')"
    equal "no merge across care providers" "400 kind" "$(succession U-REHAB U-PRIV '') $(jq -r .field "$work/answer")"
    equal "a move within one is none" "400 kind" "$(succession U-MID U-NEW ',"kind":"moved"') $(jq -r .field "$work/answer")"
    equal "a move to another care provider" 201 "$(succession U-REHAB U-PRIV ',"kind":"moved"')"
    equal "opens nothing to it" "rehab-private | 0" "$(finds private ',"other_units":true,"reason":"remiss"')"
}

blocks() {
    local person
    person=$(query "select distinct person from indexing.record")
    # block CARE-UNIT
    block() {
        query "delete from access.block; insert into access.block (id, tenant, person, is_outer, care_provider, care_unit, valid_from)
            values (gen_random_uuid(), 1, '$person', false, '$cp_a', '$1', now() - interval '1 day')"
    }
    block CU-U-OLD
    equal "a block on the old unit follows into its successor" "med-2004 med-2015 | 3 blocked" "$(finds nurse)"
    equal "and stands against a choice" "kir-1998 kir-by-id med-2004 med-2015 rehab-1998 | 0 blocked" "$(finds nurse ',"other_units":true,"reason":"jour"')"
    block MED1
    equal "a block that the retired system named by its own code covers what the register calls otherwise" "med-2015 | 3 blocked" "$(finds nurse)"
    query "delete from access.block"
    equal "lifted, it is read again" "med-1998 med-2004 med-2015 | 5" "$(finds nurse)"
}

# Nothing is indexed again: not one row of the index is written.
changing() {
    local rows key
    rows=$(query "select md5(string_agg(r::text, '' order by r::text)) from indexing.record r")
    key=$(query "select package || '-' || shard || '-' || part || '-' || number from indexing.record where title = 'kir-1998'")
    equal "a code that was wrong is withdrawn" 204 "$(ask chief PUT "$access/units/U-KIR/codes" "{\"source_system\":\"$system\",\"code\":\"KIR\",\"valid_from\":\"1989-12-31T23:00:00Z\",\"withdrawn\":true}")"
    equal "its records follow" "kir-by-id | 7" "$(finds surgeon)"
    equal "and are not opened by their key" 403 "$(ask surgeon GET "$search/records/$key")"
    equal "it means another unit" 204 "$(ask chief PUT "$access/units/U-OLD/codes" "{\"source_system\":\"$system\",\"code\":\"KIR\",\"valid_from\":\"1990-01-01T00:00:00Z\",\"valid_until\":\"2000-01-01T00:00:00Z\"}")"
    equal "whose successors read them" "200 kir-1998 med-1998 med-2004 med-2015 | 4" "$(ask nurse GET "$search/records/$key") $(finds nurse)"
    equal "no row of the index was written" "$rows" "$(query "select md5(string_agg(r::text, '' order by r::text)) from indexing.record r")"
    equal "the register's lines are in the journal" "unit_code unit_name" "$(cat "$work"/one/journal/*/* | grep -oE '"change":"unit_(code|name)"' | cut -d '"' -f 4 | sort -u | xargs)"
}

# A code that changes between the reading of the register and the log row: the request is made to wait at the blocks.
stale() {
    local key i
    key=$(query "select package || '-' || shard || '-' || part || '-' || number from indexing.record where title = 'rehab-1998'")
    sign_in therapist care_staff U-REHAB $cp_a care
    equal "the old unit's own" 200 "$(ask therapist GET "$search/records/$key")"
    query "begin; lock table access.block in access exclusive mode; select pg_sleep(5); commit" >/dev/null &
    wait_for 10 1 query "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'access.block'::regclass" >/dev/null
    (ask therapist GET "$search/records/$key" >"$work/status") &
    i=$!
    wait_for 10 1 query "select count(*) from pg_locks where not granted" >/dev/null
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{http_code}' -X PUT -H "Authorization: Bearer ${token[chief]}" \
        --data-binary "{\"source_system\":\"$system\",\"code\":\"REHAB\",\"valid_from\":\"1989-12-31T23:00:00Z\",\"withdrawn\":true}" "$access/units/U-REHAB/codes" >"$work/changed"
    wait $i
    equal "a code withdrawn while it was read" "204 403" "$(cat "$work/changed") $(cat "$work/status")"
}

own_database units
start_broker "${topics[@]}" {deliveries,receipts}.region-a.vas
for name in "${rooms[@]}"; do room "$name"; done
for name in access search indexing; do answers "https://127.0.0.1:${port[$name]}/"; done
people
ask chief PUT "$access/block-sources/$system" '{"complete":true,"decided_by":"Arkivchefen"}' >/dev/null
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system, accepts_by_itself)
    values (1, 'A-VAS', 'vas', 'VAS', 'care', 'files', 'Region 1', '$cp_a', '$system', false)"
delivering
gaps
table
accepting
by_time
following
blocks
changing
stale
tell
