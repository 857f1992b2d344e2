#!/usr/bin/env bash
# Room access and room keys as processes, over TLS, around a throw-away PostgreSQL: signing in, regions, people, facts,
# who has read; and the r7 commands for it. One line for each check; ends with "N passed, N failed".
#
#   tests/integration/access.sh [BUILD]     BUILD: build/debug
#
# With R7_KAFKA_BOOTSTRAP, _CA, _CERT and _KEY of one who may make topics, also what r7 makes in Kafka.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

declare -A token=()
ports keys access

# --- asking ----------------------------------------------------------------------------------------
# ask WHO METHOD PATH [JSON]: the status; the body lies in $work/answer.
ask() {
    local who=$1 method=$2 path=$3 arguments=()
    [ -z "${token[$who]-}" ] || arguments+=(-H "Authorization: Bearer ${token[$who]}")
    [ -z "${4-}" ] || arguments+=(-H 'Content-Type: application/json' --data-binary "$4")
    curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code}' -X "$method" "${arguments[@]}" \
        "https://127.0.0.1:${port[access]}$path"
}

# member NAME: of the answer; an empty text when it is not there.
member() {
    python3 -c 'import json, sys; v = json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."): v = v[int(name)] if isinstance(v, list) else v.get(name, "")
print(v if not isinstance(v, (list, dict)) else json.dumps(v))' "$work/answer" "$1" 2>/dev/null || true
}

# log_in NAME TENANT LOGIN PASSWORD [ASSIGNMENT]: keeps the token under NAME.
log_in() {
    local status
    status=$(ask nobody POST /login "{\"tenant\":\"$2\",\"login\":\"$3\",\"password\":\"$4\"${5:+,\"assignment\":\"$5\"}}")
    token[$1]=$(member token)
    echo "$status" >"$work/status"
}

# r7 ARGUMENT...: as the person who signed in with it; what it says lies in $work/answer.
r7() {
    env -i HOME="$work" R7_ACCESS_URL="https://127.0.0.1:${port[access]}" R7_CA="$R7_VAR/keys/ca.crt" \
        R7_KAFKA_BOOTSTRAP="${R7_KAFKA_BOOTSTRAP-}" R7_KAFKA_CA="${R7_KAFKA_CA-}" R7_KAFKA_CERT="${R7_KAFKA_CERT-}" \
        R7_KAFKA_KEY="${R7_KAFKA_KEY-}" R7_PASSWORD="${password-}" "$build/bin/r7" "$@" >"$work/answer" 2>&1 </dev/null
}

mode() {
    stat -c %a "$1"
}

# --- checks ----------------------------------------------------------------------------------------
keys_of_regions() {
    local offline=$work/offline region
    for region in region-a region-b; do
        equal "keys of $region" 0 "$(r7 keys init $region --keys-dir "$work/keys" --offline-dir "$offline"; echo $?)"
    done
    equal "never over others" 1 "$(r7 keys init region-a --keys-dir "$work/keys" --offline-dir "$offline"; echo $?)"
    equal "for their owner alone" "700 600" "$(mode "$work/keys/tenants/region-a") $(mode "$work/keys/tenants/region-a/service.identity")"
    equal "each pair of holders opens escrow" 3 "$(r7 keys prove-escrow region-a --offline-dir "$offline"; grep -c 'open escrow' "$work/answer")"
    equal "with Debian's age too" "$(cat "$offline/region-a/escrow.recipient")" \
        "$(cd "$offline/region-a" && age -d -i holder-2.identity escrow-2-3.age | age -d -i holder-3.identity | age-keygen -y)"
    equal "one holder alone does not" 1 "$(cd "$offline/region-a" && age -d -i holder-2.identity escrow-2-3.age | age -d -i holder-2.identity >/dev/null 2>&1; echo $?)"
    cp "$offline/region-a/holder-1.identity" "$offline/region-a/holder-3.identity"
    equal "a wrong holder is told" 1 "$(r7 keys prove-escrow region-a --offline-dir "$offline"; echo $?)"
}

signing_in() {
    equal "public keys" 200 "$(ask nobody GET /jwks)"
    equal "an ES256 key" ES256 "$(member keys.0.alg)"
    log_in central central admin "first password of all"
    equal "the first central administrator signs in" 200 "$(cat "$work/status")"
    equal "with the one assignment" central_administrator "$(member assignment.role)"
    equal "a token came" yes "${token[central]:+yes}"
    log_in wrong central admin "another password"
    equal "a wrong password" 401 "$(cat "$work/status")"
    local told
    told=$(member detail)
    log_in wrong central nobody "another password"
    equal "an unknown login is told the same" "401 $told" "$(cat "$work/status") $(member detail)"
    log_in wrong nowhere admin "another password"
    equal "an unknown region is told the same" "401 $told" "$(cat "$work/status") $(member detail)"
    equal "no token" 401 "$(ask nobody POST /tenants '{}')"
    token[forged]=${token[central]%?????}AAAAA
    equal "a changed signature" 401 "$(ask forged POST /tenants '{}')"
}

