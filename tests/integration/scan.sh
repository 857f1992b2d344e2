#!/usr/bin/env bash
# Files are scanned by Debian's clamd, with a database that knows the EICAR test file only: what is infected is refused with the
# signature's name and kept sealed; what is larger than clamd takes is told, or refused where the agreement says so; while clamd
# is away packages wait, which their source system sees, and go on by themselves when it is back. Rooms keys, ingest and validation
# as processes around a throw-away PostgreSQL and librdkafka's mock broker.
#
#   tests/integration/scan.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/door.sh"

topics=(delivery.received delivery.validated delivery.rejected validation.part package.stored package.indexed
    deliveries.region-a.delar receipts.region-a.delar)
ports keys ingest
system=delar
limit=1000000 # bytes that clamd takes

# In two pieces, so that no scanner takes this script for the test file.
eicar() {
    printf '%s%s' "X5O!P%@AP[4\\PZX54(P^)7CC)7}\$EICAR" "-STANDARD-ANTIVIRUS-TEST-FILE!\$H+H*"
}

# clamd LIMIT: with its own socket and database; it runs as who runs the test.
start_clamd() {
    mkdir -p "$work/clamd/database"
    printf 'R7e.Test.EICAR:0:*:%s\n' "$(eicar | od -An -v -tx1 | tr -d ' \n')" >"$work/clamd/database/test.ndb"
    cat >"$work/clamd/clamd.conf" <<CONFIGURATION
Foreground yes
LocalSocket $work/clamd/socket
DatabaseDirectory $work/clamd/database
TemporaryDirectory $work/clamd
StreamMaxLength $limit
AlertExceedsMax yes
CONFIGURATION
    PATH=$PATH:/usr/sbin clamd -c "$work/clamd/clamd.conf" >"$work/clamd.log" 2>&1 &
    ours $!
    scanner=$!
    equal "clamd listens" "" "$(wait_for 30 "" no_socket)"
}

no_socket() {
    [ -S "$work/clamd/socket" ] || echo no
}

stop_clamd() {
    stop "$scanner"
    rm -f "$work/clamd/socket"
}

packages() {
    local name
    mkdir -p "$work"/{clean,later,infected,large,strict,many}
    printf 'en anteckning' | tee "$work/clean/note.txt" "$work/later/note.txt" >"$work/infected/note.txt"
    eicar >"$work/infected/found.com"
    head -c $((limit + 1)) /dev/zero | tee "$work/large/large.txt" >"$work/strict/large.txt"
    for ((i = 0; i < 400; i++)); do printf 'anteckning %s' "$i" >"$work/many/note-$i.txt"; done
    for name in clean later infected large strict many; do
        pack "$name" "$work/$name"
    done
    cp "$work/infected.zip" "$work/wrong.zip"
    zip -dq "$work/wrong.zip" '*/note.txt'
}

# deliver PACKAGE ID [AGREEMENT]
deliver() {
    R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant region-a --system delar --agreement "${3-DELAR}" --id "$2" \
        "$work/$1.zip" >>"$work/deliver.log" 2>&1 || { echo "could not deliver $1" && tail -n 3 "$work/deliver.log"; }
}

# state ID
state() {
    query "select coalesce((select state || coalesce(' ' || rule, '') from ingest.delivery where identity = '$1'), 'none')"
}

ends() {
    equal "$1: $3" "$2" "$(wait_for 60 "$2" state "$1")"
}

findings() {
    query "select level || ' ' || requirement from validation.finding f join ingest.delivery d on d.id = f.delivery
        where d.identity = '$1' and requirement in ('virus', 'not_scanned') order by 1"
}

# progress ID: as its source system sees it.
progress() {
    system_asks "https://127.0.0.1:${port[ingest]}/deliveries/$(query "select id from ingest.delivery where identity = '$1'")/progress" |
        jq -r '[.state, .progress.doing // "", .progress.failure // ""] | join("|")'
}

