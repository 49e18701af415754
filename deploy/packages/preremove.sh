#!/bin/sh
# $1: "remove" (deb) or 0 (rpm) when the package goes, else it is upgraded.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now veto.service veto-sidecar.service >/dev/null 2>&1 || true
	fi
	;;
esac
