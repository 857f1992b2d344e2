#!/usr/bin/env bash
# Would a case notice if any condition of permission_decide were gone?
set -euo pipefail
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/permission.py" "$1"
