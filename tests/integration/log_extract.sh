#!/usr/bin/env bash
# A patient's extract of the disclosure log: rooms access, search and keys around a throw-away PostgreSQL; people search and
# read, the log is sealed, and r7 log extract gives it in words and with proofs, which are checked by a judge that is not ours.
# Ends with "N passed, N failed".
#
#   tests/integration/log_extract.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}
provider=SE2321000016-CP1 other_provider=SE2321000016-CP2
person=191212121212

people() {
    local review='"role":"log_reviewer","information_types":["log"],"purposes":["log_review"'
    called='Nora Nordström' sign_in nurse care_staff UNIT-1 $provider care
    called='Olle Öst' sign_in doctor care_staff UNIT-7 $other_provider care
    called='Karin Klerk' account clerk "$review,\"patient\"]"
    reviewer reviewer
    account own "$review,\"patient\"],\"care_provider\":\"$provider\"" $provider
    ask chief PUT "$access/units/UNIT-1" "{\"name\":\"Ekeby vårdcentral\",\"care_unit\":\"UNIT-1\",\"care_provider\":\"$provider\",\"valid_from\":\"1990-01-01T00:00:00Z\"}" >"$work/status"
    ask chief PUT "$access/units/$provider" "{\"name\":\"Region Ekeby\",\"care_provider\":\"$provider\",\"valid_from\":\"1990-01-01T00:00:00Z\"}" >"$work/status"
}

# record ID UNIT PROVIDER: a row of the index.
record() {
    echo "insert into indexing.record (tenant, package, part, number, person, shard, type, category, status, archive_creator, source_system, source_id, title,
        care_provider, care_unit, unit_id, occurred_at, content_hmac) values (1, '$package', 0, $1, '$pseudonym', $shard, 'care', 'voo', 'signed', 'Region',
        'SE1-VAS', '$1', 'Anteckning $1', '$3', '$2', '$2', '1998-05-01', gen_random_uuid());"
}

records() {
    package=11111111-2222-3333-4444-555555555555
    pseudonym=$(pseudonym $person)
    shard="('x' || substr(replace('$pseudonym', '-', ''), 1, 4))::bit(16)::int >> 6"
    {
        echo "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
              values (1, 'care-1', 'vas', 'VAS', 'care', 'files', 'Region', '$provider', 'SE1-VAS');
              insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at, validated_at,
              accepted_at, stored_at) values ('$package', 1, 'vas', '1', 'care-1', '$package', 'package', 'NEW', 1, sha256('1'), now(), now(), now(), now());
              insert into access.block_source (tenant, system, complete, decided_by, decided_at) values (1, 'SE1-VAS', true, 'x', now());
              insert into access.provider_agreement (id, tenant, care_provider, other_provider, reference, decided_by, valid_from)
              values (gen_random_uuid(), 1, '$provider', '$other_provider', 'x', 'x', now() - interval '1 day');"
        record 1 UNIT-1 $provider
        record 2 UNIT-2 $provider
        record 3 UNIT-1 $provider | sed "s/'care', 'voo', 'signed'/'access-log', 'read', 'signed'/; s/'Anteckning 3'/'Öppnat journal'/; s/'1998-05-01'/'2021-03-01 10:00+01'/"
    } | sql "$migrate" -f - >"$work/rows.log"
    protect $person none
}

# How many of the region's rows are not sealed.
unsealed() {
    query "select count(*) from access.disclosure where tenant = 1 and (leaf is null or leaf >= (select size from access.log where tenant = 1))"
}

# by_r7 WHO ARGUMENT...: its exit code; what it says lies in $work/out, what was wrong in $work/said-by-r7.
by_r7() {
    local who=$1
    shift
    env -i HOME="$work" R7_ACCESS_URL="$access" R7_CA="$R7_VAR/keys/ca.crt" R7_TOKEN="${token[$who]-}" "$build/bin/r7" "$@" >"$work/out" 2>"$work/said-by-r7" <<<"$person"
    echo $?
}

