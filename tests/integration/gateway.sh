#!/usr/bin/env bash
# Rooms gateway and keys as processes, over TLS, around a throw-away PostgreSQL and a vault written by age and Python:
# GetCareDocumentation, faults, who is let in, what is logged. Ends with "N passed, N failed".
#
#   tests/integration/gateway.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
contracts=$top/../shared/rivta
ports keys gateway
gateway=https://127.0.0.1:${port[gateway]}
address=SE2321000016-A001
patient=191212121212

# --- asking ----------------------------------------------------------------------------------------
envelope() {
    echo "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><a:LogicalAddress
 xmlns:a='urn:riv:itintegration:registry:1'>$1</a:LogicalAddress></s:Header><s:Body>$2</s:Body></s:Envelope>"
}

# question PATIENT [MORE]
question() {
    echo "<g:GetCareDocumentation xmlns:g='urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3'
 xmlns:c='urn:riv:clinicalprocess:healthcond:description:3'><g:patientId><c:root>1.2.752.129.2.1.3.1</c:root>
<c:extension>$1</c:extension></g:patientId>${2-}</g:GetCareDocumentation>"
}

# call BODY [CURL ARGUMENT...]: the status; the answer lies in $work/answer.
call() {
    local body=$1
    shift
    curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$R7_VAR/keys/npo.crt" --key "$R7_VAR/keys/npo.key" -o "$work/answer" \
        -w '%{http_code}' -H 'Content-Type: text/xml; charset=UTF-8' --data-binary "$body" "$@"
}

# ids: the records of the answer, in order.
ids() {
    { grep -oE '<c:record><c:id><c:root>[^<]+' "$work/answer" || true; } | sed 's/.*>//' | paste -sd ' '
}

has() {
    grep -qF "$1" "$work/answer" && echo yes || echo no
}

fault() {
    sed -n 's/.*<faultcode>[^:]*:\([A-Za-z]*\)<.*/\1/p' "$work/answer"
}

# --- checks ----------------------------------------------------------------------------------------
care_documentation() {
    local body
    body=$(envelope $address "$(question $patient)")
    equal "care documentation" 200 "$(call "$body" "$gateway/clinicalprocess/healthcond/description/GetCareDocumentation/3/rivtabp21" -D "$work/headers")"
    equal "of both identities, newest first; nothing that must not come" "note-1 gcd-1 note-2 scan-1 scan-1/2" "$(ids)"
    equal "as text/xml" yes "$(grep -qi '^content-type: text/xml; charset=UTF-8' "$work/headers" && echo yes)"
    equal "with content in UTF-8" yes "$(has 'Besök. åäö')"
    equal "delivered XML as it was" yes "$(has 'Från källan: &lt;åäö&gt; &amp; mer')"
    equal "a record names the number it was stored under" 2 "$(grep -o 191212721219 "$work/answer" | wc -l)"
    equal "a scan and its second page as attachments" 2 "$(grep -o '<c:multimediaEntry>' "$work/answer" | wc -l)"
    equal "what the patient may not see is sent with its flag" 2 "$(grep -o '<c:approvedForPatient>false' "$work/answer" | wc -l)"
    equal "the source system is the one asked" yes "$(has "<c:extension>$address</c:extension></c:sourceSystemId>")"
    equal "on any path" 200 "$(call "$body" "$gateway/any/path")"
    equal "asked by the former number" 200 "$(call "${body/$patient/191212721219}" "$gateway/")"
    equal "the same records" "note-1 gcd-1 note-2 scan-1 scan-1/2" "$(ids)"
    equal "a period" 200 "$(call "$(envelope $address "$(question $patient '<g:datePeriod><c:start>20180101</c:start><c:end>20190202</c:end></g:datePeriod>')")" "$gateway/")"
    equal "has its records" "gcd-1 note-2" "$(ids)"
    equal "an unknown patient" 200 "$(call "$(envelope $address "$(question 191212721219x)")" "$gateway/")"
    equal "has an empty answer" "" "$(ids)"
    equal "that is OK" yes "$(has '<c:resultCode>OK')"
    equal "200 notes" 200 "$(call "$(envelope $address "$(question 191212121213)")" "$gateway/")"
    equal "all of them" 200 "$(ids | wc -w)"
    equal "another system than the address" 200 "$(call "$(envelope $address "$(question $patient "<g:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE1-X</c:extension></g:sourceSystemId>")")" "$gateway/")"
    equal "is an ERROR in the answer" yes "$(has '<c:resultCode>ERROR')"
}

