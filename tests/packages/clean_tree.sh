#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# clean_tree.sh [--tree DIR] [--attack] DEBS: the packages in DEBS in a clean Debian, a
# tree made by debootstrap into which they alone are installed:
#
#	without user namespaces	they install, the daemons say why they run no programs
#	with them		the tests in debian/tests: examples link, a cluster runs
#	booted with systemd	services; an upgrade keeps configuration and epoch
#
# and after a purge there is nothing that was not there before. As root; it fetches the
# tree and what the packages depend on. --tree keeps that in DIR, and takes it from there
# the next time; --attack sends the hostile programs to the services, too.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
suite=${SUITE:-bookworm}
mirror=${MIRROR:-http://deb.debian.org/debian}
kept=''
attack=''
while [ $# -gt 1 ]; do
	case $1 in
	--tree) kept=$2 && shift ;;
	--attack) attack=yes ;;
	*) break ;;
	esac
	shift
done
debs=${1:?usage: clean_tree.sh [--tree DIR] [--attack] DEBS}

for program in debootstrap dpkg-deb ip unshare; do
	command -v $program >/dev/null || {
		echo "$program is not installed"
		exit 1
	}
done
[ "$(id -u)" = 0 ] || {
	echo "this is for root"
	exit 1
}
ls "$debs"/jsl-peer_*.deb >/dev/null || {
	echo "no packages in $debs: make deb"
	exit 1
}

tmp=$(mktemp -d "${TMPDIR:-/var/tmp}/jsl-clean-tree.XXXXXX")
trap 'rm -rf --one-file-system "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
tree=$tmp/tree

say() { printf '\n== %s  (%s)\n' "$*" "$(date -u +%T)"; }

# enter KIND COMMAND...: see enter.sh.
enter() {
	how=$1
	shift
	sh "$here/enter.sh" "$how" "$tree" "$@"
}

stage() {
	how=$1
	shift
	enter "$how" sh /root/jsl/in_tree.sh "$@"
}

# The names of what the packages depend on, and of what the tests need beside it.
needed() {
	for deb in "$debs"/*.deb; do
		dpkg-deb -f "$deb" Depends
	done | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g' | grep -v 'jsl' | sort -u
	echo gcc libc6-dev pkg-config
}

# Debian and what the packages need, without them.
make_tree() {
	debootstrap --variant=minbase --include=systemd-sysv "$suite" "$tree" "$mirror" \
		>"$tmp/log" 2>&1 || {
		tail "$tmp/log"
		exit 1
	}
	cp /etc/resolv.conf /etc/hosts "$tree/etc"
	# shellcheck disable=SC2046
	enter net apt-get -q -y --no-install-recommends install $(needed) >"$tmp/log" 2>&1 || {
		tail "$tmp/log"
		exit 1
	}
	enter root apt-get clean
}

# make_old: the same packages as an earlier version, with another comment in the conffile.
make_old() {
	mkdir "$tmp/old"
	for deb in "$debs"/*.deb; do
		case $deb in *-dbgsym_*) continue ;; esac
		rm -rf "$tmp/deb"
		version=$(dpkg-deb -f "$deb" Version)
		dpkg-deb -R "$deb" "$tmp/deb"
		sed -i "s/$version/0.0.9-1/g" "$tmp/deb/DEBIAN/control"
		for conf in "$tmp/deb/etc/jsl/"*.conf; do
			[ ! -f "$conf" ] || sed -i '1s/^/# Of the version before.\n/' "$conf"
		done
		rm -f "$tmp/deb/DEBIAN/md5sums"
		dpkg-deb --root-owner-group -Znone -b "$tmp/deb" "$tmp/old" >/dev/null
	done
	rm -rf "$tmp/deb"
}

# boot COMMAND: systemd in the tree, which runs it and ends. Parts of /proc/sys are the
# whole machine's, so nothing may set them.
boot() {
	unit=$tree/etc/systemd/system/jsl-tree
	cat >"$unit.target" <<END
[Unit]
Wants=multi-user.target jsl-tree.service
END
	cat >"$unit.service" <<END
[Unit]
After=multi-user.target jsl-peer.service jsl-gateway.service
[Service]
Type=oneshot
Environment=DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 JSL_ATTACK=$attack
ExecStart=$*
ExecStopPost=/bin/sh -c "systemctl --no-block poweroff 2>/dev/null"
StandardOutput=append:/root/jsl/out
StandardError=inherit
END
	ln -s /dev/null "$tree/etc/systemd/system/systemd-sysctl.service"
	enter boot /lib/systemd/systemd --unit=jsl-tree.target >"$tmp/log" 2>&1 || true
	rm "$unit.target" "$unit.service" "$tree/etc/systemd/system/systemd-sysctl.service"
}

# compare WHEN: with the list of before.
compare() {
	stage root list | sort >"$tmp/after"
	diff "$tmp/before" "$tmp/after" || {
		echo "FAILED: $1, this differs"
		exit 1
	}
	echo "$1 nothing is left of $2 entries"
}

say "A clean $suite"
if [ -n "$kept" ] && [ -d "$kept" ]; then
	cp -a "$kept" "$tree"
else
	make_tree
	[ -z "$kept" ] || cp -a "$tree" "$kept"
fi
mkdir -p "$tree/root/jsl/tests" "$tree/root/jsl/debs"
cp "$here/in_tree.sh" "$tree/root/jsl"
cp "$src"/debian/tests/* "$tree/root/jsl/tests"
for deb in "$debs"/*.deb; do
	case $deb in *-dbgsym_*) continue ;; esac
	cp "$deb" "$tree/root/jsl/debs"
done
make_old
cp -r "$tmp/old" "$tree/root/jsl"
boot /bin/true
stage root list | sort >"$tmp/before"

say "Install, without user namespaces"
stage chroot install debs
stage root list | sort | comm -13 "$tmp/before" - | awk 'NF == 4 { print $1 }' >"$tmp/new"
wc -l <"$tmp/new" | sed 's/$/ files and directories are new/'
stage chroot no_namespaces

say "The programs, with user namespaces"
enter root jsl-peer --version
enter root jsl-gateway --version
enter root jsl-client --version
enter root sh /root/jsl/tests/build
enter root sh /root/jsl/tests/cluster
stage chroot purge
compare "purged without systemd:" "$(wc -l <"$tmp/new")"

say "Services, an upgrade, purge"
boot /root/jsl/in_tree.sh booted
cat "$tree/root/jsl/out"
grep -qx 'booted: ok' "$tree/root/jsl/out" || {
	tail -n 20 "$tmp/log"
	exit 1
}
compare "purged with systemd:" "$(wc -l <"$tmp/new")"
say "Everything was as it has to be"
