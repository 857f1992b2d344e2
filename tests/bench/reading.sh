# shellcheck shell=bash disable=SC2034
# A region with 1,000 care records and a nurse who may read them. Sourced after ../integration/lib.sh and asking.sh.

# records_to_read: their addresses, one a line, come to $work/paths with PORT for search's port.
records_to_read() {
    care_package
    query "insert into indexing.record (shard, package, person, part, number, tenant, type, category, status, occurred_at, care_provider, care_unit, unit_id,
            unit_name, archive_creator, source_system, source_id, title, content_hmac) select ('x' || substr(p::text, 1, 4))::bit(16)::int >> 6, '$package', p, 0, n, 1,
            'care', 'voo', 'signed', '1998-05-10', '$cp', 'U', 'U', 'Medicinkliniken', 'Region', '$system', 'n' || n, 'Anteckning', gen_random_uuid()
        from (select n, md5('person' || n)::uuid as p from generate_series(1, 1000) n) all_of_them; analyze"
    query "select 'https://127.0.0.1:PORT/records/' || package || '-' || shard || '-' || part || '-' || number from indexing.record" >"$work/paths"
}

# reading_house DATABASE: rooms keys, access and search, and the records; R7_TOKEN is the nurse's.
reading_house() {
    access=https://127.0.0.1:${port[access]} system=SE0000000001-3001 cp=SE0000000001-1001
    region_house "$1" keys access search
    sign_in nurse care_staff U "$cp" care
    records_to_read
    export R7_TOKEN=${token[nurse]} R7_CA=$R7_VAR/keys/ca.crt
}

# processor_of ROOM, server_for ROOM: milliseconds so far, of the room and of PostgreSQL's processes that serve its connections.
processor_of() {
    milliseconds "${pid[$1]}"
}

server_for() {
    # shellcheck disable=SC2046
    milliseconds $(query "select pid from pg_stat_activity where usename = 'r7_$1'")
}

milliseconds() { # PID...
    local process
    for process; do cat "/proc/$process/stat"; done | awk -v h="$(getconf CLK_TCK)" '{sum += $14 + $15} END {print sum * 1000 / h}'
}
