#!/usr/bin/env bash
# SCIM at room access, with rooms keys and search beside it around a throw-away PostgreSQL: users and groups that a
# region's directory brings, what a local administrator's rules make of them, and that a leaver is out at once, in every
# room. One line for each check that fails; ends with "N passed, N failed".
#
#   tests/integration/scim.sh [BUILD]     BUILD: build/debug
#
# With build/venv (tests/tools/venv.sh), also what scim2-tester says of it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]} scim=/scim/v2
user_urn=urn:ietf:params:scim:schemas:core:2.0:User
group_urn=urn:ietf:params:scim:schemas:core:2.0:Group
enterprise=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User
message=urn:ietf:params:scim:api:messages:2.0

# directory METHOD PATH [JSON] [CURL ARGUMENT...]: as region-a's directory.
directory() {
    local method=$1 path=$2
    shift 2
    ask directory "$method" "$access$scim$path" "$@"
}

# found FILTER [USERS|GROUPS]: how many, or the scimType.
found() {
    directory GET "/${2-Users}" "" -G --data-urlencode "filter=$1" >/dev/null
    member 'a.get("totalResults", a.get("scimType"))'
}

# patch OPERATION...: the body.
patch() {
    local IFS=,
    echo "{\"schemas\":[\"$message:PatchOp\"],\"Operations\":[$*]}"
}

user() {
    echo "{\"schemas\":[\"$user_urn\"],\"userName\":\"$1\",\"externalId\":\"ext-$1\",\"name\":{\"givenName\":\"${1^}\",\"familyName\":\"Ek\"},\"emails\":[{\"value\":\"$1@example.org\",\"type\":\"work\"}],\"$enterprise\":{\"employeeNumber\":\"SE1-$1\",\"department\":\"Kirurgen\"}}"
}

group() {
    echo "{\"schemas\":[\"$group_urn\"],\"displayName\":\"$1\",\"members\":[${2:+$(printf '{"value":"%s"}' "$2")}]}"
}

# let_in LOGIN ID: a password by the administrator, and signed in with it; $work/status says whether.
let_in() {
    ask chief PUT "$access/users/$2/password" '{"password":"a long enough one"}' >/dev/null
    log_in "$1" region-a "a long enough one"
}

# in_search WHO: what a caller with that token is answered by another room.
in_search() {
    ask "$1" POST "$search/search/care" '{"person":{"number":"19121212-1212"}}'
}

rows() {
    query "select $1"
}

# --- checks ----------------------------------------------------------------------------------------
callers() {
    equal "without anything" "401 application/scim+json" "$(ask nobody GET "$access$scim/Users") $(header content-type)"
    equal "in SCIM's shape" "$message:Error 401" "$(member 'a["schemas"][0] + " " + a["status"]')"
    equal "a person's token is none" 401 "$(ask chief GET "$access$scim/Users")"
    equal "a local administrator makes a token" 201 "$(ask chief POST "$access/provisioning-tokens" '{"name":"entra"}')"
    token[directory]=$(member 'a["token"]')
    token_id=$(member 'a["id"]')
    equal "another region's too" 201 "$(ask other POST "$access/provisioning-tokens" '{"name":"okta"}')"
    token[elsewhere]=$(member 'a["token"]')
    equal "the token is not kept" 0 "$(rows "count(*) from access.principal where position('${token[directory]}' in principal::text) > 0")"
    equal "it lets in" 200 "$(directory GET /Users)"
    equal "and nowhere else" 401 "$(ask directory GET "$access/groups")"
    equal "a changed one does not" 401 "$(ask nobody GET "$access$scim/Users" "" -H "Authorization: Bearer ${token[directory]}0")"
    equal "a certificate's principal" 204 "$(ask admin PUT "$access/principals/system-region-a-directory" '{"kind":"provisioner","tenant":"region-a","name":"directory"}')"
    equal "is of a region" 400 "$(ask admin PUT "$access/principals/system-region-a-x" '{"kind":"provisioner","name":"directory"}')"
    "$top/services/embedded/certificates.sh" system region-a directory >"$work/certificates.log" 2>&1
    equal "the certificate lets in" 200 "$(ask nobody GET "$access$scim/Users" "" --cert "$R7_VAR/keys/system-region-a-directory.crt" --key "$R7_VAR/keys/system-region-a-directory.key")"
    equal "a room's certificate does not" 401 "$(ask nobody GET "$access$scim/Users" "" --cert "$R7_VAR/keys/room-search.crt" --key "$R7_VAR/keys/room-search.key")"
    equal "an unknown address in SCIM's shape" "404 404" "$(directory GET /Nothing) $(member 'a["status"]')"
    equal "another method too" "405 405" "$(directory DELETE /Schemas) $(member 'a["status"]')"
}

