#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make lint: all C sources by cppcheck (what is not looked for: tests/release/cppcheck.txt)
# and by clang-tidy (.clang-tidy). A finding fails. LINT_FLAGS are those of the compiler,
# JSL_BUILD has the generated headers.
set -eu
: "${JSL_SRC:?the top of the source tree}" "${LINT_FLAGS:?}"
export LINT_FLAGS
cd "$JSL_SRC"
rc=0

sources() { find lib bin examples tests bench -name '*.c' | LC_ALL=C sort; }
has() {
	command -v "$1" >/dev/null || {
		echo "SKIPPED: $1 is not installed (Debian: $1)"
		return 1
	}
}

if has cppcheck; then
	sources >"$JSL_BUILD/lint.files"
	cppcheck -q -j "$(nproc)" --std=c11 --enable=warning,performance,portability \
		--error-exitcode=1 --suppressions-list=tests/release/cppcheck.txt \
		-Iinclude -Ilib -Ibin -I. --file-list="$JSL_BUILD/lint.files" || rc=1
	echo "cppcheck: $(wc -l <"$JSL_BUILD/lint.files") files"
fi
# One file a process: with several, version 14 finds va_lists that nobody left.
# It reads the headers too; what is compared by bench/ need not be installed.
if has clang-tidy; then
	if echo '#include <libgearman/gearman.h>' | cc -E - >/dev/null 2>&1; then
		tidied() { sources; }
	else
		echo "SKIPPED: clang-tidy bench/dispatch_gearman.c (Debian: libgearman-dev)"
		tidied() { sources | grep -v '^bench/dispatch_gearman\.c$'; }
	fi
	# shellcheck disable=SC2016
	tidied | xargs -P "$(nproc)" -n 1 sh -c \
		'clang-tidy --quiet "$0" -- $LINT_FLAGS 2>"$JSL_BUILD/lint.$$" ||
		{ rc=$?; grep -v "warnings generated" "$JSL_BUILD/lint.$$"; exit $rc; }
		rm -f "$JSL_BUILD/lint.$$"' || rc=1
	echo "clang-tidy: $(tidied | wc -l) files"
fi
[ $rc = 0 ] || echo "FAIL: see above" >&2
exit $rc
