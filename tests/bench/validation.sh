#!/usr/bin/env bash
# The validator beside eark-validator and commons-ip on the same packages, and beside the least that reading them takes.
# Nothing is asserted: numbers only.
#
#   BENCH_ROUNDS=3           rounds over the corpus in one process, of each validator
#   BENCH_MIB=512            MiB of the large package, in files of 16 MiB
#   BENCH_FILES=20000        files of 1 KiB of the package of many
#   BENCH_METS=1000000       files that the large METS lists
#   BENCH_ROWS=1000000       rows of the SIARD file's table
#   PEERS_BUILD=FOLDER       where the two others are installed or lie already; they come from PyPI and Maven Central
#   BENCH_KEEP=FOLDER        keeps packages and reports there
#
# The corpus, the others and what scores them lie in ../shared. What is missing there is said and left out.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$top/build/release
shared=${R7_SHARED:-$top/../shared}
corpus=$shared/eark-corpus
peers=$shared/peers/eark
work=${BENCH_KEEP:-$(mktemp -d --tmpdir bench-XXXXXX)}
rounds=${BENCH_ROUNDS:-3}
export PEERS_BUILD=${PEERS_BUILD:-$work/peers} R7_SCHEMAS=$top/schemas
[ -n "${BENCH_KEEP-}" ] || trap 'rm -rf "$work"' EXIT
cd "$top"

say() {
    printf '%s\n' "$*"
}