# extract WHO NAME ARGUMENT...: into $work/NAME; the exit code.
extract() {
    local who=$1 name=$2
    shift 2
    rm -f "$work/$name"
    by_r7 "$who" log extract --person - --reason 'begäran 17' --out "$work/$name" "$@"
}

# judged NAME: what log_check.py says of the file.
judged() {
    /usr/bin/python3 "$top/tests/integration/log_check.py" "$work/$1" 2>&1
}

looks() {
    local find="{\"person\":{\"number\":\"$person\"},\"purpose\":\"care\""
    equal "a nurse searches" 200 "$(ask nurse POST "$search/search/care" "$find}")"
    equal "and opens other units" 200 "$(ask nurse POST "$search/search/care" "$find,\"other_units\":true,\"reason\":\"remiss om hjärtat\"}")"
    equal "another care provider's doctor opens in an emergency" "201 200" "$(ask doctor POST "$access/emergencies" "{\"person\":{\"number\":\"$person\"},\"reason\":\"medvetslös\"}") $(ask doctor POST "$search/search/care" "$find}")"
    equal "all of it is sealed" 0 "$(wait_for 60 0 unsealed)"
}

who_may() {
    equal "care staff make no extract" 1 "$(extract nurse no.json --format json)"
    equal "nor who reviews the log for nothing but review" "1 assignment_purpose" "$(extract reviewer no.json --format json) $(grep -o assignment_purpose "$work/said-by-r7")"
    equal "nor anybody without a reason" 2 "$(by_r7 clerk log extract --person - --format json)"
    equal "nothing was made, and nothing logged" "no 0" "$([ -e "$work/no.json" ] && echo yes || echo no) $(query "select count(*) from access.disclosure where action = 'exported'")"
}

with_proofs() {
    local file=$work/one.json
    equal "whose assignment is for it makes one" "0 " "$(extract clerk one.json --format json) $(cat "$work/said-by-r7")"
    equal "for its owner alone" 600 "$(stat -c %a "$work/one.json")"
    equal "never over another file" "1 1" "$(by_r7 clerk log extract --person - --reason x --format json --out "$work/one.json") $(grep -c 'could not make' "$work/said-by-r7")"
    equal "each look has its row" "emergency opened_other_units searched searched searched" "$(member '" ".join(sorted(r["row"]["action"] for r in a["rows"]))')"
    equal "newest first" True "$(member '[r["row"]["at"] for r in a["rows"]] == sorted((r["row"]["at"] for r in a["rows"]), reverse=True)')"
    equal "who, where and why, and no more" "care_provider,reasons,role,subject_kind,subject_name,unit" "$(member '",".join(sorted(set(k for r in a["rows"] for k in r["keys"])))')"
    equal "nobody's free words" 0 "$(grep -cE 'remiss om|medvetslös|begäran 17' "$work/one.json" || true)"
    equal "nor a number, or whose row it is" 0 "$(grep -cE "$person|$pseudonym" "$work/one.json" || true)"
    equal "units in words, as of then" "Ekeby vårdcentral, Region Ekeby" "$(member '", ".join(sorted(set(n.get("unit", "") for n in a["names"]) - {""})) + ", " + ", ".join(sorted(set(n.get("care_provider", "") for n in a["names"]) - {""}))')"
    equal "and the retired system's log" "read Öppnat journal" "$(member 'a["imported"][0]["action"] + " " + a["imported"][0]["said"]')"
    equal "each row is proven, says another judge" "good: 5 rows" "$(judged one.json | grep -o 'good: 5 rows' || judged one.json)"
    equal "and r7 log verify" 0 "$(by_r7 nobody log verify "$work/one.json")"
    if [ -x "$build/standalone/r7" ]; then
        equal "also the program that patients get" "region-a: 5 rows are as they were sealed" "$(env -i "$build/standalone/r7" log verify "$work/one.json" | cut -d, -f1)"
    else
        left_out "the standalone r7: $build/standalone/r7 is not built"
    fi
    equal "with the key that the region tells" "good: 5 rows" "$(ask clerk GET "$access/log/key" >"$work/status"; /usr/bin/python3 "$top/tests/integration/log_check.py" "$work/one.json" "$(tr -d '\n' <"$work/answer")" | grep -o 'good: 5 rows')"
    equal "the extract is in the log before, for the patient" "exported patient begäran 17 6 t" \
        "$(query "select distinct action || ' ' || purpose || ' ' || reason || ' ' || records || ' ' || (person = '$pseudonym') from access.disclosure where action = 'exported' and reason <> 'x'" | sed 's/true$/t/')"
    tampered
}