region() {
    echo "{\"name\":\"$1\",\"title\":\"Region $1\",\"administrator\":{\"login\":\"chief\",\"name\":\"Chief of $1\",\"password\":\"password of $1\"}}"
}

regions() {
    equal "a region is connected" 201 "$(ask central POST /tenants "$(region region-a)")"
    equal "and has number" 1 "$(member id)"
    equal "another" 201 "$(ask central POST /tenants "$(region region-b)")"
    equal "and has number" 2 "$(member id)"
    equal "a region is connected once" 409 "$(ask central POST /tenants "$(region region-a)")"
    equal "a bad name" 400 "$(ask central POST /tenants "$(region Region_A)")"
    equal "an unknown member" 400 "$(ask central POST /tenants '{"name":"x1","title":"x","administrator":{},"id":1}')"
    log_in chief region-a chief "password of region-a"
    equal "its administrator signs in" local_administrator "$(member assignment.role)"
    log_in other region-b chief "password of region-b"
    equal "a local administrator connects no region" 403 "$(ask chief POST /tenants "$(region region-c)")"
    equal "a source system's certificate" 204 "$(ask central PUT /principals/system-region-a-vas '{"kind":"system","tenant":"region-a","name":"vas"}')"
    equal "again, revoked" 204 "$(ask central PUT /principals/system-region-a-vas '{"kind":"system","tenant":"region-a","name":"vas","revoked":true}')"
    equal "it never moves to another region" 409 "$(ask central PUT /principals/system-region-a-vas '{"kind":"system","tenant":"region-b","name":"vas"}')"
    equal "a national service" 204 "$(ask central PUT /principals/SE5565594230-NPO '{"kind":"national_service","name":"NPO","purpose":"care"}')"
    equal "a national service for nothing" 400 "$(ask central PUT /principals/SE5565594230-X '{"kind":"national_service","name":"X"}')"
    equal "a national service for something else than before" 409 "$(ask central PUT /principals/SE5565594230-NPO '{"kind":"national_service","name":"NPO","purpose":"patient"}')"
    equal "every region's rules have a new version" 3 "$(query "select count(*) from access.fact_version where kind = 'rules'")"
    equal "a logical address" 204 "$(ask central PUT /logical-addresses/SE1-VAS '{"tenant":"region-a","processor_agreement":true}')"
    equal "is one region's" 409 "$(ask central PUT /logical-addresses/SE1-VAS '{"tenant":"region-b","processor_agreement":true}')"
    equal "a local administrator sets no certificate" 403 "$(ask chief PUT /principals/system-region-a-x '{"kind":"system","tenant":"region-a","name":"x"}')"
}

nurse='{"role":"care_staff","unit":"SE1-U1","care_unit":"SE1-CU1","care_provider":"SE1-CP","purposes":["care"],"information_types":["care"],"analysis":"BR-1"}'
# What assignments rest on, in both regions.
analyses() {
    local id
    equal "without a needs-and-risk analysis nobody is given anything" "400 analysis" "$(ask chief POST "/users/$nurse_id/assignments" "${nurse/BR-1/BR-0}") $(member field)"
    equal "nor with none named" "400 analysis" "$(ask chief POST "/users/$nurse_id/assignments" "${nurse/,\"analysis\":\"BR-1\"/}") $(member field)"
    for id in BR-1 BR-9; do equal "analysis $id" 204 "$(ask chief PUT "/analyses/$id" "$(analysis_json SE1-CP)")"; done
    for id in BR-2 BR-3 BR-4; do equal "analysis $id" 204 "$(ask chief PUT "/analyses/$id" "$(analysis_json)")"; done
    equal "of another region" "204 204" "$(ask other PUT /analyses/BR-1 "$(analysis_json SE1-CP)") $(ask other PUT /analyses/BR-5 "$(analysis_json)")"
}

