#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# enter.sh KIND TREE COMMAND...: run it in a tree of Debian, as root of namespaces that
# end with it, processes and mounts included. KIND is
#
#	chroot	by chroot, where the kernel refuses user namespaces
#	root	by pivot_root, where it grants them
#	net	likewise, with this machine's network; the others have a loopback only
#	boot	likewise; COMMAND is an init, with a control group of version 2 for itself
set -eu

kind=$1 tree=$2
shift 2

# ---- outside

if [ "${JSL_ENTERED:-}" != yes ]; then
	own='--net'
	cgroup=
	case $kind in
	net) own= ;;
	boot)
		own='--net --cgroup'
		cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		[ -n "$cgroup" ] || { echo "$0: no cgroup2 is mounted here"; exit 1; }
		cgroup=$cgroup/jsl-tree-$$
		mkdir "$cgroup"
		;;
	esac
	rc=0
	(
		[ -z "$cgroup" ] || sh -c 'echo $PPID' >"$cgroup/cgroup.procs"
		JSL_ENTERED=yes
		export JSL_ENTERED
		# shellcheck disable=SC2086
		exec timeout -k 5 600 unshare --mount --pid --fork --kill-child --ipc --uts $own \
			sh "$0" "$kind" "$tree" "$@"
	) || rc=$?
	[ -z "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} + || true
	exit $rc
fi

# ---- inside, but for the mounts

unset JSL_ENTERED
[ "$kind" = net ] || ip link set lo up
mount --bind "$tree" "$tree"
cd "$tree"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
	: >dev/$node
	mount --bind /dev/$node dev/$node
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
[ "$kind" != boot ] || mount -t cgroup2 cgroup2 sys/fs/cgroup
set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive container=other "$@"
[ "$kind" != chroot ] || exec chroot . "$@"
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
rmdir /.outside
cd /
exec "$@"
