#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# in_tree.sh STAGE: what clean_tree.sh does inside the tree. /root/jsl there has debs/
# (the packages), old/ (an earlier version of them) and tests/ (debian/tests).
set -eu
here=/root/jsl

fail() {
	echo "FAILED: $*"
	exit 1
}

install() {
	apt-get -q -y -o Dpkg::Options::=--force-confold --no-install-recommends \
		install "$here/$1"/*.deb >"$here/log" 2>&1 || {
		cat "$here/log"
		fail "apt-get install of $1"
	}
	! grep -i 'warning\|error' "$here/log" || fail "apt-get install of $1 complains"
}

ours() { dpkg-query -W -f '${Package}\n' 'jsl-*' 'libjsl*' 2>/dev/null || true; }

purge() {
	# shellcheck disable=SC2046
	apt-get -q -y purge $(ours) >"$here/log" 2>&1 || {
		cat "$here/log"
		fail "apt-get purge"
	}
	[ -z "$(ours)" ] || fail "still there: $(ours)"
}

# All files, accounts and packages, but for what apt and a running system write.
list() {
	find / -xdev \( -path $here -o -path /proc -o -path /sys -o -path /dev -o -path /run \
		-o -path /tmp -o -path /var/cache/apt -o -path /var/lib/apt \
		-o -path /var/lib/dpkg -o -path /var/log/apt -o -path /var/log/journal -o -path '/etc/*-' \
		-o -path /var/cache/ldconfig \) -prune -o -printf '%p %M %u %g\n'
	cat /etc/passwd /etc/shadow /etc/group /etc/gshadow
	dpkg-query -W -f '${Package} ${Status}\n'
}

# hello: a program that says so, with the exit code of jsl-client.
hello() {
	printf 'public class Hello { public static void main(String[] a) { %s } }\n' \
		'System.out.println("hello");' >/tmp/Hello.java
	jsl-client run /tmp/Hello.java
}

as_jsl='setpriv --reuid=jsl --regid=jsl --clear-groups --no-new-privs'

# Where the kernel has no user namespaces: the daemons start, and refuse to run programs.
no_namespaces() {
	! unshare --user true 2>/dev/null || fail "there are user namespaces"
	rc=0
	$as_jsl jsl-peer --check --data-dir /tmp >/tmp/check || rc=$?
	[ $rc = 1 ] || fail "exit $rc of --check"
	grep '^MISSING *user namespaces' /tmp/check || fail "--check says: $(cat /tmp/check)"
	mkdir /tmp/data
	chown jsl: /tmp/data
	$as_jsl jsl-peer --config /etc/jsl/jsl.conf --id 1 --data-dir /tmp/data >/tmp/peer.out 2>&1 &
	peer=$!
	$as_jsl jsl-gateway --config /etc/jsl/jsl.conf --id 100 --data-dir /tmp/data >/dev/null &
	gateway=$!
	end=$(($(date +%s) + 60))
	until jsl-client status 2>/dev/null | grep '^leader 1'; do
		[ "$(date +%s)" -lt $end ] || fail "no leader: $(cat /tmp/peer.out)"
		sleep 0.2
	done
	rc=0
	hello >/tmp/out 2>&1 || rc=$?
	cat /tmp/out
	[ $rc = 125 ] || fail "exit $rc of jsl-client run"
	grep -q namespace /tmp/out || fail "no reason"
	kill $gateway $peer
	wait $gateway || fail "exit $? of the gateway"
	wait $peer || fail "exit $? of the peer"
}

# More often than systemd lets anybody.
restart() {
	systemctl reset-failed jsl-peer jsl-gateway
	systemctl restart jsl-peer jsl-gateway || {
		systemctl status --no-pager -l jsl-peer jsl-gateway
		fail "restart"
	}
}

# A system with systemd: services, the upgrade from a version before, purge. Its first
# process starts this one as a service, and ends after it.
booted() {
	install old
	[ "$(dpkg-query -W -f '${Version}' jsl-peer)" = 0.0.9-1 ] || fail "not the old version"
	sh $here/tests/services
	echo 'runner { slots = 1 }' >>/etc/jsl/jsl.conf
	restart
	[ "$(hello)" = hello ] || fail "the old version does not run programs"
	old=$(jsl-client status | sed -n 's/^leader .*, epoch //p')
	old_pid=$(systemctl show -P MainPID jsl-peer)
	systemctl reset-failed jsl-peer jsl-gateway
	install debs
	[ "$(hello)" = hello ] || fail "the new version does not run programs"
	[ "$(systemctl show -P MainPID jsl-peer)" != "$old_pid" ] || fail "the old peer still runs"
	new=$(jsl-client status | sed -n 's/^leader .*, epoch //p')
	echo "upgraded from 0.0.9-1 to $(dpkg-query -W -f '${Version}' jsl-peer): epoch $old, then $new"
	[ "$new" -gt "$old" ] || fail "the epoch went from $old to $new"
	grep -qx 'runner { slots = 1 }' /etc/jsl/jsl.conf || fail "the configuration was lost"
	restart
	sh $here/tests/services
	for service in peer gateway; do
		systemd-analyze security --no-pager jsl-$service | tail -n 1
	done
	if [ -n "${JSL_ATTACK:-}" ]; then
		jsl-client attack
	fi
	purge
	! systemctl cat jsl-peer 2>/dev/null || fail "the unit is still there"
	echo "booted: ok"
}

case $1 in
install | list | no_namespaces | purge | booted) "$@" ;;
*) fail "no stage $1" ;;
esac
