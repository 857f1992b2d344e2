#!/usr/bin/env bash
# The demo's own certificate authority and its certificates, in var/keys. Made when missing, made anew when they no
# longer verify or have less than 30 days left; every other file is left as it is.
#
#   certificates.sh                        the authority, an empty revocation list, kafka, admin, each room, npo
#   certificates.sh system TENANT SYSTEM   also the certificate of one source system
#   certificates.sh revoke NAME            takes one back: rooms know it from their next HUP on, Kafka does not ask the list
#
# NAME.crt and NAME.key for each: room-NAME (a room's own door, its calls to other rooms, and Kafka), kafka, admin
# (Kafka's super user), system-TENANT-SYSTEM, npo (the national platform; its HSA-id is the subject's serialNumber).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

umask 077
keys=$var/keys
month=$((30 * 24 * 3600))

# A subject of CN alone is what Kafka's mapping rule takes as a principal.
config() {
    cat <<EOF
[req]
prompt = no
distinguished_name = subject
x509_extensions = $1
[subject]
[authority]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[revocation]
database = $keys/ca/index
default_md = sha256
crl_extensions = revocation_list
[revocation_list]
authorityKeyIdentifier = keyid
EOF
}

# make NAME KIND DAYS SUBJECT [OPTION...]: key and certificate appear whole or not at all.
make() {
    local name=$1 kind=$2 days=$3 subject=$4 log=$var/log/openssl.log
    shift 4
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -sha256 -days "$days" -subj "$subject" \
        -config <(config "$kind") -keyout "$keys/$name.key.new" -out "$keys/$name.crt.new" "$@" 2>"$log" ||
        fail_with_log "$log" "openssl could not make the certificate \"$name\""
    mv "$keys/$name.key.new" "$keys/$name.key"
    mv "$keys/$name.crt.new" "$keys/$name.crt"
}

fit() {
    [ -s "$keys/$1.key" ] && openssl verify -CAfile "$keys/ca.crt" -attime $((EPOCHSECONDS + month)) "$keys/$1.crt" \
        >/dev/null 2>&1
}

authority() {
    fit ca && return
    make ca authority 3650 "/CN=R7e demo authority $(openssl rand -hex 4)"
    rm -f "$keys/ca.crl"
}

revocation_list_fits() {
    local until
    until=$(openssl crl -in "$keys/ca.crl" -noout -nextupdate 2>/dev/null) || return 1
    [ "$(date -d "${until#nextUpdate=}" +%s)" -gt $((EPOCHSECONDS + month)) ]
}

revocation_list() {
    revocation_list_fits && return
    mkdir -p "$keys/ca" && touch "$keys/ca/index"
    openssl_ca -gencrl -crldays 365 -out "$keys/ca.crl.new"
    mv "$keys/ca.crl.new" "$keys/ca.crl"
}

openssl_ca() {
    openssl ca -name revocation -config <(config client) -cert "$keys/ca.crt" -keyfile "$keys/ca.key" "$@" \
        2>"$var/log/openssl.log" || fail_with_log "$var/log/openssl.log" "openssl could not write the revocation list"
}

revoke() {
    openssl_ca -revoke "$keys/$1.crt"
    rm "$keys/ca.crl"
    revocation_list
}

certificate() {
    local name=$1 kind=$2 subject=$3
    fit "$name" || make "$name" "$kind" 365 "$subject" -CA "$keys/ca.crt" -CAkey "$keys/ca.key"
}

main() {
    local room
    mkdir -p "$keys"
    exec 9>"$keys/lock"
    flock 9 # one at a time
    authority
    revocation_list
    certificate kafka server /CN=kafka
    certificate admin client /CN=admin
    certificate npo client /C=SE/O=Inera/CN=NPO/serialNumber=SE5565594230-NPO
    for room in $(rooms); do
        certificate "room-$room" server "/CN=room-$room"
    done
    case ${1-} in
    '') ;;
    system)
        [[ ${2-} =~ ^[a-z0-9-]+$ && ${3-} =~ ^[a-z0-9-]+$ ]] || fail "a tenant and a system are a-z, 0-9 and -"
        certificate "system-$2-$3" client "/CN=system-$2-$3"
        ;;
    revoke)
        [[ ${2-} =~ ^[a-z0-9-]+$ && -s $keys/$2.crt ]] || fail "there is no certificate \"${2-}\" in $keys"
        revoke "$2"
        ;;
    *) fail "certificates.sh knows no \"$1\"" ;;
    esac
}

main "$@"
