#!/usr/bin/env bash
# Certificates that no room may take, made in OUT with the authority of KEYS (services/embedded/certificates.sh):
#
#   bad_certificates.sh KEYS OUT
#
# expired, revoked (with the list that says so, crl.pem, and the one before it, crl-before.pem), server (no client's purpose), foreign (another authority).
set -euo pipefail
keys=$1
out=$2
cd "$out"

config() {
    cat <<CONFIG
[req]
prompt = no
distinguished_name = subject
[subject]
[client]
extendedKeyUsage = clientAuth
[server]
extendedKeyUsage = serverAuth
[authority]
basicConstraints = critical, CA:true
[revocation]
database = $out/index
default_md = sha256
default_crl_days = 30
CONFIG
}

# sign NAME PURPOSE DAYS AUTHORITY
sign() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -config <(config) -subj "/CN=room-$1" -keyout "$1.key" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA "$4.crt" -CAkey "$4.key" -days "$3" -extfile <(config) -extensions "$2" -out "$1.crt"
}

revocation() {
    openssl ca -name revocation -config <(config) -cert "$keys/ca.crt" -keyfile "$keys/ca.key" "$@"
}

make_all() {
    sign expired client -1 "$keys/ca"
    sign server server 1 "$keys/ca"
    sign revoked client 1 "$keys/ca"
    : >index
    revocation -gencrl -out crl-before.pem
    revocation -revoke revoked.crt
    revocation -gencrl -out crl.pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -config <(config) -extensions authority -subj "/CN=another authority" \
        -days 1 -keyout other.key -out other.crt
    sign foreign client 1 "$out/other"
}

make_all >log 2>&1 || { cat log && exit 1; }