users() {
    equal "a user" 201 "$(directory POST /Users "$(user Anna)")"
    anna=$(member 'a["id"]')
    equal "with its place and version" "/scim/v2/Users/$anna W/\"1\"" "$(header location) $(header etag)"
    equal "active, its login in small letters" "True anna SE1-Anna" "$(member "\"%s %s %s\" % (a[\"active\"], a[\"userName\"], a[\"$enterprise\"][\"employeeNumber\"])")"
    equal "nothing else is kept" 0 "$(rows "count(*) from access.\"user\" u where u::text ~ 'example.org|Kirurgen'")"
    equal "its name is for the log" "Anna Ek" "$(rows "name from access.\"user\" where id = '$anna'")"
    equal "a login is taken once" "409 uniqueness" "$(directory POST /Users "$(user ANNA)") $(member 'a["scimType"]')"
    equal "also when it was made here" "409 uniqueness" "$(directory POST /Users "$(user chief)") $(member 'a["scimType"]')"
    equal "an account made here is not the directory's" "0 404" "$(found 'userName eq "chief"') $(directory GET "/Users/$chief_id")"
    equal "nor to change" 404 "$(directory PATCH "/Users/$chief_id" "$(patch '{"op":"replace","path":"active","value":false}')")"
    equal "a login that is none" "400 invalidValue" "$(directory POST /Users "$(user 'å b')") $(member 'a["scimType"]')"
    equal "an attribute that nobody knows" "400 invalidSyntax" "$(directory POST /Users "{\"schemas\":[\"$user_urn\"],\"userName\":\"x1\",\"shoeSize\":44}") $(member 'a["scimType"]')"
    equal "no JSON" "400 invalidSyntax" "$(directory POST /Users 'hello') $(member 'a["scimType"]')"
    head -c 1100000 /dev/zero | tr '\0' ' ' >"$work/large"
    equal "more than a body may have" 413 "$(directory POST /Users "@$work/large")"
    equal "another" 201 "$(directory POST /Users "$(user Bo)")"
    bo=$(member 'a["id"]')
    equal "an HSA-id is one user's" "409 uniqueness" "$(directory PATCH "/Users/$bo" "$(patch "{\"op\":\"add\",\"path\":\"$enterprise:employeeNumber\",\"value\":\"SE1-Anna\"}")") $(member 'a["scimType"]')"
    equal "another region may have the same" 201 "$(ask elsewhere POST "$access$scim/Users" "$(user Anna)")"
    equal "and sees its own only" "1 404 404" "$(ask elsewhere GET "$access$scim/Users" >/dev/null && member 'a["totalResults"]') $(ask elsewhere GET "$access$scim/Users/$anna") $(ask elsewhere DELETE "$access$scim/Users/$anna")"
}