# --- the corpus ------------------------------------------------------------------------------------
# cold PROGRAM: it alone, once for each 10th package, five times over; the mean, for one run is near what the system counts in.
cold() {
    python3 - "$1" "$corpus" "$work/packages.txt" <<'END'
import os, resource, subprocess, sys
program, corpus, packages = sys.argv[1:]
names = open(packages, encoding="utf-8").read().splitlines()[::10] * 5
for name in names:
    subprocess.run([program, "validate", "--format", "json", os.path.join(corpus, name)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"   {len(names)} runs: {1000 * (spent.ru_utime + spent.ru_stime) / len(names):.1f} ms of processor each, {spent.ru_maxrss // 1024} MiB at most")
END
}

measure_ours() {
    mkdir -p "$work/ours"
    python3 "$peers/list_packages.py" "$corpus" >"$work/packages.txt"
    say "== ours"
    "$build/bench/judge" all "$corpus" "$work/packages.txt" "$work/ours" "$rounds"
    python3 "$peers/score.py" "$corpus" "$work/ours" "$work/ours.tsv"
    say "   cold, command line, every 10th package: what suppliers have, one static program; and as it is installed"
    cold "$build/standalone/r7"
    cold "$build/bin/r7"
    say "   whole corpus once in one process"
    python3 "$peers/measure.py" 1 "$build/bench/judge" all "$corpus" "$work/packages.txt" "$work/ours" 1
}

# measure_peer NAME PROGRAM...: what the programs lack is said.
measure_peer() {
    local name=$1 program
    shift
    for program in "$@"; do
        command -v "$program" >/dev/null || { say "left out: $name, for there is no $program" && return; }
    done
    say "== $name"
    ROUNDS=$rounds COLD=1 "$peers/run-$name.sh" || say "left out: $name could not be installed or ended in the middle"
}

measure_corpus() {
    if [ ! -e "$corpus/expected.tsv" ] || [ ! -e "$peers/score.py" ]; then
        say "left out: the corpus and the other validators, for $shared is not here"
        return
    fi
    measure_ours
    measure_peer eark-validator python3
    measure_peer commons-ip java javac mvn python3
}

# --- bare reading ----------------------------------------------------------------------------------
# timed COMMAND...: seconds by the clock and of the processor, and the most that was resident, in `clock`, `processor`, `peak`.
timed() {
    local told
    told=$(python3 - "$@" <<'END'
import os, sys, time
start = time.perf_counter()
null = os.open(os.devnull, os.O_WRONLY)
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                        file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
_, status, usage = os.wait4(child, 0)
print(f"{time.perf_counter() - start:.3f} {usage.ru_utime + usage.ru_stime:.3f} {usage.ru_maxrss // 1024}")
END
    )
    read -r clock processor peak <<<"$told"
}

# The best of three, for the machine has others on it.
best() {
    local best_clock=999999 best_processor=999999
    for _ in 1 2 3; do
        timed "$@"
        best_clock=$(awk -v a="$clock" -v b="$best_clock" 'BEGIN {print a < b ? a : b}')
        best_processor=$(awk -v a="$processor" -v b="$best_processor" 'BEGIN {print a < b ? a : b}')
    done
    clock=$best_clock
    processor=$best_processor
}

# compare WHAT BARE -- OURS: both, and the ratios.
compare() {
    local what=$1 bare_clock bare_processor bare=()
    shift
    while [ "$1" != -- ]; do
        bare+=("$1")
        shift
    done
    shift
    best "${bare[@]}"
    bare_clock=$clock
    bare_processor=$processor
    say "$what"
    say "   bare $clock s, processor $processor s, $peak MiB"
    best "$@"
    say "   ours $clock s, processor $processor s, $peak MiB; ours / bare: $(awk -v o="$clock" -v b="$bare_clock" \
        -v p="$processor" -v q="$bare_processor" 'BEGIN {printf "%.2f by the clock, %.2f by processor time", o / b, p / q}')"
}

# make_package NAME CONTENT: of the folder NAME; CONTENT are members of its description.
mixed='"content_category": "Mixed", "content_information_type": "MIXED"'
database='"content_category": "Databases", "content_information_type": "OTHER", "other_content_information_type": "SIARD_2.1"'
make_package() {
    printf '%s' "{\"title\": \"To be measured\", $2," \
        '"archive_creator": {"name": "Region Ekeby"}, "submitting_organisation": {"name": "Region Ekeby"}}' >"$work/description.json"
    "$build/bin/r7" pack --description "$work/description.json" --format tar --out "$work/$1.tar" "$work/$1" >/dev/null
    tar -xOf "$work/$1.tar" --wildcards '*/METS.xml' >"$work/$1.xml"
    tar -xOf "$work/$1.tar" --wildcards '*/premis.xml' >"$work/$1.premis.xml"
    rm -r "${work:?}/$1"
}

# The second is the least for whoever holds METS against its schema and reads PREMIS too, as we do.
compare_package() {
    local ours=("$build/bin/r7" validate --format json "$work/$1.tar")
    compare "$2, against libxml2's reader and SHA-256" \
        "$build/bench/bare_package" read "$work/$1.xml" "$work/$1.tar" -- "${ours[@]}"
    compare "   and against the schema of METS, and a reader of PREMIS too" \
        "$build/bench/bare_package" schema "$work/$1.xml" "$work/$1.tar" "$work/$1.premis.xml" -- "${ours[@]}"
}

measure_large() {
    local mib=${BENCH_MIB:-512} number
    mkdir -p "$work/large"
    for number in $(seq $((mib / 16))); do
        head -c 16M /dev/urandom >"$work/large/$number.bin"
    done
    make_package large "$mixed"
    compare_package large "a package of $mib MiB in files of 16 MiB"
}

measure_many() {
    local files=${BENCH_FILES:-20000}
    mkdir -p "$work/many"
    head -c $((files * 1024)) /dev/urandom | split -b 1024 -a 6 -d - "$work/many/file-"
    make_package many "$mixed"
    compare_package many "a package of $files files of 1 KiB"
}

# write_siard ROWS SIARD TABLE HOW: one table: a number, a text, and two columns of days and times whose types have patterns and bounds, as those who write SIARD make them.
write_siard() {
    python3 - "$@" <<'END'
import sys, zipfile
rows, siard, table, how = int(sys.argv[1]), *sys.argv[2:]
columns = (("number", "INTEGER"), ("day", "DATE"), ("note", "VARCHAR(200)"), ("changed", "TIMESTAMP"))
metadata = ("<siardArchive xmlns='http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd' version='2.1'><dbname>d</dbname><dataOwner>o</dataOwner>"
    "<dataOriginTimespan>2026</dataOriginTimespan><archivalDate>2026-01-01</archivalDate><schemas><schema><name>s</name><folder>schema0</folder>"
    "<tables><table><name>t</name><folder>table0</folder><columns>"
    + "".join(f"<column><name>{name}</name><type>{kind}</type></column>" for name, kind in columns)
    + f"</columns><rows>{rows}</rows></table></tables></schema></schemas><users><user><name>u</name></user></users></siardArchive>")
def bounded(name, base, time, pattern):
    return (f"<xs:simpleType name='{name}'><xs:restriction base='xs:{base}'><xs:minInclusive value='0001-01-01{time}Z'/>"
        f"<xs:maxExclusive value='10000-01-01{time}Z'/><xs:pattern value='{pattern}'/></xs:restriction></xs:simpleType>")
schema = ("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:t' targetNamespace='urn:t' elementFormDefault='qualified'>"
    "<xs:element name='table'><xs:complexType><xs:sequence><xs:element name='row' minOccurs='0' maxOccurs='unbounded' type='rowType'/>"
    "</xs:sequence></xs:complexType></xs:element><xs:complexType name='rowType'><xs:sequence><xs:element name='c1' type='xs:integer'/>"
    "<xs:element name='c2' type='dateType'/><xs:element name='c3' type='xs:string'/><xs:element name='c4' type='dateTimeType'/></xs:sequence>"
    "</xs:complexType>" + bounded("dateType", "date", "", r"\d{4}-\d{2}-\d{2}Z?")
    + bounded("dateTimeType", "dateTime", "T00:00:00", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d*)Z?") + "</xs:schema>")
with open(table, "w") as out:
    out.write("<table xmlns='urn:t'>")
    for i in range(rows):
        out.write(f"<row><c1>{i}</c1><c2>20{i % 27:02}-{1 + i % 12:02}-{1 + i % 28:02}</c2><c3>visit {i}, as the unit wrote of it</c3>"
            f"<c4>2026-11-{1 + i % 28:02}T{i % 24:02}:{i % 60:02}:00.5Z</c4></row>")
    out.write("</table>")
with zipfile.ZipFile(siard, "w", getattr(zipfile, how)) as out:
    out.writestr("header/version/2.1/", "")
    out.writestr("header/metadata.xml", metadata)
    out.writestr("content/schema0/table0/table0.xsd", schema)
    out.write(table, "content/schema0/table0/table0.xml")
END
}

# What is deflated has to be inflated, which is no part of bare reading.
measure_siard() {
    local rows=${BENCH_ROWS:-1000000} how
    for how in ZIP_STORED ZIP_DEFLATED; do
        mkdir -p "$work/siard"
        write_siard "$rows" "$work/siard/base.siard" "$work/table.xml" "$how"
        make_package siard "$database"
        compare "a table of SIARD of $rows rows, $(($(stat -c %s "$work/table.xml") / 1000000)) MB, $how: against libxml2's reader and SHA-256" \
            "$build/bench/bare_package" read "$work/table.xml" "$work/siard.tar" -- "$build/bin/r7" validate --format json "$work/siard.tar"
    done
}

# A METS that lists so many files, each with what CSIP asks for.
write_mets() {
    awk -v files="$1" -v t='2026-01-01T00:00:00Z' -v q="'" 'BEGIN {
        sum = sprintf("%064d", 0)
        gsub("@", q, sum)
        head = "<mets xmlns=@http://www.loc.gov/METS/@ xmlns:xlink=@http://www.w3.org/1999/xlink@ " \
            "xmlns:csip=@https://DILCIS.eu/XML/METS/CSIPExtensionMETS@ OBJID=@p@ TYPE=@Mixed@ csip:CONTENTINFORMATIONTYPE=@MIXED@ " \
            "PROFILE=@https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml@>\n<metsHdr CREATEDATE=@" t "@ csip:OAISPACKAGETYPE=@SIP@>" \
            "<agent ROLE=@CREATOR@ TYPE=@OTHER@ OTHERTYPE=@SOFTWARE@><name>a</name><note csip:NOTETYPE=@SOFTWARE VERSION@>1</note>" \
            "</agent></metsHdr>\n<fileSec ID=@fs@><fileGrp ID=@g@ USE=@Representations@ csip:CONTENTINFORMATIONTYPE=@MIXED@>\n"
        gsub("@", q, head)
        printf "%s", head
        form = "<file ID=@file-%d@ MIMETYPE=@application/octet-stream@ SIZE=@1024@ CREATED=@" t "@ CHECKSUM=@" sum "@ CHECKSUMTYPE=@SHA-256@>" \
            "<FLocat LOCTYPE=@URL@ xlink:type=@simple@ xlink:href=@representations/rep1/data/file-%d@/></file>\n"
        gsub("@", q, form)
        for (i = 1; i <= files; i++)
            printf form, i, i
        tail = "</fileGrp></fileSec><structMap ID=@s@ TYPE=@PHYSICAL@ LABEL=@CSIP@><div ID=@d0@ LABEL=@p@><div ID=@d1@ LABEL=@Metadata@/>" \
            "<div ID=@d2@ LABEL=@Representations@><fptr FILEID=@g@/></div></div></structMap></mets>\n"
        gsub("@", q, tail)
        printf "%s", tail
    }'
}

measure_mets() {
    local files=${BENCH_METS:-1000000}
    write_mets "$files" >"$work/mets.xml"
    compare "a METS of $files files, $(($(stat -c %s "$work/mets.xml") / 1000000)) MB, against libxml2's reader and the schema" \
        "$build/bench/bare_package" schema "$work/mets.xml" -- "$build/bench/judge" mets "$work/mets.xml"
}

main() {
    mkdir -p "$work"
    say "$(date -u +%F) $(nproc) processors ($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)), load $(cut -d ' ' -f 1 /proc/loadavg)"
    measure_mets
    measure_large
    measure_many
    measure_siard
    measure_corpus
    say "load $(cut -d ' ' -f 1 /proc/loadavg)"
}

main
