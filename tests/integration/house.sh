# shellcheck shell=bash disable=SC2154,SC2034
# A house of all rooms but gateway, with one region, its people, two source systems and packages of the demo's story, around
# librdkafka's mock broker. Sourced after lib.sh, never run. Agreement A-PENNAN waits for a person, A-KURVAN accepts by itself.
ports keys access ingest search
access=https://127.0.0.1:${port[access]} ingest=https://127.0.0.1:${port[ingest]} search=https://127.0.0.1:${port[search]}
topics=(delivery.received delivery.validated delivery.rejected delivery.accepted delivery.returned delivery.discarded
    package.stored package.indexed package.removed indexing.part validation.part preservation.part preservation.close)
. "$top/tests/integration/asking.sh"

# --- the house ---------------------------------------------------------------------------------------
start_house() {
    local name
    start_broker "${topics[@]}" {deliveries,receipts}.region-a.{pennan,kurvan}
    for name in keys access ingest validation preservation indexing search; do room $name; done
}

# --- people --------------------------------------------------------------------------------------------
people() {
    answers "$access/jwks"
    region
    sign_in rut registrar REG-1 SE0000000001-1001 registry "care registry"
    sign_in arne archivist ARK-1 SE0000000001-1001 archive "care registry"
}

r7_as() {
    local who=$1
    shift
    R7_TOKEN=${token[$who]} R7_CA=$R7_VAR/keys/ca.crt R7_INGEST_URL=$ingest "$build/bin/r7" "$@"
}

# --- packages --------------------------------------------------------------------------------------------
# package NAME OBJID STATUS: the story's case file under another OBJID and status; NAME makes its bytes its own.
package() {
    python3 - "$work/story/region-a/demo-a-pennan-1.zip" "$work/$1.zip" "$2" "$3" "$1" <<'EOF'
import sys, zipfile
source, out, objid, status, name = sys.argv[1:]
with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as new:
    new.comment = name.encode()
    for item in old.infolist():
        content = old.read(item)
        if item.filename.endswith('/METS.xml'):
            content = content.replace(b'OBJID="demo-a-pennan-1"', f'OBJID="{objid}"'.encode())
            assert content.count(b'RECORDSTATUS="NEW"') == 1, 'the story has another METS'
            content = content.replace(b'RECORDSTATUS="NEW"', f'RECORDSTATUS="{status}"'.encode())
        new.writestr(item.filename, content)
EOF
}

# deliver NAME OBJID STATUS [SYSTEM AGREEMENT]: prints the delivery.
deliver() {
    package "$1" "$2" "$3"
    R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant region-a --system "${4-pennan}" --agreement "${5-A-PENNAN}" \
        --id "$1" "$work/$1.zip" 2>>"$work/deliver.log"
}

# comes_to STATE DELIVERY: and is stored and read there.
comes_to() {
    local read=''
    case $1 in rejected | returned | removed) ;; *) read=' and stored_at is not null and indexed_at is not null' ;; esac
    wait_for 90 "$1" query "select state from ingest.delivery where id = '$2'$read"
}

receipts_of() {
    query "select string_agg(e.data->>'receipt', ' ' order by e.sequence) from (select distinct on (sequence) sequence, data from
        (select (e->>'sequence')::int as sequence, e->'data' as data from ingest.inbox, jsonb_array_elements(events) e where e->>'topic' like 'receipts.%'
         and e->>'subject' = '$1') a) e"
}

# decide WHO accept|return DELIVERY REASON KEY: the status.
decide() {
    local path=acceptance
    [ "$2" = accept ] || path="return"
    ask "$1" POST "$ingest/deliveries/$3/$path" "{\"reason\":\"$4\"}" -H "Idempotency-Key: $5"
}

found() {
    ask rut POST "$search/search/registry" '{"reference":"RE 2019-00417","purpose":"registry"}' >/dev/null
    jq -r '[.records[] | select(.category == "case")] | length' "$work/answer"
}

# shown DELIVERY...: the status of a record of each, asked for by its key. (In a search equal records are folded.)
shown() {
    local d
    for d in "$@"; do
        ask rut GET "$search/records/$(query "select package || '-' || shard || '-' || part || '-' || number from indexing.record where package = '$(package_of "$d")' and category = 'case' limit 1")?purpose=registry"
        echo
    done | xargs
}

package_of() {
    query "select package from ingest.delivery where id = '$1'"
}

# What left after the decision.
sent_receipts() {
    kcat -b "$bootstrap" -C -t receipts.region-a.pennan -o beginning -e -q 2>/dev/null |
        jq -rs --arg d "$1" '[.[] | select(.delivery == $d and (.receipt | IN("accepted", "returned", "archived", "searchable", "tested"))) | .receipt] | unique | sort_by({"accepted":1,"returned":1,"archived":2,"searchable":3,"tested":4}[.]) | join(" ")'
}

# keep COLUMN INTERVAL: of every agreement.
keep() {
    query "update ingest.agreement set $1 = '$2' where tenant = 1"
}

# begin_house NAME: all of it, on a database of that name.
begin_house() {
    own_database "$1"
    "$build/bin/r7-demo" story "$work/story" >"$work/demo.log" 2>&1
    start_house
    people
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system, accepts_by_itself)
        values (1, 'A-PENNAN', 'pennan', 'Pennan', 'registry', 'erms', 'Region 1', 'SE0000000001-1001', 'SE0000000001-3003', false),
               (1, 'A-KURVAN', 'kurvan', 'Kurvan', 'registry', 'erms', 'Region 1', 'SE0000000001-1001', 'SE0000000001-3001', true)"
}
