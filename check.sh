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
	make -s -C "build/$pass" -j"$(nproc)" check TESTS= >/dev/null
	# What is about time runs one at a time.
	for part in timeless timed; do
		jobs=1
		[ $part = timed ] || jobs=$(nproc)
		echo "== make check-$part ($pass)"
		rm -f "build/$pass/$part.log"
		make -s -C "build/$pass" -j"$jobs" check-$part VERBOSE=1 || rc=1
		[ -f "build/$pass/$part.log" ] || {
			echo "make check-$part ($pass) did not get as far as the tests" >&2
			exit 1
		}
	done
done

cat build/plain/time*.log build/sanitize/time*.log | awk '
/^# PASS:/  { passed += $3 }
/^# (FAIL|ERROR|XPASS):/ { failed += $3 }
/^# (SKIP|XFAIL):/ { skipped += $3 }
END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
exit $rc
