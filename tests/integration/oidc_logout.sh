#!/usr/bin/env bash
# Signing out: here, and by an identity provider's word (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout 1.0). Rooms access, keys,
# search, ingest and indexing as processes around a throw-away PostgreSQL, and a provider that attacks on command
# (identity_provider.py); curl is the browser, and brings the provider's word. A real provider: oidc_real.sh.
#
#   tests/integration/oidc_logout.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ports keys access search ingest indexing idp
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
issuer=https://127.0.0.1:${port[idp]}
. "$(dirname "${BASH_SOURCE[0]}")/sign_in.sh"
. "$(dirname "${BASH_SOURCE[0]}")/provider.sh"

# signed_in NAME SUB SID [PROVIDER] [REGION]: the nurse, at the session of that sid; SID null: at none. By a token issued at the second $iat, or now.
signed_in() {
    local sid=\"$3\"
    [ "$3" != null ] || sid=null
    mood "{\"claims\":{\"sub\":\"$2\",\"sid\":$sid${iat:+,\"iat\":$iat}}}"
    go "$access/oidc/${5-region-a}/${4-idp}/start" >/dev/null
    token[$1]=$(jq -r '.token // ""' "$work/answer")
    mood '{}'
}

# let_in WHO: each room's answer to something that asks who it is: 401 is nobody.
let_in() {
    echo "$(ask "$1" PUT "$access/units/SE1-U1" '{}') $(ask "$1" POST "$search/search/care" '{"person":{"number":"191212121212"}}')" \
        "$(ask "$1" GET "https://127.0.0.1:${port[ingest]}/format-policy") $(ask "$1" GET "https://127.0.0.1:${port[indexing]}/units/gaps")"
}
in='403 200 403 403' out='401 401 401 401'

# logout_token MOOD: a logout token, made in that mood.
logout_token() {
    mood "$1"
    curl -s --cacert "$R7_VAR/keys/ca.crt" "$issuer/logout-token"
    mood '{}'
}

# bring TOKEN [PROVIDER] [REGION]: the provider's word, and the answer's status.
bring() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code}' --data-urlencode "logout_token=$1" "$access/oidc/${3-region-a}/${2-idp}/logout"
}

# ends MOOD [PROVIDER] [REGION]: the two of them.
ends() {
    bring "$(logout_token "$1")" "${@:2}"
}

# refused WHAT MOOD WORDS: the session of sid-1 outlives it.
refused() {
    equal "$1" "400 the token is not valid" "$(ends "$2") $(jq -r .detail "$work/answer")"
    check "$1: $3" grep -qF -- "$3" <(said)
}

# --- by the provider's word --------------------------------------------------------------------------
good_days() {
    signed_in one subject-1 sid-1
    signed_in two subject-1 sid-2
    signed_in third subject-3 sid-3
    equal "three sessions" "$in, $in, $in" "$(let_in one), $(let_in two), $(let_in third)"
    equal "the provider ends one of them" "200 0" "$(ends '{"logout":{"sid":"sid-1"}}') $(stat -c %s "$work/answer")"
    equal "which is over in every room at once, and no other" "$out, $in, $in" "$(let_in one), $(let_in two), $(let_in third)"
    equal "the same word again, in another token" 200 "$(ends '{"logout":{"sid":"sid-1"}}')"
    equal "by sid alone" "200 $out" "$(ends '{"logout":{"sub":null,"sid":"sid-2"}}') $(let_in two)"
    signed_in one subject-1 sid-4
    signed_in two subject-1 null
    equal "all of a person's, by sub" "200 $out, $out, $in" "$(ends '{}') $(let_in one), $(let_in two), $(let_in third)"
    iat=$EPOCHSECONDS
    equal "all of a person who comes back" 200 "$(ends "{\"logout\":{\"iat\":$iat}}")"
    signed_in same subject-1 sid-7
    equal "in the same second, which may have been before" "$out" "$(let_in same)"
    iat=$((iat + 1)) signed_in late subject-1 sid-6
    unset iat
    equal "in a later one, which was not" "$in" "$(let_in late)"
    equal "of a person who has none" 200 "$(ends '{"logout":{"sub":"subject-9"}}')"
    equal "a session that ended before its sign-in was done" 200 "$(ends '{"logout":{"sid":"sid-5"}}')"
    signed_in one subject-1 sid-5
    equal "never begins" "$out" "$(let_in one)"
    equal "a typ as ID tokens have it, RS256" 200 "$(ends '{"sign":"RS256","header":{"typ":"JWT"},"logout":{"sub":"subject-9"}}')"
    equal "no typ" 200 "$(ends '{"header":{"typ":null},"logout":{"sub":"subject-9"}}')"
    equal "other things in the form" 200 "$(curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{http_code}' -d "x=1&logout_token=$(logout_token '{"logout":{"sub":"subject-9"}}')&y" "$access/oidc/region-a/idp/logout")"
}