spread() {
    equal "notes in 200 packages" 200 "$(call "$(envelope $address "$(question 191212121214)")" "$gateway/")"
    equal "all of them" 200 "$(ids | wc -w)"
    equal "with the content of each" 200 "$(grep -oE 'Ensam [0-9]+\.' "$work/answer" | sort -u | wc -l)"
    equal "a log of keys with a row for some thirty packages each" t \
        "$(query "select count(*) < 12 from keys.use where room = 'gateway' and cardinality(keys) > 20")"
}

damaged() {
    equal "files that are damaged or gone" 200 "$(call "$(envelope $address "$(question 191212121215)")" "$gateway/")"
    equal "leave no record out" "good bad bad/2 gone" "$(ids)"
    equal "nor what can be read" yes "$(has 'Hel.')"
    equal "the others say so" 3 "$(grep -o 'kan inte läsas i arkivet. Felet' "$work/answer" | wc -l)"
    equal "and so does the result" yes "$(has '<c:resultCode>INFO</c:resultCode><c:resultText>3 dokument')"
    equal "operators are told of each" 3 "$(grep -c '"level":"error".*a record is shown without its content' "$work/gateway.log")"
}

addresses() {
    equal "another region's address" 200 "$(call "$(envelope SE2321000024-B001 "$(question $patient)")" "$gateway/")"
    equal "has that region's records only" b-1 "$(ids)"
    equal "an address without a processor agreement" 200 "$(call "$(envelope SE2321000016-A002 "$(question $patient)")" "$gateway/")"
    equal "has nothing to show" "" "$(ids)"
    equal "an address that is not served" 500 "$(call "$(envelope SE0000000000-X "$(question $patient)")" "$gateway/")"
    equal "is the caller's fault" Client "$(fault)"
    equal "an address whose time is over" 500 "$(call "$(envelope SE2321000016-A003 "$(question $patient)")" "$gateway/")"
}

# patients_from TIME: 1177's policy of region A.
patients_from() {
    query "update gateway.consumer_policy set approved_for_patient_from = $1 where service = 'SE5565594230-1177'"
}

as_1177() {
    call "$(envelope $address "$(question $patient)")" -H 'x-rivta-original-serviceconsumer-hsaid: SE5565594230-1177' "$gateway/"
}

consumers() {
    local body
    body=$(envelope $address "$(question $patient)")
    equal "a consumer for patients, before the region has decided" 200 "$(as_1177)"
    equal "sees nothing" "" "$(ids)"
    equal "and no fault" yes "$(has '<c:resultCode>OK')"
    patients_from "now() + interval '1 hour'"
    equal "before the day" 200 "$(as_1177)"
    equal "nothing" "" "$(ids)"
    patients_from "now() - interval '1 hour'"
    equal "after it, for the one unit it is accepted for" 200 "$(as_1177)"
    equal "that unit, whatever approvedForPatient says of a record" "scan-1 scan-1/2" "$(ids)"
    equal "logged as the patient's own reading" patient \
        "$(query "select distinct purpose from access.disclosure where subject = 'SE5565594230-1177'")"
    equal "while care sees all units" 200 "$(call "$body" "$gateway/")"
    equal "as before" "note-1 gcd-1 note-2 scan-1 scan-1/2" "$(ids)"
    equal "one that is not accepted" 200 "$(call "$body" -H 'x-rivta-original-serviceconsumer-hsaid: SE1-NOBODY' "$gateway/")"
    equal "sees nothing" "" "$(ids)"
    equal "and no fault" yes "$(has '<c:resultCode>OK')"
}