# After the people: what an analysis covers, and its end.
analysis_rules() {
    local one ward bad unit second
    one=$(analysis_json SE1-CP)
    ward=$(sed 's/"patient",//; s/"purposes"/"units":["SE1-U1","SE1-CU1"],"purposes"/' <<<"$one")
    ask chief POST /users '{"login":"unit","name":"Unit","password":"password of the unit"}' >/dev/null
    unit=$(member id)
    equal "the same again" 204 "$(ask chief PUT /analyses/BR-1 "$one")"
    for bad in 'SE1-CP/SE2-CP care_provider' 'SE1-CP",/SE1-CP","units":["SE1-U1"], units' '"quality",/ purposes' ',"log"/ information_types'; do
        equal "what it covers never changes: ${bad##* }" "409 ${bad##* }" "$(ask chief PUT /analyses/BR-1 "$(sed "s/${bad% *}/" <<<"$one")") $(member field)"
    done
    equal "an id that is none" "400 400 400" "$(ask chief PUT /analyses/-BR "$one") $(ask chief PUT /analyses/BR%201 "$one") $(ask chief PUT /analyses/19121212-1212 "$one")"
    equal "decided after it began" "400 valid_from" "$(ask chief PUT /analyses/BR-8 "${one/2020-01-01/2021-01-01}") $(member field)"
    equal "a purpose that nobody knows" "400 purposes" "$(ask chief PUT /analyses/BR-8 "${one/\"quality\"/\"fun\"}") $(member field)"
    equal "care staff decide none" 403 "$(ask nurse PUT /analyses/BR-8 "$one")"
    equal "one of a unit" 204 "$(ask chief PUT /analyses/BR-U1 "$ward")"
    for bad in 'SE1-CP/SE2-CP care_provider' 'SE1-U1/SE1-U9 unit' 'SE1-CU1/SE1-CU9 care_unit' '\["care"\],"i/["patient"],"i purposes' 's":\["care"\],"analysis/s":["finance"],"analysis information_types'; do
        equal "it does not cover another ${bad##* }" "400 ${bad##* }" "$(ask chief POST "/users/$unit/assignments" "$(sed "s/${bad% *}/; s/BR-1/BR-U1/" <<<"$nurse")") $(member field)"
    done
    equal "it covers its own" 201 "$(ask chief POST "/users/$unit/assignments" "${nurse/BR-1/BR-U1}")"
    second=$(member id)
    equal "it is shown with what rests on it" "200 $second True False False" "$(ask chief GET /analyses/BR-U1) $(member assignments.0.id) $(member analysis.in_force) $(member analysis.review_due) $(member analysis.taken_over)"
    equal "nobody else sees it" "403 404 404" "$(ask nurse GET /analyses) $(ask central GET /analyses/BR-U1) $(ask other GET /analyses/BR-U1)"
    log_in unit region-a unit "password of the unit" "$second"
    equal "care may be recorded by it" 201 "$(ask unit POST /persons/relations '{"person":{"number":"191212121212"},"valid_until":"2099-01-01T00:00:00Z"}')"
    equal "it ends" 204 "$(ask chief DELETE /analyses/BR-U1)"
    equal "and what rested on it gives nothing at once" 403 "$(ask unit POST /persons/relations '{"person":{"number":"191212121212"},"valid_until":"2099-01-01T00:00:00Z"}')"
    equal "nothing new rests on it" "400 analysis" "$(ask chief POST "/users/$unit/assignments" "${nurse/BR-1/BR-U1}") $(member field)"
    equal "it does not begin again" 409 "$(ask chief PUT /analyses/BR-U1 "$ward")"
    equal "that assignments rest on what has ended is told" "200 BR-U1 1" "$(ask chief GET /analyses) $(jq -r '.analyses[] | select(.in_force | not) | "\(.id) \(.assignments)"' "$work/answer")"
    equal "r7 analyses list" "0 1" "$(password="password of region-a" r7 login --tenant region-a chief && r7 analyses list; echo $?) $(grep -c '^BR-U1 .*ended.* 1 assignment' "$work/answer")"
    equal "r7 analyses show" "0 1" "$(r7 analyses show BR-U1; echo $?) $(grep -c "$second" "$work/answer")"
    echo "$one" >"$work/analysis.json"
    equal "r7 analyses set" "0 204" "$(r7 analyses set BR-R7 "$work/analysis.json"; echo $?) $(ask chief DELETE /analyses/BR-R7)"
    equal "r7 analyses end" 0 "$(r7 analyses set BR-R8 "$work/analysis.json" && r7 analyses end BR-R8; echo $?)"
    equal "is the end" t "$(query "select valid_until <= now() from access.analysis where id = 'BR-R8'")"
    query "insert into access.analysis (tenant, id, title, units, purposes, information_types, decided_by, valid_from, taken_over)
           values (1, 'taken-over-1', 'BR 1999', '{}', '{}', '{}', 'taken over', now() - interval '1 year', true);
           update access.assignment set analysis = 'taken-over-1' where id = '$second'"
    equal "a text that was taken over still counts" 201 "$(ask unit POST /persons/relations '{"person":{"number":"191212121212"},"valid_until":"2099-01-01T00:00:00Z"}')"
    equal "and is told" "200 taken-over-1" "$(ask chief GET /analyses) $(jq -r '.analyses[] | select(.taken_over and .review_due) | .id' "$work/answer")"
    equal "but for anything new" "400 analysis" "$(ask chief POST "/users/$unit/assignments" "${nurse/BR-1/taken-over-1}") $(member field)"
    equal "its decision must cover what rests on it" "400 care_provider" "$(ask chief PUT /analyses/taken-over-1 "$(analysis_json)") $(member field)"
    equal "and does" "204 201" "$(ask chief PUT /analyses/taken-over-1 "$one") $(ask chief POST "/users/$unit/assignments" "${nurse/BR-1/taken-over-1}")"
    ask chief DELETE "/users/$unit/assignments/$(member id)" >/dev/null
    ask chief DELETE "/users/$unit/assignments/$second" >/dev/null
    equal "the journal has it without words" "yes 0" "$(grep -q '"change":"analysis_ended"' "$work"/one/journal/region-a/* && echo yes) $(cat "$work"/one/journal/region-a/* | grep -cE 'Verksamhetschefen|RS 2020-17' || true)"
}

