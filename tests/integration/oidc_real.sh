#!/usr/bin/env bash
# Signing in through real identity providers: Keycloak and node's oidc-provider, as tests/tools/identity_providers.sh takes
# them, each in memory on 127.0.0.1; rooms access and keys as processes around a throw-away PostgreSQL; curl is the browser.
#
#   tests/integration/oidc_real.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ports keys access keycloak node
access=https://127.0.0.1:${port[access]}
taken=$top/build/identity-providers
. "$(dirname "${BASH_SOURCE[0]}")/sign_in.sh"

browser() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" -b "$work/jar" -c "$work/jar" "$@"
}

# redirect URL: where it leads, or nothing.
redirect() {
    browser -o "$work/answer" -w '%{redirect_url}' "$@" || true
}

# form: where the page in $work/page sends its form.
form() {
    grep -oE 'action="[^"]*"' "$work/page" | head -n 1 | sed 's|action="||; s|"$||; s|&amp;|\&|g; s|^/realms/|'"${issuer%/realms/*}"'&|'
}

# --- Keycloak ------------------------------------------------------------------------------------------
mappers() {
    local name value list=''
    while read -r name value; do
        list+="{\"name\":\"$name\",\"protocol\":\"openid-connect\",\"protocolMapper\":\"oidc-hardcoded-claim-mapper\",\"config\":{\"claim.name\":\"$name\",
            \"claim.value\":\"$value\",\"jsonType.label\":\"String\",\"id.token.claim\":\"true\",\"access.token.claim\":\"false\"}},"
    done <<'END'
employeeHsaId SE1-NURSE
commissionHsaId SE1-COMMISSION
commissionPurpose Vård och behandling
commissionRight Läsa;alla;SJF
healthCareUnitHsaId SE1-CU1
healthCareProviderHsaId SE1-CP
END
    printf '%s' "${list%,}"
}

start_keycloak() {
    local home
    mkdir -p "$work/keycloak"
    tar xzf "$taken"/keycloak-*.tar.gz -C "$work/keycloak" --strip-components 1
    home=$work/keycloak
    mkdir -p "$home/data/import"
    MAPPERS=$(mappers) ACCESS=$access /usr/bin/python3 -c 'import os, sys
text = sys.stdin.read()
for name in ("MAPPERS", "ACCESS"): text = text.replace(f"@{name}@", os.environ[name])
sys.stdout.write(text)' <"$top/tests/integration/keycloak_realm.json" >"$home/data/import/region-a.json"
    env JAVA_OPTS="-Xms64m -Xmx320m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8" KC_BOOTSTRAP_ADMIN_USERNAME=admin \
        KC_BOOTSTRAP_ADMIN_PASSWORD=admin "$home/bin/kc.sh" start-dev --db=dev-mem --cache=local --http-enabled=false --http-host=127.0.0.1 \
        --https-port="${port[keycloak]}" --https-certificate-file="$R7_VAR/keys/room-ingest.crt" --https-certificate-key-file="$R7_VAR/keys/room-ingest.key" \
        --truststore-paths="$R7_VAR/keys/ca.crt" --import-realm >"$work/keycloak.log" 2>&1 &
    ours $!
    pid[keycloak]=$!
    issuer=https://127.0.0.1:${port[keycloak]}/realms/region-a
}

keycloak_answers() {
    kill -0 "${pid[keycloak]}" 2>/dev/null || { echo 200 && return; } # the next check tells
    curl -s -o /dev/null -w '%{http_code}' --cacert "$R7_VAR/keys/ca.crt" "$issuer/.well-known/openid-configuration" || true
}

# keycloak_login URL [PASSWORD]: where Keycloak sends the browser after its form.
keycloak_login() {
    browser -o "$work/page" "$1"
    browser -o "$work/page" -w '%{redirect_url}' --data-urlencode username=nurse --data-urlencode "password=${2-a nurse has this}" -d credentialId= "$(form)"
}