filters() {
    equal "userName eq" 1 "$(found 'userName eq "ANNA"')"
    equal "externalId eq" 1 "$(found 'externalId eq "ext-Bo"')"
    equal "id eq" 1 "$(found "id eq \"$bo\"")"
    equal "an id that is none" 0 "$(found 'id eq "7"')"
    equal "or, and, not" 2 "$(found 'active eq true and (userName sw "a" or not (userName co "nn"))')"
    equal "by the extension" 1 "$(found "$enterprise:employeeNumber ew \"Bo\"")"
    equal "by what is not kept" 0 "$(found 'emails[type eq "work" and value co "@example.org"]')"
    equal "by time" 2 "$(found 'meta.created gt "2020-01-01T00:00:00Z"')"
    local text
    for text in "' or '1'='1" "\\\" or active eq true or userName eq \\\"x" "anna'; drop table access.\\\"user\\\"; --" '%' '*'; do
        equal "no way into SQL or out of the text: $text" 0 "$(found "userName eq \"$text\"")"
    done
    equal "not even a broken one" invalidFilter "$(found "userName eq \"anna\" or 1=1; --")"
    equal "an attribute of the table, not of SCIM" invalidFilter "$(found 'tokens_from pr')"
    equal "in pages" "2 1 2 1" "$(directory GET '/Users?startIndex=2&count=1' >/dev/null && member '"%d %d %d %d" % (a["totalResults"], len(a["Resources"]), a["startIndex"], a["itemsPerPage"])')"
    equal "sorted" "bo anna" "$(directory GET '/Users?sortBy=userName&sortOrder=descending' >/dev/null && member '" ".join(u["userName"] for u in a["Resources"])')"
    equal "only what is asked for" "active id schemas" "$(directory GET "/Users/$anna?attributes=active" >/dev/null && member '" ".join(sorted(a))')"
    equal "not what is left out" False "$(directory GET "/Users/$anna?excludedAttributes=name" >/dev/null && member '"name" in a')"
    equal "by a body" 1 "$(directory POST /Users/.search "{\"schemas\":[\"$message:SearchRequest\"],\"filter\":\"userName eq \\\"bo\\\"\"}" >/dev/null && member 'a["totalResults"]')"
}

versions() {
    equal "unchanged" 304 "$(directory GET "/Users/$anna" "" -H 'If-None-Match: W/"1"')"
    equal "another version than meant" 412 "$(directory PATCH "/Users/$anna" "$(patch '{"op":"replace","path":"displayName","value":"A"}')" -H 'If-Match: W/"9"')"
    equal "the one that is meant" '200 W/"2"' "$(directory PATCH "/Users/$anna" "$(patch '{"op":"Replace","path":"displayName","value":"Anna E"}')" -H 'If-Match: W/"1"') $(header etag)"
    equal "by PUT what is not said is gone" "200 False" "$(directory PUT "/Users/$anna" "$(user Anna)") $(member '"displayName" in a')"
}

# rule ROLE: of Kirurgen's staff.
rule() {
    echo "{\"role\":\"$1\",\"unit\":\"SE1-U1\",\"care_unit\":\"SE1-U1\",\"care_provider\":\"SE1-CP\",\"purposes\":[\"care\"],\"information_types\":[\"care\"],\"analysis\":\"BR-7\"}"
}

groups() {
    equal "a group with a member" 201 "$(directory POST /Groups "$(group Kirurgen "$anna")")"
    surgeons=$(member 'a["id"]')
    equal "the user tells of it" "$surgeons" "$(directory GET "/Users/$anna" >/dev/null && member 'a["groups"][0]["value"]')"
    let_in anna "$anna"
    equal "to be in it opens nothing" "0 403" "$(rows "count(*) from access.assignment where \"user\" = '$anna'") $(cat "$work/status")"
    equal "a member that is nobody" "400 invalidValue" "$(directory POST /Groups "$(group X "$(cat /proc/sys/kernel/random/uuid)")") $(member 'a["scimType"]')"
    equal "an account made here is no member" "400 invalidValue" "$(directory POST /Groups "$(group X "$chief_id")") $(member 'a["scimType"]')"
    equal "a local administrator sees the group" "Kirurgen 1 0" "$(ask chief GET "$access/groups" >/dev/null && member '"%s %d %d" % (a["groups"][0]["display_name"], a["groups"][0]["members"], len(a["groups"][0]["rules"]))')"
    equal "another region's does not" 0 "$(ask other GET "$access/groups" >/dev/null && member 'len(a["groups"])')"
    equal "nor makes a rule of it" 404 "$(ask other POST "$access/groups/$surgeons/rules" "$(rule care_staff)")"
    equal "a role over all regions is given by no rule" 403 "$(ask chief POST "$access/groups/$surgeons/rules" "$(rule operator)")"
    equal "a rule" 201 "$(ask chief POST "$access/groups/$surgeons/rules" "$(rule care_staff)")"
    rule=$(member 'a["id"]')
    let_in anna "$anna"
    equal "gives whoever is in the group" 200 "$(cat "$work/status")"
    equal "and is known in search" 200 "$(in_search anna)"
    directory PATCH "/Groups/$surgeons" "$(patch "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"$bo\"}]}")" >/dev/null
    let_in bo "$bo"
    equal "who joins is given it" 200 "$(cat "$work/status")"
    equal "once" 1 "$(directory PATCH "/Groups/$surgeons" "$(patch "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"$bo\"}]}")" >/dev/null && rows "count(*) from access.assignment where \"user\" = '$bo'")"
    equal "bo is known in search" 200 "$(in_search bo)"
    equal "found by a member" 1 "$(found "members[value eq \"$bo\"]" Groups)"
    equal "who leaves the group" 200 "$(directory PATCH "/Groups/$surgeons" "$(patch "{\"op\":\"remove\",\"path\":\"members[value eq \\\"$bo\\\"]\"}")")"
    equal "has nothing more, with the token of before" "403 403" "$(in_search bo) $(log_in bo2 region-a "a long enough one" bo; cat "$work/status")"
    equal "who joins again has another" "200 2" "$(directory PUT "/Groups/$surgeons" "{\"schemas\":[\"$group_urn\"],\"displayName\":\"Kirurgi\",\"members\":[{\"value\":\"$anna\"},{\"value\":\"$bo\"}]}") $(rows "count(*) from access.assignment where \"user\" = '$bo'")"
    log_in bo region-a "a long enough one"
    equal "and is known again" 200 "$(in_search bo)"
}

