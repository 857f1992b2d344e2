#!/usr/bin/env bash
# How r7 brings large packages and whole disks in: rooms keys and ingest as processes around a throw-away PostgreSQL and
# librdkafka's mock broker. An upload whose client or server dies; a consignment with its list, good and bad, and one that
# is cut short.
# Ends with "N passed, N failed".
#
#   tests/integration/import.sh [BUILD]     BUILD: build/debug
# shellcheck disable=SC2119  # start_ingest takes settings, if any
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/door.sh"

ports keys ingest
base=https://127.0.0.1:${port[ingest]}
system=kurvan
segment=$((64 << 20))

# --- r7 as the source system -------------------------------------------------------------------------
r7() {
    as_system
    "${as[@]}" "$@"
}

as_system() {
    as=(env -i PATH="$PATH" HOME="$work" ${fault:+"R7_FAULT=$fault"} R7_TENANT=region-a R7_SYSTEM="$system" R7_KAFKA_BOOTSTRAP="$bootstrap" R7_BROKER_CA=''
        R7_INGEST_URL="$base" R7_CA="$R7_VAR/keys/ca.crt" R7_CERT="$R7_VAR/keys/system-region-a-$system.crt"
        R7_KEY="$R7_VAR/keys/system-region-a-$system.key" "$build/bin/r7")
}

# begin COMMAND...: in the background; its process is $begun.
begin() {
    as_system
    "${as[@]}" "$@" >"$work/out" 2>"$work/err" &
    begun=$!
}

# A file of random bytes that does not compress; the same each time.
file() {
    head -c "$1" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" -iv 00 -out "$3" 2>/dev/null
}

received() {
    query "select coalesce(max(received), 0) from ingest.upload where bytes = $1"
}

# Files in staging with so many bytes or more.
on_disk() {
    find "$work/one/staging" -type f -size "+$(($1 >> 20))M" 2>/dev/null | wc -l || true
}

# Has the upload of so many bytes come so far?
has_come() {
    [ "$(received "$1")" -ge "$2" ] && echo yes || echo no
}

sent_again() {
    sed -n 's/^r7: \([0-9]*\) bytes had to be sent again$/\1/p' "$work/err" | grep . || echo 0
}

remembered() {
    find "$work/.local/state/r7" -name 'upload-*' 2>/dev/null | wc -l
}

uploads() {
    local size
    file $((segment + 40000001)) 1 "$work/large"
    size=$(stat -c %s "$work/large")
    begin deliver --agreement A-1 --id died "$work/large"
    equal "a large package goes by upload" 1 "$(wait_for 20 1 on_disk $((8 << 20)))"
    stop $begun KILL
    check "its client was killed in the middle" test "$(received "$size")" -lt "$size"
    equal "the upload is remembered" 1 "$(remembered)"
    begin deliver --agreement A-1 --id died "$work/large"
    equal "the same command goes on" yes "$(wait_for 20 yes has_come "$size" $segment)"
    stop "${pid[ingest]}" KILL
    check "ingest was killed in the middle" test "$(received "$size")" -lt "$size"
    start_ingest
    check "through the death of ingest, to its end" wait $begun
    check "a segment at most was sent again" test "$(sent_again)" -le $segment
    equal "one upload was made" 1 "$(query "select count(*) from ingest.upload")"
    equal "is a delivery" received "$(wait_for 60 received receipts died)"
    equal "of the bytes that were sent" "$(sha256sum <"$work/large")" "$(opened died)"
    equal "named as r7 said" "$(cat "$work/out")" "$(query "select id from ingest.delivery where identity = 'died'")"
    equal "and nothing is remembered" 0 "$(remembered)"
}

# --- a consignment -----------------------------------------------------------------------------------
# import [ARGUMENT...] FOLDER: its words in $work/out, its exit code printed.
import() {
    local code=0
    r7 import --agreement A-1 "$@" >"$work/out" 2>"$work/err" || code=$?
    echo $code
}

said() {
    grep -cF -- "$1" "$work/out" "$work/err" | awk -F: '{n += $2} END {print n}'
}

deliveries() {
    query "select count(*) from ingest.delivery d where d.agreement = 'A-1' and rejected_at is null"
}