# frame SID [ISSUER] [PROVIDER] [REGION]: what a browser is answered in the provider's frame: status, type, bytes, whether it is kept.
frame() {
    curl -sG --cacert "$R7_VAR/keys/ca.crt" -D "$work/headers" -o "$work/answer" -w '%{http_code} %{content_type} %{size_download} ' \
        --data-urlencode "iss=${2-$issuer}" --data-urlencode "sid=$1" "$access/oidc/${4-region-a}/${3-idp}/logout"
    grep -ciE '^cache-control: no-store' "$work/headers" || true
}

# asked_for QUERY: the status, and the field that is wrong.
asked_for() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code} ' "$access/oidc/region-a/idp/logout$1"
    jq -r .field "$work/answer"
}

# By a browser that the provider sends.
framed() {
    local page='200 text/html; charset=utf-8 0 1' over lines encoded
    encoded=$(jq -rn --arg u "$issuer" '$u | @uri')
    signed_in one subject-1 sid-50
    signed_in two subject-1 sid-51
    over=$(query "select count(*) from access.sign_in_ended")
    equal "a frame ends nothing without a sid" "400 sid" "$(asked_for "?iss=$encoded")"
    equal "or with an empty one" "400 sid" "$(asked_for "?iss=$encoded&sid=")"
    equal "or one that is too long" "400 sid" "$(asked_for "?iss=$encoded&sid=$(printf 'x%.0s' {1..256})")"
    equal "without an issuer" "400 iss" "$(asked_for "?sid=sid-50")"
    equal "with nothing" "400 iss" "$(asked_for '')"
    equal "with another issuer" "400 iss" "$(asked_for "?iss=https%3A%2F%2Fevil.test&sid=sid-50")"
    equal "with the same and a slash" "400 iss" "$(asked_for "?iss=$encoded%2F&sid=sid-50")"
    equal "at a provider or a region that is not there" "404 404" "$(frame sid-50 "$issuer" nowhere | cut -d ' ' -f 1) $(frame sid-50 "$issuer" idp nowhere | cut -d ' ' -f 1)"
    equal "a sid that nobody has is an empty page" "$page" "$(frame sid-nobody)"
    equal "so is somebody's sub" "$page" "$(frame subject-1)"
    equal "nothing of it is written, and both are in" "$over $in, $in" "$(query "select count(*) from access.sign_in_ended") $(let_in one), $(let_in two)"
    equal "the session's is the same page" "$page" "$(frame sid-50)"
    equal "and that session is over in every room, alone" "$out, $in" "$(let_in one), $(let_in two)"
    lines=$(in_journal '"change":"sign_ins_ended"')
    equal "again it is the same, and writes nothing more" "$page $((over + 1)) $lines" "$(frame sid-50) $(query "select count(*) from access.sign_in_ended") $(in_journal '"change":"sign_ins_ended"')"
    equal "the provider's own word may come after it" 200 "$(ends '{"logout":{"sid":"sid-50"}}')"
    signed_in one subject-1 sid-50
    equal "a session that is over does not come back" "$out" "$(let_in one)"
    frame sid-52 >/dev/null
    signed_in one subject-1 sid-52
    equal "a frame before its session is there ends nothing" "$in" "$(let_in one)"
    ask other PUT "$access/sign-in-providers/idp" "$(provider_of none r7)" >/dev/null
    equal "nor one at another region, of the same provider" "$page $in" "$(frame sid-52 "$issuer" idp region-b) $(let_in one)"
    frame sid-51 >/dev/null
    frame sid-52 >/dev/null
}

