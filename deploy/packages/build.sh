#!/bin/sh
# Makes the packages and archives of the programs in $BIN: see "make packages".
# The same programs and $DATE make the same bytes.
set -eu
umask 022
number=${VERSION#v}
case $number in [0-9]*.*) ;; *) number=0.0.0~$number ;; esac # as versions of packages begin
number=$(printf %s "$number" | tr - +) # as rpm has it

chmod -R u=rwX,go=rX "$BIN/share"

# package CONFIG PACKAGER
package() {
	SOURCE_DATE_EPOCH=$(date -u -d "$DATE" +%s) VERSION=$number "$NFPM" package --config "deploy/packages/$1" --packager "$2" --target "$DIST"
}

export ARCH UNITS PAM BIN CLIENTS
for ARCH in amd64 arm64; do
	for packager in deb rpm; do
		UNITS=/usr/lib/systemd/system
		test $packager = rpm || UNITS=/lib/systemd/system
		package nfpm.yaml $packager
	done
done

# clients ARCH FOLDER MACHINE packages the filters in C that are there.
clients() {
	test -e "bin/$2/veto-samba-check" || return 0
	ARCH=$1 CLIENTS=bin/$2
	PAM=/lib/$3-linux-gnu/security package passflt.yaml deb
	PAM=/usr/lib64/security package passflt.yaml rpm
}
clients amd64 passflt x86_64
clients arm64 passflt-arm64 aarch64

# archive NAME PROGRAM: NAME.zip for Windows, NAME.tar.gz elsewhere.
archive() {
	folder=$DIST/$1
	mkdir "$folder"
	cp -r "$BIN/share/doc/." "$folder"
	cp LICENSE "$folder"
	cp "$2.cdx.json" "$folder/veto.cdx.json"
	chmod -R u=rwX,go=rX "$folder"
	case $2 in
	*.exe)
		cp "$2" "$folder/veto.exe"
		find "$folder" -exec touch -h -d "$DATE" {} +
		(cd "$DIST" && find "$1" -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$1.zip")
		;;
	*)
		install -m 755 "$2" "$folder/veto"
		tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="$DATE" -C "$DIST" -cf - "$1" | gzip -9n >"$DIST/$1.tar.gz"
		;;
	esac
	rm -r "$folder"
}

for program in "$BIN"/veto-linux-* "$BIN"/veto-darwin-* "$BIN"/veto-windows-*; do
	case $program in *.json) continue ;; esac
	name=$(basename "$program" .exe)
	cp "$program.cdx.json" "$DIST/"
	archive "veto-$number-${name#veto-}" "$program"
done
(cd "$DIST" && LC_ALL=C sha256sum -- * >SHA256SUMS)
cat "$DIST/SHA256SUMS"
