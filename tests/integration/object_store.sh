#!/usr/bin/env bash
# Packages that lie in an object store and are announced by their URI: rooms keys and ingest as processes around a throw-away
# PostgreSQL and librdkafka's mock broker, and two stores: a stand-in that verifies each signature and has every bad day on
# command (object_store.py), and versitygw, a real one, where it is. Ends with "N passed, N failed".
#
#   tests/integration/object_store.sh [BUILD]     BUILD: build/debug
#   R7_S3_SERVER=PATH                             versitygw, when it is not in PATH; `make object-store` builds it
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"
. "$(dirname "${BASH_SOURCE[0]}")/door.sh"

ports keys access ingest store
access=https://127.0.0.1:${port[access]} base=https://127.0.0.1:${port[ingest]}
endpoint=https://127.0.0.1:${port[store]}
system=kurvan
segment=$((64 << 20))
secret=s3-secret-that-nobody-logs

# --- stores ----------------------------------------------------------------------------------------
# Each knows two source systems' keys, for a bucket each.
start_stand_in() {
    store=stand-in
    /usr/bin/python3 "$top/tests/integration/object_store.py" "${port[store]}" "$work/store" "$R7_VAR/keys/room-ingest.crt" \
        "$R7_VAR/keys/room-ingest.key" kurvan:$secret:bucket-a ronden:$secret:bucket-b >"$work/store.log" 2>&1 &
    store_started $!
}

start_versitygw() {
    store=real
    "$server" --access kurvan --secret $secret --port "127.0.0.1:${port[store]}" --cert "$R7_VAR/keys/room-ingest.crt" \
        --key "$R7_VAR/keys/room-ingest.key" --quiet posix "$work/real" >"$work/store.log" 2>&1 &
    store_started $!
}

store_started() {
    ours "$1"
    pid[store]=$1
    answers "$endpoint/"
}

mood() {
    echo "$*" >"$work/store/mood"
}

# put BUCKET/KEY FILE [SYSTEM]: as a source system does, with any client.
put() {
    curl -sS --fail --cacert "$R7_VAR/keys/ca.crt" --aws-sigv4 aws:amz:us-east-1:s3 --user "${3-kurvan}:$secret" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -T "$2" -o /dev/null \
        "$endpoint/$(/usr/bin/python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$1")"
}

# asked PATTERN: how many of the requests were such.
asked() {
    grep -cE "$1" "$work/store/asked" || true
}

# --- deliveries ------------------------------------------------------------------------------------
# A file of random bytes that does not compress; the same each time.
file() {
    head -c "$1" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" -iv 00 -out "$work/$3" 2>/dev/null
}

# announce ID URI FILE [AGREEMENT [SYSTEM [TENANT]]]
announce() {
    announce_as "$1" "$2" "$(stat -c %s "$3")" "$(sha256sum <"$3" | cut -d' ' -f1)" "${@:4}"
}

# announce_as ID URI BYTES SHA256 [AGREEMENT [SYSTEM [TENANT]]]
announce_as() {
    jq -cn --arg uri "$2" --argjson bytes "$3" --arg sha256 "$4" '{$uri, $bytes, $sha256}' |
        kcat -P -b "$bootstrap" -t "deliveries.${7-region-a}.${6-$system}" -H ce_specversion=1.0 -H "ce_id=$1" -H ce_source=x \
            -H ce_type=se.r7e.delivery.announcement.v1 -H "ce_agreement=${5-A-1}"
}

# store_of AGREEMENT BUCKET [CREDENTIALS]
store_of() {
    query "update ingest.agreement set store_endpoint = '$endpoint', store_bucket = '$2', store_prefix = 'r7/in/', store_region = 'us-east-1',
        store_credentials = '${3-$2}' where id = '$1'"
}

# keys_for REGION/NAME ACCESS [ENDPOINT]
keys_for() {
    mkdir -p "$work/stores/${1%/*}"
    printf '{"endpoint":"%s","access_key":"%s","secret_key":"%s"}' "${3-$endpoint}" "$2" $secret >"$work/stores/$1"
    chmod 600 "$work/stores/$1"
}

