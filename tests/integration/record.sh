#!/usr/bin/env bash
# Single records become deliveries: rooms keys, ingest, validation, preservation and indexing as processes around a
# throw-away PostgreSQL and a real Kafka (librdkafka's mock broker removes no records and knows no rights). One line for
# each check that fails; ends with "N passed, N failed".
#
#   tests/integration/record.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rooms=(keys ingest validation preservation indexing)
ports keys
at_once=20 # records that close a gathering

# --- Kafka -----------------------------------------------------------------------------------------
start_kafka() {
    "$top/services/embedded/kafka.sh" start >"$work/kafka.log" 2>&1 || { cat "$work/kafka.log" && exit 1; }
    R7_KAFKA_BOOTSTRAP=$("$top/services/embedded/kafka.sh" address)
    bootstrap=$R7_KAFKA_BOOTSTRAP
    export R7_KAFKA_BOOTSTRAP R7_KAFKA_CA=$R7_VAR/keys/ca.crt R7_KAFKA_CERT=$R7_VAR/keys/admin.crt R7_KAFKA_KEY=$R7_VAR/keys/admin.key
    cat >"$work/kcat.conf" <<END
bootstrap.servers=$R7_KAFKA_BOOTSTRAP
security.protocol=ssl
ssl.ca.location=$R7_KAFKA_CA
ssl.certificate.location=$R7_KAFKA_CERT
ssl.key.location=$R7_KAFKA_KEY
message.max.bytes=2000000
END
}

stop_kafka() {
    "$top/services/embedded/kafka.sh" stop >/dev/null 2>&1 || true
    clean_up
}

topic() {
    "$build/integration/kafka_topic" "$@"
}

# make_topics SYSTEM PARTITIONS
make_topics() {
    topic make "deliveries.region-a.$1" "$2" && topic make "receipts.region-a.$1" 1
}

# --- rooms -----------------------------------------------------------------------------------------
# run_room ROOM [NAME=VALUE...]
run_room() {
    local name=$1
    shift
    room "$name" R7_KAFKA_SESSION_MS=6000 R7_KAFKA_CA="$R7_KAFKA_CA" R7_KAFKA_CERT="$R7_VAR/keys/room-$name.crt" R7_KAFKA_KEY="$R7_VAR/keys/room-$name.key" \
        R7_GATHER_RECORDS="$at_once" "$@"
}

# agreement ID SYSTEM
agreement() {
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
        values (1, '$1', '$2', 'Journal <$2>', 'care', 'rivta', 'Region A', 'SE0000000001-1001', 'SE0000000001-3002')"
}

# --- records ---------------------------------------------------------------------------------------
# note ID: a care note as the national contract writes it, about a person of the public test series.
note() {
    printf '<careDocumentation xmlns="urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3" xmlns:c="urn:riv:clinicalprocess:healthcond:description:3"><c:header><c:accessControlHeader><c:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension></c:patientId></c:accessControlHeader><c:record><c:id><c:root>%s</c:root></c:id><c:timestamp>20050301093000</c:timestamp></c:record></c:header><c:body><c:clinicalDocumentNoteText>Söker för hosta, %s.</c:clinicalDocumentNoteText></c:body></careDocumentation>' "$1" "$1"
}

# send SYSTEM AGREEMENT PARTITION FIRST LAST: records n-FIRST to n-LAST, each with its id.
send() {
    local number
    for ((number = $4; number <= $5; number++)); do
        note "n-$number" >"$work/note.xml"
        kcat -F "$work/kcat.conf" -P -t "deliveries.region-a.$1" -p "$3" -H "ce_id=n-$number" \
            -H ce_type=se.r7e.delivery.record.v1 -H "ce_agreement=$2" -H content-type=application/xml "$work/note.xml" 2>>"$work/send.log"
    done
}

# send_as FILE HEADERS... : one record as system vas, with these headers instead.
send_as() {
    local header headers=() file=$1
    shift
    for header in "$@"; do headers+=(-H "$header"); done
    kcat -F "$work/kcat.conf" -P -t deliveries.region-a.vas -p 0 "${headers[@]}" "$file" 2>>"$work/send.log"
}

