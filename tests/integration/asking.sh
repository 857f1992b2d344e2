# shellcheck shell=bash
# Asking rooms access and search as people of one region, and rows of the index for them. Sourced after lib.sh, by a script that
# sets access, search, system and cp:
#
#   ask WHO METHOD URL [JSON] [CURL ARGUMENT...]    the status; the body lies in $work/answer
#   member EXPRESSION                               of the answer a (or of $file), in python
#   region                                          region-a with its keys, and its administrator "chief"
#   region_house DATABASE ROOM...                   the servers, a database, rooms, and in them the region
#   sign_in NAME ROLE UNIT CARE-PROVIDER PURPOSE    a person with one assignment, signed in
#   r7 WHO ARGUMENT...                              its exit code; what it says lies in $work/said-by-r7
#   care_package; care_record NUMBER TITLE UNIT DATE [CARE-PROVIDER]
declare -A token=() user=()

ask() {
    local who=$1 method=$2 address=$3 body=${4-} arguments=()
    shift $(($# < 4 ? 3 : 4))
    [ -z "${token[$who]-}" ] || arguments+=(-H "Authorization: Bearer ${token[$who]}")
    [ -z "$body" ] || arguments+=(-H 'Content-Type: application/json' --data-binary "$body")
    : >"$work/answer"
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code}' -X "$method" "${arguments[@]}" "$@" "$address"
}

member() {
    python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "${file-$work/answer}" "$1" 2>&1 | tail -n 1
}

log_in() {
    ask nobody POST "$access/login" "{\"tenant\":\"$2\",\"login\":\"$1\",\"password\":\"password of $1\"}" >/dev/null
    token[$1]=$(jq -r .token "$work/answer")
}

region() {
    region_keys region-a
    log_in admin central
    ask admin POST "$access/tenants" '{"name":"region-a","title":"A","administrator":{"login":"chief","name":"Chief","password":"password of chief"}}' >/dev/null
    log_in chief region-a
}

region_house() {
    local name
    start_cluster
    url=$(database "$1")
    # shellcheck disable=SC2034  # query's
    migrate=$(login r7_migrate "$url")
    printf 'password of admin\n' >"$work/admin-password"
    shift
    for name in "$@"; do
        room "$name"
        answers "https://127.0.0.1:${port[$name]}/"
    done
    region
}

sign_in() {
    ask chief PUT "$access/analyses/BR-$4" "$(analysis_json "$4")" >/dev/null
    ask chief POST "$access/users" "{\"login\":\"$1\",\"name\":\"$1\",\"password\":\"password of $1\",\"hsa_id\":\"SE0000000001-$1\"}" >/dev/null
    user[$1]=$(jq -r .id "$work/answer")
    ask chief POST "$access/users/${user[$1]}/assignments" "{\"role\":\"$2\",\"unit\":\"$3\",\"care_unit\":\"$3\",\"care_provider\":\"$4\",
        \"purposes\":[\"$5\"],\"information_types\":[\"care\"],\"analysis\":\"BR-$4\"}" >/dev/null
    log_in "$1" region-a
}

r7() {
    local who=$1 code=0
    shift
    env -i HOME="$work" R7_TOKEN="${token[$who]}" R7_ACCESS_URL="$access" R7_CA="$R7_VAR/keys/ca.crt" "$build/bin/r7" "$@" >"$work/said-by-r7" 2>&1 || code=$?
    echo $code
}

care_package() {
    package=$(cat /proc/sys/kernel/random/uuid)
    rows=0
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system)
        values (1, 'care-1', 'vas', 'VAS', 'care', 'files', 'Region', '$system')"
    query "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at, validated_at, accepted_at, stored_at)
        values ('$package', 1, 'vas', 'x', 'care-1', '$package', 'package', 'NEW', 1, sha256('x'), now(), now(), now(), now())"
}

care_record() {
    local person
    person=$("$build/integration/search_fixture" person "$(cat "$work/keys/tenants/region-a/pseudonym.key")" "$1" vas)
    rows=$((rows + 1))
    query "insert into indexing.record (shard, tenant, package, person, part, number, type, category, status, archive_creator, source_system, source_id, title, care_provider, care_unit, unit_id, occurred_at, content_hmac)
        values (('x' || substr(replace('$person', '-', ''), 1, 4))::bit(16)::int >> 6, 1, '$package', '$person', 0, $rows, 'care', 'voo', 'signed', 'Region', '$system', '$2', '$2',
            '${5-$cp}', '$3', '$3', '$4', gen_random_uuid())"
}