start() {
    start_ingest R7_OBJECT_STORE_KEYS="$work/stores" R7_OBJECT_STORE_CA="$R7_VAR/keys/ca.crt" R7_ERRAND_WORKERS=1 "$@"
}

delivered() {
    query "select count(*) from ingest.delivery where identity = '$1'"
}

# failures ID: how often in a row it has been tried in vain.
failing() {
    query "select failures > 0 from ingest.announcement where identity = '$1'"
}

# progress ID: what its source system is told of one that waits.
progress() {
    system_asks "$base/deliveries/$(query "select id from ingest.announcement where identity = '$1'")/progress" |
        jq -r '.state + " " + .progress.doing + ", " + (if .progress.failures > 0 then "failed" else "well" end) + ": " + .progress.failure'
}

# refused ID WORDS [SYSTEM]
refused() {
    equal "$1: $2" "rejected $2" "$(wait_for 30 "rejected $2" receipts "$1" "${3-$system}")"
}

# agreement MEMBER VALUE: what a local administrator is told who puts an agreement with that in it.
agreement() {
    ask chief PUT "$base/agreements/C-1" "$(jq -n --arg member "$1" --arg value "$2" --arg endpoint "$endpoint" '{system: "kurvan", title: "x",
        information_type: "care", reader: "files", archive_creator: "x", source_system: "x", accepts_by_itself: true, store_endpoint: $endpoint,
        store_bucket: "bucket-c", store_credentials: "c"} + {($member): $value}')"
    jq -r '" " + .field' "$work/answer"
}

# --- checks ----------------------------------------------------------------------------------------
whole() {
    put "bucket-a/r7/in/å b+c=d (1)~.zip" "$work/small"
    announce "$store whole" "s3://bucket-a/r7/in/å b+c=d (1)~.zip" "$work/small"
    equal "an object becomes a delivery" received "$(wait_for 30 received receipts "$store whole")"
    equal "of the bytes that lie there" "$(sha256sum <"$work/small")" "$(opened "$store whole")"
    announce "$store whole" "s3://bucket-a/r7/in/å b+c=d (1)~.zip" "$work/small"
    announce "$store other" "s3://bucket-a/r7/in/å b+c=d (1)~.zip" "$work/small"
    refused "$store other" duplicate_of
    equal "announced again it is the same" 1 "$(delivered "$store whole")"
    put bucket-a/r7/in/typed "$work/typed"
    check "and so does one that r7 announces" env -i PATH="$PATH" R7_TENANT=region-a R7_SYSTEM=kurvan R7_KAFKA_BOOTSTRAP="$bootstrap" R7_BROKER_CA= \
        "$build/bin/r7" deliver --agreement A-1 --id "$store typed" --uri s3://bucket-a/r7/in/typed "$work/typed"
    equal "with its bytes" 1 "$(wait_for 30 1 delivered "$store typed")"
    equal "nothing of its name is kept" 0 "$(query 'select count(*) from ingest.announcement')"
}

agreements() {
    stand access
    region region-c
    equal "an agreement with a store" 204 "$(agreement store_bucket bucket-c)"
    equal "with what it leaves out" "$endpoint|bucket-c||us-east-1|c" \
        "$(query "select store_endpoint, store_bucket, store_prefix, store_region, store_credentials from ingest.agreement where id = 'C-1'")"
    equal "an inner address in clear" "400 store_endpoint" "$(agreement store_endpoint http://10.0.0.1)"
    equal "a prefix that leads up" "400 store_prefix" "$(agreement store_prefix ../)"
    equal "keys of elsewhere" "400 store_credentials" "$(agreement store_credentials ../region-a/bucket-a)"
}

# Ingest dies between two segments, and in the middle of one.
killed() {
    put bucket-a/r7/in/large "$work/large"
    stop "${pid[ingest]}"
    start R7_FAULT=ingest.after_save:4:kill
    announce "$store large" s3://bucket-a/r7/in/large "$work/large"
    check "ingest dies in the second segment" dies "${pid[ingest]}"
    equal "the first is there" $segment "$(query "select received from ingest.upload where sha256 is null")"
    start R7_FAULT=vault.before_piece:300:kill
    check "and dies in the third" dies "${pid[ingest]}"
    start
    equal "a large one, after two deaths" received "$(wait_for 60 received receipts "$store large")"
    equal "has its bytes" "$(sha256sum <"$work/large")" "$(opened "$store large")"
}