people() {
    equal "a user" 201 "$(ask chief POST /users '{"login":"nurse","name":"Nurse One","password":"a nurse has this"}')"
    nurse_id=$(member id)
    equal "a login is taken once" 409 "$(ask chief POST /users '{"login":"nurse","name":"Nurse Two","password":"a nurse has this"}')"
    equal "in another region it is free" 201 "$(ask other POST /users '{"login":"nurse","name":"Nurse B","password":"a nurse has this"}')"
    equal "a short password" 400 "$(ask chief POST /users '{"login":"nurse2","name":"N","password":"short"}')"
    log_in nurse region-a nurse "a nurse has this"
    equal "without assignment nobody signs in" 403 "$(cat "$work/status")"
    analyses
    equal "an assignment" 201 "$(ask chief POST "/users/$nurse_id/assignments" "$nurse")"
    first=$(member id)
    equal "another region's user is not there" 404 "$(ask other POST "/users/$nurse_id/assignments" "$nurse")"
    equal "no role over all regions" 403 "$(ask chief POST "/users/$nurse_id/assignments" "${nurse/care_staff/central_administrator}")"
    equal "no unknown role" 400 "$(ask chief POST "/users/$nurse_id/assignments" "${nurse/care_staff/queen}")"
    equal "no unknown purpose" 400 "$(ask chief POST "/users/$nurse_id/assignments" "${nurse/\"care\"],/\"fun\"],}")"
    log_in nurse region-a nurse "a nurse has this"
    equal "one assignment is chosen by itself" "$first" "$(member assignment.id)"
    equal "care staff administer nothing" 403 "$(ask nurse PUT /units/SE1-U1 '{"name":"x","care_provider":"y","valid_from":"2000-01-01T00:00:00Z"}')"
    equal "a second assignment" 201 "$(ask chief POST "/users/$nurse_id/assignments" "${nurse/SE1-U1/SE1-U2}")"
    log_in nurse2 region-a nurse "a nurse has this"
    equal "several are listed" "200 " "$(cat "$work/status") $(member token)"
    equal "by their units" SE1-U1 "$(python3 -c 'import json, sys; print(sorted(a["unit"] for a in json.load(open(sys.argv[1]))["assignments"])[0])' "$work/answer")"
    log_in nurse2 region-a nurse "a nurse has this" "$first"
    equal "and one is chosen" SE1-U1 "$(member assignment.unit)"
    equal "an assignment ends" 204 "$(ask chief DELETE "/users/$nurse_id/assignments/$first")"
    log_in nurse2 region-a nurse "a nurse has this" "$first"
    equal "and is not chosen any more" 403 "$(cat "$work/status")"
    equal "the user's version was raised each time" 4 "$(query "select version from access.fact_version where kind = 'user' and id = '$nurse_id'")"
    equal "a leaver" 204 "$(ask chief DELETE "/users/$nurse_id")"
    log_in nurse2 region-a nurse "a nurse has this"
    equal "is let in no more" 401 "$(cat "$work/status")"
}

# signed_in NAME: does a room still know the token? 403 is a caller who is known.
signed_in() {
    ask "$1" PUT /units/SE1-U1 '{}'
}

passwords() {
    equal "a user with an assignment" 201 "$(ask chief POST /users '{"login":"kim","name":"Kim","password":"the first of kim"}')"
    local kim
    kim=$(member id)
    ask chief POST "/users/$kim/assignments" "$nurse" >/dev/null
    log_in kim region-a kim "the first of kim"
    equal "a known caller" 403 "$(signed_in kim)"
    equal "a wrong current password" 403 "$(ask kim PUT /password '{"current":"something else","password":"the second of kim"}')"
    equal "a short new one" 400 "$(ask kim PUT /password '{"current":"the first of kim","password":"short"}')"
    equal "the token is still good" 403 "$(signed_in kim)"
    equal "a changed password" 204 "$(ask kim PUT /password '{"current":"the first of kim","password":"the second of kim"}')"
    equal "ends the token it was changed with" 401 "$(signed_in kim)"
    log_in old region-a kim "the first of kim"
    equal "the old one is no more" 401 "$(cat "$work/status")"
    log_in kim region-a kim "the second of kim"
    equal "with the new one a token is good at once" 403 "$(signed_in kim)"
    equal "care staff set nobody's password" 403 "$(ask kim PUT "/users/$kim/password" '{"password":"the third of kim"}')"
    equal "another region's administrator knows no such user" 404 "$(ask other PUT "/users/$kim/password" '{"password":"the third of kim"}')"
    equal "nor signs the user out" 404 "$(ask other DELETE "/users/$kim/tokens")"
    equal "an administrator sets it" 204 "$(ask chief PUT "/users/$kim/password" '{"password":"the third of kim"}')"
    equal "which ends the token" 401 "$(signed_in kim)"
    log_in kim region-a kim "the third of kim"
    equal "signed in again" 403 "$(signed_in kim)"
    equal "an administrator signs the user out" 204 "$(ask chief DELETE "/users/$kim/tokens")"
    equal "at once" 401 "$(signed_in kim)"
    log_in kim region-a kim "the third of kim"
    equal "and the password is as it was" 403 "$(signed_in kim)"
    equal "no password is in the journal" 0 "$(in_journal 'of kim')"
}

