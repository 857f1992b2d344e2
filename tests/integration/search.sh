#!/usr/bin/env bash
# Room search with rooms access and keys as processes around a throw-away PostgreSQL and a package in a vault: who finds what,
# what is logged before it is shown, content by range, export byte for byte. Ends with "N passed, N failed".
#
#   tests/integration/search.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
cp_a=SE2321000016-CP1 cp_b=SE2321000016-CP2 # two care providers of one region
person=191212121212                         # Skatteverket's test series

# find WHO TYPE JSON: status and the ids of what was found.
find() {
    local status
    status=$(ask "$1" POST "$search/search/$2" "$3")
    echo "$status $(member '" ".join(sorted(r["fields"].get("source_id") or r["fields"].get("title") for r in a["records"]))')"
}

# key ID: the record's key in the API.
key() {
    sql "$migrate" -c "select package || '-' || shard || '-' || part || '-' || number from indexing.record where source_id = '$1' order by part limit 1"
}

new_id() {
    cat /proc/sys/kernel/random/uuid
}

disclosures() {
    sql "$migrate" -c "select count(*) from access.disclosure where $1"
}

# --- who ------------------------------------------------------------------------------------------
people() {
    region region-a chief-region-a
    region region-b chief-region-b
    sign_in nurse care_staff UNIT-1 $cp_a care
    sign_in doctor care_staff UNIT-9 $cp_a "care quality"
    sign_in stranger care_staff UNIT-7 $cp_b care
    sign_in registrar registrar REG-1 REGION-A registry registry
    sign_in archivist archivist ARK-1 REGION-A archive "care registry"
    of_region=region-b sign_in other care_staff UNIT-1 $cp_a care
    of_region=region-b sign_in other-archivist archivist ARK-1 REGION-B archive "care registry"
}

# --- what ------------------------------------------------------------------------------------------
# record ID NAME=VALUE...: a row of the index, beside what is alike in all.
number=0
record() {
    local id=$1 pair
    local -A row=([package]="$package" [person]="$pseudonym" [type]=care [category]=voo [status]=signed [archive_creator]=Region
        [source_system]=SE1-VAS [source_id]="$id" [title]="$id" [care_provider]=$cp_a [care_unit]=UNIT-1 [unit_id]=UNIT-1
        [unit_name]='Medicinkliniken' [occurred_at]="1998-05-$((10 + number % 20))T10:00:00Z" [number]=$number [part]=0 [content_hmac]="$(new_id)" [tenant]=1)
    shift
    for pair in "$@"; do row[${pair%%=*}]=${pair#*=}; done
    number=$((number + 1))
    local columns values
    columns=$(printf ', "%s"' "${!row[@]}")
    values=$(for value in "${row[@]}"; do [ "$value" = null ] && printf ', null' || printf ", '%s'" "${value//\'/\'\'}"; done)
    echo "insert into indexing.record (shard${columns}) values (('x' || substr(replace('${row[person]}', '-', ''), 1, 4))::bit(16)::int >> 6$values);"
}

package_file() {
    python3 - "$1" <<'END'
import random, sys, zipfile
random.seed(7)
text = " ".join(random.choice(["patienten", "mår", "bättre", "idag", "än", "igår"]) for _ in range(700000)).encode()
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("p/data/note.txt", "Först en anteckning. Sedan en till.", zipfile.ZIP_DEFLATED)
    z.writestr("p/data/19121212-1212 sida 2.pdf", b"%PDF-1.4 second page", zipfile.ZIP_STORED)
    z.writestr("p/data/large.txt", text, zipfile.ZIP_DEFLATED)
    z.writestr("p/data/filler.bin", bytes(random.getrandbits(8) for _ in range(1000)) * 70000, zipfile.ZIP_STORED)
    z.writestr("p/data/last.txt", "Sist i paketet", zipfile.ZIP_STORED)
open(sys.argv[1] + ".large", "wb").write(text)
END
}

region_data() {
    local again hidden recipients
    package_file "$work/package.zip"
    recipients=("$(cat "$work/keys/tenants/region-a/region.recipient")" "$(age-keygen -y "$work/keys/tenants/region-a/service.identity")")
    package=$(new_id) again=$(new_id) hidden=$(new_id)
    pseudonym=$(pseudonym $person)
    reserve=$(pseudonym R4711)
    protected=$(pseudonym R1001)
    {
        echo "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
              values (1, 'care-1', 'vas', 'VAS', 'care', 'files', 'Region', '$cp_a', 'SE1-VAS');"
        "$build/integration/search_fixture" package "$work/one" region-a "$package" care-1 "$work/package.zip" "${recipients[@]}"
        for each in "$again" "$hidden"; do
            echo "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at,
                  validated_at, accepted_at, stored_at) values ('$each', 1, 'vas', '$each', 'care-1', '$each', 'package', 'NEW', 1, sha256('$each'),
                  now(), now(), $([ "$each" = "$hidden" ] && echo null || echo "now()"), now());"
        done
        record n1 path=p/data/note.txt "attachments={p/data/19121212-1212 sida 2.pdf}" content_hmac=00112233-4455-6677-8899-aabbccddeeff
        record n1 package="$again" content_hmac=00112233-4455-6677-8899-aabbccddeeff path=p/data/note.txt
        record n2 version=1 title='first version'
        record n2 version=2 title='second version' predecessor=n2
        record n3 status=nullified
        record n4 predecessor=n5
        record n5
        record other-unit care_unit=UNIT-2 unit_id=UNIT-2 unit_name='Kirurgkliniken' path=p/data/last.txt
        record old-unit care_unit=UNIT-0 unit_id=UNIT-0
        record other-provider care_provider=$cp_b care_unit=UNIT-7 unit_id=UNIT-7 path=p/data/last.txt
        record blocked care_unit=UNIT-3 unit_id=UNIT-3
        record linked person="$reserve"
        record not-accepted package="$hidden"
        record piece path=p/data/note.txt offset=7 length=14
        record large path=p/data/large.txt
        record last path=p/data/last.txt
        record bare driver=p/data/note.txt row_offset=0 row_length=6
        record nothing
        record secret person="$protected"
        record case-1 type=registry person="$package" category=case reference='RS 2019-114' title='Ombyggnad av vårdcentral' responsible_authority=REGION-A \
            care_provider=null occurred_at=2019-03-01T00:00:00Z
        record case-2 type=registry person="$package" category=case reference='RS 2020-7' title='Upphandling av bilar' responsible_authority=REGION-A \
            care_provider=null occurred_at=2020-03-01T00:00:00Z
        record case-3 type=registry person="$package" category=case reference='KS 2019-114' title='En annan myndighet' responsible_authority=REGION-X \
            care_provider=null occurred_at=2019-04-01T00:00:00Z
        echo "update indexing.record set words = to_tsvector('swedish', title) where type = 'registry';"
    } | sql "$migrate" -f - >"$work/rows.log"
    ask chief-region-a POST "$access/persons/links" "{\"person\":{\"number\":\"$person\"},\"other\":{\"number\":\"R4711\",\"source_system\":\"vas\"},\"assurance\":\"high\",\"decided_by\":\"Arkivchefen\",\"reason\":\"samma person\"}" >/dev/null
    ask chief-region-a PUT "$access/persons/facts" '{"person":{"number":"R1001","source_system":"vas"},"protection":"protected","deceased":false,"source":"local"}' >/dev/null
    ask chief-region-a POST "$access/successions" '{"unit":"UNIT-0","successor":"UNIT-1","decided_by":"Direktionen","valid_from":"1999-01-01T00:00:00Z"}' >/dev/null
    ask chief-region-a POST "$access/blocks" "{\"person\":{\"number\":\"$person\"},\"outer\":false,\"care_provider\":\"$cp_a\",\"care_unit\":\"UNIT-3\",\"source\":\"vas\",\"source_id\":\"4711\"}" >/dev/null
    ask chief-region-a PUT "$access/block-sources/SE1-VAS" '{"complete":true,"decided_by":"Arkivchefen"}' >/dev/null
}