refusals() {
    local key
    for key in s3://bucket-a/r7/other/x s3://bucket-b/r7/in/x s3://bucket-a/r7/in/../../x s3://bucket-a/r7/in/%2e%2e/x \
        s3://bucket-a/r7/in//x s3://bucket-a/r7/in/ s3://bucket-a/r7/in/./x "$endpoint/bucket-a/r7/in/x" \
        https://127.0.0.1/x 's3://bucket-a/r7/in/x?versionId=1' s3://bucket-a 's3://bucket-a@127.0.0.1/r7/in/x'; do
        announce "not $key" "$key" "$work/none"
        refused "not $key" uri_not_agreed
    done
    announce stolen s3://bucket-a/r7/in/large "$work/none" A-2 ronden
    refused stolen uri_not_agreed ronden
    announce storeless s3://bucket-a/r7/in/large "$work/none" A-3
    refused storeless uri_not_agreed
    printf '{"uri":"s3://bucket-a/r7/in/x","upload":"11111111-1111-4111-8111-111111111111","bytes":1,"sha256":"%064d"}' 0 |
        kcat -P -b "$bootstrap" -t deliveries.region-a.kurvan -H ce_id=both -H ce_type=se.r7e.delivery.announcement.v1 -H ce_agreement=A-1
    refused both announcement_invalid
    announce missing s3://bucket-a/r7/in/nothing "$work/none"
    refused missing object_missing
    put bucket-a/r7/in/more "$work/more"
    announce_as longer s3://bucket-a/r7/in/more 300002 "$(sha256sum <"$work/none" | cut -d' ' -f1)"
    refused longer bytes_mismatch
    announce_as shorter s3://bucket-a/r7/in/more 300000 "$(sha256sum <"$work/none" | cut -d' ' -f1)"
    refused shorter bytes_mismatch
    announce_as otherwise s3://bucket-a/r7/in/more 300001 "$(sha256sum <"$work/none" | cut -d' ' -f1)"
    refused otherwise sha256_mismatch
    announce otherwise s3://bucket-a/r7/in/more "$work/more"
    equal "announced rightly it is taken" 1 "$(wait_for 30 1 delivered otherwise)"
    equal "what was refused is gone from staging" 0 "$(wait_for 30 0 query "select count(*) from ingest.announcement")"
}

# What may pass: each waits, is told in the log, and goes on by itself.
bad_days() {
    local day number=20
    for day in 503 403 307 deaf bare stall; do
        number=$((number + 1))
        file 300000 $number day
        put "bucket-a/r7/in/$day" "$work/day"
        mood $day
        announce "day $day" "s3://bucket-a/r7/in/$day" "$work/day"
        equal "$day: waits" t "$(wait_for 90 t failing "day $day")"
        [ $day != 403 ] || equal "and is told why" "announced receiving, failed: the object store answered 403" "$(progress "day $day")"
        mood well
        equal "$day: and is taken" 1 "$(wait_for 60 1 delivered "day $day")"
    done
    equal "nobody follows a store elsewhere" "" "$(cat "$work/store/lured" 2>/dev/null)"
    file 300000 31 day
    put bucket-a/r7/in/lies "$work/day"
    mood length
    announce lies s3://bucket-a/r7/in/lies "$work/day"
    refused lies bytes_mismatch
    mood well
    equal "such days are told" t "$(query "select $(grep -c 'an object is fetched later' "$work/ingest.log") >= 6")"
}

