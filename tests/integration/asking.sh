# shellcheck shell=bash
# Asking rooms access and search as people of a region, and rows of the index for them. Sourced after lib.sh, by a script that sets access,
# and search, system and cp where it speaks of them:
#
#   ask WHO METHOD URL [JSON] [CURL ARGUMENT...]    the status; the body lies in $work/answer, its headers in $work/headers
#   member EXPRESSION                               of the answer a (or of $file), in python
#   header NAME
#   log_in NAME REGION [PASSWORD [LOGIN]]           keeps the token under NAME; the status lies in $work/status
#   region [NAME [LOGIN]]                           region-a with its keys, and its administrator "chief"
#   region_house DATABASE ROOM...                   a database of one's own, rooms, and in them the region
#   account NAME ASSIGNMENT [CARE-PROVIDER]         a person of region-a (or of $of_region, called $called), signed in; ASSIGNMENT: members in JSON
#   sign_in NAME ROLE UNIT CARE-PROVIDER PURPOSES [INFORMATION-TYPES]    the same by words
#   reviewer NAME [CARE-PROVIDER]                   who reviews the log, of the region or of a care provider's staff
#   protect NUMBER PROTECTION                       a person, by the region's decision
#   r7 WHO ARGUMENT...                              its exit code; what it says lies in $work/said-by-r7
#   finds WHO [NUMBER]                              what care is shown of 191212121212, or another: titles, and whether something is blocked
#   pseudonym NUMBER                                of a person in region-a
#   told_services                                   how many questions about patients to services that keep blocks or consents the log has
#   log_of_access closed|open                       whether room access may add to the disclosure log
#   care_package; care_record NUMBER TITLE UNIT DATE [CARE-PROVIDER]
declare -A token=() user=() chief_of=()

ask() {
    local who=$1 method=$2 address=$3 body=${4-} arguments=()
    shift $(($# < 4 ? 3 : 4))
    [ -z "${token[$who]-}" ] || arguments+=(-H "Authorization: Bearer ${token[$who]}")
    [ -z "$body" ] || arguments+=(-H 'Content-Type: application/json' --data-binary "$body")
    : >"$work/answer"
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -D "$work/headers" -w '%{http_code}' -X "$method" "${arguments[@]}" "$@" "$address"
}

member() {
    python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "${file-$work/answer}" "$1" 2>&1 | tail -n 1
}

header() {
    awk -F': ' -v name="${1,,}" 'tolower($1) == name {sub("\r", "", $2); print $2}' "$work/headers"
}

log_in() {
    local login=${4-$1}
    ask nobody POST "$access/login" "{\"tenant\":\"$2\",\"login\":\"$login\",\"password\":\"${3-password of $login}\"}" >"$work/status"
    token[$1]=$(jq -r '.token // ""' "$work/answer")
}

# shellcheck disable=SC2120  # scripts name another
region() {
    local name=${1-region-a} login=${2-chief}
    region_keys "$name"
    log_in admin central
    ask admin POST "$access/tenants" "{\"name\":\"$name\",\"title\":\"$name\",\"administrator\":{\"login\":\"$login\",\"name\":\"Chief\",\"password\":\"password of $login\"}}" >/dev/null
    log_in "$login" "$name"
    chief_of[$name]=$login
}

region_house() {
    own_database "$1"
    shift
    stand "$@"
    region
}

account() {
    local chief=${chief_of[${of_region-region-a}]}
    ask "$chief" PUT "$access/analyses/BR-$1" "$(analysis_json "${3-}")" >/dev/null
    ask "$chief" POST "$access/users" "{\"login\":\"$1\",\"name\":\"${called-$1}\",\"password\":\"password of $1\",\"hsa_id\":\"SE0000000001-$1\"}" >/dev/null
    user[$1]=$(jq -r .id "$work/answer")
    ask "$chief" POST "$access/users/${user[$1]}/assignments" "{$2,\"analysis\":\"BR-$1\"}" >/dev/null
    log_in "$1" "${of_region-region-a}"
}

sign_in() {
    local purposes=\"${5// /\",\"}\" types=${6-care}
    account "$1" "\"role\":\"$2\",\"unit\":\"$3\",\"care_unit\":\"$3\",\"care_provider\":\"$4\",\"purposes\":[$purposes],\"information_types\":[\"${types// /\",\"}\"]" "$4"
}

reviewer() {
    account "$1" "\"role\":\"log_reviewer\",\"purposes\":[\"log_review\"],\"information_types\":[\"log\"]${2:+,\"care_provider\":\"$2\"}" "${2-}"
}

protect() {
    ask "${chief_of[region-a]}" PUT "$access/persons/facts" "{\"person\":{\"number\":\"$1\"},\"protection\":\"$2\",\"deceased\":false,\"source\":\"local_decision\"}" >/dev/null
}

r7() {
    local who=$1 code=0
    shift
    env -i HOME="$work" R7_TOKEN="${token[$who]-}" R7_ACCESS_URL="$access" ${search:+"R7_SEARCH_URL=$search"} ${indexing:+"R7_INDEXING_URL=$indexing"} \
        R7_CA="$R7_VAR/keys/ca.crt" "$build/bin/r7" "$@" >"$work/said-by-r7" 2>&1 || code=$?
    echo $code
}

finds() {
    ask "$1" POST "$search/search/care" "{\"person\":{\"number\":\"${2-191212121212}\"},\"other_units\":true,\"reason\":\"jour\"}" >/dev/null
    jq -r '([.records[].fields.title] | sort | join(" ")) + (if .blocked then " | blocked" else "" end)' "$work/answer"
}

pseudonym() {
    "$build/integration/search_fixture" person "$(cat "$work/keys/tenants/region-a/pseudonym.key")" "$1" vas
}

told_services() {
    query "select count(*) from access.disclosure where action = 'asked_national_service'"
}

log_of_access() {
    case $1 in
        closed) query "revoke insert on access.disclosure from r7_access" ;;
        open) query "grant insert on access.disclosure to r7_access" ;;
    esac
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
    person=$(pseudonym "$1")
    rows=$((rows + 1))
    query "insert into indexing.record (shard, tenant, package, person, part, number, type, category, status, archive_creator, source_system, source_id, title, care_provider, care_unit, unit_id, occurred_at, content_hmac)
        values (('x' || substr(replace('$person', '-', ''), 1, 4))::bit(16)::int >> 6, 1, '$package', '$person', 0, $rows, 'care', 'voo', 'signed', 'Region', '$system', '$2', '$2',
            '${5-$cp}', '$3', '$3', '$4', gen_random_uuid())"
}