keycloak() {
    local back name
    if ! compgen -G "$taken/keycloak-*.tar.gz" >/dev/null; then
        left_out "signing in through Keycloak, which tests/tools/identity_providers.sh takes from Maven Central"
        return
    fi
    wait_for 180 200 keycloak_answers >/dev/null
    check "Keycloak answers" curl -sS --fail --cacert "$R7_VAR/keys/ca.crt" "$issuer/.well-known/openid-configuration"
    equal "it is set" "204 204" "$(ask chief PUT "$access/sign-in-providers/keycloak" "$(provider_of none r7)") $(ask chief PUT "$access/sign-in-providers/key" "$(provider_of private_key_jwt key)")"
    rm -f "$work/jar"
    back=$(keycloak_login "$(redirect "$access/oidc/region-a/keycloak/start")")
    equal "a nurse signs in through Keycloak" 200 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
    equal "with her assignment" "Nurse SE1-CU1" "$(jq -r '"\(.name) \(.assignment.care_unit)"' "$work/answer")"
    token[keycloak]=$(jq -r .token "$work/answer")
    equal "and the token is good" 403 "$(ask keycloak PUT "$access/units/SE1-U1" '{}')"
    equal "it says at which level" http://id.sambi.se/loa/loa3 "$(claims keycloak .acr)"
    equal "the same answer is good once" 401 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
    rm -f "$work/jar"
    equal "a wrong password comes back nowhere" "" "$(keycloak_login "$(redirect "$access/oidc/region-a/keycloak/start")" "a wrong one")"
    rm -f "$work/jar"
    back=$(keycloak_login "$(redirect "$access/oidc/region-a/key/start")")
    equal "with private_key_jwt and ES256, our keys fetched by Keycloak" 200 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
    rm -f "$work/jar"
    begin_r7 keycloak
    back=$(keycloak_login "$url_r7")
    equal "r7 is answered at its port" 200 "$(curl -s -o /dev/null -w '%{http_code}' "$back")"
    equal "and has signed in" "0 signed in as Nurse" "$(ended) $(cut -c 1-18 "$work/r7.out")"
    tamper
    keycloak_logout
}

# administer_keycloak METHOD PATH [CURL ARGUMENT...]: of the realm, as its administrator.
administer_keycloak() {
    local bearer
    bearer=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -d grant_type=password -d client_id=admin-cli -d username=admin -d password=admin \
        "${issuer%/*}/master/protocol/openid-connect/token" | jq -r .access_token)
    curl -s --cacert "$R7_VAR/keys/ca.crt" -X "$1" -H "Authorization: Bearer $bearer" "${@:3}" "${issuer%/realms/*}/admin/realms/region-a$2"
}

# standing WHO: 403 while the session is in force, then 401.
standing() {
    ask "$1" PUT "$access/units/SE1-U1" '{}'
}

# hidden NAME: of the page's form.
hidden() {
    grep -oE "name=\"$1\" value=\"[^\"]*\"" "$work/page" | head -n 1 | sed 's/.*value="//; s/"$//'
}

# out_of_one NAME PATH ANSWER FIELD: sessions one and two are of one browser; who signs out of one here, and of the provider where that sends
# them (whose page has a hidden field), is out of both.
out_of_one() {
    local url
    equal "signing out of one tells where to at $1" "200 $issuer/$2" "$(ask one POST "$access/logout") $(jq -r '.provider_url | split("?")[0]' "$work/answer")"
    url=$(jq -r .provider_url "$work/answer")
    equal "here the other stands" "401 403" "$(standing one) $(standing two)"
    browser -o "$work/page" "$url"
    equal "$1 asks, and leads back to the ways in" "$access/oidc/region-a" \
        "$(browser -o "$work/answer" -w '%{redirect_url}' -d "$3" -d "$4=$(hidden "$4")" "$(form)")"
    equal "and has told us of the other" 401 "$(wait_for 20 401 standing two)"
}

# One browser's two sessions, at two clients, of which the second is not asked for a password again (so it is no care); it signs out
# through the first. And an administrator of Keycloak, who ends sessions one by one: its users/ID/logout was seen (26.0.8) to tell each
# client of one session alone, where there are several.
keycloak_logout() {
    local user archivist id ended=''
    user=$(administer_keycloak GET '/users?username=nurse' | jq -r '.[0].id')
    archivist=$(add_user archie '' '{"role":"archivist","purposes":["archive"],"information_types":["care"],"analysis":"BR-2"}')
    ask chief PUT "$access/sign-in-providers/low" "$(provider_of private_key_jwt key | sed 's/inera-idp/generic/; s/"level":3/"level":0/')" >/dev/null
    equal "an archivist of the same subject" 204 "$(ask chief PUT "$access/users/$archivist/identities/low" "{\"subject\":\"$user\"}")"
    rm -f "$work/jar"
    browser -o "$work/answer" "$(keycloak_login "$(redirect "$access/oidc/region-a/keycloak/start")")"
    token[one]=$(jq -r .token "$work/answer")
    browser -o "$work/answer" "$(redirect "$(redirect "$access/oidc/region-a/low/start")")"
    token[two]=$(jq -r .token "$work/answer")
    equal "two sessions of one browser" "403 403" "$(standing one) $(standing two)"
    out_of_one Keycloak protocol/openid-connect/logout confirmLogout=Logout session_code
    equal "by sid" 1 "$(query "select count(*) from access.sign_in_ended e where e.what in (select session from access.sign_in_session where id = '$(claims two .jti)')")"
    rm -f "$work/jar"
    browser -o "$work/answer" "$(keycloak_login "$(redirect "$access/oidc/region-a/keycloak/start")")"
    token[one]=$(jq -r .token "$work/answer")
    equal "signed in again" 403 "$(standing one)"
    for id in $(administer_keycloak GET "/users/$user/sessions" | jq -r '.[].id'); do ended+=$(administer_keycloak DELETE "/sessions/$id" -o /dev/null -w '%{http_code}'); done
    check "an administrator of Keycloak ends the nurse's sessions" grep -qE '^(204)+$' <(echo "$ended")
    equal "who is out here" 401 "$(wait_for 20 401 standing one)"
    equal "no word of Keycloak's was refused" 0 "$(grep -c '"operation":"oidcLogout".*"error"' "$work/access.log" || true)"
}

