#!/usr/bin/env bash
# build/venv: the judges of the tests that are no Debian packages, of PyPI: ocfl-py and scim2-tester. Without one, its
# checks say that they are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# judge MODULE NAME PACKAGE...: is there, or cannot be had.
judge() {
    local module=$1 name=$2
    shift 2
    ! build/venv/bin/python3 -c "import $module" 2>/dev/null || return 0
    mkdir -p build
    [ -x build/venv/bin/pip ] || /usr/bin/python3 -m venv build/venv >build/venv.log 2>&1 || rm -rf build/venv
    build/venv/bin/pip install -q --disable-pip-version-check --no-input "$@" >>build/venv.log 2>&1 ||
        echo "could not install $name from PyPI (build/venv.log): it will be left out"
}

judge ocfl "the OCFL validator ocfl-py" ocfl-py==2.1.0
judge scim2_tester "the judge of SCIM scim2-tester" scim2-tester==0.5.2 'scim2-client[httpx2]==0.13.2'
