#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make coverage: a build with gcov in $JSL_BUILD/coverage, what the unit and io tests, a
# few seeds of the simulators, the fuzzers' corpus and some tests of the programs run of
# it, and the lines of each folder. jsl-box is not in it: it runs where it could not write
# its counts; nor what a process did that was killed.
set -eu
: "${JSL_SRC:?the top of the source tree}" "${JSL_BUILD:?the top of the build tree}"
: "${SIM_TESTS:?}" "${SEEDS:=50}" "${CC:=cc}"

command -v lcov >/dev/null || {
	echo "SKIPPED: lcov is not installed (Debian: lcov)"
	exit 0
}
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
mkdir -p "$JSL_BUILD/coverage"
cd "$JSL_BUILD/coverage"
[ -f Makefile ] || "$JSL_SRC/configure" -q CC="$CC" CFLAGS='-O0 -g'
# What --enable-sanitize would set reaches all that is ours, and not jsl-box.
instrumented() { make -s JSL_SANITIZE='--coverage -fprofile-update=atomic' "$@"; }
instrumented -j"$(nproc)" all
instrumented -j"$(nproc)" check TESTS= >/dev/null
lcov -q --directory . --zerocounters
rc=0
for sim in $SIM_TESTS; do ./"$sim" --seeds "$SEEDS" >/dev/null || rc=1; done
instrumented -j"$(nproc)" check-covered VERBOSE=1 || rc=1

# First all lines there are, also of what nothing has run.
if ! {
	lcov -q --capture --initial --directory . --output-file none.info &&
		lcov -q --capture --directory . --output-file run.info
} 2>lcov.log; then
	cat lcov.log >&2
	exit 1
fi
# A line of a header counts once, whoever includes it.
awk -v top="$(cd "$JSL_SRC" && pwd -P)/" '
/^SF:/ {
	file = substr($0, 4)
	ours = sub(top, "", file) && file ~ /^(lib|bin)\//
	n = split(file, part, "/")
	folder = part[1] (n > 2 ? "/" part[2] : "")
}
ours && /^DA:/ {
	split(substr($0, 4), da, ",")
	if (!((file, da[1]) in seen)) { seen[file, da[1]] = 0; lines[folder]++; all++ }
	if (da[2] > 0 && !seen[file, da[1]]++) { hit[folder]++; all_hit++ }
}
END {
	for (folder in lines)
		printf "%-14s %6d lines %6.1f %%\n", folder, lines[folder],
			100 * hit[folder] / lines[folder]
	printf "%-14s %6d lines %6.1f %%\n", "together", all, 100 * all_hit / all
	exit all == 0
}' none.info run.info >folders || rc=1
sort folders
exit $rc
