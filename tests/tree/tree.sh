# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the tests of the source tree share: where the tree is, which C files count,
# and how a test ends. Sourced, not run. Everything is relative to the top of the
# source tree, which is the current directory afterwards.

set -eu
: "${JSL_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}"
cd "$JSL_SRC"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

roots=
for root in include lib bin tests bench examples deploy; do
	[ -d "$root" ] && roots="$roots $root"
done

# files PATTERN...: our own files of these names, a line each.
files() {
	for pattern; do
		# shellcheck disable=SC2086
		find $roots -name "$pattern"
	done | LC_ALL=C sort
}

# Our own C sources; generated ones (*.pb-c.*) are not ours to style.
c_files() {
	files '*.[ch]' | grep -v '\.pb-c\.[ch]$'
}

skip() {
	echo "skipped: $*"
	exit 77
}

# finish WHAT: fails if the checks wrote a line to $tmp/bad.
finish() {
	if [ -s "$tmp/bad" ]; then
		cat "$tmp/bad"
		echo "FAIL: $1"
		exit 1
	fi
	echo "ok: $1"
}

# A check that looks at nothing must not pass.
[ -n "$(c_files)" ] || { echo "no sources under $JSL_SRC"; exit 1; }
: >"$tmp/bad"
