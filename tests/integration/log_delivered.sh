#!/usr/bin/env bash
# The access log of a retired system, all the way: its system delivers a package under an agreement for such logs, an archivist accepts
# it, it is indexed, and a log reviewer is told of it beside the archive's own log, of the own care provider's staff; nobody else is.
#
#   tests/integration/log_delivered.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/house.sh"

system=SE0000000001-3099 cp=SE0000000001-1001 other_cp=SE0000000001-1002
number=191212121212

agreed() {
    jq -n --arg system "$system" --arg cp "$cp" '{system: "pennan", title: "VAS loggar", information_type: "access-log", reader: "files", archive_creator: "Region 1",
        care_provider: $cp, source_system: $system, accepts_by_itself: false}' >"$work/agreement.json"
    check "an agreement for the log of a retired system" r7_as chief agreement set A-VAS-LOGG "$work/agreement.json"
}

# delivered NAME ROW...: a package with such a log, as its system sends it; prints the delivery.
delivered() {
    local name=$1
    shift
    mkdir -p "$work/$name"
    { printf 'TID;ANVÄNDARE;NAMN;ROLL;ENHET;VG;HÄNDELSE;PATIENT;RAD\r\n' && printf '%s\r\n' "$@"; } >"$work/$name/log.csv"
    jq -n --arg name "$name" '{objid: $name, title: $name, agreement: "A-VAS-LOGG", content_category: "Mixed", content_information_type: "OTHER",
        other_content_information_type: "access-log", archive_creator: {name: "Region"}, submitting_organisation: {name: "Region"},
        mappings: [{driver: "*/log.csv", reader: "files", form: "csv", fields: [{field: "type", value: "access-log"}, {field: "person_number", column: "PATIENT"},
            {field: "occurred_at", column: "TID"}, {field: "author_id", column: "ANVÄNDARE"}, {field: "author_name", column: "NAMN"}, {field: "author_role", column: "ROLL"},
            {field: "unit_id", column: "ENHET"}, {field: "care_provider", column: "VG"}, {field: "title", column: "HÄNDELSE"}, {field: "source_id", column: "RAD"},
            {field: "category", column: "HÄNDELSE", values: ["Läst=read", "Utskrift=printed", "Nödöppning=emergency", "*=other"]}]}]}' >"$work/$name.json"
    "$build/bin/r7" pack --description "$work/$name.json" --out "$work/$name.zip" "$work/$name" >>"$work/deliver.log" 2>&1
    R7_KAFKA_BOOTSTRAP=$bootstrap "$build/bin/r7" deliver --tenant region-a --system pennan --agreement A-VAS-LOGG --id "$name" "$work/$name.zip" 2>>"$work/deliver.log"
}

who_read() {
    ask "$1" POST "$access/who-read" "{\"person\":{\"number\":\"$number\"},\"reason\":\"prov\"${2-}}"
}

# What the answer tells of retired systems, and of our own log.
told() {
    jq -r '([.imported[] | "\(.subject_name):\(.action)"] | join(" ")) + " | " + ([.disclosures[] | "\(.subject_name):\(.action)"] | unique | join(" "))' "$work/answer"
}

waits() {
    protect $number none
    equal "a nurse looks for the person here" 200 "$(ask nora POST "$search/search/care" "{\"person\":{\"number\":\"$number\"},\"purpose\":\"care\"}")"
    log=$(delivered vas-2021 "2021-03-01 10:00:05;SE1-K;Kalle Karlsson;Läkare;MED1;$cp;Läst;19121212-1212;1" \
        "2021-04-01 11:30:00;SE1-L;Lisa Larsson;Sjuksköterska;MED1;$cp;Nödöppning;19121212-1212;2" \
        "2021-02-01 09:00:00;SE1-O;Olle Olsson;Läkare;PRIV;$other_cp;Utskrift;19121212-1212;3" \
        "2021-05-01 09:00:00;SE1-P;Petra Persson;Läkare;MED1;;Bytt läsare;19121212-1212;4" \
        "2021-03-02 10:00:05;SE1-K;Kalle Karlsson;Läkare;MED1;$cp;Läst;19121212-0000;5")
    equal "it is delivered, read and waits" awaiting_acceptance "$(comes_to awaiting_acceptance "$log")"
    equal "with its rows, one of them with a number that is nobody's" "5 access-log 1" \
        "$(query "select count(*) || ' ' || min(type) || ' ' || count(distinct person) - 1 from indexing.record where package = '$(package_of "$log")'")"
    equal "no reviewer is told of what is not accepted" "200  | nora:searched" "$(who_read hela) $(told)"
}

