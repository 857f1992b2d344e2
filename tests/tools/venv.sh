#!/usr/bin/env bash
# build/venv: the one judge of the tests that is no Debian package, ocfl-py of PyPI. Without it those checks say that
# they are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
! build/venv/bin/python3 -c 'import ocfl' 2>/dev/null || exit 0
rm -rf build/venv
mkdir -p build
if ! /usr/bin/python3 -m venv build/venv >build/venv.log 2>&1 ||
    ! build/venv/bin/pip install -q --disable-pip-version-check --no-input ocfl-py==2.1.0 >>build/venv.log 2>&1; then
    rm -rf build/venv
    echo "could not install ocfl-py from PyPI (build/venv.log): the OCFL validator will be left out"
fi
