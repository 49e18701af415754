#!/bin/sh
# Builds all packages twice, from copies of the source in two folders, with two
# caches, and compares every byte.
set -eu
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo 0.0.0)}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/one"
tar -c --exclude=./bin --exclude=./.git --exclude=./.cache . | tar -x -C "$work/one"
cp -R "$work/one" "$work/another-folder"
for name in one another-folder; do
	(cd "$work/$name" && GOCACHE=$work/cache-$name make -s packages VERSION="$version" DATE=2026-01-01T00:00:00Z >/dev/null)
done
diff "$work/one/bin/dist/SHA256SUMS" "$work/another-folder/bin/dist/SHA256SUMS"
echo "reproducible: $(wc -l <"$work/one/bin/dist/SHA256SUMS") files, the same bytes in both builds"
