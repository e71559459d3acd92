#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make coverage: a build with gcov in $JSL_BUILD/coverage, what the unit and io tests, a
# few seeds of the simulators and the fuzzers' corpus run of it, and the lines of each
# folder. jsl-box is not in it: it runs where it could not write its counts.
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
instrumented check-covered VERBOSE=1 || rc=1

lcov -q --capture --directory . --base-directory "$JSL_SRC" --no-external \
	--output-file all.info 2>lcov.log || { cat lcov.log >&2; exit 1; }
awk -v top="$JSL_SRC/" '
/^SF:/ { file = substr($0, 4); sub(top, "", file) }
/^SF:/ { n = split(file, part, "/"); folder = part[1] (n > 2 ? "/" part[2] : "") }
/^LF:/ { lines[folder] += substr($0, 4) }
/^LH:/ { hit[folder] += substr($0, 4) }
END {
	for (folder in lines) {
		if (folder !~ /^(lib|bin)/) continue
		printf "%-14s %6d lines %6.1f %%\n", folder, lines[folder],
			100 * hit[folder] / lines[folder]
		all += lines[folder]; all_hit += hit[folder]
	}
	printf "%-14s %6d lines %6.1f %%\n", "together", all, 100 * all_hit / all
}' all.info | sort
exit $rc
