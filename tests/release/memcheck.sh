#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make valgrind: the unit tests, and the simulators with a few seeds, under memcheck.
# An error or a leak (memory that nothing points to any more) fails. UNIT_TESTS and
# SIM_TESTS are what to run, from the build tree that is the current directory.
set -eu
: "${UNIT_TESTS:?}" "${SIM_TESTS:?}" "${SEEDS:=10}"

command -v valgrind >/dev/null || {
	echo "SKIPPED: valgrind is not installed (Debian: valgrind)"
	exit 0
}
if grep -q '^JSL_SANITIZE = .*-fsanitize' Makefile; then
	echo "SKIPPED: this build has sanitizers, which valgrind cannot run" >&2
	exit 0
fi

logs=$PWD/tests/memcheck
rm -rf "$logs"
mkdir -p "$logs"
# memcheck TEST [ARG...]: in one process, without the time limits of forked tests
memcheck() {
	local log=$logs/${1##*/}.log
	if CK_FORK=no ./libtool --silent --mode=execute valgrind --quiet \
		--leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 \
		"$@" >"$log" 2>&1; then
		echo "ok: $*"
	else
		echo "FAIL: $* ($?), see $log"
		return 1
	fi
}
export -f memcheck
export logs
# shellcheck disable=SC2086
{
	printf '%s\n' $UNIT_TESTS
	printf "%s --seeds $SEEDS\n" $SIM_TESTS
} | xargs -P "$(nproc)" -I{} bash -c 'memcheck {}'
