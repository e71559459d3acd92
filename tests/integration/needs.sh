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

# netns_missing: why no network namespaces can be made here; nothing if they can.
netns_missing() {
	local probe=jsl-$$-probe
	if ! command -v ip >/dev/null; then
		echo "iproute2 is not installed"
	elif [ "$(id -u)" != 0 ]; then
		echo "network namespaces are for root"
	elif [ ! -c /dev/net/tun ]; then
		echo "/dev/net/tun is missing"
	elif ! { ip netns add $probe && ip netns del $probe; } 2>/dev/null; then
		echo "network namespaces may not be made here"
	fi
}
