#!/usr/bin/env bash
# r7 validate, without any server: the same package as folder, ZIP, TAR, tar.gz and standard input has the same report; what
# could not be told is told apart from what is not valid; and the reports can be read by who they are meant for. That it says
# what room validation says: tests/integration/validation.sh; the official corpus: tests/unit/corpus_test.c.
#
#   tests/integration/validate.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

r7=$build/bin/r7
export R7_SCHEMAS=$top/schemas TMPDIR=$work/scratch
mkdir "$work/scratch" "$work/packages"
cd "$work"
kinds=(zip tar tar.gz)

# code CODE COMMAND...: does it end with that?
code() {
    local wanted=$1 got=0
    shift
    "$@" >"$work/out" 2>"$work/err" || got=$?
    is_equal "$wanted" "$got" || { tail -n 5 "$work/out" "$work/err" && return 1; }
}

says() { "$r7" validate "$@" 2>/dev/null || true; }

# report PACKAGE: as JSON, without its name, and in no order: a folder is listed in another than what was packed of it.
report() { says --format json "$1" | python3 -c 'import json, sys
report = json.load(sys.stdin)
del report["package"]
results = report["structure"], *report["metadata"].values()
for found in (report["findings"], *(part["messages"] for part in results)):
    found.sort(key=json.dumps)
print(json.dumps(report, indent=1))'; }

# found PACKAGE: the requirements that are not kept.
found() { says --format json "$1" | python3 -c 'import json, sys
print(",".join(sorted({f["requirement"] for f in json.load(sys.stdin)["findings"] if f["level"] == "ERROR"})))'; }

# pack OUT FOLDER [ARGUMENT...]
pack() {
    local out=$1 folder=$2
    shift 2
    "$r7" pack --description description.json --out "$out" "$@" "$folder" >>pack.log
}

packages() {
    mkdir notes odd documentation
    for ((i = 0; i < 900; i++)); do printf 'anteckning %s' "$i" >"notes/note-$(printf %04d "$i").txt"; done
    printf '<b>&amp;' >'odd/<script>alert(1)<.txt'
    printf 'å' >'odd/åäö "citat".txt'
    printf 'läs' >documentation/readme.txt
    cat >description.json <<'DESCRIPTION'
{"title": "Prov", "content_category": "Mixed", "content_information_type": "MIXED", "objid": "prov-1",
 "created": "2026-01-02T03:04:05Z", "archive_creator": {"name": "Region", "identification_code": "ORG:2120000001"},
 "submitting_organisation": {"name": "Region", "identification_code": "ORG:2120000001"}}
DESCRIPTION
    pack notes.tar notes --format tar --documentation documentation --schemas documentation
    pack notes.zip notes --documentation documentation
    pack odd.tar odd --format tar
    python3 "$top/tests/integration/faulty_packages.py" notes.tar notes.tar packages
}

# unpack TAR FOLDER: into FOLDER; its package is FOLDER/prov-1.
unpack() {
    mkdir "$2"
    tar -xf "$1" -C "$2"
}

packed() {
    check "what r7 pack made is valid: ZIP" code 0 "$r7" validate notes.zip
    check "TAR" code 0 "$r7" validate notes.tar
    equal "no error" "" "$(found notes.zip)"
    check "the last line sums it up" grep -qE '^notes.zip: valid; 0 errors, [0-9]+ warnings; 904 files, ' <(says notes.zip)
    check "odd names are valid" code 0 "$r7" validate odd.tar
}

forms() {
    local kind package
    unpack packages/right.tar right
    unpack packages/faulty.tar faulty
    for package in right faulty; do
        report "$package/prov-1" >"$package.json"
        for kind in "${kinds[@]}"; do
            check "$package.$kind is as the folder" diff "$package.json" <(report "packages/$package.$kind")
            check "and by standard input" diff "$package.json" <(report - <"packages/$package.$kind")
        done
        check "with '/' behind" diff "$package.json" <(report "$package/prov-1/")
        check "from inside" diff "$package.json" <(cd "$package/prov-1" && report .)
    done
    check "the right one is valid" code 0 "$r7" validate right/prov-1
    for kind in "${kinds[@]}"; do
        check "a file that is a folder, too, is told: $kind" \
            grep -q 'file_and_folder.1 .*/data/note-0100.txt$' <(says "packages/both.$kind")
        equal "... once, beside what nobody lists" file_and_folder,file_unlisted,file_unlisted \
            "$(says --format json "packages/both.$kind" | jq -r '[.findings[] | select(.level == "ERROR") | .requirement] | sort | join(",")')"
        check "faulty.$kind is not" code 1 "$r7" validate "packages/faulty.$kind"
        check "nor broken.$kind" code 1 "$r7" validate "packages/broken.$kind"
        check "... for its container" grep -qxE 'container_[a-z]+' <(found "packages/broken.$kind")
    done
    equal "each fault has its requirement" CSIP41,CSIP43,CSIP69,CSIP71,CSIP79,content_xml,file_unlisted,siard_archive "$(found faulty/prov-1)"
    check "what cannot be checked is told" grep -q '^WARNING checksum_unsupported' <(says faulty/prov-1)
    check "a name composed otherwise is told as such" \
        grep -q $'found "NFD: .*/a\xcc\x8anote-0055.txt"; expected "NFC: .*/\xc3\xa5note-0055.txt"' <(says faulty/prov-1)
    check "a name in another case is told with the file's" grep -q 'found "case: .*/note-0050.txt"' <(says faulty/prov-1)
}

# What no container may hold, no folder may.
folders() {
    unpack packages/right.tar link
    ln -s METS.xml link/prov-1/copy.xml
    equal "a link" container_link "$(found link/prov-1)"
    unpack packages/right.tar pipe
    mkfifo pipe/prov-1/pipe
    equal "a pipe" container_kind "$(found pipe/prov-1)"
    unpack packages/right.tar name
    touch name/prov-1/$'new\nline'
    equal "a name with a line break" container_path_unsafe "$(found name/prov-1)"
    unpack packages/right.tar latin
    touch latin/prov-1/$'\xe5'
    equal "a name that is no UTF-8" container_path_encoding "$(found latin/prov-1)"
    mkdir empty
    check "an empty folder is no package" code 1 "$r7" validate empty
    unpack packages/right.tar bare
    rm bare/prov-1/METS.xml
    equal "without METS" CSIPSTR4 "$(found bare/prov-1)"
}

# listed PACKAGE: each file as --files tells it.
listed() {
    "$r7" validate --files files.jsonl "$1" >>validate.log 2>&1 || true
    jq -r '[.sha256, .bytes, .path] | @tsv' files.jsonl
}

each_file() {
    local kind
    (cd right/prov-1 && find . -type f -printf '%P\n' | LC_ALL=C sort | while read -r file; do
        printf '%s\t%s\t%s\n' "$(sha256sum <"$file" | cut -d' ' -f1)" "$(stat -c %s "$file")" "$file"
    done) >wanted
    for kind in "${kinds[@]}"; do
        check "--files tells of each file of $kind" diff wanted <(listed "packages/right.$kind" | LC_ALL=C sort -k 3)
        mv files.jsonl first.jsonl
        listed "packages/right.$kind" >/dev/null
        check "... the same again" cmp first.jsonl files.jsonl
    done
    check "a file that cannot be written is told" code 2 "$r7" validate --files "$work/none/files" notes.zip
    check "... before anything is judged" [ ! -s out ]
    check "and one that cannot take all of it" code 2 "$r7" validate --files /dev/full notes.zip
}

undecided() {
    check "a file that is not there" code 2 "$r7" validate none.zip
    check "... says so" grep -q '^r7 validate: could not open "none.zip"' err
    check "neither file nor folder" code 2 "$r7" validate pipe/prov-1/pipe
    check "schemas that are not there" code 2 env R7_SCHEMAS="$work/none" "$r7" validate notes.zip
    check "schemas are looked for beside the program" code 0 env -u R7_SCHEMAS "$r7" validate notes.zip
    mkdir alone
    cp "$(readlink -f "$r7")" alone/r7
    check "... and nowhere else" code 2 env -u R7_SCHEMAS alone/r7 validate notes.zip
    check "... which it says" grep -qF "$work/alone/schemas/xsd" err
    check "or where it is said" code 0 env -u R7_SCHEMAS "$r7" validate --schemas "$top/schemas" notes.zip
    check "no folder for what is large" code 2 env TMPDIR="$work/none" "$r7" validate notes.zip
    check "more than standard input may have" code 2 "$r7" validate --limit 1000 - <notes.tar
    size=$(stat -c %s notes.tar)
    check "as many as it may" code 0 "$r7" validate --limit "$size" - <notes.tar
    check "a file in its place is none" code 1 "$r7" validate description.json
    unpack packages/right.tar foreign
    sed -i 's|PROFILE="[^"]*"|PROFILE="https://example.com/profile.xml"|' foreign/prov-1/METS.xml
    equal "a profile that nobody knows is no error" "" "$(found foreign/prov-1)"
    check "... but no verdict" code 2 "$r7" validate foreign/prov-1
    check "wrong usage" code 2 "$r7" validate
    check "no such limit" code 2 "$r7" validate --limit much notes.zip
    check "... which is wrong usage" grep -q '^usage: ' err
    check "no such form" code 2 "$r7" validate --format pdf notes.zip
    check "a report that cannot be written" unwritten
}

unwritten() {
    local got=0
    "$r7" validate notes.zip >/dev/full || got=$?
    is_equal 2 "$got"
}

# The reports, judged by readers that are not ours.
reports() {
    unpack odd.tar hostile
    printf x >'hostile/prov-1/<img src=x onerror=alert(1)>&"'
    [ -d "$top/../shared/eark-schemas/report" ] || left_out "the schema of E-ARK's report"
    python3 - "$r7" "$top" hostile/prov-1 packages/broken.zip right/prov-1 <<'READERS' >readers
import html.parser
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as tree

import jsonschema
import yaml

r7, top, *packages = sys.argv[1:]


def report(form, package):
    return subprocess.run([r7, "validate", "--format", form, package], capture_output=True).stdout.decode()


class Page(html.parser.HTMLParser):
    void = {"meta"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not {"src", "href", "onerror", "onclick"} & {name for name, _ in attributes}, attributes
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


with open(top + "/schemas/openapi/validation.yaml") as file:
    schemas = yaml.safe_load(file)["components"]["schemas"]
wanted = dict(schemas["report"], components={"schemas": schemas}, additionalProperties=False)
schemas["finding"]["additionalProperties"] = False
wanted["required"] = [name for name in wanted["required"] if name not in ("delivery", "uid")]
eark = top + "/../shared/eark-schemas/report/eark-validator-1.1.3-report.schema.json"
if os.path.exists(eark):
    with open(eark) as file:
        eark = json.load(file)
else:
    eark = {}

for package in packages:
    told = json.loads(report("json", package))
    jsonschema.validate(told, wanted)
    jsonschema.validate(told, eark)
    errors = {(f["requirement"], f.get("rule")) for f in told["findings"] if f["level"] == "ERROR"}

    suite = tree.fromstring(report("junit", package)).find("testsuite")
    cases = suite.findall("testcase")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    failed = [case for case in cases if case.find("failure") is not None]
    assert len(set(names)) == len(cases) == int(suite.get("tests")), "testcases"
    assert len(failed) == int(suite.get("failures")) == len(errors), (failed, errors)
    assert suite.get("errors") == "0"

    page = Page()
    text = report("html", package)
    page.feed(text)
    page.close()
    assert page.open == [] and not page.tags & {"script", "img", "link", "iframe", "b"}, page.tags
    assert "http" not in text.replace("http-equiv", "").replace("http://", "").replace("https://", "")
    told_names = {f["path"] for f in told["findings"] if "path" in f}
    shown = "".join(page.text)
    assert all(name in shown for name in told_names), told_names
    for f in told["findings"]:
        assert f.get("text_sv", "") in shown and f.get("text", "") in shown, f
    print(package, len(errors) > 0)
READERS
    equal "JSON by its schema, JUnit and HTML by their parsers" \
        "hostile/prov-1 True packages/broken.zip True right/prov-1 False" "$(xargs <readers)"
    check "a file's name stays text" grep -qF '&lt;img src=x onerror=alert(1)&gt;&amp;' <(says --format html hostile/prov-1)
    check "an unknown profile is an error of the test" grep -q '<error ' <(says --format junit foreign/prov-1)
    equal "the same bytes each time" "$(says --format html faulty/prov-1 | sha256sum)" "$(says --format html faulty/prov-1 | sha256sum)"
    equal "nothing is left behind" "" "$(ls -A scratch)"
}

# The conformance suite of BagIt. A warning is none that refuses; a path of another system's leads nowhere.
bags() {
    local suite=$top/../shared/bagit-conformance bag expected wrong=
    if [ ! -r "$suite/expected.tsv" ]; then
        left_out "the conformance suite of BagIt"
        return
    fi
    while IFS=$'\t' read -r bag _ expected; do
        case $expected in
            expected) continue ;;
            valid | warning) expected=0 ;;
            *) expected=1 ;;
        esac
        code "$expected" "$r7" validate "$suite/$bag" || wrong+=" $bag"
    done <"$suite/expected.tsv"
    equal "bags are judged as the conformance suite has them" "" "$wrong"
}

