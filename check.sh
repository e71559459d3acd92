#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tests everything on a fresh Debian 12: installs what is missing, builds, runs
# make check, and does the same again under ASan and UBSan. The last line has the
# totals of both passes; exits 0 only if everything was built and nothing failed.
set -eu
cd "$(dirname "$0")"
. tests/lib/build.sh

install_missing
rc=0
for pass in plain sanitize; do
	case $pass in
	plain) build build/plain --enable-werror ;;
	sanitize) build build/sanitize --enable-werror --enable-sanitize=address,undefined ;;
	esac
	# The test programs by all cores; then the tests, one at a time: some are about time.
	make -s -C "build/$pass" -j"$(nproc)" check TESTS= >/dev/null
	echo "== make check ($pass)"
	rm -f "build/$pass/test-suite.log"
	make -s -C "build/$pass" check VERBOSE=1 || rc=1
	[ -f "build/$pass/test-suite.log" ] || {
		echo "make check ($pass) did not get as far as the tests" >&2
		exit 1
	}
done

cat build/plain/test-suite.log build/sanitize/test-suite.log | awk '
/^# PASS:/  { passed += $3 }
/^# (FAIL|ERROR|XPASS):/ { failed += $3 }
/^# (SKIP|XFAIL):/ { skipped += $3 }
END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
exit $rc