facts() {
    equal "a unit" 204 "$(ask chief PUT /units/SE1-U1 '{"name":"Medicinkliniken","care_unit":"SE1-CU1","care_provider":"SE1-CP","valid_from":"1990-01-01T00:00:00Z","valid_until":"1998-01-01T00:00:00Z"}')"
    equal "a unit that ends before it began" 400 "$(ask chief PUT /units/SE1-U1 '{"name":"x","care_provider":"y","valid_from":"2000-01-01T00:00:00Z","valid_until":"1999-01-01T00:00:00Z"}')"
    equal "a succession" 201 "$(ask chief POST /successions '{"unit":"SE1-U1","successor":"SE1-U9","decided_by":"Direktionen","valid_from":"1998-01-01T00:00:00Z"}')"
    equal "raises both units" "1 2" "$(query "select version from access.fact_version where kind = 'unit' order by version" | paste -sd ' ')"
    equal "a consumer policy" 204 "$(ask chief PUT /consumer-policies '{"service":"SE5565594230-NPO","care_provider":"SE1-CP","valid_from":"2020-01-01T00:00:00Z"}')"
    equal "for a service that is known" 400 "$(ask chief PUT /consumer-policies '{"service":"SE0-NOBODY","care_provider":"SE1-CP","valid_from":"2020-01-01T00:00:00Z"}')"
    equal "a person's facts" 204 "$(ask chief PUT /persons/facts '{"person":{"number":"19121212-1212"},"protection":"none","deceased":true,"source":"local"}')"
    equal "stand under a pseudonym" 1 "$(query "select count(*) from access.person_fact where deceased and protection = 'none'")"
    equal "a link" 201 "$(ask chief POST /persons/links '{"person":{"number":"19121212-1212"},"other":{"number":"4711","source_system":"vas"},"assurance":"high","decided_by":"Arkivchefen","reason":"same record number"}')"
    equal "joins two identities" 400 "$(ask chief POST /persons/links '{"person":{"number":"19121212-1212"},"other":{"number":"191212121212"},"assurance":"high","decided_by":"x","reason":"y"}')"
    equal "which have new versions" "2 2" "$(query "select version from access.fact_version where kind = 'person' order by version" | paste -sd ' ')"
    equal "another region sees none of it" 0 "$(query "begin; set local role r7_access; select set_config('r7.tenant', '2', true); select count(*) from access.unit; commit" | tail -n 1)"
}

the_log() {
    local reviewer='{"role":"log_reviewer","purposes":["log_review"],"information_types":["log"],"analysis":"BR-2"}'
    equal "a reviewer" 201 "$(ask chief POST /users '{"login":"reviewer","name":"Reviewer","password":"a reviewer has this"}')"
    ask chief POST "/users/$(member id)/assignments" "$reviewer" >/dev/null
    log_in reviewer region-a reviewer "a reviewer has this"
    equal "has read nothing yet" 200 "$(ask reviewer POST /who-read '{"person":{"number":"19121212-1212"},"reason":"quarterly"}')"
    equal "nobody has" "[]" "$(member disclosures)"
    equal "is seen in the log" 200 "$(ask reviewer POST /who-read '{"person":{"number":"191212121212"}}')"
    equal "by name" Reviewer "$(member disclosures.0.subject_name)"
    equal "with purpose" log_review "$(member disclosures.0.purpose)"
    equal "with reason" quarterly "$(member disclosures.0.reason)"
    equal "under the other identity too" 200 "$(ask reviewer POST /who-read '{"person":{"number":"4711","source_system":"vas"}}')"
    equal "it tells of" 2 "$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["disclosures"]))' "$work/answer")"
    equal "administrators do not see the log" 403 "$(ask chief POST /who-read '{"person":{"number":"19121212-1212"}}')"
    equal "nor central ones" 403 "$(ask central POST /who-read '{"person":{"number":"19121212-1212"}}')"
    equal "what was refused is not in the log" 3 "$(query "select count(*) from access.disclosure")"
}

