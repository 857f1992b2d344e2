#!/usr/bin/env bash
# Room validation by an agreement's terms and a region's format policy: what is outside of them is refused by its name. Formats
# are told by the signature files of ../shared/pronom; a package in parts has the report that it has at once, and by r7 validate.
# Rooms keys, ingest and validation as processes around a throw-away PostgreSQL and librdkafka's mock broker.
#
#   tests/integration/formats.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/door.sh"

topics=(delivery.received delivery.validated delivery.rejected validation.part package.stored package.indexed
    deliveries.region-a.delar receipts.region-a.delar)
ports keys ingest validation
system=delar
pronom=$top/../shared/pronom

# agreement ID COLUMNS VALUES: with terms of its own.
agreement() {
    query "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, source_system $2)
        values (1, '$1', 'delar', '$1', 'care', 'files', 'Region', 'SE0000000001-3001' $3)"
}

# judged NAME AGREEMENT: delivers it; what comes of it, and by which requirements.
judged() {
    R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant region-a --system delar --agreement "$2" --id "$1" \
        "$work/$1.zip" >>"$work/deliver.log" 2>&1 || { echo "could not deliver $1" && tail -n 3 "$work/deliver.log"; }
    wait_for 60 t query "select coalesce((select done_at is not null from validation.work w join ingest.delivery d on d.id = w.delivery
        where identity = '$1'), false)" >"$work/waited"
    query "select coalesce((select string_agg(requirement, ' ' order by requirement) from validation.finding f
        join ingest.delivery d on d.id = f.delivery where identity = '$1' and level = 'ERROR'), 'none')"
}

by_terms() {
    local name
    mkdir -p "$work/notes"
    printf 'en anteckning' >"$work/notes/a.txt"
    printf 'en till, som är längre än den första' >"$work/notes/b.txt"
    agreement PROFILE ", profiles" ", '{https://example.com/profile}'"
    agreement TYPE ", content_types" ", '{citsehpj_v2_0,own}'"
    agreement FITS ", profiles, content_types, descriptions, files_max, file_bytes_max" \
        ", '{https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml,https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml,https://earksip.dilcis.eu/profile/E-ARK-SIP.xml}', '{MIXED}', '{METS.xml}', 100, 100000"
    agreement FILES ", files_max" ", 2"
    agreement BYTES ", file_bytes_max" ", 20"
    agreement DESCRIBED ", descriptions" ", '{METS.xml,documentation/additionalPackageInfo.xml}'"
    for name in any profile type fits files bytes described; do pack "$name" "$work/notes"; done
    equal "without terms it passes" none "$(judged any ANY)"
    equal "within its terms it passes" none "$(judged fits FITS)"
    equal "another profile" agreement_profile "$(judged profile PROFILE)"
    equal "another content information type" agreement_type "$(judged type TYPE)"
    equal "too many files" agreement_files "$(judged files FILES)"
    equal "a file that is too large" agreement_file_size "$(judged bytes BYTES)"
    equal "a description that is not there" agreement_description "$(judged described DESCRIBED)"
    equal "the delivery is rejected by that name" "rejected agreement_description" \
        "$(wait_for 60 "rejected agreement_description" query "select state || ' ' || rule from ingest.delivery where identity = 'described'")"
    check "the report names the path" grep -q '"requirement":"agreement_description".*"expected":"documentation/additionalPackageInfo.xml"' <(report described)
    equal "r7 report prints it" "$(report described)" "$(R7_VALIDATION_URL=https://127.0.0.1:${port[validation]} R7_CA=$R7_VAR/keys/ca.crt \
        R7_CERT=$R7_VAR/keys/system-region-a-delar.crt R7_KEY=$R7_VAR/keys/system-region-a-delar.key "$build/bin/r7" report "$(query "select id from ingest.delivery where identity = 'described'")")"
    check "without signatures it says that formats are not judged" grep -q '"requirement":"file_format","rule":3,"level":"INFO"' <(report any)
}

ruling() {
    query "insert into ingest.format_policy (tenant, information_type, puid, valid_from, verdict, reason, decided_by)
        values (1, '$1', '$2', $3, '$4', '$5', gen_random_uuid())"
}

pdf() {
    printf '%%PDF-1.4\n%s\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R%s>>\nstartxref\n9\n%%%%EOF\n' "$1" "$2"
}

