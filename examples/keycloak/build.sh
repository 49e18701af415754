#!/bin/sh
# Builds the provider: build.sh CLASSPATH JAR, with the libraries of Keycloak as the
# class path: build.sh '/opt/keycloak/lib/lib/main/*' veto-keycloak.jar
set -eu
here=$(dirname "$0")
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
javac --release 17 -Xlint:all,-classfile -d "$classes" -cp "$1" "$here"/src/pw/veto/keycloak/*.java
jar --create --file "$2" -C "$classes" . -C "$here/resources" .
