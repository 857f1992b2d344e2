# shellcheck shell=bash
# shellcheck disable=SC2154 # top, var, bin, keys, logs, http_port and seed are set by lib.sh, run.sh and demo.sh
# Public examples as deliveries of one more system, Samlingen, where ../shared holds them: packages as others made them
# (most break a rule, and are refused with it), and public content that r7 pack makes packages of. Sourced by demo.sh.

shared=$top/../shared
samlingen=region-a-samlingen

# NAME FOLDER...: one package of copies of the folders, by seed/public/NAME.json.
pack_public() {
    local name=$1 work=$var/demo/public/$1
    shift
    mkdir -p "$work"
    cp -r --no-preserve=mode "$@" "$work"
    "$bin/r7" pack --description "$seed/public/$name.json" --out "$var/demo/public/$name.zip" "$work" \
        >>"$logs/demo.log" 2>&1 || fail_with_log "$logs/demo.log" "could not make the package $name of public content"
    rm -rf "$work"
}

pack_public_content() {
    local data=$shared/realdata
    rm -rf "$var/demo/public"
    pack_public journal "$seed/public/index.csv" "$data/ccda" "$data/dicom" "$data/image" "$data/siard" "$data/synthea-csv"
    pack_public case "$data/erms"
}

deliver_public() {
    env "${samlingen_environment[@]}" "$bin/r7" deliver --agreement "$1" --id "$(basename "$2")" "$2" >>"$logs/demo.log" 2>&1 ||
        fail_with_log "$logs/demo.log" "could not deliver $(basename "$2")"
}

# What the archive says of Samlingen's deliveries: one state a line.
public_states() {
    curl -sS -f --cacert "$keys/ca.crt" -H "Authorization: Bearer $1" \
        "https://127.0.0.1:${http_port[ingest]}/deliveries?system=samlingen" 2>>"$logs/demo.log" |
        grep -o '"state":"[a-z_]*"' | cut -d '"' -f 4
}

# TOKEN COUNT: every one of them has come to its end.
public_ended() {
    [ "$(public_states "$1" | grep -cE '^(searchable|rejected)$')" -eq "$2" ]
}

deliver_public_examples() {
    local token package count=2
    [ -d "$shared/sips" ] && [ -d "$shared/realdata" ] || return 0
    say "delivering public packages and content"
    "$here/certificates.sh" system region-a samlingen >/dev/null
    kcat_config "system-$samlingen"
    mapfile -t samlingen_environment < <(system_environment region-a samlingen)
    pack_public_content
    deliver_public A-SAMLINGEN "$var/demo/public/journal.zip"
    deliver_public A-SAMLINGEN-DIARIUM "$var/demo/public/case.zip"
    for package in "$shared"/sips/*/*.{zip,tar,tar.gz}; do
        deliver_public A-SAMLINGEN "$package"
        count=$((count + 1))
    done
    token=$(sign_in region-a arne "$(cat "$var/demo/password")") || fail_with_log "$logs/demo.log" "arne cannot sign in"
    wait_until 120 public_ended "$token" "$count" ||
        fail_with_log "$logs/demo.log" "of $count public packages not all came to their end"
    say "  samlingen of region-a: $(public_states "$token" | sort | uniq -c | awk '{printf "%s%d %s", sep, $1, $2; sep = ", "}')"
}
