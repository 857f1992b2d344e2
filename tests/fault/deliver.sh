# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh sets
# Deliveries of every kind (kinds): what they need of the house, and how each is sent. Sourced by lib.sh.

# --- what they need ------------------------------------------------------------------------------
# An object store of its own: what lies in its folder is there, and it verifies each signature.
start_store() {
    local port secret=s3-secret-of-the-fault-house
    port=$(free_port store 7500)
    store=https://127.0.0.1:$port
    mkdir -p "$work/store/kurvan" "$R7_OBJECT_STORE_KEYS/region-a"
    (umask 077 && printf '{"endpoint":"%s","access_key":"kurvan","secret_key":"%s"}' "$store" $secret >"$R7_OBJECT_STORE_KEYS/region-a/kurvan")
    process_start store "$logs/store.log" /usr/bin/python3 "$top/tests/integration/object_store.py" "$port" "$work/store" \
        "$keys/room-ingest.crt" "$keys/room-ingest.key" "kurvan:$secret:kurvan"
}

# Agreements of kurvan beside the demo's: of notes, of what an archivist has to take in, of what lies in the object store.
agree() {
    local password
    password=$(cat "$var/demo/password")
    ada=$(sign_in region-a ada "$password")
    arne=$(sign_in region-a arne "$password")
    put_agreement A-NOTES '{"reader": "rivta"}'
    put_agreement A-RETURNED '{"accepts_by_itself": false, "keep_rejected_days": 0}'
    put_agreement A-STORED "{\"store_endpoint\": \"$store\", \"store_bucket\": \"kurvan\", \"store_credentials\": \"kurvan\"}"
}

# put_agreement ID MEMBERS: as A-KURVAN but for these.
put_agreement() {
    awk -F '\t' '$3 == "A-KURVAN" {print $4}' "$seed/agreements.tsv" | jq -c ". + $2" |
        as "$ada" curl -sS -f --cacert "$keys/ca.crt" -X PUT -H "Authorization: Bearer $ada" -H 'Content-Type: application/json' \
            --data-binary @- "https://127.0.0.1:${http_port[ingest]}/agreements/$1"
}

# --- each kind -----------------------------------------------------------------------------------
# take_package: sets `package` to one that was never delivered.
take_package() {
    [ "$sent" -lt "${#packages[@]}" ] || fail "the suite has no more packages: set PACKAGES over ${#packages[@]}"
    package=${packages[$sent]}
    identity=fault-$sent
    sent=$((sent + 1))
}

# until_taken COMMAND...: again and again until it succeeds, while the house is there; what it prints when it does.
until_taken() {
    until [ ! -d "$logs" ] || "$@" 2>>"$logs/deliver.log"; do
        pause 0.5
    done
}

