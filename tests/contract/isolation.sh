#!/usr/bin/env bash
# Row-level security, walked: every table that has a tenant, with every room's login role, while the tenant is another region or
# none. isolation.sql makes rows and questions of the catalogue; one line here for each check that fails.
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

own_database isolation
check 'the walk comes to its end' sql "$migrate" -f "$top/tests/contract/isolation.sql"
cp "$work/said" "$work/walked"
equal 'every table with row-level security is walked' \
    "$(query "select count(*) from pg_class where relrowsecurity and not relispartition and relkind in ('r', 'p')")" \
    "$(grep -o ' tries to see [^ ]*:' "$work/walked" | sort -u | wc -l)"
equal 'roles do see, write, change and remove what is their own region'"'"'s' 'change remove see write' \
    "$(sed -nE 's/^t .* with tenant [AC] tries to (see|write|change|remove) .* wanted 1,.*/\1/p' "$work/walked" | sort -u | paste -sd ' ')"
grep '^f ' "$work/walked" | sed 's/^f /FAILED  /' || true
passed=$((passed + $(grep -c '^t ' "$work/walked"))) failed=$((failed + $(grep -c '^f ' "$work/walked" || true)))
tell
