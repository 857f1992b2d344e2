#!/usr/bin/env bash
# Measures the house against the bare program, both in this run, on this machine. Nothing is asserted: numbers only.
#
#   BENCH_RECORDS=20000   one retired system, half of it files, half contract XML; a tenth are PDFs, 20 records a patient.
#                         The full size is 400000 (20,000 patients, 40,000 PDFs)
#   BENCH_SMALL=300       small packages, after it. The full size is 2000
#   BENCH_FILES=5000      files in one package, after those. The full size is 100000
#   BENCH_READS=2000      records read, and a tenth as many answers to the national platform
#   BENCH_CLIENTS=16      at once
#   BENCH_KEEP=FOLDER     keeps the house there
#   BENCH_PACKAGES=FOLDER keeps the packages there; those of an earlier run, with the same sizes, are taken again. On a
#                         file system in memory they are made ten times as fast: ext4 is slow at making files where as
#                         many were removed in the last seconds
#
# Needs what `make run` needs. The house is one of its own in a folder of its own, which is removed.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
. "$top/tests/bench/lib.sh"

records=${BENCH_RECORDS:-20000}
small=${BENCH_SMALL:-300}
files=${BENCH_FILES:-5000}
reads=${BENCH_READS:-2000}
clients=${BENCH_CLIENTS:-16}

# --- packages ------------------------------------------------------------------------------------
packages=${BENCH_PACKAGES:-$work/packages}

# make_packages NAME ARGUMENT...: sets made to the folder, which appears when it is whole.
make_packages() {
    made=$packages/$1
    shift
    [ ! -d "$made" ] || return 0
    mkdir -p "$packages"
    rm -rf "$made.new"
    "$build/bin/r7-demo" "$@" "$made.new" >/dev/null
    mv "$made.new" "$made"
}

# as_tar_gz FOLDER: its one package anew. Each file's headers in a ZIP and its own deflate cost as much as its content, and
# a message has a limit.
as_tar_gz() {
    python3 - "$1/deliveries.tsv" <<'END'
import os, sys, tarfile, zipfile
line = open(sys.argv[1]).read().rstrip("\n")
path = os.path.join(os.path.dirname(sys.argv[1]), line.split("\t")[3])
with zipfile.ZipFile(path) as package, tarfile.open(path[:-3] + "tar.gz", "w:gz", compresslevel=6) as tar:
    for entry in package.infolist():
        if not entry.is_dir():
            file = tarfile.TarInfo(entry.filename)
            file.size = entry.file_size
            tar.addfile(file, package.open(entry))
os.remove(path)
open(sys.argv[1], "w").write(line[:-3] + "tar.gz\n")
END
}

# --- what is measured ----------------------------------------------------------------------------
# deliver FOLDER: loads it, and sets result, and before and after, the meters around it.
deliver() {
    meters >"$work/before"
    result=$(as_system "$build/bench/load" "$1")
    meters >"$work/after"
}

measure_volume() {
    local count=$(((records + 9999) / 10000)) disk_before disk_after bare bare_cpu
    say "one retired system: $records records, $((records / 20)) patients, $((records / 10)) PDFs, $count packages"
    make_packages "volume-$records" volume --patients $((records / 20)) --records "$records" --pdfs $((records / 10)) \
        --packages "$count"
    disk_before=$(disk)
    deliver "$made"
    disk_after=$(disk)
    say "  house: $result"
    say "    $(rate "$result" searchable_ms)"
    show_rooms
    show_disk "$disk_before" "$disk_after" "$result"
    bare_cpu=$(cpu_of postgres)
    bare=$(TIMEFORMAT='cpu_s=%U,%S' && { time as_bare "$made"; } 2>&1 | paste -sd ' ')
    bare_cpu=$(($(cpu_of postgres) - bare_cpu + $(own_cpu "$bare")))
    say "  bare:  $bare"
    say "    $(rate "$bare" ms)"
    say "  house / bare, by the clock: $(quotient "$(value "$bare" ms)" "$(value "$result" searchable_ms)") (goal 0.4)"
    say "  house / bare, by processor time: $(quotient "$bare_cpu" "$(cpu_used)") ($bare_cpu of $(cpu_used) ms)"
}