# What r7 validate refuses is not made, and what was there before stays.
unmade() {
    mkdir base
    echo "no database" >base/a.siard
    sed 's/"MIXED"/"OTHER", "other_content_information_type": "SIARD_2.2"/' description.json >base.json
    echo before >base.zip
    for out in base.zip base.tar; do
        check "$out of what is not valid" code 1 "$r7" pack --description base.json --out $out --format "${out#*.}" base
        check "... says what, and where" grep -q '^ERROR siard_archive.1 representations/rep1/data/a.siard' err
        check "... nothing else" [ "$(grep -cE '^(ERROR|WARNING|INFO)' err)" = 1 ]
        check "... how many" grep -qx 'r7 pack: the package is not valid: 1 error' err
        check "... and leaves nothing" [ ! -e $out.partial ]
    done
    check "what was there before is there" [ "$(cat base.zip)" = before ]
    check "what was not is not" [ ! -e base.tar ]
    check "without schemas nothing can be told" code 2 env R7_SCHEMAS="$work/none" "$r7" pack --description description.json --out none.zip notes
    check "... and nothing is made" [ ! -e none.zip ]
}

# What a supplier gets: a folder with a program and the schemas.
standalone() {
    if [ ! -x "$build/standalone/r7" ]; then
        left_out "the standalone r7: $build/standalone/r7 is not built"
        return
    fi
    mkdir -p supplier/schemas
    cp "$build/standalone/r7" supplier
    cp -r "$top/schemas/xsd" supplier/schemas
    unset R7_SCHEMAS
    r7=$work/supplier/r7
    check "it needs no library" grep -q 'statically linked' <(ldd supplier/r7 2>&1)
    check "its report is the same" diff faulty.json <(report faulty/prov-1)
    check "what it packs is valid" pack own.zip notes
    check "... by itself" code 0 supplier/r7 validate own.zip
    check "it speaks to no archive" code 2 supplier/r7 deliver own.zip
}

packages
packed
forms
folders
each_file
undecided
unmade
reports
bags
standalone
tell
