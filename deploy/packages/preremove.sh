#!/bin/sh
# $1: "remove" (deb) or 0 (rpm) when the package goes, else it is upgraded.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		for unit in veto.service veto-sidecar.service; do
			systemctl disable --now "$unit" >/dev/null 2>&1 || true
		done
	fi
	;;
esac
