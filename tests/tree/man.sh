#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages: each exported function has one, with the prototype that the headers
# have; what they refer to is there; their examples compile; and the tools that show
# them find nothing to complain about.
. "$(dirname "$0")/tree.sh"

pages=$(find man bin -name '*.[1-8]' | LC_ALL=C sort)
[ -n "$pages" ] || echo "no pages" >>"$tmp/bad"

# The names of a page, by which it is found.
names() {
	sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([^ ]*\).*/\1/p' "$1"
}

# From the synopsis of a page to C.
prototypes() {
	awk '/^\.Sh / { inside = ($2 == "SYNOPSIS") }
	!inside { next }
	{ text = $0; sub(/^\.[A-Za-z]* /, "", text); gsub(/"/, "", text) }
	/^\.In / { print "#include <" text ">" }
	/^\.Ft / { type = text }
	/^\.Fo / { name = text; args = "" }
	/^\.Fa / { args = args (args == "" ? "" : ", ") text }
	/^\.Fc/ { print type " " name "(" args ");" }' "$1"
}

# The n-th example of a page; nothing if there are fewer.
example() {
	awk -v n="$2" '/^\.Sh / { inside = ($2 == "EXAMPLES") }
	inside && /^\.Bd -literal/ { i++; next }
	inside && i == n && /^\.Ed/ { exit }
	inside && i == n { gsub(/\\e/, "\\"); sub(/^\\&/, ""); print }' "$1"
}

compile() {
	# CC may carry options of its own, and what is found may be several words.
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -Iinclude \
		$(pkg-config --cflags libevent_core 2>"$tmp/which") "$tmp/page.c" 2>&1 ||
		echo "$1"
}

# A page against the headers.
check_page() {
	names "$1" >"$tmp/names"
	cat "$tmp/names" >>"$tmp/named"
	grep -q "%D%/${1##*/}" man/Makefile.inc || echo "$1: not in man/Makefile.inc"
	grep -qx "$(basename "$1" .3)" "$tmp/names" || echo "$1: not its own name"

	prototypes "$1" >"$tmp/page.c"
	compile "$1: its SYNOPSIS is not what the headers have"
	sed -n 's/^[^#].*[ *]\(jsl_[a-z0-9_]*\)(.*/\1/p' "$tmp/page.c" >"$tmp/shown"
	cat "$tmp/shown" >>"$tmp/all_shown"
	grep -vxF -f "$tmp/names" "$tmp/shown" | sed "s,^,$1: not in its NAME: ,"
	grep -xF -f "$tmp/names" "$tmp/exported" | grep -vxF -f "$tmp/shown" |
		sed "s,^,$1: not in its SYNOPSIS: ,"

	i=1
	while example "$1" $i >"$tmp/page.c" && [ -s "$tmp/page.c" ]; do
		compile "$1: example $i does not compile"
		i=$((i + 1))
		echo "$1" >>"$tmp/examples"
	done
}

# All of them against what is exported.
check_names() {
	LC_ALL=C sort "$tmp/named" | uniq -d | sed 's/$/: two pages have this name/'
	LC_ALL=C sort "$tmp/all_shown" >"$tmp/shown"
	LC_ALL=C comm -13 "$tmp/shown" "$tmp/exported" | sed 's/$/: exported, and in no page/'
	LC_ALL=C comm -23 "$tmp/shown" "$tmp/exported" | sed 's/$/: in a page, not exported/'
}

lint() {
	sed -n 's/^\.Xr \([^ ]*jsl[^ ]*\) \([1-8]\).*/\1.\2/p' "$1" | while read -r other; do
		[ -e "man/$other" ] || [ -e "bin/$other" ] || echo "$1: refers to $other"
	done
	if command -v mandoc >"$tmp/which"; then
		mandoc -T lint -W warning "$1" || :
	fi
	if command -v groff >"$tmp/which"; then
		groff -mandoc -ww -z -T utf8 "$1" 2>&1 || echo "$1: groff failed"
	fi
}

sed -n 's/^\t\(jsl_[a-z0-9_]*\);$/\1/p' lib/libjsl.map | LC_ALL=C sort >"$tmp/exported"
: >"$tmp/examples"
{
	for page in man/*.3; do
		check_page "$page"
	done
	check_names
	for page in $pages; do
		lint "$page"
	done
	[ -s "$tmp/examples" ] || echo "no examples were found"
} >>"$tmp/bad"
finish "$(echo "$pages" | wc -l) manual pages, $(wc -l <"$tmp/examples") examples"
