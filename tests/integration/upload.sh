#!/usr/bin/env bash
# The upload door: rooms keys and ingest as processes around a throw-away PostgreSQL and librdkafka's mock broker; curl as
# a source system. What tus promises, what is refused, every death in the middle, and announcements before and after.
# Ends with "N passed, N failed".
#
#   tests/integration/upload.sh [BUILD]     BUILD: build/debug
#   MEASURE=1 tests/integration/upload.sh   how many bytes of 4 GiB are sent twice when it is interrupted 20 times
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/door.sh"

ports keys ingest second
base=https://127.0.0.1:${port[ingest]}
system=kurvan
offset_type='Content-Type: application/offset+octet-stream'
segment=$((64 << 20))

# --- tus -------------------------------------------------------------------------------------------
version=1.0.0

# ask METHOD PATH [CURL ARGUMENT...]: what curl is told, in ${asked[@]}.
ask() {
    local method=$1 path=$2 how=(-X "$1")
    shift 2
    [ "$method" != HEAD ] || how=(-I)
    asked=(curl -s --max-time 30 -o "$work/answer" -D "$work/headers" -w '%{http_code}' --cacert "$R7_VAR/keys/ca.crt"
        --cert "$R7_VAR/keys/system-region-a-$system.crt" --key "$R7_VAR/keys/system-region-a-$system.key"
        -H "Tus-Resumable: $version" "${how[@]}" "$@" "$base$path")
}

# tus METHOD PATH [CURL ARGUMENT...]: the status; headers and body lie in $work.
tus() {
    ask "$@"
    "${asked[@]}" || true
}

header() {
    tr -d '\r' <"$work/headers" | awk -F': ' -v name="${1,,}" 'tolower($1) == name {print $2}'
}

problem() {
    jq -r "$1 // empty" "$work/answer"
}

metadata() {
    echo "Upload-Metadata: filename $(printf 'Anna Andersson.zip' | base64),agreement $(printf %s "$1" | base64)"
}

# create BYTES [AGREEMENT]: the upload's path.
create() {
    local status
    status=$(tus POST /uploads -H "Upload-Length: $1" -H "$(metadata "${2-A-1}")")
    [ "$status" = 201 ] && header Location || echo "status $status"
}

# patch PATH OFFSET FILE [CURL ARGUMENT...]
patch() {
    local path=$1 offset=$2 file=$3
    shift 3
    tus PATCH "$path" -H "$offset_type" -H "Upload-Offset: $offset" --data-binary "@$file" "$@"
}

offset_of() {
    tus HEAD "$1" >/dev/null
    header Upload-Offset
}

# A file of random bytes that does not compress; the same each time.
file() {
    head -c "$1" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" -iv 00 -out "$work/$3" 2>/dev/null
}

# range FILE FROM [COUNT]
range() {
    dd if="$1" iflag=skip_bytes,count_bytes skip="$2" ${3:+count="$3"} bs=1M status=none
}

# --- announcing ------------------------------------------------------------------------------------
# announce ID UPLOAD FILE [AGREEMENT [SYSTEM]]
announce() {
    printf '{"upload":"%s","bytes":%s,"sha256":"%s"}' "${2##*/}" "$(stat -c %s "$3")" "$(sha256sum <"$3" | cut -d' ' -f1)" |
        kcat -P -b "$bootstrap" -t "deliveries.region-a.${5-$system}" -H ce_specversion=1.0 -H "ce_id=$1" -H ce_source=x \
            -H ce_type=se.r7e.delivery.announcement.v1 -H "ce_agreement=${4-A-1}"
}

# deliver ID FILE: the package itself on the topic.
deliver() {
    kcat -P -b "$bootstrap" -t "deliveries.region-a.$system" -H ce_specversion=1.0 -H "ce_id=$1" -H ce_source=x \
        -H ce_type=se.r7e.delivery.package.v1 -H ce_agreement=A-1 "$2"
}

