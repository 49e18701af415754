#!/bin/bash
# Installs the packages of bin/dist into a fresh Debian, first the debs and then the
# rpms: over an older version whose services run, with lists and a changed
# configuration that have to stay, and removes them. The services run under that
# system's own systemd, in namespaces of their own. Needs root, debootstrap and
# the packages of Debian; nothing stays behind.
set -euo pipefail
root=$(mktemp -d) older=0.0.0~~older tries=0
chmod 755 "$root" # services have users of their own
trap 'test -z "${boot:-}" || kill -9 "$boot" 2>/dev/null || true; rm -rf "$root" bin/older' EXIT
fail() {
	echo "installed: $*"
	exit 1
}

# The older version is built of the same source, and says another number.
echo "building $older"
rm -rf bin/older && mkdir bin/older
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$older" -o bin/older/veto-linux-amd64 ./cmd/veto
cp -r bin/share bin/veto-linux-amd64.cdx.json bin/older/
for packager in deb rpm; do
	units=/usr/lib/systemd/system
	test $packager = rpm || units=/lib/systemd/system
	ARCH=amd64 BIN=bin/older VERSION=$older UNITS=$units bin/nfpm package --config deploy/packages/nfpm.yaml --packager $packager --target "bin/older/veto.$packager" >/dev/null
done

echo "making a Debian in $root"
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,curl,rpm bookworm "$root" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
rm "$root.log"
for packager in deb rpm; do
	cp "bin/older/veto.$packager" "$root/older.$packager"
done
cp bin/dist/veto_*_amd64.deb "$root/veto.deb"
cp bin/dist/veto-[0-9]*.x86_64.rpm "$root/veto.rpm"
cp bin/dist/veto-passflt_*_amd64.deb "$root/veto-passflt.deb"
cp bin/dist/veto-passflt-*.x86_64.rpm "$root/veto-passflt.rpm"

cat >"$root/start" <<'END'
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
mount -t sysfs sysfs "$1/sys"
mount -t tmpfs tmpfs "$1/sys/fs/cgroup"
mkdir "$1/sys/fs/cgroup/systemd"
mount -t cgroup -o none,name=systemd cgroup "$1/sys/fs/cgroup/systemd"
export container=veto
exec chroot "$1" /lib/systemd/systemd
END
setsid unshare -Cpmuf --kill-child sh "$root/start" "$root" </dev/null >"$root/start.log" 2>&1 &
boot=$!
disown
inside() {
	(cd / && timeout -k 1 60 nsenter -t "$(pgrep -P "$boot")" -m -p -r -w sh -c "$1")
}
until state=$(inside "systemctl is-system-running" 2>&1); [[ $state =~ starting|running|degraded ]]; do
	sleep 1
	((++tries < 30)) || { tail -5 "$root/start.log"; fail "the system does not start here: $state"; }
done

# start UNIT: without PrivateUsers where namespaces have no user namespaces inside.
start() {
	if ! inside "systemctl start $1" && inside "systemctl show $1 -p ExecMainStatus" | grep -q 217; then
		echo "no user namespaces inside namespaces here: PrivateUsers is switched off for this test"
		inside "mkdir -p /run/systemd/system/$1.service.d && printf '[Service]\nPrivateUsers=no\n' >/run/systemd/system/$1.service.d/test.conf
			systemctl daemon-reload && systemctl reset-failed $1 && systemctl start $1"
	fi
	sleep 1
}

# verdict PASSWORD: what the running server says of it.
verdict() {
	inside "printf '{\"password\":\"%s\"}' '$1' | curl -s --json @- http://127.0.0.1:8080/v1/check"
}

# refused PASSWORD: the running server does so for a banned word.
refused() {
	grep -q '"decision":"reject".*banned_term' <<<"$(verdict "$1")" || fail "$1 is not refused"
}

# guarded: a token made as the configuration says is asked for, and suffices.
guarded() {
	inside "cd /var/lib/veto && runuser -u veto -- veto token new --tokens tokens.jsonl --name portal --scope check >/tmp/token
		sed -i 's/^  # tokens:/  tokens:/' /etc/veto/veto.yaml && systemctl restart veto && sleep 1"
	verdict Summer2024! | grep -q '"status":401' || fail "nobody is asked for a token"
	inside 'printf "Authorization: Bearer %s" "$(cat /tmp/token)" >/tmp/header
		printf "{\"password\":\"Summer2024!\"}" | curl -s -H @/tmp/header --json @- http://127.0.0.1:8080/v1/check' | grep -q '"decision":"reject"' || fail "the token does not suffice"
}

