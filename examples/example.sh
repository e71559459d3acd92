# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the scripts that run the examples share: processes that end with the script, waits
# that have a bound, free ports.
examples=$JSL_BUILD/examples
WAIT_S=${JSL_TEST_WAIT_S:-120}
dir=$(mktemp -d "${TMPDIR:-/tmp}/jsl-examples.XXXXXX")
declare -A pids=()

at_exit() {
	rc=$?
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	wait 2>/dev/null
	[ $rc = 0 ] && rm -rf "$dir"
	exit $rc
}
trap at_exit EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "FAIL: $*"
	tail -n 15 "$dir"/*.out
	exit 1
}

# wait_for TEXT COMMAND...: until the command succeeds.
wait_for() {
	what=$1 end=$((SECONDS + WAIT_S))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "waited $WAIT_S s for $what"
		sleep 0.05
	done
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# find_ports N: sets addresses to so many that nobody listens at
find_ports() {
	local port i
	addresses=
	port=$((20000 + RANDOM % 10000))
	for ((i = 0; i < $1; i++)); do
		while port_taken $port; do port=$((port + 1)); done
		addresses="$addresses 127.0.0.1:$port"
		port=$((port + 1))
	done
}

# start NAME ARG...: output to NAME.out
start() {
	"$examples/${1%-*}" "${@:2}" >>"$dir/$1.out" 2>&1 </dev/null &
	pids[$1]=$!
}