# consignment FOLDER COUNT SEED: so many packages, some in a folder of their own, with their sums.
consignment() {
    local i
    mkdir -p "$1/vårdenhet 1"
    for ((i = 1; i <= $2; i++)); do
        file $((100000 + i)) $((1000 * $3 + i)) "$1/$([ $((i % 2)) = 0 ] || echo 'vårdenhet 1/')p $i.zip"
    done
    (cd "$1" && find . -type f -name '*.zip' -exec sha256sum {} +) >"$1.sums"
    mv "$1.sums" "$1/SHA256SUMS"
}

good_list() {
    local disk=$work/disk
    consignment "$disk" 5 1
    file $((33 << 20)) 77 "$disk/large.zip"
    (cd "$disk" && sha256sum large.zip >>SHA256SUMS)
    cp "$disk/p 2.zip" "$disk/not in the list.zip"
    equal "a good list" 0 "$(import "$disk")"
    equal "each file is told of" 6 "$(said 'delivered  ')"
    equal "and the one that is not listed" 1 "$(said 'not listed not in the list.zip')"
    equal "each is a delivery" 6 "$(wait_for 30 6 deliveries)"
    equal "the large one by upload, the others as messages" "announcement|1 package|5" \
        "$(query "select kind, count(*) from ingest.delivery where rejected_at is null group by kind order by kind" | paste -sd ' ')"
    equal "of the bytes on the disk" "$(sha256sum <"$disk/large.zip")" "$(opened "$(sha256sum <"$disk/large.zip" | cut -d' ' -f1)")"
    equal "again" 0 "$(import "$disk")"
    equal "nothing is sent" 1 "$(said '6 listed: 0 delivered now, 6 before, 0 refused')"
    equal "without what it remembers" 0 "$(rm -r "$work/.local" && import "$disk")"
    equal "all is sent" 1 "$(said '6 listed: 6 delivered now, 0 before, 0 refused')"
    equal "and is what it was" 6 "$(deliveries)"
}

# refused WHAT WORDS LIST...: nothing of such a list is used.
refused_list() {
    local what=$1 words=$2
    shift 2
    printf '%s\n' "$@" >"$work/list"
    equal "$what" "1 1" "$(import --list "$work/list" "$work/disk") $(said "$words")"
}

bad_lists() {
    local sum before
    sum=$(printf x | sha256sum | cut -d' ' -f1)
    before=$(deliveries)
    refused_list "a name that leads upwards" "line 2: a name leads upwards" "$sum  p.zip" "$sum  a/../../p.zip"
    refused_list "an absolute name" "line 1: a name is empty or absolute" "$sum  /etc/passwd"
    refused_list "a name with a control character" "line 1: a name may hold no control character" "$sum  p"$'\033'"[2J.zip"
    refused_list "a name that comes twice" "line 3: it has the same name as line 1" "$sum  p 2.zip" "$sum  q" "$sum  ./p 2.zip"
    refused_list "a checksum that is none" "line 1: no checksum has 63 digits" "${sum:1}  p 2.zip"
    refused_list "no list" "the list has no file" ""
    refused_list "an algorithm that protects nothing" "line 2: the algorithm is none of" "name;bytes;algorithm;checksum" "p 2.zip;5;CRC32;00000000"
    rm "$work/disk/SHA256SUMS"
    equal "a folder without a list" "1 1" "$(import "$work/disk") $(said 'no list under a name that is known')"
    equal "nothing was delivered" "$before" "$(deliveries)"
}