# send_many SYSTEM AGREEMENT FIRST LAST [--encrypt]: the same, by r7 deliver; the ids are digests.
send_many() {
    local number folder=$work/many
    rm -rf "$folder"
    mkdir "$folder"
    for ((number = $3; number <= $4; number++)); do note "m-$number" >"$folder/$number.xml"; done
    R7_CA=$R7_KAFKA_CA R7_CERT=$R7_KAFKA_CERT R7_KEY=$R7_KAFKA_KEY R7_DELIVERY_RECIPIENT=$recipient \
        "$build/bin/r7" deliver --tenant region-a --system "$1" --agreement "$2" "${@:5}" --records "$folder"
}

# put SYSTEM AGREEMENT ID [FILE]: one record, as it lies in the file or comes on standard input.
put() {
    [ -n "${4-}" ] || cat >"$work/put"
    kcat -F "$work/kcat.conf" -P -t "deliveries.region-a.$1" -p 0 -H "ce_id=$3" -H ce_type=se.r7e.delivery.record.v1 \
        -H "ce_agreement=$2" -H content-type=application/xml "${4-$work/put}" 2>>"$work/send.log"
}

# --- what is looked at --------------------------------------------------------------------------------
# found SYSTEM: different records of it that can be found, and all rows.
found() {
    query "select count(distinct source_id) || ' ' || count(*) from indexing.record where package in
        (select package from ingest.delivery where system = '$1')"
}

# gathered_of SYSTEM: how many records of it are in gatherings.
gathered_of() {
    query "select coalesce(sum(records), 0) from ingest.gathering where system = '$1'"
}

holds() {
    topic holds "deliveries.region-a.$1" "$2"
}

receipts() {
    kcat -F "$work/kcat.conf" -C -t "receipts.region-a.$1" -o beginning -e -q 2>/dev/null | jq -r "$2"
}

staged_folders() {
    find "$work/one/staging" -mindepth 2 -maxdepth 2 | wc -l
}

# mets_of DELIVERY: its METS, from the storage root, opened by Debian's age and unzip alone.
mets_of() {
    local package object header
    package=$(query "select package from ingest.delivery where id = '$1'")
    object=$(grep -rl "urn:uuid:$package" "$work"/one/ocfl/region-a --include=inventory.json | head -n 1 | xargs dirname)
    object=${object%/v1}
    for header in "$object"/extensions/r7e-headers/*; do
        cat "$header" "$object"/v1/content/seg-00000000 >"$work/sealed"
        age -d -i "$work/keys/tenants/region-a/service.identity" "$work/sealed" >"$work/package.zip" 2>/dev/null && break
    done
    unzip -p "$work/package.zip" '*/METS.xml'
}

# --- the checks -----------------------------------------------------------------------------------------
gathered() {
    local delivery
    send vas A-VAS 0 1 25
    send vas A-VAS 1 26 50
    equal "two partitions, two deliveries of many records" 2 "$(wait_for 60 2 query "select count(*) from ingest.delivery where indexed_at is not null and kind = 'record'")"
    equal "what is open is not lost" 50 "$(query "select sum(records) from ingest.gathering")"
    stop "${pid[ingest]}"
    run_room ingest R7_GATHER_SECONDS=1
    equal "the rest closes by the clock" "50 50" "$(wait_for 60 "50 50" found vas)"
    equal "receipts count records" 50 "$(receipts vas 'select(.receipt == "received") | .records' | awk '{n += $1} END {print n}')"
    equal "and link to the list" "" "$(receipts vas 'select(.list != "/deliveries/" + .delivery + "/records") | .receipt')"
    delivery=$(query "select d.id from ingest.delivery d join indexing.record r on r.package = d.package where r.source_id = 'n-1'")
    mets_of "$delivery" >"$work/METS.xml"
    equal "METS keeps the supplier's id" 1 "$(grep -o 'OWNERID="n-17"' "$work/METS.xml" | wc -l)"
    equal "each file has one" "$(grep -o 'representations/rep1/data/' "$work/METS.xml" | wc -l)" "$(grep -o 'OWNERID=' "$work/METS.xml" | wc -l)"
    equal "the record is what was sent" "$(note n-1)" "$(unzip -p "$work/package.zip" '*/representations/rep1/data/00000001.xml' 2>/dev/null)"
    equal "no finding is an error" 0 "$(query "select sum(errors) from ingest.delivery")"
    equal "durable messages have left the topic" "25 25" "$(wait_for 30 "25 25" holds vas 0)"
    equal "of each partition" "25 25" "$(wait_for 30 "25 25" holds vas 1)"
}

