# shellcheck shell=bash
# shellcheck disable=SC2154 # top, var, bin, keys, logs, bootstrap and http_port are set by lib.sh and run.sh
# The demo: two regions, their people and facts, real packages on the topics, and what to try next. Sourced by run.sh,
# after lib.sh. What is done once is marked in var/demo, so that the next run goes on where this one ended.

seed=$top/services/demo/seed
regions=(region-a region-b)
. "$here/public.sh"

# --- keys and passwords, before the rooms start ---------------------------------------------------
make_password() {
    [ -s "$1" ] || (umask 077 && openssl rand -hex 12 >"$1")
}

make_demo_keys() {
    local region
    mkdir -p "$var/demo"
    make_password "$keys/admin.password"
    make_password "$var/demo/password"
    for region in "${regions[@]}"; do
        [ -d "$keys/tenants/$region" ] && continue
        "$bin/r7" keys init "$region" --keys-dir "$keys" --offline-dir "$var/demo/offline" >"$logs/keys.init.log" 2>&1 ||
            fail_with_log "$logs/keys.init.log" "could not make the keys of $region"
        "$bin/r7" keys prove-escrow "$region" --offline-dir "$var/demo/offline" >>"$logs/keys.init.log" 2>&1 ||
            fail_with_log "$logs/keys.init.log" "the escrow of $region does not open"
    done
}

make_topics() {
    "$bin/r7" topics >"$logs/topics.log" 2>&1 || fail_with_log "$logs/topics.log" "could not make the topics"
}

# --- regions, people, facts: once -----------------------------------------------------------------
# sign_in TENANT LOGIN PASSWORD: the token.
sign_in() {
    R7_PASSWORD=$3 "$bin/r7" login --tenant "$1" --print "$2" 2>>"$logs/demo.log"
}

# with_password FILE: a seed file with the demo's password in place.
with_password() {
    sed "s/@PASSWORD@/$(cat "$var/demo/password")/" "$1"
}

as() {
    local token=$1
    shift
    R7_TOKEN=$token "$@" >>"$logs/demo.log" 2>&1 || fail_with_log "$logs/demo.log" "could not connect the demo's regions: $*"
}

connect_regions() {
    local central region
    "$here/certificates.sh" >/dev/null
    central=$(sign_in central admin "$(cat "$keys/admin.password")") || fail_with_log "$logs/demo.log" "the central administrator cannot sign in"
    for region in "${regions[@]}"; do
        as "$central" "$bin/r7" tenant add <(with_password "$seed/$region.json")
    done
    as "$central" "$bin/r7" administer "$seed/central.json"
}

# The local administrators, each in the own region.
furnish_region() {
    local region=$1 login=$2 token file
    token=$(sign_in "$region" "$login" "$(cat "$var/demo/password")") || fail_with_log "$logs/demo.log" "$login cannot sign in"
    for file in "$seed/$region"-*.json; do
        case $file in
        *-analyses.json | *-facts.json) as "$token" "$bin/r7" administer "$file" ;;
        *) as "$token" "$bin/r7" user add <(with_password "$file") ;;
        esac
    done
    while IFS=$'\t' read -r tenant _ agreement body; do
        [ "$tenant" = "$region" ] || continue
        as "$token" curl -sS -f --cacert "$keys/ca.crt" -X PUT -H "Authorization: Bearer $token" \
            -H 'Content-Type: application/json' --data-binary "$body" \
            "https://127.0.0.1:${http_port[ingest]}/agreements/$agreement"
    done <"$seed/agreements.tsv"
}

seed_demo() {
    [ -e "$var/demo/seeded" ] && return
    say "connecting the demo's regions"
    connect_regions
    furnish_region region-a ada
    furnish_region region-b bo
    touch "$var/demo/seeded"
}

# --- deliveries -----------------------------------------------------------------------------------
# system_environment TENANT SYSTEM: how a source system speaks.
system_environment() {
    printf '%s\n' "R7_TENANT=$1" "R7_SYSTEM=$2" "R7_KAFKA_BOOTSTRAP=$bootstrap" "R7_CA=$keys/ca.crt" \
        "R7_CERT=$keys/system-$1-$2.crt" "R7_KEY=$keys/system-$1-$2.key"
    # A Kafka that was there already knows the certificate it was given for us, not those of the demo's authority.
    [ -z "${KAFKA_BOOTSTRAP-}" ] || printf '%s\n' "R7_BROKER_CA=${KAFKA_CA-}" "R7_BROKER_CERT=${KAFKA_CERT-}" "R7_BROKER_KEY=${KAFKA_KEY-}"
}