accepted() {
    equal "an archivist accepts it" "200 searchable" "$(decide arne accept "$log" checked k-log) $(comes_to searchable "$log")"
    equal "who read in 2021, in one place with who looked here" "200 Petra Persson:other Lisa Larsson:emergency Kalle Karlsson:read Olle Olsson:printed | hela:listed nora:searched" \
        "$(who_read hela) $(told)"
    equal "in the system's own words, with place and time" "Nödöppning|Sjuksköterska|MED1|$cp|$system|2021-04-01T09:30:00Z" \
        "$(jq -r '.imported[] | select(.action == "emergency") | [.said, .role, .unit, .care_provider, .source_system, .at] | join("|")' "$work/answer")"
    equal "r7 tells both" "0 Lisa Larsson,nora" "$(r7 hela who-read --person $number) $(grep -oE 'Lisa Larsson|nora' "$work/said-by-r7" | sort -u | paste -sd ,)"
    equal "a care provider's reviewer is told of its own staff" "200 Petra Persson:other Lisa Larsson:emergency Kalle Karlsson:read | nora:searched" "$(who_read egen) $(told)"
    equal "another's of theirs" "200 Olle Olsson:printed | " "$(who_read annan) $(told)"
}

others() {
    local who key
    key=$(query "select package || '-' || shard || '-' || part || '-' || number from indexing.record where type = 'access-log' limit 1")
    for who in nora rut arne chief; do
        equal "$who is told of no log" 403 "$(who_read $who)"
    done
    for who in nora rut arne hela; do
        equal "$who finds none of it" 403 "$(ask $who POST "$search/search/access-log" "{\"person\":{\"number\":\"$number\"}}")"
    done
    equal "staff, registrars and archivists open no row of it" "403 403 403" "$(for who in nora rut arne; do ask $who GET "$search/records/$key?purpose=care"; echo; done | xargs)"
    equal "nor who reviews the log, which is told and not opened" "404 404" "$(for purpose in care log_review; do ask hela GET "$search/records/$key?purpose=$purpose"; echo; done | xargs)"
    equal "nor is it among care" 0 "$(ask nora POST "$search/search/care" "{\"person\":{\"number\":\"$number\"},\"purpose\":\"care\"}" >/dev/null; jq '.records | length' "$work/answer")"
}

returned() {
    local second
    second=$(delivered vas-2022 "2022-03-01 10:00:05;SE1-K;Fel Person;Läkare;MED1;$cp;Läst;19121212-1212;9")
    equal "one that is sent back" "awaiting_acceptance 200 returned" "$(comes_to awaiting_acceptance "$second") $(decide arne return "$second" incomplete k-second) $(comes_to returned "$second")"
    equal "is told by none" "200 0" "$(who_read hela) $(jq '[.imported[] | select(.subject_name == "Fel Person")] | length' "$work/answer")"
}

begin_house log_delivered
sign_in nora care_staff MED1 $cp care
reviewer hela
reviewer egen $cp
reviewer annan $other_cp
agreed
waits
accepted
others
returned
equal "no number in a log" 0 "$(cat "$work"/*.log | grep -c "${number:2}" || true)"
tell