# Files in an upload's folder that no row names.
leftovers() {
    comm -23 <(find "$(folder_of "$1")" -type f -printf '%f\n' 2>/dev/null | sed 's/\.header$//' | sort -u) \
        <(query "select key from ingest.upload_segment where upload = '${1##*/}' union select key from ingest.upload where id = '${1##*/}' and key is not null" | sort)
}

# --- checks ----------------------------------------------------------------------------------------
protocol() {
    local up
    equal "OPTIONS needs no certificate" 204 "$(options)"
    equal "tells the version" 1.0.0 "$(header Tus-Version)"
    equal "and the extensions" creation,expiration,checksum,termination "$(header Tus-Extension)"
    version=0.2.2
    equal "another version" 412 "$(tus POST /uploads -H 'Upload-Length: 5')"
    version=1.0.0
    equal "is told ours" "1.0.0 1.0.0" "$(header Tus-Version) $(header Tus-Resumable)"
    equal "no length" 400 "$(tus POST /uploads -H "$(metadata A-1)")"
    equal "a length that is none" 400 "$(tus POST /uploads -H 'Upload-Length: -1' -H "$(metadata A-1)")"
    equal "no bytes" empty "$(tus POST /uploads -H 'Upload-Length: 0' -H "$(metadata A-1)" >/dev/null && problem .rule)"
    equal "no agreement" agreement_unknown "$(tus POST /uploads -H 'Upload-Length: 5' >/dev/null && problem .rule)"
    equal "another system's agreement" agreement_unknown "$(tus POST /uploads -H 'Upload-Length: 5' -H "$(metadata A-2)" >/dev/null && problem .rule)"
    equal "over the agreement's limit" 413 "$(tus POST /uploads -H 'Upload-Length: 1000000001' -H "$(metadata A-1)")"
    up=$(create "$(stat -c %s "$work/small")")
    check "an upload has an address" test "${up%/*}" = /uploads
    equal "and begins at" 0 "$(offset_of "$up")"
    equal "with its length" "$(stat -c %s "$work/small")" "$(header Upload-Length)"
    check "and a time" date -d "$(header Upload-Expires)"
    equal "another type" 415 "$(tus PATCH "$up" -H 'Upload-Offset: 0' -H 'Content-Type: text/plain' --data-binary x)"
    equal "another offset" 409 "$(patch "$up" 7 "$work/small")"
    equal "more than told" 413 "$(patch "$up" 0 "$work/more")"
    equal "nothing of it is kept" "0 0" "$(offset_of "$up") $(leftovers "$up" | wc -l)"
    system=ronden
    equal "another system's certificate" 404 "$(tus HEAD "$up")"
    equal "may not write" 404 "$(patch "$up" 0 "$work/small")"
    equal "nor end it" 404 "$(tus DELETE "$up")"
    system=kurvan
    equal "all at once" 204 "$(patch "$up" 0 "$work/small" -H 'Transfer-Encoding: chunked')"
    equal "all is there" "$(stat -c %s "$work/small")" "$(header Upload-Offset)"
    equal "no name of a file is kept" 0 "$(query "select count(*) from ingest.upload u where u::text ilike '%anna%'")"
    equal "terminated" 204 "$(tus DELETE "$up")"
    equal "is gone" 404 "$(tus HEAD "$up")"
    check "with its bytes" test ! -e "$(folder_of "$up")"
    equal "no certificate" 401 "$(curl -s -o /dev/null -w '%{http_code}' --cacert "$R7_VAR/keys/ca.crt" -H 'Tus-Resumable: 1.0.0' -I "$base$up")"
}

