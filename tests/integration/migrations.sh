#!/usr/bin/env bash
# What migrations make of rows that are there: a database as an earlier version left it is migrated to today's. Ends with "N passed,
# N failed".
#
#   tests/integration/migrations.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# begun NAME NUMBER: an empty database of that name, migrated up to NUMBER; it is the script's own from then on.
begun() {
    sql "$(login r7_migrate "$(address postgres)")" -c "drop database if exists \"$1\"" -c "create database \"$1\" template template0" 2>/dev/null
    migrate=$(login r7_migrate "$(address "$1")")
    rm -rf "$work/before" && mkdir -p "$work/before/sql"
    find "$top/schemas/sql" -name '[0-9]*.sql' | sort | while read -r file; do
        [[ $((10#$(basename "$file" | cut -c 1-4))) -gt $2 ]] || ln -s "$file" "$work/before/sql/"
    done
    check "a database as of migration $2" migrated "$work/before"
}

migrated() {
    R7_DATABASE_URL=$migrate R7_SCHEMAS=$1 "$build/bin/r7-migrate"
}

# The rows of the query in one line, their columns with spaces between.
told() {
    query "$1" | tr '|\n' ' ,' | sed 's/,$//'
}

# 48: texts that stood on assignments, groups' rules and what waits for a second person.
analyses() {
    local user='00000000-0000-4000-8000-00000000000' group=00000000-0000-4000-8000-0000000000aa
    begun migrations 47
    query "insert into access.tenant (id, name, title) values (1, 'region-a', 'A'), (2, 'region-b', 'B');
        insert into access.\"user\" (id, tenant, login, name) values ('${user}1', 1, 'one', 'One'), ('${user}2', 1, 'two', 'Two'), ('${user}3', 2, 'three', 'Three');
        insert into access.assignment (id, tenant, \"user\", role, care_provider, purposes, information_types, analysis, valid_from, valid_until) values
            ('${user}1', 1, '${user}1', 'care_staff', 'SE1-CP', '{care}', '{care}', 'Behovs- och riskanalys 2019, ärende åäö', '2019-05-01Z', null),
            ('${user}2', 1, '${user}2', 'care_staff', 'SE1-CP', '{care}', '{care}', 'Behovs- och riskanalys 2019, ärende åäö', '2018-05-01Z', '2019-01-01Z'),
            ('${user}4', 1, '${user}2', 'archivist', null, '{archive}', '{care}', 'BR arkiv', '2020-01-01Z', null),
            ('${user}5', 1, '${user}2', 'local_administrator', null, '{administration}', '{}', 'behövs för uppdraget', '2017-01-01Z', null),
            ('${user}3', 2, '${user}3', 'care_staff', 'SE2-CP', '{care}', '{care}', 'BR arkiv', '2021-01-01Z', null),
            ('${user}6', 2, '${user}3', 'supplier', null, '{system_test}', '{}', 'x', '2021-01-01Z', null);
        insert into access.provisioned_group (id, tenant, display_name, provisioned_at, modified_at) values ('$group', 1, 'G', now(), now());
        insert into access.group_rule (id, tenant, \"group\", role, care_provider, purposes, information_types, analysis, valid_from) values
            ('${user}1', 1, '$group', 'care_staff', 'SE1-CP', '{care}', '{care}', 'BR grupp', '2022-01-01Z'),
            ('${user}2', 1, '$group', 'local_administrator', null, '{administration}', '{}', 'BR adm', '2022-01-01Z');
        insert into access.proposal (id, tenant, kind, fact, proposed_by, proposed_at, expires_at, state, decided_by, decided_at) values
            ('${user}1', 1, 'assignment', '{\"id\":\"x\",\"role\":\"archivist\",\"analysis\":\"BR förslag\"}', '${user}1', '2026-01-01Z', '2026-01-08Z', 'waiting', null, null),
            ('${user}2', 1, 'assignment', '{\"id\":\"y\",\"analysis\":\"BR som var\"}', '${user}1', '2026-01-01Z', '2026-01-08Z', 'approved', '${user}2', '2026-01-02Z'),
            ('${user}3', 1, 'succession', '{\"unit\":\"U\"}', '${user}1', '2026-01-01Z', '2026-01-08Z', 'waiting', null, null)"
    check "is migrated to today's" migrated "$top/schemas"
    equal "each text is an analysis of its region, from its first use on, without an end" \
        "1 BR arkiv 2020-01-01,1 BR förslag 2026-01-01,1 BR grupp 2022-01-01,1 Behovs- och riskanalys 2019, ärende åäö 2018-05-01,2 BR arkiv 2021-01-01" \
        "$(told "select tenant, title, (valid_from at time zone 'utc')::date from access.analysis where valid_until is null order by tenant, title collate \"C\"")"
    equal "nothing is claimed of it" "f f f f taken over t" "$(told "select distinct decided_at is not null, document is not null, review_by is not null, cardinality(units) > 0, decided_by, taken_over from access.analysis")"
    equal "its id is made of the text, the same in each region" "1 taken-over-" "$(told "select count(distinct id), left(min(id), 11) from access.analysis where title = 'BR arkiv'")"
    equal "each assignment rests on what stood on it" "1 Behovs- och riskanalys 2019, ärende åäö,2 Behovs- och riskanalys 2019, ärende åäö,3 BR arkiv,4 BR arkiv" \
        "$(told "select right(s.id::text, 1), a.title from access.assignment s join access.analysis a on a.tenant = s.tenant and a.id = s.analysis order by 1")"
    equal "roles that show nothing on none" "5 local_administrator,6 supplier" "$(told "select right(id::text, 1), role from access.assignment where analysis is null order by 1")"
    equal "so do groups' rules" "1 BR grupp,2 " "$(told "select right(r.id::text, 1), a.title from access.group_rule r left join access.analysis a on a.tenant = r.tenant and a.id = r.analysis order by 1")"
    equal "and what waits; what was decided stays as it was" "1 BR förslag,2 ,3 " \
        "$(told "select right(p.id::text, 1), a.title from access.proposal p left join access.analysis a on a.tenant = p.tenant and a.id = p.fact ->> 'analysis' order by 1")"
    equal "with the rest of the fact" "x archivist,y BR som var" "$(told "select fact ->> 'id', coalesce(fact ->> 'role', fact ->> 'analysis') from access.proposal where kind = 'assignment' order by 1")"
    check "an assignment of one region cannot rest on another's" refused_by_key "update access.assignment set tenant = 2 where id = '${user}4'"
    equal "migrating again does nothing" "" "$(migrated "$top/schemas")"
}

refused_by_key() {
    ! query "$1" 2>"$work/refused" && grep -q 'violates foreign key' "$work/refused"
}

# 49 and 56: what was before the history was kept.
histories() {
    local person=00000000-0000-4000-8000-0000000000bb
    begun migrations 47
    query "insert into access.tenant (id, name, title) values (1, 'region-a', 'A'), (2, 'region-b', 'B');
        insert into access.unit (tenant, id, name, care_provider, is_protected, valid_from) values (1, 'U-1', 'En', 'SE1-CP', true, '2000-01-01Z'), (2, 'U-1', 'En', 'SE2-CP', false, '2000-01-01Z');
        insert into access.person_fact (tenant, person, protection, source, since) values (1, '$person', 'protected', 'x', '2024-01-01Z');
        insert into access.person_told (tenant, person, told_at, known, is_protected, deceased) values (2, '$person', '2024-01-01Z', true, true, false);
        insert into access.person_service (tenant, asked, fresh_hours, decided_by) values (2, true, 24, 'x')"
    check "is migrated to today's" migrated "$top/schemas"
    equal "units have what they had, from always on" "1 U-1 -infinity t,2 U-1 -infinity f" "$(told "select * from access.unit_protection order by 1")"
    equal "so have persons, by the region's word" "1 2020-01-01 protected,1 2026-01-01 protected,2 2020-01-01 not_known,2 2024-01-02 protected" \
        "$(for at in '1 2020-01-01' '1 2026-01-01' '2 2020-01-01' '2 2024-01-02'; do
            query "set r7.tenant = ${at% *}; select '$at ' || protection from access.person_protection_at('$person', '${at#* }Z')"
        done | tr '\n' ',' | sed 's/,$//')"
}

start_cluster
analyses
histories
tell
