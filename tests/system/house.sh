#!/usr/bin/env bash
# The whole house as `make run` starts it, with a real Kafka and a real PostgreSQL: the demo's story, what is refused and
# why, who sees what, and kill -9 of everything in turn while deliveries flow. Ends with "N passed, N failed".
#
#   tests/system/house.sh [BUILD]        the house itself is always the release build
#   KEEP=1 tests/system/house.sh         leaves its folder, and says where it is
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d /tmp/r7-house-XXXXXX)
chmod 755 "$work"
export R7_PORT_SHIFT=$((RANDOM % 200 * 100)) # beside other houses
export R7_VAR=$work/var
passed=0 failed=0
unset R7_TOKEN R7_CERT R7_KEY R7_CA R7_TENANT R7_SYSTEM

check() {
    local what=$1 wanted=$2 got=$3
    if [ "$got" = "$wanted" ]; then
        passed=$((passed + 1)) && echo "ok      $what"
    else
        failed=$((failed + 1)) && printf 'FAILED  %s: wanted "%s", got "%s"\n' "$what" "$wanted" "$(cut -c1-300 <<<"$got")"
    fi
}

# --- the house --------------------------------------------------------------------------------------
start_house() {
    setsid "$top/services/embedded/run.sh" >"$work/run.log" 2>&1 &
    house=$!
    local i
    for i in $(seq 1 2400); do
        grep -q 'the house stands' "$work/run.log" && return
        kill -0 "$house" 2>/dev/null || break
        sleep 0.25
    done
    echo "FAILED  the house does not stand:"
    tail -n 30 "$work/run.log"
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

end() {
    trap '' INT TERM
    [ -z "$house" ] || { kill -TERM "$house" && wait "$house"; } 2>/dev/null || true
    if [ -n "${KEEP-}" ]; then echo "left in $work"; else "$top/services/embedded/postgres.sh" remove >/dev/null 2>&1 || true; rm -rf "$work"; fi
}

query() {
    psql -XqAt -d "$R7_DATABASE_URL" -c "$1"
}

# until_equal SECONDS WANTED COMMAND...: waits for the command to print it, three times as long on a machine that does much else;
# prints the last answer.
until_equal() {
    local deadline=$((EPOCHSECONDS + 3 * $1)) wanted=$2 got
    shift 2
    while got=$("$@" 2>/dev/null || true) && [ "$got" != "$wanted" ] && [ $EPOCHSECONDS -lt $deadline ]; do
        sleep 0.2
    done
    printf '%s' "$got"
}

# --- deliveries ---------------------------------------------------------------------------------------
# send ID FILE [AGREEMENT]: as system kurvan; prints the delivery.
send() {
    r7 deliver --id "$1" --agreement "${3-A-KURVAN}" "$2" 2>/dev/null
}

# receipts: all of kurvan's, as "delivery receipt rule".
receipts() {
    kcat -F "$R7_VAR/demo/kcat/system-region-a-kurvan.conf" -C -t receipts.region-a.kurvan -o beginning -e -q 2>/dev/null |
        jq -r '[.delivery, .receipt, .rule // ""] | join(" ")'
}

receipt_of() {
    receipts | awk -v d="$1" -v r="$2" '$1 == d && $2 == r {print $3}' | tail -n 1
}

# refused WHAT RULE FILE [ID [AGREEMENT]]: the receipt names the rule, and nothing is left of it.
refused() {
    local delivery
    delivery=$(send "${4-$1}" "$3" "${5-A-KURVAN}")
    check "refused: $1" "$2" "$(until_equal 20 "$2" receipt_of "$delivery" rejected)"
}

hostile_packages() {
    mkdir -p "$work/bad"
    python3 - "$R7_VAR/demo/packages/region-a/demo-a-ronden-1.zip" "$work/bad" <<'EOF'
import io, struct, sys, tarfile, zipfile
source, out = sys.argv[1:]
good = open(source, 'rb').read()
members = {i.filename: zipfile.ZipFile(source).read(i) for i in zipfile.ZipFile(source).infolist()}
mets = next(n for n in members if n.endswith('/METS.xml'))

def pack(name, change):
    files = dict(members)
    change(files)
    with zipfile.ZipFile(f'{out}/{name}.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        for n, b in files.items():
            z.writestr(n, b)

def raw(name, data):
    open(f'{out}/{name}.zip', 'wb').write(data)

data = next(n for n in members if '/data/' in n and members[n])
pack('missing', lambda f: f.pop(data))
pack('changed', lambda f: f.update({data: bytes([f[data][0] ^ 1]) + f[data][1:]}))
pack('extra', lambda f: f.update({mets.replace('METS.xml', 'extra.txt'): b'x'}))
pack('traversal', lambda f: f.update({'../evil.txt': b'x'}))
pack('laughs', lambda f: f.update({mets: b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><mets>&b;</mets>'}))
pack('outside', lambda f: f.update({mets: b'<?xml version="1.0"?><!DOCTYPE m SYSTEM "file:///etc/passwd"><mets/>'}))
pack('utf8', lambda f: f.update({mets: f[mets].replace(b'LABEL="', b'LABEL="\xe5', 1)}))
raw('truncated', good[:len(good) // 2])
raw('text', b'this is no package\n')
raw('seven', b"7z\xbc\xaf'\x1c" + b'\0' * 600)
central = good.find(b'PK\x01\x02')
raw('disagree', good[:14] + struct.pack('<I', 1) + good[18:])
raw('encrypted', good[:6] + bytes([good[6] | 1]) + good[7:central + 8] + bytes([good[central + 8] | 1]) + good[central + 9:])
with zipfile.ZipFile(f'{out}/twice.zip', 'w') as z:
    import warnings
    warnings.simplefilter('ignore')
    z.writestr('p/a.txt', b'1')
    z.writestr('p/a.txt', b'2')
with tarfile.open(f'{out}/link.zip', 'w') as t:
    link = tarfile.TarInfo('p/link')
    link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
    t.addfile(link)
with zipfile.ZipFile(f'{out}/bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('p/zeros', bytes(400 << 20))
EOF
}

test_refusals() {
    local bad=$work/bad good=$R7_VAR/demo/packages/region-a/demo-a-kurvan-1.zip
    hostile_packages
    refused 'truncated ZIP' container_truncated "$bad/truncated.zip"
    refused 'no container' container_unknown "$bad/text.zip"
    refused '7-zip' container_unknown "$bad/seven.zip"
    refused 'encrypted entry' container_encrypted "$bad/encrypted.zip"
    refused 'headers that disagree' container_zip_headers_disagree "$bad/disagree.zip"
    refused 'path traversal' container_path_unsafe "$bad/traversal.zip"
    refused 'symbolic link' container_link "$bad/link.zip"
    refused 'a name twice' container_duplicate_name "$bad/twice.zip"
    refused 'zip bomb' container_bomb "$bad/bomb.zip"
    refused 'billion laughs' xml_doctype "$bad/laughs.zip"
    refused 'external entity' xml_doctype "$bad/outside.zip"
    refused 'bad UTF-8 in METS' xml_wellformed "$bad/utf8.zip"
    refused 'a listed file is missing' CSIP79 "$bad/missing.zip"
    refused 'a checksum differs' CSIP71 "$bad/changed.zip"
    refused 'a file nobody listed' file_unlisted "$bad/extra.zip"
    refused 'unknown agreement' agreement_unknown "$good" u-1 NO-SUCH
    refused "another system's agreement" agreement_unknown "$good" u-2 A-RONDEN
    refused "an id like a personal number" id_personal "$good" 19121212-1212
    refused 'the same bytes under another id' duplicate_of "$good" another-id
    refused 'a used id with other bytes' id_reused "$bad/seven.zip" 'no container'
    check 'quarantined, not dropped' 5 "$(query 'select count(*) from ingest.quarantine')"
}

test_repeat() {
    local good=$R7_VAR/demo/packages/region-a/demo-a-kurvan-1.zip first
    first=$(awk '$2 == "kurvan" {print $3}' "$R7_VAR/demo/deliveries.tsv")
    check 'the same again is the same delivery' "$first" "$(r7 deliver --agreement A-KURVAN "$good")"
    check 'and tells its receipts again' 'searchable' "$(r7 follow --wait 20 "$first" | tail -n 1 | awk '{print $1}')"
    check 'still one delivery' 1 "$(query "select count(*) from ingest.delivery where sha256 = (select sha256 from ingest.delivery where id = '$first') and rejected_at is null")"
    check 'its report, to its system' true "$(r7 report "$first" | jq -r .valid)"
    check 'its report, to another system' 404 "$(status_of --cert "$R7_KEYS/system-region-b-kammaren.crt" --key "$R7_KEYS/system-region-b-kammaren.key" "$R7_VALIDATION_URL/deliveries/$first/report")"
}

# --- who sees what --------------------------------------------------------------------------------------
status_of() {
    curl -s -o "$work/answer" -w '%{http_code}' --cacert "$R7_CA" "$@"
}

# ask TOKEN TYPE BODY: the search's answer.
ask() {
    status_of -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "$3" "$R7_SEARCH_URL/search/$2" >/dev/null
    cat "$work/answer"
}

person='{"person": {"number": "191212121212"}, "purpose": "care"}'

test_search() {
    local own other record
    own=$(ask "$R7_TOKEN_NORA" care "$person")
    check 'nora finds the own unit and its predecessor' 'true' "$(jq '(.records | length) > 3' <<<"$own")"
    check 'nothing of another care provider' '0' "$(jq '[.records[] | select(.care_provider == "SE0000000003-1001")] | length' <<<"$own")"
    check 'other units are a number' 'true' "$(jq '.other_units > 0' <<<"$own")"
    check 'the nullified note is not shown' '0' "$(jq '[.records[] | select(.status == "nullified")] | length' <<<"$own")"
    record=$(jq -r '.records[0].record' <<<"$own")
    check 'nora reads one' 200 "$(status_of -H "Authorization: Bearer $R7_TOKEN_NORA" "$R7_SEARCH_URL/records/$record")"
    check 'and its content' 200 "$(status_of -H "Authorization: Bearer $R7_TOKEN_NORA" "$R7_SEARCH_URL/records/$record/content")"
    check 'region B knows of no such record' 404 "$(status_of -H "Authorization: Bearer $R7_TOKEN_BERIT" "$R7_SEARCH_URL/records/$record")"
    other=$(ask "$R7_TOKEN_BERIT" care "$person")
    check "berit sees region B's only" 'SE0000000002-3001' "$(jq -r '[.records[].source_system] | unique | join(" ")' <<<"$other")"
    check 'a registrar sees no care' 403 "$(jq -r .status <<<"$(ask "$R7_TOKEN_RUT" care "$person")")"
    check 'the case by its diary number' 'RE 2019-00417' "$(jq -r '[.records[] | select(.category == "case") | .fields.reference] | .[0]' <<<"$(ask "$R7_TOKEN_RUT" registry '{"reference": "RE 2019-00417", "purpose": "registry"}')")"
    check 'no token, no answer' 401 "$(status_of -d "$person" "$R7_SEARCH_URL/search/care")"
    check 'every look is in the log' t "$(query "select count(*) >= 4 from access.disclosure where person is not null")"
    check 'who has read, to a log reviewer' true "$(R7_TOKEN=$R7_TOKEN_LAGE r7 who-read --person 191212121212 >"$work/readers" && grep -q 'Nora Norberg' "$work/readers" && echo true)"
    check 'not to a nurse' 1 "$(r7 who-read --person 191212121212 >/dev/null 2>&1 || echo $?)"
}

# What others made, and public content in packages of our own (services/embedded/public.sh).
test_public() {
    if [ ! -d "$top/../shared/sips" ] || [ ! -d "$top/../shared/realdata" ]; then
        echo 'left out: public packages and content (no ../shared)'
        return
    fi
    check "another's valid package is searchable" searchable "$(public_delivery 6ab98a90-1686-4c74-9855-b2793a6d164d.zip)"
    check 'one without METS is refused, with the rule' CSIPSTR4 "$(public_delivery no_mets.tar.gz)"
    check 'so is a file where a package should be' CSIPSTR1 "$(public_delivery single_file.zip)"
    check 'each public package has come to its end' 0 "$(query "select count(*) from ingest.delivery where system = 'samlingen' and rejected_at is null and indexed_at is null")"
    check 'documents, images and a database of one person' 11 "$(jq '.records | length' <<<"$(ask "$R7_TOKEN_NORA" care '{"person": {"number": "189001019802"}, "purpose": "care"}')")"
    check 'tables whose rows are records' t "$(query "select p.records > 1000 and p.unreadable = 0 from ingest.delivery d join indexing.package p on p.id = d.package where d.system = 'samlingen' and d.identity = 'journal.zip'")"
    check 'the cases of a public ERMS file' 0 "$(query "select p.unreadable from ingest.delivery d join indexing.package p on p.id = d.package where d.system = 'samlingen' and d.identity = 'case.zip'")"
}

# What the demo delivered, in the forms of packages that older systems write.
test_other_forms() {
    local package=$R7_VAR/demo/packages/region-a/demo-a-kurvan-1.zip form delivery
    local records="select p.records from ingest.delivery d join indexing.package p on p.id = d.package where d.id = "
    python3 "$top/tests/tools/other_forms.py" "$package" "$work/fgs.zip" "$work/bag.zip"
    for form in fgs bag; do
        delivery=$(send "form-$form" "$work/$form.zip")
        check "$form.zip becomes searchable" t "$(until_equal 60 t query "select indexed_at is not null from ingest.delivery where id = '$delivery'")"
        check 'with the records of the same package as E-ARK has it' \
            "$(query "$records '$(awk '$2 == "kurvan" {print $3}' "$R7_VAR/demo/deliveries.tsv")'")" "$(query "$records '$delivery'")"
    done
    check 'its category is in the words of CSIP' 'Patient Medical Records' \
        "$(query "select w.stated ->> 'other_content_category' from validation.work w join ingest.delivery d on d.id = w.delivery where d.identity = 'form-fgs'")"
}

# public_delivery ID: what refused Samlingen's delivery, or how it ended.
public_delivery() {
    query "select coalesce(rule, case when indexed_at is not null then 'searchable' end) from ingest.delivery where system = 'samlingen' and identity = '$1'"
}

# Pennan's agreement waits for a person: nobody finds the case before arne has accepted it.
test_acceptance() {
    local case='{"reference": "RE 2019-00417", "purpose": "registry"}' delivery
    delivery=$(awk '$2 == "pennan" {print $3}' "$R7_VAR/demo/deliveries.tsv")
    check 'what waits is found by nobody' 0 "$(jq '.records | length' <<<"$(ask "$R7_TOKEN_RUT" registry "$case")")"
    check 'an archivist sees that it waits' "$delivery" "$(R7_TOKEN=$R7_TOKEN_ARNE r7 deliveries --state awaiting_acceptance --json | jq -r '.deliveries[].delivery')"
    check 'a registrar does not accept it' 1 "$(R7_TOKEN=$R7_TOKEN_RUT r7 accept --reason checked "$delivery" >/dev/null 2>&1 || echo $?)"
    check 'nor an archivist without a reason' 2 "$(R7_TOKEN=$R7_TOKEN_ARNE r7 accept "$delivery" >/dev/null 2>&1 || echo $?)"
    check 'an archivist does' 0 "$(R7_TOKEN=$R7_TOKEN_ARNE r7 accept --reason checked "$delivery" >/dev/null 2>&1; echo $?)"
    check 'and is told so when it is done again' 0 "$(R7_TOKEN=$R7_TOKEN_ARNE r7 accept --reason checked "$delivery" >/dev/null 2>&1; echo $?)"
    check 'what is accepted is not returned' 1 "$(R7_TOKEN=$R7_TOKEN_ARNE r7 return --reason incomplete "$delivery" >/dev/null 2>&1 || echo $?)"
    check 'now the case is found' 1 "$(jq '[.records[] | select(.category == "case")] | length' <<<"$(ask "$R7_TOKEN_RUT" registry "$case")")"
}

test_export() {
    local package=$R7_VAR/demo/packages/region-a/demo-a-kurvan-1.zip id
    id=$(query "select package from ingest.delivery where id = '$(awk '$2 == "kurvan" {print $3}' "$R7_VAR/demo/deliveries.tsv")'")
    check 'an archivist exports with a reason' 0 "$(R7_TOKEN=$R7_TOKEN_ARNE r7 export "$id" --reason 'Begäran 2026-1' --out "$work/export.zip" >/dev/null 2>&1; echo $?)"
    check 'byte for byte' "$(sha256sum <"$package")" "$(sha256sum <"$work/export.zip" 2>/dev/null)"
    check 'a nurse does not' 1 "$(r7 export "$id" --reason x --out "$work/no.zip" >/dev/null 2>&1 || echo $?)"
    check 'and a row tells of it' 1 "$(query "select count(*) from access.disclosure where action = 'exported'")"
    opened_by_age "$id" "$package"
    aip_by_age "$id" "$package"
}

# Header and payload of the delivered segment open with Debian's age, with the region's offline identity alone.
opened_by_age() {
    local object key
    object=$(find "$R7_VAR/vault/one/ocfl/region-a" -type d -name "$(printf 'urn:uuid:%s' "$1" | sha256sum | cut -d' ' -f1)")
    key=$(query "select key from preservation.segment where package = '$1' and kind = 'delivered'")
    check 'age opens what is stored, without us' "$(sha256sum <"$2")" \
        "$(cat "$object/extensions/r7e-headers/$key" "$object/v1/content/seg-00000000" | age -d -i "$R7_VAR/demo/offline/region-a/region.identity" | sha256sum)"
}

# The second location makes the whole AIP again, by age and the region's offline identity alone: METS by its schemas, every
# file that it lists, and PREMIS by its own schema where ../shared has it.
aip_by_age() {
    local object root shared=$top/../shared/eark-schemas
    object=$(find "$R7_VAR/vault/two/ocfl/region-a" -type d -name "$(printf 'urn:uuid:%s' "$1" | sha256sum | cut -d' ' -f1)")
    root=$(python3 "$top/tests/tools/aip_open.py" "$object" "$R7_VAR/demo/offline/region-a/region.identity" "$work/aip")
    check 'the AIP is made again from the vault alone' "$work/aip/urn+uuid+$1" "$root"
    check 'with the delivered bytes' "$(sha256sum <"$2")" "$(sha256sum <"$root/representations/submission/data/package.zip")"
    check 'METS lists what is there' 0 "$(python3 "$top/tests/tools/listed.py" "$root" >&2; echo $?)"
    check 'METS by its schemas' 0 "$(XML_CATALOG_FILES=$top/schemas/xsd/eark/catalog.xml xmllint --nonet --noout --schema "$top/schemas/xsd/eark/package.xsd" "$root/METS.xml" 2>"$work/said"; echo $?)"
    [ ! -d "$shared" ] || check 'PREMIS by its schema' 0 "$(XML_CATALOG_FILES=$shared/catalog.xml xmllint --nonet --noout --schema "$shared/loc/premis-3.0.xsd" "$root/metadata/preservation/premis.xml" 2>"$work/said"; echo $?)"
    [ -d "$shared" ] || echo 'left out: PREMIS by its schema, which ../shared has'
}

test_isolation() {
    check "a system cannot write to another's topic" refused "$(echo x | kcat -F "$R7_VAR/demo/kcat/system-region-a-kurvan.conf" -P -t deliveries.region-b.kammaren -X message.timeout.ms=4000 >/dev/null 2>&1 && echo written || echo refused)"
    check "nor read another's receipts" refused "$(timeout 10 kcat -F "$R7_VAR/demo/kcat/system-region-a-kurvan.conf" -C -t receipts.region-b.kammaren -o beginning -e -q >/dev/null 2>&1 && echo read || echo refused)"
    check 'a person of A sees no delivery of B' 404 "$(status_of -H "Authorization: Bearer $R7_TOKEN_ADA" "$R7_INGEST_URL/deliveries/$(awk '$2 == "kammaren" {print $3}' "$R7_VAR/demo/deliveries.tsv")")"
    check 'room keys answers no stranger' 401 "$(status_of -d '{"tenant":1,"count":1,"lease_seconds":60}' "$R7_KEYS_URL/keys")"
    check 'nor a source system' 401 "$(status_of --cert "$R7_CERT" --key "$R7_KEY" -d '{"tenant":1,"count":1,"lease_seconds":60}' "$R7_KEYS_URL/keys")"
}

# A certificate that is taken back opens nothing more, from the rooms' next HUP on.
test_revocation() {
    local id name=system-region-a-samlingen
    "$top/services/embedded/certificates.sh" system region-a samlingen >/dev/null
    id=$(awk '$2 == "kurvan" {print $3}' "$R7_VAR/demo/deliveries.tsv")
    local report=(--cert "$R7_KEYS/$name.crt" --key "$R7_KEYS/$name.key" "$R7_VALIDATION_URL/deliveries/$id/report")
    check 'a certificate in force is known' 404 "$(status_of "${report[@]}")"
    "$top/services/embedded/certificates.sh" revoke "$name" >/dev/null
    kill -HUP "$(cut -d' ' -f1 "$R7_VAR/run/validation.pid")"
    check 'a revoked one is not' 401 "$(until_equal 10 401 status_of "${report[@]}")"
}

# The story's numbers in every way they are written: with and without century, sign or blank; reserve numbers as they are.
number_pattern() {
    local number pattern='990000000042'
    for number in 191212121212 191401682396 190312049802 190310139803; do
        pattern+="\|${number:2:6}[-+ ]\?${number:8:4}"
    done
    echo "$pattern"
}

# Everything that is written in clear text: logs of rooms, servers and the demo; the journal; topics but the deliveries themselves.
# run.sh's own words without the commands that it tells people to try.
written() {
    find "$R7_VAR"/log "$R7_VAR"/kafka/log* "$R7_VAR"/vault/*/journal "$(readlink -f "$R7_VAR/postgres")"/log* -type f -exec cat {} +
    sed '/^Try, in another terminal/,/^The story/d' "$work/run.log"
}

topics() {
    kcat -F "$R7_VAR/demo/kcat/admin.conf" -L -J 2>/dev/null | jq -r '.topics[].topic' | grep -v '^deliveries\.[^.]*\.[^.]*$\|^__'
}

read_topics() {
    local topic
    for topic in $(topics); do
        kcat -F "$R7_VAR/demo/kcat/admin.conf" -C -t "$topic" -o beginning -e -q -f '%k %h %s\n' 2>/dev/null
    done
}

# In the tables, too: what a room may write of a person is a pseudonym, and content is sealed.
read_tables() {
    local table
    for table in $(query "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('access', 'base', 'gateway', 'indexing', 'ingest', 'keys', 'preservation', 'search', 'validation') and tablename !~ '^record_'"); do
        query "copy (select * from $table) to stdout"
    done
}

test_no_numbers() {
    local pattern
    pattern=$(number_pattern)
    check 'the pattern finds a number' 4 "$(printf '%s\n' '19121212-1212' '121212+1212' '031204 9802' '190310139803' | grep -c "$pattern")"
    written >"$work/written"
    read_topics >"$work/topics"
    check 'there are logs and a journal to read' t "$([ "$(grep -c '"service":' "$work/written")" -gt 50 ] && grep -q '"change":"person_link"' "$work/written" && echo t)"
    check 'no personal number in a log or the journal' 0 "$(grep -c "$pattern" "$work/written" || true)"
    check 'there are receipts, internal messages and set-asides to read' t "$(topics >"$work/names" && grep -q '^receipts\.' "$work/names" && grep -q set-aside "$work/names" && [ "$(grep -c searchable "$work/topics")" -gt 5 ] && echo t)"
    check 'nor on any topic but the deliveries themselves' 0 "$(grep -c "$pattern" "$work/topics" || true)"
    check 'nor in a table' 0 "$(read_tables | grep -c "$pattern" || true)"
}

# walk SCRIPT WHAT: a walk over all that schemas/ tells, which says itself what it found wrong.
walk() {
    local got
    got=$("$top/tests/system/$1.py" 2>&1 | tee "$work/$1.walk" | tail -n 1) || true
    head -n -1 "$work/$1.walk" | cut -c 1-2000
    check "$2 (${got%% *})" ', 0 failed' "${got#*passed}"
}

# logged first: the others leave blocks and agreements behind.
test_walks() {
    walk logged 'whatever shows a record is in the log before its first byte'
    walk isolation 'no route tells region A anything of region B'
    walk providers 'no route tells one care provider anything of another'
    walk topics 'who may write and read a topic is as the contract says'
    walk strings 'every room stands every string'
}

# --- kill -9 ------------------------------------------------------------------------------------------
state_counts() {
    query "select count(*) filter (where indexed_at is not null) || ' ' || count(*) from ingest.delivery where agreement = 'A-KURVAN' and identity like 'flow-%'"
}

kill_hard() {
    local name=$1 id
    case $name in
    postgresql) id=$(head -n 1 "$(readlink -f "$R7_VAR/postgres")/data/postmaster.pid") ;;
    *) id=$(cut -d' ' -f1 "$R7_VAR/run/$name.pid") ;;
    esac
    kill -9 "$id" 2>/dev/null || true
}

# More than a message may hold: r7 deliver uploads it and announces it, and the rooms take it in parts.
test_large() {
    local delivery
    "$bin/r7-demo" many --files 100000 "$work/many" >/dev/null
    delivery=$(send large-1 "$work"/many/region-a/*.zip)
    check 'a package of 100,000 files becomes searchable' t "$(until_equal 300 t query "select indexed_at is not null from ingest.delivery where id = '$delivery'")"
    check 'it was uploaded and announced' announcement "$(query "select kind from ingest.delivery where id = '$delivery'")"
    check 'in parts' t "$(query "select w.parts > 1 and w.files > 100000 from validation.work w where delivery = '$delivery'")"
    check 'with a record for each' 99999 "$(query "select p.records from indexing.package p join ingest.delivery d on d.package = p.id where d.id = '$delivery'")"
    rm -r "$work/many"
}

test_kills() {
    local flow=${FLOW-200} victims=(ingest validation preservation indexing keys kafka postgresql access search) i=0 package
    "$bin/r7-demo" volume --patients "$flow" --records $((flow * 3)) --pdfs $((flow / 10)) --packages "$flow" "$work/flow" >/dev/null
    (
        for package in "$work"/flow/*/*.zip; do
            i=$((i + 1))
            until send "flow-$i" "$package" >/dev/null; do sleep 0.5; done
        done
    ) &
    local sender=$!
    for i in "${!victims[@]}"; do
        until_equal 60 t query "select count(*) > $((i * flow / 12)) from ingest.delivery where identity like 'flow-%'" >/dev/null
        kill_hard "${victims[$i]}"
    done
    wait "$sender"
    check "$flow deliveries under kill -9: each reaches its end once" "$flow $flow" "$(until_equal 240 "$flow $flow" state_counts)"
    check 'each is one package with all its records' t "$(query "select count(*) = $flow and sum(p.records) = (select count(*) from indexing.record r where r.package in (select package from ingest.delivery where identity like 'flow-%')) from ingest.delivery d join indexing.package p on p.id = d.package where d.identity like 'flow-%'")"
    check 'nothing is set aside' 0 "$(for t in delivery.received delivery.validated preservation.part preservation.close package.stored validation.part indexing.part; do kcat -F "$R7_VAR/demo/kcat/admin.conf" -C -t $t.set-aside -o beginning -e -q 2>/dev/null; done | wc -l)"
    check 'staging holds nothing but what a row claims' '' "$(until_equal 100 '' unclaimed)"
    check 'every room stands again' 0 "$(r7 status --wait 60 >/dev/null 2>&1; echo $?)"
}

# Folders in staging without a row: bytes that no table knows.
unclaimed() {
    comm -13 <(query "select id from ingest.staged union select id from validation.staged union select id from preservation.staged union select id from indexing.staged order by 1" | sort) \
        <(find "$R7_VAR"/vault/*/staging -mindepth 2 -maxdepth 2 -type d -printf '%f\n' 2>/dev/null | sort)
}

test_vault() {
    local python=$top/build/venv/bin/python
    if [ ! -x "$python" ]; then
        echo 'left out: the independent OCFL validator (no build/venv)'
        return
    fi
    check 'an independent validator passes every storage root' 0 "$("$python" "$top/tests/tools/ocfl_validate.py" "$R7_VAR"/vault/*/ocfl/* >"$work/ocfl.log" 2>&1; echo $?)"
}

# Names of processes that know a path of the house; its PostgreSQL's data lies elsewhere.
left_running() {
    local places place
    mapfile -t places < <(printf '%s\n' "$R7_VAR/" "$1" | env -i "$(command -v grep)" -lsaFf - /proc/[0-9]*/{environ,cmdline})
    for place in "${places[@]}"; do cat "${place%/*}/comm" 2>/dev/null || true; done | sort -u | paste -sd ' '
}

house_is() {
    if kill -0 "$house" 2>/dev/null; then echo running; else echo ended; fi
}

test_end() {
    local data
    data=$(readlink -f "$R7_VAR/postgres")
    check 'the house runs' 'java postgres r7-access r7-gateway r7-indexing r7-ingest r7-keys r7-preservation r7-search r7-validation' \
        "$(left_running "$data" | tr ' ' '\n' | grep -E '^(java|postgres|r7-.*)$' | paste -sd ' ')"
    kill -TERM "$house"
    # It gives each of its processes half a minute and then kills it: it ends by itself whatever they do.
    check 'it ends' ended "$(until_equal 600 ended house_is)"
    [ "$(house_is)" = running ] || house= # whose number may be another's now
    check 'and leaves no process behind' '' "$(until_equal 10 '' left_running "$data")"
    check 'and no room had to be killed' '' "$(grep -Fxf <(ls "$top/services") "$R7_VAR/log/killed" 2>/dev/null)"
    [ ! -s "$R7_VAR/log/killed" ] || sed 's/^/    killed: /' "$R7_VAR/log/killed"
}

start_house
passed=$((passed + 1)) && echo 'ok      the house stands, the story is searchable'
trap end EXIT
# shellcheck disable=SC1091
. "$R7_VAR/demo/env"
bin=$top/build/release/bin
check 'every room and server is ready' 0 "$(r7 status --wait 30 >/dev/null 2>&1; echo $?)"
test_repeat
test_acceptance
test_search
test_public
test_export
test_isolation
test_revocation
test_refusals
test_other_forms
test_large
test_kills
test_vault
test_walks
test_no_numbers
test_end
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