# filters: those in C ask the sidecar, and it enforces when it is told to.
filters() {
	inside "find /lib/*/security /usr/lib64/security -name pam_veto.so 2>/dev/null" | grep -q . || fail "pam_veto.so is missing"
	inside "printf 'Summer2024!' | /usr/lib/veto/veto-samba-check" || fail "the filter refuses in audit mode"
	inside "sed -i 's/mode: audit.*/mode: enforce/' /etc/veto/sidecar.yaml && systemctl reload veto-sidecar && veto sidecar probe --expect enforce"
	inside "printf 'Summer2024!' | /usr/lib/veto/veto-samba-check" >/dev/null && fail "the filter accepts what is banned"
	inside "printf 'copper lantern sings twice' | /usr/lib/veto/veto-samba-check" || fail "the filter refuses a strong password"
}

# expose UNIT: what systemd thinks of its sandbox; the target is 2.0.
expose() {
	analysis=$(inside "systemd-analyze security --no-pager --threshold=20 $1 2>&1") || fail "$1 is exposed: $(tail -1 <<<"$analysis")"
	tail -1 <<<"$analysis"
}

# used: services, edits and settings of the older version, as people have them.
used() {
	inside "veto version" | grep -qF "$older" || fail "the older version is not what runs"
	inside "systemctl enable -q veto veto-sidecar && sed -i 's/anonymous: \[check/&, lists/' /etc/veto/veto.yaml"
	start veto
	start veto-sidecar
	refused 'Summer2024!'
	inside "veto lists add projects qwvobrik" >/dev/null
	inside "printf 'terms: {words: [zyxtal]}\n' >>/etc/veto/veto.yaml && systemctl reload veto && sleep 1"
	refused zyxtal-7
	inside "systemctl show veto veto-sidecar -p MainPID" >"$root/before"
}

# upgraded: the new version runs in their place with what was there.
upgraded() {
	inside "veto version" | grep -qF "$older" && fail "the older version is still there"
	inside "for unit in veto veto-sidecar; do systemctl is-active \$unit; systemctl is-enabled \$unit; done" | sort | uniq -c | tr '\n' ' ' | grep -q '2 active.*2 enabled' || fail "services do not run on"
	sleep 1
	inside "systemctl show veto veto-sidecar -p MainPID" | cmp -s - "$root/before" && fail "the services are those of the older version"
	inside 'for unit in veto veto-sidecar; do readlink /proc/$(systemctl show $unit -p MainPID --value)/exe; done' | grep -q deleted && fail "a service still runs the older program"
	refused qwvobrik-7
	refused zyxtal-7
	inside "systemctl reload veto veto-sidecar && sleep 1 && systemctl is-active veto && veto sidecar probe --expect audit && systemctl show veto veto-sidecar -p MemoryCurrent"
	inside "grep -c banned_term /var/log/veto/audit.jsonl"
	expose veto
	expose veto-sidecar
	inside "test -s /usr/share/man/man1/veto-serve.1 && test -s /usr/share/bash-completion/completions/veto" || fail "manual or completion is missing"
}

# removed: nothing of the package, all that is the administrator's.
removed() {
	inside "systemctl is-active veto veto-sidecar" | grep -q '^active' && fail "a service outlived the package"
	left=$(inside "find / -xdev \( -path /proc -o -path /run -o -path /sys \) -prune -o -name '*veto*' -print | grep -Ev '^/(older|veto|veto-passflt)\.(deb|rpm)|^/etc/veto|^/var/(log|lib)/veto' || true")
	[ -z "$left" ] || fail "left behind: $left"
	inside "test -s /var/lib/veto/lists.db" || fail "the lists are gone"
	inside "rm -rf /var/lib/veto* /var/log/veto* /etc/veto"
}

inside "dpkg -i /older.deb" >/dev/null
used
inside "DEBIAN_FRONTEND=noninteractive dpkg -i /veto.deb /veto-passflt.deb"
upgraded
inside "dpkg -r veto-passflt veto && test -f /etc/veto/veto.yaml && dpkg -P veto && test ! -e /etc/veto/veto.yaml"
removed
echo "deb: installed, started, upgraded, checked, reloaded, removed"

inside "rpm -K --nosignature /veto.rpm && rpm -i /older.rpm 2>/dev/null"
used
inside "rpm -U /veto.rpm /veto-passflt.rpm 2>/dev/null" # Debian's rpm warns of itself
inside "rpm -V veto" | grep -v ' c /etc/veto/veto.yaml$' && fail "files are not as rpm has installed them"
upgraded
inside "rpm -e veto-passflt veto && grep -q zyxtal /etc/veto/veto.yaml.rpmsave"
removed
inside "rpm -qa" | grep -q veto && fail "rpm still knows it"
echo "rpm: installed, started, upgraded, checked, reloaded, removed"