leavers() {
    equal "a leaver" 200 "$(directory PATCH "/Users/$anna" "$(patch '{"op":"Replace","path":"active","value":"False"}')")"
    equal "is out of search at once, with the token of before" 401 "$(in_search anna)"
    equal "and signs in no more" 401 "$(log_in anna2 region-a "a long enough one" anna; cat "$work/status")"
    equal "comes back" 200 "$(directory PATCH "/Users/$anna" "$(patch '{"op":"replace","value":{"active":true}}')")"
    log_in anna2 region-a "a long enough one" anna
    equal "and is known again" 200 "$(in_search anna2)"
    equal "the token of before the leave stays out" 401 "$(in_search anna)"
    equal "an administrator stops the account" 204 "$(ask chief DELETE "$access/users/$anna")"
    directory PATCH "/Users/$anna" "$(patch '{"op":"replace","path":"active","value":false}')" >/dev/null
    equal "the directory does not open it again" "200 401" "$(directory PATCH "/Users/$anna" "$(patch '{"op":"replace","path":"active","value":true}')") $(log_in anna3 region-a "a long enough one" anna; cat "$work/status")"
    equal "a removed user" 204 "$(directory DELETE "/Users/$bo")"
    equal "is out of search at once" 401 "$(in_search bo)"
    equal "is nowhere in SCIM" "404 0 0" "$(directory GET "/Users/$bo") $(found 'userName eq "bo"') $(found "members[value eq \"$bo\"]" Groups)"
    equal "nothing of the person is left" 1 "$(rows "count(*) from access.\"user\" where id = '$bo' and login = id::text and name = id::text and external_id is null and given_name is null and hsa_id is null")"
    equal "the login is free" 201 "$(directory POST /Users "$(user Bo)")"
    bo=$(member 'a["id"]')
    directory PATCH "/Groups/$surgeons" "$(patch "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"$bo\"}]}")" >/dev/null
    let_in bo "$bo"
    equal "the new bo has what the rule gives" "200 200" "$(cat "$work/status") $(in_search bo)"
    equal "a rule that ends" 204 "$(ask chief DELETE "$access/groups/$surgeons/rules/$rule")"
    equal "takes it from everybody" 403 "$(in_search bo)"
    equal "every change raised the user's version" t "$(rows "version > 3 from access.fact_version where kind = 'user' and id = '$bo'")"
}

