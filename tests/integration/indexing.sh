#!/usr/bin/env bash
# What is delivered becomes records: rooms keys, ingest, validation, preservation and indexing as processes around a
# throw-away PostgreSQL and librdkafka's mock broker; the demo's packages and a larger one walk through, and the rows are
# looked at; then packages that cannot be read, and their report to an archivist. One line for each check; ends with "N passed, N failed".
#
#   tests/integration/indexing.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

rooms=(ingest validation preservation indexing)
topics=(delivery.received delivery.validated delivery.rejected delivery.discarded preservation.part preservation.close package.stored package.indexed package.removed indexing.part validation.part)
ports keys access indexing
access=https://127.0.0.1:${port[access]}

# agreement TENANT ID SYSTEM TYPE READER SOURCE
agreement() {
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
        values ($1, '$2', '$3', '$2', '$4', '$5', 'Region $1', 'SE000000000$1-1001', '$6')"
}

# deliver LIST: every package of a list of r7-demo.
deliver() {
    local tenant system agreement package
    while IFS=$'\t' read -r tenant system agreement package; do
        R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant "$tenant" --system "$system" \
            --agreement "$agreement" "$(dirname "$1")/$package" >>"$work/deliver.log" 2>&1 ||
            { echo "could not deliver $package" && tail -n 3 "$work/deliver.log"; }
    done <"$1"
}

# --- checks ----------------------------------------------------------------------------------------
of() { echo "(select p.id from preservation.package p where p.agreement = '$1')"; }

count() {
    query "select count(*) from indexing.record where package in $(of "$1") ${2:+and $2}"
}

# pseudonym TENANT NUMBER: of a personal number.
pseudonym() {
    python3 -c 'import hmac, sys, uuid
key = bytes.fromhex(open(sys.argv[1]).read())
print(uuid.UUID(bytes=hmac.digest(key, b"1.2.752.129.2.1.3.1\0" + sys.argv[2].encode(), "sha256")[:16]))' \
        "$work/keys/tenants/$1/pseudonym.key" "$2"
}

story() {
    local tolvan
    equal "the story's four packages are indexed" 4 "$(wait_for 60 4 query 'select count(*) from indexing.package where indexed_at is not null')"
    equal "nothing in them is unreadable" 0 "$(query 'select sum(unreadable) from indexing.package')"
    equal "packages count their records" 0 "$(query 'select count(*) from indexing.package p where records <> (select count(*) from indexing.record r where r.package = p.id)')"
    equal "ingest hears of it" 4 "$(wait_for 20 4 query 'select count(*) from ingest.delivery where indexed_at is not null and records > 0')"
    tolvan=$(pseudonym region-a 191212121212)
    equal "ten digits and twelve are one identity" 2 "$(query "select count(distinct package) from indexing.record where person = '$tolvan' and tenant = 1")"
    equal "his number has another pseudonym in region B" 0 "$(query "select count(*) from indexing.record where person = '$tolvan' and tenant = 2")"
    equal "shard is the pseudonym's first ten bits" 0 "$(query "select count(*) from indexing.record where shard <> ('x' || left(replace(person::text, '-', ''), 4))::bit(16)::int >> 6")"
    equal "paths lie below the root folder" 0 "$(query "select count(*) from indexing.record where path like '%demo-a%' or driver like '%demo-a%'")"
    equal "an index row points at its file" t "$(query "select bool_and(length = 0 and driver like '%index.csv' and path <> driver) from indexing.record where package in $(of A-KURVAN) and path is not null")"
    equal "a contract's record is a range of its file" t "$(query "select bool_and(length > 0 and driver is null) from indexing.record where package in $(of A-RONDEN)")"
    equal "the nullified note" 1 "$(count A-KURVAN "status = 'nullified'")"
    equal "care has no words" 0 "$(query "select count(*) from indexing.record where type = 'care' and words is not null")"
    equal "a case is found by its diary number" 1 "$(count A-PENNAN "category = 'case' and reference = 'RE 2019-00417'")"
    equal "registry has words" 0 "$(count A-PENNAN 'words is null')"
    equal "two care providers in one package" 2 "$(query "select count(distinct care_provider) from indexing.record where package in $(of A-RONDEN)")"
}

