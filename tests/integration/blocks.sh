#!/usr/bin/env bash
# A retired system's blocks come into the register from a table, before its first record can be found: rooms keys, access and
# search, with rows of the index. Ends with "N passed, N failed".
#
#   tests/integration/blocks.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
system=SE0000000001-3001 cp=SE0000000001-1001 other_cp=SE0000000001-1002

people() {
    region
    sign_in nurse care_staff U-1 $cp care
    sign_in doctor care_staff U-9 $other_cp care
    sign_in arne archivist U-1 $cp archive
}

# finds WHO: the titles, when the other units have been chosen; whether something is blocked.
finds() {
    ask "$1" POST "$search/search/care" '{"person":{"number":"191212121212"},"other_units":true,"reason":"jour"}' >/dev/null
    jq -r '([.records[].fields.title] | sort | join(" ")) + (if .blocked then " | blocked" else "" end)' "$work/answer"
}

# One person's records in three units of system $system.
records() {
    care_package
    care_record 191212121212 own U-1 1998-05-01
    care_record 191212121212 med-1998 MED1 1998-05-01
    care_record 191212121212 med-2005 MED1 2005-05-01
    care_record 191212121212 kir KIR 1998-05-01
}

table() {
    cat >"$work/blocks.csv" <<END
source;source_id;kind;person;care_provider;care_unit;records_from;records_until;excluded;valid_from
$system;S-1;inner;19121212-1212;$cp;MED1;1998-01-01;2003-12-31;lak upp;1999-06-01
$system;S-2;outer;191212121212;$cp;;;;;1999-06-01
END
    equal "a table fills the register" "0 2 rows taken, 0 refused" "$(r7 chief blocks import "$work/blocks.csv") $(cat "$work/said-by-r7")"
    equal "as the table says, the last day whole" "f MED1 1997-12-31 23:00 2003-12-31 23:00 {lak,upp} S-1" \
        "$(query "set timezone = 'UTC'; select is_outer, care_unit, to_char(records_from, 'YYYY-MM-DD HH24:MI'), to_char(records_until, 'YYYY-MM-DD HH24:MI'), excluded, source_id from access.block where source_id = 'S-1'" | tr '|' ' ')"
    equal "it is in the journal, without a number" "2 0" "$(cat "$work"/one/journal/*/* | grep -c '"change":"block"') $(cat "$work"/one/journal/*/* | grep -c 12121212 || true)"
}

again_and_wrong() {
    local lines versions
    lines=$(cat "$work"/one/journal/*/* | wc -l)
    versions=$(query "select sum(version) from access.fact_version where kind = 'person'")
    equal "again it changes nothing" "0 2 $lines $versions" \
        "$(r7 chief blocks import "$work/blocks.csv") $(query "select count(*) from access.block") $(cat "$work"/one/journal/*/* | wc -l) $(query "select sum(version) from access.fact_version where kind = 'person'")"
    printf '%s\n' 'source,source_id,kind,person,care_provider,care_unit,records_until' "$system,S-1,inner,191212121212,$cp,KIR," \
        "$system,S-3,inre,191212121212,$cp,MED1," "$system,S-4,inner,191212121212,$cp,MED1" "$system,S-5,outer,191212121212,$cp,MED1," \
        "$system,S-6,inner,191212121212,$cp,MED1,2003" "$system,S-7,inner,201212121212,$cp,MED1," >"$work/wrong.csv"
    equal "what is wrong is named by line, and the rest is taken" "1 line 2: care_unit:, line 3: kind:, line 4: the, line 5: care_unit:, line 6: records_until:," \
        "$(r7 chief blocks import "$work/wrong.csv") $(awk '/^line/ {printf "%s %s %s ", $1, $2, $3 ","}' "$work/said-by-r7" | xargs)"
    equal "the good row is there" 1 "$(query "select count(*) from access.block where source_id = 'S-7'")"
    equal "no number is said" 0 "$(grep -cE '12121212' "$work/said-by-r7" "$work"/access.log | grep -vc ':0' || true)"
    equal "an end that the source tells later ends it" "200 2020-01-01" "$(ask chief POST "$access/blocks" "{\"person\":{\"number\":\"201212121212\"},\"outer\":false,\"care_provider\":\"$cp\",\"care_unit\":\"MED1\",
        \"source\":\"$system\",\"source_id\":\"S-7\",\"valid_from\":\"2019-01-01T00:00:00Z\",\"valid_until\":\"2099-01-01T00:00:00Z\"}" >/dev/null
        query "update access.block set valid_from = '2019-01-01' where source_id = 'S-7'"
        ask chief POST "$access/blocks" "{\"person\":{\"number\":\"201212121212\"},\"outer\":false,\"care_provider\":\"$cp\",\"care_unit\":\"MED1\",
        \"source\":\"$system\",\"source_id\":\"S-7\",\"valid_from\":\"2019-01-01T00:00:00Z\",\"valid_until\":\"2020-01-01T00:00:00Z\"}") $(query "select valid_until::date from access.block where source_id = 'S-7'")"
    equal "and one that has ended stays so" "0 2020-01-01" "$(sed -i 2,6d "$work/wrong.csv"; r7 chief blocks import "$work/wrong.csv") $(query "select valid_until::date from access.block where source_id = 'S-7'")"
    equal "a table cut short goes on" "0 3" "$(printf '%s\n' "$system;S-8;inner;191212121212;$cp;KIR;;;;1999-06-01" >>"$work/blocks.csv"; r7 chief blocks import "$work/blocks.csv") $(query "select count(*) from access.block where source_id in ('S-1', 'S-2', 'S-8')")"
    query "delete from access.block where source_id = 'S-8'"
    equal "nobody but a local administrator" "1 r7 blocks: your assignment does not include this" "$(r7 arne blocks import "$work/blocks.csv") $(cat "$work/said-by-r7")"
    equal "words that are none" "2 2 2" "$(r7 chief blocks) $(r7 chief blocks whole) $(r7 chief blocks complete $system)"
}

before_records() {
    records
    equal "until the system is said to be whole, only the own unit's are found" "own" "$(finds nurse)"
    equal "it is said" "0 $system: all its blocks are in the register" "$(r7 chief blocks complete $system --decided-by Arkivchefen) $(cat "$work/said-by-r7")"
    equal "the block is there before the first search" "kir med-2005 own | blocked" "$(finds nurse)"
    equal "and taken back" "0 own" "$(r7 chief blocks incomplete $system --decided-by Arkivchefen) $(finds nurse)"
    r7 chief blocks complete $system --decided-by Arkivchefen >/dev/null
}

start_cluster
url=$(database blocks)
migrate=$(login r7_migrate "$url")
printf 'password of admin\n' >"$work/admin-password"
for name in keys access search; do room $name; done
answers "$access/jwks"
answers "$search/"
people
table
again_and_wrong
before_records
tell
