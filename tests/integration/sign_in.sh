# shellcheck shell=bash disable=SC2154,SC2034
# Two regions with people who sign in through a provider at $issuer. Sourced after lib.sh, never run.

. "$top/tests/integration/asking.sh"

# claims NAME FILTER: of the token kept under that name.
claims() {
    /usr/bin/python3 -c 'import base64, sys; print(base64.urlsafe_b64decode(sys.argv[1].split(".")[1] + "==").decode())' "${token[$1]}" | jq -r "$2"
}

# parameter NAME URL: its value in the query.
parameter() {
    local rest=${2#*"$1"=}
    echo "${rest%%&*}"
}

# changed NAME VALUE URL: the same address with another value of that parameter.
changed() {
    local rest=${3#*"$1"=}
    case $rest in
    *'&'*) echo "${3%%"$1"=*}$1=$2&${rest#*&}" ;;
    *) echo "${3%%"$1"=*}$1=$2" ;;
    esac
}

# provider_of AUTHENTICATION CLIENT [SECRET]: as an administrator sets it.
provider_of() {
    printf '{"title":"IdP","issuer":"%s","client_id":"%s","authentication":"%s"%s,"scopes":["openid"],"algorithms":["ES256","RS256","PS256"],"mapping":"inera-idp","level":3}' \
        "$issuer" "$2" "$1" "${3:+,\"secret\":\"$3\"}"
}

# add_user LOGIN HSA-ID ASSIGNMENT: of region-a; prints the id.
add_user() {
    ask chief POST "$access/users" "{\"login\":\"$1\",\"name\":\"${1^}\",\"password\":\"a $1 has this\"${2:+,\"hsa_id\":\"$2\"}}" >/dev/null
    local id
    id=$(jq -r .id "$work/answer")
    ask chief POST "$access/users/$id/assignments" "$3" >/dev/null
    echo "$id"
}

nurse='{"role":"care_staff","unit":"SE1-U1","care_unit":"SE1-CU1","care_provider":"SE1-CP","purposes":["care"],"information_types":["care"],"analysis":"BR-1"}'

# begin_r7 ARGUMENT...: r7 login --oidc, up to the address it prints, in $url_r7.
begin_r7() {
    rm -f "$work/r7.code" && : >"$work/r7.said"
    (
        code=0
        env -i HOME="$work" R7_ACCESS_URL="$access" R7_CA="$R7_VAR/keys/ca.crt" "$build/bin/r7" login --oidc --tenant region-a "$@" \
            >"$work/r7.out" 2>"$work/r7.said" </dev/null || code=$?
        echo "$code" >"$work/r7.code"
    ) &
    ours $!
    wait_for 20 found r7_url >/dev/null
    url_r7=$(grep -o 'https://.*' "$work/r7.said" || true)
}

r7_url() {
    if grep -q 'https://' "$work/r7.said" || [ -s "$work/r7.code" ]; then echo found; else echo no; fi
}

# ended: its exit code.
ended() {
    wait_for 20 "" not_said "$work/r7.code" >/dev/null
    cat "$work/r7.code"
}

# begin_house NAME SETTING...: rooms keys and access on a database of that name, with these settings of access.
begin_house() {
    own_database "$1"
    shift
    room keys
    room access "$@"
    answers "$access/jwks"
    region
    region region-b other
    ask chief PUT "$access/analyses/BR-1" "$(analysis_json SE1-CP)" >/dev/null
    ask chief PUT "$access/analyses/BR-2" "$(analysis_json)" >/dev/null
    chief_id=$(claims chief .sub)
    chief_assignment=$(claims chief .assignment)
    nurse_id=$(add_user nurse SE1-NURSE "$nurse")
    log_in nurse region-a "a nurse has this"
}