deliver_story() {
    local tenant system agreement package environment delivery last
    rm -rf "$var/demo/packages"
    "$bin/r7-demo" story "$var/demo/packages" >"$logs/story.log" 2>&1 || fail_with_log "$logs/story.log" "could not make the demo's packages"
    : >"$var/demo/deliveries.tsv"
    while IFS=$'\t' read -r tenant system agreement package; do
        "$here/certificates.sh" system "$tenant" "$system" >/dev/null
        kcat_config "system-$tenant-$system"
        mapfile -t environment < <(system_environment "$tenant" "$system")
        delivery=$(env "${environment[@]}" "$bin/r7" deliver --agreement "$agreement" "$var/demo/packages/$package" 2>>"$logs/demo.log") ||
            fail_with_log "$logs/demo.log" "could not deliver $package"
        printf '%s\t%s\t%s\n' "$tenant" "$system" "$delivery" >>"$var/demo/deliveries.tsv"
    done <"$var/demo/packages/deliveries.tsv"
    # What pennan delivers waits for an archivist; README.md lets its reader accept it.
    while IFS=$'\t' read -r tenant system delivery; do
        mapfile -t environment < <(system_environment "$tenant" "$system")
        last=searchable
        [ "$system" != pennan ] || last=awaiting_acceptance
        env "${environment[@]}" "$bin/r7" follow --wait 120 --until "$last" "$delivery" >>"$logs/demo.log" 2>&1 ||
            fail_with_log "$logs/demo.log" "delivery $delivery of $system did not become $last"
        say "  $system of $tenant: delivered, ${last/_/ }"
    done <"$var/demo/deliveries.tsv"
}

deliver_demo() {
    [ -e "$var/demo/delivered" ] && return
    say "delivering the demo's packages to their topics"
    deliver_story
    deliver_public_examples
    touch "$var/demo/delivered"
}

# --- for people ------------------------------------------------------------------------------------
write_tokens() {
    local who tenant login
    for who in region-a/nora region-a/arne region-a/rut region-a/lage region-a/ada region-b/berit region-b/bo; do
        tenant=${who%/*} login=${who#*/}
        printf 'export R7_TOKEN_%s=%q\n' "${login^^}" "$(sign_in "$tenant" "$login" "$(cat "$var/demo/password")")"
    done >"$var/demo/tokens"
    (
        umask 077
        {
            cat "$var/demo/env" "$var/demo/tokens"
            system_environment region-a kurvan | sed 's/^/export /'
            printf 'export R7_DELIVERY_RECIPIENT=%s\n' "$(age-keygen -y "$keys/tenants/region-a/delivery.identity")"
            printf 'export R7_DEMO_PASSWORD=%q\n' "$(cat "$var/demo/password")"
            printf 'export R7_NPO_CERT=%q R7_NPO_KEY=%q\n' "$keys/npo.crt" "$keys/npo.key"
            # shellcheck disable=SC2016
            printf 'export R7_TOKEN=$R7_TOKEN_NORA\n'
        } >"$var/demo/env.new"
    )
    rm -f "$var/demo/tokens"
    mv "$var/demo/env.new" "$var/demo/env"
}

show_what_to_try() {
    local package=$var/demo/packages/region-a/demo-a-kurvan-1.zip
    cat <<EOF

Try, in another terminal (nora is a nurse, arne an archivist, lage reviews the log):

    . $var/demo/env
    r7 status
    r7 find care --person 191212121212
    R7_TOKEN=\$R7_TOKEN_ARNE r7 deliveries --state awaiting_acceptance
    R7_TOKEN=\$R7_TOKEN_ARNE r7 accept --reason checked $(awk '$2 == "pennan" {print $3}' "$var/demo/deliveries.tsv")
    R7_TOKEN=\$R7_TOKEN_RUT r7 find registry --reference 'RE 2019-00417'
    r7 deliver --agreement A-KURVAN $package
    kcat -F $var/demo/kcat/system-region-a-kurvan.conf -C -t receipts.region-a.kurvan -o beginning -e -q
    curl --cacert \$R7_CA -H "Authorization: Bearer \$R7_TOKEN" -H 'Content-Type: application/json' \\
         -d '{"person": {"number": "191212121212"}, "purpose": "care"}' \$R7_SEARCH_URL/search/care

The story, step by step: README.md.
EOF
}