# --- checks ----------------------------------------------------------------------------------------
by_person="{\"person\":{\"number\":\"$person\"}}"
finding() {
    equal "own unit, its predecessor, both identities, latest versions" \
        "200 bare large last linked n1 n2 n4 nothing old-unit piece" "$(sources nurse "$by_person")"
    equal "each row once" 10 "$(member 'a["count"]')"
    equal "counted exactly" True "$(member 'a["exact"]')"
    equal "another unit is a number" "1 other_units" "$(member 'a["other_units"], a["needs"]' | tr -d "(',)")"
    equal "a block is told, not what it hides" True "$(member 'a["blocked"]')"
    equal "nothing of another provider" 0 "$(grep -c "$cp_b\|UNIT-2\|UNIT-3" "$work/answer")"
    equal "the search is logged, with its person" 1 "$(disclosures "action = 'searched' and person = '$pseudonym' and records = 10 and subject_name = 'nurse'")"
    equal "with keys and filters, never values" '["person"]' "$(sql "$migrate" -c "select what->'filters' from access.disclosure where action = 'searched'")"
    equal "history shows every version" "200 bare large last linked n1 n2 n2 n3 n4 n5 nothing old-unit piece" \
        "$(sources nurse "{\"person\":{\"number\":\"$person\"},\"history\":true}")"
    equal "a choice needs a reason" "1 reason_needed" "$(ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"other_units\":true}" >/dev/null; member 'a["other_units"], a["needs"]' | tr -d "(',)")"
    equal "with one they are opened" 1 "$(sources nurse "{\"person\":{\"number\":\"$person\"},\"other_units\":true,\"reason\":\"jourfall\"}" | grep -c other-unit)"
    equal "which is logged for itself" "1 jourfall" "$(sql "$migrate" -c "select records || ' ' || reason from access.disclosure where action = 'opened_other_units'")"
    equal "the other identity finds the same" "200 bare large last linked n1 n2 n4 nothing old-unit piece" \
        "$(sources nurse '{"person":{"number":"R4711","type":"local:vas"}}')"
    equal "by period" "200 n1" "$(sources nurse "{\"person\":{\"number\":\"$person\"},\"from\":\"1998-05-10T00:00:00Z\",\"to\":\"1998-05-11T23:00:00Z\"}")"
    equal "by unit" "200 old-unit" "$(sources nurse "{\"person\":{\"number\":\"$person\"},\"unit\":\"UNIT-0\"}")"
    equal "by category" "200 " "$(sources nurse "{\"person\":{\"number\":\"$person\"},\"category\":\"dia\"}")"
    equal "a search without hits is logged too" 1 "$(disclosures "records = 0 and what->'filters' = '[\"person\", \"category\"]'")"
    equal "another provider's staff see their own" "200 other-provider" "$(sources stranger "$by_person")"
    equal "another region nothing" "200 " "$(sources other "$by_person")"
    equal "an archivist all" 13 "$(ask archivist POST "$search/search/care" "$by_person" >/dev/null; member 'a["count"]')"
}

