#!/usr/bin/env bash
# build/identity-providers: two real identity providers for tests/integration/oidc_real.sh, Keycloak of Maven Central and
# oidc-provider of npm. Without one of them its checks say that they are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
keycloak=26.0.8
oidc_provider=8.8.1 # the last of version 8, which Debian 12's Node.js 18 runs
folder=build/identity-providers
mkdir -p "$folder"

if [ ! -e "$folder/keycloak-$keycloak.tar.gz" ] &&
    ! { mvn -B -C org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak:tar.gz" \
        "-DoutputDirectory=$folder/new" >"$folder/keycloak.log" 2>&1 && mv "$folder/new"/*.tar.gz "$folder/keycloak-$keycloak.tar.gz" && rmdir "$folder/new"; }; then
    echo "could not take Keycloak from Maven Central ($folder/keycloak.log): signing in through it will be left out"
fi
if [ ! -e "$folder/node_modules/oidc-provider" ]; then
    command -v npm >/dev/null || services/embedded/install.sh node || true
    if ! npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund "oidc-provider@$oidc_provider" >"$folder/npm.log" 2>&1; then
        rm -rf "$folder/node_modules"
        echo "could not take oidc-provider from npm ($folder/npm.log): signing in through it will be left out"
    fi
fi
