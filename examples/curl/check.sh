#!/bin/sh
# Judges the password on standard input, its first line, by a Veto server:
#
#   printf '%s\n' "$password" | VETO_HEADER=portal.header ./check.sh jdoe
#
# Exit code: 0 accepted, 1 refused (the verdict is on standard output), 4 no
# verdict. Password and token are in files and pipes, never among arguments,
# which every user of the machine can see; printf has to be the shell's own.
set -u
url=${VETO_URL:-http://127.0.0.1:8080}
quote() { LC_ALL=C sed 's/[\\"]/\\&/g'; } # as JSON; control characters make it a 400

account=$(printf '%s' "${1:-}" | quote)
IFS= read -r password || [ -n "$password" ] || { echo "check.sh: no password on standard input" >&2; exit 4; }
verdict=$(
	printf '{"operation":"set","account":"%s","password":"%s"}' "$account" "$(printf '%s\n' "$password" | quote)" |
		curl --disable --silent --show-error --max-time 2 "$url/v1/check" --data-binary @- --header 'Content-Type: application/json' \
			--header "Accept-Language: ${VETO_LANGUAGE:-en}" ${VETO_HEADER:+--header "@$VETO_HEADER"}
) || exit 4
printf '%s\n' "$verdict"
case $verdict in
'{"decision":"accept"'*) exit 0 ;;
'{"decision":"reject"'*) exit 1 ;;
*) exit 4 ;; # a problem, also a 503
esac
