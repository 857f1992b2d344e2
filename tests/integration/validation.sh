#!/usr/bin/env bash
# A large package is judged in parts, by several workers, as it is judged at once: rooms keys, ingest and validation as
# processes around a throw-away PostgreSQL and librdkafka's mock broker. The same packages (ZIP, TAR, tar.gz; right, faulty,
# broken) go to region A, whose validation takes each at once, and to region B, where a part is 40 files, a step of listing a
# MiB, there are two workers and one is killed again and again. Verdict, counts, report and entry index must be the same.
#
#   tests/integration/validation.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

topics=(delivery.received delivery.validated delivery.rejected validation.part package.stored package.indexed
    deliveries.region-{a,b}.delar receipts.region-{a,b}.delar)
ports keys
kinds=(zip tar tar.gz)
regions=([1]=region-a [2]=region-b)

packages() {
    mkdir -p "$work/notes" "$work/content" "$work/packages"
    python3 - "$work/notes" "$work/content" <<'CONTENT'
import random
import sys
chance = random.Random(7)
words = [b"journal", b"anteckning", b"patient", b"remiss", b"svar", b"ordination"]
for i in range(900):
    note = b" ".join(chance.choice(words) for _ in range(30))
    for folder in sys.argv[1:]:
        with open(f"{folder}/note-{i:04d}.txt", "wb") as out:
            out.write(note)
for i in range(3):
    with open(f"{sys.argv[2]}/large-{i}.txt", "wb") as out:
        out.write(b" ".join(chance.choice(words) + str(chance.randrange(10**6)).encode() for _ in range(70000)))
CONTENT
    cat >"$work/description.json" <<'DESCRIPTION'
{"title": "Delar", "content_category": "Mixed", "content_information_type": "MIXED", "objid": "parts-1",
 "created": "2026-01-02T03:04:05Z", "archive_creator": {"name": "Region", "identification_code": "ORG:2120000001"},
 "submitting_organisation": {"name": "Region", "identification_code": "ORG:2120000001"}}
DESCRIPTION
    local content
    for content in notes content; do
        "$build/bin/r7" pack --description "$work/description.json" --out "$work/$content.tar" --format tar "$work/$content" >>"$work/pack.log"
    done
    # The mock broker keeps few bytes, so what is not compressed has the notes alone.
    python3 "$top/tests/integration/faulty_packages.py" "$work/notes.tar" "$work/content.tar" "$work/packages"
}

# deliver TENANT PACKAGE...
deliver() {
    local tenant=$1 package
    shift
    for package in "$@"; do
        R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant "${regions[$tenant]}" --system delar --agreement DELAR \
            "$work/packages/$package" >>"$work/deliver.log" 2>&1 ||
            { echo "could not deliver $package" && tail -n 3 "$work/deliver.log"; }
        equal "$package is received" 1 "$(wait_for 20 1 query "select count(*) from (select $(of "$tenant" "$package") as id) d where id is not null")"
    done
}

# of TENANT PACKAGE: its delivery.
of() {
    echo "(select id from ingest.delivery where tenant = $1 and sha256 = '\\x$(sha256sum <"$work/packages/$2" | cut -d' ' -f1)')"
}

# told TENANT PACKAGE COLUMNS: what validation says of it.
told() {
    query "select $3 from validation.work where delivery = $(of "$1" "$2")"
}

# sealed TENANT PACKAGE WHAT: a sealed file's bytes, opened by age.
sealed() {
    local region=${regions[$1]} staged key folder
    query "select staged, key from validation.sealed where delivery = $(of "$1" "$2") and what = '$3' order by number" |
        while IFS='|' read -r staged key; do
            folder=$work/one/staging/$region/$staged
            cat "$folder/$key.header" "$folder/$key" | age -d -i "$work/keys/tenants/$region/service.identity"
        done
}

# Without the name of what was judged.
readable() {
    python3 -c 'import json, sys
report = json.load(sys.stdin)
for name in ("uid", "delivery", "package"):
    report.pop(name, None)
print(json.dumps(report, indent=1, ensure_ascii=False))'
}

report() {
    sealed "$1" "$2" report | readable
}

# The same package by r7 validate, without the room.
alone() {
    { "$build/bin/r7" validate --format json --schemas "$top/schemas" "$work/packages/$1" 2>>"$work/validate.log" || true; } | readable
}

verdicts() {
    query "select requirement, level, count from validation.finding where delivery = $(of "$1" "$2") order by 1, 2"
}

# --- checks ----------------------------------------------------------------------------------------
# same PACKAGE: both regions say the same.
same() {
    local package=$1
    equal "$package: there is a report" 1 "$(report 1 "$package" | grep -c '"files": 90')"
    equal "$package: there is an index" 1 "$(sealed 1 "$package" entries | grep -ac '^R7eIdx')"
    equal "$package: counts" "$(told 1 "$package" 'files, bytes, errors, warnings, rule, objid, record_status')" \
        "$(told 2 "$package" 'files, bytes, errors, warnings, rule, objid, record_status')"
    equal "$package: findings" "$(verdicts 1 "$package")" "$(verdicts 2 "$package")"
    equal "$package: report" "$(report 1 "$package")" "$(report 2 "$package")"
    equal "$package: r7 validate says the same" "$(report 1 "$package")" "$(alone "$package")"
    equal "$package: entry index" "$(sealed 1 "$package" entries | sha256sum)" "$(sealed 2 "$package" entries | sha256sum)"
}

