#!/bin/sh
# Installed, not started: the administrator decides which service runs here.
set -e
getent passwd veto >/dev/null || systemd-sysusers veto.conf 2>/dev/null ||
	useradd --system --user-group --home-dir /var/lib/veto --no-create-home --shell /usr/sbin/nologin veto
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	for unit in veto.service veto-sidecar.service; do # after an upgrade
		systemctl try-restart "$unit" >/dev/null 2>&1 || true
	done
fi