# of_unit UNIT: what the person of old units has there.
of_unit() {
    local body
    body=$(question 191212121216)
    body=${body/<g:patientId>/<g:careUnit><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>$1</c:extension></g:careUnit><g:patientId>}
    call "$(envelope $address "$body")" "$gateway/" >"$work/status"
    ids
}

# A code is told of by the unit that it meant then, where the delivery named none; what it named stays.
units() {
    local provider=SE2321000016-10A1
    equal "records of units that are no more" 200 "$(call "$(envelope $address "$(question 191212121216)")" "$gateway/")"
    equal "those whose care provider is known, by themselves or by their unit" "later-code by-code as-delivered" "$(ids)"
    equal "each names its care unit" "${provider}5 ${provider}4 ${provider}7" \
        "$(grep -oE '<c:accountableCareUnit><c:root>[^<]*</c:root><c:extension>[^<]*' "$work/answer" | sed 's/.*>//' | paste -sd ' ')"
    equal "and its care provider" 3 "$(grep -oE "<c:accountableHealthcareProvider><c:root>[^<]*</c:root><c:extension>$provider<" "$work/answer" | wc -l)"
    equal "asked for by the unit of then" by-code "$(of_unit "${provider}4")"
    equal "by the unit as delivered" as-delivered "$(of_unit "${provider}7")"
    equal "by the one that has the code now" later-code "$(of_unit "${provider}5")"
    equal "by the successor" by-code "$(of_unit "${provider}6")"
    query "update access.succession set valid_until = '2021-01-01'"
    equal "whose decision is over" "" "$(of_unit "${provider}6")"
    query "update access.unit_code set withdrawn = true where unit = '${provider}4'"
    equal "a code that was wrong places nothing" "" "$(of_unit "${provider}4")"
}

