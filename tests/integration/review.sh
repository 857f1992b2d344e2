#!/usr/bin/env bash
# Log review: whose part of the log a reviewer sees, samples by a published seed, risk rules over a day, the queue, outcomes,
# statistics. Rooms keys and access, and rows of the log. Ends with "N passed, N failed".
#
#   tests/integration/review.sh [BUILD]     BUILD: build/debug
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/asking.sh"

ports keys access
access=https://127.0.0.1:${port[access]}
cp=SE0000000001-1001 other_cp=SE0000000002-1001
patient=191212121212

# did WHO PROVIDER UNIT AT ACTION REASONS [PERSON] [MORE SQL COLUMNS=VALUES]: a row of the log; PERSON is a pseudonym.
did() {
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person,
            action, purpose, records, what, reasons, request, salt)
        select gen_random_uuid(), 1, $4, 'person', '${user[$1]}', '$1', a.id, a.role, nullif('$3', ''), nullif('$2', ''), ${7:-null}::uuid, '$5', 'care', 1, '{}',
            '$6', gen_random_uuid(), sha256(random()::text::bytea) from access.assignment a where a.\"user\" = '${user[$1]}' limit 1"
}

who_read() {
    ask "$1" POST "$access/who-read" "{\"person\":{\"number\":\"$patient\"}}"
    echo " $(jq -r '[.disclosures[]? | select(.purpose == "care") | .subject_name] | sort | join(" ")' "$work/answer")"
}

people() {
    sign_in nurse care_staff U-1 "$cp" care
    sign_in doctor care_staff U-9 "$other_cp" care
    reviewer greta "$cp"
    reviewer olle "$other_cp"
    reviewer rut
}

parts() {
    local person
    person="'$(pseudonym "$patient")'"
    did nurse "$cp" U-1 "$(day_at 11:00 5)" read own_unit "$person"
    did doctor "$other_cp" U-9 "$(day_at 12:00 5)" read own_unit "$person"
    did rut "" "" "$(day_at 12:00 5)" read archivist "$person"
    equal "a reviewer sees what the own provider's staff did" "200 nurse" "$(who_read greta)"
    equal "another's reviewer theirs" "200 doctor" "$(who_read olle)"
    equal "the region's everybody's" "200 doctor nurse rut" "$(who_read rut)"
    equal "who cares sees none" "403 " "$(who_read nurse)"
    query "insert into access.review_rules (id, tenant, valid_from, rules, decided_by, decided_at)
        values (gen_random_uuid(), 1, now() - interval '1 minute', '{\"every_provider\":true}', 'x', now())"
    equal "the region may decide otherwise" "200 doctor nurse rut" "$(who_read greta)"
    query "delete from access.review_rules"
    equal "and as before without that" "200 nurse" "$(who_read greta)"
    equal "each look is in the log" "5" "$(query "select count(*) from access.disclosure where purpose = 'log_review' and person = $person")"
}

# The third day back, at a time in Sweden.
day_at() {
    echo "((((now() at time zone 'Europe/Stockholm')::date - ${2-3}) + time '$1') at time zone 'Europe/Stockholm')"
}

decision() {
    jq -c --argjson more "${1:-{\}}" '. * $more' "$top/schemas/log-review/default.json"
}

