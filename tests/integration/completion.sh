#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash: of each program the long options that its --help names and no
# others, files behind those that take one, the commands and sources of jsl-client.
set -eu
: "${JSL_BIN:?set by make check}" "${JSL_SRC:?set by make check}"
. "$JSL_SRC/bin/completion.bash"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
rc=0

# completed WORD...: what the last word of that command line may become, sorted.
completed() {
	# shellcheck disable=SC2034
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_jsl
	printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
}

# same WHAT EXPECTED GOT
same() {
	[ "$2" != "$3" ] || return 0
	printf 'FAILED: %s: expected\n%s\ngot\n%s\n' "$1" "$2" "$3"
	rc=1
}

for program in jsl-peer jsl-gateway jsl-client; do
	# at the beginning of a line, or behind a short one or another long one
	long=$("$JSL_BIN/$program" --help |
		sed -n 's/^ \{2,\}\(\(-[a-z]\|--[a-z-]*\), \)\?\(--[a-z-]\+\).*/\1\n\3/p' |
		grep -o -- '--[a-z-]*' | LC_ALL=C sort -u)
	[ "$(printf '%s\n' "$long" | wc -l)" -gt 5 ] || same "--help of $program" "options" "$long"
	same "$program --" "$long" "$(completed "$program" --)"
	same "$program --verb" --verbose "$(completed "/usr/bin/$program" --verb)"
done

touch a.conf Hello.java notes.txt
mkdir src
all=$(printf '%s\n' Hello.java a.conf notes.txt src)
same "--config" "$all" "$(completed jsl-peer --config '')"
same "--config=" "$all" "$(completed jsl-peer --config =)"
same "--config=a" a.conf "$(completed jsl-gateway --config = a)"
same "--data-dir" src "$(completed jsl-peer --id 1 --data-dir '')"
same "--id" "" "$(completed jsl-peer --id '')"
same "commands" "$(printf '%s\n' attack logs run status)" "$(completed jsl-client '')"
same "run" "$(printf '%s\n' Hello.java src)" "$(completed jsl-client run '')"
same "run's --jdk" --jdk "$(completed jsl-client run Hello.java --j)"
same "arguments" notes.txt "$(completed jsl-client run Hello.java -- n)"
same "attack" src "$(completed jsl-client attack '')"
[ $rc != 0 ] || echo ok
exit $rc