# A session that ends between the decision and its row in the log: a held lock makes the search wait there.
stale() {
    local question
    signed_in one subject-1 sid-40
    mkfifo "$work/holder"
    sql "$migrate" <"$work/holder" >"$work/held" &
    exec 4>"$work/holder"
    echo "begin; lock table access.disclosure in exclusive mode; select 'held';" >&4
    equal "the log is held" "" "$(wait_for 20 "" not_said "$work/held")"
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{http_code}' -H "Authorization: Bearer ${token[one]}" \
        -d '{"person":{"number":"191212121212"}}' "$search/search/care" >"$work/stale" &
    question=$!
    equal "a search waits for it" 1 "$(wait_for 20 1 query "select count(*) from pg_stat_activity where usename = 'r7_search' and wait_event_type = 'Lock' and datname = current_database()")"
    equal "the session ends meanwhile" 200 "$(ends '{"logout":{"sid":"sid-40"}}')"
    echo 'commit;' >&4
    exec 4>&-
    wait $question
    equal "and nothing is shown" 401 "$(cat "$work/stale")"
}

kept() {
    equal "passwords' sessions have no row of a provider" 0 "$(query "select count(*) from access.sign_in_session p join access.sign_in s on s.id = p.id where s.provider is null")"
    equal "no sub or sid is in the database, as it is" 0 "$(query "select count(*) from access.sign_in_session p, access.sign_in_ended e where (p::text || e::text) ~ 'subject-|sid-'")"
    equal "nor in the journal or a log" 0 "$(cat "$work"/one/journal/region-a/* "$work"/*.log | grep -cE 'subject-[0-9]|sid-[0-9]' || true)"
    check "whose sessions ended is in the journal" grep -q "\"change\":\"sign_ins_ended\".*\"user\":\"$nurse_id\"" <(cat "$work"/one/journal/region-a/*)
    check "and the user's version is raised" test "$(query "select version from access.fact_version where kind = 'user' and id = '$nurse_id'")" -gt 3
    query "update access.sign_in_session set expires_at = now(); update access.sign_in_ended set at = now() - interval '25 hours'; update access.logout_token set at = now() - interval '25 hours'"
    again access "${settings[@]}"
    answers "$access/jwks"
    equal "when no token can be used any more, nothing" 0 \
        "$(wait_for 20 0 query "select (select count(*) from access.sign_in_session) + (select count(*) from access.sign_in_ended) + (select count(*) from access.logout_token)")"
}

attacks() {
    local good id_token
    signed_in one subject-1 sid-1
    refused "alg none" '{"sign":"none"}' 'part 3 is missing'
    refused "alg none, with a signature" '{"sign":"none-signed"}' 'algorithm \"none\" is not taken'
    refused "HS256 by the public key" '{"sign":"hs256-public"}' 'algorithm \"HS256\" is not taken'
    refused "another's key under a known kid" '{"sign":"wrong-key"}' 'the signature is wrong'
    refused "a forged kid" '{"header":{"kid":"../../../dev/null"}}' 'no key has the kid'
    refused "a key in the token" '{"sign":"wrong-key","header":{"jwk":{"kty":"EC"}}}' 'jwk: no such field'
    refused "crit" '{"header":{"crit":["exp"]}}' 'crit: no such field'
    refused "an access token's type" '{"header":{"typ":"at+jwt"}}' 'the type is not logout+jwt'
    refused "another issuer" '{"logout":{"iss":"https://evil.test"}}' 'issued by another'
    refused "for another client" '{"logout":{"aud":"another"}}' 'for another'
    refused "for us and another" '{"logout":{"aud":["r7","another"]}}' 'for several'
    refused "for nobody" '{"logout":{"aud":null}}' 'for another'
    refused "with a nonce" '{"logout":{"nonce":"x"}}' 'it has a nonce'
    refused "with a nonce that is null" '{"logout":{"nonce":[]}}' 'it has a nonce'
    refused "expired" '{"logout":{"exp":"now -61"}}' 'expired'
    refused "without an end" '{"logout":{"exp":null}}' 'exp: missing'
    refused "of long ago, whatever its end" '{"logout":{"iat":"now -661","exp":"now 99999"}}' 'made too long ago'
    refused "of the future" '{"logout":{"iat":"now 120"}}' 'from the future'
    refused "of no time" '{"logout":{"iat":null}}' 'iat: missing'
    refused "without a name" '{"logout":{"jti":null}}' 'jti: missing'
    refused "about nobody" '{"logout":{"sub":null}}' 'neither sub nor sid'
    refused "without events" '{"logout":{"events":null}}' 'events: no object'
    refused "with a text for events" '{"logout":{"events":"{\"http://schemas.openid.net/event/backchannel-logout\":{}}"}}' 'events: no object'
    refused "with another event" '{"logout":{"events":{"http://schemas.openid.net/event/other":{}}}}' 'nobody was signed out'
    refused "with an event that is no object" '{"logout":{"events":{"http://schemas.openid.net/event/backchannel-logout":true}}}' 'nobody was signed out'
    equal "none of them ended a session" "$in" "$(let_in one)"
    refused "our own token" '{"sign":"wrong-key","header":{"typ":"at+jwt","kid":"x"}}' 'the type is not logout+jwt'
    equal "a logout token is no ID token" 401 "$(mood "{\"token\":\"$(logout_token '{"header":{"typ":"JWT"}}')\"}"; go)"
    check "for it has no nonce" grep -qF 'nonce: missing' <(said)
    mood '{"claims":{"events":{"http://schemas.openid.net/event/backchannel-logout":{}},"jti":"x"}}'
    id_token=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -d "code=$(parameter code "$(way_back)")&client_id=r7&code_verifier=x" "$issuer/token" | jq -r '.id_token // ""')
    equal "an ID token without its verifier is not even given" "" "$id_token"
    mood '{"lenient":true,"claims":{"events":{"http://schemas.openid.net/event/backchannel-logout":{}},"jti":"x"}}'
    id_token=$(curl -s --cacert "$R7_VAR/keys/ca.crt" -d "code=$(parameter code "$(way_back)")&client_id=r7&code_verifier=x" "$issuer/token" | jq -r .id_token)
    mood '{}'
    equal "an ID token is no logout token, though it says so" 400 "$(bring "$id_token")"
    check "for it has a nonce" grep -qF 'it has a nonce' <(said)
    good=$(logout_token '{"logout":{"sub":"subject-9"}}')
    equal "a good one" 200 "$(bring "$good")"
    equal "is good once" 400 "$(bring "$good")"
    check "by its jti" grep -qF 'the jti was seen before' <(said)
    equal "ten at the same time" "200" "$(at_once 10)"
    equal "the session is still there" "$in" "$(let_in one)"
}

# at_once N: brings the same word N times at once; how many were taken, as their statuses.
at_once() {
    local text n
    local -a sent=()
    text=$(logout_token '{"logout":{"sub":"subject-9"}}')
    for ((n = 0; n < $1; n++)); do
        bring_to "$work/at-once.$n" "$text" &
        sent+=($!)
    done
    wait "${sent[@]}"
    cat "$work"/at-once.* | sort | uniq -c | awk '$2 == 200 { print $1 == 1 ? $2 : "several" } $2 != 200 && $2 != 400 && $2 != 409 { print "other" $2 }'
}

bring_to() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{http_code}\n' --data-urlencode "logout_token=$2" "$access/oidc/region-a/idp/logout" >"$1"
}

# Two regions at the same provider, under the same name and with the same client; and a region with another provider.
others() {
    local before
    ask other PUT "$access/sign-in-providers/idp" "$(provider_of none r7)" >/dev/null
    ask other PUT "$access/sign-in-providers/client-b" "$(provider_of none client-b)" >/dev/null
    signed_in one subject-1 sid-7
    equal "a word to another region, of the same provider" 200 "$(ends '{"logout":{"sid":"sid-7"}}' idp region-b)"
    equal "and by sub" 200 "$(ends '{}' idp region-b)"
    equal "ends nobody's session here" "$in" "$(let_in one)"
    equal "one for another region's client, here" 400 "$(ends '{"logout":{"aud":"client-b","sid":"sid-7"}}')"
    equal "ours, at its place there" 400 "$(ends '{"logout":{"sid":"sid-7"}}' client-b region-b)"
    equal "a provider that is not there" 404 "$(ends '{"logout":{"sid":"sid-7"}}' nowhere)"
    equal "a region that is not there" 404 "$(ends '{"logout":{"sid":"sid-7"}}' idp nowhere)"
    equal "the session is still there" "$in" "$(let_in one)"
    before=$(query "select tokens_from from access.\"user\" where id = '$nurse_id'")
    equal "a password's session is none of the provider's" "200 403" "$(ends '{}') $(ask nurse PUT "$access/units/SE1-U1" '{}')"
    equal "nor does it change the account" "$before" "$(query "select tokens_from from access.\"user\" where id = '$nurse_id'")"
    equal "the provider's are over" "$out" "$(let_in one)"
    ask chief PUT "$access/sign-in-providers/twin" "$(provider_of none r7)" >/dev/null
    signed_in one subject-1 sid-8 twin
    equal "the same issuer under two names ends at either" "200 $out" "$(ends '{"logout":{"sid":"sid-8"}}') $(let_in one)"
}

forms() {
    local text address=$access/oidc/region-a/idp/logout
    text=$(logout_token '{"logout":{"sub":"subject-9"}}')
    post() { curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code}' "$@" "$address"; }
    equal "no form" 400 "$(post -X POST)"
    equal "an empty one" 400 "$(post -d 'logout_token=')"
    equal "two tokens" 400 "$(post -d "logout_token=$text&logout_token=$text")"
    equal "JSON" 400 "$(post -H 'Content-Type: application/json' -d "{\"logout_token\":\"$text\"}")"
    equal "no token" 400 "$(post -d 'logout_token=a.b.c')"
    equal "bytes" 400 "$(post --data-binary "@/bin/true")"
    head -c 40000 /dev/zero | tr '\0' A >"$work/long"
    equal "one that is too long" 400 "$(post --data-urlencode "logout_token@$work/long")"
    head -c 100000 /dev/zero | tr '\0' A >"$work/long"
    equal "a body without end" 413 "$(post --data-urlencode "logout_token@$work/long")"
    equal "by PUT" 405 "$(post -X PUT)"
    check "no token is in a log" test "$(cat "$work"/*.log | grep -c eyJ || true)" = 0
}

# Keys that are new are asked for, at most once a minute however many unknown names come.
rotation() {
    local before n text
    forget
    equal "the keys of now" 200 "$(ends '{"logout":{"sub":"subject-9"}}')"
    text=$(logout_token '{"keys":1,"logout":{"sub":"subject-9"}}')
    mood '{"keys":1}'
    before=$(asked 'GET /jwks')
    equal "a word by a key of after: the keys are asked for again" "200 $((before + 1))" "$(bring "$text") $(asked 'GET /jwks')"
    for n in 1 2 3; do ends "{\"keys\":1,\"header\":{\"kid\":\"x$n\"}}" >/dev/null; done
    equal "names that nobody knows do not make it ask" $((before + 1)) "$(asked 'GET /jwks')"
    mood '{}'
    forget
    signed_in one subject-4 sid-9
    text=$(logout_token '{"logout":{"sub":"subject-4","sid":"sid-9"}}')
    mood '{"jwks":"rubbish"}'
    forget
    equal "without the provider's keys nothing ends" "503 $in" "$(bring "$text") $(let_in one)"
    mood '{}'
    forget
    equal "the same word again ends it" "200 $out" "$(bring "$text") $(let_in one)"
}

# --- here ---------------------------------------------------------------------------------------------
here() {
    local client
    client="client_id=r7&post_logout_redirect_uri=$(jq -rn --arg u "$access/oidc/region-a" '$u | @uri')"
    signed_in one subject-1 sid-10
    signed_in two subject-1 sid-11
    equal "who signs out is told where to at the provider" "200 $issuer/logout?$client" "$(ask one POST "$access/logout") $(jq -r .provider_url "$work/answer")"
    equal "is out of every room, and the other session is not" "$out, $in" "$(let_in one), $(let_in two)"
    equal "and out once" 401 "$(ask one POST "$access/logout")"
    equal "nobody" 401 "$(ask nobody POST "$access/logout")"
    check "it is in the journal" grep -q "\"change\":\"signed_out\"" <(cat "$work"/one/journal/region-a/*)
    forget
    mood '{"discovery":{"end_session_endpoint":"https://evil.test/logout"}}'
    equal "a place at a host that the house does not name is not told" "200 {}" "$(ask two POST "$access/logout") $(cat "$work/answer")"
    equal "all the same one is out" "$out" "$(let_in two)"
    forget
    signed_in one subject-1 sid-12
    forget
    mood '{"discovery":{"end_session_endpoint":"'"$issuer"'/logout?ui=sv"}}'
    equal "a place with a question in it" "200 $issuer/logout?ui=sv&$client" "$(ask one POST "$access/logout") $(jq -r .provider_url "$work/answer")"
    forget
    mood '{}'
    signed_in one subject-1 sid-13
    forget
    mood '{"jwks":"rubbish"}'
    equal "a provider that is away keeps nobody in" "200 {} $out" "$(ask one POST "$access/logout") $(cat "$work/answer") $(let_in one)"
    mood '{}'
    forget
    ask nobody POST "$access/login" '{"tenant":"region-a","login":"nurse","password":"a nurse has this"}' >/dev/null
    token[word]=$(jq -r .token "$work/answer")
    equal "a password's session, too, which has no provider" "$in, 200 {}, $out" "$(let_in word), $(ask word POST "$access/logout") $(cat "$work/answer"), $(let_in word)"
    equal "and the nurse's other one is whole" "$in" "$(let_in nurse)"
}

# r7 logout: with the token that r7 login keeps.
from_r7() {
    local code=0
    r7() { env -i HOME="$work" R7_PASSWORD="a nurse has this" R7_ACCESS_URL="$access" R7_CA="$R7_VAR/keys/ca.crt" "$build/bin/r7" "$@" >"$work/said-by-r7" 2>&1 || code=$?; }
    r7 login --tenant region-a nurse
    token[kept]=$(cat "$work/.config/r7/token")
    equal "r7 login keeps a token" "0 $in" "$code $(let_in kept)"
    r7 logout
    equal "r7 logout ends it" "0 signed out $out" "$code $(cat "$work/said-by-r7") $(let_in kept)"
    equal "and forgets it" no "$([ -e "$work/.config/r7/token" ] && echo yes || echo no)"
    r7 logout
    check "nobody signs out twice" grep -qF 'nobody has signed in' "$work/said-by-r7"
    begin_r7 idp
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null "$(curl -s --cacert "$R7_VAR/keys/ca.crt" -o /dev/null -w '%{redirect_url}' "$url_r7")"
    equal "signed in through the provider" 0 "$(ended)"
    code=0 && r7 logout
    check "it says where one signs out of the provider" grep -qF "$issuer/logout?client_id=r7" "$work/said-by-r7"
}

# A start with the journal, where the database was restored to before: what ended stays so.
restored() {
    signed_in two subject-1 sid-21
    equal "two words" "200 200" "$(ends '{"logout":{"sid":"sid-21"}}') $(signed_in third subject-1 sid-22; ask third POST "$access/logout")"
    query "delete from access.sign_in_ended; delete from access.logout_token;
        update access.\"user\" set tokens_from = '-infinity' where id = '$nurse_id';
        delete from base.journal_line where room = 'access'; delete from base.journal_place where room = 'access'"
    again access "${settings[@]}"
    answers "$access/jwks"
    equal "after a start with the journal they are over" "$out, $out" "$(let_in two), $(let_in third)"
}

start_cluster
settings=(R7_SIGN_IN_URL="$access" R7_SIGN_IN_HOSTS="127.0.0.1:${port[idp]}" R7_SIGN_IN_CA="$R7_VAR/keys/ca.crt" R7_SIGN_IN_SECRETS="$work/secrets")
start_broker {deliveries,receipts}.region-a.vas delivery.{received,validated,rejected} package.{stored,indexed}
begin_house oidc_logout "${settings[@]}"
for name in search ingest indexing; do room "$name"; done
for name in search ingest indexing; do answers "https://127.0.0.1:${port[$name]}/"; done
start_provider
ask chief PUT "$access/sign-in-providers/idp" "$(provider_of none r7)" >/dev/null
good_days
framed
stale
kept
attacks
others
forms
rotation
here
from_r7
restored
tell