# decide VALID-FROM-SQL [MORE JSON]
decide() {
    ask chief PUT "$access/log/review-rules" "{\"valid_from\":\"$(query "select to_char(($1) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")\",\"rules\":$(decision "${2-}"),\"decided_by\":\"Chefläkaren\"}"
}

rules() {
    local long
    long=$(printf 'x%.0s' {1..301})
    equal "rules that are none" "400 400 400 400 400 413 413" "$(for more in '{"due_days":0}' '{"sample":{"every":"year"}}' '{"rules":[{"name":"n","kind":"night","weight":1,"swedish":"s","english":"e"}]}' \
        '{"rules":[{"name":"n","kind":"moon","weight":1,"swedish":"s","english":"e"}]}' '{"more":1}' "{\"rules\":[{\"name\":\"n\",\"kind\":\"other_units\",\"weight\":1,\"swedish\":\"$long\",\"english\":\"e\"}]}" \
        "{\"rules\":[$(for i in {1..50}; do printf '{"name":"n%s","kind":"other_units","weight":1,"swedish":"%s%s","english":"e"},' "$i" "${long:5}" "${long:5}"; done | sed 's/,$//')]}"; do
        decide "now()" "$more"; echo; done | paste -sd ' ')"
    equal "only a local administrator decides" "403 403" "$(ask nurse PUT "$access/log/review-rules" '{}') $(ask greta PUT "$access/log/review-rules" '{}')"
    equal "a first decision of long ago" 400 "$(decide "now() - interval '40 days'")"
}

# What rules find: each on one day of its own reader, about patients of its own.
deeds() {
    local n self known
    self="'$(pseudonym 189001019802)'"
    known="'$(pseudonym "$patient")'"
    sign_in kim care_staff U-2 "$cp" care
    sign_in eve care_staff U-2 "$cp" care
    sign_in max care_staff U-3 "$cp" care
    equal "whose identity is whose" 204 "$(ask chief PUT "$access/users/${user[kim]}/person" '{"person":{"number":"189001019802"}}')"
    did kim "$cp" U-2 "$(day_at 12:00)" read own_unit "$self"
    did eve "$cp" U-2 "$(day_at 12:01)" read own_unit "$self"
    # At night, and another unit's: 1 + 1 + 2 (no relation) = 4.
    did eve "$cp" U-2 "$(day_at 23:30)" read other_units_chosen "'00000000-0000-4000-8000-000000000001'"
    did eve "$cp" U-2 "$(day_at 23:30)" opened_other_units other_units_chosen "'00000000-0000-4000-8000-000000000001'"
    # By night alone, below the threshold; with a relation, too.
    did nurse "$cp" U-1 "$(day_at 03:00)" read own_unit "'00000000-0000-4000-8000-000000000002'"
    # Five patients searched for and nothing read; one that was read counts for nothing.
    for n in 1 2 3 4 5 6; do did doctor "$other_cp" U-9 "$(day_at 10:0$n)" searched own_unit "'00000000-0000-4000-8000-00000000010$n'"; done
    # To ask a service about one of them opens nothing.
    did doctor "$other_cp" U-9 "$(day_at 10:07)" asked_national_service assignment_covers "'00000000-0000-4000-8000-000000000101'"
    did doctor "$other_cp" U-9 "$(day_at 10:10)" read own_unit "'00000000-0000-4000-8000-000000000106'"
    # 61 patients within an hour.
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose, records, what, reasons, request, salt)
        select gen_random_uuid(), 1, $(day_at 14:00) + n * interval '50 seconds', 'person', '${user[max]}', 'max', (select id from access.assignment where \"user\" = '${user[max]}'), 'care_staff', 'U-3', '$cp',
        gen_random_uuid(), 'read', 'care', 1, '{}', 'own_unit', gen_random_uuid(), sha256(n::text::bytea) from generate_series(1, 61) n"
    query "insert into access.emergency (id, tenant, \"user\", assignment, person, reason, valid_from, valid_until)
        select gen_random_uuid(), 1, '${user[nurse]}', (select id from access.assignment where \"user\" = '${user[nurse]}'), gen_random_uuid(), 'x', at, at + interval '4 hours'
        from (values ($(day_at 08:00)), ($(day_at 08:00 9)), ($(day_at 08:00 20))) v (at)"
    query "insert into access.person_fact (tenant, person, protection, source) values (1, $known, 'protected', 'x')"
    did max "$cp" U-3 "$(day_at 09:00)" read own_unit "$known"
    # A national service's rows are nobody's staff's.
    query "insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, person, action, purpose, records, what, reasons, request, salt)
        values (gen_random_uuid(), 1, $(day_at 23:00), 'national_service', 'SE5565594230-NPO', 'NPÖ', $known, 'read', 'care', 1, '{}', 'national_service', gen_random_uuid(), sha256('x'))"
    # The seed of a period that is over when the day is looked at; public since before it began.
    query "insert into access.review_period (id, tenant, begins, ends, per, rows_each, seed, published_at)
        select '00000000-0000-4000-8000-00000000abcd', 1, d, d + 1, 'unit', 2, decode('$seed', 'hex'), now() from (select ($(day_at 00:00) at time zone 'Europe/Stockholm')::date) v (d)"
}

seed=$(printf '%064d' 7)

# What the job has made, but for when.
made() {
    query "select count(*) from access.review_day where tenant = 1"
    query "select id, day, subject_name, coalesce(unit, '-'), score, lines from access.review order by id"
    query "select review, rule, weight, lines from access.review_finding order by 1, 2"
    query "select disclosure, stratum, review from access.review_drawn order by 1"
}

found() {
    query "select string_agg(x, ' | ' order by x) from (select r.subject_name || ' ' || string_agg(f.rule || ':' || f.lines, ',' order by f.rule) || ' = ' || r.score as x
        from access.review r join access.review_finding f on f.review = r.id group by r.id) v"
}

by_rules() {
    deeds
    equal "a first decision may begin some days ago" 204 "$(decide "$(day_at 00:00)")"
    equal "days that have passed are looked at by themselves" 2 "$(wait_for 60 2 query "select count(*) from access.review_day where day <= ($(day_at 00:00 2) at time zone 'Europe/Stockholm')::date")"
    equal "what the rules find" "doctor search_only:5 = 3 | eve colleague:1 = 3 | eve night:2,no_relation:2,other_units:1 = 4 | kim own_record:1 = 5 | max protected_person:1 = 3 | max volume:61 = 3 | nurse repeated_emergency:3 = 3" "$(found)"
    equal "days stay as they were looked at" 400 "$(decide "$(day_at 00:00)")"
    wait_for 20 t query "select drawn_at is not null from access.review_period where id = '00000000-0000-4000-8000-00000000abcd'" >/dev/null
    equal "the sample can be drawn again by anybody" "$(query "select id, unit from access.disclosure where subject_kind = 'person' and at >= $(day_at 00:00) and at < $(day_at 00:00 2)" | python3 -c "
import hashlib, sys, uuid
rows = [l.strip().split('|') for l in sys.stdin]
units = {}
for i, u in rows:
    units.setdefault(u, []).append((hashlib.sha256(b'r7e-draw-v1' + bytes.fromhex('$seed') + uuid.UUID(i).bytes).digest(), i))
print(' '.join(sorted(i for u in units.values() for _, i in sorted(u)[:2])))")" "$(query "select string_agg(disclosure::text, ' ' order by disclosure::text) from access.review_drawn")"
    equal "each drawn row has its review" 0 "$(query "select count(*) from access.review_drawn d left join access.review r on r.id = d.review where r.id is null")"
    equal "candidates go" 0 "$(query "select count(*) from access.review_candidate")"
    equal "the next period's seed is public before it begins" "1 true" "$(wait_for 20 "1 true" query "select count(*) || ' ' || bool_and(begins > (now() at time zone 'Europe/Stockholm')::date) from access.review_period where drawn_at is null")"
    next_seed=$(query "select encode(seed, 'hex') from access.review_period where drawn_at is null")
    check "and in the journal" grep -rqF "$next_seed" "$work/one"
    ask nurse GET "$access/log/reviews/draws" >/dev/null
    equal "to everybody with an account" "$next_seed" "$(jq -r '.periods[0].seed' "$work/answer")"
}

# Has it died, or done all there was to do?
ended() {
    if ! kill -0 "${pid[access]}" 2>/dev/null; then
        echo dead
    elif [ "$(query "$all_done")" = t ]; then
        echo "done"
    else
        echo no
    fi
}

# The job dies at one step after the other and makes the same.
deaths() {
    local before point n died=0
    before=$(made)
    all_done="select (select count(*) from access.review_day where tenant = 1) = $(head -n 1 <<<"$before")
        and (select drawn_at is not null from access.review_period where id = '00000000-0000-4000-8000-00000000abcd')"
    query "delete from access.review_drawn; delete from access.review_finding; delete from access.review; delete from access.review_day;
        update access.review_period set drawn_at = null where id = '00000000-0000-4000-8000-00000000abcd'"
    for n in 1 2 3; do
        for point in db.before_sync db.after_sync; do
            again access R7_FAULT="$point:$n:kill"
            until [ "$(ended)" != no ]; do sleep 0.1; done
            [ "$(ended)" != dead ] || died=$((died + 1))
            [ "$(ended)" != dead ] || wait "${pid[access]}" 2>/dev/null || true
        done
    done
    check "it dies at several steps ($died)" [ $died -ge 4 ]
    again access
    answers "$access/"
    equal "after deaths the work is done" t "$(wait_for 60 t query "$all_done")"
    equal "all is as it was, once" "$before" "$(made)"
}

# listed WHO [STATE]: whose deeds are in the queue.
listed() {
    ask "$1" GET "$access/log/reviews?state=${2-open}" >/dev/null
    jq -r '[.reviews[]? | select(.score > 0) | .reader] | sort | join(" ")' "$work/answer"
}

review_of() {
    query "select id from access.review where subject_name = '$1' and score > 0 order by score desc, id limit 1"
}

cli() {
    local days id
    days="--from $(date -u -d '-10 days' +%F) --to $(date -u +%F)"
    id=$(review_of max)
    equal "r7 review list" "0 1" "$(r7 olle review list) $(grep -c 'Minst fem patienter har sökts fram' "$work/said-by-r7")"
    equal "take, show, decide" "0 0 0" "$(r7 greta review take "$id") $(r7 greta review show "$id") $(r7 greta review decide "$id" --outcome explained --text Inskrivning)"
    equal "what is none" "2 2 1" "$(r7 greta review take none) $(r7 greta review list --state 'a b') $(r7 greta review show "$(cat /proc/sys/kernel/random/uuid)")"
    # shellcheck disable=SC2086
    equal "statistics" "0 1" "$(r7 chief review statistics $days) $(jq '.by_outcome.explained' "$work/said-by-r7")"
    query "select jsonb_build_object('id', id, 'unit', unit) from access.disclosure where subject_kind = 'person' and at >= $(day_at 00:00) and at < $(day_at 00:00 2)" >"$work/rows.jsonl"
    equal "draw --check draws the same" "0 $(query "select string_agg(disclosure::text, ' ' order by disclosure::text) from access.review_drawn")" \
        "$(r7 greta review draw --check "$seed" --rows 2 "$work/rows.jsonl") $(sed -n 's/  U-.*//p' "$work/said-by-r7" | sort | paste -sd ' ')"
    equal "by no seed" 2 "$(r7 greta review draw --check abc "$work/rows.jsonl")"
    query "delete from access.review_outcome where review = '$id'; update access.review set taken_by = null, taken_at = null where id = '$id'"
}

queue() {
    local id tomorrow
    tomorrow=$(date -u -d '+2 days' +%F)
    equal "the queue is the own care provider's" "eve eve kim max max nurse" "$(listed greta)"
    equal "the other's" "doctor" "$(listed olle)"
    equal "the region's is everybody's" "doctor eve eve kim max max nurse" "$(listed rut)"
    equal "who cares has none" "403" "$(ask nurse GET "$access/log/reviews")"
    equal "nor an administrator" "403" "$(ask chief GET "$access/log/reviews")"
    equal "the heaviest first" "kim" "$(ask greta GET "$access/log/reviews" >/dev/null && jq -r '.reviews[0].reader' "$work/answer")"
    check "never about whom" not grep -q '"person"' "$work/answer"
    id=$(review_of kim)
    equal "another provider's is not there" "404 404 404 404" "$(ask olle GET "$access/log/reviews/$id") $(ask olle POST "$access/log/reviews/$id/take") $(ask olle POST "$access/log/reviews/$id/outcome" '{"outcome":"no_remark","text":"x"}') $(ask olle GET "$access/log/reviews/$(cat /proc/sys/kernel/random/uuid)")"
    equal "its rows of the log" "200 1 read" "$(ask greta GET "$access/log/reviews/$id") $(jq -r '"\(.disclosures | length) \(.disclosures[0].action)"' "$work/answer")"
    equal "the look is in the log, about the patient" 1 "$(query "select count(*) from access.disclosure where subject = '${user[greta]}' and what ->> 'log' = 'a review' and person = '$(pseudonym 189001019802)'")"
    equal "of a protected person without the place" "null" "$(ask greta GET "$access/log/reviews/$(query "select review from access.review_finding where rule = 'protected_person'")" >/dev/null && jq -r '.disclosures[0].unit' "$work/answer")"
    equal "judged by who has it in hand" 412 "$(ask greta POST "$access/log/reviews/$id/outcome" '{"outcome":"explained","text":"x"}')"
    equal "taken, by one" "204 204 412" "$(ask greta POST "$access/log/reviews/$id/take") $(ask greta POST "$access/log/reviews/$id/take") $(ask rut POST "$access/log/reviews/$id/take")"
    equal "an outcome is whole" "400 400 400 400" "$(ask greta POST "$access/log/reviews/$id/outcome" '{"outcome":"fine","text":"x"}') $(ask greta POST "$access/log/reviews/$id/outcome" '{"outcome":"explained","text":" "}') $(ask greta POST "$access/log/reviews/$id/outcome" '{"outcome":"explained","text":"x","follow_up_on":"2020-01-01"}') $(ask greta POST "$access/log/reviews/$id/outcome" '{"outcome":"explained","text":"x","follow_up_on":"soon"}')"
    equal "and recorded, with a day to look again" "201" "$(ask greta POST "$access/log/reviews/$id/outcome" "{\"outcome\":\"to_be_investigated\",\"text\":\"Samtal med chefen\",\"follow_up_on\":\"$tomorrow\"}")"
    equal "it waits for its second look" "kim" "$(listed greta follow_up)"
    equal "which is another's" "403" "$(ask greta POST "$access/log/reviews/$id/outcome" '{"outcome":"no_remark","text":"x"}')"
    equal "that one's" "204 201" "$(ask rut POST "$access/log/reviews/$id/take") $(ask rut POST "$access/log/reviews/$id/outcome" '{"outcome":"explained","text":"Utredd"}')"
    equal "and the end" "kim 412" "$(listed rut "done") $(ask rut POST "$access/log/reviews/$id/take")"
    check "the journal has the outcome" grep -rq review_decided "$work/one"
    check "not what was written" not grep -rq "Samtal med chefen" "$work/one"
}

not() {
    ! "$@"
}

# Nobody judges what they did themselves.
own_deed() {
    local id
    query "insert into access.review (id, tenant, day, subject, subject_name, assignment, role, person, lines, first_at, last_at, score, due_on)
        select gen_random_uuid(), 1, now()::date - 2, '${user[rut]}', 'rut', id, 'log_reviewer', gen_random_uuid(), 1, now(), now(), 9, now()::date from access.assignment where \"user\" = '${user[rut]}'"
    id=$(review_of rut)
    equal "what one did oneself" "403 403" "$(ask rut POST "$access/log/reviews/$id/take") $(ask rut POST "$access/log/reviews/$id/outcome" '{"outcome":"no_remark","text":"x"}')"
    check "is told so" grep -q own_deed "$work/answer"
    equal "and not there for who reviews a provider's" 404 "$(ask greta POST "$access/log/reviews/$id/take")"
}

statistics() {
    local days
    days="from=$(date -u -d '-10 days' +%F)&to=$(date -u +%F)"
    equal "the region's" "200 8 1 {\"explained\":1}" "$(ask chief GET "$access/log/reviews/statistics?$days") $(jq -c '"\(.risk) \(.reviewed) \(.by_outcome)"' "$work/answer" | jq -r .)"
    equal "of a reviewer's own provider" "200 1 0" "$(ask olle GET "$access/log/reviews/statistics?$days") $(jq -r '"\(.risk) \(.reviewed)"' "$work/answer")"
    equal "by rule" "own_record 1 1" "$(ask greta GET "$access/log/reviews/statistics?$days" >/dev/null && jq -r '.by_rule[] | select(.rule == "own_record") | "\(.rule) \(.reviews) \(.reviewed)"' "$work/answer")"
    equal "of no days, and of nobody" "400 400 403" "$(ask chief GET "$access/log/reviews/statistics") $(ask chief GET "$access/log/reviews/statistics?from=2026-02-01&to=2026-01-01") $(ask nurse GET "$access/log/reviews/statistics?$days")"
    query "update access.review set due_on = now()::date - 1 where subject_name = 'nurse' and score > 0"
    equal "what is overdue" "1" "$(ask greta GET "$access/log/reviews/statistics?$days" >/dev/null && jq -r .overdue "$work/answer")"
}

marks() {
    equal "who is marked says a named officer" 403 "$(ask chief PUT "$access/persons/marks" '{"person":{"number":"191212121212"},"kind":"well_known"}')"
    query "insert into access.identity_officer (tenant, \"user\", decided_by, valid_from) select 1, id, 'x', now() - interval '1 minute' from access.\"user\" where login = 'chief' and tenant = 1"
    equal "then it is so" "204 1" "$(ask chief PUT "$access/persons/marks" '{"person":{"number":"191212121212"},"kind":"well_known"}') $(query "select count(*) from access.marked_person where valid_until is null")"
    equal "until then" "204 0" "$(ask chief PUT "$access/persons/marks" '{"person":{"number":"191212121212"},"kind":"well_known","valid_until":"2026-01-01T00:00:00Z"}') $(query "select count(*) from access.marked_person where valid_until is null")"
}

# The database is lost: decisions, seeds, outcomes, marks come back from the journal, and the days are looked at again.
restored() {
    stop "${pid[access]}"
    query "delete from base.journal_line; delete from base.journal_place"
    query "delete from access.review_outcome; delete from access.review_drawn; delete from access.review_finding; delete from access.review; delete from access.review_day;
        delete from access.review_period where drawn_at is null; delete from access.marked_person; delete from access.staff_person"
    room access
    answers "$access/"
    equal "outcomes are back, without their text" "explained explained to_be_investigated made again from the journal" "$(query "select string_agg(outcome, ' ' order by outcome) || ' ' || min(text) from access.review_outcome")"
    equal "the seed too" "$next_seed" "$(query "select encode(seed, 'hex') from access.review_period where drawn_at is null")"
    equal "marks and identities" "1 1" "$(query "select (select count(*) from access.marked_person) || ' ' || (select count(*) from access.staff_person)")"
    wait_for 60 2 query "select count(*) from access.review_day where day <= ($(day_at 00:00 2) at time zone 'Europe/Stockholm')::date" >/dev/null
    equal "the reviews again, and what was judged is" "kim max" "$(listed rut "done")"
}

region_house review keys access
people
parts
rules
by_rules
deaths
log_in chief region-a
cli
queue
own_deed
statistics
marks
restored
tell