# What Keycloak itself refuses of an address that was changed on the way.
tamper() {
    local address
    rm -f "$work/jar"
    address=$(redirect "$access/oidc/region-a/keycloak/start")
    equal "another redirect address" 400 "$(browser -o "$work/page" -w '%{http_code}' "$(changed redirect_uri https%3A%2F%2Fevil.test%2F "$address")")"
    rm -f "$work/jar"
    address=$(redirect "$access/oidc/region-a/keycloak/start")
    back=$(keycloak_login "$(changed code_challenge AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "$address")")
    equal "another code challenge" 401 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
    rm -f "$work/jar"
    address=$(redirect "$access/oidc/region-a/keycloak/start")
    back=$(keycloak_login "$(changed nonce AAAA "$address")")
    equal "another nonce" 401 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
}

# --- oidc-provider ------------------------------------------------------------------------------------------
start_node() {
    NODE_EXTRA_CA_CERTS="$R7_VAR/keys/ca.crt" node "$top/tests/integration/oidc_provider.mjs" "$taken" "${port[node]}" "$R7_VAR/keys/room-ingest.crt" "$R7_VAR/keys/room-ingest.key" "$access" >"$work/node.log" 2>&1 &
    ours $!
    issuer=https://127.0.0.1:${port[node]}
}

# node_login URL: where the browser is sent at the end.
node_login() {
    local at=$1
    while [[ $at == "$issuer"/* ]]; do at=$(redirect "$at"); done
    echo "$at"
}

node_provider() {
    local back
    if [ ! -d "$taken/node_modules/oidc-provider" ] || ! command -v node >/dev/null; then
        left_out "signing in through oidc-provider, which tests/tools/identity_providers.sh takes from npm"
        return
    fi
    start_node
    answers "$issuer/.well-known/openid-configuration"
    mkdir -p "$work/secrets/region-a"
    (umask 077 && printf 'a secret/of ours\n' >"$work/secrets/region-a/node-secret")
    ask chief PUT "$access/sign-in-providers/node" "$(provider_of client_secret_basic basic node-secret)" >/dev/null
    ask chief PUT "$access/sign-in-providers/native" "$(provider_of none r7)" >/dev/null
    rm -f "$work/jar"
    back=$(node_login "$(redirect "$access/oidc/region-a/node/start")")
    equal "a nurse signs in through oidc-provider" 200 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
    equal "with her assignment" "Nurse SE1-CU1" "$(jq -r '"\(.name) \(.assignment.care_unit)"' "$work/answer")"
    equal "the same answer is good once" 401 "$(browser -o "$work/answer" -w '%{http_code}' "$back")"
    rm -f "$work/jar"
    begin_r7 native
    equal "r7 is answered at its port" 200 "$(curl -s -o /dev/null -w '%{http_code}' "$(node_login "$url_r7")")"
    equal "and has signed in" "0 signed in as Nurse" "$(ended) $(cut -c 1-18 "$work/r7.out")"
    node_logout
}

# Two sessions of one browser: who signs out of the one there is out of both.
node_logout() {
    local name
    rm -f "$work/jar"
    for name in one two; do
        browser -o "$work/answer" "$(node_login "$(redirect "$access/oidc/region-a/node/start")")"
        token[$name]=$(jq -r '.token // ""' "$work/answer")
    done
    out_of_one oidc-provider session/end logout=yes xsrf
    equal "no word of it was refused" 0 "$(grep -c '"operation":"oidcLogout".*"error"' "$work/access.log" || true)"
}

start_cluster
! compgen -G "$taken/keycloak-*.tar.gz" >/dev/null || start_keycloak
begin_house oidc_real R7_SIGN_IN_URL="$access" R7_SIGN_IN_HOSTS="127.0.0.1:${port[keycloak]},127.0.0.1:${port[node]}" R7_SIGN_IN_CA="$R7_VAR/keys/ca.crt" \
    R7_SIGN_IN_SECRETS="$work/secrets"
keycloak
node_provider
tell
