#!/usr/bin/env bash
# What is delivered becomes records: rooms keys, ingest, validation, preservation and indexing as processes around a
# throw-away PostgreSQL and librdkafka's mock broker; the demo's packages and a larger one walk through, and the rows are
# looked at. One line for each check; ends with "N passed, N failed".
#
#   tests/integration/indexing.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rooms=(keys ingest validation preservation indexing)
topics=(delivery.received delivery.validated delivery.rejected package.stored package.indexed indexing.part)
keys_port=7492

query() {
    sql "$migrate" -c "$1"
}

# wait_for SECONDS WANTED QUERY: until the answer is the wanted one; the last answer is printed.
wait_for() {
    local answer deadline=$((EPOCHSECONDS + $1))
    while answer=$(query "$3") && [ "$answer" != "$2" ] && [ $EPOCHSECONDS -lt $deadline ]; do sleep 0.2; done
    echo "$answer"
}

start_broker() {
    "$build/integration/mock_broker" "${topics[@]}" "${topics[@]/%/.set-aside}" "$@" >"$work/broker" 2>"$work/broker.log" &
    processes+=($!)
    while [ ! -s "$work/broker" ]; do sleep 0.1; done
    bootstrap=$(cat "$work/broker")
}

start_rooms() {
    local room port
    mkdir -p "$work/one" "$work/two"
    for room in "${rooms[@]}"; do
        port=0
        [ "$room" != keys ] || port=$keys_port
        start_room "$room" "$port" "$url" R7_KAFKA_BOOTSTRAP="$bootstrap" R7_KEYS_DIR="$work/keys" \
            R7_KEYS_URL="https://127.0.0.1:$keys_port" R7_VAULT_LOCATIONS="$work/one:$work/two"
    done
    indexing=${processes[-1]}
}

# tenant ID NAME: a region with keys of its own.
tenant() {
    local folder=$work/keys/tenants/$2 name
    mkdir -p "$folder"
    for name in service delivery; do age-keygen -o "$folder/$name.identity" 2>/dev/null; done
    for name in region escrow; do age-keygen 2>/dev/null | age-keygen -y >"$folder/$name.recipient"; done
    openssl rand -hex 32 >"$folder/pseudonym.key"
    query "insert into access.tenant (id, name, title) values ($1, '$2', '$2')"
}

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
    equal "the story's four packages are indexed" 4 "$(wait_for 60 4 'select count(*) from indexing.package where indexed_at is not null')"
    equal "nothing in them is unreadable" 0 "$(query 'select sum(unreadable) from indexing.package')"
    equal "packages count their records" 0 "$(query 'select count(*) from indexing.package p where records <> (select count(*) from indexing.record r where r.package = p.id)')"
    equal "ingest hears of it" 4 "$(wait_for 20 4 'select count(*) from ingest.delivery where indexed_at is not null and records > 0')"
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
    equal "the volume is indexed" 1 "$(wait_for 120 1 "select count(*) from indexing.package where agreement = 'A-VOLYMEN' and indexed_at is not null")"
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
    equal "a package told again tells again" 1 "$(wait_for 20 1 "select count(*) from indexing.inbox where topic = 'package.stored' and identity = 'again' and events @> '[{\"topic\":\"package.indexed\"}]'")"
    equal "a part told again tells again" 1 "$(wait_for 20 1 "select count(*) from indexing.inbox where topic = 'indexing.part' and identity = 'again'")"
    equal "and nothing is doubled" "$before" "$(query 'select count(*) from indexing.record')"
}

last() {
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
    equal "no personal number in a log" "" "$(cat "$work"/*.log | grep -oE "19121212-?1212|121212-?1212|19140168-?2396|031204-?9802|031013-?9803" | head -n 1 || true)"
    if [[ $build == *san ]]; then
        left_out "memory at its peak: the sanitizer's own would be counted"
        return
    fi
    equal "below 256 MiB at its peak" yes "$(awk '/VmHWM/ {print ($2 < 262144 ? "yes" : $2 " KiB")}' "/proc/$indexing/status")"
}

start_cluster
url=$(database indexing)
migrate=$(login r7_migrate "$url")
tenant 1 region-a
tenant 2 region-b
agreement 1 A-KURVAN kurvan care files SE0000000001-3001
agreement 1 A-RONDEN ronden care rivta SE0000000001-3002
agreement 1 A-PENNAN pennan registry erms SE0000000001-3003
agreement 1 A-VOLYMEN volymen care files SE0000000001-3009
agreement 2 B-KAMMAREN kammaren care rivta SE0000000002-3001
"$build/bin/r7-demo" story "$work/story" >"$work/demo.log" 2>&1
"$build/bin/r7-demo" volume --patients 300 --records 12000 --pdfs 100 --packages 1 "$work/volume" >>"$work/demo.log" 2>&1
mapfile -t systems < <(cat "$work/story/deliveries.tsv" "$work/volume/deliveries.tsv" | awk -F'\t' '{print "deliveries." $1 "." $2; print "receipts." $1 "." $2}' | sort -u)
start_broker "${systems[@]}"
start_rooms
deliver "$work/story/deliveries.tsv"
story
deliver "$work/volume/deliveries.tsv"
parts
repeats
last
tell