# A METS that is no XML either: who read it before the scanner did would say so, and that it lists nothing. And a bag whose
# manifest is infected, and so lists none of its files.
infected_maps() {
    local entry
    for entry in METS.xml representations/rep1/METS.xml; do
        cp "$work/clean.zip" "$work/${entry//\//-}.zip"
        mkdir -p "$work/$entry/scan-clean/${entry%METS.xml}"
        { printf '<mets <' && eicar; } >"$work/$entry/scan-clean/$entry"
        (cd "$work/$entry" && zip -q "$work/${entry//\//-}.zip" "scan-clean/$entry")
    done
    mkdir -p "$work/bag/data"
    printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >"$work/bag/bagit.txt"
    printf 'en anteckning' >"$work/bag/data/note.txt"
    eicar >"$work/bag/manifest-sha256.txt"
    tar -C "$work" -czf "$work/bag.tar.gz" bag
}

# filled FILE: the facts of files that it asks for, in their places.
filled() {
    local token value
    grep -oE '[{](size|sum) [^}]*[}]' "$1" | while IFS= read -r token; do
        case $token in
        *size*) value=$(stat -c %s "${token:6:-1}") ;;
        *) value=$(sha256sum <"${token:5:-1}" | cut -d ' ' -f 1) ;;
        esac
        sed -i "s|$token|$value|g" "$1"
    done
}

# lists NAME LIST: a package of CITS eHealth1 that is right in all else, with this list of its patients.
lists() {
    local folder=$work/$1/scan-$1 mets
    mkdir -p "$work/$1"
    cp -r "$top/tests/unit/data/package/ehealth" "$folder"
    rm "$folder/metadata/descriptive/patients.csv"
    printf '%s\n' "$2" >"$folder/metadata/descriptive/patients.xml"
    for mets in representations/rep1/METS.xml METS.xml; do
        sed -i "s/patients[.]csv/patients.xml/g; s/text.csv/application\/xml/; s/urn:p/scan-$1/; s/{kind}/SIP/
            s|{profile}|https://citsehealth1.dilcis.eu/profile/E-ARK-eHealth1-ROOT.xml|" "$folder/$mets"
        (cd "$folder" && filled "$mets")
    done
    (cd "$work/$1" && zip -qr "$work/$1.zip" "scan-$1")
}

# An infected one names no patient and is no XML either: who read it would say so.
patient_lists() {
    lists listed "<patients><id>patient1</id><id>patient2</id></patients>"
    lists unlisted "<patients>$(eicar)"
}

# finds PACKAGE [ARGUMENT...]: the errors that r7 validate finds.
finds() {
    local package=$1
    shift
    "$build/bin/r7" validate --format json "$@" --schemas "$top/schemas" "$work/$package" 2>>"$work/alone.log" |
        jq -r '[.findings[] | select(.level == "ERROR") | .requirement + " " + (.path // .mets)] | join(" ")'
}

maps() {
    local scanned=(--scan "$work/clamd/socket")
    deliver METS.xml root-1
    ends root-1 "rejected virus" "one whose METS is infected is refused"
    equal "the find is all that is told" "virus METS.xml" \
        "$(report root-1 | jq -r '[.findings[] | select(.level == "ERROR") | .requirement + " " + .path] | join(" ")')"
    equal "r7 validate says the same" "$(report root-1 | jq -cS .findings)" "$(alone METS.xml)"
    check "without a scanner it is read, and is no XML" grep -q '^xml_wellformed METS.xml' <(finds METS.xml.zip)
    equal "a representation's METS" "virus representations/rep1/METS.xml" "$(finds representations-rep1-METS.xml.zip "${scanned[@]}")"
    check "... is no XML either" grep -q 'xml_wellformed representations/rep1/METS.xml' <(finds representations-rep1-METS.xml.zip)
    equal "a bag's manifest" "virus manifest-sha256.txt" "$(finds bag.tar.gz "${scanned[@]}")"
    equal "... in a folder" "virus manifest-sha256.txt" "$(finds bag "${scanned[@]}")"
    check "... has no line that is one" grep -q 'bag_line manifest-sha256.txt' <(finds bag)
}

patients() {
    local list=metadata/descriptive/patients.xml
    deliver listed listed-1
    deliver unlisted unlisted-1
    ends listed-1 accepted "one whose list of patients is clean passes"
    ends unlisted-1 "rejected virus" "one whose list of patients is infected is refused"
    equal "the find is all that is told" "virus $list" \
        "$(report unlisted-1 | jq -r '[.findings[] | select(.level != "INFO") | .requirement + " " + .path] | join(" ")')"
    kept unlisted-1
    equal "r7 validate says the same" "$(report unlisted-1 | jq -cS .findings)" "$(alone unlisted)"
    equal "without a scanner it is read as XML and as a list" "EHGR5 content_xml" \
        "$("$build/bin/r7" validate --format json --schemas "$top/schemas" "$work/unlisted.zip" 2>>"$work/alone.log" |
            jq -r '[.findings[] | select(.level != "INFO") | .requirement] | unique | join(" ")')"
}

