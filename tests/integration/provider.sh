# shellcheck shell=bash disable=SC2154
# An identity provider that does as it is told (identity_provider.py), at port[idp], and a browser. Sourced after sign_in.sh, never run.

start_provider() {
    mkdir -p "$work/idp"
    mood '{}'
    /usr/bin/python3 "$top/tests/integration/identity_provider.py" "${port[idp]}" "$work/idp" "$R7_VAR/keys/room-ingest.crt" \
        "$R7_VAR/keys/room-ingest.key" "$R7_VAR/keys/ca.crt" >"$work/idp.log" 2>&1 &
    ours $!
    answers "$issuer/.well-known/openid-configuration"
}

# mood JSON: what the provider does from now on.
mood() {
    echo "$1" >"$work/idp/mood.new" && mv "$work/idp/mood.new" "$work/idp/mood"
}

asked() {
    grep -cE "$1" "$work/idp/asked" || true
}

# forget: what access has kept of the provider, so that the next sign-in asks it.
forget() {
    query "delete from access.sign_in_metadata"
}

# way_back [URL]: where the provider sends the browser of $work/jar, which begins at URL.
way_back() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" -b "$work/jar" -c "$work/jar" -o "$work/answer" -w '%{redirect_url}' \
        "$(curl -s --cacert "$R7_VAR/keys/ca.crt" -c "$work/jar" -o "$work/answer" -w '%{redirect_url}' "${1-$access/oidc/region-a/idp/start}")"
}

# come_back URL [JAR]: the status.
come_back() {
    curl -s --cacert "$R7_VAR/keys/ca.crt" -b "${2-$work/jar}" -o "$work/answer" -w '%{http_code}' "$1"
}

go() {
    come_back "$(way_back "$@")"
}

# said: why the last request was refused, in the words of the log.
said() {
    tail -n 1 "$work/access.log"
}
