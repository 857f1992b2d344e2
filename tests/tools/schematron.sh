#!/bin/sh
# schematron.sh RULES DOCUMENT…: does each document keep the Schematron rules? Prints what is broken, one line each;
# exit 0 when nothing is, 1 when something is, 2 when it could not be told. Needs Debian's libsaxonhe-java: the
# national rules are XPath 2, which libxslt does not know.
set -eu

if [ $# -lt 2 ]; then
    echo "usage: schematron.sh RULES DOCUMENT..." >&2
    exit 2
fi
saxon=/usr/share/java/Saxon-HE.jar
if [ ! -r "$saxon" ] || ! command -v java >/dev/null; then
    echo "schematron.sh: $saxon and java are needed: apt-get install libsaxonhe-java default-jre-headless" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
rules=$1
shift

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
transform() { java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$saxon" net.sf.saxon.Transform "$@"; }

transform -s:"$rules" -xsl:"$here/schematron.xsl" -o:"$scratch/rules.xsl" || exit 2
# One run of the machine for all documents: it costs a second to start.
mkdir "$scratch/in" "$scratch/broken"
number=0
for document; do
    number=$((number + 1))
    cp "$document" "$scratch/in/$number.xml" || exit 2
done
transform -s:"$scratch/in" -xsl:"$scratch/rules.xsl" -o:"$scratch/broken" || exit 2
result=0
number=0
for document; do
    number=$((number + 1))
    broken=$(echo "$scratch/broken/$number".*)
    [ -e "$broken" ] || exit 2
    if [ -s "$broken" ]; then
        sed "s|^|$document: |" "$broken"
        result=1
    fi
done
exit $result