# Each change of a row is found.
tampered() {
    local change
    for change in 'a["rows"][0]["row"]["subject_name"] = "Någon Annan"' 'a["rows"][0]["row"]["at"] = "2020-01-01T00:00:00Z"' 'a["rows"][1]["leaf"] += 1' \
        'a["rows"][0]["withheld"].pop("person")' 'a["rows"][0]["salt"] = a["rows"][1]["salt"]' 'a["rows"][0]["proof"][0] = a["rows"][0]["salt"]' \
        'a["checkpoint"] = a["checkpoint"].replace("region-a\n", "region-a\n1", 1)'; do
        python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); exec(sys.argv[2]); json.dump(a, open(sys.argv[3], "w"))' "$work/one.json" "$change" "$work/changed.json"
        equal "found: $change" "no 1" "$(judged changed.json >/dev/null && echo yes || echo no) $(by_r7 nobody log verify "$work/changed.json")"
    done
}

in_words() {
    equal "in Swedish" 0 "$(extract clerk words.txt)"
    equal "emergencies and opened units are told plainly" "1 1 1" \
        "$(grep -c 'Nödöppning: läste med hänvisning till fara' "$work/words.txt") $(grep -c 'Valde att öppna uppgifter från andra enheter' "$work/words.txt") $(grep -c 'Öppnat journal' "$work/words.txt")"
    equal "who, where, why" "Vem: Nora Nordström (Vårdpersonal)|Enhet: Ekeby vårdcentral (UNIT-1)|Vårdgivare: Region Ekeby ($provider)|Ändamål: Vård" \
        "$(grep -A4 'Valde att öppna' "$work/words.txt" | tail -n 4 | sed 's/^ *//' | paste -sd '|')"
    equal "in Swedish time" 1 "$(grep -c "^2021-03-01 10:00:00" "$work/words.txt")"
    equal "how it is checked" 1 "$(grep -c 'Så kontrolleras utdraget' "$work/words.txt")"
    equal "in English" "0 1" "$(extract clerk words.en --language en) $(grep -c 'Emergency access: read because' "$work/words.en")"
    equal "a period" "0 0 1" "$(extract clerk old.txt --from 2021-01-01 --to 2021-12-31) $(grep -c 'Nora' "$work/old.txt" || true) $(grep -c 'Öppnat journal' "$work/old.txt")"
    equal "in which nobody read here" 1 "$(grep -c 'Ingen har tagit del' "$work/old.txt")"
    equal "no language of ours" 2 "$(extract clerk no.txt --language de)"
    equal "as a PDF" 0 "$(extract clerk words.pdf --format pdf)"
    if ! command -v pdftotext >/dev/null; then
        left_out "what others read in the PDF: poppler is not there"
        return
    fi
    pdftotext "$work/words.pdf" "$work/words.of-pdf"
    pdfinfo "$work/words.pdf" >"$work/pdfinfo"
    equal "with the same words" "1 1" "$(grep -c 'Nödöppning: läste' "$work/words.of-pdf") $(grep -c 'Ekeby vårdcentral (UNIT-1)' "$work/words.of-pdf" | sed 's/^[2-9]/1/')"
    equal "a title, tagged, in Swedish" "1 1 1" "$(grep -c '^Title: *Vem har tagit del av uppgifter om dig?' "$work/pdfinfo") $(grep -c '^Tagged: *yes' "$work/pdfinfo") $(grep -ac '/Lang (sv)' "$work/words.pdf")"
}