repeated() {
    local before
    before=$(found vas)
    query "delete from ingest.topic_place" # as if the brokers had never been asked to remove
    stop "${pid[ingest]}"
    run_room ingest
    send vas A-VAS 0 51 53
    equal "nothing is gathered twice" 53 "$(wait_for 30 53 query "select sum(records) from ingest.gathering where system = 'vas'")"
    equal "and nothing found twice" "$before" "$(found vas)"
}

refused() {
    local good=(ce_type=se.r7e.delivery.record.v1 ce_agreement=A-VAS content-type=application/xml)
    note bad >"$work/bad.xml"
    head -c 1100000 /dev/zero | tr '\0' x >"$work/large.xml"
    send_as "$work/bad.xml" ce_id=no-agreement "${good[0]}" ce_agreement=A-NONE "${good[2]}"
    send_as "$work/bad.xml" ce_id=191212121212 "${good[@]}"
    send_as "$work/bad.xml" ce_id=wrong-form "${good[0]}" "${good[1]}" content-type=text/csv
    # kcat sends no empty file, but a key without a value.
    printf 'key:' | kcat -F "$work/kcat.conf" -P -K: -t deliveries.region-a.vas -p 0 -H ce_id=nothing "${good[@]/#/-H}"
    send_as "$work/large.xml" ce_id=large "${good[@]}"
    send vas A-VAS 0 54 55
    equal "each bad record is refused by its rule" "agreement_unknown content_type_unknown empty id_personal record_too_large" \
        "$(wait_for 40 "agreement_unknown content_type_unknown empty id_personal record_too_large" refusals)"
    equal "and its neighbours are gathered" 55 "$(wait_for 20 55 query "select sum(records) from ingest.gathering where system = 'vas'")"
    equal "an id that names a person is not repeated" 0 "$(receipts vas 'select(.identity == "191212121212") | .receipt' | wc -l)"
}

# Ids are a system's own, and what two of them or two partitions have in common takes no record's place.
same_ids() {
    local number
    for number in 1 2; do agreement "A-SAME-$number" "same-$number" && make_topics "same-$number" 2; done
    stop "${pid[ingest]}"
    for number in 1 2; do
        send "same-$number" "A-SAME-$number" 0 1 5
        send "same-$number" "A-SAME-$number" 1 1 5
    done
    run_room ingest
    equal "records of the same ids are all gathered" "10 10" "$(wait_for 40 "10 10" both_of same-1 same-2)"
}

# In one poll: in clear, encrypted by Debian's age, and what does not open, which holds none of the others up.
encrypted() {
    local number one rules="age_armor age_damaged age_passphrase age_recipient empty record_too_large"
    agreement A-SEALED sealed
    make_topics sealed 1
    stop "${pid[ingest]}"
    for number in 1 2 3 4 5 6; do note "n-$number" >"$work/n-$number"; done
    for number in 2 4 6; do age -r "$recipient" "$work/n-$number" >"$work/n-$number.age"; done
    one=$(($(stat -c %s "$work/n-6.age") - 20))
    put sealed A-SEALED n-1 "$work/n-1"
    put sealed A-SEALED n-2 "$work/n-2.age"
    age -r "$(age-keygen 2>/dev/null | age-keygen -y)" "$work/n-6" | put sealed A-SEALED stranger
    put sealed A-SEALED n-3 "$work/n-3"
    { head -c "$one" "$work/n-6.age" && printf x && tail -c 19 "$work/n-6.age"; } >"$work/damaged"
    put sealed A-SEALED damaged "$work/damaged"
    head -c "$one" "$work/n-6.age" | put sealed A-SEALED cut
    put sealed A-SEALED n-4 "$work/n-4.age"
    age -a -r "$recipient" "$work/n-6" | put sealed A-SEALED armor
    { printf 'age-encryption.org/v1\n-> scrypt GixTkc7+InSPLzPNGU6cFw 18\n' && tail -n +3 "$work/n-6.age"; } | put sealed A-SEALED passphrase
    printf '' | age -r "$recipient" | put sealed A-SEALED nothing
    head -c 1048577 /dev/zero | tr '\0' x | age -r "$recipient" | put sealed A-SEALED large
    put sealed A-SEALED n-5 "$work/n-5"
    age -r "$recipient" "$work/n-4" | put sealed A-SEALED n-4 # the same again
    run_room ingest R7_GATHER_SECONDS=1
    equal "encrypted records and others of the poll are gathered" 6 "$(wait_for 40 6 gathered_of sealed)"
    equal "what does not open is refused by its rule" "$rules" "$(wait_for 40 "$rules" refusals sealed)"
    equal "each of the seven" 7 "$(receipts sealed 'select(.receipt == "rejected") | .identity' | sort -u | wc -l)"
    equal "and found; what was encrypted twice is the same" "5 6" "$(wait_for 60 "5 6" found sealed)"
    held sealed
}