# What came before a connection broke is not asked for again.
broken_off() {
    file $((segment + 5000000)) 41 broken
    put bucket-a/r7/in/broken "$work/broken"
    rm "$work/store/asked"
    mood cut 30000000
    announce broken s3://bucket-a/r7/in/broken "$work/broken"
    equal "broken off again and again it comes" received "$(wait_for 60 received receipts broken)"
    equal "in chunks" "206 bytes=0- 206 bytes=29949952- 206 bytes=59899904- 206 bytes=67108864-" \
        "$(sed -E 's/^(206 bytes=[0-9]+-).*/\1/' "$work/store/asked" | paste -sd ' ')"
    equal "of one version" 3 "$(asked '^206 .* "[0-9a-f]+"$')"
    equal "with its bytes" "$(sha256sum <"$work/broken")" "$(opened broken)"
    mood well
}

# The store dies and comes again; the object is changed, or goes, when half of it is here.
store_dies() {
    local change number=42
    file $((segment + 5000000)) 42 half
    put bucket-a/r7/in/half "$work/half"
    mood slow 20000000
    announce half s3://bucket-a/r7/in/half "$work/half"
    equal "half of it comes" t "$(wait_for 30 t query "select exists (select from ingest.upload where received > 0 and sha256 is null)")"
    stop "${pid[store]}" KILL
    equal "without its store it waits" t "$(wait_for 60 t failing half)"
    mood well
    start_stand_in
    equal "and goes on" received "$(wait_for 60 received receipts half)"
    equal "to the end" "$(sha256sum <"$work/half")" "$(opened half)"
    for change in changed gone; do
        number=$((number + 1))
        file $((segment + 5000000)) $number $change
        put bucket-a/r7/in/$change "$work/$change"
        mood first
        announce $change s3://bucket-a/r7/in/$change "$work/$change"
        equal "$change: half of it comes, and then nothing" t "$(wait_for 30 t failing $change)"
    done
    put bucket-a/r7/in/changed "$work/changed"
    rm "$work/store/bucket-a/r7/in/gone"
    mood well
    refused changed object_changed
    refused gone object_missing
}

keys_wrong() {
    file 300000 51 keyless
    put bucket-a/r7/in/keyless "$work/keyless"
    rm "$work/stores/region-a/bucket-a"
    announce keyless s3://bucket-a/r7/in/keyless "$work/keyless"
    equal "without keys it waits" t "$(wait_for 30 t failing keyless)"
    keys_for region-a/bucket-a ronden
    equal "with another system's" "the object store answered 403" "$(wait_for 30 "the object store answered 403" last_reason)"
    keys_for region-a/bucket-a kurvan
    chmod 644 "$work/stores/region-a/bucket-a"
    equal "keys that all can read" "could not use the object store's keys: the file is not its owner's alone (mode 0600)" \
        "$(wait_for 30 "could not use the object store's keys: the file is not its owner's alone (mode 0600)" last_reason)"
    keys_for region-a/bucket-a kurvan https://127.0.0.1:1
    equal "keys for another endpoint" "could not use the object store's keys: the file is for another endpoint than the agreement's" \
        "$(wait_for 60 "could not use the object store's keys: the file is for another endpoint than the agreement's" last_reason)"
    keys_for region-a/bucket-a kurvan
    equal "with its own" 1 "$(wait_for 90 1 delivered keyless)"
}

# --drain ends when what was announced is fetched, however slow the store is.
drained() {
    file 300000 9 drained
    put bucket-a/r7/in/drained "$work/drained"
    mood slow 15000
    stop "${pid[ingest]}"
    announce drained s3://bucket-a/r7/in/drained "$work/drained"
    mode=--drain room ingest R7_STAGING_RESERVE=0 R7_OBJECT_STORE_KEYS="$work/stores" R7_OBJECT_STORE_CA="$R7_VAR/keys/ca.crt"
    check "drained, ingest ends by itself" dies "${pid[ingest]}" 90
    equal "and the object is a delivery" 1 "$(delivered drained)"
    mood well
    start
}

last_reason() {
    query "update ingest.announcement set failures = 0, next_at = least(next_at, now()) where turn_at < now() - interval '1 second'"
    grep 'an object is fetched later' "$work/ingest.log" | tail -n 1 | jq -r '.detail'
}