faults() {
    local body log_id
    body=$(envelope $address "$(question $patient)")
    equal "no XML" 500 "$(call 'hello' "$gateway/")"
    equal "is a Client fault" Client "$(fault)"
    equal "with a log id" 1 "$(grep -cE '<logId>[0-9a-f-]{36}</logId>' "$work/answer")"
    equal "an empty message" 500 "$(call '' "$gateway/x")"
    equal "a contract that is not ours" 500 "$(call "$(envelope $address '<x xmlns="urn:x"/>')" "$gateway/")"
    equal "is a Client fault" Client "$(fault)"
    equal "no LogicalAddress" 500 "$(call "${body//LogicalAddress/Else}" "$gateway/")"
    equal "no patient" 500 "$(call "${body//patientId/patient}" "$gateway/")"
    log_id=$(grep -oE '[0-9a-f-]{36}' "$work/answer" | head -n 1)
    equal "whose log id is in the log" yes "$(grep -q "$log_id" "$work/gateway.log" && echo yes)"
    equal "SOAP 1.2" 500 "$(call "${body//schemas.xmlsoap.org\/soap\/envelope\//www.w3.org\/2003\/05\/soap-envelope}" "$gateway/")"
    equal "is another version" VersionMismatch "$(fault)"
    equal "a DOCTYPE" 500 "$(call "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>$body" "$gateway/")"
    head -c 3000000 /dev/zero | tr '\0' ' ' >"$work/large"
    equal "three megabytes" 500 "$(call "@$work/large" "$gateway/")"
    equal "are a Client fault" Client "$(fault)"
    equal "GET" 500 "$(curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$R7_VAR/keys/npo.crt" --key "$R7_VAR/keys/npo.key" -o "$work/answer" -w '%{http_code}' "$gateway/?wsdl")"
    equal "is a fault too" Client "$(fault)"
    equal "in ASCII" 0 "$(LC_ALL=C grep -c '[^ -~]' "$work/answer" || true)"
}

callers() {
    local body none=(curl -s --cacert "$R7_VAR/keys/ca.crt" -o "$work/answer" -w '%{http_code}')
    body=$(envelope $address "$(question $patient)")
    equal "no certificate" 500 "$("${none[@]}" --data-binary "$body" "$gateway/")"
    equal "is a Client fault" Client "$(fault)"
    equal "a room's certificate" 500 "$("${none[@]}" --cert "$R7_VAR/keys/room-keys.crt" --key "$R7_VAR/keys/room-keys.key" --data-binary "$body" "$gateway/")"
    equal "is a Client fault" Client "$(fault)"
    query "update access.principal set revoked = true where subject = 'SE5565594230-NPO'"
    equal "a revoked service" 500 "$(call "$body" "$gateway/")"
    equal "is a Client fault" Client "$(fault)"
    query "update access.principal set revoked = false, valid_until = '2021-01-01' where subject = 'SE5565594230-NPO'"
    equal "a service whose time is over" 500 "$(call "$body" "$gateway/")"
    query "update access.principal set valid_until = null where subject = 'SE5565594230-NPO'"
    equal "let in again" 200 "$(call "$body" "$gateway/")"
}

the_log() {
    query "delete from access.disclosure"
    call "$(envelope $address "$(question $patient)")" -H 'x-skltp-correlation-id: CALL-4711' \
        -H 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' "$gateway/" >/dev/null
    equal "a row for each identity" "2 2" "$(query "select records from access.disclosure order by records, id" | paste -sd ' ')"
    equal "by the service, for care" "national_service SE5565594230-NPO answered_national_service care" \
        "$(query "select distinct subject_kind || ' ' || subject || ' ' || action || ' ' || purpose from access.disclosure")"
    equal "with why" national_service "$(query "select distinct reasons from access.disclosure")"
    equal "and the platform's word for the call" CALL-4711 "$(query "select distinct what ->> 'correlation' from access.disclosure")"
    equal "and the caller's trace" 4bf92f3577b34da6a3ce929d0e0e4736 "$(query "select distinct trace from access.disclosure")"
    equal "which is in our log too" yes "$(grep -q CALL-4711 "$work/gateway.log" && echo yes)"
    call "$(envelope $address "$(question $patient)")" -H 'traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01' "$gateway/" >/dev/null
    equal "one without a trace begins its own" 1 "$(query "select count(distinct trace) from access.disclosure where trace = replace(request::text, '-', '')")"
    query "delete from access.disclosure"
    call "$(envelope $address "$(question 191212721219x)")" "$gateway/" >/dev/null
    equal "what was not shown is not disclosed" 0 "$(query "select count(*) from access.disclosure")"
    query "revoke insert on access.disclosure from r7_gateway"
    for i in id tenant subject_kind subject subject_name assignment role unit care_provider person action purpose records what reasons obligations reason request trace salt; do
        query "revoke insert ($i) on access.disclosure from r7_gateway"
    done
    equal "what cannot be logged" 500 "$(call "$(envelope $address "$(question $patient)")" "$gateway/")"
    equal "is not shown" no "$(has 'Besök')"
    equal "it is our fault" Server "$(fault)"
    query "grant insert on access.disclosure to r7_gateway"
}

ping() {
    local body
    body=$(envelope anything "<p:PingForConfiguration xmlns:p='urn:riv:itintegration:monitoring:PingForConfigurationResponder:1'><p:serviceContractNamespace>x</p:serviceContractNamespace><p:logicalAddress>y</p:logicalAddress></p:PingForConfiguration>")
    equal "ping" 200 "$(call "$body" "$gateway/itintegration/monitoring/PingForConfiguration/1/rivtabp21")"
    equal "tells of the contract" yes "$(has 'GetCareDocumentation 3')"
}

many() {
    local i body
    body=$(envelope $address "$(question $patient)")
    call "$body" "$gateway/1" "$gateway/2" "$gateway/3" -o "$work/answer2" -o "$work/answer3" -w '%{num_connects} ' >"$work/connects"
    equal "a connection is kept" "1 0 0 " "$(cat "$work/connects")"
    for i in {1..16}; do
        (for _ in 1 2 3 4 5; do
            curl -s --cacert "$R7_VAR/keys/ca.crt" --cert "$R7_VAR/keys/npo.crt" --key "$R7_VAR/keys/npo.key" \
                -H 'Content-Type: text/xml' --data-binary "$([ $((i % 2)) = 0 ] && echo "$body" || envelope SE2321000024-B001 "$(question $patient)")" "$gateway/"
        done >"$work/parallel-$i") &
        eval "client_$i=$!"
    done
    for i in {1..16}; do eval "wait \$client_$i" || true; done
    equal "16 clients at once, region A" 40 "$(cat "$work"/parallel-{2,4,6,8,10,12,14,16} | grep -o '<c:root>note-1<' | wc -l)"
    equal "and region B" 40 "$(cat "$work"/parallel-{1,3,5,7,9,11,13,15} | grep -o '<c:root>b-1<' | wc -l)"
    equal "nothing mixed" 0 "$(cat "$work"/parallel-{1,3,5,7,9,11,13,15} | grep -c '<c:root>note-1<' || true)"
}

by_zeep() {
    local rules=$contracts/clinicalprocess.healthcond.description/3.0.5/schematron/GetCareDocumentation_response_constraints.xml
    local zeep=("$top/tests/system/gateway_zeep.py" --url "$gateway" --rivta "$contracts" --cert "$R7_VAR/keys/npo.crt"
        --key "$R7_VAR/keys/npo.key" --ca "$R7_VAR/keys/ca.crt" --consumer SE5565594230-NPO)
    if [ ! -d "$contracts" ]; then
        left_out "zeep and Schematron: ../shared/rivta is not there"
        return
    fi
    "${zeep[@]}" --address $address --patient $patient --save "$work/saved" >"$work/zeep" 2>&1 || true
    equal "zeep reads the official WSDL and our answer" "OK, 5 records" "$(tail -n 1 "$work/zeep")"
    "${zeep[@]}" --address $address --patient 191212121213 --save "$work/crowd" >"$work/zeep" 2>&1 || true
    equal "and 200 notes" "OK, 200 records" "$(tail -n 1 "$work/zeep")"
    check "the answers are valid by the contract's schema" xmllint --noout --huge --schema \
        "$contracts/clinicalprocess.healthcond.description/3.0.5/interactions/GetCareDocumentationInteraction/GetCareDocumentationResponder_3.0.xsd" \
        "$work"/saved/body-*.xml "$work"/crowd/body-*.xml
    "${zeep[@]}" --address $address --ping urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3 --save "$work/ping" >"$work/zeep" 2>&1 || true
    equal "zeep pings by the official WSDL" yes "$(grep -q '^version [0-9].*, 20[0-9]*$' "$work/zeep" && echo yes || cat "$work/zeep")"
    check "and the answer is valid by its schema" xmllint --noout --schema \
        "$contracts/itintegration.monitoring/1.0/interactions/PingForConfigurationInteraction/PingForConfigurationResponder_1.0.xsd" "$work"/ping/body-*.xml
    "${zeep[@]}" --address SE0000000000-X --patient $patient >"$work/zeep" 2>&1 || true
    equal "and a fault" 1 "$(grep -c '^fault .*LogicalAddress' "$work/zeep")"
    if [ -r /usr/share/java/Saxon-HE.jar ]; then
        check "Schematron" "$top/tests/tools/schematron.sh" "$rules" "$work"/saved/answer-*.xml "$work"/crowd/answer-*.xml
    else
        left_out "Schematron: needs libsaxonhe-java"
    fi
}

hygiene() {
    equal "no number in a log" 0 "$(cat "$work"/{gateway,keys}.log | grep -cE '1212121212|121272121' || true)"
    equal "no bug in a log" 0 "$(cat "$work"/{gateway,keys}.log | grep -c '"code":"bug"' || true)"
}

own_database gateway
mkdir "$work/one"
"$top/tests/integration/gateway_rows.py" "$work/one" "$work/keys" >"$work/rows.sql"
sql "$migrate" -f "$work/rows.sql"
room keys
room gateway R7_HTTP_WORKERS=4
answers "https://127.0.0.1:${port[keys]}/"
answers "$gateway/"
care_documentation
spread
damaged
addresses
consumers
units
faults
callers
the_log
ping
many
by_zeep
hygiene
tell