parts() {
    equal "the volume is indexed" 1 "$(wait_for 120 1 query "select count(*) from indexing.package where agreement = 'A-VOLYMEN' and indexed_at is not null")"
    equal "in several parts, each once" t "$(query "select parts > 1 and parts_left = 0 from indexing.package where agreement = 'A-VOLYMEN'")"
    equal "all its records are there" 12000 "$(count A-VOLYMEN)"
    equal "one row for each place" 12000 "$(query "select count(distinct (coalesce(driver, path), row_offset)) from indexing.record where package in $(of A-VOLYMEN)")"
    equal "one tells of the whole" 1 "$(query "select count(*) from indexing.inbox, jsonb_array_elements(events) e where e->>'topic' = 'package.indexed' and e->>'subject' = $(of A-VOLYMEN)::text")"
}

# The same message under another id, as after a lost inbox; and the last part's under its own.
repeats() {
    local before package delivery
    before=$(query 'select count(*) from indexing.record')
    read -r package delivery < <(query "select id || ' ' || delivery from indexing.package where agreement = 'A-VOLYMEN'")
    kcat -P -b "$bootstrap" -t package.stored -k "$package" -H tenant=1 -H "ce_subject=$package" -H ce_id=again \
        <<<"{\"delivery\":\"$delivery\",\"package\":\"$package\",\"copies\":2}"
    kcat -P -b "$bootstrap" -t indexing.part -k again -H tenant=1 -H "ce_subject=$package" -H ce_id=again \
        <<<"{\"delivery\":\"$delivery\",\"package\":\"$package\",\"part\":0}"
    equal "a package told again tells again" 1 "$(wait_for 20 1 query "select count(*) from indexing.inbox where topic = 'package.stored' and identity = 'again' and events @> '[{\"topic\":\"package.indexed\"}]'")"
    equal "a part told again tells again" 1 "$(wait_for 20 1 query "select count(*) from indexing.inbox where topic = 'indexing.part' and identity = 'again'")"
    equal "and nothing is doubled" "$before" "$(query 'select count(*) from indexing.record')"
}

# --- what cannot be read ---------------------------------------------------------------------------
# pack_broken OBJID MAPPINGS: of the folder broken.
pack_broken() {
    echo "{\"objid\":\"$1\",\"title\":\"$1\",\"agreement\":\"A-TRASIG\",\"content_category\":\"Mixed\",\"content_information_type\":\"MIXED\",
        \"archive_creator\":{\"name\":\"Region\"},\"submitting_organisation\":{\"name\":\"Region\"},\"mappings\":$2}" >"$work/$1.json"
    "$build/bin/r7" pack --description "$work/$1.json" --out "$work/$1.zip" "$work/broken" >>"$work/deliver.log" 2>&1
    printf 'region-a\ttrasig\tA-TRASIG\t%s.zip\n' "$1" >>"$work/broken.tsv"
}

# One good row, one with a time that is none, one with a cell missing, one of another type; and an XML file that breaks off.
make_broken() {
    mkdir "$work/broken"
    printf '%s\r\n' 'PNR;DATUM;TYP;ID' '191212121212;2001-02-03;J;1' '191212121212;snart;J;2' '191212121212;2001-02-05;J' \
        '191212121212;2001-02-06;D;4' >"$work/broken/index.csv"
    printf '<a><b>' >"$work/broken/19121212-1212.xml"
    pack_broken broken-1 '[{"driver":"*/index.csv","reader":"files","fields":[{"field":"person_number","column":"PNR"},
        {"field":"occurred_at","column":"DATUM"},{"field":"type","column":"TYP","values":["J=care","D=registry"]},
        {"field":"category","value":"voo"},{"field":"source_id","column":"ID"}]},{"driver":"*.xml","reader":"rivta"}]'
    pack_broken broken-2 '[]'
}