checksums() {
    local up right
    right=$(openssl dgst -sha1 -binary "$work/small" | base64)
    up=$(create "$(stat -c %s "$work/small")")
    equal "an unknown algorithm" 400 "$(patch "$up" 0 "$work/small" -H "Upload-Checksum: crc32 $right")"
    equal "a digest that is none" 400 "$(patch "$up" 0 "$work/small" -H 'Upload-Checksum: sha256 eHg=')"
    equal "a wrong checksum" 460 "$(patch "$up" 0 "$work/small" -H "Upload-Checksum: sha1 $(printf %020d 1 | base64)")"
    equal "takes nothing" "0 0" "$(offset_of "$up") $(leftovers "$up" | wc -l)"
    equal "the right one" 204 "$(patch "$up" 0 "$work/small" -H "Upload-Checksum: sha1 $right")"
    equal "takes all" "$(stat -c %s "$work/small")" "$(header Upload-Offset)"
    # Over the end of a segment, and over the end of another that is unfinished.
    up=$(create "$(stat -c %s "$work/large")")
    head -c 40000000 "$work/large" >"$work/part"
    equal "40 MB" 204 "$(patch "$up" 0 "$work/part" -H "Upload-Checksum: sha256 $(openssl dgst -sha256 -binary "$work/part" | base64)")"
    equal "in whole chunks" $((40000000 / 65536 * 65536)) "$(header Upload-Offset)"
    range "$work/large" $((40000000 / 65536 * 65536)) 40000000 >"$work/part"
    equal "over a segment's end, wrong" 460 "$(patch "$up" $((40000000 / 65536 * 65536)) "$work/part" -H "Upload-Checksum: sha256 $(openssl dgst -sha256 -binary "$work/small" | base64)")"
    equal "takes nothing of it" "$((40000000 / 65536 * 65536)) 0" "$(offset_of "$up") $(leftovers "$up" | wc -l)"
    equal "over a segment's end, right" 204 "$(patch "$up" $((40000000 / 65536 * 65536)) "$work/part" -H "Upload-Checksum: sha256 $(openssl dgst -sha256 -binary "$work/part" | base64)")"
    range "$work/large" "$(header Upload-Offset)" >"$work/part"
    equal "the rest, without" 204 "$(patch "$up" "$(header Upload-Offset)" "$work/part")"
    announce checked "$up" "$work/large"
    equal "is a delivery" received "$(wait_for 20 received receipts checked)"
    equal "of the bytes that were sent" "$(sha256sum <"$work/large")" "$(opened checked)"
    equal "and nothing else lies there" "" "$(leftovers "$up")"
}

small_pieces() {
    local up
    up=$(create 300000)
    head -c 1000 "$work/small" >"$work/part"
    equal "a piece without a whole chunk" piece_too_small "$(patch "$up" 0 "$work/part" >/dev/null && problem .rule)"
    head -c 100000 "$work/small" >"$work/part"
    equal "a piece with one" 204 "$(patch "$up" 0 "$work/part")"
    equal "is acknowledged in chunks" 65536 "$(header Upload-Offset)"
    range "$work/small" 65536 >"$work/part"
    equal "the last piece, of any length" 204 "$(patch "$up" 65536 "$work/part")"
    equal "ends it" 300000 "$(header Upload-Offset)"
    equal "a delivery of it" "received" "$(announce pieces "$up" "$work/small" && wait_for 20 received receipts pieces)"
    equal "has its bytes" "$(sha256sum <"$work/small")" "$(opened pieces)"
}

# slow PATH OFFSET FILE: sends it so slowly that it stays in the middle; its process is $slow.
slow() {
    ask PATCH "$1" -H "$offset_type" -H "Upload-Offset: $2" -T "$3" -H 'Expect:' --limit-rate "${4-1M}"
    "${asked[@]}" >"$work/slow" 2>&1 &
    slow=$!
}

writing() {
    query "select count(*) from ingest.upload where id = '${1##*/}' and writing_until > now() and cardinality(next_keys) > 0"
}

