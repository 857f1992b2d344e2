#!/usr/bin/env bash
# The table of cases of permission_decide (tests/unit/data/permission.tsv) asked again of the running rooms: each case as rows
# of its own, and the question why of room search on the case's day, by a log reviewer. What no row can say is left out.
# Ends with "N passed, N failed".
#
#   tests/integration/permission.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access search
access=https://127.0.0.1:${port[access]} search=https://127.0.0.1:${port[search]}

# The types that the cases speak of: those that are shipped, and two that are like the registry.
information_types() {
    local name
    cp -r "$top/schemas" "$work/schemas"
    for name in finance personnel; do
        sed "s/\"name\": *\"registry\"/\"name\": \"$name\"/; s/\"information\": *\"registry\"/\"information\": \"$name\"/; s/\"type\": *\"registry\"/\"type\": \"$name\"/" \
            "$top/schemas/information-types/registry.json" >"$work/schemas/information-types/$name.json"
    done
}

deliveries() { # PACKAGE STATUS
    echo "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, record_status, bytes, sha256, received_at,
          validated_at, accepted_at, stored_at) values ('$1', 1, 'vas', '$1', 'case', '$1', 'package', '$2', 1, sha256('$1'), now(), now(), now(), now());"
}

ask_all() {
    python3 - "$work/questions" "$search" "$1" "$R7_VAR/keys/ca.crt" <<'END'
import http.client, json, ssl, sys
from urllib.parse import urlencode, urlparse

passed = failed = 0
where = urlparse(sys.argv[2])
house = http.client.HTTPSConnection(where.hostname, where.port, context=ssl.create_default_context(cafile=sys.argv[4]))
for line in open(sys.argv[1]):
    case, assignment, record, on, purpose, action, choice, reason, number, outcome, reasons, obligations = line.rstrip("\n").split("\t")
    told = {"R7-Purpose": purpose, "R7-Other-Units": choice, "R7-Reason": reason, "R7-Request-Number": number}
    house.request("GET", f"/records/{record}/why?" + urlencode({"on": on, "assignment": assignment, "action": action}),
                  headers={"Authorization": "Bearer " + sys.argv[3], **{name: value for name, value in told.items() if value}})
    answer = house.getresponse()
    body = json.loads(answer.read())
    wanted = (outcome, reasons, obligations)
    decision = body.get("decision")
    got = decision and (decision["outcome"], *(",".join(w["word"] for w in decision[list_]) for list_ in ("reasons", "obligations")))
    if got == wanted:
        passed += 1
    else:
        failed += 1
        print(f"FAILED  {case}\n    wanted: {wanted}\n    got:    {got or body}")
print(passed, failed)
END
}

information_types
every_room=(R7_SCHEMAS="$work/schemas")
region_house permission keys access search
reviewer reviewer
package=$(cat /proc/sys/kernel/random/uuid) test_package=$(cat /proc/sys/kernel/random/uuid)
{
    echo "insert into ingest.agreement (tenant, id, system, title, information_type, reader, archive_creator, care_provider, source_system)
          values (1, 'case', 'vas', 'VAS', 'care', 'files', 'Region', 'p1', 'case');"
    deliveries "$package" NEW
    deliveries "$test_package" TEST
    "$build/integration/permission_rows" "$work/questions" "$work/left-out" "$package" "$test_package"
} | sql "$migrate" -v ON_ERROR_STOP=1 -f - >"$work/rows.log"
ask_all "${token[reviewer]}" >"$work/asked"
head -n -1 "$work/asked"
read -r right wrong <<<"$(tail -n 1 "$work/asked")"
equal "cases that the rooms decide as the function does" "0 wrong" "$wrong wrong"
equal "most cases can be asked of rooms" yes "$( ((right > 250)) && echo yes)"
equal "each question is in the log" "$((right + wrong))" "$(query "select count(*) from access.disclosure where action = 'explained'")"
echo "    left out: $(wc -l <"$work/left-out") cases that no row can say"
passed=$((passed + right)) failed=$((failed + wrong))
tell
