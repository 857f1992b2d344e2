#!/usr/bin/env bash
# The demo's packages against the official schemas: METS, PREMIS, EAD3, ERMS and the service contracts' answers; every file
# that METS lists is there with its size and digest, and nothing else is. Twice the same bytes.
# Usage: tests/system/pack.sh [build/MODE]
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
bin=$build/bin
shared=$top/../shared
without=0 # checks against schemas that are not there

# valid SCHEMA FILE: the schema below ../shared.
valid() {
    if [ ! -e "$shared/$1" ]; then
        without=$((without + 1))
        return
    fi
    check "$2 by $1" env XML_CATALOG_FILES="$shared/eark-schemas/catalog.xml" \
        xmllint --nonet --noout --schema "$shared/$1" "$2"
}

check "r7-demo story" "$bin/r7-demo" story "$work/one"
check "r7-demo story again" "$bin/r7-demo" story "$work/two"
check "the same story has the same bytes" diff -r "$work/one" "$work/two"
check "r7-demo volume" "$bin/r7-demo" volume --patients 20 --records 400 --pdfs 40 --packages 2 "$work/volume"

description=rivta/clinicalprocess.healthcond.description/3.0.5/interactions
logistics=rivta/clinicalprocess.logistics.logistics/3.0.13/interactions
for package in "$work"/one/*/*.zip "$work"/volume/*/*.zip; do
    check "$package unpacks" unzip -q -d "$work/open" "$package"
    root=$work/open/$(basename "$package" .zip)
    check "METS of $package by schemas/xsd/eark" env XML_CATALOG_FILES="$top/schemas/xsd/eark/catalog.xml" \
        xmllint --nonet --noout --schema "$top/schemas/xsd/eark/package.xsd" "$root/METS.xml"
    check "METS of $package lists what is there" python3 "$top/tests/tools/listed.py" "$root"
    valid eark-schemas/loc/premis-3.0.xsd "$root/metadata/preservation/premis.xml"
    valid eark-schemas/saa/ead3-1.1.1.xsd "$root/metadata/descriptive/ead3.xml"
    while IFS= read -r file; do
        case $file in
            */GetCareDocumentation.xml) valid $description/GetCareDocumentationInteraction/GetCareDocumentationResponder_3.0.xsd "$file" ;;
            */GetDiagnosis.xml) valid $description/GetDiagnosisInteraction/GetDiagnosisResponder_2.0.xsd "$file" ;;
            */GetCareContacts.xml) valid $logistics/GetCareContactsInteraction/GetCareContactsResponder_3.0.xsd "$file" ;;
            */erms.xml) valid eark-schemas/dilcis/erms/ERMS-2.1.2.xsd "$file" ;;
        esac
    done < <(find "$root/representations" -name '*.xml')
done

[ $without -eq 0 ] || left_out "$without checks against schemas of ../shared, which is not here"
tell
