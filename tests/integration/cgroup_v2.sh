#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Control groups of version 2, whatever this machine has: in a kernel that runs as a
# process (user-mode-linux), sees this machine's files and cannot write them. Skips
# where that is not installed (it is not among the build's dependencies: amd64 only).
WAIT_S=400

# ---- outside: start that kernel, with this file as its first process

outside() {
	command -v linux.uml >/dev/null || {
		echo "SKIPPED: user-mode-linux is not installed"
		exit 77
	}
	if grep -q '^JSL_SANITIZE = .*-fsanitize' "${JSL_BUILD:?}/Makefile"; then
		echo "SKIPPED: sanitizers need more of a kernel"
		exit 77
	fi
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	TMPDIR=$tmp timeout -k 5 $WAIT_S linux.uml rootfstype=hostfs rootflags=/ ro mem=2048M \
		"init=$(realpath "$0")" JSL_BUILD="$JSL_BUILD" con=null con0=fd:0,fd:1 quiet \
		umid="jsl-$$" uml_dir="$tmp" </dev/null 2>&1 | tr -d "\r" >"$tmp/out"
	cat "$tmp/out"
	rc=0
	expect '^shared: .* is not delegated: other processes are in it'
	expect '^alone: .* version 2, below /sys/fs/cgroup/alone'
	expect '^alone: ok +trial'
	expect '^alone: /sys/fs/cgroup/alone/jsl-supervisor$'
	expect '^tests: 100%: Checks: [1-9][0-9]*, Failures: 0, Errors: 0'
	refuse '^tests: SKIPPED'
	refuse '^left: .*jsl-box-'
	expect '^end$'
	exit $rc
}

expect() {
	grep -Eq "$1" "$tmp/out" || {
		echo "FAILED: no line $1"
		rc=1
	}
}

refuse() {
	if grep -E "$1" "$tmp/out"; then
		echo "FAILED: a line $1"
		rc=1
	fi
}

# ---- inside: the first process of another kernel

# within GROUP COMMAND...: as a member of a new group, with no other process in it
within() {
	mkdir "/sys/fs/cgroup/$1"
	(
		echo $BASHPID >"/sys/fs/cgroup/$1/cgroup.procs"
		shift
		exec "$@"
	)
}

inside() {
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin
	export JSL_AGENT_JAR=$JSL_BUILD/lib/runner/jsl-agent.jar JSL_BOX=$JSL_BUILD/lib/runner/jsl-box
	export LD_LIBRARY_PATH=$JSL_BUILD/lib/.libs
	peer=$JSL_BUILD/bin/.libs/jsl-peer
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t tmpfs tmpfs /run # /tmp may have the build tree
	export TMPDIR=/run TEMP=/run
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	echo "+memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
	within shared sh -c "$peer --check; true" | sed 's/^/shared: /'
	within alone "$peer" --check | sed 's/^/alone: /'
	find /sys/fs/cgroup/alone -mindepth 1 -type d | sed 's/^/alone: /'
	"$JSL_BUILD/tests/io/test_runner_cgroup" 2>&1 | sed 's/^/tests: /'
	find /sys/fs/cgroup -type d | sed 's/^/left: /'
	echo end
	halt -f -p 2>/dev/null
	echo o >/proc/sysrq-trigger # where nothing is installed that could; and init ends
}

if [ $$ = 1 ]; then inside; else outside; fi
