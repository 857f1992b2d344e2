# shellcheck shell=bash disable=SC2034,SC2154
# What scripts about ingest's doors share: rooms keys and ingest as processes beside librdkafka's mock broker, one source
# system, its packages and receipts, and what lies in staging. Sourced after lib.sh, by a script that sets system and, where
# it starts ingest by start_ingest, base (its address).

# system TENANT NAME SYSTEM AGREEMENT [BYTES]
system() {
    "$top/services/embedded/certificates.sh" system "$2" "$3" >"$work/certificates.log" 2>&1
    query "insert into access.principal (subject, kind, tenant, name) values ('system-$2-$3', 'system', $1, '$3')"
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system, package_bytes_max)
        values ($1, '$4', '$3', '$4', 'care', 'files', 'Region', 'SE0000000001-3001', ${5-1000000000})"
}

# pack NAME FOLDER: NAME.zip of what lies there, with an OBJID of its own.
pack() {
    cat >"$work/description.json" <<DESCRIPTION
{"title": "Prov", "content_category": "Mixed", "content_information_type": "MIXED", "objid": "$(basename "$0" .sh)-$1",
 "created": "2026-01-02T03:04:05Z", "archive_creator": {"name": "Region", "identification_code": "ORG:2120000001"},
 "submitting_organisation": {"name": "Region", "identification_code": "ORG:2120000001"}}
DESCRIPTION
    "$build/bin/r7" pack --description "$work/description.json" --out "$work/$1.zip" "$2" >>"$work/pack.log"
}

# system_asks ADDRESS [CURL ARGUMENT...]: the answer to $system.
system_asks() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$R7_VAR/keys/system-region-a-$system.crt" --key "$R7_VAR/keys/system-region-a-$system.key" "$@"
}

# report ID: what validation says of that delivery.
report() {
    system_asks "https://127.0.0.1:${port[validation]}/deliveries/$(query "select id from ingest.delivery where identity = '$1'")/report"
}

# start_ingest [NAME=VALUE...]
start_ingest() {
    room ingest R7_UPLOAD_LOCK=2 R7_STAGING_RESERVE=0 "$@"
    wait_for 20 204 options >/dev/null
}

options() {
    curl -s -o /dev/null -D "$work/headers" -w '%{http_code}' --cacert "$R7_VAR/keys/ca.crt" -X OPTIONS "$base/uploads" || true
}

# --- what came of it ---------------------------------------------------------------------------------
# receipts ID [SYSTEM]: the words of its receipts.
receipts() {
    kcat -C -b "$bootstrap" -t "receipts.region-a.${2-$system}" -o beginning -e -q 2>>"$work/kcat.log" |
        jq -r --arg id "$1" 'select(.identity == $id) | .receipt + (if .rule then " " + .rule else "" end)' | sort -u | paste -sd ' '
}

folder_of() {
    echo "$work/one/staging/region-a/${1##*/}"
}

# What the rows of the delivery say lies in staging, opened by Debian's age with the region's service identity.
opened() {
    local key folder
    folder=$(folder_of "$(query "select staged from ingest.delivery where identity = '$1'")")
    for key in $(query "select s.key from ingest.segment s join ingest.delivery d on d.id = s.delivery where d.identity = '$1' order by number"); do
        cat "$folder/$key.header" "$folder/$key" | age -d -i "$work/keys/tenants/region-a/service.identity"
    done | sha256sum
}
