#!/usr/bin/env bash
# build/versitygw: a real S3 server (Apache-2.0), for tests/integration/object_store.sh; prints its path. Built by go, some
# three minutes. Debian's go (golang-go) is older than it needs: that one fetches a newer from the module proxy first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=v1.8.0 toolchain=v0.0.1-go1.25.5.linux-amd64
out=$PWD/build/versitygw
mkdir -p build

# Does the go in PATH know how to build it?
is_new() {
    [ "$(printf '%s\n' 1.25 "$(go env GOVERSION | sed 's/^go//')" | sort -V | head -n 1)" = 1.25 ]
}

# Another go, as a module; whose files have lost their modes.
fetch_go() {
    local folder
    folder=$(GOFLAGS=-mod=mod GONOSUMDB=golang.org/toolchain go mod download -json "golang.org/toolchain@$toolchain" | jq -r .Dir)
    mkdir -p build/go
    cp -r "$folder/." build/go
    chmod -R u+w build/go
    chmod +x build/go/bin/* build/go/pkg/tool/*/*
    export PATH=$PWD/build/go/bin:$PATH GOROOT=$PWD/build/go
}

if ! [ -x "$out" ]; then
    {
        is_new || fetch_go
        GOBIN=$PWD/build GOTOOLCHAIN=local GOFLAGS=-mod=mod go install "github.com/versity/versitygw/cmd/versitygw@$version"
    } >build/versitygw.log 2>&1 || { echo "could not build versitygw (build/versitygw.log)" >&2 && exit 1; }
fi
echo "$out"