bulk() {
    local body
    body="{\"schemas\":[\"$message:BulkRequest\"],\"failOnErrors\":1,\"Operations\":[
     {\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\",\"data\":$(group Medicin bulkId:u)},
     {\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"u\",\"data\":$(user Cia)},
     {\"method\":\"PATCH\",\"path\":\"/Users/bulkId:u\",\"data\":$(patch '{"op":"add","path":"displayName","value":"Cia E"}')}]}"
    equal "a bulk" "200 201 201 200" "$(directory POST /Bulk "$body") $(member '" ".join(o["status"] for o in a["Operations"])')"
    equal "whose names are resolved" 1 "$(found 'displayName eq "Medicin" and members pr' Groups)"
    body="{\"schemas\":[\"$message:BulkRequest\"],\"failOnErrors\":2,\"Operations\":[
     {\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"a\",\"data\":$(user Cia)},
     {\"method\":\"DELETE\",\"path\":\"/Users/$chief_id\"},
     {\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"b\",\"data\":$(user Dan)}]}"
    equal "stops where it is told to" "200 409 404" "$(directory POST /Bulk "$body") $(member '" ".join(o["status"] for o in a["Operations"])')"
    equal "and not later" 0 "$(found 'userName eq "dan"')"
    body="{\"schemas\":[\"$message:BulkRequest\"],\"Operations\":[{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"x\",\"data\":$(group X bulkId:nobody)},
     {\"method\":\"GET\",\"path\":\"/Users\"},{\"method\":\"PUT\",\"path\":\"/Tenants/1\",\"data\":{}}]}"
    equal "what cannot be is told one by one" "200 400 400 400" "$(directory POST /Bulk "$body") $(member '" ".join(o["status"] for o in a["Operations"])')"
    body=$(python3 -c "import json; print(json.dumps({'schemas': ['$message:BulkRequest'], 'Operations': [{'method': 'DELETE', 'path': '/Users/1'}] * 101}))")
    equal "too many" 413 "$(directory POST /Bulk "$body")"
}

# What the database forgot comes from the journal, without names; the directory brings those again.
restored() {
    local cia
    directory GET /Users "" -G --data-urlencode 'filter=userName eq "cia"' >/dev/null
    cia=$(member 'a["Resources"][0]["id"]')
    stop "${pid[access]}"
    query "begin; delete from access.group_member where \"user\" = '$cia'; delete from access.\"user\" where id = '$cia';
        delete from base.journal_line; delete from base.journal_place; commit" >/dev/null
    room access
    answers "$access/jwks"
    equal "the account is there again, without its names" "$cia" "$(wait_for 20 "$cia" rows "login from access.\"user\" where id = '$cia'")"
    equal "and in its group" 1 "$(rows "count(*) from access.group_member where \"user\" = '$cia'")"
    equal "the directory names it again" "200 1" "$(directory PUT "/Users/$cia" "$(user Cia)") $(found 'userName eq "cia"')"
    equal "no name is in the journal" 0 "$(in_journal '\bCia\b|SE1-Anna|ext-|Kirurg')"
    equal "nor a token" 0 "$(in_journal "${token[directory]}")"
}

judged() {
    if ! "$top/build/venv/bin/python3" -c 'import scim2_tester, httpx2' 2>/dev/null; then
        left_out "scim2-tester, which is not in build/venv (tests/tools/venv.sh)"
        return
    fi
    check "scim2-tester finds nothing" "$top/build/venv/bin/python3" "$top/tests/tools/scim_judge.py" "$access$scim" "$R7_VAR/keys/ca.crt" "${token[elsewhere]}"
    check "and asked much" test "$(grep -oE '^[0-9]+ passed' "$work/said" | grep -oE '[0-9]+')" -gt 60
}

revoked() {
    equal "another region revokes nothing" 404 "$(ask other DELETE "$access/provisioning-tokens/$token_id")"
    equal "a token is revoked" 204 "$(ask chief DELETE "$access/provisioning-tokens/$token_id")"
    equal "at once" 401 "$(directory GET /Users)"
    equal "no name in a log" 0 "$(cat "$work"/*.log | grep -cE 'Kirurg|example.org|SE1-Anna' || true)"
}

own_database scim
stand keys access search
region
region region-b other
chief_id=$(query "select id from access.\"user\" where login = 'chief' and tenant = 1")
ask chief PUT "$access/analyses/BR-7" "$(analysis_json SE1-CP)" >/dev/null
callers
users
filters
versions
groups
leavers
bulk
judged
restored
revoked
tell
