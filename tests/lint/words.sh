#!/usr/bin/env bash
# Words that have no place in the tree, and things of the tree's form that no compiler sees.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bad=0

# none WHAT PATTERN [GIT-GREP-ARGUMENT...]: no line may hold the pattern.
none() {
    local what=$1 pattern=$2
    shift 2
    if git grep -nIP "$pattern" -- "$@" ':!tests/lint'; then
        echo "^ $what"
        bad=1
    fi
}

none "unfinished work belongs in an issue" '\b(TO[D]O|FI[X]ME|X[X]X|HA[C]K)\b|(?i)\b(fi[x]me|place[h]older|not (yet )?imple[m]ented)\b' . ':!schemas/xsd' ':!tests/*/data'
# (/Users/ID is a resource of SCIM.)
none "a path of somebody's machine" '(?<![\w.])/((home|work)/\w|Users/\w+/\w)' .
none "NOLINT says why" 'NOLINT(?!\w*\([a-zA-Z0-9.,*-]+\): \w)' '*.c' '*.h'
none "poisoned by base.h" '\b(strcpy|strcat|sprintf|strtok|atoi|gets|vsprintf)\s*\(' '*.c' '*.h' ':!libcommon/base/base.h'
none "lib never logs: it returns errors" '\blog_(info|error|warning)\(' 'libcommon/base/[!l]*' libcommon/domain libcommon/text libcommon/vault libcommon/format libcommon/db libcommon/bus
none "typedef of a struct" '^typedef struct' '*.c' '*.h'
none "grep -q ends before what it reads from has: under pipefail that is a failure, now and then" '\|\s*[ef]?grep -\w*q' '*.sh' tests/run
none "a line for a machine's end" '\r$' '*.c' '*.h' '*.sh' '*.sql' '*.md' Makefile
none "white space at the end" '[ \t]+$' '*.c' '*.h' '*.sh' '*.sql' '*.py' Makefile

for point in $(git grep -hoE '\b[a-z]+\.(before|after)_[a-z_]+' -- tests/integration tests/system tests/fault | sort -u); do
    if ! git grep -qF "FAULT(\"$point\")" -- '*.c'; then
        echo "$point"
        echo "^ a fault point that tests name and no code has: who waits for it waits in vain"
        bad=1
    fi
done

stray=$(git ls-files | cut -d/ -f1 | sort -u |
    grep -vxE '\.ci|\.clang-(format|tidy)|\.git(attributes|ignore)|\.shellcheckrc|CHANGELOG\.md|LICENSE|Makefile|README\.md|docker|k8s|libcommon|schemas|services|tests' || true)
if [ -n "$stray" ]; then
    echo "$stray"
    echo "^ what lies at the top is said in tests/lint/words.sh"
    bad=1
fi
exit $bad