# held SYSTEM: the records of its one package, in order, are those that were sent.
held() {
    local place=0 number
    mets_of "$(query "select id from ingest.delivery where system = '$1'")" >"$work/METS.xml"
    for number in 1 2 3 4 5 4; do
        place=$((place + 1))
        unzip -p "$work/package.zip" "*/representations/rep1/data/0000000$place.xml" >"$work/record" 2>/dev/null
        check "record $place of the package is what was encrypted" cmp "$work/record" "$work/n-$number"
    done
    equal "METS has their sizes and digests" 5 "$(for number in 1 2 3 4 5; do
        grep -c "SIZE=\"$(stat -c %s "$work/n-$number")\"[^>]*CHECKSUM=\"$(sha256sum <"$work/n-$number" | cut -d' ' -f1)\"" "$work/METS.xml"
    done | awk '$1 > 0' | wc -l)"
}

# Where it must be, what is in clear is refused, one by one among the others.
must_be_encrypted() {
    local number
    agreement A-MUST must
    query "update ingest.agreement set must_be_encrypted = true where id = 'A-MUST'"
    make_topics must 1
    stop "${pid[ingest]}"
    for number in 1 2 3 4 5 6; do put must A-MUST "n-$number" "$work/n-$number$([ $((number % 2)) -eq 1 ] || echo .age)"; done
    run_room ingest
    equal "in clear where it must be encrypted" "n-1 n-3 n-5" "$(wait_for 40 "n-1 n-3 n-5" refused_ids must)"
    equal "the encrypted ones beside it are gathered" 3 "$(wait_for 20 3 gathered_of must)"
    equal "the rule says it" encryption_required "$(refusals must)"
}

refused_ids() {
    receipts "$1" 'select(.receipt == "rejected") | .identity' | sort | paste -sd ' '
}

# Many in few requests; and all of them wait while room keys is away.
keys_away() {
    local before
    agreement A-MANY many
    make_topics many 1
    stop "${pid[ingest]}"
    send_many many A-MANY 1 300 --encrypt >>"$work/send.log" 2>&1
    stop "${pid[keys]}"
    before=$(opens)
    run_room ingest
    equal "without room keys ingest says what is missing" 1 "$(wait_for 20 1 grep -cm 1 'could not get file keys' "$work/ingest.log")"
    equal "and takes nothing in" 0 "$(gathered_of many)"
    run_room keys
    equal "later all of it" 300 "$(wait_for 60 300 gathered_of many)"
    check "300 headers were opened in few requests" [ $(($(opens) - before)) -le 10 ]
}

opens() {
    query "select count(*) from keys.use where purpose = 'open'"
}

both_of() {
    echo "$(gathered_of "$1") $(gathered_of "$2")"
}

# refusals [SYSTEM]
refusals() {
    receipts "${1-vas}" 'select(.receipt == "rejected") | .rule' | sort -u | paste -sd ' '
}