measure_small() {
    say "$small small packages of 5 records"
    make_packages "small-$small" volume --patients "$small" --records $((small * 5)) --pdfs "$small" --packages "$small" \
        --seed 2
    deliver "$made"
    say "  house: $result"
    say "    $(rate "$result" searchable_ms)"
    show_rooms
}

measure_many() {
    say "one package of $files files"
    make_packages "many-$files" many --files "$files"
    [ ! -e "$made/region-a/volymen-many-$files.zip" ] || as_tar_gz "$made"
    deliver "$made"
    say "  house: $result"
    say "    $(rate "$result" searchable_ms)"
    show_rooms
}

# --- reading -------------------------------------------------------------------------------------
# The records of the patient with 200 notes, as an archivist finds them.
write_record_addresses() {
    local body='{"person": {"number": "990000000000", "type": "2.999.752.1"}, "purpose": "care", "limit": 100}'
    curl -sS --cacert "$R7_CA" -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "$body" \
        "$R7_SEARCH_URL/search/care" | python3 -c '
import json, sys
for record in json.load(sys.stdin)["records"]:
    print(sys.argv[1] + "/records/" + record["record"] + "/content")' "$R7_SEARCH_URL" >"$work/records"
}

measure_records() {
    local token
    token=$(sign_in region-a nora "$R7_DEMO_PASSWORD")
    write_record_addresses "$token"
    say "a record's content, read through search by $clients clients ($(wc -l <"$work/records") records in turn)"
    say "  $(R7_TOKEN=$token R7_CERT='' R7_KEY='' "$build/bench/ask" "$clients" "$reads" "$work/records")"
}

# A number of an invented region's own making, so the contract asks for the source system too.
write_question() {
    cat >"$work/question.xml" <<'END'
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:r="urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3" xmlns:c="urn:riv:clinicalprocess:healthcond:description:3" xmlns:a="urn:riv:itintegration:registry:1"><soapenv:Header><a:LogicalAddress>SE0000000001-3009</a:LogicalAddress></soapenv:Header><soapenv:Body><r:GetCareDocumentation><r:patientId><c:root>2.999.752.1</c:root><c:extension>990000000000</c:extension></r:patientId><r:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE0000000001-3009</c:extension></r:sourceSystemId></r:GetCareDocumentation></soapenv:Body></soapenv:Envelope>
END
    echo "$R7_GATEWAY_URL/clinicalprocess/healthcond/description/GetCareDocumentation/3/rivtabp21" >"$work/gateway"
}

measure_gateway() {
    local notes
    write_question
    notes=$(curl -sS --cacert "$R7_CA" --cert "$R7_NPO_CERT" --key "$R7_NPO_KEY" -H 'Content-Type: text/xml' \
        --data-binary @"$work/question.xml" "$(cat "$work/gateway")" | grep -o '<r:careDocumentation>' | wc -l)
    say "GetCareDocumentation for a patient with $notes notes, by $clients clients"
    say "  $(R7_CERT=$R7_NPO_CERT R7_KEY=$R7_NPO_KEY R7_TOKEN='' "$build/bench/ask" "$clients" $((reads / 10)) "$work/gateway" \
        "$work/question.xml" '<c:resultCode>OK')"
}

main() {
    say "$(date -u +%F) $(nproc) processors ($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)), load $(cut -d ' ' -f 1 /proc/loadavg)"
    start_house
    make_system
    make_bare
    say "resident at rest: $(residents)"
    measure_volume
    measure_small
    measure_many
    say "resident after it: $(residents)"
    measure_records
    [ ! -x "$build/bin/r7-gateway" ] || measure_gateway
    say "load $(cut -d ' ' -f 1 /proc/loadavg)"
}

main
