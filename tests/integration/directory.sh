#!/usr/bin/env bash
# The register of units and the HSA directory: rooms keys and access, and a stand-in of the directory over mutual TLS that
# answers by the official schemas. Ends with "N passed, N failed".
#
#   tests/integration/directory.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access hsa
access=https://127.0.0.1:${port[access]}
schemas=$top/../shared/rivta/infrastructure.directory.organization/5.0

refresh() {
    ask chief POST "$access/units/$1/refresh" "${2-{\}}"
}

of_answer() {
    jq -r "$1" "$work/answer"
}

row() {
    query "select name, care_unit, care_provider, source, valid_from::date from access.unit where id = '$1'" | tr '|' ' '
}

# directory JSON: what it knows from now on.
directory() {
    echo "$1" >"$work/units.json"
}

told() {
    directory '{"SE1-U1":{"name":"Medicinkliniken <1>","start":"1990-01-01T00:00:00","care_unit":"SE1-CU1","provider":"SE1-CP","provider_name":"Region Å"}}'
    equal "the directory's word comes into the register" "200 true" "$(refresh SE1-U1) $(of_answer .taken)"
    equal "as it was told, in Swedish time" "Medicinkliniken <1> SE1-CU1 SE1-CP directory 1989-12-31" "$(row SE1-U1)"
    equal "three contracts were asked, at the directory's address" "GetUnit SE1-U1 SE1-HSA GetHealthCareUnit SE1-U1 SE1-HSA GetHealthCareProvider SE1-CP SE1-HSA" "$(xargs <"$work/asked")"
    equal "with its time and source" "Region Å t" "$(query "select care_provider_name, told_at > now() - interval '1 hour' from access.unit_told" | tr '|' ' ')"
    equal "shown beside the register" "Region Å" "$(ask chief GET "$access/units/SE1-U1" >/dev/null; of_answer '.directory[0].care_provider_name')"
    directory '{"SE1-U1":{"name":"Medicin","start":"1990-01-01T00:00:00+01:00","end":"2003-01-01T00:00:00+01:00","care_unit":"SE1-CU1","provider":"SE1-CP","provider_name":"Region Å"}}'
    equal "a change there is a change here" "200 Medicin SE1-CU1 SE1-CP directory 1989-12-31" "$(refresh SE1-U1) $(row SE1-U1)"
    equal "r7 units refresh" "true" "$(r7 chief units refresh SE1-U1 >/dev/null; jq .taken "$work/said-by-r7")"
}

own_rows() {
    equal "a local administrator's own row" 204 "$(ask chief PUT "$access/units/SE1-U1" '{"name":"Vårt namn","care_unit":"SE1-CU1","care_provider":"SE1-CP","is_protected":true,"valid_from":"1985-01-01T00:00:00Z"}')"
    equal "wins" "200 false Vårt namn SE1-CU1 SE1-CP local 1985-01-01" "$(refresh SE1-U1) $(of_answer .taken) $(row SE1-U1)"
    equal "until it is let go" "200 true Medicin SE1-CU1 SE1-CP directory 1989-12-31" "$(refresh SE1-U1 '{"take":true}') $(of_answer .taken) $(row SE1-U1)"
    equal "a protected unit stays one" t "$(query "select is_protected from access.unit where id = 'SE1-U1'")"
    directory '{"SE1-U1":{"name":"Medicin AB","care_unit":"SE1-CU1","provider":"SE9-CP","provider_name":"Medicin AB"}}'
    equal "no unit moves to another care provider by the directory's word" "200 false Medicin SE1-CU1 SE1-CP directory 1989-12-31" "$(refresh SE1-U1) $(of_answer .taken) $(row SE1-U1)"
    equal "what it said is kept" SE9-CP "$(query "select care_provider from access.unit_told where unit = 'SE1-U1'")"
}

failing() {
    local before how
    before=$(row SE1-U1)
    for how in fault status html other large; do
        directory "{\"SE1-U1\":{\"name\":\"Annat\",\"care_unit\":\"SE1-CU1\",\"provider\":\"SE1-CP\",\"provider_name\":\"X\",\"answer\":\"$how\"}}"
        equal "an answer that is none ($how) is an error, and changes nothing" "503 $before" "$(refresh SE1-U1) $(row SE1-U1)"
    done
    directory '{"SE1-U2":{"name":"Kansli"}}'
    equal "a unit that it does not know" 404 "$(refresh SE1-U3)"
    equal "a unit of no care provider" 404 "$(refresh SE1-U2)"
    equal "only a local administrator" 401 "$(ask nobody POST "$access/units/SE1-U1/refresh" '{}')"
    stop "$service"
    equal "a directory that is away" "503 $before" "$(refresh SE1-U1) $(row SE1-U1)"
    equal "no word of a fault is in a log" 0 "$(cat "$work"/*.log | grep -c '19121212-1212' || true)"
}

own_database directory
[ -d "$schemas" ] || { left_out "the official schemas of the directory" && schemas=; }
directory '{}'
stand_in hsa_directory.py "${port[hsa]}" "$work/units.json" "$schemas"
room keys
room access R7_HSA_URL="https://127.0.0.1:${port[hsa]}/vp" R7_HSA_ADDRESS=SE1-HSA "${national[@]}"
answers "$access/jwks"
region
told
own_rows
failing
tell
