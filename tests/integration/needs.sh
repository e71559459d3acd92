# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the integration tests need from the machine; exit 77 is "skipped", with the
# reason. Continuous integration may not skip.

skip() {
	echo "SKIPPED: $*"
	if [ -n "${CI:-}" ]; then exit 1; fi
	exit 77
}

command -v curl >/dev/null || skip "curl is not installed"
bwrap --unshare-all --unshare-user --ro-bind / / true 2>/dev/null ||
	skip "user namespaces are not available here"