# One worker, a large object of one region: what others announce and deliver meanwhile does not wait for it.
others_meanwhile() {
    put bucket-a/r7/in/giant "$work/giant"
    put bucket-b/r7/in/other "$work/other" ronden
    mood slow 30000000
    announce giant s3://bucket-a/r7/in/giant "$work/giant"
    equal "a large one is under way" t "$(wait_for 30 t query "select exists (select from ingest.announcement where identity = 'giant' and turn_at is not null)")"
    announce other-region s3://bucket-b/r7/in/other "$work/other" B-1 vas region-b
    kcat -P -b "$bootstrap" -t deliveries.region-a.ronden -H ce_specversion=1.0 -H ce_id=beside -H ce_source=x -H ce_type=se.r7e.delivery.package.v1 \
        -H ce_agreement=A-2 "$work/beside"
    equal "another's package is taken" 1 "$(wait_for 30 1 delivered beside)"
    equal "another region's object is taken" 1 "$(wait_for 60 1 delivered other-region)"
    equal "while the large one still comes" 0 "$(delivered giant)"
    mood well
    equal "which comes to its end" received "$(wait_for 60 received receipts giant)"
}

# Nobody has room for it, or its time is over.
no_room() {
    file 300000 61 late
    put bucket-a/r7/in/late "$work/late"
    stop "${pid[ingest]}"
    start R7_STAGING_RESERVE=9000000000000000
    announce late s3://bucket-a/r7/in/late "$work/late"
    equal "without room it waits" t "$(wait_for 30 t failing late)"
    stop "${pid[ingest]}"
    query "update ingest.staged set lease_until = now() where id = (select upload from ingest.announcement where identity = 'late')"
    start R7_STAGING_RESERVE=9000000000000000
    refused late object_unread
    stop "${pid[ingest]}"
    start
}

leftovers() {
    equal "nothing waits" none "$(wait_for 30 none query "select coalesce(string_agg(identity, ' '), 'none') from ingest.announcement")"
    equal "each folder in staging is a delivery's, or about to go" 0 "$(wait_for 30 0 query "select count(*) from ingest.staged s where lease_until > now()
        and not exists (select from ingest.delivery d where d.staged = s.id) and not exists (select from ingest.quarantine q where q.id = s.id)")"
    equal "no key of a store is logged" 0 "$(cat "$work"/*.log | grep -c "$secret" || true)"
    equal "nor the name of any object" 0 "$(cat "$work"/{ingest,keys}.log | grep -cE 'r7/in|%C3%A5' || true)"
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
}

own_database object_store
tenant 1 region-a
tenant 2 region-b
system 1 region-a kurvan A-1
system 1 region-a ronden A-2
system 2 region-b vas B-1
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system) values (1, 'A-3', 'kurvan', 'x', 'care', 'files', 'x', 'x')"
store_of A-1 bucket-a
store_of A-2 bucket-b
store_of B-1 bucket-b
keys_for region-a/bucket-a kurvan
keys_for region-a/bucket-b ronden
keys_for region-b/bucket-b ronden
mkdir -p "$work/store/bucket-a" "$work/store/bucket-b"
echo "file://$work/store/lured" >"$work/store/elsewhere"
file 300000 1 small
file 300001 2 more
file 300000 3 none
file 300000 4 other
file 300000 5 beside
file 300000 8 typed
file $((2 * segment + 22 * 1048576)) 6 large
file $((4 * segment + 1)) 7 giant
region_keys central
start_broker {deliveries,receipts}.{region-a.{kurvan,ronden},region-b.vas} delivery.{received,validated,rejected} package.{stored,indexed,removed} gathering.closed
room keys
start
start_stand_in
agreements
whole
killed
equal "no finished segment was asked for again" 1 "$(asked '^206 bytes=0-67108863')"
refusals
bad_days
broken_off
drained
store_dies
keys_wrong
others_meanwhile
no_room
leftovers

# The same with a real one.
server=${R7_S3_SERVER-$(command -v versitygw || true)}
if [ -z "$server" ]; then
    left_out 'a real object store (versitygw: make object-store)'
    tell
    exit
fi
stop "${pid[store]}"
query "update ingest.delivery set rejected_at = now(), rule = 'test'" # the same bytes are used again
mkdir -p "$work/real/bucket-a"
start_versitygw
system=kurvan
whole
killed
leftovers
tell