racing() {
    local up
    up=$(create "$(stat -c %s "$work/large")")
    slow "$up" 0 "$work/large"
    equal "one writes" 1 "$(wait_for 20 1 writing "$up")"
    equal "another is told to wait" 423 "$(patch "$up" 0 "$work/large")"
    equal "nor is it ended" 423 "$(tus DELETE "$up")"
    kill -9 "$slow"
    wait "$slow" 2>/dev/null || true
    equal "when the client dies it is free at once" 0 "$(wait_for 10 0 writing "$up")"
    check "and what came is kept" test "$(offset_of "$up")" -gt 0
    equal "in whole chunks" 0 "$(($(offset_of "$up") % 65536))"
    resume "$up" "$work/large"
    announce raced "$up" "$work/large"
    equal "resumed to the end" received "$(wait_for 20 received receipts raced)"
    equal "with the bytes that were sent" "$(sha256sum <"$work/large")" "$(opened raced)"
    equal "and nothing else lies there" "" "$(leftovers "$up")"
}

# Two replicas of ingest on one database and one vault: an upload is everybody's, and one writes it at a time.
replicas() {
    local up i statuses first=${pid[ingest]} one=$base two=https://127.0.0.1:${port[second]}
    mkdir -p "$work/second"
    base=$two
    start_ingest R7_HTTP_PORT="${port[second]}" R7_STATE_DIR="$work/second"
    for i in {1..4}; do
        file $((i * 900000)) $((20 + i)) both
        base=$one
        up=$(create $((i * 900000)))
        statuses=$(at_once "$up" "$work/both" "$one" "$two")
        check "sent to both at once, one is taken and the other told ($statuses)" grep -qxE '204 (409|423)' <<<"$statuses"
        equal "as long as it was sent" $((i * 900000)) "$(offset_of "$up")"
        announce "both $i" "$up" "$work/both"
        equal "its announcement is read by either" received "$(wait_for 30 received receipts "both $i")"
        equal "the bytes are those that were sent, and no others" "$(sha256sum <"$work/both") 0" "$(opened "both $i") $(leftovers "$up" | wc -l)"
    done
    base=$one
    up=$(create "$(stat -c %s "$work/large")")
    slow "$up" 0 "$work/large" 40M
    equal "one is in the middle of it" yes "$(wait_for 30 yes on_disk "$up" $((segment + (4 << 20))))"
    base=$two
    equal "the other replica tells to wait" 423 "$(patch "$up" $segment "$work/small")"
    stop "$first" KILL
    wait "$slow" || true
    resume "$up" "$work/large"
    equal "and goes on where the killed one was" "$(stat -c %s "$work/large")" "$(offset_of "$up")"
    announce replaced "$up" "$work/large"
    equal "as a delivery" received "$(wait_for 30 received receipts replaced)"
    equal "with the bytes that were sent" "$(sha256sum <"$work/large")" "$(opened replaced)"
    equal "and nothing else lies there" "" "$(leftovers "$up")"
    stop "${pid[ingest]}"
    base=$one
    start_ingest
}