# sources WHO JSON: status and source ids, which care shows with the record only: from the keys.
sources() {
    local status
    status=$(ask "$1" POST "$search/search/care" "$2")
    echo "$status $(sql "$migrate" -v keys="$(member '" ".join(r["record"] for r in a["records"])')" -f - <<'END' | paste -sd ' '
select source_id from indexing.record where package || '-' || shard || '-' || part || '-' || number = any(string_to_array(:'keys', ' ')) order by 1;
END
)"
}

pages() {
    local after='' all='' status i
    for i in {1..6}; do
        status=$(ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"limit\":4${after:+,\"after\":\"$after\"}}")
        [ "$status" = 200 ] || break
        all+=" $(member '" ".join(r["occurred_at"][8:10] for r in a["records"])')"
        after=$(member 'a.get("next", "")')
        [ -n "$after" ] || break
    done
    equal "three pages" 3 "$i"
    equal "latest first, each once" "$(tr ' ' '\n' <<<"$all" | sed '/^$/d' | sort -r | paste -sd ' ')" "$(xargs <<<"$all")"
    equal "none left out" 10 "$(wc -w <<<"$all")"
    equal "later pages are listed" 2 "$(disclosures "action = 'listed'")"
    equal "a wrong cursor" "400 after" "$(ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"after\":\"0011\"}") $(member 'a["field"]')"
}

refusals() {
    local rows
    rows=$(disclosures true)
    equal "no token" 401 "$(ask nobody POST "$search/search/care" "$by_person")"
    equal "a role without content" "403 role_sees_no_content" "$(ask chief-region-a POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"purpose\":\"care\"}") $(member 'a["rule"].split(",")[0]')"
    equal "a registrar and care" 403 "$(ask registrar POST "$search/search/care" "$by_person")"
    equal "with the reason in words" yes "$(member '"yes" if "does not cover" in a["detail"] else a["detail"]')"
    equal "several purposes: which" "400 purpose" "$(ask doctor POST "$search/search/care" "$by_person") $(member 'a["field"]')"
    equal "a purpose outside the assignment" 403 "$(ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"purpose\":\"archive\"}")"
    equal "ten digits" "400 person.number" "$(ask nurse POST "$search/search/care" '{"person":{"number":"121212-1212"}}') $(member 'a["field"]')"
    equal "a number of no type" "400 person.number" "$(ask nurse POST "$search/search/care" '{"person":{"number":"R4711"}}') $(member 'a["field"]')"
    equal "care without a person" "400 person" "$(ask nurse POST "$search/search/care" '{"reference":"x"}') $(member 'a["field"]')"
    equal "care by text" "400 text" "$(ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"text\":\"x\"}") $(member 'a["field"]')"
    equal "an unknown member" 400 "$(ask nurse POST "$search/search/care" '{"everything":true}')"
    equal "an unknown type" 404 "$(ask nurse POST "$search/search/gossip" "$by_person")"
    equal "too many at once" 400 "$(ask nurse POST "$search/search/care" "{\"person\":{\"number\":\"$person\"},\"limit\":201}")"
    equal "what is refused is not in the log" "$rows" "$(disclosures true)"
}

# A unit that is protected for a while: told for each time as it was then.
protected_then() {
    local before during unit='"name":"Kirurgkliniken","care_unit":"UNIT-2","care_provider":"'$cp_a'","valid_from":"1990-01-01T00:00:00Z"'
    obligations() {
        ask nurse GET "$search/records/$(key other-unit)/why${1:+?on=$1}" '' -H 'R7-Purpose: care' >"$work/status"
        member '",".join(o["word"] for o in a["decision"]["obligations"]) + " " + ",".join(a["as_of_today"])'
    }
    before=$(date -u +%FT%T.%6NZ)
    equal "a unit is protected" 204 "$(ask chief-region-a PUT "$access/units/UNIT-2" "{$unit,\"is_protected\":true}")"
    during=$(date -u +%FT%T.%6NZ)
    equal "it is not named" "count_only,hide_unit " "$(obligations)"
    equal "it is no more" 204 "$(ask chief-region-a PUT "$access/units/UNIT-2" "{$unit}")"
    equal "it is named" "count_only " "$(obligations)"
    equal "when it was protected it was not" "count_only,hide_unit " "$(obligations "$during")"
    equal "before that it was" "count_only " "$(obligations "$before")"
    equal "told again nothing changes" "204 t,f" "$(ask chief-region-a PUT "$access/units/UNIT-2" "{$unit}") $(sql "$migrate" -c "select string_agg(is_protected::text, ',' order by since) from access.unit_protection where unit = 'UNIT-2'" | sed 's/true/t/; s/false/f/')"
}

registry() {
    equal "by diary number" "200 Ombyggnad av vårdcentral" "$(find registrar registry '{"reference":"RS 2019-114"}')"
    equal "in Swedish words" "200 Ombyggnad av vårdcentral" "$(find registrar registry '{"text":"vårdcentraler"}')"
    equal "by period" "200 Upphandling av bilar" "$(find registrar registry '{"from":"2020-01-01T00:00:00Z","to":"2021-01-01T00:00:00Z"}')"
    equal "another authority's is not there" "200 " "$(find registrar registry '{"reference":"KS 2019-114"}')"
    equal "everything is too much" 400 "$(ask registrar POST "$search/search/registry" '{}')"
}