bad_files() {
    local disk=$work/bad sum
    consignment "$disk" 6 2
    sum=$(printf x | sha256sum | cut -d' ' -f1)
    file 100000 78 "$disk/wrong.zip"
    ln -s "p 2.zip" "$disk/link.zip"
    mkfifo "$disk/pipe.zip"
    {
        printf 'name\tbytes\talgorithm\tchecksum\n'
        (cd "$disk" && for i in 2 4; do
            printf 'p %s.zip\t%s\tSHA-512\t%s\n' $i "$(stat -c %s "p $i.zip")" "$(sha512sum <"p $i.zip" | cut -d' ' -f1)"
        done)
        printf '%s\t%s\tSHA256\t%s\n' "p 6.zip" 5 "$sum" "vårdenhet 1/p 1.zip" "$(stat -c %s "$disk/vårdenhet 1/p 1.zip")" "$sum" \
            gone.zip 5 "$sum" link.zip 5 "$sum" pipe.zip 5 "$sum" wrong.zip 100000 "$sum"
    } >"$disk/consignment.tsv"
    rm "$disk/SHA256SUMS"
    equal "a list with bad files is no success" 1 "$(import --upload "$disk")"
    equal "the good ones are delivered" "1 2" "$(said '8 listed: 2 delivered now, 0 before, 6 refused') $(said 'delivered  ')"
    equal "a wrong size" 1 "$(said 'line 4  p 6.zip: it has 100006 bytes, and the list says 5')"
    equal "a wrong checksum" 1 "$(said 'line 5  vårdenhet 1/p 1.zip: its SHA-256 is ')"
    equal "one that is not there" 1 "$(said 'line 6  gone.zip: could not open it: No such file')"
    equal "a link" 1 "$(said 'line 7  link.zip: could not open it')"
    equal "a pipe" 1 "$(said 'line 8  pipe.zip: it is no file')"
    equal "a wrong checksum of what was uploaded" 1 "$(said 'line 9  wrong.zip: its SHA-256 is ')"
    equal "of which nothing stays" 0 "$(query "select count(*) from ingest.upload join ingest.staged using (id) where bytes = 100000 and (claimed or lease_until > now())")"
    rm "$disk/link.zip" "$disk/pipe.zip"
    (cd "$disk" && find . -name '*.zip' -exec sha256sum {} +) >"$disk/SHA256SUMS"
    equal "with a list that is right" 0 "$(import --list "$disk/SHA256SUMS" "$disk")"
    equal "each is delivered" 13 "$(wait_for 20 13 deliveries)"
}

# Before a message is sent, and when the brokers have it and nobody remembers that.
cut_short() {
    local disk=$work/short fault
    consignment "$disk" 12 3
    fault=bus.before_produce:5:kill
    equal "an import is killed" 137 "$(import "$disk")"
    equal "after some were sent" 4 "$(said 'delivered  ')"
    fault=bus.after_flush:4:kill
    equal "and again" 137 "$(import "$disk")"
    equal "after some more" 3 "$(said 'delivered  ')"
    fault=
    printf '{"name":"torn' >>"$(echo "$work"/.local/state/r7/import-*.jsonl)"
    equal "run again" 0 "$(import "$disk")"
    equal "it goes on" 1 "$(said '12 listed: 5 delivered now, 7 before, 0 refused')"
    equal "each is delivered once" 25 "$(wait_for 30 25 deliveries)"
    equal "and again" "0 1" "$(import "$disk") $(said '12 listed: 0 delivered now, 12 before, 0 refused')"
}

# told WORD DELIVERY [RULE]: a receipt of a room that is not here.
told() {
    printf '{"receipt":"%s","delivery":"%s","rule":"%s"}\n' "$1" "$2" "${3-}" |
        kcat -P -b "$bootstrap" -t "receipts.region-a.$system" -k "$2"
}

waiting() {
    local disk=$work/short names name
    equal "who waits for what nobody has stored" 1 "$(import --wait 1 "$disk")"
    equal "is told so" 1 "$(said '0 archived, 0 rejected, 12 not heard of yet')"
    mapfile -t names < <(grep -hFf <(cut -d' ' -f1 "$disk/SHA256SUMS") "$work"/.local/state/r7/import-*.jsonl | jq -r .delivery | sort -u)
    for name in "${names[@]:1}"; do told archived "$name"; done
    told rejected "${names[0]}" CSIP71
    equal "a rejection is no success" 1 "$(import --wait 30 "$disk")"
    equal "is told with its rule" "1 1" "$(said '11 archived, 1 rejected, 0 not heard of yet') $(said ': CSIP71')"
    begin import --agreement A-1 --wait 60 "$disk"
    equal "it is sent again" yes "$(wait_for 30 yes has_delivered)"
    told archived "${names[0]}"
    check "what was said before that does not count" wait $begun
    equal "all are archived" 1 "$(said '12 archived, 0 rejected, 0 not heard of yet')"
}

has_delivered() {
    grep -q '^delivered' "$work/out" && echo yes || echo no
}

own_database import
tenant 1 region-a
system 1 region-a kurvan A-1
system 1 region-a ronden A-2
start_broker {deliveries,receipts}.region-a.{kurvan,ronden} delivery.{received,validated,rejected} package.{stored,indexed}
room keys
start_ingest
uploads
query "update ingest.delivery set rejected_at = now(), rule = 'test'" # what follows counts its own
good_list
bad_lists
bad_files
cut_short
waiting
equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
tell
