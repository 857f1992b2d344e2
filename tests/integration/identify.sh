#!/usr/bin/env bash
# r7 identify: lines that programs can read, whatever a file is called; and what it says when it is called wrongly.
#
#   tests/integration/identify.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

r7=$build/bin/r7
unset R7_PRONOM
cd "$work"
mkdir pronom

# signature_file VERSION TEXT: where TEXT at the beginning is fmt/VERSION.
signature_file() {
    cat >"pronom/DROID_SignatureFile_V$1.xml" <<END
<FFSignatureFile Version="$1"><InternalSignatureCollection><InternalSignature ID="1"><ByteSequence Reference="BOFoffset">
<SubSequence SubSeqMinOffset="0" SubSeqMaxOffset="0"><Sequence>'$2'</Sequence></SubSequence></ByteSequence></InternalSignature>
</InternalSignatureCollection><FileFormatCollection><FileFormat ID="1" PUID="fmt/$1" Name="Form" Version="2">
<InternalSignatureID>1</InternalSignatureID></FileFormat></FileFormatCollection></FFSignatureFile>
END
}

says() { "$r7" identify "$@" 2>/dev/null; }

# code CODE COMMAND...: does it end with that?
code() {
    local wanted=$1 got=0
    shift
    "$@" >/dev/null 2>&1 || got=$?
    is_equal "$wanted" "$got"
}

signature_file 99 old
signature_file 100 form
printf 'form 1' >a
printf 'other' >$'tab\there'
printf 'form 2' >--odd
t=$'\t'

equal "the latest signature file of the folder is taken" "fmt/100${t}Form${t}2${t}signature${t}a" "$(R7_PRONOM=pronom says a)"
equal "another may be named" "-$t$t$t-${t}a" "$(says --signatures pronom/DROID_SignatureFile_V99.xml a)"
equal "a name ends no column" "-$t$t$t-${t}tab?here" "$(R7_PRONOM=pronom says $'tab\there')"
equal "files in the order given" "a --odd" "$(R7_PRONOM=pronom says -- a --odd | cut -f5 | xargs)"
equal "one that is not there does not stop the rest" "a" "$(R7_PRONOM=pronom says none pronom a | cut -f5)"
check "... and is told by the exit code" code 1 env R7_PRONOM=pronom "$r7" identify a none
check "all well" code 0 env R7_PRONOM=pronom "$r7" identify a
check "a folder without signature files" code 1 env R7_PRONOM=/ "$r7" identify a
check "without signatures" code 2 "$r7" identify a
check "without files" code 2 env R7_PRONOM=pronom "$r7" identify
check "containers alone" code 2 env R7_PRONOM=pronom "$r7" identify --containers x a
printf '<FFSignatureFile>\n<x></FFSignatureFile>' >bad.xml
check "a signature file that is wrong is refused" code 1 "$r7" identify --signatures bad.xml a
check "... with its line" grep -q 'bad.xml.*line 2' <("$r7" identify --signatures bad.xml a 2>&1)
tell