# The process dies at a point, as by kill -9, and is started again: each record is found, each once.
killed() {
    local point from=1 count=0
    agreement A-KILL kill
    make_topics kill 1
    for point in svc.after_lease:2 svc.before_apply:2 vault.after_flush:2 svc.after_vault:2 svc.before_commit:2 svc.after_commit:2 svc.after_remove:1; do
        stop "${pid[ingest]}"
        run_room ingest R7_FAULT="$point:kill"
        send_many kill A-KILL $from $((from + 14)) >>"$work/send.log" 2>&1
        send_many kill A-KILL $((from + 15)) $((from + 29)) --encrypt >>"$work/send.log" 2>&1
        check "ingest dies at $point" dies "${pid[ingest]}" 180
        run_room ingest
        from=$((from + 30))
        count=$((count + 30))
        equal "all that was sent before $point is gathered" $count "$(wait_for 180 $count query "select sum(records) from ingest.gathering where system = 'kill'")"
    done
    stop "${pid[ingest]}"
    run_room ingest R7_GATHER_SECONDS=1
    equal "each record is found, and once" "$count $count" "$(wait_for 90 "$count $count" found kill)"
}

# Another topic of the same name, while the room is away, with as many messages as the old one had and fewer.
made_again() {
    agreement A-ANEW anew
    make_topics anew 1
    send anew A-ANEW 0 1 10
    equal "ten from the first topic" 10 "$(wait_for 30 10 query "select sum(records) from ingest.gathering where system = 'anew'")"
    equal "which is empty then" "10 10" "$(wait_for 30 "10 10" holds anew 0)"
    stop "${pid[ingest]}"
    topic remove deliveries.region-a.anew
    equal "it is made again" 0 "$(wait_for 30 0 make_again anew)"
    send anew A-ANEW 0 11 25
    run_room ingest
    equal "all of the second is read" 25 "$(wait_for 60 25 query "select sum(records) from ingest.gathering where system = 'anew'")"
    equal "which is empty then too" "15 15" "$(wait_for 30 "15 15" holds anew 0)"
    topic remove deliveries.region-a.anew
    equal "it is made again while the room reads" 0 "$(wait_for 30 0 make_again anew)"
    send anew A-ANEW 0 26 30
    equal "all of the third is read" 30 "$(wait_for 90 30 query "select sum(records) from ingest.gathering where system = 'anew'")"
}

make_again() {
    make_topics "$1" 1 2>/dev/null
    holds "$1" 0 >/dev/null 2>&1
    echo $?
}

last() {
    stop "${pid[ingest]}"
    run_room ingest R7_GATHER_SECONDS=1
    equal "every gathering is a delivery" 0 "$(wait_for 90 0 query "select count(*) from ingest.gathering where received_at is null")"
    equal "every delivery is searchable" 0 "$(wait_for 90 0 query "select count(*) from ingest.delivery where indexed_at is null")"
    query "update ingest.staged set lease_until = now() where not claimed" # what the killed ones had leased
    equal "spools are destroyed: what is staged is quarantined" 0 "$(wait_for 90 0 query "select count(*) from ingest.staged s where not exists (select from ingest.quarantine q where q.id = s.id)")"
    equal "and nothing else lies in staging" "$(query "select count(*) from ingest.quarantine")" "$(wait_for 60 "$(query "select count(*) from ingest.quarantine")" staged_folders)"
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
    equal "no personal number in a log" "" "$(cat "$work"/*.log | grep -oE '19121212-?1212|121212-?1212' | head -n 1 || true)"
}

start_cluster
trap stop_kafka EXIT
own_database record
tenant 1 region-a
recipient=$(age-keygen -y "$work/keys/tenants/region-a/delivery.identity")
start_kafka
"$build/bin/r7" topics >"$work/topics.log" || { cat "$work/topics.log" && exit 1; }
agreement A-VAS vas
make_topics vas 2
for name in "${rooms[@]}"; do run_room "$name"; done
gathered
repeated
refused
same_ids
encrypted
must_be_encrypted
keys_away
if [ -n "${FAULT_WHOLE-}" ]; then
    killed
    made_again
else
    left_out 'death at each step, and topics that are made again (make fault)'
fi
last
tell
