#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every shell script of the tree passes shellcheck.
. "$(dirname "$0")/tree.sh"

command -v shellcheck >"$tmp/which" || skip "no shellcheck"
{
	for file in bootstrap check.sh demo.sh .ci/run; do
		[ -f "$file" ] && echo "$file"
	done
	files '*.sh' '*.bash'
	for file in debian/tests/*; do
		[ "$file" = debian/tests/control ] || [ ! -f "$file" ] || echo "$file"
	done
} >"$tmp/files"
xargs shellcheck -f gcc -P SCRIPTDIR -x <"$tmp/files" >"$tmp/bad" 2>&1 || {
	[ -s "$tmp/bad" ] || echo "shellcheck failed" >"$tmp/bad"
}
finish "shellcheck of $(wc -l <"$tmp/files") scripts"
