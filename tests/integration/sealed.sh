#!/usr/bin/env bash
# Packages that are encrypted on the topic: rooms keys and ingest as processes around a throw-away PostgreSQL and
# librdkafka's mock broker; Debian's age and kcat as a source system. What is taken in, what is refused, what lies in
# staging. Ends with "N passed, N failed".
#
#   tests/integration/sealed.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/door.sh"

ports keys ingest
base=https://127.0.0.1:${port[ingest]}
system=kurvan
topic=deliveries.region-a.kurvan

# deliver ID [AGREEMENT]: what comes on standard input, as one message.
deliver() {
    cat >"$work/message"
    kcat -P -b "$bootstrap" -X message.max.bytes=33554432 -t $topic -H ce_specversion=1.0 -H "ce_id=$1" -H ce_source=x \
        -H ce_type=se.r7e.delivery.package.v1 -H "ce_agreement=${2-A-1}" "$work/message"
}

# becomes WHAT WANTED ID: its receipts.
becomes() {
    equal "$1" "$2" "$(wait_for 20 "$2" receipts "$3")"
}

seal() {
    age -r "$recipient" "$1"
}

sum() {
    sha256sum <"$1"
}

# agreement NAME [SYSTEM]: what GET answers to the system.
agreement() {
    system=${2-kurvan} system_asks "$base/agreements/$1" -w '\n%{http_code}\n'
}

published() {
    local own
    own=$(age-keygen -y "$work/keys/tenants/region-a/delivery.identity")
    recipient=$(agreement A-1 | head -n 1 | jq -r .delivery_recipient)
    equal "the region's delivery recipient is published" "$own" "$recipient"
    equal "and what the agreement asks for" "false true" \
        "$(for name in A-1 A-3; do agreement $name | head -n 1 | jq -r .must_be_encrypted; done | paste -sd ' ')"
    equal "not to another system" 404 "$(agreement A-1 ronden | tail -n 1)"
    equal "nor of no agreement" 404 "$(agreement A-0 | tail -n 1)"
}

taken_in() {
    seal "$work/package" | deliver first
    becomes "an encrypted package is a delivery" received first
    equal "of the package's digest and size" "$(sum "$work/package" | cut -d' ' -f1) 200000" \
        "$(query "select encode(sha256, 'hex') || ' ' || bytes from ingest.delivery where identity = 'first'")"
    equal "whose bytes in staging are the package" "$(sum "$work/package")" "$(opened first)"
    seal "$work/package" | deliver first
    seal "$work/package" | deliver after
    becomes "under another id it came before" "rejected duplicate_of" after
    equal "encrypted again it is the same delivery" "received received" "$(wait_for 20 "received received" each_receipt first)"
    deliver first <"$work/package"
    equal "so it is in clear" "received received received" "$(wait_for 20 "received received received" each_receipt first)"
    seal "$work/other" | deliver first
    becomes "another package under the id" "received rejected id_reused" first
    seal "$work/large" | deliver large
    becomes "a large one" received large
    equal "is whole" "$(sum "$work/large")" "$(opened large)"
    R7_KAFKA_BOOTSTRAP=$bootstrap R7_BROKER_CA='' R7_DELIVERY_RECIPIENT=$recipient "$build/bin/r7" deliver --encrypt \
        --tenant region-a --system kurvan --agreement A-3 --id r7 "$work/r7" >"$work/delivered"
    becomes "r7 deliver --encrypt" received r7
    equal "sends the package" "$(sum "$work/r7")" "$(opened r7)"
    equal "each opening is in the log of keys" t "$(query "select count(*) >= 5 from keys.use where purpose = 'open' and room = 'ingest'")"
}

# Each receipt of an id, repeats too.
each_receipt() {
    kcat -C -b "$bootstrap" -t receipts.region-a.kurvan -o beginning -e -q 2>>"$work/kcat.log" |
        jq -r --arg id "$1" 'select(.identity == $id) | .receipt' | paste -sd ' '
}