# A region with two administrators: what opens access widely waits for the other.
two_persons() {
    local second archivist='{"role":"archivist","purposes":["archive"],"information_types":["care"],"analysis":"BR-5"}' lena proposal directory
    local administrator='{"role":"local_administrator","purposes":["administration"],"information_types":[]}'
    equal "a second administrator, by the first alone" 201 "$(ask other POST /users '{"login":"second","name":"Second","password":"a second has this"}')"
    second=$(member id)
    equal "takes effect at once" 201 "$(ask other POST "/users/$second/assignments" "$administrator")"
    log_in second region-b second "a second has this"
    equal "a user" 201 "$(ask other POST /users '{"login":"lena","name":"Lena","password":"lena has this one"}')"
    lena=$(member id)
    equal "care staff need one person" 201 "$(ask other POST "/users/$lena/assignments" "$nurse")"
    equal "an archivist needs two" 202 "$(ask other POST "/users/$lena/assignments" "$archivist")"
    proposal=$(member proposal)
    equal "and is none yet" 0 "$(query "select count(*) from access.assignment where \"user\" = '$lena' and role = 'archivist'")"
    equal "it is listed, with who and why" "200 archivist Chief of region-b BR-5" "$(ask second GET /proposals) $(member proposals.0.fact.role) $(member proposals.0.proposer) $(member proposals.0.fact.analysis)"
    equal "who proposed it does not approve" 403 "$(ask other POST "/proposals/$proposal/approval")"
    equal "nor another region's administrator" 404 "$(ask chief POST "/proposals/$proposal/approval")"
    equal "who does not see it" "[]" "$(ask chief GET /proposals >/dev/null; member proposals)"
    equal "nor central ones" 403 "$(ask central POST "/tenants/region-b/proposals/$proposal/approval")"
    equal "the other does" 204 "$(ask second POST "/proposals/$proposal/approval")"
    equal "and it is in force from then on" t "$(query "select a.valid_from = p.decided_at from access.assignment a, access.proposal p where a.\"user\" = '$lena' and a.role = 'archivist' and p.id = '$proposal'")"
    equal "once" 404 "$(ask second POST "/proposals/$proposal/approval")"
    equal "a password of such a user needs two" 202 "$(ask other PUT "/users/$lena/password" '{"password":"another of lena"}')"
    proposal=$(member proposal)
    equal "its hash is not shown" "$lena " "$(ask second GET /proposals >/dev/null; member proposals.0.fact.user) $(member proposals.0.fact.hash)"
    log_in lena region-b lena "another of lena"
    equal "and the old one stays" 401 "$(cat "$work/status")"
    equal "refused" 204 "$(ask second DELETE "/proposals/$proposal")"
    equal "is over" 404 "$(ask second POST "/proposals/$proposal/approval")"
    equal "its hash is forgotten" f "$(query "select fact ? 'hash' from access.proposal where id = '$proposal'")"
    equal "a succession needs two" 202 "$(ask other POST /successions '{"unit":"SE2-U1","successor":"SE2-U2","decided_by":"Direktionen","valid_from":"1998-01-01T00:00:00Z"}')"
    equal "asked again waits once" "202 1" "$(ask other POST /successions '{"unit":"SE2-U1","successor":"SE2-U2","decided_by":"Direktionen","valid_from":"1998-01-01T00:00:00Z"}') $(query "select count(*) from access.proposal where kind = 'succession' and state = 'waiting' and tenant = 2")"
    equal "the day it tells stays" "204 1998-01-01 Direktionen" "$(ask second POST "/proposals/$(member proposal)/approval") $(query "select to_char(valid_from, 'YYYY-MM-DD'), decided_by from access.succession where unit = 'SE2-U1'" | tr '|' ' ')"
    equal "care providers that are to share need two" 202 "$(ask other POST /provider-agreements '{"care_provider":"SE2-CP","other_provider":"SE2-CP2","reference":"RS 1","decided_by":"Direktionen"}')"
    equal "then they share" "204 1" "$(ask second POST "/proposals/$(member proposal)/approval") $(query "select count(*) from access.provider_agreement where tenant = 2")"
    equal "a token by which the directory names people needs two" 202 "$(ask other POST /provisioning-tokens '{"name":"entra"}')"
    proposal=$(member proposal) token[directory]=$(member token) directory=$(member id)
    equal "it lets nobody in before" 401 "$(ask directory GET /scim/v2/Users)"
    equal "what is approved is not the token" "principal provisioner $directory" "$(ask second GET /proposals >/dev/null; echo "$(member proposals.0.kind) $(member proposals.0.fact.kind) $(member proposals.0.fact.subject)")"
    equal "afterwards it does" "204 200" "$(ask second POST "/proposals/$proposal/approval") $(ask directory GET /scim/v2/Users)"
    equal "one administrator alone takes it away" "204 401" "$(ask other DELETE "/provisioning-tokens/$directory") $(ask directory GET /scim/v2/Users)"
    equal "a consumer policy needs two" 202 "$(ask other PUT /consumer-policies '{"service":"SE5565594230-NPO","care_provider":"SE2-CP","valid_from":"2020-01-01T00:00:00Z"}')"
    proposal=$(member proposal)
    query "update access.proposal set proposed_at = now() - interval '40 days', expires_at = now() - interval '10 days' where id = '$proposal'"
    equal "in time" 404 "$(ask second POST "/proposals/$proposal/approval")"
    equal "who stops the other" 204 "$(ask other DELETE "/users/$second")"
    equal "is not alone by that" 202 "$(ask other POST "/users/$lena/assignments" "$administrator")"
    proposal=$(member proposal)
    equal "a central administrator lets the region go on" 204 "$(ask central POST "/tenants/region-b/proposals/$proposal/approval")"
    equal "both stand in the journal, without words" "yes 0" "$(grep -q '"change":"proposed"' "$work"/one/journal/region-b/* && grep -q '"change":"proposal_decided"' "$work"/one/journal/region-b/* && echo yes) $(cat "$work"/one/journal/region-b/* | grep -cE 'Verksamhetschefen|Direktionen|scrypt' || true)"
}

