#!/usr/bin/env bash
# Are schemas/ what the rooms say of themselves?
set -euo pipefail
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/schemas.py" "$1"