people() {
    sign_in archivist archivist U P archive
    sign_in nurse care_staff U P care
    of_region=region-b sign_in other archivist U P archive
}

# report WHO OBJID: the status.
report() {
    ask "$1" GET "https://127.0.0.1:${port[indexing]}/deliveries/$(query "select id from ingest.delivery where objid = '$2'")/report"
}

unreadable() {
    local looks="select count(*) from access.disclosure where what ? 'index_report'"
    people
    equal "two packages of which little can be read are indexed" 2 "$(wait_for 60 2 query "select count(*) from indexing.package where agreement = 'A-TRASIG' and indexed_at is not null")"
    equal "rows that can be read are records" 2 "$(count A-TRASIG)"
    equal "no file name stands beside what is wrong" 0 "$(query "select count(*) from indexing.finding f where f::text ~ '1212|index'")"
    equal "an archivist is shown the report" 200 "$(report archivist broken-1)"
    equal "with counts" "2 3 False" "$(member 'a["package"]["records"], a["package"]["unreadable"], a["more"]' | tr -d '(),')"
    equal "with file, row, column and rule" \
        "19121212-1212.xml:::bad_file:True index.csv:3:DATUM:bad_value:False index.csv:4::bad_row:True index.csv:5:type:other_type:True" \
        "$(member '" ".join(sorted(":".join([f["path"].split("/")[-1], str(f.get("row_number", "")), f.get("column_name", ""), f["rule"], str(f["unreadable"])]) for f in a["findings"]))')"
    equal "and the look is in the log" 1 "$(query "$looks")"
    equal "a package without mappings says so" "200 ['nothing_to_read']" "$(report archivist broken-2) $(member '[f["rule"] for f in a["findings"]]')"
    equal "nobody in care is shown it" 403 "$(report nurse broken-1)"
    equal "nor another region's archivist, to whom it is not there" 404 "$(report other broken-1)"
    equal "and nothing was shown without a row" 2 "$(query "$looks")"
}

last() {
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
    equal "no personal number in a log" "" "$(cat "$work"/*.log | grep -oE "19121212-?1212|121212-?1212|19140168-?2396|031204-?9802|031013-?9803" | head -n 1 || true)"
    if [[ $build == *san ]]; then
        left_out "memory at its peak: the sanitizer's own would be counted"
        return
    fi
    equal "below 256 MiB at its peak" yes "$(awk '/VmHWM/ {print ($2 < 262144 ? "yes" : $2 " KiB")}' "/proc/${pid[indexing]}/status")"
}

own_database indexing
stand keys access
region
region region-b chiefb
agreement 1 A-KURVAN kurvan care files SE0000000001-3001
agreement 1 A-RONDEN ronden care rivta SE0000000001-3002
agreement 1 A-PENNAN pennan registry erms SE0000000001-3003
agreement 1 A-VOLYMEN volymen care files SE0000000001-3009
agreement 1 A-TRASIG trasig care files SE0000000001-3010
agreement 2 B-KAMMAREN kammaren care rivta SE0000000002-3001
"$build/bin/r7-demo" story "$work/story" >"$work/demo.log" 2>&1
"$build/bin/r7-demo" volume --patients 300 --records 12000 --pdfs 100 --packages 1 "$work/volume" >>"$work/demo.log" 2>&1
make_broken
mapfile -t systems < <(cat "$work/story/deliveries.tsv" "$work/volume/deliveries.tsv" "$work/broken.tsv" | awk -F'\t' '{print "deliveries." $1 "." $2; print "receipts." $1 "." $2}' | sort -u)
start_broker "${topics[@]}" "${systems[@]}"
for name in "${rooms[@]}"; do room "$name"; done
deliver "$work/story/deliveries.tsv"
story
deliver "$work/volume/deliveries.tsv"
parts
repeats
deliver "$work/broken.tsv"
unreadable
last
tell