hidden() {
    local file=$work/hidden.json
    equal "the region decides not to name staff" 204 "$(ask chief PUT "$access/log/names" '{"given":false,"decided_by":"Regionstyrelsen § 9"}')"
    equal "no name is given, and each row is proven" "0 0 good" "$(extract clerk hidden.json --format json) $(grep -cE 'Nora|Olle|Karin' "$file" || true) $(judged hidden.json | cut -d: -f1)"
    equal "which the words say" "0 1" "$(extract clerk hidden.txt) $(grep -c 'Personalens namn står inte med' "$work/hidden.txt")"
    equal "from a later day on they are named" 204 "$(ask chief PUT "$access/log/names" "{\"given\":true,\"decided_by\":\"Regionstyrelsen § 10\"}")"
    protect $person protected
    equal "where a protected person is cared for is told nowhere, and each row is proven" "0 0 good" \
        "$(extract clerk hidden.json --format json) $(grep -cE 'Ekeby|UNIT|SE2321000016-CP|SE1-VAS|Öppnat journal' "$file" || true) $(judged hidden.json | cut -d: -f1)"
    equal "which the words say" "0 1 0" "$(extract clerk hidden.txt) $(grep -c 'skyddade personuppgifter' "$work/hidden.txt") $(grep -c 'Ekeby' "$work/hidden.txt" || true)"
    protect $person none
    equal "a care provider's own reviewer gives its own staff's" "0 $provider" "$(extract own own.json --format json) $(file=$work/own.json member '" ".join(sorted(set(r["row"]["care_provider"] for r in a["rows"])))')"
}

pages() {
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose, records,
        what, reasons, request, salt) select gen_random_uuid(), 1, now() - n % 300 * interval '1 minute', 'person', 'u', 'Nora', gen_random_uuid(), 'care_staff', 'UNIT-1', '$provider',
        '$pseudonym', 'read', 'care', 1, '{}', 'own_unit', gen_random_uuid(), sha256(n::text::bytea) from generate_series(1, 700) n"
    equal "many rows are sealed" 0 "$(wait_for 60 0 unsealed)"
    local file=$work/many.json all
    all=$(query "select count(*) from access.disclosure where person = '$pseudonym'")
    equal "and come in one extract, each once and proven" "0 $all $all good: $all rows" \
        "$(extract clerk many.json --format json) $(member 'len(a["rows"])') $(member 'len(set(r["leaf"] for r in a["rows"]))') $(judged many.json | grep -o 'good: [0-9]* rows')"
    equal "in the room's pages of a known size" "200 200 True" "$(ask clerk POST "$access/log/extract" "{\"person\":{\"number\":\"$person\"},\"reason\":\"x\"}") $(file=$work/answer member '(len(a["rows"]), a["more"])' | tr -d '(),')"
    equal "a longer log than there is, is refused" "400 size" "$(ask clerk POST "$access/log/extract" "{\"person\":{\"number\":\"$person\"},\"reason\":\"x\",\"size\":99999}") $(file=$work/answer member 'a["field"]')"
    equal "so is a period that ends before it begins" "400 to" "$(ask clerk POST "$access/log/extract" "{\"person\":{\"number\":\"$person\"},\"reason\":\"x\",\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\"}") $(file=$work/answer member 'a["field"]')"
}

unwritable() {
    query "alter table access.disclosure add constraint none check (action <> 'exported') not valid"
    equal "what cannot be logged is not shown" "1 no" "$(extract clerk unlogged.json --format json) $([ -e "$work/unlogged.json" ] && echo yes || echo no)"
    query "alter table access.disclosure drop constraint none"
}

hygiene() {
    equal "no number in a log" 0 "$(cat "$work"/{access,search,keys}.log | grep -c "${person:2}" || true)"
    equal "no bug in a log but the unwritable" 0 "$(cat "$work"/{search,keys}.log | grep -c '"code":"bug"' || true)"
}

region_house log_extract keys access search
people
records
looks
who_may
with_proofs
in_words
hidden
pages
unwritable
hygiene
tell
