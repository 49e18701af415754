#!/bin/bash
# Runs the image $1 of bin/dist by podman, as an installation would: without root,
# without capabilities, on a read-only file system. Needs root and podman with
# runc; images and containers lie in a folder that is removed.
set -euo pipefail
image=$1 work=$(mktemp -d) port=${PORT:-18080}
for program in podman runc curl; do
	command -v $program >/dev/null || { echo "image: needs $program"; exit 4; }
done
p() {
	podman --root "$work/store" --runroot "$work/run" --storage-driver vfs --runtime "$(command -v runc)" "$@"
}
# run ARGUMENTS...: locked as the Helm chart locks it. The rest lets podman work inside another container.
run() {
	p run --network=host --cgroups=no-conmon --ulimit=nofile=1024:1024 --ulimit=nproc=4096:4096 \
		--read-only --cap-drop=all --security-opt=no-new-privileges "$@"
}
finish() {
	p rm -fa >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap finish EXIT
fail() {
	echo "image: $*"
	exit 1
}

p load -qi bin/dist/veto-image.tar
verdicts=$(printf 'Summer2024!\ncopper lantern sings twice\n' | run --rm -i "$image" check || true)
[ "$verdicts" = "$(printf 'reject banned_term,date,low_score\naccept')" ] || fail "check says: $verdicts"
! run --rm --entrypoint /bin/sh "$image" -c true 2>/dev/null || fail "there is a shell"

# A server with a configuration, and lists on a volume that outlive the container.
printf 'server: {listen: "127.0.0.1:%s"}\nstore: {file: /var/lib/veto/lists.db}\nterms: {words: [zyxtal]}\n' "$port" >"$work/veto.yaml"
chmod 644 "$work/veto.yaml"
serve() {
	run -d --name veto -v "$work/veto.yaml:/etc/veto/veto.yaml:ro" -v lists:/var/lib/veto "$image" serve --config /etc/veto/veto.yaml >/dev/null
	for _ in $(seq 100); do
		curl -sf "http://127.0.0.1:$port/readyz" >/dev/null && return
		sleep 0.1
	done
	p logs veto
	fail "the server does not answer"
}
# judge PASSWORD: its decision and reasons.
judge() {
	printf '{"password":"%s"}' "$1" | curl -s --json @- "http://127.0.0.1:$port/v1/check"
}
serve
grep -q '^Uid:.65532.65532' "/proc/$(p inspect -f '{{.State.Pid}}' veto)/status" || fail "not run as 65532"
grep -q '"decision":"reject".*"banned_term"' <<<"$(judge zyxtal-7)" || fail "the configured word passes"
p exec veto veto lists add projects qwvobrik --server "http://127.0.0.1:$port" >/dev/null
p stop -t 10 veto >/dev/null
[ "$(p inspect -f '{{.State.ExitCode}}' veto)" = 0 ] || fail "does not stop cleanly"
p rm veto >/dev/null
serve
grep -q '"decision":"reject".*"banned_term"' <<<"$(judge qwvobrik-7)" || fail "the list did not outlive the container"
p rm -f veto >/dev/null

# The Dockerfile, which takes distroless's image: where that cannot be had, upon this one.
base=$(sed -n 's/^FROM //p' deploy/Dockerfile)
p pull -q "$base" >/dev/null 2>&1 || { echo "image: $base cannot be had; the Dockerfile is built upon $image"; p tag "$image" "$base"; }
p build -q --pull=never --isolation=chroot --ignorefile deploy/Dockerfile.dockerignore -f deploy/Dockerfile -t built . >/dev/null
[ "$(printf 'Summer2024!\n' | run --rm -i built check || true)" = "reject banned_term,date,low_score" ] || fail "what the Dockerfile builds does not check"
echo "image: $image loaded, checked, served without root on a read-only file system, stopped and started again with its lists; Dockerfile built"
