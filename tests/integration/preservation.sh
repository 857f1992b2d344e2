#!/usr/bin/env bash
# Packages become objects: rooms keys and preservation as processes around a throw-away PostgreSQL and librdkafka's mock
# broker. A large package is placed in parts by two workers while others are killed; a small one is stored while the room dies
# at each of its fault points. The objects are judged by a validator that is not ours, and opened by Debian's age.
#
#   tests/integration/preservation.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

topics=(delivery.validated delivery.discarded package.stored preservation.part preservation.close receipts.region-a.delar)
ports keys ingest
delivery=

# validated SEGMENTS BYTES: a package, and the word that it passed; sets delivery.
validated() {
    python3 "$top/tests/integration/staged_package.py" "$work/one" region-a "$work/keys/tenants/region-a" "$1" "$2" \
        "$work/delivered" >"$work/rows.sql"
    delivery=$(sed -n '1s/^-- //p' "$work/rows.sql")
    sql "$migrate" -f "$work/rows.sql"
    tell_again
}

# The same word again, under another id: as after a lost inbox.
tell_again() {
    local staged
    staged=$(query "select staged from validation.work where delivery = '$delivery'")
    kcat -P -b "$bootstrap" -t delivery.validated -k "$delivery" -H tenant=1 -H "ce_subject=$delivery" \
        -H "ce_id=$(cat /proc/sys/kernel/random/uuid)" <<<"{\"delivery\":\"$delivery\",\"staged\":\"$staged\",\"files\":7,\"warnings\":0}"
}

# --- checks --------------------------------------------------------------------------------------
stored="select count(*) from preservation.package where delivery = '%s'"

is_stored() {
    # shellcheck disable=SC2059  # the format is ours
    wait_for "$1" 1 query "$(printf "$stored" "$delivery")"
}

