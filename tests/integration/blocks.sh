#!/usr/bin/env bash
# A retired system's blocks come into the register from a table, before its first record can be found: rooms keys, access and
# search, with rows of the index. Ends with "N passed, N failed".
#
#   tests/integration/blocks.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
system=SE0000000001-3001 cp=SE0000000001-1001 other_cp=SE0000000001-1002 hsa=SE0000000001-C001

people() {
    sign_in nurse care_staff U-1 $cp care
    sign_in doctor care_staff U-9 $other_cp care
    sign_in arne archivist U-1 $cp archive
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
    equal "it is in the journal, without a number" "2 0" "$(in_journal '"change":"block"') $(in_journal 12121212)"
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

# --- what care systems ask -----------------------------------------------------------------------------
# care_asks NAME WHAT JSON: the answer, as the register's client prints it.
care_asks() {
    /usr/bin/python3 "$top/tests/integration/register_client.py" "$access" "$contracts" "$R7_VAR/keys" "$1" "${address-$cp}" "$2" "$3" 2>"$work/client.log" ||
        tail -n 3 "$work/client.log"
}

actor() {
    echo "\"accessingActor\":{\"employeeId\":\"SE0000000001-doctor\",\"careProviderId\":\"$1\",\"careUnitId\":\"$2\"}"
}
patient='"patientId":{"root":"1.2.752.129.2.1.3.1","extension":"191212121212"}'

# checked PROVIDER UNIT ROW...: a status for each row, "UNIT FROM UNTIL [KIND]".
checked() {
    local provider=$1 unit=$2 rows=() row number=0
    shift 2
    for row in "$@"; do
        read -r of from until kind <<<"$row"
        rows+=("{\"informationStartDate\":\"${from}T00:00:00\",\"informationEndDate\":\"${until}T00:00:00\",\"informationCareUnitId\":\"$of\",
            \"informationCareProviderId\":\"$cp\"${kind:+,\"informationType\":\"$kind\"},\"rowNumber\":$((number++))}")
    done
    care_asks cosmic check_blocks "{$(actor "$provider" "$unit"),$patient,\"informationEntities\":[$(IFS=,; echo "${rows[*]}")]}" |
        jq -r '[.checkResults[].status] | join(" ")'
}

asking() {
    contracts=$top/../shared/rivta
    if ! [ -d "$contracts" ] || ! /usr/bin/python3 -c 'import zeep, lxml' 2>/dev/null; then
        left_out "what care systems ask: the official contracts or zeep are not there"
        return
    fi
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj "/CN=cosmic/serialNumber=$hsa" -CA "$R7_VAR/keys/ca.crt" -CAkey "$R7_VAR/keys/ca.key" \
        -addext extendedKeyUsage=clientAuth -addext basicConstraints=critical,CA:false -keyout "$R7_VAR/keys/cosmic.key" -out "$R7_VAR/keys/cosmic.crt" 2>"$work/openssl.log")
    local logged get
    ask admin PUT "$access/logical-addresses/$cp" '{"tenant":"region-a","processor_agreement":false}' >/dev/null
    get="{$patient}"
    equal "a certificate that nobody has registered" "fault: You may not do this" "$(care_asks cosmic get_blocks "$get")"
    equal "nor is a source system's, or a room's" "fault: You may not do this" "$(care_asks room-search get_blocks "$get")"
    equal "a care system is registered" 204 "$(ask admin PUT "$access/principals/$hsa" '{"kind":"care_system","tenant":"region-a","name":"cosmic"}')"
    logged=$(query "select count(*) from access.disclosure")
    query "insert into access.unit (tenant, id, name, care_unit, care_provider, valid_from) values (1, 'KIR', 'Kirurgen', 'KIR', '$cp', '1980-01-01')"
    equal "CheckBlocks: by time, kind and unit" "BLOCKED OK OK BLOCKED VALIDATIONERROR" \
        "$(checked "$cp" SE0000000001-U1 "SE0000000001-U2 1998-05-01 1998-05-01 voo" "SE0000000001-U2 2005-05-01 2005-05-01" "SE0000000001-U2 1998-05-01 1998-05-01 upp" \
            "SE0000000001-U2 1990-01-01 2005-05-01" "SE0000000001-U2 1998-05-02 1998-05-01")"
    equal "to the unit itself nothing is blocked" "OK" "$(checked "$cp" SE0000000001-U2 "SE0000000001-U2 1998-05-01 1998-05-01")"
    equal "to another care provider all is, but what is left out" "BLOCKED BLOCKED" "$(checked $other_cp SE0000000001-U1 "SE0000000001-U2 2005-05-01 2005-05-01" "SE0000000001-U2 2005-05-01 2005-05-01 upp")"
    equal "each answer is logged, with who wanted to read" "3 cosmic SE0000000001-doctor $other_cp care answered_care_system assignment_covers" \
        "$(query "select (select count(*) from access.disclosure) - $logged, subject_name, what ->> 'employee', care_provider, purpose, action, reasons from access.disclosure order by at desc limit 1" | tr '|' ' ' | tr -d '{}')"
    equal "GetBlocks" "OK 2 Inner 2003-12-31T22:59:59Z lak,upp $system null" \
        "$(care_asks cosmic get_blocks "$get" | jq -r '[.result.resultCode, (.blocks | length), (.blocks[] | select(.blockType == "Inner") | .blockType, .informationEndDate, (.excluded | join(",")), .ownerId, .informationCareUnitId)] | map(tostring) | join(" ")')"
    equal "of one care provider" "0" "$(care_asks cosmic get_blocks "{$patient,\"careProviderIds\":[\"$other_cp\"]}" | jq '.blocks | length')"
    equal "without a patient it cannot be told" "VALIDATIONERROR 0" "$(care_asks cosmic get_blocks "{\"careProviderIds\":[\"$cp\"]}" | jq -r '.result.resultCode + " " + (.blocks | length | tostring)')"
    lifted
    consented
    equal "an address that is not the region's" "fault: LogicalAddress: is not served here" "$(address=SE0000000009-1 care_asks cosmic get_blocks "$get")"
    equal "what is no question" "fault: the service contract is not offered here" "$(curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$R7_VAR/keys/cosmic.crt" --key "$R7_VAR/keys/cosmic.key" \
        "$access/informationsecurity/authorization/blocking/GetBlocks/4/rivtabp21" -H 'Content-Type: text/xml' --data-binary "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><a:LogicalAddress xmlns:a='urn:riv:itintegration:registry:1'>$cp</a:LogicalAddress></s:Header><s:Body><x/></s:Body></s:Envelope>" |
        sed -n 's/.*<faultstring>\(.*\), log id.*/fault: \1/p')"
    equal "a log that cannot be written means no answer" "fault: The archive failed; the fault is ours and has been logged" "$(query "alter table access.disclosure add constraint none check (subject_kind <> 'system') not valid" && care_asks cosmic get_blocks "$get"; query "alter table access.disclosure drop constraint none")"
    equal "withdrawn, it is told nothing" "204 fault: You may not do this" "$(ask admin PUT "$access/principals/$hsa" '{"kind":"care_system","tenant":"region-a","name":"cosmic","revoked":true}') $(care_asks cosmic get_blocks "$get")"
    equal "no number is in the log" 0 "$(cat "$work"/*.log | grep -c '191212121212' || true)"
}

