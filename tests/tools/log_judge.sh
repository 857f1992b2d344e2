#!/usr/bin/env bash
# build/log_judge: Go's own transparency log as a judge of ours, for tests/integration/log.sh; prints its path. Fails where there
# is no go, or its module cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$PWD/build/log_judge
[ ! -x /usr/local/go/bin/go ] || PATH=$PATH:/usr/local/go/bin
mkdir -p build
if ! [ "$out" -nt tests/tools/log_judge/main.go ]; then
    (cd tests/tools/log_judge && GOTOOLCHAIN=local go build -o "$out" .) >build/log_judge.log 2>&1 ||
        { echo "could not build log_judge (build/log_judge.log)" >&2 && exit 1; }
fi
echo "$out"