# changed FILE AT: with one bit of one byte the other way.
changed() {
    local byte
    byte=$(xxd -s "$2" -l 1 -p "$1")
    cp "$1" "$work/changed"
    printf '%02x' $((0x$byte ^ 1)) | xxd -r -p | dd of="$work/changed" bs=1 seek="$2" conv=notrunc status=none
    cat "$work/changed"
}

refused() {
    age -r "$(age-keygen 2>/dev/null | age-keygen -y)" "$work/other" >"$work/strange"
    deliver stranger <"$work/strange"
    becomes "encrypted to someone else" "rejected age_recipient" stranger
    equal "is kept, sealed, as it came" "$(sum "$work/strange")" "$(quarantined age_recipient)"
    seal "$work/other" >"$work/sealed"
    changed "$work/sealed" $(($(stat -c %s "$work/sealed") - 100000)) | deliver payload
    becomes "a changed payload" "rejected age_damaged" payload
    # Its MAC: a changed stanza may as well be somebody else's.
    changed "$work/sealed" $(($(grep -abo -m 1 '^--- ' "$work/sealed" | cut -d : -f 1) + 10)) | deliver header
    becomes "a changed header" "rejected age_damaged" header
    head -c -1 "$work/sealed" | deliver cut
    becomes "one that was cut" "rejected age_damaged" cut
    head -c $(($(stat -c %s "$work/sealed") - 200000 % 65536 - 16)) "$work/sealed" | deliver chunk
    becomes "cut between two chunks" "rejected age_damaged" chunk
    head -c 60 "$work/sealed" | deliver half
    becomes "half a header" "rejected age_damaged" half
    age -a -r "$recipient" "$work/other" | deliver armor
    becomes "age's text form" "rejected age_armor" armor
    printf 'age-encryption.org/v2\n' | deliver version
    becomes "another version" "rejected age_damaged" version
    printf '' | age -r "$recipient" | deliver nothing
    becomes "nothing, encrypted" "rejected empty" nothing
    seal "$work/other" | deliver small A-2
    becomes "a package over the agreement's size" "rejected package_too_large" small
    deliver clear A-3 <"$work/other"
    becomes "in clear where it must be encrypted" "rejected encryption_required" clear
    seal "$work/other" | deliver good A-3
    becomes "after all that ingest goes on" received good
}

# What quarantine holds of the one that was refused by a rule, opened.
quarantined() {
    local row
    row=$work/one/staging/region-a/$(query "select id || '/' || key from ingest.quarantine where rule = '$1'")
    cat "$row.header" "$row" | age -d -i "$work/keys/tenants/region-a/service.identity" | sha256sum
}

keys_away() {
    stop "${pid[keys]}"
    seal "$work/late" | deliver waits
    equal "without room keys ingest says what is missing" 1 "$(wait_for 20 1 grep -cm 1 'could not get file keys' "$work/ingest.log")"
    equal "and nothing to the system" "" "$(receipts waits)"
    room keys
    becomes "it is taken in later" received waits
}

# Each package begins with these words.
no_plaintext() {
    ! grep -rqaF 'in clear: ' "$work/one" "$work"/*.log
}

own_database sealed
tenant 1 region-a
system 1 region-a kurvan A-1
system 1 region-a ronden A-9
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system, package_bytes_max, must_be_encrypted)
    values (1, 'A-2', 'kurvan', 'x', 'care', 'files', 'x', 'x', 1000, false), (1, 'A-3', 'kurvan', 'x', 'care', 'files', 'x', 'x', 1000000, true)"
for name in package other late r7; do { echo "in clear: $name" && head -c 200000 /dev/urandom; } | head -c 200000 >"$work/$name"; done
{ echo "in clear: large" && head -c 4000000 /dev/urandom; } >"$work/large"
start_broker {deliveries,receipts}.region-a.{kurvan,ronden} delivery.{received,validated,rejected} package.{stored,indexed}
room keys
# shellcheck disable=SC2119 # no setting of its own here
start_ingest
published
taken_in
refused
keys_away
equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
check "nothing of a package in clear on disk" no_plaintext
tell
