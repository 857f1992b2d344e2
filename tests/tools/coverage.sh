#!/usr/bin/env bash
# Which lines the tests of build/cov reached: for each source file reached, all and percent; the least covered first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
find build/cov/obj/libcommon build/cov/obj/services -name '*.gcda' -exec gcov -n -r {} + 2>/dev/null |
    awk -F"[':% ]+" '/^File / {file = $2} /^Lines executed/ && file ~ /\.c$/ {
        lines[file] = $NF; reached[file] = int($3 * $NF / 100 + 0.5) > reached[file] ? int($3 * $NF / 100 + 0.5) : reached[file] }
        END {for (f in lines) {printf "%5.1f %% %6d of %6d  %s\n", 100 * reached[f] / lines[f], reached[f], lines[f], f
                               all += lines[f]; hit += reached[f]}
             printf "%5.1f %% %6d of %6d  together\n", 100 * hit / all, hit, all}' | sort -n >build/cov/coverage.txt
tail -n 1 build/cov/coverage.txt
grep together build/cov/coverage.txt
