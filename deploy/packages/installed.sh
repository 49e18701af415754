#!/bin/bash
# Installs the deb of bin/dist into a fresh Debian and starts its service under
# that system's own systemd, in namespaces of its own. Needs root, debootstrap
# and the packages of Debian; nothing stays behind.
set -euo pipefail
root=$(mktemp -d) tries=0
chmod 755 "$root" # services have users of their own
trap 'test -z "${boot:-}" || kill -9 "$boot" 2>/dev/null || true; rm -rf "$root"' EXIT
deb=$(ls bin/dist/veto_*_amd64.deb) # of the last "make packages"

echo "making a Debian in $root"
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,curl bookworm "$root" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
rm "$root.log"
cp "$deb" "$root/veto.deb"
chroot "$root" dpkg -i /veto.deb
chroot "$root" veto version

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
inside() {
	(cd / && timeout -k 1 20 nsenter -t "$(pgrep -P "$boot")" -m -p -r -w sh -c "$1")
}
until state=$(inside "systemctl is-system-running" 2>&1); [[ $state =~ starting|running|degraded ]]; do
	sleep 1
	((++tries < 30)) || { echo "the system does not start here: $state"; tail -5 "$root/start.log"; exit 1; }
done

if ! inside "systemctl start veto" && inside "systemctl show veto -p ExecMainStatus" | grep -q 217; then
	echo "no user namespaces inside namespaces here: PrivateUsers is switched off for this test"
	inside "mkdir -p /run/systemd/system/veto.service.d && printf '[Service]\nPrivateUsers=no\n' >/run/systemd/system/veto.service.d/test.conf
		systemctl daemon-reload && systemctl reset-failed veto && systemctl start veto"
fi
sleep 1
verdict=$(inside 'printf %s "{\"password\":\"Summer2024!\"}" | curl -s -H "Content-Type: application/json" -d @- http://127.0.0.1:8080/v1/check')
echo "$verdict"
grep -q '"decision":"reject"' <<<"$verdict"
inside "systemctl reload veto && sleep 1 && systemctl is-active veto && systemctl show veto -p MemoryCurrent"
inside "grep -c banned_term /var/log/private/veto/audit.jsonl"
inside "systemctl start veto-sidecar && veto sidecar probe --expect audit && systemctl reload veto-sidecar && systemctl show veto-sidecar -p ActiveState -p StatusText -p MemoryCurrent"
inside "dpkg -r veto && ! systemctl is-active veto && test -f /etc/veto/veto.yaml && dpkg -P veto && test ! -e /etc/veto/veto.yaml" 
echo "installed, started, checked, reloaded, removed"
