#!/usr/bin/env bash
# Signing in through identity providers: rooms access, keys and search as processes around a throw-away PostgreSQL, and a
# provider that attacks on command (identity_provider.py); curl is the browser. Real providers: oidc_real.sh.
#
#   tests/integration/oidc.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ports keys access search idp
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]} system=SE1-VAS cp=SE1-CP
issuer=https://127.0.0.1:${port[idp]}
. "$(dirname "${BASH_SOURCE[0]}")/sign_in.sh"
. "$(dirname "${BASH_SOURCE[0]}")/provider.sh"

# refused WHAT MOOD STATUS WORDS: a sign-in that the provider spoils.
refused() {
    mood "$2"
    equal "$1" "$3" "$(go)"
    check "$1: $4" grep -qF -- "$4" <(said)
    mood '{}'
}

# token_refused WHAT MOOD WORDS: the same of an ID token: one answer to the browser for all of them.
token_refused() {
    refused "$1" "$2" 401 "$3"
    equal "$1, in public" "the token is not valid" "$(jq -r .detail "$work/answer")"
}

# --- what is set ------------------------------------------------------------------------------------
settings() {
    local good
    good=$(provider_of none r7)
    equal "an identity provider" 204 "$(ask chief PUT "$access/sign-in-providers/idp" "$good")"
    equal "again" 204 "$(ask chief PUT "$access/sign-in-providers/idp" "$good")"
    equal "is told to who is about to sign in" '[{"name":"idp","title":"IdP"}]' "$(ask nobody GET "$access/oidc/region-a" >/dev/null; jq -c .providers "$work/answer")"
    equal "another region has none" '[]' "$(ask nobody GET "$access/oidc/region-b" >/dev/null; jq -c .providers "$work/answer")"
    equal "nor has one that is not there" '[]' "$(ask nobody GET "$access/oidc/nowhere" >/dev/null; jq -c .providers "$work/answer")"
    equal "nor does its way in exist" 404 "$(ask nobody GET "$access/oidc/region-b/idp/start")"
    equal "another issuer under the same name" 409 "$(ask chief PUT "$access/sign-in-providers/idp" "${good/$issuer/$issuer/other}")"
    equal "a host that the house does not ask" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/$issuer/https://169.254.169.254}")"
    equal "one that looks like it" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/$issuer/$issuer@evil.test}")"
    equal "without TLS" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/https/http}")"
    equal "an algorithm that is not taken" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/ES256/HS256}")"
    equal "alg none" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/ES256/none}")"
    equal "a mapping that is not there" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/inera-idp/..\/..\/openapi\/access}")"
    equal "a secret outside its folder" 400 "$(ask chief PUT "$access/sign-in-providers/x" "$(provider_of client_secret_basic r7 ../../keys)")"
    equal "without openid" 400 "$(ask chief PUT "$access/sign-in-providers/x" "${good/openid/profile}")"
    equal "a nurse sets none" 403 "$(ask nurse PUT "$access/sign-in-providers/x" "$good")"
    equal "nor does the central administrator, for the region" 0 "$(ask admin PUT "$access/sign-in-providers/idp" "$good" >/dev/null; query "select count(*) from access.sign_in_provider where tenant = 1 and name <> 'idp'")"
    equal "no other region's administrator ends it" 404 "$(ask other DELETE "$access/sign-in-providers/idp")"
    check "it is in the journal" grep -q '"change":"sign_in_provider"' <(cat "$work"/one/journal/region-a/*)
}

# --- signing in ---------------------------------------------------------------------------------------
good_days() {
    local algorithm
    equal "a nurse signs in" 200 "$(go)"
    equal "with the assignment that agrees" "SE1-CU1 care" "$(jq -r '.assignment | "\(.care_unit) \(.purposes[])"' "$work/answer")"
    token[oidc]=$(jq -r .token "$work/answer")
    equal "the token is good in a room" 403 "$(ask oidc PUT "$access/units/SE1-U1" '{}')"
    equal "and says how it came" 'siths none http://id.sambi.se/loa/loa3' "$(claims oidc '"\(.amr | join(" ")) \(.acr)"')"
    equal "so does the row of the sign-in" "idp|siths none|http://id.sambi.se/loa/loa3|SE1-COMMISSION" \
        "$(query "select provider, array_to_string(methods, ' '), assurance, claimed_assignment from access.sign_in where provider is not null order by at desc limit 1")"
    equal "which names the token" 1 "$(query "select count(*) from access.sign_in where id = '$(claims oidc .jti)'")"
    equal "a password's row says so" "pwd" "$(query "select array_to_string(methods, ' ') from access.sign_in where provider is null order by at desc limit 1")"
    for algorithm in RS256 PS256; do
        mood "{\"sign\":\"$algorithm\"}"
        equal "$algorithm" 200 "$(go)"
    done
    mood '{"claims":{"azp":"r7","aud":["r7"]},"header":{"x5t":"abc"}}'
    equal "an audience in a list, azp, x5t" 200 "$(go)"
    mood '{"claims":{"at_hash":null},"header":{"typ":null}}'
    equal "without at_hash and typ" 200 "$(go)"
    mood '{"claims":{"exp":"now -50","iat":"now 50","nbf":"now 50"}}'
    equal "clocks that differ by less than a minute" 200 "$(go)"
    mood '{}'
    equal "the provider was asked once for its keys" 1 "$(asked 'GET /jwks')"
    equal "what is kept of sign-ins that are over" 0 "$(query "select count(*) from access.sign_in_state")"
    check "the cookie is bound and short" grep -qE '__Host-r7-sign-in=[A-Za-z0-9_-]{43}; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax' \
        <(curl -si --cacert "$R7_VAR/keys/ca.crt" "$access/oidc/region-a/idp/start")
    equal "no secret of a sign-in is in the database" 0 "$(query "select count(*) from access.sign_in_state where encode(state, 'escape') like '%$(awk '/r7-sign-in/ {print $7}' "$work/jar")%'")"
}

tokens() {
    local ours
    token_refused "alg none" '{"sign":"none"}' 'part 3 is missing'
    token_refused "alg none, with a signature" '{"sign":"none-signed"}' 'algorithm \"none\" is not taken'
    token_refused "HS256 by the public key" '{"sign":"hs256-public"}' 'algorithm \"HS256\" is not taken'
    token_refused "HS256 by the JWKS" '{"sign":"hs256-jwks"}' 'algorithm \"HS256\" is not taken'
    token_refused "RS256 by an EC key" '{"sign":"rs256-by-ec"}' 'is not for \"RS256\"'
    token_refused "ES256 by an RSA key's name" '{"header":{"kid":"rsa-0"}}' 'is not for \"ES256\"'
    token_refused "a key for encryption" '{"sign":"RS256","header":{"kid":"enc-0"}}' 'no key has the kid'
    token_refused "another's key under a known kid" '{"sign":"wrong-key"}' 'the signature is wrong'
    token_refused "a forged kid" '{"header":{"kid":"../../../dev/null"}}' 'no key has the kid'
    token_refused "no kid" '{"header":{"kid":null}}' 'kid: missing'
    token_refused "a key in the token" '{"sign":"wrong-key","header":{"jwk":{"kty":"EC"}}}' 'jwk: no such field'
    token_refused "a key's address in the token" '{"header":{"jku":"https://evil.test/"}}' 'jku: no such field'
    token_refused "crit" '{"header":{"crit":["exp"]}}' 'crit: no such field'
    token_refused "an access token's type" '{"header":{"typ":"at+jwt"}}' 'the type is not JWT'
    token_refused "expired" '{"claims":{"exp":"now -61"}}' 'expired'
    token_refused "without an end" '{"claims":{"exp":null}}' 'exp: missing'
    token_refused "made in the future" '{"claims":{"iat":"now 120"}}' 'from the future'
    token_refused "not valid yet" '{"claims":{"nbf":"now 120"}}' 'from the future'
    token_refused "for another" '{"claims":{"aud":"another"}}' 'for another'
    token_refused "for us and another" '{"claims":{"aud":["r7","another"]}}' 'for several'
    token_refused "for nobody" '{"claims":{"aud":null}}' 'for another'
    token_refused "for a name that looks like a list" '{"claims":{"aud":"[\"r7\"]"}}' 'for another'
    token_refused "made for another party" '{"claims":{"azp":"another"}}' 'another party'
    token_refused "another issuer" '{"claims":{"iss":"https://evil.test"}}' 'issued by another'
    token_refused "the same issuer with a slash" "{\"claims\":{\"iss\":\"$issuer/\"}}" 'issued by another'
    token_refused "another nonce" '{"claims":{"nonce":"x"}}' 'nonce is of another sign-in'
    token_refused "no nonce" '{"claims":{"nonce":null}}' 'nonce: missing'
    token_refused "another access token's hash" '{"claims":{"at_hash":"AAAAAAAAAAAAAAAAAAAAAA"}}' 'at_hash'
    token_refused "no subject" '{"claims":{"sub":null}}' 'sub: missing'
    ours=${token[oidc]}
    token_refused "our own token as an ID token" "{\"token\":\"$ours\"}" 'the type is not JWT'
    token_refused "one that is none" '{"token":"a.b.c"}' 'part 1 is missing or not base64url'
    refused "one without end" "{\"token\":\"$(printf 'A%.0s' {1..33000})\"}" 503 'its tokens'
}

begun_elsewhere() {
    local back other state code
    back=$(way_back)
    equal "a sign-in" 200 "$(come_back "$back")"
    equal "is not finished twice" 401 "$(come_back "$back")"
    mood '{"lenient":true}'
    code=$(way_back) other=$(way_back)
    state=$(parameter state "$other")
    equal "a code of another sign-in, without PKCE's help" 401 "$(come_back "$(changed state "$state" "$code")")"
    check "is told by its nonce" grep -qF 'nonce is of another sign-in' <(said)
    mood '{}'
    code=$(way_back) other=$(way_back)
    state=$(parameter state "$other")
    equal "and with it" 401 "$(come_back "$(changed state "$state" "$code")")"
    check "by its verifier" grep -qF 'status 400' <(said)
    back=$(way_back)
    equal "another's sign-in in a browser that began none" 401 "$(come_back "$back" /dev/null)"
    cp "$work/jar" "$work/attacker"
    way_back >/dev/null
    equal "or began another" 401 "$(come_back "$back" "$work/jar")"
    equal "and then by who began it" 200 "$(come_back "$back" "$work/attacker")"
    back=$(way_back)
    equal "a state that nobody was given" 401 "$(come_back "$(changed state "$(openssl rand -hex 16)" "$back")")"
    back=$(way_back)
    equal "a code that was changed" 401 "$(come_back "$(changed code none "$back")")"
    back=$(way_back)
    query "update access.sign_in_state set expires_at = now()"
    equal "too late" 401 "$(come_back "$back")"
    back=$(way_back)
    equal "in another region" 404 "$(come_back "${back/region-a/region-b}")"
    ask other PUT "$access/sign-in-providers/idp" "$(provider_of none r7)" >/dev/null
    back=$(way_back)
    equal "in another region that has the same provider" 401 "$(come_back "${back/region-a/region-b}")"
    back=$(way_back "$access/oidc/region-b/idp/start")
    equal "where the person is nobody" 403 "$(come_back "$back")"
    ask chief PUT "$access/sign-in-providers/twin" "$(provider_of none r7)" >/dev/null
    back=$(way_back)
    equal "through another provider" 401 "$(come_back "${back/\/idp\//\/twin\/}")"
    back=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -c "$work/jar" -o /dev/null -w '%{redirect_url}' "$access/oidc/region-a/idp/start")
    check "the way back is ours whatever Host says" grep -qF "redirect_uri=https%3A%2F%2F127.0.0.1%3A${port[access]}%2Foidc%2Fregion-a%2Fidp%2Fcallback" \
        <(curl -s --cacert "$R7_VAR/keys/ca.crt" -H 'Host: evil.test' -o /dev/null -w '%{redirect_url}' "$access/oidc/region-a/idp/start")
    back=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{redirect_url}' "${back/idp%2Fcallback/twin%2Fcallback}")
    equal "a redirect that was changed on the way" 401 "$(come_back "${back/\/twin\//\/idp\/}")"
    refused "an answer of another provider" '{"answer":{"iss":"https://evil.test"}}' 401 "another identity provider's"
    refused "an answer without its name" '{"answer":{"iss":null}}' 401 "another identity provider's"
    refused "a person who thought better of it" '{"answer":{"code":null,"error":"access_denied"}}' 401 'did not sign you in'
    refused "no code" '{"answer":{"code":null}}' 400 'code'
    refused "a provider that fails" '{"status":500}' 503 'status 500'
    refused "a provider that refuses" '{"status":403}' 401 'does not confirm'
}

# What the claims may do is narrow; they give nothing.
claims_narrow() {
    local claim
    for claim in '"healthCareUnitHsaId":"SE1-CU9"' '"healthCareProviderHsaId":"SE9-CP"' '"acr":"http://id.sambi.se/loa/loa2"' '"acr":null' \
        '"commissionRight":null' '"commissionHsaId":null' '"commissionPurpose":null' '"healthCareProviderHsaId":null' '"healthCareUnitHsaId":"SE1-CU1 "'; do
        refused "care with $claim" "{\"claims\":{$claim}}" 403 'no assignment in force agrees'
    done
    refused "a purpose of another world" '{"claims":{"commissionPurpose":"Forskning"}}' 403 'opens nothing'
    refused "two assignments at once" '{"claims":{"commissionHsaId":["SE1-A","SE1-B"]}}' 403 'names several'
    refused "rights that let nobody read" '{"claims":{"commissionRight":["Skriva;alla;SJF"]}}' 403 'lets one read'
    refused "nobody in particular" '{"claims":{"employeeHsaId":null}}' 403 'does not say who'
    refused "somebody who is not there" '{"claims":{"employeeHsaId":"SE1-NOBODY"}}' 403 'no account'
    refused "SQL for a name" "{\"claims\":{\"employeeHsaId\":\"' or true --\"}}" 403 'no account'
    equal "and nobody came of it" 0 "$(query "select count(*) from access.\"user\" where hsa_id in ('SE1-NOBODY') or login like '%NOBODY%'")"
    add_user twin1 SE1-TWIN "$nurse" >/dev/null && add_user twin2 SE1-TWIN "$nurse" >/dev/null
    refused "one of two with the same HSA-id" '{"claims":{"employeeHsaId":"SE1-TWIN"}}' 403 'no account'
    equal "an assignment that allows more than the claims" 201 "$(ask chief POST "$access/users/$nurse_id/assignments" "${nurse/\"care\"/\"care\",\"quality\"}")"
    equal "is not chosen" '["care"]' "$(go >/dev/null; jq -c .assignment.purposes "$work/answer")"
    equal "a second that agrees" 201 "$(ask chief POST "$access/users/$nurse_id/assignments" "${nurse/SE1-U1/SE1-U2}")"
    second=$(jq -r .id "$work/answer")
    equal "is listed, without a token" "200 2 null" "$(go) $(jq -r '"\(.assignments | length) \(.token)"' "$work/answer")"
    equal "and chosen when one begins again" "200 SE1-U2" "$(go "$access/oidc/region-a/idp/start?assignment=$second") $(jq -r .assignment.unit "$work/answer")"
    equal "one that is not the person's is not" 403 "$(go "$access/oidc/region-a/idp/start?assignment=$chief_assignment")"
    ask chief DELETE "$access/users/$nurse_id/assignments/$second" >/dev/null
    equal "nor one that has ended" 403 "$(go "$access/oidc/region-a/idp/start?assignment=$second")"
    equal "no UUID" 400 "$(ask nobody GET "$access/oidc/region-a/idp/start?assignment=x")"
}

# --- how far a session reaches -------------------------------------------------------------------------------
# One person's records: of the own unit, of another unit, and of another care provider with all that opens them but the reach.
shared_records() {
    local person
    care_package
    care_record 191212121212 own SE1-CU1 1998-05-01
    care_record 191212121212 ward SE1-CU2 1998-05-01
    care_record 191212121212 private SE2-CU1 1998-05-01 SE2-CP
    person=$(query "select distinct person from indexing.record")
    query "insert into access.block_source (tenant, system, complete, decided_by, decided_at) values (1, '$system', true, 'x', now())"
    query "insert into access.provider_agreement (id, tenant, care_provider, other_provider, reference, decided_by, valid_from)
        values (gen_random_uuid(), 1, '$cp', 'SE2-CP', 'x', 'x', now() - interval '1 day')"
    query "insert into access.care_relation (id, tenant, person, care_provider, recorded_by, valid_from, valid_until)
        values (gen_random_uuid(), 1, '$person', '$cp', '$nurse_id', now() - interval '1 day', now() + interval '1 day')"
    query "insert into access.consent (id, tenant, person, care_provider, recorded_by, valid_from, valid_until)
        values (gen_random_uuid(), 1, '$person', '$cp', '$nurse_id', now() - interval '1 day', now() + interval '1 day')"
}

# finds WHO: what, when other units have been chosen; and of how many of theirs is told before that.
finds() {
    local chosen
    ask "$1" POST "$search/search/care" '{"person":{"number":"191212121212"},"other_units":true,"reason":"jour"}' >/dev/null
    chosen=$(jq -r '[.records[].fields.title] | sort | join(" ")' "$work/answer")
    ask "$1" POST "$search/search/care" '{"person":{"number":"191212121212"}}' >/dev/null
    echo "$chosen, $(jq -r .other_units "$work/answer")"
}

# with_rights NAME JSON: signs the nurse in with those rights, and keeps the token under that name.
with_rights() {
    mood "{\"claims\":{\"commissionRight\":$2}}"
    go >/dev/null
    token[$1]=$(jq -r .token "$work/answer")
    mood '{}'
}

# why WHO TITLE: the status, and the reasons, for reading that record when other units have been chosen.
why() {
    local key status
    key=$(query "select package || '-' || shard || '-' || part || '-' || number from indexing.record where title = '$2'")
    status=$(ask "$1" GET "$search/records/$key/why" '' -H 'R7-Other-Units: true' -H 'R7-Reason: jour')
    echo "$status $(jq -r '[.decision.reasons[]?.word] | join(",")' "$work/answer")"
}

reaches() {
    local rights emergency
    shared_records
    with_rights unit '["Läsa;alla;VE","Skriva;alla;SJF"]'
    with_rights provider '["Läsa;alla;VG","Läsa;alla;VE"]'
    with_rights joint '["Läsa;alla;VE","Läsa;alla;SJF"]'
    equal "the rows of the sign-ins have it" "care_unit care_provider joint" \
        "$(query "select reach from access.sign_in where provider = 'idp' order by at desc limit 3" | tac | xargs)"
    equal "VE finds the own unit's records" "own, 0" "$(finds unit)"
    equal "VG those of the care provider" "own ward, 1" "$(finds provider)"
    equal "SJF those of others too" "own private ward, 1" "$(finds joint)"
    equal "an account of ours as before" "own private ward, 1" "$(finds nurse)"
    equal "and each session still as it was begun" "own, 0" "$(finds unit)"
    equal "why tells it of the own care provider's" "200 own_unit, 200 beyond_reach, 200 other_units_chosen" "$(why unit own), $(why unit ward), $(why provider ward)"
    equal "and of another's as if there were nothing" "404 404 200" "$(why unit private | cut -c 1-3) $(why provider private | cut -c 1-3) $(why joint private | cut -c 1-3)"
    for rights in '["Läsa;dia;SJF"]' '["Läsa;alla;NATIONELLT"]' '["Läsa;alla"]'; do
        with_rights least "$rights"
        equal "$rights reaches least" "own, 0" "$(finds least)"
    done
    query "update access.consent set valid_until = now()"
    emergency='{"person":{"number":"191212121212"},"reason":"medvetslös"}'
    for rights in unit provider; do
        equal "an emergency opens nothing in the reach of the $rights, and is refused" "403 other_provider,beyond_reach" "$(ask $rights POST "$access/emergencies" "$emergency") $(jq -r .rule "$work/answer")"
    done
    equal "which says why" "an emergency would open nothing" "$(jq -r .detail "$work/answer" | cut -d : -f 1)"
    equal "and makes no row, and no alert" "0 0" "$(query "select count(*) from access.emergency") $(query "select count(*) from access.alert")"
    equal "an emergency in SJF" 201 "$(ask joint POST "$access/emergencies" "$emergency")"
    equal "opens what consent did" "own private ward, 1" "$(finds joint)"
    equal "and does not widen the same person's VG" "own ward, 1" "$(finds provider)"
    query "delete from access.sign_in where id = '$(claims joint .jti)'"
    equal "a session whose sign-in is not there reaches least" "own, 0" "$(finds joint)"
}

leaving() {
    equal "signed out by an administrator" 204 "$(ask chief DELETE "$access/users/$nurse_id/tokens")"
    equal "the token is over at once" 401 "$(ask oidc PUT "$access/units/SE1-U1" '{}')"
    equal "signing in gives another" 200 "$(go)"
    local mine
    mine=$(add_user leaver SE1-LEAVER "$nurse")
    mood '{"claims":{"employeeHsaId":"SE1-LEAVER"}}'
    equal "one who will leave" 200 "$(go)"
    token[leaver]=$(jq -r .token "$work/answer")
    equal "has left" 204 "$(ask chief DELETE "$access/users/$mine")"
    equal "the token is over" 403 "$(ask leaver PUT "$access/password" '{"current":"x","password":"xxxxxxxxxxxxx"}')"
    equal "and the provider's word is no use" 403 "$(go)"
    mood '{}'
}

subjects() {
    local archivist
    ask chief PUT "$access/sign-in-providers/generic" "$(provider_of none r7 | sed 's/inera-idp/generic/; s/"level":3/"level":0/')" >/dev/null
    archivist=$(add_user archie '' '{"role":"archivist","purposes":["archive"],"information_types":["care"],"analysis":"BR-2"}')
    equal "a subject that nobody is" 403 "$(go "$access/oidc/region-a/generic/start")"
    equal "is somebody" 204 "$(ask chief PUT "$access/users/$archivist/identities/generic" '{"subject":"subject-1"}')"
    equal "who signs in" "200 archivist" "$(go "$access/oidc/region-a/generic/start") $(jq -r .assignment.role "$work/answer")"
    equal "and is nobody else" 409 "$(ask chief PUT "$access/users/$nurse_id/identities/generic" '{"subject":"subject-1"}')"
    equal "the subject is not in the journal" 0 "$(cat "$work"/one/journal/region-a/* | grep -c subject-1 || true)"
    equal "another region's administrator knows no such user" 404 "$(ask other PUT "$access/users/$archivist/identities/idp" '{"subject":"subject-1"}')"
    equal "taken away" 204 "$(ask chief DELETE "$access/users/$archivist/identities/generic")"
    equal "it is nobody again" 403 "$(go "$access/oidc/region-a/generic/start")"
    ask chief DELETE "$access/sign-in-providers/generic" >/dev/null
    equal "a provider that has ended" 404 "$(ask nobody GET "$access/oidc/region-a/generic/start")"
}

clients() {
    mkdir -p "$work/secrets/region-a"
    printf 'a secret/of ours\n' >"$work/secrets/region-a/idp-secret"
    chmod 644 "$work/secrets/region-a/idp-secret"
    ask chief PUT "$access/sign-in-providers/basic" "$(provider_of client_secret_basic basic idp-secret)" >/dev/null
    equal "a secret that others can read" 503 "$(go "$access/oidc/region-a/basic/start")"
    check "is told to who runs the house" grep -qF 'mode 0600' <(said)
    chmod 600 "$work/secrets/region-a/idp-secret"
    equal "client_secret_basic" "200 client_secret_basic" "$(go "$access/oidc/region-a/basic/start") $(means)"
    ask chief PUT "$access/sign-in-providers/post" "$(provider_of client_secret_post post idp-secret)" >/dev/null
    equal "client_secret_post" "200 client_secret_post" "$(go "$access/oidc/region-a/post/start") $(means)"
    ask chief PUT "$access/sign-in-providers/key" "$(provider_of private_key_jwt key)" >/dev/null
    mood "{\"client_jwks\":\"$access/jwks\"}"
    equal "private_key_jwt, by our own key" "200 private_key_jwt" "$(go "$access/oidc/region-a/key/start") $(means)"
    mood '{}'
    equal "no secret is in a log" 0 "$(cat "$work"/*.log | grep -c 'secret/of' || true)"
}

means() {
    token[means]=$(jq -r .token "$work/answer")
    claims means '.amr[1]'
}

# --- the provider's documents ----------------------------------------------------------------------------
documents() {
    local word began
    for word in '"jwks":"huge"' '"jwks":"redirect"' '"jwks":"rubbish"' '"jwks":"weak"' '"jwks":"twins"' '"discovery":{"issuer":"https://evil.test"}' \
        "\"discovery\":{\"issuer\":\"$issuer/\"}" '"discovery":{"token_endpoint":"https://169.254.169.254/token"}' \
        "\"discovery\":{\"jwks_uri\":\"http://127.0.0.1:${port[idp]}/jwks\"}" '"discovery":{"jwks_uri":"file:///etc/passwd"}' \
        '"discovery":{"authorization_endpoint":"javascript:alert(1)"}' '"discovery":{"token_endpoint":null}'; do
        forget
        mood "{$word}"
        equal "a provider with $word" 503 "$(ask nobody GET "$access/oidc/region-a/idp/start")"
    done
    equal "is not asked again at once" 503 "$(mood '{}'; ask nobody GET "$access/oidc/region-a/idp/start")"
    forget
    mood '{"jwks":"slow"}'
    began=$EPOCHSECONDS
    equal "keys that come byte by byte" 503 "$(ask nobody GET "$access/oidc/region-a/idp/start")"
    check "are not waited for" test $((EPOCHSECONDS - began)) -lt 30
    mood '{}'
    forget
    equal "a good day again" 200 "$(go)"
}

# A provider that is slow holds half of the four workers, and nobody else.
patience() {
    local before n ways=() held=()
    for n in 1 2 3; do ways[n]=$(way_back) && cp "$work/jar" "$work/jar.$n"; done
    before=$(asked 'POST /token')
    mood '{"hold":true}'
    for n in 1 2; do
        curl -s --cacert "$R7_VAR/keys/ca.crt" -b "$work/jar.$n" -o "$work/held.$n" -w '%{http_code}' "${ways[n]}" >"$work/status.$n" &
        held[n]=$!
    done
    equal "two wait for it" 2 "$(wait_for 10 2 tokens_asked "$before")"
    equal "a third does not" "503 1" "$(come_back "${ways[3]}" "$work/jar.3") $(said | grep -c 'others of this room wait for it already')"
    equal "others are answered" 200 "$(ask nobody GET "$access/jwks")"
    mood '{}'
    wait "${held[@]}"
    equal "the two come in" "200 200" "$(cat "$work/status.1") $(cat "$work/status.2")"
    equal "and the next" 200 "$(go)"
}

tokens_asked() {
    echo $(($(asked 'POST /token') - $1))
}

rotation() {
    local before
    forget
    equal "before" 200 "$(go)"
    before=$(asked 'GET /jwks')
    mood '{"keys":1}'
    equal "new keys are found without a restart" "200 1" "$(go) $(($(asked 'GET /jwks') - before))"
    mood '{"keys":2}'
    equal "but not within the minute" "401 1" "$(go) $(($(asked 'GET /jwks') - before))"
    equal "however often one asks" "401 1" "$(go) $(($(asked 'GET /jwks') - before))"
    query "update access.sign_in_metadata set searched_at = searched_at - interval '1 minute'"
    equal "and after it" 200 "$(go)"
    back=$(way_back)
    mood '{"keys":3}'
    query "update access.sign_in_metadata set searched_at = searched_at - interval '1 minute'"
    equal "changed between the way there and the way back" 200 "$(come_back "$back")"
    forget
    mood '{}'
}

# --- passwords beside it -----------------------------------------------------------------------------------
break_glass() {
    equal "passwords are not switched off while nobody could come in" 409 "$(ask chief PUT "$access/sign-in-rule" '{"passwords":"break_glass"}')"
    equal "an administrator for that day" 204 "$(ask chief PUT "$access/users/$chief_id/break-glass" '{"break_glass":true}')"
    equal "now they are" 204 "$(ask chief PUT "$access/sign-in-rule" '{"passwords":"break_glass"}')"
    log_in nurse region-a "a nurse has this"
    equal "a password is no use" 403 "$(jq -r .status "$work/answer")"
    log_in nurse region-a "a wrong one"
    equal "and a wrong one tells nothing more than before" 401 "$(jq -r .status "$work/answer")"
    log_in chief region-a
    equal "but for break-glass" yes "${token[chief]:+yes}"
    equal "whose mark is not taken away" 409 "$(ask chief PUT "$access/users/$chief_id/break-glass" '{"break_glass":false}')"
    equal "the provider still is" 200 "$(go)"
    log_in other region-b
    equal "other regions go on" yes "${token[other]:+yes}"
    equal "switched on again" 204 "$(ask chief PUT "$access/sign-in-rule" '{"passwords":"everyone"}')"
    log_in nurse region-a "a nurse has this"
    equal "for everyone" Nurse "$(jq -r .name "$work/answer")"
}

# --- r7 -----------------------------------------------------------------------------------------------------
from_r7() {
    local back
    begin_r7 idp
    back=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{redirect_url}' "$url_r7")
    check "the answer goes to this machine" grep -qE '^http://127\.0\.0\.1:[0-9]+/callback\?' <<<"$back"
    equal "an answer that r7 did not ask for" 400 "$(curl -s -o /dev/null -w '%{http_code}' "$(changed state x "$back")")"
    equal "one that is no answer" 400 "$(curl -s -o /dev/null -w '%{http_code}' "${back%%\?*}/../../etc/passwd")"
    equal "its own" 200 "$(curl -s -o /dev/null -w '%{http_code}' "$back")"
    equal "r7 has signed in" "0 signed in as Nurse" "$(ended) $(cut -c 1-18 "$work/r7.out")"
    equal "and kept the token for its owner" 600 "$(stat -c %a "$work/.config/r7/token")"
    begin_r7 nobody
    equal "a provider that is not there" 1 "$(ended)"
    begin_r7 --print --assignment "$second" idp
    curl -s --cacert "$R7_VAR/keys/ca.crt" -L -o /dev/null "$url_r7"
    equal "an assignment that has ended" 1 "$(ended)"
    mood '{"answer":{"code":null,"error":"access_denied"}}'
    begin_r7 idp
    curl -s --cacert "$R7_VAR/keys/ca.crt" -L -o /dev/null "$url_r7"
    equal "a person who thought better of it" 1 "$(ended)"
    mood '{}'
    equal "a port of another's" 400 "$(ask nobody POST "$access/oidc/region-a/idp/begin" '{"port":80}')"
    ask nobody POST "$access/oidc/region-a/idp/begin" '{"port":4711}' >/dev/null
    back=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{redirect_url}' "$(jq -r .url "$work/answer")")
    equal "whoever sees the answer cannot use it" 401 "$(ask nobody POST "$access/oidc/region-a/idp/finish" \
        "{\"state\":\"$(jq -r .state "$work/answer")\",\"binding\":\"$(printf 'A%.0s' {1..43})\",\"code\":\"$(parameter code "$back")\"}")"
}

# From a second administrator on, nobody lets a provider or a subject in alone.
two_persons() {
    local archivist
    archivist=$(add_user second '' '{"role":"local_administrator","purposes":["administration"],"information_types":[]}')
    equal "a provider needs two" "202 0" "$(ask chief PUT "$access/sign-in-providers/own" "$(provider_of none r7)") $(query "select count(*) from access.sign_in_provider where name = 'own'")"
    equal "and who proposed it is not the other" 403 "$(ask chief POST "$access/proposals/$(jq -r .proposal "$work/answer")/approval")"
    equal "so does the sign-in of one who administers" "202 0" "$(ask chief PUT "$access/users/$archivist/identities/idp" '{"subject":"subject-2"}') $(query "select count(*) from access.sign_in_identity where subject = 'subject-2'")"
    equal "a nurse's does not" 204 "$(ask chief PUT "$access/users/$nurse_id/identities/idp" '{"subject":"subject-3"}')"
}

hygiene() {
    local path
    for path in region-a/%ff region-a/%00 %ff/idp "region-a/idp'%20or%20true--" region-a/..%2Fidp; do
        check "nothing comes of /oidc/$path" grep -qE '^(400|404)$' <(ask nobody GET "$access/oidc/$path/start")
        check "nor of its end" grep -qE '^(400|404)$' <(ask nobody GET "$access/oidc/$path/callback?state=%ff&code=%00")
    done
    equal "no code, token or cookie is in a log" 0 "$(cat "$work"/*.log | grep -cE 'code=|eyJ|r7-sign-in=' || true)"
    query "insert into access.sign_in_state select sha256(i::text::bytea), 1, 'idp', sha256(''), '', null, now() + interval '5 minutes' from generate_series(1, 10000) i"
    equal "too many at once" 429 "$(ask nobody GET "$access/oidc/region-a/idp/start")"
    query "delete from access.sign_in_state"
}

start_cluster
begin_house oidc R7_SIGN_IN_URL="$access" R7_SIGN_IN_HOSTS="127.0.0.1:${port[idp]}" R7_SIGN_IN_CA="$R7_VAR/keys/ca.crt" R7_SIGN_IN_SECRETS="$work/secrets"
room search
answers "$search/"
start_provider
settings
good_days
tokens
begun_elsewhere
claims_narrow
reaches
leaving
subjects
clients
documents
patience
rotation
break_glass
from_r7
two_persons
hygiene
tell