# send IDENTITY FILE [ARGUMENT...]: prints the delivery.
send() {
    local identity=$1 file=$2
    shift 2
    [ $# -gt 0 ] || set -- --agreement A-KURVAN
    until_taken env "${kurvan[@]}" "$bin/r7" deliver --id "$identity" --state "$work/uploads" "$@" "$file"
}

deliver_package() {
    send "$identity" "$package"
}

deliver_repeated() {
    send "$identity" "$package" >/dev/null
    send "$identity" "$package"
}

deliver_refused() {
    local half=$work/$identity.half
    head -c $(($(stat -c %s "$package") / 2)) "$package" >"$half"
    send "$identity" "$half"
    rm "$half"
}

deliver_stranger() {
    send "$identity" "$package" --agreement NO-SUCH
}

deliver_uploaded() {
    send "$identity" "$package" --agreement A-KURVAN --upload
}

deliver_object() {
    cp "$package" "$work/store/kurvan/$identity.zip"
    send "$identity" "$package" --agreement A-STORED --uri "s3://kurvan/$identity.zip"
}

# sealed FILE: as anybody seals it who has Debian's age and the region's recipient.
sealed() {
    age -r "$(age-keygen -y "$keys/tenants/region-a/delivery.identity")" "$1"
}

deliver_encrypted() {
    local sealed=$work/$identity.age
    sealed "$package" >"$sealed"
    send "$identity" "$sealed"
    rm "$sealed"
}

# note ID: a care note as the national contract writes it, about a person of the public test series.
note() {
    printf '<careDocumentation xmlns="urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:3" xmlns:c="urn:riv:clinicalprocess:healthcond:description:3"><c:header><c:accessControlHeader><c:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension></c:patientId></c:accessControlHeader><c:record><c:id><c:root>%s</c:root></c:id><c:timestamp>20050301093000</c:timestamp></c:record></c:header><c:body><c:clinicalDocumentNoteText>Söker för hosta, %s.</c:clinicalDocumentNoteText></c:body></careDocumentation>' "$1" "$1"
}

# produce_record IDENTITY FILE
produce_record() {
    kcat -F "$var/demo/kcat/system-region-a-kurvan.conf" -P -t deliveries.region-a.kurvan -p 0 -X enable.idempotence=true \
        -H "ce_id=$1" -H ce_type=se.r7e.delivery.record.v1 -H ce_agreement=A-NOTES -H content-type=application/xml "$2" 2>>"$logs/deliver.log"
}

records_in_topic() {
    kafka_admin -C -t deliveries.region-a.kurvan -p 0 -o beginning -e -u -q -f '%h\n'
}

# has_come IDENTITY: asks until both can tell. What is gathered goes from the topic once the catalogue has it: so it is asked last.
has_come() {
    local topic
    topic=$(until_taken records_in_topic) # of which a try that failed may have printed some, too
    grep -q "ce_id=$1\(,\|\$\)" <<<"$topic" ||
        [ "$(until_taken query "select count(*) from ingest.extent where '$1' = any(identities)")" != 0 ]
}

# send_record IDENTITY FILE: once. kcat ends when its broker dies, who may have taken the record before: as any source system
# that keeps a list of its own, it looks before it sends again (what is sent again is gathered again).
send_record() {
    until produce_record "$@" || [ ! -d "$logs" ] || has_come "$1"; do
        pause 0.5
    done
}

# As many records as close a gathering, on one partition, each sent once, every other encrypted. Prints their ids: of what
# delivery they are stands in the catalogue.
deliver_records() {
    local number file=$work/$identity.xml
    for number in $(seq "$R7_GATHER_RECORDS"); do
        note "$identity-$number" >"$file.clear"
        if [ $((number % 2)) = 0 ]; then sealed "$file.clear" >"$file"; else mv "$file.clear" "$file"; fi
        send_record "$identity-$number" "$file"
        echo "$identity-$number"
    done
    rm -f "$file" "$file.clear"
}

# An archivist sends it back when all rooms have had it; what it had for keys is remembered, for these must go. It has come
# to its end when nothing is left of it.
deliver_returned() {
    local delivery
    delivery=$(send "$identity" "$package" --agreement A-RETURNED)
    until_taken is_indexed "$delivery"
    until_taken keys_of "$delivery" >>"$work/destroyed"
    until_taken return_it "$delivery"
    until_taken is_removed "$delivery"
    echo "$delivery"
}

is_indexed() {
    answers_with t "select indexed_at is not null and stored_at is not null from ingest.delivery where id = '$1'"
}

keys_of() {
    query "select key from preservation.segment where package = (select package from ingest.delivery where id = '$1')
        union select key from ingest.segment where delivery = '$1'
        union select key from validation.sealed where delivery = '$1' union select key from preservation.sealed where delivery = '$1'"
}

# The answer may be lost: what is returned already is returned.
return_it() {
    R7_TOKEN=$arne "$bin/r7" return "$1" --reason sent_by_mistake >/dev/null ||
        answers_with t "select returned_at is not null from ingest.delivery where id = '$1'"
}

is_removed() {
    answers_with removed "select state from ingest.delivery where id = '$1'"
}

# --- all of them ---------------------------------------------------------------------------------
# rooms_of KIND: a line each.
rooms_of() {
    awk -v kind="$1" '$1 == kind {gsub(",", "\n", $2); print $2}' "$suite/kinds"
}

kinds() {
    awk '!/^#/ && NF {print $1}' "$suite/kinds"
}

# bring KIND: sends the package and remembers it in `under_way`, "delivery kind" a line (of records: each one's id).
bring() {
    deliver_"$1" | sed "s/\$/ $1/" >>"$work/under_way"
}

# deliver KIND: brings one in the background: whom it needs may die, and be started again by us.
deliver() {
    take_package
    bring "$1" &
}

# How many are being brought.
bringing() {
    jobs -rp | wc -l
}

# flow N: sends so many packages in the background; flow_sender is its process, until flow_ends.
flow() {
    (for _ in $(seq "$1"); do take_package && bring package; done) &
    flow_sender=$!
    sent=$((sent + $1))
}

# Its number may be another's afterwards.
flow_ends() {
    local code=0
    wait "$flow_sender" || code=$?
    flow_sender=
    return $code
}

# flowing N: true when at least N of the deliveries under way are in the catalogue.
flowing() {
    local there
    there=$(query "select count(*) from ingest.delivery where id = any('{$(cut -d' ' -f1 "$work/under_way" | paste -sd,)}')" 2>/dev/null || true)
    [ "${there:-0}" -ge "$1" ]
}