staff() {
    cat >"$work/staff.csv" <<'END'
login;name;hsa_id;role;unit;care_unit;care_provider;purposes;information_types;analysis
ann;Ann Ek;SE1-ANN;care_staff;SE1-U1;SE1-CU1;SE1-CP;care quality;care;BR-9
bertil;"Bertil ""B"" Al";;;;;;;;
queen;Queen;;queen;;;;care;care;BR-9
UPPER;Upper;;;;;;;;
short;Short
END
    password="password of region-a" r7 login --tenant region-a chief
    equal "r7 user import" 1 "$(r7 user import "$work/staff.csv"; echo $?)"
    equal "makes what can be made" 1 "$(grep -c '2 users made, 1 assignments given, 0 wait for another administrator, 0 rows there before, 3 refused' "$work/answer")"
    equal "tells the rest by line" "line 4 line 5 line 6" "$(grep -oE '^line [0-9]+' "$work/answer" | paste -sd ' ')"
    equal "and by column" 1 "$(grep -c '^line 4: role: ' "$work/answer")"
    sed -i '4,$d' "$work/staff.csv"
    equal "again changes nothing" "0 1" "$(r7 user import "$work/staff.csv"; echo $?) $(grep -c '0 users made, 0 assignments given, 0 wait for another administrator, 2 rows there before, 0 refused' "$work/answer")"
    sed -i 's/Ann Ek/Ann Al/' "$work/staff.csv"
    equal "another of the same login is told" "1 1" "$(r7 user import "$work/staff.csv"; echo $?) $(grep -c '^line 2: name: ' "$work/answer")"
    printf 'login,name,shoe\n' >"$work/staff.csv"
    equal "a column that nobody knows" 1 "$(r7 user import "$work/staff.csv"; echo $?)"
    equal "r7 proposals" "0 1" "$(r7 proposals; echo $?) $(grep -c '^0 proposals' "$work/answer")"
    equal "r7 approve" 1 "$(r7 approve "$(cat /proc/sys/kernel/random/uuid)"; echo $?)"
    equal "tells that there is none" 1 "$(grep -c 'no such proposal waits' "$work/answer")"
    equal "r7 refuse" 1 "$(r7 refuse x; echo $?)"
}

