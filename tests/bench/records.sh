#!/usr/bin/env bash
# Single records, from the topic until they are found, against the bare program on the same records in packages. Nothing is
# asserted: numbers only.
#
#   BENCH_RECORDS=20000      care notes of 1 to 4 KiB, one message each. The full size is 100000
#   BENCH_GATHERED=5000      so many make a delivery
#   BENCH_KEEP=FOLDER        keeps the house and the records there
#
# Needs what `make run` needs. The house is one of its own in a folder of its own, which is removed.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
. "$top/tests/bench/lib.sh"

records=${BENCH_RECORDS:-20000}
export R7_GATHER_RECORDS=${BENCH_GATHERED:-5000} R7_GATHER_SECONDS=3600

# Notes about 1 person for 20 records, with reserve numbers that can be no personal number; folder b0, b1, … a package's worth.
write_records() {
    python3 - "$records" "$R7_GATHER_RECORDS" "$work/records" <<'END'
import os, random, sys
count, each, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
random.seed(1)
words = "patienten söker för hosta feber och trötthet sedan några dagar status opåverkad hjärta och lungor utan anmärkning".split()
ns = "urn:riv:clinicalprocess:healthcond:description:"
for n in range(count):
    folder = f"{out}/b{n // each}"
    os.makedirs(folder, exist_ok=True)
    head = (f'<careDocumentation xmlns="{ns}GetCareDocumentationResponder:3" xmlns:c="{ns}3"><c:header><c:accessControlHeader>'
            f'<c:accountableCareUnit><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE0000000001-2001</c:extension></c:accountableCareUnit>'
            f'<c:patientId><c:root>2.999.752.1</c:root><c:extension>99{n // 20:010d}</c:extension></c:patientId></c:accessControlHeader>'
            f'<c:record><c:id><c:root>note-{n}</c:root></c:id><c:timestamp>2005030109{n % 60:02d}00</c:timestamp></c:record></c:header>'
            '<c:body><c:clinicalDocumentNoteText>')
    tail = "</c:clinicalDocumentNoteText></c:body></careDocumentation>"
    size, text = random.randint(1024, 4096), []
    left = size - len((head + tail).encode())
    while left > 0:
        text.append(random.choice(words))
        left -= len(text[-1].encode()) + 1
    with open(f"{folder}/{n:08d}.xml", "w", encoding="utf-8") as file:
        file.write(head + " ".join(text) + tail)
END
}

agreement() {
    curl -sS -f --cacert "$R7_CA" -X PUT -H "Authorization: Bearer $(sign_in region-a ada "$R7_DEMO_PASSWORD")" \
        -H 'Content-Type: application/json' -d '{
        "system": "volymen", "title": "Journalsystemet Volymen", "information_type": "care", "reader": "rivta",
        "archive_creator": "Region Ekeby", "care_provider": "SE0000000001-1001", "source_system": "SE0000000001-3009",
        "accepts_by_itself": true}' "$R7_INGEST_URL/agreements/A-POSTER" >/dev/null
}

# Gathered in all; and found, of deliveries whose gathering has closed, with how many there are of those.
progress() {
    sql "select coalesce(sum(records), 0), coalesce(sum(records) filter (where closed_at is not null), 0),
        coalesce((select sum(d.records) from ingest.delivery d where d.kind = 'record' and d.indexed_at is not null), 0)
        from ingest.gathering" | tr '|' ' '
}

await() {
    local gathered closed found
    until read -r gathered closed found < <(progress) && [ "$gathered" = "$records" ] && [ "$closed" = "$found" ]; do
        [ "$gathered" != "$records" ] || [ -n "${gathered_at-}" ] || gathered_at=$(date +%s%3N)
        sleep 0.2
    done
    gathered_at=${gathered_at-$(date +%s%3N)}
    found_records=$found
}

# The same records in packages, for the bare program: r7 pack makes one of each folder.
pack_records() {
    local folder number=0
    cat >"$work/description.json" <<END
{"title": "Records", "content_category": "Mixed", "content_information_type": "OTHER", "other_content_information_type": "care",
 "archive_creator": {"name": "Region Ekeby"}, "submitting_organisation": {"name": "Region Ekeby"},
 "mappings": [{"driver": "representations/rep1/data/*.xml", "reader": "rivta"}]}
END
    for folder in "$work"/records/b*; do
        r7 pack --description "$work/description.json" --out "$work/packages/p$number.zip" "$folder" >/dev/null
        printf 'region-a\tvolymen\tA-POSTER\tp%s.zip\n' "$number" >>"$work/packages/deliveries.tsv"
        number=$((number + 1))
    done
}

main() {
    local start end before after content bare bare_cpu house_rate bare_rate
    say "$(date -u +%F) $(nproc) processors ($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)), load $(cut -d ' ' -f 1 /proc/loadavg)"
    mkdir -p "$work/records" "$work/packages"
    write_records
    start_house
    make_system
    agreement
    make_bare
    content=$(find "$work/records" -type f -printf '%s\n' | awk '{sum += $1} END {printf "%d", sum}')
    say "$records single records of 1 to 4 KiB, $content bytes; $R7_GATHER_RECORDS make a delivery"
    before=$(disk)
    meters >"$work/before"
    kill -STOP "$(processes_of ingest)" # what is measured begins with a topic that holds them all
    start=$(date +%s%3N)
    as_system r7 deliver --tenant region-a --system volymen --agreement A-POSTER --records "$work/records" >"$work/sent"
    say "  sent in $(($(date +%s%3N) - start)) ms"
    start=$(date +%s%3N)
    kill -CONT "$(processes_of ingest)"
    await
    end=$(date +%s%3N)
    meters >"$work/after"
    say "  all are durable after $((gathered_at - start)) ms; $found_records are found after $((end - start)) ms, the rest waits for more"
    house_rate=$(awk -v n="$found_records" -v ms="$((end - start))" 'BEGIN {printf "%.0f", n * 1000 / ms}')
    say "  house: $house_rate records/s"
    show_rooms
    after=$(disk)
    say "  on disk, before | after (record bytes, database bytes, vault bytes, vault files): $before | $after"
    awk -v b="$before" -v a="$after" -v n="$found_records" 'BEGIN {split(b, x, " "); split(a, y, " ")
        printf "  a record: %.0f bytes in the index (goal 600), %.0f in the database in all, %.0f in the two copies of the vault\n",
            (y[1] - x[1]) / n, (y[2] - x[2]) / n, (y[3] - x[3]) / n}'
    say "  resident after it: $(residents)"
    pack_records
    bare_cpu=$(cpu_of postgres)
    bare=$(TIMEFORMAT='cpu_s=%U,%S' && { time as_bare "$work/packages"; } 2>&1 | paste -sd ' ')
    bare_cpu=$(($(cpu_of postgres) - bare_cpu + $(own_cpu "$bare")))
    bare_rate=$(awk -v n="$(value "$bare" records)" -v ms="$(value "$bare" ms)" 'BEGIN {printf "%.0f", n * 1000 / ms}')
    say "  bare: $bare"
    say "  bare: $bare_rate records/s"
    say "  house / bare, by the clock: $(quotient "$house_rate" "$bare_rate") (goal 0.4)"
    say "  house / bare, by processor time: $(quotient "$((bare_cpu * found_records / records))" "$(cpu_used)") ($bare_cpu of $(cpu_used) ms)"
}

main
