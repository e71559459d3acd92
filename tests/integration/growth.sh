#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Very many jobs, one after the other: afterwards peer and gateway have what they had
# after the first of them, of memory, descriptors, processes, control groups and files.
#
#	growth.sh [--jobs N]		60; make growth: 10 000, some 40 minutes on two cores
JOBS=60
[ "${1:-}" != --jobs ] || JOBS=$2
. "$(dirname "$0")/cluster.sh"
SOURCES=50 SENDERS=2

# The caches are there to grow: theirs is bounded, and full before it is looked at first.
cluster_init 1 'cache { size-mb = 1 }
log { size-mb = 1 keep = 1 }'
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp
peer_start 1
gateway_start
wait_for "readiness" is_ready
for ((i = 0; i < SOURCES; i++)); do
	java_program "$dir/S$i.java" "S$i" "System.out.print(args[0] + \":\" + $i);"
done

# send FROM TO STEP: every STEP-th job, each with an argument of its own
send() {
	local n
	for ((n = $1; n <= $2; n += $3)); do
		[ "$(curl -s -m 120 -F "source=@$dir/S$((n % SOURCES)).java" -F "arg=$n" "$url/compileandrun")" = \
			"$n:$((n % SOURCES))" ] || echo "job $n" >>"$dir/wrong"
	done
}

# run FROM TO: by several senders
run() {
	local i
	local -a senders=()
	for ((i = 0; i < SENDERS; i++)); do
		send $(($1 + i)) "$2" $SENDERS &
		senders+=($!)
	done
	wait "${senders[@]}"
	[ ! -e "$dir/wrong" ] || fail "wrong answers: $(wc -l <"$dir/wrong"), the first of $(head -n 1 "$dir/wrong")"
}

of_runner() { metric "$(peer_http 1)" "jsl_runner_$1"; }
children() { wc -w <"/proc/${pids[$1]}/task/${pids[$1]}/children"; }
at_rest() { [ "$(of_runner pool_rehearsed)" = "$(of_runner pool_ready)" ] &&
	[ "$(of_runner running)" = 0 ] && [ "$(children peer-1)" = "$pool" ]; }
groups() { find /sys/fs/cgroup -maxdepth 4 -name 'jsl-box-*' 2>/dev/null | wc -l; }

# look: what there is, a line for each kind; memory apart
look() {
	local name
	for name in peer-1 gateway; do
		echo "$name descriptors $(find "/proc/${pids[$name]}/fd" -mindepth 1 | wc -l)"
		echo "$name processes $(children $name)"
	done
	echo "files $(find "$dir/data" "$dir/log" "$TMPDIR" -type f | wc -l)"
}
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/${pids[$1]}/status"; }

first=$((JOBS / 4 > 2 * SOURCES ? JOBS / 4 : 2 * SOURCES))
pool=$(($(nproc) > 4 ? 4 : $(nproc)))
pool=$((pool + (pool > 1 ? 2 : 1))) # and the compilers
run 1 $first
wait_for "rest" at_rest
look >"$dir/before"
peer=$(rss peer-1) gateway=$(rss gateway)
echo "after $first jobs: peer $peer KB, gateway $gateway KB, groups $(groups)"
run $((first + 1)) $((first + JOBS))
wait_for "rest" at_rest
look >"$dir/after"
echo "after $((first + JOBS)) jobs: peer $(rss peer-1) KB, gateway $(rss gateway) KB, groups $(groups)"
cat "$dir/after"
diff "$dir/before" "$dir/after" >&2 || fail "something is left behind"
# A tenth is what an allocator needs; a leak of a hundred bytes a job shows at 10 000.
[ "$(rss peer-1)" -le $((peer + peer / 10)) ] || fail "the peer has grown"
[ "$(rss gateway)" -le $((gateway + gateway / 10)) ] || fail "the gateway has grown"
