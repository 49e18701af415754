#!/bin/sh
# Unpacks packages of Debian for another architecture into a folder, for compilers
# and emulators, and leaves the system as it is: sysroot.sh ARCHITECTURE FOLDER PACKAGE...
set -eu
arch=$1 folder=$2
shift 2
command -v apt-get >/dev/null || { echo "sysroot: apt-get is missing: put the packages $* of $arch into $folder" >&2; exit 4; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root"
apt() {
	apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o APT::Sandbox::User=root -o Dir::State="$work" \
		-o Dir::State::lists="$work/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$work/cache" "$@"
}
apt update
(cd "$work" && apt download "$@")
for package in "$work"/*.deb; do
	dpkg-deb -x "$package" "$work/root"
done
find "$work/root" -type l | while read -r link; do # absolute ones lead out of the folder
	target=$(readlink "$link")
	case $target in /*) ln -sfnr "$work/root$target" "$link" ;; esac
done
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv "$work/root" "$folder"