# at_once PATH FILE BASE...: the file, sent to each at the same time; their statuses, in order.
at_once() {
    local path=$1 file=$2 senders=() i=0
    shift 2
    for base in "$@"; do
        i=$((i + 1))
        ask PATCH "$path" -H "$offset_type" -H 'Upload-Offset: 0' -H 'Expect:' --data-binary "@$file" -o /dev/null -D /dev/null
        "${asked[@]}" >"$work/status.$i" &
        senders+=($!)
    done
    wait "${senders[@]}" || true
    for i in $(seq $#); do printf '%s\n' "$(cat "$work/status.$i")"; done | sort | paste -sd ' '
}

# resume PATH FILE: from where it stands, as often as it takes.
resume() {
    local offset size
    size=$(stat -c %s "$2")
    for _ in {1..100}; do
        offset=$(offset_of "$1")
        [ "$offset" != "$size" ] || return 0
        range "$2" "$offset" >"$work/rest"
        [ "$(patch "$1" "$offset" "$work/rest")" = 204 ] || sleep 0.3
    done
}

on_disk() {
    [ "$(du -sb "$(folder_of "$1")" 2>/dev/null | cut -f1)" -gt "$2" ] 2>/dev/null && echo yes || echo no
}

killed() {
    local up before
    up=$(create "$(stat -c %s "$work/large")")
    slow "$up" 0 "$work/large" 40M
    equal "over a segment's end" yes "$(wait_for 30 yes on_disk "$up" $((segment + (4 << 20))))"
    stop "${pid[ingest]}" KILL
    wait "$slow" || true
    start_ingest
    before=$(offset_of "$up")
    equal "kill -9 of ingest costs less than a segment" "$segment" "$before"
    resume "$up" "$work/large"
    announce killed "$up" "$work/large"
    equal "resumed to the end" received "$(wait_for 20 received receipts killed)"
    equal "with the bytes that were sent" "$(sha256sum <"$work/large")" "$(opened killed)"
    equal "what the dead one wrote is gone" "" "$(leftovers "$up")"
    # At each place where the row changes; the third save is that of the first segment's end.
    local point
    for point in ingest.before_save:2 ingest.after_save:4 vault.before_piece_flush:2; do
        query "update ingest.delivery set rejected_at = now(), rule = 'test' where rejected_at is null"
        stop "${pid[ingest]}"
        start_ingest R7_FAULT="$point:kill"
        up=$(create "$(stat -c %s "$work/large")")
        patch "$up" 0 "$work/large" >/dev/null
        stop "${pid[ingest]}"
        start_ingest
        resume "$up" "$work/large"
        announce "at $point" "$up" "$work/large"
        equal "killed at $point: a delivery" received "$(wait_for 20 received receipts "at $point")"
        equal "killed at $point: the same bytes, and no others" "$(sha256sum <"$work/large") 0" "$(opened "at $point") $(leftovers "$up" | wc -l)"
    done
}

failing_disk() {
    local up
    stop "${pid[ingest]}"
    start_ingest R7_FAULT=vault.before_piece:1:error
    up=$(create "$(stat -c %s "$work/large")")
    equal "a disk that fails is told" 503 "$(patch "$up" 0 "$work/small")"
    stop "${pid[ingest]}"
    start_ingest R7_STAGING_RESERVE=9000000000000000
    resume "$up" "$work/large"
    equal "what was begun goes on" "$(stat -c %s "$work/large")" "$(offset_of "$up")"
    equal "no room for a new one" 507 "$(tus POST /uploads -H 'Upload-Length: 5' -H "$(metadata A-1)")"
    tus DELETE "$up" >/dev/null
    stop "${pid[ingest]}"
    start_ingest R7_UPLOADS_MAX=1
    query "delete from ingest.staged where not claimed"
    up=$(create 5)
    equal "not too many of a system" "429 uploads_too_many" "$(tus POST /uploads -H 'Upload-Length: 5' -H "$(metadata A-1)") $(problem .rule)"
    tus DELETE "$up" >/dev/null
    stop "${pid[ingest]}"
    start_ingest
}

announcements() {
    local up other again
    file 200000 11 eleven
    file 200000 12 twelve
    up=$(create 200000)
    announce ahead "$up" "$work/eleven"
    equal "ahead of its bytes it waits" 1 "$(wait_for 20 1 query "select count(*) from ingest.announcement where identity = 'ahead'")"
    tus GET "/deliveries/$(query "select id from ingest.announcement where identity = 'ahead'")/progress" >/dev/null
    equal "which its system sees" "announced receiving t" "$(problem '[.state, .progress.doing, if .waits_until then "t" else "f" end] | join(" ")')"
    announce ahead "$up" "$work/eleven"
    announce second "$up" "$work/eleven"
    equal "one announcement each" "rejected id_reused" "$(wait_for 20 "rejected id_reused" receipts second)"
    equal "and no delivery yet" "" "$(receipts ahead)"
    equal "the bytes come" 204 "$(patch "$up" 0 "$work/eleven")"
    equal "and it begins" received "$(wait_for 5 received receipts ahead)"
    equal "waiting no more" 0 "$(query 'select count(*) from ingest.announcement')"
    announce third "$up" "$work/eleven" A-1
    equal "an upload is used once" "rejected duplicate_of" "$(wait_for 20 "rejected duplicate_of" receipts third)"
    equal "and not ended any more" 409 "$(tus DELETE "$up")"
    up=$(create 200000)
    patch "$up" 0 "$work/twelve" >/dev/null
    announce other "$up" "$work/eleven.other"
    equal "other bytes than announced" "rejected upload_mismatch" "$(wait_for 20 "rejected upload_mismatch" receipts other)"
    system=ronden
    announce stolen "$up" "$work/twelve" A-2
    equal "another system's upload" "rejected upload_missing" "$(wait_for 20 "rejected upload_missing" receipts stolen)"
    system=kurvan
    announce unsaid "$up" "$work/twelve" A-3
    equal "another agreement's upload" "rejected upload_mismatch" "$(wait_for 20 "rejected upload_mismatch" receipts unsaid)"
    echo '{"upload":"x"}' | kcat -P -b "$bootstrap" -t deliveries.region-a.kurvan -H ce_id=bad -H ce_type=se.r7e.delivery.announcement.v1 -H ce_agreement=A-1
    equal "no announcement" "rejected announcement_invalid" "$(wait_for 20 "rejected announcement_invalid" receipts bad)"
    announce right "$up" "$work/twelve"
    equal "the right one" received "$(wait_for 20 received receipts right)"
    announce right "$up" "$work/twelve"
    equal "again is the same" 1 "$(query "select count(*) from ingest.delivery where identity = 'right'")"
    again=$(create 200000)
    patch "$again" 0 "$work/twelve" >/dev/null
    announce right "$again" "$work/twelve"
    equal "uploaded once more for the same id, these bytes go at once" 404 "$(wait_for 20 404 tus HEAD "$again")"
    equal "from staging" "" "$(wait_for 10 "" find "$work/one/staging/region-a" -name "${again##*/}")"
    equal "and the id's own stay" "$(sha256sum <"$work/twelve")" "$(opened right)"
    announce right "$again" "$work/twelve"
    equal "nor is it refused for that" "received" "$(receipts right)"
    other=$(create 200000)
    announce twice "$other" "$work/twelve"
    equal "the same bytes, ahead of them" "rejected duplicate_of" "$(wait_for 70 "rejected duplicate_of" receipts twice)"
    equal "need not come any more" 404 "$(patch "$other" 0 "$work/twelve")"
    file 200000 14 fourteen
    other=$(create 200000)
    announce overtaken "$other" "$work/fourteen"
    equal "it waits" 1 "$(wait_for 20 1 query "select count(*) from ingest.announcement where identity = 'overtaken'")"
    deliver overtaken "$work/fourteen"
    equal "the package itself comes on the topic" received "$(wait_for 20 received receipts overtaken)"
    equal "then the bytes" 204 "$(patch "$other" 0 "$work/fourteen")"
    equal "which go, for it is the same delivery" "404 received" "$(tus HEAD "$other") $(receipts overtaken)"
}

expiry() {
    local up waits
    up=$(create 200000)
    waits=$(create 300000)
    head -c 150000 "$work/small" >"$work/part"
    patch "$up" 0 "$work/part" >/dev/null
    patch "$waits" 0 "$work/part" >/dev/null
    announce late "$waits" "$work/small"
    equal "announced, and never complete" 1 "$(wait_for 20 1 query "select count(*) from ingest.announcement where identity = 'late'")"
    stop "${pid[ingest]}"
    query "update ingest.staged set lease_until = now() - interval '1 second' where id in ('${up##*/}', '${waits##*/}')"
    query "update keys.header set lease_until = now()"
    start_ingest
    equal "an expired upload is gone" 404 "$(tus HEAD "$up")"
    equal "its announcement is told so" "rejected upload_missing" "$(wait_for 90 "rejected upload_missing" receipts late)"
    equal "its rows too" 0 "$(wait_for 90 0 query "select count(*) from ingest.upload where id in ('${up##*/}', '${waits##*/}')")"
    check "and its bytes" test ! -e "$(folder_of "$up")"
    equal "its keys" t "$(wait_for 90 t query "select count(*) = (select count(*) from (select key from ingest.upload_segment union select key from ingest.upload where key is not null union select unnest(keys) from ingest.staged) k) from keys.header")"
}

# MEASURE=1: 4 GiB, interrupted 20 times: every other time the client goes away, every other time ingest dies by kill -9.
# How many bytes were sent that had to be sent again, each time.
interrupted() {
    local size=$((4 << 30)) up before sent after again most=0 sum=0 i
    truncate -s $size "$work/sparse"
    query "update ingest.agreement set package_bytes_max = $size"
    up=$(create $size)
    for i in {1..20}; do
        before=$(offset_of "$up")
        mkfifo "$work/bytes"
        range "$work/sparse" "$before" >"$work/bytes" 2>/dev/null &
        ask PATCH "$up" -H "$offset_type" -H "Upload-Offset: $before" -T - -H 'Expect:' -w '%{size_upload}' --max-time "$((i % 2 == 0 ? 30 : 1)).$((RANDOM % 9))"
        "${asked[@]}" <"$work/bytes" >"$work/sent" &
        slow=$!
        if [ $((i % 2)) = 0 ]; then
            wait_for 20 1 query "select (received >= $before + $((RANDOM % 3)) * $segment)::int from ingest.upload where id = '${up##*/}'" >/dev/null
            stop "${pid[ingest]}" KILL
            start_ingest
        fi
        wait $slow || true
        rm "$work/bytes"
        wait_for 20 0 writing "$up" >/dev/null
        sent=$(cat "$work/sent")
        after=$(offset_of "$up")
        again=$((before + sent - after))
        echo "interrupted at $((before + sent)): $again bytes again"
        sum=$((sum + again))
        [ $again -le $most ] || most=$again
    done
    before=$(offset_of "$up")
    equal "the rest" 204 "$(range "$work/sparse" "$before" | tus PATCH "$up" -H "$offset_type" -H "Upload-Offset: $before" -T - --max-time 600)"
    equal "has the bytes that were sent" "$(sha256sum <"$work/sparse" | cut -d' ' -f1)" "$(query "select encode(sha256, 'hex') from ingest.upload where id = '${up##*/}'")"
    echo "4 GiB interrupted 20 times: $most bytes sent again at most, $sum in all"
    check "at most a segment each time" test $most -le $((segment + 65536))
}

own_database upload
tenant 1 region-a
system 1 region-a kurvan A-1
system 1 region-a ronden A-2
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system) values (1, 'A-3', 'kurvan', 'x', 'care', 'files', 'x', 'x')"
file 300000 1 small
file 300001 2 more
file $((segment + 30000001)) 3 large
file 200000 13 eleven.other
start_broker {deliveries,receipts}.region-a.{kurvan,ronden} delivery.{received,validated,rejected} package.{stored,indexed}
room keys
start_ingest
if [ -n "${MEASURE-}" ]; then
    interrupted
    tell
    exit
fi
protocol
checksums
query "update ingest.delivery set rejected_at = now(), rule = 'test'" # the same bytes are used again
small_pieces
racing
query "update ingest.delivery set rejected_at = now(), rule = 'test'"
if [ -n "${FAULT_WHOLE-}" ]; then
    killed
    failing_disk
else
    left_out 'death in the middle of an upload, and a disk that fails (make fault)'
fi
query "update ingest.delivery set rejected_at = now(), rule = 'test' where rejected_at is null"
replicas
query "update ingest.delivery set rejected_at = now(), rule = 'test' where rejected_at is null"
announcements
expiry
equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
tell
