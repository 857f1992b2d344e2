#!/usr/bin/env bash
# build/log_judge: Go's own transparency log as a judge of ours, for tests/integration/log.sh; prints its path. Fails where Debian's
# Go and its golang.org/x/mod are not installed (services/embedded/install.sh test).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$PWD/build/log_judge
mkdir -p build
if ! [ "$out" -nt tests/tools/log_judge/main.go ]; then
    (cd tests/tools/log_judge && GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$(dirname "$out")/go-cache /usr/bin/go build -o "$out" main.go) \
        >build/log_judge.log 2>&1 || { echo "could not build log_judge (build/log_judge.log)" >&2 && exit 1; }
fi
echo "$out"