showing() {
    equal "a record" "200 n1 1 True" "$(ask nurse GET "$search/records/$(key n1)") $(member 'a["fields"]["source_id"], a["attachments"], a["has_content"]' | tr -d "(',)")"
    equal "is logged as read" 1 "$(disclosures "action = 'read' and what->>'part' = 'row' and person = '$pseudonym'")"
    equal "no file name leaves" 0 "$(grep -c 'sida\|note.txt' "$work/answer")"
    equal "another unit's needs a choice" "403 other_units" "$(ask nurse GET "$search/records/$(key other-unit)") $(member 'a["rule"]')"
    equal "with a reason it is shown" 200 "$(ask nurse GET "$search/records/$(key other-unit)" '' -H 'R7-Other-Units: true' -H 'R7-Reason: jourfall på Ögonkliniken')"
    equal "a blocked one is refused" "403 block_inner" "$(ask nurse GET "$search/records/$(key blocked)" '' -H 'R7-Other-Units: true' -H 'R7-Reason: x') $(member 'a["rule"]')"
    equal "another provider's does not exist" "404 404" "$(ask nurse GET "$search/records/$(key other-provider)") $(ask nurse GET "$search/records/$(new_id)-1-2-3")"
    equal "not before it is accepted" 404 "$(ask nurse GET "$search/records/$(key not-accepted)")"
    equal "not from another region" 404 "$(ask other GET "$search/records/$(key n1)")"
    equal "no key" 404 "$(ask nurse GET "$search/records/x")"
    equal "a protected person's place of care is hidden" "200 False" "$(ask nurse GET "$search/records/$(key secret)") $(member 'any("unit" in f for f in a["fields"])')"
    equal "in lists too" "False True" "$(ask nurse POST "$search/search/care" '{"person":{"number":"R1001","type":"local:vas"}}' >/dev/null; member '"unit_name" in a["records"][0]["fields"], "hide_protected_person" in a["records"][0]["obligations"]' | tr -d '(,)')"
}

content() {
    local url
    url=$search/records/$(key n1)/content
    equal "bytes" "200 Först en anteckning. Sedan en till." "$(ask nurse GET "$url") $(cat "$work/answer")"
    equal "their type and a neutral name" 'text/plain attachment; filename="record.txt" 36' "$(header Content-Type) $(header Content-Disposition) $(header Content-Length)"
    equal "not to be kept" "no-store nosniff" "$(header Cache-Control) $(header X-Content-Type-Options)"
    equal "are logged before" 1 "$(disclosures "action = 'read' and what->>'part' = 'content'")"
    equal "a range" "206 anteckning bytes 10-19/36" "$(ask nurse GET "$url" '' -H 'Range: bytes=10-19') $(cat "$work/answer") $(header Content-Range)"
    equal "outside" 416 "$(ask nurse GET "$url" '' -H 'Range: bytes=36-')"
    equal "the next page" '200 application/pdf attachment; filename="record.pdf"' "$(ask nurse GET "$url?attachment=1") $(header Content-Type) $(header Content-Disposition)"
    equal "there is no third" 404 "$(ask nurse GET "$url?attachment=2")"
    url=$search/records/$(key piece)/content
    equal "a piece of a file" "200 en anteckning" "$(ask nurse GET "$url") $(xargs <"$work/answer" | tr -d .)"
    equal "a range of the piece" "206 ant bytes 3-5/14" "$(ask nurse GET "$url" '' -H 'Range: bytes=3-5') $(cat "$work/answer") $(header Content-Range)"
    url=$search/records/$(key large)/content
    equal "a large one, whole" "200 same" "$(ask nurse GET "$url") $(cmp -s "$work/answer" "$work/package.zip.large" && echo same)"
    equal "and from its middle" same "$(ask nurse GET "$url" '' -H 'Range: bytes=3000000-3000999' >/dev/null; cmp -s "$work/answer" <(tail -c +3000001 "$work/package.zip.large" | head -c 1000) && echo same)"
    equal "behind the cut of a segment" "200 Sist i paketet" "$(ask nurse GET "$search/records/$(key last)/content") $(cat "$work/answer")"
    equal "a record that is only a row" "200 Först" "$(ask nurse GET "$search/records/$(key bare)/content") $(cat "$work/answer")"
    equal "one without content" 404 "$(ask nurse GET "$search/records/$(key nothing)/content")"
    equal "keys were asked for to disclose, by this room" 1 "$(sql "$migrate" -c "select count(distinct (room, purpose)) from keys.use where room = 'search'")"
    equal "only for the segments touched" 1 "$(sql "$migrate" -c "select max(cardinality(keys)) from keys.use where room = 'search'")"
}

exporting() {
    local url=$search/packages/$package/export
    equal "an archivist with a reason" 200 "$(ask archivist POST "$url" '{"reason":"begäran 17"}')"
    equal "gets the package, byte for byte" same "$(cmp -s "$work/answer" "$work/package.zip" && echo same)"
    equal "with its digest" "SHA-256=$(openssl dgst -sha256 -binary "$work/package.zip" | base64)" "$(header Digest)"
    equal "and its length" "$(stat -c %s "$work/package.zip")" "$(header Content-Length)"
    equal "which is logged" "begäran 17" "$(sql "$migrate" -c "select reason from access.disclosure where action = 'exported'")"
    equal "not without a reason" 400 "$(ask archivist POST "$url" '{}')"
    equal "nor with an empty one" 400 "$(ask archivist POST "$url" '{"reason":""}')"
    equal "nor by care staff" 403 "$(ask nurse POST "$url" '{"reason":"nyfiken"}')"
    equal "nor a registrar" 403 "$(ask registrar POST "$url" '{"reason":"nyfiken"}')"
    equal "nor in another region" 404 "$(ask other-archivist POST "$url" '{"reason":"nyfiken"}')"
    equal "one row for one export" 1 "$(disclosures "action = 'exported'")"
}

# --- r7 --------------------------------------------------------------------------------------------
# print_outs RECORD: what the pages of one say.
print_outs() {
    local language
    if ! command -v pdftotext >/dev/null; then
        left_out "the words of a print-out: pdftotext is not installed"
        return
    fi
    for language in sv en; do
        r7 nurse print "$1" --out "$work/printed-$language.pdf" --language $language >"$work/said"
        pdftotext -layout "$work/printed-$language.pdf" "$work/printed.$language"
    done
    equal "who printed it and when, its words and values, in Swedish" "1 1 1 2" \
        "$(for line in 'Utskrivet 20..-..-.. ..:..:.. av nurse' 'Källsystemets id' signerad ' *n1$'; do grep -c "^$line" "$work/printed.sv"; done | xargs)"
    equal "in English" 1 "$(grep -c 'Id in the source system' "$work/printed.en")"
    equal "nothing is marked" 0 "$(grep -cE '^[A-ZÅÄÖ]{6,}$' "$work/printed.sv" || true)"
    query "update indexing.record set restricted = true, hold = true, status = 'corrected' where source_id = 'n1'"
    r7 nurse print "$1" --out "$work/printed-marked.pdf" >"$work/said"
    query "update indexing.record set restricted = false, hold = false, status = 'signed' where source_id = 'n1'"
    equal "but what must be" "RÄTTAD SEKRETESSMARKERAD BEVARANDESPÄRR" "$(pdftotext -layout "$work/printed-marked.pdf" - | grep -E '^[A-ZÅÄÖ]{6,}$' | xargs)"
}

commands() {
    local record
    record=$(key n1)
    equal "r7 find reads the number from standard input" "0 10 records" "$(r7 nurse find care --person - <<<$person) $(tail -n 3 "$work/said-by-r7" | head -n 1)"
    equal "and tells what is not shown" 1 "$(grep -c '1 more may be opened; that needs: other_units' "$work/said-by-r7")"
    equal "by dates" "0 1 record" "$(r7 nurse find care --person $person --from 1998-05-10 --to 1998-05-10) $(grep 'record$' "$work/said-by-r7")"
    equal "as JSON" "0 10" "$(r7 nurse find care --person $person --json) $(file=$work/said-by-r7 member 'a["count"]')"
    equal "a diary number" "0 1" "$(r7 registrar find registry --reference 'RS 2019-114') $(grep -c 'RS 2019-114  Ombyggnad' "$work/said-by-r7")"
    equal "a wrong date" 2 "$(r7 nurse find care --person $person --from 31/5)"
    equal "r7 show" "0 n1" "$(r7 nurse show "$record") $(awk '/^source_id/ {print $2}' "$work/said-by-r7")"
    equal "with a reason" "0" "$(r7 nurse show "$(key other-unit)" --other-units --reason 'jourfall på Ögon')"
    equal "refused without, in words" "1 1" "$(r7 nurse show "$(key other-unit)") $(grep -c 'active choice is needed' "$work/said-by-r7")"
    equal "r7 print" "0 printed" "$(r7 nurse print "$record" --out "$work/printed.pdf") $(query "select string_agg(action, ' ') from access.disclosure where at = (select max(at) from access.disclosure)")"
    equal "in no other language" "1 1" "$(r7 nurse print "$record" --out "$work/printed.fi" --language "fi") $(grep -c 'language: neither sv nor en' "$work/said-by-r7")"
    equal "of nobody else's" 1 "$(r7 nurse print "$(key other-unit)" --out "$work/printed.other"; ls "$work/printed.other" 2>/dev/null)"
    print_outs "$record"
    equal "r7 show --content" "0 Först en anteckning. Sedan en till." "$(r7 nurse show "$record" --content "$work/saved") $(cat "$work/saved")"
    equal "a refusal leaves no file" "1 no" "$(r7 nurse show "$(key nothing)" --content "$work/none") $(compgen -G "$work/none*" || echo no)"
    equal "r7 export" "0 same" "$(r7 archivist export "$package" --reason 'begäran 18' --out "$work/exported") $(cmp -s "$work/exported" "$work/package.zip" && echo same)"
    equal "tells its digest" "$(sha256sum <"$work/package.zip" | cut -c 1-64)" "$(awk '{print $NF}' "$work/said-by-r7")"
    equal "only to an archivist" "1 no" "$(r7 nurse export "$package" --reason x --out "$work/none") $(compgen -G "$work/none*" || echo no)"
}

# stale TABLE CHANGE BACK [COMMAND]: the record that is read by shared documentation, asked for while TABLE is locked, so that the request
# waits where it comes to it; then CHANGE, whoever it concerns is raised, and the lock is let go. The status. BACK undoes it.
# COMMAND is run while it waits.
stale() {
    local status=$work/stale-status session
    coproc session { sql "$migrate" >/dev/null 2>>"$work/stale.log"; }
    local at_once=${session[1]} process=$!
    echo "begin; lock table $1 in access exclusive mode;" >&"$at_once"
    until [ "$(sql "$migrate" -c "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = '$1'::regclass")" = 1 ]; do :; done
    (ask nurse GET "$search/records/$other" >"$status") &
    local asking=$!
    until [ "$(sql "$migrate" -c "select count(*) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.usename = 'r7_search'")" -ge 1 ]; do :; done
    eval "${4-}"
    echo "$2; update access.fact_version set version = version + 1 where tenant = 1; commit; \q" >&"$at_once"
    wait $asking "$process" || true
    cat "$status"
    sql "$migrate" -c "$3; update access.fact_version set version = version + 1 where tenant = 1" >/dev/null
}

# The user is withdrawn as above, but the room took the time for what it was half a minute ago: by that it is not withdrawn yet,
# and by the database's it is too late to show anything.
time_came_late() {
    local answer
    echo 30 >"$work/late"
    again search R7_FAULT_LATE="$work/late"
    answers "$search/"
    answer=$(stale access.disclosure "${change[user]}" "${back[user]}" "echo 0 >'$work/late'")
    equal "a room to which the time came late decides again by what it is" refused "${answer/#40[134]/refused}"
    again search
    answers "$search/"
}

# Every fact that opens a record, withdrawn at every table that a decision is read from or written to: what was allowed when it
# was read, and is not when the log is written, is never shown.
changes() {
    local other table name rows user is_stale
    local lifted="insert into access.block_lift (id, tenant, person, is_outer, care_provider, for_provider, ground, reason, recorded_by, valid_from, valid_until)
        values (gen_random_uuid(), 1, '$pseudonym', true, '$cp_b', '$cp_a', 'danger', 'stale', gen_random_uuid(), now() - interval '1 day', now() + interval '1 day')"
    local -A change=([user]="update access.\"user\" set active_until = now() where login = 'nurse'"
        [assignment]="update access.assignment set valid_until = now() where id = '$assigned'"
        [agreement]="update access.provider_agreement set valid_until = now() where reference = 'stale'"
        [relation]="update access.care_relation set valid_until = now() where person = '$pseudonym'"
        [consent]="update access.consent set valid_until = now() where person = '$pseudonym'"
        [block]="insert into access.block (id, tenant, person, is_outer, care_provider, valid_from, source, source_id)
            values (gen_random_uuid(), 1, '$pseudonym', true, '$cp_b', now(), 'stale', '1'); delete from access.block_lift where reason = 'stale'"
        [lift]="delete from access.block_lift where reason = 'stale'"
        [source]="update access.block_source set complete = false")
    local -A back=([user]="update access.\"user\" set active_until = null where login = 'nurse'"
        [assignment]="update access.assignment set valid_until = null where id = '$assigned'"
        [agreement]="update access.provider_agreement set valid_until = null where reference = 'stale'"
        [relation]="update access.care_relation set valid_until = now() + interval '1 day' where person = '$pseudonym'"
        [consent]="update access.consent set valid_until = null where person = '$pseudonym'"
        [block]="delete from access.block where source = 'stale'; $lifted"
        [lift]="$lifted"
        [source]="update access.block_source set complete = true")
    other=$(key other-provider)
    sql "$migrate" -c "delete from access.block_lift where is_outer; $lifted" -c "${back[relation]}; ${back[consent]}" \
        -c "insert into access.provider_agreement (id, tenant, care_provider, other_provider, reference, decided_by, valid_from)
        values (gen_random_uuid(), 1, '$cp_a', '$cp_b', 'stale', 'x', now() - interval '1 day')" >"$work/stale.log"
    equal "the record is open before" 200 "$(ask nurse GET "$search/records/$other")"
    rows=$(disclosures "action = 'read'")
    for table in 'access."user"' access.fact_version indexing.person_link access.unit access.block_source access.block access.care_relation access.block_lift \
        access.provider_agreement access.succession access.disclosure; do
        for name in "${!change[@]}"; do
            is_stale=$(stale "$table" "${change[$name]}" "${back[$name]}")
            equal "$name withdrawn while $table is waited for" refused "${is_stale/#40[134]/refused}"
        done
    done
    time_came_late
    equal "what is withdrawn in between is never shown" "$rows" "$(disclosures "action = 'read'")"
    equal "and what is given back is" 200 "$(ask nurse GET "$search/records/$other")"
    user=$(sql "$migrate" -c "select id from access.\"user\" where login = 'stranger'")
    equal "a leaver" 204 "$(ask chief-region-a DELETE "$access/users/$user")"
    equal "sees nothing more, with a token that still is good" 403 "$(ask stranger POST "$search/search/care" "$by_person")"
}

# why WHO RECORD [QUERY]: the status, the outcome and its reasons.
why() {
    echo "$(ask "$1" GET "$search/records/$2/why${3-}" '' -H 'R7-Purpose: care') $(member 'a["decision"]["outcome"] + " " + ",".join(r["word"] for r in a["decision"]["reasons"])')"
}

# add PATH JSON: to the patient, by the nurse; the status.
add() {
    ask nurse POST "$access/$1" "{\"person\":{\"number\":\"$person\"}${2:+,$2}}"
}

# Another care provider's records (lag 2022:913) and blocks: each fact is missed, and the next refusal tells which.
sharing() {
    local other blocked agreement consent soon
    other=$(key other-provider) blocked=$(key blocked)
    soon=$(date -u -d '1 hour' +%FT%TZ)
    equal "another provider's record is not there" 404 "$(ask nurse GET "$search/records/$other")"
    equal "nor is why" 404 "$(ask nurse GET "$search/records/$other/why")"
    assigned=$(sql "$migrate" -c "select a.id from access.assignment a join access.\"user\" u on u.id = a.\"user\" where u.login = 'nurse'")
    equal "who administers asks for the nurse" "200 deny other_provider,agreement_missing,relation_missing,consent_missing" "$(why chief-region-a "$other" "?assignment=$assigned")"
    equal "a nurse does not ask for others" 403 "$(ask nurse GET "$search/records/$other/why?assignment=$assigned")"
    equal "nor is another region's assignment there" 404 "$(ask chief-region-b GET "$search/records/$other/why?assignment=$assigned")"
    equal "an agreement" 201 "$(ask chief-region-a POST "$access/provider-agreements" "{\"care_provider\":\"$cp_b\",\"other_provider\":\"$cp_a\",\"reference\":\"RS 2026-1\",\"decided_by\":\"Regionstyrelsen\"}")"
    agreement=$(member 'a["id"]')
    equal "a care relation" 201 "$(add persons/relations "\"valid_until\":\"$soon\"")"
    equal "still the consent is missing" "200 deny other_provider,consent_missing" "$(why chief-region-a "$other" "?assignment=$assigned")"
    equal "a consent" "201" "$(add persons/consents)"
    consent=$(member 'a["id"]')
    equal "then it is read" 200 "$(ask nurse GET "$search/records/$other")"
    equal "who may read it: by the local administrator" "200 doctor:allow:shared_documentation nurse:allow:shared_documentation stranger:allow:own_unit" "$(ask chief-region-a GET "$search/records/$other/readers") $(member '" ".join(sorted(r["name"] + ":" + r["outcome"] + ":" + r["reasons"] for r in a["readers"] if r["role"] == "care_staff"))')"
    equal "who could yesterday: nobody" "200 0" "$(ask chief-region-a GET "$search/records/$other/readers?on=$(date -d yesterday +%F)") $(member 'len(a["readers"])')"
    equal "asked of an own one: a choice is told" "ask:other_units" "$(ask chief-region-a GET "$search/records/$(key n1)/readers" >/dev/null; member '[r["outcome"] + ":" + r["reasons"] for r in a["readers"] if r["name"] == "doctor"][0]')"
    equal "care staff do not ask that" 403 "$(ask nurse GET "$search/records/$other/readers")"
    equal "nor another region" 404 "$(ask chief-region-b GET "$search/records/$other/readers")"
    equal "for the shared documentation's sake" "200 allow shared_documentation" "$(why nurse "$other")"
    equal "not on the day before" "404" "$(ask nurse GET "$search/records/$other/why?on=$(date -d yesterday +%F)")"
    equal "and by nobody at another unit's word" 404 "$(ask stranger GET "$search/records/$(key n1)")"
    equal "the other provider's nurse ends no consent of this one" 404 "$(ask stranger DELETE "$access/consents/$consent")"
    equal "the patient takes the consent back" "204 404" "$(ask nurse DELETE "$access/consents/$consent") $(ask nurse GET "$search/records/$other")"
    equal "an emergency needs a reason" 400 "$(add emergencies '"reason":" "')"
    equal "with one it is opened" 201 "$(add emergencies '"reason":"medvetslös"')"
    equal "and read" "200 allow emergency" "$(ask nurse GET "$search/records/$other") $(why nurse "$other" | cut -d ' ' -f 2-)"
    equal "under its own name in the log" 1 "$(disclosures "action = 'emergency' and person = '$pseudonym'")"
    equal "the local administrator is told, and not of whom" "200 nurse medvetslös 0" "$(ask chief-region-a GET "$access/emergencies") $(member 'a["emergencies"][0]["login"] + " " + a["emergencies"][0]["reason"]') $(grep -c "$pseudonym\|$person" "$work/answer")"
    equal "of another region nothing" "200 0" "$(ask chief-region-b GET "$access/emergencies") $(member 'len(a["emergencies"])')"
    equal "until it is seen" "204 0" "$(ask chief-region-a POST "$access/emergencies/$(sql "$migrate" -c 'select id from access.emergency')/seen") $(ask chief-region-a GET "$access/emergencies" >/dev/null; member 'len(a["emergencies"])')"
    equal "it opens nothing to a colleague" 404 "$(ask doctor GET "$search/records/$other" '' -H 'R7-Purpose: care')"
    sql "$migrate" -c "update access.emergency set valid_from = now() - interval '5 hours', valid_until = now() - interval '1 hour'"
    equal "nor by the same words when its hours are over" 404 "$(ask nurse GET "$search/records/$other")"
    add persons/consents >/dev/null
    equal "an outer block" "201 404" "$(ask chief-region-a POST "$access/blocks" "{\"person\":{\"number\":\"$person\"},\"outer\":true,\"care_provider\":\"$cp_b\"}") $(ask nurse GET "$search/records/$other")"
    equal "lifted in danger" "201 200" "$(add persons/block-lifts "\"outer\":true,\"care_provider\":\"$cp_b\",\"ground\":\"danger\",\"reason\":\"blödning\"") $(ask nurse GET "$search/records/$other")"
    equal "which lifts no inner block" "200 deny block_inner" "$(why nurse "$blocked")"
    equal "that one by consent" "201 200" "$(add persons/block-lifts '"outer":false,"care_unit":"UNIT-3","ground":"consent","reason":"vill"') $(ask nurse GET "$search/records/$blocked" '' -H 'R7-Other-Units: true' -H 'R7-Reason: x')"
    equal "for the own unit only" "200 deny block_inner" "$(why doctor "$blocked" | sed 's/,.*//')"
    equal "not for longer than a day" 400 "$(add persons/block-lifts "\"outer\":false,\"ground\":\"consent\",\"reason\":\"vill\",\"valid_until\":\"$(date -u -d '2 days' +%FT%TZ)\"")"
    equal "the register of blocks, to who keeps it" "200 2 vas" "$(ask chief-region-a POST "$access/blocks/find" "{\"person\":{\"number\":\"$person\"},\"reason\":\"begäran\"}") $(member 'str(len(a["blocks"])) + " " + min(a["blocks"], key=lambda b: b["recorded_at"])["source"]')"
    equal "of a person with none" "200 0" "$(ask chief-region-a POST "$access/blocks/find" '{"person":{"number":"990000000777"},"reason":"begäran"}') $(member 'len(a["blocks"])')"
    equal "which is logged" 1 "$(disclosures "what->>'register' = 'blocks' and person = '$pseudonym'")"
    equal "not to care staff" 403 "$(ask nurse POST "$access/blocks/find" "{\"person\":{\"number\":\"$person\"},\"reason\":\"nyfiken\"}")"
    equal "a block that is sent again is one" "200 1" "$(ask chief-region-a POST "$access/blocks" "{\"person\":{\"number\":\"$person\"},\"outer\":false,\"care_provider\":\"$cp_a\",\"care_unit\":\"UNIT-3\",\"source\":\"vas\",\"source_id\":\"4711\"}") $(sql "$migrate" -c "select count(*) from access.block where source = 'vas'")"
    ask chief-region-a PUT "$access/block-sources/SE1-VAS" '{"complete":false,"decided_by":"Arkivchefen"}' >/dev/null
    equal "a register that is not whole opens no other unit" "200 deny blocks_not_known" "$(why nurse "$(key other-unit)" | sed 's/,block_inner//')"
    equal "the own unit stays open" 200 "$(ask nurse GET "$search/records/$(key n1)")"
    equal "r7 why tells it in both languages" "0 1 1" "$(r7 nurse why "$(key other-unit)") $(grep -c 'Det kan inte avgöras' "$work/said-by-r7") $(grep -c 'cannot be told' "$work/said-by-r7")"
    equal "r7 why on a day long ago" "0 deny" "$(r7 nurse why "$(key n1)" --on 1999-01-01) $(head -n 1 "$work/said-by-r7")"
    equal "r7 readers tells who it opens for" "0 1" "$(r7 chief-region-a readers "$(key n1)") $(grep -c '^allow nurse .*own_unit' "$work/said-by-r7")"
    equal "and on a day long ago nobody" "0 nobody" "$(r7 chief-region-a readers "$(key n1)" --on 1999-01-01) $(head -n 1 "$work/said-by-r7")"
    equal "all of which has a history" 0 "$(grep -c '^as of today' "$work/said-by-r7")"
    equal "as JSON" "0 $(key n1)" "$(r7 chief-region-a readers "$(key n1)" --json) $(file=$work/said-by-r7 member 'a["record"]')"
    equal "a nurse does not ask" 1 "$(r7 nurse readers "$(key n1)")"
    ask chief-region-a PUT "$access/block-sources/SE1-VAS" '{"complete":true,"decided_by":"Arkivchefen"}' >/dev/null
    equal "an agreement that ends shuts" "204 404" "$(ask chief-region-a DELETE "$access/provider-agreements/$agreement") $(ask nurse GET "$search/records/$other")"
}

damage() {
    local segment
    segment=$(find_file "$work/one/ocfl/region-a" seg-00000000)
    printf 'damaged' | dd of="$segment" bs=1 seek=100 conv=notrunc status=none
    equal "bytes that are no longer whole are an error, not an answer" "422 corrupt" \
        "$(ask archivist GET "$search/records/$(key n1)/content") $(member 'a["type"].split(":")[-1]')"
}

find_file() {
    command find "$1" -name "$2" | head -n 1
}

hygiene() {
    equal "no number in a log" 0 "$(cat "$work"/*.log | grep -cE '1212121212|121212-1212|R4711|R1001' || true)"
    equal "nor in the disclosure log" 0 "$(sql "$migrate" -c "select count(*) from access.disclosure d where d::text ~ '1212121212|121212-1212|R4711|R1001'")"
    equal "no reader's descriptor is left open" 0 "$(readlink /proc/"${pid[search]}"/fd/* | grep -c seg- || true)"
}

own_database search
stand keys access search
people
region_data
finding
pages
refusals
registry
showing
protected_then
content
exporting
commands
sharing
changes
damage
hygiene
tell
