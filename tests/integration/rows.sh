# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Rows of requests and answers: `. rows.sh`, then one line a row. --show prints each
# as it goes: the request as curl has it, and the answer.
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

SHOW=
if [ "${1:-}" = --show ]; then SHOW=1; fi
answer=$dir/row
rows=0

# one_line FILE: its beginning, with the ends of lines made visible.
one_line() {
	head -c 160 "$1" | tr '\r' ' ' | tr -d '\000' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n/\\n/g'
}

# show REQUEST CODE: the row, its own headers and the body.
show() {
	[ -n "$SHOW" ] || return 0
	printf '%s\n    -> %s' "$1" "$2"
	if [ -s "$answer.head" ]; then
		sed -n 's/\r$//; /^\(Allow\|Cached-Response\|Content-Type\|JSL-[A-Za-z-]*\|Retry-After\|Server-Timing\|WWW-Authenticate\|Connection\): /s/^/ | /p' \
			"$answer.head" | tr -d '\n'
	fi
	printf ' | %s\n' "$(one_line "$answer")"
}

# check_headers ROW 'NAME: VALUE|!NAME|…': there exactly so, or absent.
check_headers() {
	local want
	local -a list
	IFS='|' read -ra list <<<"$2"
	for want in "${list[@]}"; do
		case $want in
		!*) ! grep -qi "^${want#!}:" "$answer.head" || fail "$1: has ${want#!}" ;;
		*'~'*) grep -qiE "^${want%%~*}: ${want#*~}.?\$" "$answer.head" ||
			fail "$1: lacks '$want' in $(cat "$answer.head")" ;;
		*) tr -d '\r' <"$answer.head" | grep -qixF "$want" ||
			fail "$1: lacks '$want' in $(cat "$answer.head")" ;;
		esac
	done
}

# check_body ROW PATTERN: '=TEXT' is all of it, but for the last newline; else a regex.
check_body() {
	local body
	body=$(tr -d '\000' <"$answer")
	case $2 in
	=*) same "$1: body" "${2#=}" "$body" ;;
	*) [[ $body =~ $2 ]] || fail "$1: body is not '$2' but '$(head -c 2000 "$answer")'" ;;
	esac
}

# row CODE HEADERS BODY CURL-ARGS... PATH
row() {
	local code=$1 headers=$2 body=$3 got
	shift 3
	local -a args=("${@:1:$#-1}")
	local path=${!#}
	rows=$((rows + 1))
	: >"$answer"
	got=$(curl -s -m 60 -o "$answer" -D "$answer.head" -w '%{http_code}' "${args[@]}" \
		"$url$path") || got="none ($?)"
	show "curl ${args[*]} $path" "$got"
	same "curl ${args[*]} $path: code" "$code" "$got"
	check_headers "curl ${args[*]} $path" "$headers"
	check_body "curl ${args[*]} $path" "$body"
}

# raw CODE HEADERS BODY BYTES: what is sent as it stands, after printf; the answer is read
# until the server closes. CODE 'closed' is no answer at all.
raw() {
	local code=$1 headers=$2 body=$3 bytes=$4 got
	rows=$((rows + 1))
	exec 3<>"/dev/tcp/${http%:*}/${http#*:}"
	# shellcheck disable=SC2059
	printf "$bytes" >&3
	timeout 30 cat <&3 >"$answer.all" || fail "'$bytes': the connection stays open"
	exec 3>&-
	sed -n '1,/^\r$/p' "$answer.all" >"$answer.head"
	sed '1,/^\r$/d' "$answer.all" >"$answer"
	got=$(sed -n '1s/^HTTP\/1\.[01] \([0-9]*\) .*/\1/p' "$answer.head")
	show "printf '$bytes'" "${got:-closed}"
	same "'$bytes': code" "$code" "${got:-closed}"
	check_headers "'$bytes'" "$headers"
	check_body "'$bytes'" "$body"
}

# summary NAME
summary() {
	echo "$1: $rows rows in $SECONDS s"
}