at_once() {
    local kind all=()
    for kind in "${kinds[@]}"; do all+=("right.$kind" "faulty.$kind" "broken.$kind"); done
    room validation R7_STATE_DIR="$work/state-1" R7_FAULT=
    deliver 1 "${all[@]}"
    equal "judged at once" 9 "$(wait_for 90 9 query 'select count(*) from validation.work where done_at is not null and parts = 1')"
    equal "no part was made" 0 "$(query "select count(*) from validation.inbox where topic = 'validation.part'")"
    for kind in "${kinds[@]}"; do
        equal "right.$kind passes" "f|0" "$(told 1 "right.$kind" 'rule is not null, errors')"
        equal "every fault of faulty.$kind has its name" \
            "CSIP69,CSIP71,CSIP79,checksum_unsupported,content_xml,dicom_header,file_unlisted,siard_archive" \
            "$(verdicts 1 "faulty.$kind" | cut -d'|' -f1 | grep -xE 'CSIP69|CSIP71|CSIP79|checksum_unsupported|content_xml|dicom_header|file_unlisted|href|siard_archive' | LC_ALL=C sort -u | paste -sd,)"
    done
    stop "${pid[validation]}"
}

# die PACKAGE FAULT: a worker that dies there, with a package that nobody has begun. Each has a state of its own: what three
# of one house had in hand when they died would be set aside.
die() {
    deliver 2 "$1"
    mkdir "$work/state-$1"
    room validation "${small[@]}" R7_STATE_DIR="$work/state-$1" R7_FAULT="$2:kill"
    check "a worker dies at $2" dies "${pid[validation]}"
}

in_parts() {
    local kind package
    small=(R7_PART_FILES=40 R7_STEP_BYTES=1048576)
    die right.tar.gz svc.after_lease:2
    die right.tar svc.before_commit:2
    die right.zip svc.after_commit:2
    die faulty.tar.gz bus.after_flush:2
    room validation "${small[@]}" R7_STATE_DIR="$work/state-1"
    equal "killed at four points, they are judged" 4 "$(wait_for 90 4 query "select count(*) from validation.work where tenant = 2 and done_at is not null")"
    stop "${pid[validation]}"
    room validation "${small[@]}" R7_STATE_DIR="$work/state-2" R7_FAULT=svc.before_commit:3:kill
    deliver 2 faulty.tar faulty.zip broken.tar broken.tar.gz broken.zip
    check "a worker dies among the others" dies "${pid[validation]}"
    room validation "${small[@]}" R7_STATE_DIR="$work/state-1"
    room validation "${small[@]}" R7_STATE_DIR="$work/state-2"
    equal "two go on" t "$(wait_for 120 t query "select count(*) >= 6 from validation.work where tenant = 2 and done_at is not null")"
    stop "${pid[validation]}" KILL
    room validation "${small[@]}" R7_STATE_DIR="$work/state-2"
    equal "all are judged" 9 "$(wait_for 120 9 query "select count(*) from validation.work where tenant = 2 and done_at is not null")"
    for kind in "${kinds[@]}"; do
        equal "right.$kind came in parts" t "$(told 2 "right.$kind" 'parts > 5')"
        for package in right faulty; do same "$package.$kind"; done
        equal "broken.$kind is refused alike" "$(told 1 "broken.$kind" rule)" "$(told 2 "broken.$kind" rule)"
        equal "and by r7 validate" "$(report 1 "broken.$kind")" "$(alone "broken.$kind")"
    done
    equal "a tar.gz is listed in a chain" t "$(query "select count(*) >= 3 from validation.inbox where events @> '[{\"data\": {\"task\": \"list\", \"number\": 2}}]'")"
}

leftovers() {
    equal "one verdict for each" 18 "$(query "select count(*) from ingest.delivery where validated_at is not null or rejected_at is not null")"
    equal "no step or part is left" "0|0" "$(query 'select (select count(*) from validation.part), (select count(*) from validation.listing)')"
    equal "nothing sealed but index and report" 0 "$(query "select count(*) from validation.sealed where what not in ('entries', 'report')")"
    equal "a claimed folder is the one that the verdict names" 0 "$(query "select count(*) from validation.staged s where claimed and not exists (select from validation.work w where w.staged = s.id)")"
    equal "every folder has its row" "" "$(comm -23 <(find "$work"/one/staging/ -mindepth 2 -maxdepth 2 -printf '%f\n' | sort) \
        <(query 'select id from ingest.staged union select id from validation.staged' | sort))"
    equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
}

# The same message as after a lost inbox, and a part of a package that was judged.
repeats() {
    local delivery
    delivery=$(query "select * from $(of 2 right.zip) d")
    kcat -P -b "$bootstrap" -t delivery.received -k "$delivery" -H tenant=2 -H "ce_subject=$delivery" -H ce_id=again <<<"{\"delivery\":\"$delivery\"}"
    kcat -P -b "$bootstrap" -t validation.part -k again -H tenant=2 -H "ce_subject=$delivery" -H ce_id=again \
        <<<"{\"delivery\":\"$delivery\",\"task\":\"check\",\"number\":1}"
    equal "a part told again does nothing" 1 "$(wait_for 20 1 query "select count(*) from validation.inbox where topic = 'validation.part' and identity = 'again' and events = '[]'")"
    equal "and it is judged once" 18 "$(query 'select count(*) from validation.work')"
}

own_database validation
mkdir "$work/state-1" "$work/state-2"
tenant 1 region-a
tenant 2 region-b
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system)
    select id, 'DELAR', 'delar', 'DELAR', 'care', 'files', 'Region', 'SE0000000001-3001' from access.tenant"
packages
start_broker "${topics[@]}"
room keys
room ingest
at_once
in_parts
repeats
leftovers
tell
