#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tests everything on a fresh Debian 12: installs what is missing, builds with gcc, runs
# make check, and what a release is held to (lint, memcheck, ABI, coverage); builds again
# with clang, ASan and UBSan, and runs make check once more. The last line has the totals
# of both passes; exits 0 only if everything was built and nothing failed.
set -eu
cd "$(dirname "$0")"
. tests/lib/build.sh

# check PASS: make check in build/PASS.
check() {
	make -s -C "build/$1" -j"$(nproc)" check TESTS= >/dev/null
	# What is about time runs one at a time.
	for part in timeless timed; do
		jobs=1
		[ $part = timed ] || jobs=$(nproc)
		echo "== make check-$part ($1)"
		rm -f "build/$1/$part.log"
		make -s -C "build/$1" -j"$jobs" check-$part VERBOSE=1 || rc=1
		[ -f "build/$1/$part.log" ] || {
			echo "make check-$part ($1) did not get as far as the tests" >&2
			exit 1
		}
	done
}

install_missing
install_extra abigail-tools clang clang-tidy cppcheck git lcov libclang-rt-14-dev \
	libgearman-dev user-mode-linux valgrind
rc=0
build build/plain --enable-werror
check plain
for what in lint valgrind abi dist-same coverage; do
	echo "== make $what"
	make -s -C build/plain $what || rc=1
done
cc=clang
echo 'int main(void) { return 0; }' >build/try.c
$cc -fsanitize=address,undefined build/try.c -o build/try || cc=gcc
build build/sanitize --enable-werror --enable-sanitize=address,undefined CC=$cc
check sanitize

cat build/plain/time*.log build/sanitize/time*.log | awk '
/^# PASS:/  { passed += $3 }
/^# (FAIL|ERROR|XPASS):/ { failed += $3 }
/^# (SKIP|XFAIL):/ { skipped += $3 }
END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
exit $rc