# kept ID: of one that was refused for a virus.
kept() {
    equal "the bytes of $1 are kept, sealed" 1 \
        "$(query "select count(*) from ingest.delivery d join ingest.segment s on s.delivery = d.id where identity = '$1'")"
    check "... in staging" [ -n "$(find "$work/one/staging/region-a/$(query "select staged from ingest.delivery where identity = '$1'")" -type f)" ]
}

found() {
    deliver clean clean-1
    deliver infected infected-1
    deliver wrong wrong-1
    deliver large large-1
    deliver strict strict-1 STRICT
    ends clean-1 accepted "a clean one passes"
    ends infected-1 "rejected virus" "an infected one is refused"
    ends wrong-1 "rejected virus" "for that, whatever else is wrong with it"
    ends large-1 accepted "one that is too large for clamd passes where the agreement lets it"
    ends strict-1 "rejected not_scanned" "and is refused where it does not"
    equal "nothing is told of the clean one" "" "$(findings clean-1)"
    equal "the large one is told of" "WARNING not_scanned" "$(findings large-1)"
    kept infected-1
    check "the report names the signature" grep -q '"requirement":"virus".*"path":"representations/rep1/data/found.com","found":"R7e.Test.EICAR.UNOFFICIAL"' <(report infected-1)
    check "r7 validate says the same" [ "$(report infected-1 | jq -cS .findings)" = "$(alone infected)" ]
    check "and without a scanner, that there was none" grep -q '"requirement":"not_scanned","rule":3,"level":"INFO"' \
        <("$build/bin/r7" validate --format json --schemas "$top/schemas" "$work/infected.zip")
}

alone() {
    "$build/bin/r7" validate --format json --scan "$work/clamd/socket" --schemas "$top/schemas" "$work/$1.zip" 2>>"$work/alone.log" |
        jq -cS .findings
}

# A clamd that is ended while it looks at a file may say so before it goes.
broken_off() {
    progress "$1" | sed 's/has trouble/does not answer/'
}

# One that is judged at once, and one in parts of which some are done.
away() {
    local failure="the virus scanner does not answer"
    stop_clamd
    deliver later later-1
    equal "it waits, and its system sees why" "received|validating|$failure" "$(wait_for 60 "received|validating|$failure" progress later-1)"
    check "r7 validate cannot tell" code 2 "$build/bin/r7" validate --scan "$work/clamd/socket" --schemas "$top/schemas" "$work/clean.zip"
    start_clamd
    ends later-1 accepted "it goes on when clamd is back"
    equal "and waits no more" 0 "$(query 'select count(*) from validation.waiting')"

    again validation "${settings[@]}" R7_PART_FILES=10 R7_FAULT=
    deliver many many-1
    equal "some parts are done" t "$(wait_for 60 t \
        query "select count(*) > 0 from validation.work where parts > 30 and parts_left between 1 and parts - 2")"
    stop_clamd
    equal "in the middle it waits too" "received|validating|$failure" "$(wait_for 60 "received|validating|$failure" broken_off many-1)"
    start_clamd
    ends many-1 accepted "and ends well"
    equal "it waits no more" 0 "$(query 'select count(*) from validation.waiting')"
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
}

code() {
    local wanted=$1 got=0
    shift
    "$@" || got=$?
    is_equal "$wanted" "$got"
}

own_database scan
tenant 1 region-a
system 1 region-a delar DELAR
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system, refuse_unscanned)
    values (1, 'STRICT', 'delar', 'STRICT', 'care', 'files', 'Region', 'SE0000000001-3001', true)"
ports keys ingest validation
packages
infected_maps
patient_lists
start_clamd
start_broker "${topics[@]}"
settings=(R7_CLAMD="$work/clamd/socket" R7_CLAMD_STREAM_MAX=100000000)
room keys
room ingest
room validation "${settings[@]}"
found
maps
patients
away
tell