# object LOCATION: the folder of the package's object.
object() {
    local name
    name=$(query "select 'urn:uuid:' || package from ingest.delivery where id = '$delivery'" | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
    echo "$1/ocfl/region-a/${name:0:3}/${name:3:3}/${name:6:3}/$name"
}

# opened LOCATION: the package as it came, opened with nothing but age and the rows' order of keys.
opened() {
    local folder number key
    folder=$(object "$1")
    query "select number, key from ingest.segment where delivery = '$delivery' order by number" |
        while IFS='|' read -r number key; do
            cat "$folder/extensions/r7e-headers/$key" "$folder/v1/content/$(printf 'seg-%08d' "$number")" |
                age -d -i "$work/keys/tenants/region-a/service.identity"
        done
}

same_bytes() {
    cmp <(opened "$1") "$work/delivered"
}

whole() {
    check "$1: the bytes of the first location" same_bytes "$work/one"
    check "$1: the bytes of the second location" same_bytes "$work/two"
    equal "$1: told once" 1 "$(query "select count(distinct e->>'event') from preservation.inbox, jsonb_array_elements(events) e where e->>'topic' = 'package.stored' and e->'data'->>'delivery' = '$delivery'")"
    equal "$1: rows of all it consists of" "$2|5|2" "$(query "select count(*) filter (where kind = 'delivered'), count(*) filter (where kind = 'aip'),
        (select count(*) from preservation.copy c where c.package = p.id) from preservation.package p join preservation.segment s on s.package = p.id where p.delivery = '$delivery' group by p.id")"
    equal "$1: nothing is left under way" 0 "$(query "select count(*) from preservation.work where delivery = '$delivery'")"
}

valid() {
    if ! "${OCFL_PYTHON:-python3}" -c 'import ocfl' 2>/dev/null; then
        left_out "no ocfl-py (PyPI) to judge the storage roots; OCFL_PYTHON names its python"
        return
    fi
    check "both storage roots are valid" "${OCFL_PYTHON:-python3}" "$top/tests/tools/ocfl_validate.py" \
        "$work/one/ocfl/region-a" "$work/two/ocfl/region-a"
}

# 80 segments are 20 parts, more than may be under way at once. Two rooms die after a part is in the vault and before its
# row; two others do the rest.
in_parts() {
    local one two
    mkdir -p "$work/state-1" "$work/state-2"
    room preservation R7_FAULT=svc.after_vault:3:kill R7_STATE_DIR="$work/state-1"
    one=${pid[preservation]}
    room preservation R7_FAULT=svc.before_commit:4:kill R7_STATE_DIR="$work/state-2"
    two=${pid[preservation]}
    validated 80 200000
    check "one dies with a part in the vault" dies "$one"
    check "the other before its row" dies "$two"
    equal "killed in the middle" t "$(query "select parts = 20 and parts_left > 0 from preservation.work where delivery = '$delivery'")"
    told_of
    room preservation R7_STATE_DIR="$work/state-1"
    room preservation R7_STATE_DIR="$work/state-2"
    equal "a large package is stored" 1 "$(is_stored 180)"
    whole "a large package" 80
    tell_again
    equal "told again it is told again" 1 "$(wait_for 60 1 query "select count(*) from preservation.inbox where topic = 'delivery.validated' and events @> '[{\"topic\": \"package.stored\"}]'")"
    whole "a large package told again" 80
    stop_rooms
}

# Its source system asks how far it has come. Ingest answers for the rooms; it takes no messages here.
told_of() {
    local doing
    doing=$(query "select 'storing ' || parts - parts_left || ' of ' || parts || ' parts' from preservation.work where delivery = '$delivery'")
    room ingest R7_KAFKA_BOOTSTRAP=127.0.0.1:1
    equal "its system sees the parts" "200 $doing" "$(wait_for 20 "200 $doing" progress delar "$delivery")"
    equal "another does not" "404 " "$(progress other "$delivery")"
    equal "nor is there any other" "404 " "$(progress delar "$(cat /proc/sys/kernel/random/uuid)")"
    check "r7 follow says so" grep -qx "$doing" <(R7_KAFKA_BOOTSTRAP=$bootstrap R7_INGEST_URL=https://127.0.0.1:${port[ingest]} R7_CA=$R7_VAR/keys/ca.crt \
        R7_CERT=$R7_VAR/keys/system-region-a-delar.crt R7_KEY=$R7_VAR/keys/system-region-a-delar.key \
        "$build/bin/r7" follow --tenant region-a --system delar --wait 3 "$delivery" 2>&1)
    stop "${pid[ingest]}"
}

# progress SYSTEM DELIVERY: the status, and the work in hand in words.
progress() {
    local key=$R7_VAR/keys/system-region-a-$1 status
    status=$(curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$key.crt" --key "$key.key" -o "$work/answer" -w '%{http_code}' \
        "https://127.0.0.1:${port[ingest]}/deliveries/$2/progress" || true)
    echo "$status $(jq -r '.progress | select(.) | "\(.doing) \(.parts_done) of \(.parts) parts"' "$work/answer")"
}

stop_rooms() {
    local process
    for process in "${processes[@]:2}"; do stop "$process"; done
    processes=("${processes[@]:0:2}")
}

# A small package, while the room dies: sealing is its first pass, the object its second. The broker notices a dead member
# after its session's end only.
dying() {
    local fault
    for fault in svc.after_lease:1 svc.after_commit:1 svc.after_vault:2 svc.before_commit:2; do
        room preservation R7_FAULT="$fault:kill"
        validated 1 3000
        check "it dies at $fault" dies "${pid[preservation]}"
        room preservation
        equal "killed at $fault: it is stored" 1 "$(is_stored 120)"
        whole "killed at $fault" 1
        stop_rooms
    done
}

own_database preservation
tenant 1 region-a
query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system)
    values (1, 'DELAR', 'delar', 'DELAR', 'care', 'files', 'Region', 'SE0000000001-3001')"
for system in delar other; do
    "$top/services/embedded/certificates.sh" system region-a "$system" >"$work/certificates.log" 2>&1
    query "insert into access.principal (subject, kind, tenant, name) values ('system-region-a-$system', 'system', 1, '$system')"
done
start_broker "${topics[@]}"
room keys
in_parts
dying
valid
equal "nothing was set aside" 0 "$(cat "$work"/*.log | grep -c 'set aside' || true)"
equal "no object is left half built" "" "$(find "$work"/*/staging -name object)"
tell
