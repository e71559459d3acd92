#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make abi: the interface of libjsl.so beside that of the version before, by abidiff, as
# the public headers have it. A change needs a higher `current` of LIBJSL_VERSION_INFO;
# one that does more than add functions needs another soname (current - age) as well.
# Before the first release, which NEWS tells by its headings, a change is only shown.
set -eu
: "${JSL_SRC:?the top of the source tree}" "${JSL_BUILD:?the top of the build tree}"

command -v abidiff >/dev/null || {
	echo "SKIPPED: abidiff is not installed (Debian: abigail-tools)"
	exit 0
}
rc=0
"$JSL_SRC/tests/release/previous.sh" || rc=$?
[ $rc != 77 ] || exit 0
[ $rc = 0 ] || exit $rc
previous=$JSL_BUILD/previous

# info TREE: current, revision and age
info() {
	sed -n 's/^AC_SUBST(\[LIBJSL_VERSION_INFO\], \[\([0-9]*\):\([0-9]*\):\([0-9]*\)\])$/\1 \2 \3/p' \
		"$1/configure.ac"
}
# differ OPTION...: the report in $report; 0 same, 4 changed, 12 surely incompatible
differ() {
	rc=0
	report=$(abidiff "$@" --headers-dir1 "$previous/include" --headers-dir2 "$JSL_SRC/include" \
		"$previous/lib/.libs/libjsl.so" "$JSL_BUILD/lib/.libs/libjsl.so") || rc=$?
	[ $((rc & 3)) = 0 ] || {
		echo "$report"
		echo "abidiff failed: $rc" >&2
		exit 1
	}
}

# shellcheck disable=SC2046
set -- $(info "$previous") $(info "$JSL_SRC")
[ $# = 6 ] || { echo "LIBJSL_VERSION_INFO was not understood: $*" >&2; exit 1; }
echo "libjsl $1:$2:$3 before, $4:$5:$6 now; previous is commit $(cat "$previous/built")"
differ
echo "$report"
if [ $rc = 0 ]; then
	echo "ok: the interface is the same"
	exit 0
fi
if [ "$(grep -c '^jsl [0-9]' "$JSL_SRC/NEWS")" = 1 ]; then
	echo "ok: the interface changed, and nothing was released yet that it could break"
	exit 0
fi
[ "$4" -gt "$1" ] || {
	echo "FAIL: the interface changed, and current is still $4" >&2
	exit 1
}
differ --no-added-syms
if [ $rc != 0 ] && [ $(($4 - $6)) -le $(($1 - $3)) ]; then
	echo "FAIL: the interface did not only grow, and the soname is still $(($4 - $6))" >&2
	exit 1
fi
echo "ok: the interface changed, and so did LIBJSL_VERSION_INFO"