by_formats() {
    local claim='<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>' name
    again validation R7_PRONOM="$pronom"
    mkdir -p "$work"/{png,odd,pdf,torn,secret}
    find "$pronom/skeletons" -name '*fmt-11-*.png' -exec cp {} "$work/png/" \;
    find "$pronom/skeletons" -name '*.png' -exec cp {} "$work/odd/" \;
    printf '\0\1\2nothing known' >"$work/odd/strange.nothing-known"
    pdf "$claim" "" >"$work/pdf/a.pdf"
    pdf "$claim" "/Encrypt 5 0 R" >"$work/secret/a.pdf"
    pdf "${claim/B/X}" "" | head -c 150 >"$work/torn/a.pdf"
    agreement PNG ", formats" ", '{fmt/11}'"
    for name in png pdf torn secret; do pack "$name" "$work/$name"; done
    pack odd "$work/odd"
    equal "its format is agreed on" none "$(judged png PNG)"
    equal "another is not" agreement_format "$(judged odd PNG)"
    equal "a PDF/A that is whole" none "$(judged pdf ANY)"
    equal "one that is encrypted" pdf_open "$(judged secret ANY)"
    equal "one that is torn and claims what does not exist" "pdf_claim pdf_whole" "$(judged torn ANY)"
    equal "the report counts formats" 'fmt/11' "$(report png | jq -r '.formats[] | select(.name == "Portable Network Graphics") | .puid')"
    equal "and files that are of none" 1 "$(report odd | jq '.formats[] | select(has("puid") | not) | .files')"

    ruling '' fmt/11 "now() - interval '1 day'" refused 'all but the newest'
    ruling care fmt/12 "now() - interval '1 day'" refused 'of care'
    ruling finance fmt/13 "now() - interval '1 day'" refused 'of finance'
    ruling '' fmt/13 "now() + interval '1 day'" refused 'not yet'
    pack ruled "$work/odd"
    equal "a region's ruling refuses" file_format "$(judged ruled ANY)"
    equal "those in force, for this type of information" "fmt/11 fmt/12" \
        "$(report ruled | jq -r '.findings[] | select(.requirement == "file_format" and .level == "ERROR") | .found[0:6]' | sort -u | paste -sd ' ')"
    equal "with the reason" "all but the newest" \
        "$(report ruled | jq -r 'first(.findings[] | select(.requirement == "file_format" and .level == "ERROR" and .found[0:6] == "fmt/11") | .expected)')"
}

# Judged in parts it is as by r7 validate, but for what a region has ruled.
in_parts() {
    query "delete from ingest.format_policy" # this test's own
    mkdir "$work/skeletons"
    cp -r "$pronom"/skeletons/*/ "$work/skeletons/"
    find "$work/skeletons" -type f -name '*1*' -delete
    pack many "$work/skeletons"
    again validation R7_PRONOM="$pronom" R7_PART_FILES=25
    judged many ANY >"$work/waited"
    equal "it came in parts" t "$(query "select parts > 5 from validation.work w join ingest.delivery d on d.id = w.delivery where identity = 'many'")"
    check "--files tells the PUID of each file" diff <(report many | jq -r '.formats[] | "\(.files) \(.puid // "-")"' | sort) \
        <(R7_PRONOM=$pronom "$build/bin/r7" validate --files "$work/files" --schemas "$top/schemas" "$work/many.zip" >>"$work/validate.log" 2>&1 || true
            jq -r '.puid // "-"' "$work/files" | sort | uniq -c | awk '{print $1, $2}' | sort)
    check "and its report is that of r7 validate" diff <(report many | jq -S 'del(.uid, .delivery, .package)') \
        <(R7_PRONOM=$pronom "$build/bin/r7" validate --format json --schemas "$top/schemas" "$work/many.zip" 2>>"$work/validate.log" | jq -S 'del(.package)')
    check "every format is known" [ "$(report many | jq '[.formats[] | select(has("puid") | not)] | length')" = 0 ]
}

own_database formats
tenant 1 region-a
system 1 region-a delar ANY
start_broker "${topics[@]}"
room keys
room ingest
room validation
by_terms
if [ -d "$pronom/skeletons" ]; then
    by_formats
    in_parts
else
    left_out "formats: there are no signature files in ../shared/pronom"
fi
tell
