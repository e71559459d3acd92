#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds the version before in $JSL_BUILD/previous, for the tests of upgrades and of the
# ABI: the commit that NEWS names. Once; later calls find it there. Exits 77 with the
# reason where it cannot be had: without the git history, as in a release tarball.
set -eu
: "${JSL_SRC:?the top of the source tree}" "${JSL_BUILD:?the top of the build tree}"

skip() {
	echo "SKIPPED: no previous version: $*"
	exit 77
}

commit=$(sed -n 's/^Previous version: commit \([0-9a-f]\{40\}\).*/\1/p' "$JSL_SRC/NEWS")
[ -n "$commit" ] || { echo "NEWS names no previous version" >&2; exit 1; }
dir=$JSL_BUILD/previous
if [ "$(cat "$dir/built" 2>/dev/null)" = "$commit" ]; then exit 0; fi

command -v git >/dev/null || skip "git is not installed"
# A tarball that was unpacked inside of some other work tree has no history of its own.
top=$(git -C "$JSL_SRC" rev-parse --show-toplevel 2>/dev/null) || top=
[ "$top" = "$(cd "$JSL_SRC" && pwd -P)" ] || skip "$JSL_SRC is no git work tree"
git -C "$JSL_SRC" cat-file -e "$commit^{commit}" 2>/dev/null ||
	skip "commit $commit is not in this (shallow?) clone"

# Nothing of the make that this may be called from: its options, its installation.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR
: "${CC:=cc}"
case $CC in
*ccache*) ;;
*) if command -v ccache >/dev/null; then CC="ccache $CC"; fi ;;
esac
# Quick to build: neither an interface nor a protocol depends on optimisation.
rm -rf "$dir"
mkdir -p "$dir"
git -C "$JSL_SRC" archive "$commit" >"$dir/source.tar"
tar -xf "$dir/source.tar" -C "$dir"
rm "$dir/source.tar"
cd "$dir"
if ! {
	./bootstrap && ./configure -q --disable-tests CC="$CC" CFLAGS='-g -O0' &&
		nice make -s -j"$(nproc)" all
} >build.log 2>&1; then
	tail -n 30 build.log >&2
	echo "the previous version does not build" >&2
	exit 1
fi
echo "$commit" >built
