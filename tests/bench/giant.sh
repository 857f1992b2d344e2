#!/usr/bin/env bash
# One giant package, uploaded, until it is found, against sha256sum of the same file. Nothing is asserted: numbers only.
#
#   BENCH_FILES=20           files in it, of zeros: sparse where they lie, whole in the package and in the vault
#   BENCH_MIB=1024           MiB each
#   R7_WORKERS=2             workers of each room for each topic
#   BENCH_KEEP=FOLDER        keeps the house and the package there
#
# The disk must hold it three times: the package, which goes when it is uploaded, and the two copies of the vault.
# Needs what `make run` needs. The house is one of its own in a folder of its own, which is removed.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
. "$top/tests/bench/lib.sh"

files=${BENCH_FILES:-20}
mib=${BENCH_MIB:-1024}

write_folder() {
    local ns=urn:riv:clinicalprocess:healthcond:description: number
    mkdir -p "$work/folder"
    for number in $(seq "$files"); do
        truncate -s "${mib}M" "$work/folder/film-$number.bin"
    done
    printf '%s' "<careDocumentation xmlns=\"${ns}GetCareDocumentationResponder:3\" xmlns:c=\"${ns}3\"><c:header><c:accessControlHeader>" \
        '<c:accountableCareUnit><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE0000000001-2001</c:extension></c:accountableCareUnit>' \
        '<c:patientId><c:root>2.999.752.1</c:root><c:extension>990000000000</c:extension></c:patientId></c:accessControlHeader>' \
        '<c:record><c:id><c:root>note-1</c:root></c:id><c:timestamp>20050301090000</c:timestamp></c:record></c:header><c:body>' \
        '<c:clinicalDocumentNoteText>Filmer</c:clinicalDocumentNoteText></c:body></careDocumentation>' >"$work/folder/note.xml"
    cat >"$work/description.json" <<'END'
{"title": "Films", "content_category": "Mixed", "content_information_type": "OTHER", "other_content_information_type": "care",
 "archive_creator": {"name": "Region Ekeby"}, "submitting_organisation": {"name": "Region Ekeby"},
 "mappings": [{"driver": "representations/rep1/data/*.xml", "reader": "rivta"}]}
END
}

seconds_since() {
    awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN {printf "%.1f", to - from}'
}

# Seconds from one milestone to another.
between() {
    sql "select round(extract(epoch from $2 - $1)::numeric, 1) from ingest.delivery where id = '$delivery'"
}

# The most each room ever had resident.
peaks() {
    local room
    for room in $(rooms); do
        awk -v room="$room" '/^VmHWM/ {printf "%s %d MiB\n", room, $2 / 1024}' "/proc/$(processes_of "$room")/status"
    done | paste -sd ',' | sed 's/,/, /g'
}

main() {
    local start bare uploaded validated stored found size
    say "$(date -u +%F) $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg), $files files of $mib MiB, ${R7_WORKERS:-2} workers"
    start_house
    make_system
    write_folder
    start=$EPOCHREALTIME
    r7 pack --description "$work/description.json" --format tar --out "$work/package.tar" "$work/folder"
    say "  packed in $(seconds_since "$start") s"
    size=$(stat -c %s "$work/package.tar")
    start=$EPOCHREALTIME
    sha256sum "$work/package.tar" >/dev/null
    bare=$(seconds_since "$start")
    start=$EPOCHREALTIME
    delivery=$(as_system r7 deliver --tenant region-a --system volymen --agreement A-VOLYMEN "$work/package.tar")
    uploaded=$(seconds_since "$start")
    rm "$work/package.tar"
    until [ -n "$(sql "select 1 from ingest.delivery where id = '$delivery' and (indexed_at is not null or rejected_at is not null)")" ]; do sleep 0.5; done
    [ "$(sql "select rejected_at is null from ingest.delivery where id = '$delivery'")" = t ] || say "  it was rejected"
    validated=$(between received_at validated_at)
    stored=$(between validated_at stored_at)
    found=$(between stored_at indexed_at)
    say "  $size bytes: sha256sum $bare s, uploaded $uploaded s, validated $validated s, stored $stored s, searchable $found s"
    awk -v b="$bare" -v u="$uploaded" -v v="$validated" -v s="$stored" -v f="$found" -v n="$size" 'BEGIN {
        printf "  MB/s: sha256sum %.0f, uploading %.0f, validating %.0f, storing %.0f, in all %.0f, which is %.2f of sha256sum\n",
            n / b / 1e6, n / u / 1e6, n / v / 1e6, n / s / 1e6, n / (u + v + s + f) / 1e6, b / (u + v + s + f)}'
    say "  the most each room ever had resident: $(peaks)"
}

main
