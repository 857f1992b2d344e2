# shellcheck shell=bash disable=SC2034,SC2154
# What scripts about ingest's doors share: rooms keys and ingest as processes beside librdkafka's mock broker, one source
# system, its receipts, and what lies in staging. Sourced after lib.sh, by a script that sets keys_port, port, base (ingest's
# address), system and migrate.

query() {
    sql "$migrate" -c "$1"
}

# wait_for SECONDS WANTED COMMAND...: until it prints the wanted; the last answer is printed.
wait_for() {
    local answer deadline=$((EPOCHSECONDS + $1)) wanted=$2
    shift 2
    while answer=$("$@") && [ "$answer" != "$wanted" ] && [ $EPOCHSECONDS -lt $deadline ]; do sleep 0.1; done
    echo "$answer"
}

# --- the house -------------------------------------------------------------------------------------
tenant() {
    local folder=$work/keys/tenants/$2 name
    mkdir -p "$folder"
    for name in service delivery; do age-keygen -o "$folder/$name.identity" 2>/dev/null; done
    for name in region escrow; do age-keygen 2>/dev/null | age-keygen -y >"$folder/$name.recipient"; done
    openssl rand -hex 32 >"$folder/pseudonym.key"
    query "insert into access.tenant (id, name, title) values ($1, '$2', '$2')"
}

# system TENANT NAME SYSTEM AGREEMENT [BYTES]
system() {
    "$top/services/embedded/certificates.sh" system "$2" "$3" >"$work/certificates.log" 2>&1
    query "insert into access.principal (subject, kind, tenant, name) values ('system-$2-$3', 'system', $1, '$3')"
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system, package_bytes_max)
        values ($1, '$4', '$3', '$4', 'care', 'files', 'Region', 'SE0000000001-3001', ${5-1000000000})"
}

start_broker() {
    "$build/integration/mock_broker" "$@" >"$work/broker" 2>"$work/broker.log" &
    processes+=($!)
    while [ ! -s "$work/broker" ]; do sleep 0.1; done
    bootstrap=$(cat "$work/broker")
}

start_keys() {
    start_room keys "$keys_port" "$url" R7_KEYS_DIR="$work/keys"
    keys=${processes[-1]}
}

# start_ingest [NAME=VALUE...]
start_ingest() {
    start_room ingest "$port" "$url" R7_KAFKA_BOOTSTRAP="$bootstrap" R7_KEYS_URL="https://127.0.0.1:$keys_port" \
        R7_UPLOAD_LOCK=2 R7_STAGING_RESERVE=0 "$@"
    ingest=${processes[-1]}
    wait_for 20 204 options >/dev/null
}

stop_ingest() {
    kill "-${1-TERM}" "$ingest" 2>/dev/null || true
    wait "$ingest" 2>/dev/null || true
}

options() {
    curl -s -o /dev/null -D "$work/headers" -w '%{http_code}' --cacert "$R7_VAR/keys/ca.crt" -X OPTIONS "$base/uploads" || true
}

# --- what came of it ---------------------------------------------------------------------------------
# receipts ID [SYSTEM]: the words of its receipts.
receipts() {
    kcat -C -b "$bootstrap" -t "receipts.region-a.${2-$system}" -o beginning -e -q 2>/dev/null |
        jq -r --arg id "$1" 'select(.identity == $id) | .receipt + (if .rule then " " + .rule else "" end)' | sort -u | paste -sd ' '
}

folder_of() {
    echo "$work/vault/staging/region-a/${1##*/}"
}

# What the rows of the delivery say lies in staging, opened by Debian's age with the region's service identity.
opened() {
    local key folder
    folder=$(folder_of "$(query "select staged from ingest.delivery where identity = '$1'")")
    for key in $(query "select s.key from ingest.segment s join ingest.delivery d on d.id = s.delivery where d.identity = '$1' order by number"); do
        cat "$folder/$key.header" "$folder/$key" | age -d -i "$work/keys/tenants/region-a/service.identity"
    done | sha256sum
}