commands() {
    equal "r7 before signing in" 1 "$(r7 administer /dev/null; echo $?)"
    equal "r7 login" 0 "$(password="password of region-a" r7 login --tenant region-a chief; echo $?)"
    equal "keeps the token for its owner" 600 "$(mode "$work/.config/r7/token")"
    cat >"$work/user.json" <<'END'
{"login": "archivist", "name": "Archivist", "password": "an archivist has this", "assignments": [
 {"role": "archivist", "purposes": ["archive"], "information_types": ["care"], "analysis": "BR-3"},
 {"role": "archivist", "unit": "SE1-A", "purposes": ["archive"], "information_types": ["registry"], "analysis": "BR-4"}]}
END
    equal "r7 user add" 0 "$(r7 user add "$work/user.json"; echo $?)"
    equal "again is refused" 1 "$(r7 user add "$work/user.json"; echo $?)"
    equal "in words" 1 "$(grep -c 'login: taken already' "$work/answer")"
    cat >"$work/changes.json" <<'END'
[{"method": "PUT", "path": "/units/SE1-A", "body": {"name": "Arkivet", "care_provider": "SE1-CP", "valid_from": "2000-01-01T00:00:00Z"}},
 {"method": "PUT", "path": "/units/SE1-B", "body": {"name": "Arkivet", "care_provider": "SE1-CP"}}]
END
    equal "r7 administer stops at what is refused" 1 "$(r7 administer "$work/changes.json"; echo $?)"
    equal "and names it" 1 "$(grep -c 'valid_from: change 2, PUT /units/SE1-B' "$work/answer")"
    equal "several assignments" 1 "$(password="an archivist has this" r7 login --tenant region-a archivist; echo $?)"
    equal "are listed to choose from" 2 "$(grep -c '  archivist  ' "$work/answer")"
    equal "and one is chosen" 0 "$(password="an archivist has this" r7 login --tenant region-a --assignment "$(awk '/SE1-A/ {print $1}' "$work/answer")" archivist; echo $?)"
    equal "r7 login --print" 1 "$(password="first password of all" r7 login --tenant central --print admin; grep -cE '^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$' "$work/answer")"
    password="first password of all" r7 login --tenant central admin
    region region-c >"$work/region.json"
    equal "r7 tenant add" 0 "$(r7 tenant add "$work/region.json"; echo $?)"
    equal "again" "region-c was connected before" "$(r7 tenant add "$work/region.json"; cat "$work/answer")"
    region region-d | sed 's/}}$/},"second_administrator":{"login":"deputy","name":"Deputy","password":"password of deputy"},"provisioners":[{"name":"entra","certificate":"entra.region-d.se"}]}/' >"$work/whole.json"
    equal "a region with two administrators and its directory" 0 "$(r7 tenant add "$work/whole.json"; echo $?)"
    equal "which is let in" provisioner "$(query "select kind from access.principal where subject = 'entra.region-d.se'")"
    log_in first region-d chief "password of region-d"
    log_in deputy region-d deputy "password of deputy"
    equal "both sign in" local_administrator "$(member assignment.role)"
    equal "and the rule of two persons holds from the first day" 202 "$(ask first POST /successions '{"unit":"SE4-U1","successor":"SE4-U2","decided_by":"Direktionen","valid_from":"1998-01-01T00:00:00Z"}')"
    equal "also what the central administrators cannot do" 403 "$(ask central POST "/tenants/region-d/proposals/$(member proposal)/approval")"
    equal "two of one login" 400 "$(ask central POST /tenants '{"name":"region-e","title":"E","administrator":{"login":"a1","name":"A","password":"password of this"},"second_administrator":{"login":"a1","name":"B","password":"password of this"}}')"
}

kafka() {
    if [ -z "${R7_KAFKA_BOOTSTRAP-}" ]; then
        echo "left out: r7 topics and r7 system, because R7_KAFKA_BOOTSTRAP is not set"
        return
    fi
    equal "r7 topics" 0 "$(r7 topics; echo $?)"
    equal "again" 0 "$(r7 topics; echo $?)"
    sed 's/}$/,"systems":[{"name":"vas","logical_address":"SE3-VAS","processor_agreement":true}]}/' "$work/region.json" >"$work/systems.json"
    equal "a region with systems" 0 "$(r7 tenant add "$work/systems.json"; echo $?)"
    equal "r7 system add" 0 "$(r7 system add region-c lab; echo $?)"
    equal "lets both in" "lab vas" "$(query "select name from access.principal where tenant = 3 order by name" | paste -sd ' ')"
    equal "under the address" t "$(query "select processor_agreement from access.logical_address where address = 'SE3-VAS'")"
    equal "with their topics" 6 "$(kcat -L -b "$R7_KAFKA_BOOTSTRAP" -X security.protocol=ssl -X ssl.ca.location="$R7_KAFKA_CA" \
        -X ssl.certificate.location="$R7_KAFKA_CERT" -X ssl.key.location="$R7_KAFKA_KEY" 2>/dev/null | grep -cE 'topic "(deliveries|receipts)[.]region-c[.](vas|lab)')"
}

hygiene() {
    equal "no number in a log" 0 "$(cat "$work"/*.log | grep -cE '1212121212|121212-1212' || true)"
    equal "nor in the journal" 0 "$(in_journal '1212121212|121212-1212|Nurse|Chief')"
    equal "the journal tells of every change" yes "$(grep -q '"change":"person_link"' "$work"/one/journal/region-a/* && grep -q '"change":"tenant"' "$work"/one/journal/region-b/* && echo yes)"
    for _ in {1..10}; do log_in wrong region-a chief "a wrong password"; done
    log_in wrong region-a chief "a wrong password"
    equal "after ten tries an account waits" 429 "$(cat "$work/status")"
    log_in wrong region-a chief "password of region-a"
    equal "for the right password too" 429 "$(cat "$work/status")"
    for _ in {1..11}; do log_in wrong region-a no-such-login "a wrong password"; done
    equal "and so does one that does not exist" 429 "$(cat "$work/status")"
    log_in chief region-b chief "password of region-b"
    equal "others do not wait" 200 "$(cat "$work/status")"
    equal "a body too large" 413 "$(ask nobody POST /login "{\"tenant\":\"$(printf 'x%.0s' {1..5000})\"}")"
    equal "no JSON" 400 "$(ask nobody POST /login 'hello')"
}

own_database access
printf 'first password of all\n' >"$work/admin-password"
room keys
room access
answers "https://127.0.0.1:${port[access]}/jwks"
answers "https://127.0.0.1:${port[keys]}/"
keys_of_regions
signing_in
regions
people
passwords
facts
the_log
commands
staff
analysis_rules
two_persons
kafka
hygiene
tell