lifted() {
    local before
    sign_in owner care_staff SE0000000001-U1 $cp care
    before=$(care_asks cosmic get_blocks "$get" | jq -r .nextCreatedOnOrAfter)
    query "update access.block set recorded_at = now() - interval '1 day'"
    equal "since then, none" 0 "$(care_asks cosmic get_blocks "{$patient,\"createdOnOrAfter\":\"$before\"}" | jq '.blocks | length')"
    equal "a lift" 201 "$(ask owner POST "$access/persons/block-lifts" "{\"person\":{\"number\":\"191212121212\"},\"outer\":false,\"ground\":\"consent\",\"reason\":\"akut\"}")"
    equal "opens for that unit" "OK BLOCKED" "$(checked $cp SE0000000001-U1 "SE0000000001-U2 1998-05-01 1998-05-01") $(checked $cp SE0000000001-U3 "SE0000000001-U2 1998-05-01 1998-05-01")"
    equal "is told with its block, which has news by it" "SE0000000001-U1 1" "$(care_asks cosmic get_blocks "{$patient,\"createdOnOrAfter\":\"$before\"}" | jq -r '.blocks[0].temporaryRevokes[0].revokedForCareUnitId + " " + (.blocks | length | tostring)')"
    equal "that a block has ended is told by a time" "204 true 1" "$(ask chief DELETE "$access/blocks/$(query "select id from access.block where source_id = 'S-2'")") $(care_asks cosmic get_blocks "$get" | jq -r '(.latestCancellation > "2026") , (.blocks | length)' | xargs)"
}

consented() {
    local question
    question="{$(actor $other_cp U-9),$patient}"
    equal "CheckConsent: none" "OK False None" "$(care_asks cosmic check_consent "$question" | jq -r '.result.resultCode + " " + (.hasConsent | if . then "True" else "False" end) + " " + (.assertionType // "None")')"
    ask doctor POST "$access/emergencies" '{"person":{"number":"191212121212"},"reason":"medvetslös"}' >/dev/null
    equal "an emergency is of who opened it" "Emergency None" "$(care_asks cosmic check_consent "$question" | jq -r .assertionType) $(care_asks cosmic check_consent "{$(actor $other_cp U-9 | sed s/doctor/nurse/),$patient}" | jq -r '.assertionType // "None"')"
    ask doctor POST "$access/persons/consents" '{"person":{"number":"191212121212"}}' >/dev/null
    equal "a consent is the care provider's" "true Consent false" "$(care_asks cosmic check_consent "{$(actor $other_cp U-9 | sed s/doctor/nurse/),$patient}" | jq -r '"\(.hasConsent) \(.assertionType)"') $(care_asks cosmic check_consent "{$(actor $cp U-1),$patient}" | jq -r .hasConsent)"
}

region_house blocks keys access search
people
table
again_and_wrong
before_records
asking
tell
